// Records that are deleted while a whole list is read, or between a stop and its resume, cost no other record.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { windowOf } from '../../connectors/kommo/streams/chain.ts';
import { createWorld } from '../../simulators/index.ts';
import type { Cursor } from '../../sync/types.ts';
import { connectTo, contextOf, readAll, startRig, streamOf, type Rig } from './kommo-harness.ts';

const world = createWorld({ preset: 'small', clients: 2_000, leads: 300, seed: 9 });
let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ world });
});
afterEach(() => rig.close());

const living = (): number[] => rig.simulator.crm.cards.contacts.select({ order: 'id', descending: false, offset: 0, limit: 100_000 }).rows.map(({ id }) => id);
const remove = (ids: readonly number[]): void => {
  for (const id of ids) rig.simulator.control.mutate({ do: 'delete', entity: 'contacts', id });
};
const missing = (ids: readonly string[]): number[] => living().filter((id) => !ids.includes(String(id)));

test('each page starts inside the one before', () => {
  for (let index = 1; index < 2_000; index += 1) {
    const [one, next] = [windowOf(index), windowOf(index + 1)];
    expect((next.page - 1) * next.limit).toBeLessThan(one.page * one.limit);
    expect(next.page * next.limit).toBeGreaterThan(one.page * one.limit + 150);
    expect(next.limit).toBeLessThanOrEqual(250);
  }
});

test.each([1, 7, 60, 240])('%i deleted after each page', async (count) => {
  const stream = streamOf(rig.connector, 'contacts');
  const reading = await readAll(stream, contextOf(), (page) => remove(page.records.slice(0, count).map(({ externalId }) => Number(externalId))));
  expect(missing(reading.ids)).toEqual([]);
  expect(new Set(reading.ids).size).toBe(reading.ids.length);
  expect(reading.fetched).toBe(reading.ids.length);
});

test.each([1, 300, 490])('%i deleted between a stop and the resume in another process', async (count) => {
  const context = contextOf();
  const ids: string[] = [];
  const read = async (apiUrl: string, start: Cursor | null, pages: number): Promise<Cursor | null> => {
    const stream = streamOf(connectTo(apiUrl, rig.token), 'contacts');
    const [partition] = await stream.partitions(context);
    let cursor = start ?? partition!.start;
    for (let page = 0; page < pages; page += 1) {
      const { records, next } = await stream.page(context, partition!, JSON.parse(JSON.stringify(cursor)) as Cursor);
      ids.push(...records.map(({ externalId }) => externalId));
      if (next === null) return null;
      cursor = next;
    }
    return cursor;
  };
  const cursor = await read(rig.simulator.url, null, 2);
  remove(ids.slice(0, count).map(Number));
  expect(await read(rig.simulator.url, cursor, 100)).toBeNull();
  expect(missing(ids)).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

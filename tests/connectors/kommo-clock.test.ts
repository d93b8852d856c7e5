// Kommo's clock and ours may differ: what changed is counted by Kommo's alone.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWorld } from '../../simulators/index.ts';
import type { Json } from '../../sync/types.ts';
import { connectTo, contextOf, readAll, serve, startRig, streamOf, type Rig } from './kommo-harness.ts';

const world = createWorld({ preset: 'small', clients: 400, leads: 300, seed: 5 });
const MINUTE = 60;
const seconds = (): number => Math.floor(Date.now() / 1000);
const updatedAt = (watermark: Json): number => (watermark as { updatedAt: number }).updatedAt;

describe.each([
  ['ten minutes behind ours', -10 * MINUTE],
  ['ten minutes ahead of ours', 10 * MINUTE],
  ['the same', 0],
])("Kommo's clock is %s", (_, aheadSeconds) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig({ world });
    rig.simulator.control.mutate({ do: 'clock', aheadSeconds });
  });
  afterEach(() => rig.close());

  test.each(['FULL', 'INCREMENTAL'] as const)('what changes right after a %s reading comes with the next, and little else', async (mode) => {
    const contacts = streamOf(rig.connector, 'contacts');
    const context = contextOf({ mode, watermark: { updatedAt: seconds() + aheadSeconds - 5 * MINUTE } });
    const { ids } = await readAll(streamOf(rig.connector, 'contacts'));
    await readAll(contacts, context);
    const watermark = contacts.watermark!(context);
    rig.simulator.control.mutate({ do: 'update', entity: 'contacts', id: Number(ids[7]), set: { first_name: 'Nova' } });
    expect(updatedAt(watermark)).toBeLessThanOrEqual(seconds() + aheadSeconds - 2 * MINUTE);
    expect(updatedAt(watermark)).toBeGreaterThan(seconds() + aheadSeconds - 3 * MINUTE);
    const next = await readAll(contacts, contextOf({ mode: 'INCREMENTAL', watermark }));
    expect(next.ids).toEqual([ids[7]]);
  });

  test('a reading that another process ends keeps the instant of its first page', async () => {
    const [contacts, other] = [streamOf(rig.connector, 'contacts'), streamOf(connectTo(rig.simulator.url, rig.token), 'contacts')];
    const context = contextOf();
    const began = seconds() + aheadSeconds;
    const [partition] = await contacts.partitions(context);
    let { next } = await contacts.page(context, partition!, partition!.start);
    rig.simulator.control.mutate({ do: 'clock', aheadSeconds: aheadSeconds + 30 * MINUTE });
    const [same] = await other.partitions(context);
    while (next !== null) ({ next } = await other.page(context, same!, JSON.parse(JSON.stringify(next)) as typeof next));
    expect(Math.abs(updatedAt(other.watermark!(context)) - (began - 2 * MINUTE))).toBeLessThanOrEqual(2);
  });
});

describe('answers without a readable date', () => {
  const contact = (id: number, at: number) => ({ id, name: `C${id}`, created_at: at, updated_at: at, custom_fields_values: null });
  const read = async (records: readonly object[]) => {
    const headers = { date: 'soon' };
    const server = await serve(() => (records.length === 0 ? { status: 204, headers } : { headers, body: { _page: 1, _links: {}, _embedded: { contacts: records } } }));
    const rig = await startRig({ world });
    const connector = connectTo(server.url, rig.token);
    const contacts = streamOf(connector, 'contacts');
    const context = contextOf({ mode: 'FULL', watermark: { updatedAt: 7 } });
    await readAll(contacts, context);
    await Promise.all([connector.close(), server.close(), rig.close()]);
    return contacts.watermark!(context);
  };

  test('the last change among the records stands for it', async () => {
    expect(await read([contact(1, 1_793_491_320), contact(2, 1_793_491_300)])).toEqual({ updatedAt: 1_793_491_200 });
  });

  test('but never an instant that has not come', async () => {
    expect(updatedAt(await read([contact(1, seconds() + 3600)]))).toBeLessThanOrEqual(seconds() - 2 * MINUTE);
  });

  test('where nothing tells, the old watermark stays', async () => {
    expect(await read([])).toEqual({ updatedAt: 7 });
  });
});

// What changed since the last run, read by a clock that ticks in seconds from a list that moves meanwhile.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { boundOf, changesFrom, startAt, step, watermarkOf, type Change } from '../../connectors/kommo/streams/changes.ts';
import { createWorld } from '../../simulators/index.ts';
import { connectTo, contextOf, readAll, startRig, streamOf, type Rig } from './kommo-harness.ts';

describe('where an incremental reading starts', () => {
  const since = new Date('2026-11-01T00:00:00.900Z');
  test.each([
    [{ mode: 'FULL', since: null, watermark: { updatedAt: 5 } }, null],
    [{ mode: 'INCREMENTAL', since: null, watermark: null }, null],
    [{ mode: 'INCREMENTAL', since: null, watermark: { at: '2026' } }, null],
    [{ mode: 'INCREMENTAL', since: null, watermark: { updatedAt: 1_767_000_000 } }, 1_767_000_000],
    [{ mode: 'INCREMENTAL', since, watermark: { updatedAt: 5 } }, 1_793_491_200],
  ] as const)('%j starts at %s', (context, from) => expect(changesFrom(context)).toBe(from));

  test('the watermark lies two minutes before the beginning of the reading; without one the old watermark stays', () => {
    expect(watermarkOf({ mode: 'FULL', since: null, watermark: null }, 1_793_491_320)).toEqual({ updatedAt: 1_793_491_200 });
    expect(watermarkOf({ mode: 'INCREMENTAL', since: null, watermark: { updatedAt: 5 } }, 1_793_491_320)).toEqual({ updatedAt: 1_793_491_200 });
    expect(watermarkOf({ mode: 'INCREMENTAL', since: null, watermark: { updatedAt: 5 } }, null)).toEqual({ updatedAt: 5 });
    expect(watermarkOf({ mode: 'FULL', since: null, watermark: null }, null)).toBeNull();
  });

  test('a reading that began behind the watermark leaves it where it was', () => {
    const begun = Date.parse('2026-11-02T00:00:00Z') / 1000;
    const after = (updatedAt: number | null) => watermarkOf({ mode: 'INCREMENTAL', since, watermark: updatedAt === null ? null : { updatedAt } }, begun);
    expect(after(1_793_491_199)).toEqual({ updatedAt: 1_793_491_199 });
    expect(after(null)).toBeNull();
    expect(after(1_793_491_200)).toEqual({ updatedAt: 1_793_577_480 });
    expect(after(1_793_500_000)).toEqual({ updatedAt: 1_793_577_480 });
  });
});

describe('the next question', () => {
  const change = (id: number, updatedAt: number): Change => ({ id: String(id), updatedAt });

  test('goes on from the last second seen, with what came already', () => {
    const { repeated, next } = step(startAt(100), [change(1, 100), change(2, 105), change(3, 110), change(4, 110)], true);
    expect(repeated).toEqual([false, false, false, false]);
    expect(next).toEqual({ point: 110, page: 1, seen: { 3: 110, 4: 110 }, found: null });
    expect(boundOf(next!)).toBe(109);
    const again = step(next!, [change(3, 110), change(4, 110), change(5, 110), change(4, 111)], false);
    expect(again).toEqual({ repeated: [true, true, false, false], next: null });
  });

  test('drains a second by page number, and looks at it again until nothing new is found', () => {
    const first = step(startAt(100), [change(1, 100), change(2, 100)], true);
    expect(first.next).toMatchObject({ point: 100, page: 2, found: 2 });
    const second = step(first.next!, [change(3, 100), change(9, 120)], true);
    expect(second.next).toMatchObject({ point: 100, page: 1, found: 0 });
    const look = step(second.next!, [change(1, 100), change(2, 100)], true);
    expect(look.repeated).toEqual([true, true]);
    expect(look.next).toMatchObject({ point: 100, page: 2, found: 0 });
    const missed = step(look.next!, [change(7, 100), change(9, 120)], true);
    expect(missed.repeated).toEqual([false, true]);
    expect(missed.next, 'one was missed: a third look').toMatchObject({ point: 100, page: 1, found: 0 });
    const third = step(step(missed.next!, [change(1, 100), change(2, 100)], true).next!, [change(7, 100), change(9, 120)], true);
    expect(third.next).toEqual({ point: 120, page: 1, seen: { 9: 120 }, found: null });
  });

  test('ends where the provider names no next page', () => {
    expect(step(startAt(100), [], false)).toEqual({ repeated: [], next: null });
    expect(step(startAt(100), [change(1, 200)], false).next).toBeNull();
  });
});

describe('against a simulated account', () => {
  const world = createWorld({ preset: 'small', clients: 400, leads: 700, seed: 3 });
  let rig: Rig;
  let now: number;
  beforeEach(async () => {
    now = Math.floor(Date.now() / 1000);
    rig = await startRig({ world, nowSeconds: () => now });
  });
  afterEach(() => rig.close());

  const contactIds = (count: number): number[] =>
    rig.simulator.crm.cards.contacts.select({ order: 'id', descending: false, offset: 0, limit: count }).rows.map(({ id }) => id);
  const touch = (ids: readonly number[]): void => {
    for (const id of ids) rig.simulator.control.mutate({ do: 'update', entity: 'contacts', id, set: { first_name: `n${id}` } });
  };
  const incremental = (from: number) => contextOf({ mode: 'INCREMENTAL', watermark: { updatedAt: from } });

  test('what changed before the instant of a caller comes with the next run', async () => {
    const contacts = streamOf(rig.connector, 'contacts');
    const stored = { updatedAt: now - 3_600 };
    now -= 1_800;
    touch(contactIds(5));
    now += 1_800;
    const about = contextOf({ mode: 'INCREMENTAL', watermark: stored, since: new Date((now - 600) * 1000) });
    expect((await readAll(contacts, about)).ids).toEqual([]);
    const next = await readAll(contacts, contextOf({ mode: 'INCREMENTAL', watermark: contacts.watermark!(about) }));
    expect(next.ids.toSorted()).toEqual(contactIds(5).map(String).toSorted());
  });

  test('only what changed comes, once, in one request', async () => {
    const from = now - 60;
    touch(contactIds(5));
    rig.simulator.stats.reset();
    const reading = await readAll(streamOf(rig.connector, 'contacts'), incremental(from));
    expect(reading.ids.toSorted()).toEqual(contactIds(5).map(String).toSorted());
    expect([reading.fetched, rig.simulator.stats.requests]).toEqual([5, 1]);
  });

  test('nothing changed is an empty reading, not an error', async () => {
    const reading = await readAll(streamOf(rig.connector, 'deals'), incremental(now));
    expect([reading.pages.length, reading.fetched]).toEqual([1, 0]);
  });

  test.each([true, false])('700 records of one second and 200 of the seconds around it come, each once (inclusive bound: %s)', async (inclusive) => {
    rig.simulator.switches.fromInclusive = inclusive;
    const ids = contactIds(900);
    const from = now + 10;
    for (const [second, part] of [[20, ids.slice(0, 80)], [30, ids.slice(80, 780)], [31, ids.slice(780, 870)], [40, ids.slice(870)]] as const) {
      now = from + second;
      touch(part);
    }
    const reading = await readAll(streamOf(rig.connector, 'contacts'), incremental(from));
    expect(reading.ids.length).toBe(900);
    expect(new Set(reading.ids)).toEqual(new Set(ids.map(String)));
    expect(reading.fetched).toBe(900);
  });

  test('records that change while a crowded second is read cost no other record', async () => {
    const ids = contactIds(800);
    const from = now + 10;
    now = from + 5;
    touch(ids);
    let moved = 0;
    const reading = await readAll(streamOf(rig.connector, 'contacts'), incremental(from), () => {
      // Three of the records that came already leave the second: those behind them move forward.
      if (moved >= 9) return;
      now += 1;
      touch(ids.slice(moved, moved + 3));
      moved += 3;
    });
    expect(new Set(reading.ids)).toEqual(new Set(ids.map(String)));
    const names = new Map(reading.rows.map((row) => [row['external_id'], row['source_updated_at']]));
    expect(names.get(String(ids[0]))).toBe(new Date((from + 6) * 1000).toISOString());
  });

  test('a reading goes on in another process from its cursor', async () => {
    const ids = contactIds(600);
    const from = now + 10;
    for (const [index, id] of ids.entries()) {
      now = from + Math.floor(index / 7);
      touch([id]);
    }
    const stream = streamOf(rig.connector, 'contacts');
    const context = incremental(from);
    const [partition] = await stream.partitions(context);
    expect(partition).toMatchObject({ key: 'changes', parallel: false });
    const first = await stream.page(context, partition!, partition!.start);
    const other = streamOf(connectTo(rig.simulator.url, rig.token), 'contacts');
    const [samePartition] = await other.partitions(context);
    expect(samePartition).toEqual(partition);
    const found = first.records.map((record) => record.externalId);
    let cursor: unknown = JSON.parse(JSON.stringify(first.next));
    while (cursor !== null) {
      const page = await other.page(context, samePartition!, cursor as never);
      found.push(...page.records.map((record) => record.externalId));
      cursor = page.next;
    }
    expect(found.toSorted()).toEqual(ids.map(String).toSorted());
  });

  test('without a watermark everything is read, and deleted records are not', async () => {
    const [gone] = contactIds(1);
    rig.simulator.control.mutate({ do: 'delete', entity: 'contacts', id: gone! });
    const stream = streamOf(rig.connector, 'contacts');
    expect(await stream.partitions(contextOf({ mode: 'INCREMENTAL' }))).toMatchObject([{ key: 'by-id', parallel: true }]);
    const reading = await readAll(stream, contextOf({ mode: 'INCREMENTAL' }));
    expect(reading.ids).not.toContain(String(gone));
    expect(reading.ids.length).toBeGreaterThan(600);
  });

  test('small lists are read whole every time, and say why', async () => {
    for (const stream of rig.connector.streams) {
      if (['contacts', 'companies', 'deals'].includes(stream.name)) expect(stream.incremental).toBe('changes');
      else expect(stream.incremental).toMatch(/^full because /);
    }
  });
});

// Records that go while a list is read: none that stays is lost, and the search for it is short.
import { afterEach, describe, expect, test } from 'vitest';
import { createPageSource } from '../../sync/pages.ts';
import { createSlots } from '../../sync/slots.ts';
import type { Cursor, ReadContext, Stream } from '../../sync/types.ts';
import { isTorn, reaches, type PageFacts } from '../../connectors/gestao-click/seams.ts';
import { Bench, context, read, streamOf } from './gestao-click-reading.ts';

const bench = new Bench();
afterEach(() => bench.close());

const CLIENTS = 1_000;
const start = () => bench.simulator({}, { preset: 'small', today: '2026-09-30', clients: CLIENTS });
type Simulator = Awaited<ReturnType<typeof start>>;

const remove = (at: number, count = 1) => ({ action: 'delete', table: 'clientes', at, count });
/** Removes records just before the page is served. */
const before = (page: number, mutation: object, more: object = {}) => ({ kind: 'mutate' as const, path: `/clientes\\?.*pagina=${page}$`, count: 1, mutation: mutation as Record<string, unknown>, ...more });

/** Ids of all clients that are there now. */
async function alive(simulator: Simulator): Promise<string[]> {
  simulator.control.clear();
  const reading = await read(streamOf(bench.connector(simulator.url), 'clients'));
  return reading.records.map(({ externalId }) => externalId).toSorted();
}

/** Reads as the engine does: pages ahead of those that have come. */
async function readAhead(stream: Stream, about: ReadContext): Promise<string[]> {
  const parts = (await stream.partitions(about)).map((partition) => ({ partition, cursor: partition.start, fetched: 0 }));
  const source = createPageSource({ parts, slots: createSlots(5), signal: about.signal, fetch: (partition, cursor) => stream.page(about, partition, cursor) });
  const ids: string[] = [];
  for (let next = await source.next(); next !== null; next = await source.next()) ids.push(...next.page.records.map(({ externalId }) => externalId));
  return ids;
}

describe('a full read during which records go', () => {
  test.each<[string, object[], number]>([
    ['one on a page that was read', [before(5, remove(120))], 11],
    ['one on the first page, before the second', [before(2, remove(0))], 11],
    ['one before the last page', [before(10, remove(3))], 11],
    ['several at several times', [before(3, remove(10)), before(6, remove(10, 7)), before(9, remove(650, 2))], 13],
    ['more than a page at once', [before(6, remove(100, 230))], 12],
    ['so many that the announced last page is empty', [before(10, remove(0, 150))], 13],
    ['one that was not read yet', [before(3, remove(700))], 11],
  ])('loses nothing that stays: %s', async (_what, faults, requests) => {
    const simulator = await start();
    simulator.control.set(faults as never);
    const reading = await read(streamOf(bench.connector(simulator.url), 'clients'));
    expect(simulator.stats.snapshot().requests).toBeLessThanOrEqual(requests);
    const seen = new Set(reading.records.map(({ externalId }) => externalId));
    const there = await alive(simulator);
    expect(there.length).toBeLessThan(CLIENTS);
    expect(there.filter((id) => !seen.has(id))).toEqual([]);
  });

  test('loses nothing where pages are asked for ahead of their turn', async () => {
    for (const page of [2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      const simulator = await start();
      simulator.control.set([before(page, remove(20, 3)), before(page, remove(150, 2), { skip: 0 })]);
      const seen = new Set(await readAhead(streamOf(bench.connector(simulator.url), 'clients'), context()));
      expect((await alive(simulator)).filter((id) => !seen.has(id))).toEqual([]);
    }
  });

  test('asks nothing twice where nothing goes', async () => {
    const simulator = await start();
    await readAhead(streamOf(bench.connector(simulator.url), 'clients'), context());
    expect(simulator.stats.snapshot().requests).toBe(10);
  });
});

describe('a reading that goes on', () => {
  const whole = async (simulator: Simulator, change: () => void): Promise<{ seen: Set<string>; requests: number }> => {
    const seen = new Set<string>();
    let requests = 0;
    let cursor: Cursor | null = { page: 1 };
    for (let turn = 0; cursor !== null; turn++) {
      // As another process would, days later, with what the checkpoint holds.
      const stream = streamOf(bench.connector(simulator.url), 'clients');
      const [partition] = await stream.partitions(context());
      for (let page = 0; page < 4 && cursor !== null; page++) {
        const answer = await stream.page(context(), partition!, JSON.parse(JSON.stringify(cursor)) as Cursor);
        for (const { externalId } of answer.records) seen.add(externalId);
        cursor = answer.next;
      }
      requests = simulator.stats.snapshot().requests;
      if (turn === 0) change();
    }
    return { seen, requests };
  };

  test.each<[string, (simulator: Simulator) => void, number]>([
    ['one has gone, and one has come: the total is the same', (s) => (s.control.mutate(remove(5)), s.control.mutate({ action: 'create', table: 'clientes' })), 12],
    ['hundreds have gone', (s) => s.control.mutate(remove(50, 260)), 12],
    ['all that was read has gone', (s) => s.control.mutate(remove(0, 400)), 12],
  ])('after days, in another process, loses nothing: %s', async (_what, change, most) => {
    const simulator = await start();
    const { seen, requests } = await whole(simulator, () => void change(simulator));
    expect(requests).toBeLessThanOrEqual(most + 2);
    expect((await alive(simulator)).filter((id) => !seen.has(id))).toEqual([]);
  });
});

describe('a seam', () => {
  const facts = (more: Partial<PageFacts>): PageFacts => ({ at: 1_000, total: 300, lastId: '100', ends: false, ...more });
  test.each<[string, Partial<PageFacts>, Partial<PageFacts>, boolean]>([
    ['holds where the totals are the same', {}, { at: 2_000 }, false],
    ['is torn where one has gone', {}, { total: 299 }, true],
    ['is torn where one has come: another may have gone', {}, { total: 301 }, true],
    ['is torn where the provider tells no total', { total: null }, { total: null }, true],
    ['is torn after a pause', {}, { at: 200_000 }, true],
    ['is none behind the end of the list', { ends: true }, { total: null }, false],
  ])('%s', (_what, earlier, later, torn) => {
    expect(isTorn(facts(earlier), facts(later))).toBe(torn);
  });

  test('is reached by the page that holds the last record, or one before it', () => {
    expect(reaches(['99', '101'], '100')).toBe(true);
    expect(reaches(['100'], '100')).toBe(true);
    expect(reaches([null, '101', 'x'], '100')).toBe(false);
    expect(reaches([], '100')).toBe(false);
  });
});

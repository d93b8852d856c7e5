// What a reading amounts to, and what it may change: the words for it, the usual count, the watermark.
import { afterEach, describe, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { askedOf, outcomeOf, usualAfter, type Reading } from '../../sync/outcome.ts';
import { advance, missingOf, newCheckpoint } from '../../sync/plan.ts';
import type { Partition, RunState, Stream } from '../../sync/index.ts';
import { FINAL, WALLET, createHarness, door, type Harness } from '../support/sync.ts';

const reading = (more: Partial<Reading>): Reading => ({
  all: true, window: false, fetched: 10, written: 0, unchanged: 10, rejected: 0, missing: 0, usual: 10, before: [], asked: 'from 2026-11-01', ...more,
});

describe('the outcome', () => {
  test.each<[Partial<Reading>, string]>([
    [{ written: 1, unchanged: 9 }, 'CHANGED'],
    [{}, 'NOTHING_NEW'],
    [{ all: false, fetched: 0, unchanged: 0 }, 'NOTHING_NEW'],
    [{ fetched: 0, unchanged: 0, usual: null }, 'NOTHING_NEW'],
    [{ fetched: 0, unchanged: 0 }, 'NOTHING_READABLE'],
    [{ unchanged: 0, rejected: 10, usual: null }, 'NOTHING_READABLE'],
    [{ fetched: 7, written: 7, unchanged: 0 }, 'FEWER_THAN_USUAL'],
    [{ fetched: 8, written: 8, unchanged: 0 }, 'CHANGED'],
    [{ missing: 1, written: 9, unchanged: 1 }, 'FEWER_THAN_USUAL'],
    [{ fetched: 0, unchanged: 0, missing: 4, usual: null }, 'NOTHING_READABLE'],
    [{ all: false, window: true, fetched: 0, unchanged: 0, before: [0, 0, 31] }, 'NOTHING_READABLE'],
    [{ all: false, window: true, fetched: 0, unchanged: 0, before: [0, 0, 0, 31] }, 'NOTHING_NEW'],
    [{ all: false, window: true, fetched: 0, unchanged: 0, before: [0, 0] }, 'NOTHING_NEW'],
    [{ all: false, window: false, fetched: 0, unchanged: 0, before: [31, 40] }, 'NOTHING_NEW'],
  ])('%o is %s', (more, outcome) => expect(outcomeOf(reading(more)).outcome).toBe(outcome));

  test('of no record names what was asked for', () => {
    const part = (key: string, params: Partition['params']): Partition => ({ key, start: { page: 1 }, params, parallel: true });
    const window = { data_inicio: '2026-10-25', data_fim: '2027-11-25' };
    const asked = askedOf([part('a', { tipo: 'produto', ...window }), part('b', { tipo: 'servico', ...window })]);
    expect(outcomeOf(reading({ all: false, fetched: 0, unchanged: 0, asked })).message).toBe('The provider has nothing for data_inicio 2026-10-25, data_fim 2027-11-25.');
    expect(askedOf([part('a', {}), part('b', {}), part('c', {}), part('d', {})])).toBe('a, b, c and 1 more');
    expect(askedOf([part('all', {})])).toBe('');
  });
});

test('the usual count rises at once, and falls when three full reads in a row agree', () => {
  const after = (fetched: number, before: number[], missing = 0) => usualAfter({ usual: 1_000, fetched, before, missing });
  expect(after(1_001, [])).toBe(1_001);
  expect(usualAfter({ usual: null, fetched: 5, before: [], missing: 0 })).toBe(5);
  expect(after(500, [1_000, 1_000])).toBe(1_000);
  expect(after(500, [500, 1_000])).toBe(1_000);
  expect(after(500, [505, 509])).toBe(509);
  expect(after(500, [505, 520])).toBe(1_000);
  expect(after(500, [500, 500], 1)).toBe(1_000);
  expect(after(0, [0, 0])).toBe(1_000);
});

test('what was announced is known of every part that is read, and of no other', () => {
  let at = newCheckpoint(new Date('2026-03-01T00:00:00Z'));
  at = advance(at, 'a', 10, { page: 2 }, 25);
  expect(missingOf(at)).toBe(0);
  at = advance(at, 'a', 10, null, 24);
  at = advance(at, 'b', 10, null, 8);
  at = advance(at, 'c', 10, null);
  expect(missingOf(JSON.parse(JSON.stringify(at)) as typeof at)).toBe(4);
});

describe('against a provider', () => {
  let h: Harness;
  afterEach(() => h.close());

  const stateOf = async (stream: string) => (await h.database.prisma.streamState.findUniqueOrThrow({ where: { walletId_stream: { walletId: WALLET, stream } } }));
  const streamOf = (run: RunState, name: string) => run.streams.find((one) => one.name === name);
  const since = async (instant: Date, streams: string[]) => {
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'INCREMENTAL', since: instant, streams, trigger: 'MANUAL' });
    return h.reaches(run.id, ...FINAL);
  };
  const stream = (name: string): Stream => h.connector.streams.find((one) => one.name === name)!;

  test('a reading from an instant behind the watermark leaves the watermark, and says so', async () => {
    h = await createHarness();
    await h.sync('FULL', ['sales', 'stores']);
    const before = await stateOf('sales');
    const later = await since(new Date(Date.now() + 60_000), ['sales', 'stores']);
    expect(later.status).toBe('SUCCEEDED');
    expect(streamOf(later, 'sales')?.message).toContain('the next run starts where the last complete one ended');
    const kept = await stateOf('sales');
    expect([kept.watermark, kept.lastSyncedAt]).toEqual([before.watermark, before.lastSyncedAt]);
    expect((await stateOf('stores')).watermark).not.toEqual(before.watermark); // read whole, whatever the instant
    expect(streamOf(later, 'stores')?.message).not.toContain('next run');
    const earlier = await since(new Date(Date.now() - 86_400_000), ['sales']);
    expect(streamOf(earlier, 'sales')?.message).not.toContain('next run');
    expect((await stateOf('sales')).watermark).not.toEqual(before.watermark);
  });

  test('a reading from an instant, before everything was read once, leaves no watermark', async () => {
    h = await createHarness();
    const run = await since(new Date(Date.now() - 86_400_000), ['sales']);
    expect(streamOf(run, 'sales')?.message).toContain('the next run reads everything');
    expect((await stateOf('sales')).watermark).toBeNull();
  });

  test('an empty window where there was something before is told, until it stays empty; the watermark waits', async () => {
    h = await createHarness();
    await h.sync('FULL', ['sales']);
    await h.sync('INCREMENTAL', ['sales']);
    const before = await stateOf('sales');
    h.connector.world.sales = 0;
    for (let night = 1; night <= 3; night++) {
      const sales = streamOf(await h.sync('INCREMENTAL', ['sales']), 'sales');
      expect(sales).toMatchObject({ fetched: 0, outcome: 'NOTHING_READABLE', message: expect.stringContaining('PRODUCT, SERVICE, although such a reading brought 600 before') });
      expect((await stateOf('sales')).watermark).toEqual(before.watermark);
    }
    expect(streamOf(await h.sync('INCREMENTAL', ['sales']), 'sales')).toMatchObject({ outcome: 'NOTHING_NEW', message: 'The provider has nothing for PRODUCT, SERVICE.' });
    expect((await stateOf('sales')).watermark).not.toEqual(before.watermark);
  });

  test('a first reading, which reads everything, says nothing of windows', async () => {
    h = await createHarness();
    expect(streamOf(await h.sync('INCREMENTAL', ['sales']), 'sales')).toMatchObject({ fetched: 600, outcome: 'CHANGED' });
    h.connector.world.sales = 0;
    expect(streamOf(await h.sync('INCREMENTAL', ['sales']), 'sales')).toMatchObject({ outcome: 'NOTHING_NEW' });
  });

  test('a count that fell is told again each time, until three full reads agree', async () => {
    h = await createHarness();
    await h.sync('FULL', ['costCenters']);
    const before = await stateOf('costCenters');
    const outcomes: unknown[] = [];
    for (const count of [100, 60, 100, 100, 100, 100]) {
      h.connector.world.costCenters = count;
      outcomes.push(streamOf(await h.sync('FULL', ['costCenters']), 'costCenters')?.outcome);
      if (outcomes.length <= 5) expect((await stateOf('costCenters')).watermark).toEqual(before.watermark);
    }
    expect(outcomes).toEqual([...Array.from({ length: 5 }, () => 'FEWER_THAN_USUAL'), 'NOTHING_NEW']);
    expect((await stateOf('costCenters')).records).toBe(100);
    h.connector.world.costCenters = 0;
    for (let read = 0; read < 4; read++) expect(streamOf(await h.sync('FULL', ['costCenters']), 'costCenters')?.outcome).toBe('NOTHING_READABLE');
    expect((await stateOf('costCenters')).records).toBe(100);
  });

  test('fewer records than the provider announced are told, also of parts that another attempt has read', async () => {
    h = await createHarness();
    const sales = stream('sales');
    const page = sales.page.bind(sales);
    sales.page = async (context, partition, cursor) => {
      const found = await page(context, partition, cursor);
      return partition.key === 'PRODUCT' ? { ...found, total: found.total! + 2 } : found;
    };
    let failures = 1;
    h.connector.onPage = (name, _cursor) => {
      if (name === 'sales' && h.connector.asked.at(-1)?.partition === 'SERVICE' && failures-- > 0) throw new PonteError('PROVIDER_UNAVAILABLE', 'Answered 500.', { retryable: true });
    };
    const run = await h.sync('FULL', ['sales']);
    expect(run.status).toBe('SUCCEEDED');
    expect(streamOf(run, 'sales')).toMatchObject({ fetched: 600, total: 602, outcome: 'FEWER_THAN_USUAL', message: expect.stringContaining('2 records that the provider announced did not come') });
    expect(await stateOf('sales')).toMatchObject({ watermark: null, lastSyncedAt: null });
    sales.page = page;
    expect(streamOf(await h.sync('FULL', ['sales']), 'sales')).toMatchObject({ outcome: 'NOTHING_NEW', total: 600 });
  });

  test('no stream ends without an outcome: failed, skipped or cancelled', async () => {
    h = await createHarness();
    const fails = (name: string, from: number) => {
      h.connector.onPage = (asked, cursor) => {
        if (asked === name && Number(cursor['page'] ?? 1) >= from) throw new PonteError('PROVIDER_UNAVAILABLE', 'Answered 500.', { retryable: true });
      };
    };
    fails('sales', 2);
    expect(streamOf(await h.sync('FULL', ['sales']), 'sales')).toMatchObject({ status: 'FAILED', fetched: 100, outcome: 'CHANGED', message: 'Answered 500.' });
    expect(streamOf(await h.sync('FULL', ['sales']), 'sales')).toMatchObject({ status: 'FAILED', written: 0, outcome: 'FEWER_THAN_USUAL' });
    fails('sales', 1);
    expect(streamOf(await h.sync('FULL', ['sales']), 'sales')).toMatchObject({ status: 'FAILED', fetched: 0, outcome: 'NOTHING_READABLE' });
    const reached = door();
    h.connector.onPage = (name, _cursor, { signal }) => {
      if (name !== 'sales') return undefined;
      reached.open();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
    };
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await reached.opened;
    await h.engine.cancelSync(run.id);
    expect(streamOf(await h.reaches(run.id, ...FINAL), 'sales')).toMatchObject({ status: 'CANCELLED', outcome: 'NOTHING_READABLE', message: 'Cancelled before all was read.' });
    h.connector.onPage = () => {};
    h.connector.unauthorized = true;
    const refused = await h.sync('FULL');
    expect(refused.streams.some(({ status }) => status === 'SKIPPED')).toBe(true);
    expect(refused.streams.map(({ outcome }) => outcome)).toEqual(refused.streams.map(() => 'NOTHING_READABLE'));
  });
});

// Watching: the current state at once, the newest after that, the last one always.
import { afterEach, describe, expect, test } from 'vitest';
import type { RecordChange, RunState } from '../../sync/index.ts';
import { FINAL, WALLET, createHarness, door, idOf, until, type Harness } from '../support/sync.ts';

let h: Harness;
afterEach(() => h.close());

/** Lets the run go on only page by page. */
function slowly(harness: Harness, ms: number): void {
  harness.connector.onPage = async (_stream, _cursor, { signal }) => {
    await new Promise<void>((resolve) => setTimeout(resolve, ms));
    signal.throwIfAborted();
  };
}

async function collect(iterator: AsyncIterable<RunState>): Promise<{ state: RunState; at: number }[]> {
  const seen: { state: RunState; at: number }[] = [];
  for await (const state of iterator) seen.push({ state, at: performance.now() });
  return seen;
}

describe('a run that is watched', () => {
  test('is seen at once, at most four times a second, up to its last state; then it completes', async () => {
    h = await createHarness({ latencyMs: 60, sales: 600, perSecond: 30, worker: {} });
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const started = performance.now();
    const seen = await collect(h.engine.watchRuns({ runId: run.id, allowedWallets: 'all' }));
    expect(seen[0]!.at - started).toBeLessThan(250);
    expect(seen[0]!.state.id).toBe(run.id);
    const statuses = seen.map(({ state }) => state.status);
    expect(statuses).toContain('RUNNING');
    expect(statuses.at(-1)).toBe('SUCCEEDED');
    expect(statuses.filter((status) => FINAL.includes(status))).toHaveLength(1);
    for (const [index, { at }] of seen.entries()) if (index > 0) expect(at - seen[index - 1]!.at).toBeGreaterThan(240);
    const fetched = seen.map(({ state }) => state.progress.fetched);
    expect(fetched).toEqual(fetched.toSorted((a, b) => a - b));
    expect(seen.at(-1)!.state.progress).toMatchObject({ percent: 100, fetched: 1902 });
  });

  test('a run that is over gives its state and completes; an unknown or a hidden one is not found', async () => {
    h = await createHarness();
    const run = await h.sync();
    expect((await collect(h.engine.watchRuns({ runId: run.id, allowedWallets: [WALLET] }))).map(({ state }) => state.status)).toEqual(['SUCCEEDED']);
    await expect(h.engine.watchRuns({ runId: run.id, allowedWallets: [] }).next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(h.engine.watchRuns({ runId: idOf('run', 1), allowedWallets: 'all' }).next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('return() settles a waiting next() at once, and so does the signal', async () => {
    h = await createHarness();
    const iterator = h.engine.watchRuns({ allowedWallets: 'all' });
    const waiting = iterator.next();
    const started = performance.now();
    await iterator.return!();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    const abort = new AbortController();
    const other = h.engine.watchRuns({ allowedWallets: 'all', signal: abort.signal }).next();
    abort.abort();
    expect(await other).toEqual({ done: true, value: undefined });
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('nothing is missed when the listening connection breaks', async () => {
    h = await createHarness();
    slowly(h, 150);
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const watching = collect(h.engine.watchRuns({ runId: run.id, allowedWallets: 'all' }));
    const killed = await until(async () => {
      const { rowCount } = await h.database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN ponte%'`);
      return rowCount;
    });
    expect(killed).toBeGreaterThan(0);
    const seen = await watching;
    expect(seen.at(-1)!.state.status).toBe('SUCCEEDED');
    await until(async () => (await h.database.pool.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN ponte%'`)).rowCount === 1);
  });

  test('only one connection listens, however many watch; and none when nobody does', async () => {
    h = await createHarness({ startWorker: false });
    const listeners = async () => (await h.database.pool.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN ponte%'`)).rowCount ?? 0;
    const watchers = Array.from({ length: 20 }, () => h.engine.watchRuns({ allowedWallets: 'all' }));
    const changes = h.engine.watchChanges({ allowedWallets: 'all' });
    await until(async () => (await listeners()) === 1);
    await Promise.all([...watchers.map((watcher) => watcher.return!()), changes.return!()]);
    await until(async () => (await listeners()) === 0);
  });

  test('by provider: live runs, else the newest; another provider and other wallets stay out of sight', async () => {
    h = await createHarness();
    const old = await h.sync();
    const hold = door();
    h.connector.onPage = () => hold.opened;
    const mine = h.engine.watchRuns({ provider: 'GESTAO_CLICK', allowedWallets: [WALLET] });
    expect((await mine.next()).value).toMatchObject({ id: old.id, status: 'SUCCEEDED' });
    const hidden = [h.engine.watchRuns({ provider: 'KOMMO', allowedWallets: 'all' }), h.engine.watchRuns({ allowedWallets: [idOf('wallet', 2)] })];
    const surprises: unknown[] = [];
    for (const iterator of hidden) void iterator.next().then(({ done, value }) => !done && surprises.push(value));
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    expect((await mine.next()).value).toMatchObject({ id: run.id });
    hold.open();
    for (;;) {
      const { value } = await mine.next();
      if (value.status === 'SUCCEEDED') break;
    }
    expect(surprises).toEqual([]);
    await mine.return!();
    for (const iterator of hidden) await iterator.return!();
  });
});

describe('records that change', () => {
  test('are told once each, with their type, to those who may see them', async () => {
    h = await createHarness();
    await h.sync();
    const all = h.engine.watchChanges({ types: ['SALE', 'CLIENT'], allowedWallets: [WALLET] });
    const none = h.engine.watchChanges({ allowedWallets: [] });
    const quiet = none.next();
    await until(async () => (await h.database.pool.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN ponte%'`)).rowCount === 1);
    h.connector.versions.set('sale:5', 1).set('client:9', 1).set('store:1', 1);
    h.connector.world.sales = 301;
    const first = all.next();
    await h.sync();
    const seen: RecordChange[] = [(await first).value];
    while (seen.length < 4) seen.push((await all.next()).value);
    expect(seen.map(({ type, change, recordId, walletId }) => ({ type, change, recordId, walletId })).toSorted((a, b) => (a.recordId < b.recordId ? -1 : 1))).toEqual(
      [
        { type: 'SALE', change: 'UPDATED', recordId: idOf('sale', 5), walletId: WALLET },
        { type: 'SALE', change: 'CREATED', recordId: idOf('sale', 301), walletId: WALLET },
        { type: 'SALE', change: 'CREATED', recordId: idOf('sale', 1_000_301), walletId: WALLET },
        { type: 'CLIENT', change: 'UPDATED', recordId: idOf('client', 9), walletId: WALLET },
      ].toSorted((a, b) => (a.recordId < b.recordId ? -1 : 1)),
    );
    await none.return!();
    expect(await quiet).toEqual({ done: true, value: undefined });
    await all.return!();
  });
});

// `ponte start` with the credentials of both providers, as a process of its own: where to go, a sync from QUEUED to
// SUCCEEDED, limits kept, one start for each database, a clean end. No token is printed, however much is logged.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { graphClient, illegalStep, START_SYNC, SYNC_PROGRESS, type Data, type GraphClient } from '../support/graph-client.ts';
import { addressOf, cleanUp, runPonte, runToEnd, temporaryFolder, type Environment, type PonteProcess } from '../support/process.ts';
import { expectRatesKept, startProviders, type Providers } from '../support/providers.ts';

let providers: Providers;
let database: TestDatabase;
let env: Environment;
let start: PonteProcess;
let graph: GraphClient;

beforeAll(async () => {
  providers = await startProviders();
  database = await createTestDatabase();
  env = { ...providers.env(), DATABASE_URL: database.url, LOG_LEVEL: 'debug', GESTAO_CLICK_DEBUG: 'true', KOMMO_DEBUG: 'true' };
  start = runPonte(['start'], { env });
  graph = graphClient(await addressOf(start));
});
afterAll(async () => {
  graph?.close();
  await cleanUp();
  await providers?.close();
  await database?.drop();
});

describe('ponte start, with both providers', () => {
  test('prints where to go, and says nothing of a demo', async () => {
    await start.waitFor(/Ctrl-C stops/);
    const out = start.stdout();
    for (const place of ['/graphql', '/graphql/stream', '/api/gestao-click/sales', '/health/ready', '/metrics', 'README.md', 'Ctrl-C stops']) expect(out).toContain(place);
    expect(out).not.toMatch(/demo mode|simulat/i);
    expect(graph.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test('answers its health checks', async () => {
    expect((await graph.get('/health/live')).status).toBe(200);
    const ready = await graph.get('/health/ready');
    expect(ready.status).toBe(200);
    expect(JSON.stringify(ready.body)).toContain('migrations');
  });

  test('imports nothing by itself, and knows both accounts', async () => {
    const { wallets, syncRuns } = await graph.ask('{ wallets { provider status name externalAccountId } syncRuns { totalCount } }');
    expect(wallets.map((wallet: Data) => [wallet.provider, wallet.status]).toSorted()).toEqual([['GESTAO_CLICK', 'CONNECTED'], ['KOMMO', 'CONNECTED']]);
    expect(syncRuns.totalCount).toBe(0);
  });

  test('runs both syncs from QUEUED to SUCCEEDED, each step legal, to the last event; no call is refused', async () => {
    const watched = await Promise.all(
      ['GESTAO_CLICK', 'KOMMO'].map(async (provider) => {
        const { startSync } = await graph.ask(START_SYNC, { input: { provider, mode: 'FULL' } });
        expect(startSync).toMatchObject({ started: true, run: { provider, mode: 'FULL', trigger: 'MANUAL', status: 'QUEUED' } });
        return { first: startSync.run as Data, stream: graph.watch(SYNC_PROGRESS, { runId: startSync.run.id }) };
      }),
    );
    for (const { first, stream } of watched) {
      expect(await stream.ended).toBe('complete');
      const states = stream.events.map((event) => event.data.syncProgress);
      expect(stream.events.flatMap((event) => event.errors ?? [])).toEqual([]);
      expect(illegalStep([first.status, ...states.map((state) => state.status)])).toBeNull();
      expect(new Set(states.map((state) => state.status))).toContain('RUNNING');
      expect(states.at(-1)).toMatchObject({ id: first.id, status: 'SUCCEEDED', error: null, progress: { percent: 100, rejected: 0 }, wallet: { name: expect.any(String) } });
      expect(states.at(-1).streams.every((item: Data) => item.status === 'SUCCEEDED')).toBe(true);
      const percents = states.map((state) => state.progress.percent ?? 0);
      expect(percents).toEqual(percents.toSorted((a, b) => a - b));
      const fetched = states.map((state) => state.progress.fetched);
      expect(fetched).toEqual(fetched.toSorted((a, b) => a - b));
    }
    await expectRatesKept(providers);
  }, 60_000);

  test('answers the joined question', async () => {
    const { sales } = await graph.ask(`{ sales(first: 50) { totalCount edges { node { number total
      client { name contact { name } } salesperson { name contact { name deals(first: 2) { totalCount } } } payments { status } } } } }`);
    expect(sales.totalCount).toBe(240);
    const list = sales.edges.map((edge: Data) => edge.node);
    expect(list).toHaveLength(50);
    expect(list.some((sale: Data) => sale.client?.contact?.name)).toBe(true);
    expect(list.some((sale: Data) => (sale.salesperson?.contact?.deals.totalCount ?? 0) > 0)).toBe(true);
    expect(list.some((sale: Data) => sale.payments.length > 0)).toBe(true);
  });

  test('logs each request of a provider when it is asked to: method, path, status, time, attempt, records', async () => {
    const lines = start.logs().filter((line) => line['method'] === 'GET' && /\/vendas/.test(String(line['path'])));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatchObject({ status: expect.any(Number), attempt: expect.any(Number), ms: expect.any(Number) });
    for (const line of lines.filter(({ status }) => status === 200)) expect(line).toMatchObject({ records: expect.any(Number) });
  });

  test('defers what may come later, planned in a thread of its own', async () => {
    const answer = await fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824, application/json' },
      body: JSON.stringify({ query: '{ sales(first: 1) { edges { node { number ... @defer { client { name contact { name } } } } } } }' }),
    });
    expect(answer.headers.get('content-type')).toMatch(/^multipart\/mixed/);
    const text = await answer.text();
    expect(text).toContain('"hasNext":true');
    expect(text).toContain('"incremental"');
    expect(text).not.toContain('"errors"');
  });

  test('is alone on its database: a second start says who is there, and ends with 1', async () => {
    const second = await runToEnd(['start'], { env });
    expect(second.code).toBe(1);
    expect(second.output).toContain(`Ponte is already running on this database (ponte start, process ${start.pid})`);
    expect(second.output).toContain('Stop that one first');
    expect((await graph.get('/health/ready')).status).toBe(200);
  });

  test('stops cleanly within 5 s, watchers included, and leaves no connection behind', async () => {
    const watcher = graph.watch(SYNC_PROGRESS, {});
    await watcher.until(() => true);
    const end = await start.stop('SIGINT');
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.ms).toBeLessThan(5_000);
    await watcher.ended;
    const { rows } = await database.pool.query<{ others: number }>(`SELECT count(*)::int AS others FROM pg_stat_activity WHERE datname = current_database() AND application_name <> current_setting('application_name')`);
    expect(rows[0]!.others).toBe(0);
    expect(start.output()).toContain('Stopped.');
    expect(start.output()).not.toMatch(/did not close cleanly|took too long/);
  });

  test('printed no token', () => {
    expect(start.output()).toContain('"level":"debug"');
    for (const secret of providers.secrets) expect(start.output()).not.toContain(secret);
  });
});

test('ponte start without credentials, from the sources, starts the demo and stops cleanly', async () => {
  const folder = temporaryFolder();
  const demo = runPonte(['start'], { cwd: folder, env: { DATA_DIR: folder }, compiled: false });
  await addressOf(demo);
  expect(demo.stdout()).toMatch(/^Demo mode: Gestão Click \(http/m);
  expect(await demo.stop()).toMatchObject({ code: 0, signal: null });
});

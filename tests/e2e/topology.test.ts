// Ponte in many processes over one Postgres: a gateway, four subgraphs, two workers. What is started in one is done in
// another and streamed through a third; what falls out is missed politely, and taken back when it returns.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { graphClient, illegalStep, START_SYNC, SYNC_PROGRESS, type Data, type GraphClient } from '../support/graph-client.ts';
import { addressOf, cleanUp, runPonte, runToEnd, type Environment, type PonteProcess } from '../support/process.ts';
import { expectRatesKept, startProviders, type Providers } from '../support/providers.ts';
import { until } from '../support/sync.ts';

const NAMES = ['gestao-click', 'kommo', 'sync', 'insights'] as const;
type Name = (typeof NAMES)[number];
const variableOf = (name: Name) => `SUBGRAPH_${name.toUpperCase().replaceAll('-', '_')}_URL`;
const SUBGRAPH_SECRET = 'between-gateway-and-subgraphs-of-a-test';
const JOINED = `{ sales(first: 30) { totalCount edges { node { id number client { name }
  salesperson { name contact { id name deals(first: 2) { totalCount } } } } } } }`;

let providers: Providers;
let database: TestDatabase;
let base: Environment;
let graph: GraphClient;
let gateway: PonteProcess;
const workers: PonteProcess[] = [];
const subgraphs = new Map<Name, { process: PonteProcess; url: string }>();

async function startSubgraph(name: Name, port = '0'): Promise<void> {
  const process = runPonte(['subgraph', name], { env: { ...base, PORT: port } });
  const [, url] = await process.waitFor(/Subgraph \S+ is up: (http:\S+)/);
  subgraphs.set(name, { process, url: url! });
}

beforeAll(async () => {
  providers = await startProviders();
  database = await createTestDatabase();
  base = { DATABASE_URL: database.url, LOG_LEVEL: 'debug', SUBGRAPH_SECRET };
  const credentials = { ...providers.env(), GESTAO_CLICK_DEBUG: 'true', KOMMO_DEBUG: 'true' };
  for (let i = 0; i < 2; i++) workers.push(runPonte(['worker', '--health-port', '0'], { env: { ...base, ...credentials } }));
  await Promise.all([...NAMES.map((name) => startSubgraph(name)), ...workers.map((worker) => worker.waitFor(/The worker is up for GESTAO_CLICK, KOMMO/))]);
  gateway = runPonte(['gateway'], { env: { LOG_LEVEL: 'debug', SUBGRAPH_SECRET, ...Object.fromEntries(NAMES.map((name) => [variableOf(name), subgraphs.get(name)!.url])) } });
  graph = graphClient(await addressOf(gateway));
});
afterAll(async () => {
  graph?.close();
  await cleanUp();
  await providers?.close();
  await database?.drop();
});

const everyone = () => [gateway, ...workers, ...[...subgraphs.values()].map((item) => item.process)];

describe('ponte gateway, four subgraphs and two workers', () => {
  test('each is healthy', async () => {
    for (const path of ['/health/live', '/health/ready']) expect((await graph.get(path)).status).toBe(200);
    for (const { url } of subgraphs.values()) expect((await graphClient(new URL(url).origin).get('/health/ready')).status).toBe(200);
    for (const worker of workers) {
      const [, health] = await worker.waitFor(/Health: (http\S+)\/health\/ready/);
      expect((await graphClient(health!).get('/health/ready')).status).toBe(200);
    }
  });

  test('a sync asked for at the gateway runs in one worker, once, and is streamed through the subgraph and the gateway', async () => {
    const { connection } = { connection: await graph.ask('mutation { testConnection(provider: KOMMO) { ok status } }') };
    expect(connection.testConnection).toEqual({ ok: true, status: 'CONNECTED' });
    const runs = await Promise.all(
      ['GESTAO_CLICK', 'KOMMO'].map(async (provider) => {
        const { startSync } = await graph.ask(START_SYNC, { input: { provider, mode: 'FULL' } });
        return { first: startSync.run as Data, stream: graph.watch(SYNC_PROGRESS, { runId: startSync.run.id }) };
      }),
    );
    for (const { first, stream } of runs) {
      expect(await stream.ended).toBe('complete');
      expect(stream.events.flatMap((event) => event.errors ?? [])).toEqual([]);
      const states = stream.events.map((event) => event.data.syncProgress);
      expect(illegalStep([first.status, ...states.map((state) => state.status)])).toBeNull();
      expect(states.length).toBeGreaterThan(2);
      expect(states.at(-1)).toMatchObject({ status: 'SUCCEEDED', wallet: { name: expect.any(String) } });
    }
    const { rows } = await database.pool.query<{ fence: number }>('SELECT fence FROM sync.run');
    expect(rows.map((row) => row.fence)).toEqual([1, 1]); // claimed once
    const pages = workers.flatMap((worker) => worker.logs().filter((line) => line['status'] === 200 && line['path'] === '/vendas').map((line) => JSON.stringify(line['query'])));
    expect(pages.length).toBeGreaterThan(2);
    expect(new Set(pages).size).toBe(pages.length);
    await expectRatesKept(providers);
    const stores = (await providers.doors.GESTAO_CLICK.calls()).filter((call) => call.path === '/lojas');
    expect(stores.length).toBeLessThanOrEqual(workers.length + 1); // one for each that gets to know the account, one for the run
  });

  test('the joined question is answered across the processes', async () => {
    const { sales } = await graph.ask(JOINED);
    expect(sales.totalCount).toBe(240);
    expect(sales.edges.filter((edge: Data) => edge.node.salesperson?.contact?.deals.totalCount > 0).length).toBeGreaterThan(3);
  });

  test('a subgraph that is gone leaves a partial answer that says so, and is used again when it is back', async () => {
    const { process, url } = subgraphs.get('kommo')!;
    await process.stop('SIGKILL');
    const { status, data, errors } = await graph.send(JOINED);
    expect(status).toBe(200);
    expect(data.sales.edges).toHaveLength(30);
    expect(data.sales.edges.every((edge: Data) => edge.node.number && (!edge.node.salesperson?.contact || edge.node.salesperson.contact.deals === undefined))).toBe(true);
    expect(new Set(errors!.map((error) => error.extensions.code))).toEqual(new Set(['SUBGRAPH_UNAVAILABLE']));
    expect(JSON.stringify(errors)).not.toContain(url);
    await startSubgraph('kommo', new URL(url).port);
    await until(async () => (await graph.send(JOINED)).errors === undefined);
    expect((await graph.ask(JOINED)).sales.edges.some((edge: Data) => edge.node.salesperson?.contact?.deals.totalCount > 0)).toBe(true);
  });

  test('a watcher is told by the other worker after the one at work was killed', async () => {
    providers.erp.control.set({ kind: 'latency', path: String.raw`/clientes\?`, latencyMs: 600_000 });
    const { startSync } = await graph.ask(START_SYNC, { input: { provider: 'GESTAO_CLICK', mode: 'FULL', streams: ['stores', 'clients'] } });
    const stream = graph.watch(SYNC_PROGRESS, { runId: startSync.run.id });
    await until(() => providers.erp.control.faults().some((rule) => rule.struck > 0));
    const { rows } = await database.pool.query<{ worker: string }>('SELECT worker FROM sync.run WHERE id = $1', [startSync.run.id]);
    const at = workers.findIndex((worker) => rows[0]!.worker.split(':')[1] === String(worker.pid));
    expect(at).toBeGreaterThanOrEqual(0);
    providers.erp.control.clear();
    await workers.splice(at, 1)[0]!.stop('SIGKILL');
    expect(await stream.ended).toBe('complete');
    expect(stream.events.at(-1).data.syncProgress).toMatchObject({ status: 'SUCCEEDED' });
    const { rows: after } = await database.pool.query<{ fence: number }>('SELECT fence FROM sync.run WHERE id = $1', [startSync.run.id]);
    expect(after[0]!.fence).toBe(2);
  });

  test('all of them stop cleanly within 5 s on SIGTERM, with a watcher still there', async () => {
    const stream = graph.watch(SYNC_PROGRESS, {});
    await stream.until(() => true);
    for (const end of await Promise.all(everyone().map((process) => process.stop('SIGTERM')))) {
      expect(end).toMatchObject({ code: 0, signal: null });
      expect(end.ms).toBeLessThan(5_000);
    }
    await stream.ended;
    for (const process of everyone()) {
      expect(process.output()).not.toMatch(/did not close cleanly|took too long/);
      for (const secret of providers.secrets) expect(process.output()).not.toContain(secret);
    }
  });
});

describe('roles that lack something', () => {
  test('a gateway without its subgraphs says which are missing, and where they would be', async () => {
    const { code, output } = await runToEnd(['gateway'], { env: { SUBGRAPH_KOMMO_URL: 'http://127.0.0.1:4002/graphql' } });
    expect(code).toBe(2);
    for (const name of ['SUBGRAPH_GESTAO_CLICK_URL', 'SUBGRAPH_SYNC_URL', 'SUBGRAPH_INSIGHTS_URL']) expect(output).toContain(`${name} is missing`);
    expect(output).not.toContain('SUBGRAPH_KOMMO_URL is missing');
  });
});

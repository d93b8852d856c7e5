// A process that dies in the middle of a sync, or is told to stop there, costs nothing but time: the next start goes on
// from the checkpoints, asks at most for the page before them again, and ends with the same tables as an undisturbed import.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ENDPOINTS as ERP_ENDPOINTS } from '../../connectors/gestao-click/endpoints.ts';
import { ENDPOINTS as CRM_ENDPOINTS } from '../../connectors/kommo/endpoints.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { graphClient, illegalStep, START_SYNC, SYNC_PROGRESS, SYNC_RUN, type Data, type GraphClient } from '../support/graph-client.ts';
import { startPonte } from '../support/ponte.ts';
import { addressOf, cleanUp, runPonte, type Environment, type PonteProcess } from '../support/process.ts';
import { startProviders, type Providers } from '../support/providers.ts';
import { until } from '../support/sync.ts';
import { tablePrints, type TablePrint } from '../support/table-prints.ts';

const COMPANY = { sales: 700, clients: 300, stores: 1, quotes: 20, payables: 80, products: 40 };
/** Long enough that no test sees its end. */
const FOREVER_MS = 10 * 60_000;

let undisturbed: Record<string, TablePrint>;
let providers: Providers;
let database: TestDatabase;
let env: Environment;

beforeAll(async () => {
  const reference = await startPonte(COMPANY);
  undisturbed = await tablePrints(reference.database);
  await reference.close();
  providers = await startProviders(COMPANY);
  database = await createTestDatabase();
  env = { ...providers.env(), DATABASE_URL: database.url, GESTAO_CLICK_DEBUG: 'true', KOMMO_DEBUG: 'true' };
});
afterEach(() => {
  providers.erp.control.clear();
  providers.crm.control.clear();
});
afterAll(async () => {
  await cleanUp();
  await providers?.close();
  await database?.drop();
});

/** Pages that a process got, as `path?query`. */
const pagesOf = (ponte: PonteProcess): { key: string; path: string; records: number }[] =>
  ponte.logs().flatMap(({ method, path, query, records, status }) => (method === 'GET' && status === 200 ? [{ key: `${String(path)}?${JSON.stringify(query)}`, path: String(path), records: Number(records) }] : []));

/** The path under which each stream of a provider is read. */
const PATHS = new Map<string, RegExp>([
  ...Object.values(ERP_ENDPOINTS).map(({ stream, path }) => [`GESTAO_CLICK ${stream}`, new RegExp(`^${path}$`)] as const),
  ...Object.entries(CRM_ENDPOINTS).map(([stream, { path }]) => [`KOMMO ${stream}`, new RegExp(`^/api/v4${path.replace('{entity}', '[^/]+')}$`)] as const),
]);

/** Records of a full page. */
const PAGE = { GESTAO_CLICK: 100, KOMMO: 250 } as const;

interface Committed {
  readonly name: string;
  readonly fetched: number;
}
const COMMITTED = `SELECT provider || ' ' || name AS name, s.fetched FROM sync.run_stream s JOIN sync.run r ON r.id = s.run_id ORDER BY 1`;

async function begin(ponte: PonteProcess): Promise<{ graph: GraphClient; run(id: string): Promise<Data> }> {
  const graph = graphClient(await addressOf(ponte));
  return { graph, run: async (id) => (await graph.ask(SYNC_RUN, { id })).syncRun };
}

const HELD = {
  GESTAO_CLICK: { stream: 'sales', path: '/vendas', pages: String.raw`/vendas\?(?=.*tipo=produto)(?=.*pagina=[2-9])` },
  KOMMO: { stream: 'deals', path: '/api/v4/leads', pages: String.raw`/leads\?(?=.*\bpage=[2-9])` },
} as const;

/** Starts a full sync that cannot get past the first page of a part, and waits until what comes before is committed. */
async function startHeld(ponte: PonteProcess, provider: 'GESTAO_CLICK' | 'KOMMO'): Promise<{ id: string; atRest: Data }> {
  const { control } = provider === 'KOMMO' ? providers.crm : providers.erp;
  const { stream, path, pages } = HELD[provider];
  control.set({ kind: 'latency', path: pages, latencyMs: FOREVER_MS });
  const { graph, run } = await begin(ponte);
  const { startSync } = await graph.ask(START_SYNC, { input: { provider, mode: 'FULL' } });
  const { id } = startSync.run;
  const atRest = await until(async () => {
    const state = await run(id);
    const read = state.streams.find((item: Data) => item.name === stream)?.fetched;
    const given = pagesOf(ponte).filter((page) => page.path === path).reduce((sum, page) => sum + page.records, 0);
    return given > 0 && read === given && control.faults()[0]!.struck > 0 ? state : null;
  });
  return { id, atRest };
}

describe('a process that is killed in the middle of two syncs', () => {
  let first: PonteProcess;
  let second: PonteProcess;
  let held: { id: string; atRest: Data }[];
  let committed: Committed[];

  test('leaves them where they are', async () => {
    first = runPonte(['start'], { env });
    held = await Promise.all([startHeld(first, 'GESTAO_CLICK'), startHeld(first, 'KOMMO')]);
    expect(await first.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    const { rows } = await database.pool.query<{ status: string }>('SELECT status FROM sync.run');
    expect(rows.map((row) => row.status)).toEqual(['RUNNING', 'RUNNING']);
    committed = (await database.pool.query<Committed>(COMMITTED)).rows;
    expect(held.map(({ atRest }) => atRest.streams.filter((stream: Data) => stream.checkpoint !== null).map((stream: Data) => stream.name))).toEqual([expect.arrayContaining(['sales']), expect.arrayContaining(['deals'])]);
  });

  test('the next one goes on with the same runs, from their checkpoints, to SUCCEEDED', async () => {
    providers.erp.control.clear();
    providers.crm.control.clear();
    second = runPonte(['start'], { env });
    const { graph } = await begin(second);
    for (const { id, atRest } of held) {
      const stream = graph.watch(SYNC_PROGRESS, { runId: id });
      expect(await stream.ended).toBe('complete');
      const states = stream.events.map((event) => event.data.syncProgress);
      expect(illegalStep(states.map((state) => state.status))).toBeNull();
      expect(states[0].progress.fetched).toBeGreaterThanOrEqual(atRest.progress.fetched);
      expect(states.at(-1)).toMatchObject({ id, status: 'SUCCEEDED', progress: { percent: 100, rejected: 0 } });
    }
    expect((await graph.ask('{ syncRuns { totalCount } }')).syncRuns.totalCount).toBe(2);
  });

  test('of what was committed only the page in front of the gap is asked for again', async () => {
    const { rows: ended } = await database.pool.query<Committed>(COMMITTED);
    const missing = ended.map(({ name, fetched }) => ({ name, records: fetched - committed.find((stream) => stream.name === name)!.fetched }));
    const asked = ended.map(({ name }) => ({ name, records: pagesOf(second).filter((page) => PATHS.get(name)!.test(page.path)).reduce((sum, page) => sum + page.records, 0) }));
    expect(missing.find(({ name }) => name === 'GESTAO_CLICK sales')!.records).toBeGreaterThan(0);
    expect(missing.find(({ name }) => name === 'KOMMO deals')!.records).toBeGreaterThan(0);
    // Who the account is, and the size of lists of titles that were not finished, is asked anew.
    const anew = ['stores', 'payables', 'receivables'].map((stream) => `GESTAO_CLICK ${stream}`);
    for (const [index, { name, records }] of missing.entries()) {
      if (anew.includes(name)) continue;
      // A stream that was stopped between two pages looks at the earlier one again: records may have moved meanwhile.
      const inHand = records > 0 && records < ended[index]!.fetched;
      const again = asked[index]!.records - records;
      const most = inHand ? PAGE[name.startsWith('KOMMO') ? 'KOMMO' : 'GESTAO_CLICK'] : 0;
      expect(again, name).toBeGreaterThanOrEqual(0);
      expect(again, name).toBeLessThanOrEqual(most);
    }
  });

  test('the tables are those of an undisturbed import: nothing missing, nothing twice', async () => {
    expect(await tablePrints(database)).toEqual(undisturbed);
    expect(undisturbed['gestao_click.sale']!.rows).toBe(COMPANY.sales);
    expect(await second.stop()).toMatchObject({ code: 0 });
  });
});

describe('Ctrl-C in the middle of a sync', () => {
  test('ends within 5 s with exit code 0, and the next start finishes the run', async () => {
    const first = runPonte(['start'], { env });
    const { id, atRest } = await startHeld(first, 'KOMMO');
    const end = await first.stop('SIGINT');
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.ms).toBeLessThan(5_000);
    const { rows } = await database.pool.query<{ status: string; worker: string | null }>('SELECT status, worker FROM sync.run WHERE id = $1', [id]);
    expect(rows).toEqual([{ status: 'QUEUED', worker: null }]);

    providers.crm.control.clear();
    const second = runPonte(['start'], { env });
    const { graph, run } = await begin(second);
    const stream = graph.watch(SYNC_PROGRESS, { runId: id });
    expect(await stream.ended).toBe('complete');
    const last = await run(id);
    expect(last).toMatchObject({ status: 'SUCCEEDED', progress: { written: 0 } });
    expect(last.progress.fetched).toBeGreaterThan(atRest.progress.fetched);
    expect(await tablePrints(database)).toEqual(undisturbed);
    expect(await second.stop()).toMatchObject({ code: 0 });
  });
});

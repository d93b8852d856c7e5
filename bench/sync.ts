// `npm run bench:sync`: how near the engine comes to what limits it.
//   1. With the providers' limits and latencies on: time of a full run against pages / rate, and the limiter's margin as an
//      outside party sees it (no call refused, the shortest time that rate + 1 arrivals span).
//   2. The write path alone: parsed sales to committed rows, against COPY of the same rows, encoded beforehand.
// Options: --pages N (at least, for each provider; default 300), --rows N (sales of part 2; default 20000), --only limits|write, --trace (where the rate was
// left idle).
// Uses TEST_DATABASE_URL where it is set, else an embedded server.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createGestaoClickConnector } from '../connectors/gestao-click/index.ts';
import { createKommoConnector } from '../connectors/kommo/index.ts';
import { walletId } from '../lib/ids.ts';
import { createLogger, silentLogger } from '../lib/log.ts';
import { openThread } from '../lib/thread.ts';
import { createDatabase, ensureDatabase, migrate, startEmbedded, type Database } from '../prisma/index.ts';
import { createWorld, startDoorkeeper, startGestaoClickSimulator, type SeenCall } from '../simulators/index.ts';
import { DEFAULT_MARGIN_MS, PROVIDERS, createEngine, createQuotaGate, createWorker, type Connector, type Provider, type QuotaGate, type RunState } from '../sync/index.ts';
import type { ProviderInput, ProviderReady } from './provider-thread.ts';
import { measureWritePath } from './write-path.ts';

const { values } = parseArgs({ options: { pages: { type: 'string', default: '300' }, rows: { type: 'string', default: '20000' }, only: { type: 'string' }, trace: { type: 'boolean' } } });
const PAGES = Number(values.pages);
const TOKENS = { accessToken: 'bench-access-token-0001', secretToken: 'bench-secret-token-0001' };
const RATES: Readonly<Record<Provider, number>> = { GESTAO_CLICK: 3, KOMMO: 7 };
const CALLS = { timeoutMs: 30_000, retryAttempts: 3, retryDelayMs: 500, debug: false };
const log = createLogger({ level: 'warn' });

const gateOf = (database: Database, provider: Provider, perSecond: number, connector: () => Connector): QuotaGate =>
  createQuotaGate({ database, provider, account: () => connector().accountKey() ?? 'unidentified', limits: { perSecond, perDay: null }, log });

interface Bed {
  readonly connector: Connector;
  /** What the doorkeeper saw. */
  seen(): Promise<readonly SeenCall[]>;
  close(): Promise<void>;
}

async function startSimulator(input: ProviderInput): Promise<ProviderReady & { close(): Promise<void> }> {
  const thread = openThread('./provider-thread', import.meta.url, { workerData: input });
  const [ready] = (await once(thread, 'message')) as [ProviderReady];
  return {
    ...ready,
    async close() {
      const gone = once(thread, 'exit');
      thread.postMessage('end');
      await gone;
    },
  };
}

async function startBed(database: Database, provider: Provider): Promise<Bed> {
  const perSecond = RATES[provider];
  const simulator = await startSimulator({ provider, pages: PAGES, ...TOKENS });
  const door = await startDoorkeeper({ target: simulator.url, perSecond });
  const options = { ...CALLS, apiUrl: door.url, gate: gateOf(database, provider, perSecond, () => connector), log };
  const connector: Connector = provider === 'KOMMO' ? createKommoConnector({ ...options, token: simulator.token }) : createGestaoClickConnector({ ...options, ...TOKENS });
  return {
    connector,
    seen: () => door.calls(),
    async close() {
      await connector.close();
      await door.close();
      await simulator.close();
    },
  };
}

/** Counts the pages that held records, as they pass. */
function countPages(connector: Connector): { pages: number } {
  const seen = { pages: 0 };
  for (const stream of connector.streams) {
    const page = stream.page.bind(stream);
    Object.assign(stream, {
      page: async (...args: Parameters<typeof page>) => {
        const read = await page(...args);
        if (read.fetched > 0) seen.pages++;
        return read;
      },
    });
  }
  return seen;
}

/** The shortest time that `count` arrivals in a row span, ms. */
function shortestSpan(points: readonly number[], count: number): number {
  let shortest = Infinity;
  for (let index = count - 1; index < points.length; index++) shortest = Math.min(shortest, points[index]! - points[index - count + 1]!);
  return shortest;
}

/** Where the rate was left idle: windows of rate + 1 arrivals that span more than 1.2 s. */
function idle(arrivals: readonly SeenCall[], perSecond: number): string {
  const lines: string[] = [];
  const start = arrivals[0]?.at ?? 0;
  for (let index = perSecond; index < arrivals.length; index += perSecond) {
    const [from, to] = [arrivals[index - perSecond]!, arrivals[index]!];
    if (to.at - from.at > 1_200) lines.push(`  idle at ${((from.at - start) / 1000).toFixed(1)} s: ${perSecond} calls took ${Math.round(to.at - from.at)} ms, ${from.path} .. ${to.path}`);
  }
  return lines.join('\n');
}

async function measureLimits(database: Database): Promise<void> {
  const beds = await Promise.all(PROVIDERS.map((provider) => startBed(database, provider)));
  const connectors = beds.map((bed) => bed.connector);
  const counts = new Map(connectors.map((connector) => [connector.provider, countPages(connector)]));
  const engine = createEngine({ database, log: silentLogger });
  const worker = createWorker({ database, connectors, log, defaultSchedule: null });
  await worker.start();
  await worker.identified();
  const before = new Map<Provider, number>();
  for (const { connector, seen } of beds) before.set(connector.provider, (await seen()).length);
  const ends: RunState[] = [];
  for (const connector of connectors) {
    const { run } = await engine.startSync({ walletId: walletId(connector.provider, connector.accountKey()!), mode: 'FULL', trigger: 'MANUAL' });
    ends.push(run);
  }
  const runs = await Promise.all(
    ends.map(async (started) => {
      let run = started;
      for await (const state of engine.watchRuns({ runId: started.id, allowedWallets: 'all' })) run = state;
      return run;
    }),
  );
  for (const run of runs) {
    const bed = beds.find(({ connector }) => connector.provider === run.provider)!;
    const { perSecond } = bed.connector.limits;
    const own = (await bed.seen()).slice(before.get(run.provider));
    const refused = own.filter(({ status }) => status === 429).length;
    const seconds = (Date.parse(run.finishedAt!) - Date.parse(run.startedAt!)) / 1000;
    const { pages } = counts.get(run.provider)!;
    if (values.trace) console.log(idle(own, perSecond));
    console.log(
      [
        `${run.provider}: ${run.status}${run.error ? ` (${run.error.message})` : ''}`,
        `  records ${run.progress.fetched}, written ${run.progress.written}, rejected ${run.progress.rejected}`,
        `  pages ${pages}, requests ${own.length}, ${seconds.toFixed(1)} s at ${perSecond}/s`,
        `  time / (pages / rate)    ${(seconds / (pages / perSecond)).toFixed(3)}   (promise: at most 1.10 from 300 pages on)`,
        `  time / (requests / rate) ${(seconds / (own.length / perSecond)).toFixed(3)}`,
        `  refused with 429: ${refused}; ${perSecond + 1} arrivals span at least ${shortestSpan(own.map(({ at }) => at), perSecond + 1).toFixed(1)} ms (more than 1000 is strict)`,
        `  limiter's margin: ${DEFAULT_MARGIN_MS} ms`,
      ].join('\n'),
    );
  }
  await worker.stop();
  await engine.close();
  for (const bed of beds) await bed.close();
}

async function measureWrites(database: Database): Promise<void> {
  const world = createWorld({ sales: Number(values.rows), clients: 2_000, months: 12 });
  const simulator = await startGestaoClickSimulator({ world, ...TOKENS, limits: false });
  const open: QuotaGate = { acquire: async () => {}, penalize: async () => {} };
  const connector = createGestaoClickConnector({ apiUrl: simulator.url, ...TOKENS, ...CALLS, gate: open, log });
  console.log(await measureWritePath(database, connector, walletId('GESTAO_CLICK', 'bench')));
  await connector.close();
  await simulator.close();
}

const given = process.env['TEST_DATABASE_URL'];
const folder = join(tmpdir(), `ponte-bench-${process.pid}`);
const server = given ? undefined : await startEmbedded(folder);
const url = Object.assign(new URL(given ?? server!.url), { pathname: `/ponte_bench_${randomBytes(4).toString('hex')}` }).toString();
await ensureDatabase(url);
await migrate(url);
const database = createDatabase({ url, applicationName: 'ponte bench' });
try {
  if (values.only !== 'limits') await measureWrites(database);
  if (values.only !== 'write') await measureLimits(database);
} finally {
  await database.close();
  if (server) {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  } else {
    const admin = createDatabase({ url: given! });
    await admin.pool.query(`DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
    await admin.close();
  }
}

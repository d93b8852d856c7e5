// The whole of Ponte in this process, over a test database and both simulators without limits: for tests that go from a
// provider's record to an answer of the gateway.
import { createGestaoClickConnector } from '../../connectors/gestao-click/index.ts';
import { createKommoConnector } from '../../connectors/kommo/index.ts';
import { createGateway, type Gateway, type SubgraphPlace } from '../../gateway/index.ts';
import { settleSteps } from '../../identity/index.ts';
import { readFileSync } from 'node:fs';
import { silentLogger, type Logger } from '../../lib/log.ts';
import { createWorld, startGestaoClickSimulator, startKommoSimulator, type World, type WorldOptions } from '../../simulators/index.ts';
import { createGestaoClickSubgraph } from '../../subgraphs/gestao-click/index.ts';
import { createInsightsSubgraph } from '../../subgraphs/insights/index.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import { createSyncSubgraph } from '../../subgraphs/sync/index.ts';
import { createEngine, createWorker, type Engine, type QuotaGate, type Worker } from '../../sync/index.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export interface RunningPonte {
  readonly world: World;
  readonly database: TestDatabase;
  readonly erp: Awaited<ReturnType<typeof startGestaoClickSimulator>>;
  readonly crm: Awaited<ReturnType<typeof startKommoSimulator>>;
  readonly engine: Engine;
  readonly worker: Worker;
  readonly gateway: Gateway;
  close(): Promise<void>;
}

/** Lets everything through: the simulators of these tests keep no limits. */
const OPEN_GATE: QuotaGate = { acquire: async () => {}, penalize: async () => {} };
const CALLS = { timeoutMs: 10_000, retryAttempts: 2, retryDelayMs: 20, debug: false };

/** Starts it and, unless told otherwise, imports both systems. */
export async function startPonte(options: Partial<WorldOptions> = {}, { log = silentLogger, importing = true }: { log?: Logger; importing?: boolean } = {}): Promise<RunningPonte> {
  const world = createWorld({ sales: 240, clients: 120, ...options });
  const tokens = { accessToken: 'access-token-of-the-test-0001', secretToken: 'secret-token-of-the-test-0001' };
  const erp = await startGestaoClickSimulator({ world, ...tokens, limits: false, latency: 'none' });
  const crm = await startKommoSimulator({ world, limits: false, latency: 'none' });
  const database = await createTestDatabase();
  const connectors = [
    createGestaoClickConnector({ apiUrl: erp.url, ...tokens, ...CALLS, gate: OPEN_GATE, log }),
    createKommoConnector({ apiUrl: crm.url, token: await crm.token(), ...CALLS, gate: OPEN_GATE, log }),
  ];
  const engine = createEngine({ database, log });
  const worker = createWorker({ database, connectors, settle: settleSteps, log });
  await worker.start();
  await worker.identified();
  const subgraphs: Record<string, SubgraphPlace> = {};
  for (const subgraph of [
    createGestaoClickSubgraph({ database, log }),
    createKommoSubgraph({ database, log }),
    createInsightsSubgraph({ database, log }),
    createSyncSubgraph({ database, engine, log }),
  ])
    subgraphs[subgraph.name] = { kind: 'local', subgraph };
  const supergraphSdl = readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const gateway = await createGateway({ supergraphSdl, subgraphs, log, host: '127.0.0.1', port: 0, production: false });
  if (importing) await importEverything(engine);
  return {
    world, database, erp, crm, engine, worker, gateway,
    async close() {
      await gateway.close({ timeoutMs: 500 });
      await worker.stop({ graceMs: 1_000 });
      await engine.close();
      await Promise.all(connectors.map((connector) => connector.close()));
      await Promise.all([erp.close(), crm.close()]);
      await database.drop();
    },
  };
}

/** Runs the first import of every account to its end. */
export async function importEverything(engine: Engine): Promise<void> {
  const { runs } = await engine.autoImport();
  await Promise.all(
    runs.map(async ({ id }) => {
      for await (const run of engine.watchRuns({ runId: id, allowedWallets: 'all' }))
        if (['PARTIAL', 'FAILED', 'CANCELLED'].includes(run.status)) throw new Error(`The import ended ${run.status}: ${JSON.stringify(run.streams.filter((s) => s.status !== 'SUCCEEDED'))} ${run.error?.message ?? ''}`);
    }),
  );
}

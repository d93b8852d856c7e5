// A gateway over the four real subgraphs and a test database, with an engine whose answers the test decides.
import { createGateway, type Gateway, type GatewayOptions, type SubgraphPlace } from '../../gateway/index.ts';
import { createGestaoClickSubgraph } from '../../subgraphs/gestao-click/index.ts';
import { createInsightsSubgraph } from '../../subgraphs/insights/index.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import { createSyncSubgraph } from '../../subgraphs/sync/index.ts';
import { serveSubgraph, type ServedSubgraph } from '../../lib/graphql/serve.ts';
import type { ConnectionTest, Engine, RecordChange, RunState, Schedule, ScheduleInput, StartSyncInput } from '../../sync/index.ts';
import { compose } from '../../tools/compose.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { Bus } from './gateway-graph.ts';
import { createLogBook, type Topology } from './gateway-server.ts';

export const CONNECTED: ConnectionTest = {
  ok: true,
  status: 'CONNECTED',
  message: 'Connected to Padaria Central',
  hint: null,
  latencyMs: 12,
  account: { key: '1', name: 'Padaria Central', domain: null, metadata: {} },
  token: null,
  sample: [{ stream: 'stores', count: 1, names: ['Matriz'] }],
};

const runOf = (input: StartSyncInput): RunState => ({
  id: '00000000-0000-4000-8000-000000000001',
  walletId: input.walletId,
  provider: 'KOMMO',
  mode: input.mode,
  trigger: input.trigger,
  status: 'QUEUED',
  waitingFor: null,
  resumesAt: null,
  retryOfId: null,
  queuedAt: '2026-03-01T10:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  updatedAt: '2026-03-01T10:00:00.000Z',
  progress: { percent: null, basis: 'UNKNOWN', fetched: 0, total: null, written: 0, unchanged: 0, deleted: 0, rejected: 0, recordsPerSecond: null, etaSeconds: null },
  streams: [],
  error: null,
});

export interface FakeEngine {
  /** The answer to the next connection tests; an error is thrown. */
  test: ConnectionTest | Error;
  /** Whether the next start finds no run under way. */
  idle: boolean;
  readonly calls: { name: string; input: unknown }[];
  /** What `recordsChanged` streams. */
  readonly changes: Bus<RecordChange>;
}

/** The parts of the engine that the REST routes reach. */
function fakeEngine(state: FakeEngine): Engine {
  const note = (name: string, input: unknown) => void state.calls.push({ name, input });
  const engine: Partial<Engine> = {
    async testConnection(target) {
      note('testConnection', target);
      if (state.test instanceof Error) throw state.test;
      return state.test;
    },
    async startSync(input) {
      note('startSync', input);
      return { started: state.idle, run: runOf(input) };
    },
    async autoImport(options) {
      note('autoImport', options);
      const walletId = options?.walletIds?.[0] ?? '';
      return { runs: [{ ...runOf({ walletId, mode: 'FULL', trigger: 'AUTO_IMPORT' }), provider: 'GESTAO_CLICK' }], failed: [] };
    },
    async setSchedule(input: ScheduleInput): Promise<Schedule> {
      note('setSchedule', input);
      return { id: '00000000-0000-4000-8000-000000000002', provider: 'GESTAO_CLICK', nextRunAt: null, lastRunId: null, timeZone: 'America/Sao_Paulo', mode: 'INCREMENTAL', enabled: true, ...(input as object) } as Schedule;
    },
    watchChanges: () => state.changes.read(),
    runs: async () => [],
    lastRuns: async () => [],
    quotas: async () => [],
  };
  return engine as Engine;
}

export interface RealGateway {
  readonly gateway: Gateway;
  readonly database: TestDatabase;
  readonly engine: FakeEngine;
  readonly log: ReturnType<typeof createLogBook>;
  close(): Promise<void>;
}

export async function startRealGateway(topology: Topology = 'local', options: Partial<GatewayOptions> = {}): Promise<RealGateway> {
  const database = await createTestDatabase();
  const log = createLogBook();
  const state: FakeEngine = { test: CONNECTED, idle: true, calls: [], changes: new Bus() };
  const real = [
    createGestaoClickSubgraph({ database, log }),
    createKommoSubgraph({ database, log }),
    createSyncSubgraph({ database, engine: fakeEngine(state), log }),
    createInsightsSubgraph({ database, log }),
  ];
  const served: ServedSubgraph[] = [];
  const subgraphs: Record<string, SubgraphPlace> = {};
  for (const subgraph of real) {
    if (topology === 'local') subgraphs[subgraph.name] = { kind: 'local', subgraph };
    else {
      const server = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, log });
      served.push(server);
      subgraphs[subgraph.name] = { kind: 'remote', url: server.url };
    }
  }
  const gateway = await createGateway({ supergraphSdl: compose(real).supergraphSdl, subgraphs, log, host: '127.0.0.1', port: 0, production: false, ...options });
  return {
    gateway,
    database,
    engine: state,
    log,
    async close() {
      await gateway.close({ timeoutMs: 500 });
      await Promise.all(served.map((server) => server.close({ timeoutMs: 500 })));
      await database.drop();
    },
  };
}

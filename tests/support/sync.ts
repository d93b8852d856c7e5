// An engine and a worker over a fake connector and a database of their own, and ways to wait for a condition.
import { setTimeout as sleep } from 'node:timers/promises';
import { recordId, walletId } from '../../lib/ids.ts';
import { silentLogger, type Logger } from '../../lib/log.ts';
import { createEngine, createWorker, type Engine, type RunState, type RunStatus, type Worker, type WorkerOptions } from '../../sync/index.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createFakeConnector, type FakeConnector, type FakeOptions } from './fake-connector.ts';

export const WALLET = walletId('GESTAO_CLICK', '77');

/** Waits until `probe` gives something true; fails after `timeoutMs`. */
export async function until<T>(probe: () => Promise<T> | T, timeoutMs = 60_000): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`Nothing came of it within ${timeoutMs} ms: ${probe.toString().slice(0, 200)}`);
    await sleep(10);
  }
}

/** A promise that the test resolves. */
export function door(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

export interface Harness {
  readonly database: TestDatabase;
  readonly connector: FakeConnector;
  readonly engine: Engine;
  readonly worker: Worker;
  /** Another worker on the same database. */
  addWorker(options?: Partial<WorkerOptions>): Promise<Worker>;
  /** Starts a run and waits for its end. */
  sync(mode?: 'FULL' | 'INCREMENTAL', streams?: string[]): Promise<RunState>;
  /** Waits until the run has one of these states. */
  reaches(runId: string, ...statuses: RunStatus[]): Promise<RunState>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

export const FINAL: RunStatus[] = ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'];
export const idOf = (type: string, n: number): string => recordId(WALLET, type, n);

export async function createHarness({ worker: workerOptions = {}, log = silentLogger, startWorker = true, ...fake }: FakeOptions & { worker?: Partial<WorkerOptions>; log?: Logger; startWorker?: boolean } = {}): Promise<Harness> {
  const database = await createTestDatabase();
  const connector = createFakeConnector(fake);
  const engine = createEngine({ database, log, workerTimeoutMs: 3_000 });
  const workers: Worker[] = [];
  const harness: Harness = {
    database,
    connector,
    engine,
    worker: createWorker({ database, connectors: [connector], log, defaultSchedule: null, retryDelayMs: 5, ...workerOptions }),
    async addWorker(options = {}) {
      const worker = createWorker({ database, connectors: [connector], log, defaultSchedule: null, retryDelayMs: 5, ...workerOptions, ...options });
      workers.push(worker);
      await worker.start();
      await worker.identified();
      return worker;
    },
    async sync(mode = 'FULL', streams) {
      const { run } = await engine.startSync({ walletId: WALLET, mode, trigger: 'MANUAL', streams: streams ?? null });
      return harness.reaches(run.id, ...FINAL);
    },
    reaches: (runId, ...statuses) =>
      until(async () => {
        const run = await engine.run(runId);
        return run && statuses.includes(run.status) ? run : null;
      }),
    async count(table) {
      const { rows } = await database.pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
      return rows[0]!.count;
    },
    async close() {
      await Promise.all([harness.worker.stop(), ...workers.map((worker) => worker.stop())]);
      await engine.close();
      await database.drop();
    },
  };
  if (startWorker) {
    await harness.worker.start();
    await harness.worker.identified();
  }
  return harness;
}

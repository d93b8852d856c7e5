// `ponte gateway --workers N`: N processes on one port (node:cluster). The first process answers nobody: it starts the others, starts a
// dead one again (with growing pauses), hands signals on, adds their metrics up, passes on what callers have taken of their limits, and ends with them.
// A worker is: starting, ready (it said so), or gone. Where the first one cannot start at all, nothing is tried again.
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { RateExchange, Taken } from '../gateway/protection/index.ts';
import { messageOf, PonteError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Who has lived this long did not die of how it was started. */
const HEALTHY_MS = 30_000;
/** Less than the lifecycle's own limit: who is not gone by then is killed. */
const STOP_MS = 4_500;
const METRICS_MS = 6_000;

/** What the processes tell each other: `ready` and the question for metrics upwards, `stop` and their answer downwards, `taken` from one worker to the others. */
interface Message {
  readonly ponte: 'ready' | 'metrics' | 'stop' | 'taken';
  readonly url?: string;
  /** Of a question. */
  readonly id?: number;
  readonly text?: string;
  readonly failure?: string;
  readonly taken?: Taken;
}

/** The metrics library talks over the same channel. */
const isOurs = (message: unknown): message is Message => message !== null && typeof message === 'object' && 'ponte' in message;

export interface SuperviseOptions {
  readonly count: number;
  readonly log: Logger;
  /** Called once, when all are ready the first time. */
  ready(url: string): void;
}

/** The first process. Resolves with the exit code when all have ended. */
export async function superviseWorkers({ count, log, ready }: SuperviseOptions): Promise<number> {
  const life = createLifecycle(log);
  const aggregator = new AggregatorRegistry();
  const waiting = new Set<NodeJS.Timeout>();
  const readyOnes = new Set<number>();
  let started = false;
  let exitCode = 0;
  let quickDeaths = 0;

  function tell(worker: Worker, message: Message): void {
    if (worker.isConnected()) worker.send(message);
  }

  function start(): void {
    const worker = cluster.fork();
    const began = performance.now();
    worker.on('error', (error) => log.error({ worker: worker.process.pid, reason: messageOf(error) }, 'A worker of the gateway cannot be reached'));
    worker.on('message', (message: unknown) => {
      if (!isOurs(message)) return;
      if (message.ponte === 'ready') {
        readyOnes.add(worker.id);
        log.info({ worker: worker.process.pid }, 'A worker of the gateway is ready');
        if (!started && readyOnes.size === count) {
          started = true;
          ready(message.url ?? '');
        }
      } else if (message.ponte === 'taken') {
        for (const other of Object.values(cluster.workers ?? {})) if (other && other !== worker) tell(other, message);
      } else if (message.ponte === 'metrics') {
        const { id = 0 } = message;
        aggregator.clusterMetrics().then(
          (text) => tell(worker, { ponte: 'metrics', id, text }),
          (error: unknown) => tell(worker, { ponte: 'metrics', id, failure: messageOf(error) }),
        );
      }
    });
    worker.once('exit', (code, signal) => {
      const wasReady = readyOnes.delete(worker.id);
      if (life.signal.aborted) return;
      // Before anybody was ready: the configuration, a port that is taken. It has said what is wrong.
      if (!started && !wasReady) {
        exitCode = code || 1;
        void life.stop('failure');
        return;
      }
      quickDeaths = performance.now() - began > HEALTHY_MS ? 0 : quickDeaths + 1;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, quickDeaths - 1));
      log.error({ worker: worker.process.pid, code, signal, pauseMs }, 'A worker of the gateway died and is started again');
      const timer = setTimeout(() => {
        waiting.delete(timer);
        start();
      }, pauseMs);
      waiting.add(timer);
    });
  }

  life.onStop('workers', async () => {
    for (const timer of waiting) clearTimeout(timer);
    const living = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const gone = living.map((worker) => new Promise<void>((resolve) => (worker.isDead() ? resolve() : worker.once('exit', () => resolve()))));
    for (const worker of living) tell(worker, { ponte: 'stop' });
    const limit = setTimeout(() => {
      for (const worker of living) if (!worker.isDead()) worker.process.kill('SIGKILL');
    }, STOP_MS);
    await Promise.all(gone);
    clearTimeout(limit);
  });
  const handOn = () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGHUP');
  };
  process.on('SIGHUP', handOn);
  for (let i = 0; i < count; i++) start();
  await life.stopped;
  process.off('SIGHUP', handOn);
  return exitCode;
}

export interface Membership extends RateExchange {
  /** The metrics of all workers together. */
  metrics(): Promise<string>;
  ready(url: string): void;
}

/** One of the processes; null where this one is alone. Its end comes with `stop` from the first process, or with that one's death. */
export function joinWorkers(life: Lifecycle, registry: Registry): Membership | null {
  if (!cluster.isWorker) return null;
  // Makes the library listen for the questions of the first process.
  void new AggregatorRegistry();
  AggregatorRegistry.setRegistries(registry);
  const asked = new Map<number, { resolve(text: string): void; reject(error: unknown): void }>();
  let last = 0;
  let onTaken: ((taken: Taken) => void) | undefined;
  process.on('message', (message: unknown) => {
    if (!isOurs(message)) return;
    if (message.ponte === 'stop') void life.stop('stop');
    else if (message.ponte === 'taken') onTaken?.(message.taken ?? {});
    else if (message.ponte === 'metrics') {
      const { id = 0, text, failure } = message;
      const question = asked.get(id);
      if (text !== undefined) question?.resolve(text);
      else question?.reject(new PonteError('INTERNAL_SERVER_ERROR', `The metrics of all workers could not be added up: ${failure ?? 'no reason'}`));
    }
  });
  process.once('disconnect', () => void life.stop('disconnect'));
  const send = (message: Message) => void (process.connected && process.send?.(message));
  return {
    metrics() {
      const id = ++last;
      return new Promise<string>((resolve, reject) => {
        const limit = setTimeout(() => reject(new PonteError('INTERNAL_SERVER_ERROR', 'The metrics of all workers took too long')), METRICS_MS);
        asked.set(id, {
          resolve: (text) => {
            clearTimeout(limit);
            resolve(text);
          },
          reject: (error) => {
            clearTimeout(limit);
            reject(error);
          },
        });
        send({ ponte: 'metrics', id });
      }).finally(() => asked.delete(id));
    },
    ready: (url) => send({ ponte: 'ready', url }),
    tell: (taken) => send({ ponte: 'taken', taken }),
    hear: (listener) => void (onTaken = listener),
  };
}

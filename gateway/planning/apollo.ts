// Apollo's planner behind the port: plans `@defer`, serves where the native planner does not load, and is the oracle of the
// tests. One thread, started by the first operation and after a crash; operations queue for it, one at a time.
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { openThread } from '../../lib/thread.ts';
import type { Supergraph } from '../supergraph/index.ts';
import type { ApolloThreadAnswer, ApolloThreadInput, ApolloThreadRequest } from './apollo-thread.ts';
import { planningEnded, planningFailure, tooExpensive } from './failure.ts';
import type { Plan } from './plan.ts';
import type { Planner } from './planner.ts';
import { prune } from './prune.ts';
import { Queue } from './queue.ts';

/** Longest time for one plan: the thread is then given up, so that one operation cannot keep all others waiting. */
const MAX_PLAN_MS = 20_000;
/** Heap of the thread. Beyond it the thread dies alone, not the process. */
const MAX_HEAP_MB = 1_024;

/** Holds the thread, and knows whether it lives. */
class PlannerThread {
  readonly #input: ApolloThreadInput;
  readonly #log: Logger;
  #worker: Worker | undefined;

  constructor(input: ApolloThreadInput, log: Logger) {
    this.#input = input;
    this.#log = log;
  }

  #start(): Worker {
    const worker = openThread('./apollo-thread', import.meta.url, { workerData: this.#input, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    // What it fails of reaches the request under way; between requests it is told here.
    worker.on('error', (error) => this.#log.error({ reason: messageOf(error) }, 'The thread of the query planner ended; the next operation starts another'));
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }

  /** One request at a time. */
  async ask(request: ApolloThreadRequest): Promise<ApolloThreadAnswer> {
    const worker = (this.#worker ??= this.#start());
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(tooExpensive()), MAX_PLAN_MS);
    worker.ref();
    try {
      const answer = once(worker, 'message', { signal: over.signal });
      const gone = once(worker, 'exit', { signal: over.signal }).then(() => Promise.reject(planningEnded()));
      worker.postMessage(request);
      const [message] = (await Promise.race([answer, gone])) as [ApolloThreadAnswer];
      return message;
    } catch (error) {
      // After an error of its own the thread is on its way out, and must not be given another operation.
      if (this.#worker === worker) this.#worker = undefined;
      void worker.terminate();
      if (over.signal.aborted) throw over.signal.reason;
      throw (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooExpensive(error) : error;
    } finally {
      clearTimeout(timer);
      over.abort();
      worker.unref();
    }
  }

  async end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

/** Starts nothing by itself. */
export function createApolloPlanner({ supergraph, log }: { supergraph: Supergraph; log: Logger }): Planner {
  const thread = new PlannerThread({ sdl: supergraph.sdl }, log);
  const queue = new Queue<Plan>(1);
  let closed = false;

  return {
    name: 'apollo',
    async plan(request, signal) {
      if (closed) throw planningEnded();
      const pruned = prune(request);
      if (pruned === null) return { planner: 'apollo', root: null };
      return queue.add(async () => {
        if (closed) throw planningEnded();
        try {
          const answer = await thread.ask({ text: pruned, operationName: request.operationName });
          if ('plan' in answer) return answer.plan;
          throw new Error(answer.failure);
        } catch (error) {
          throw closed ? planningEnded() : planningFailure(error);
        }
      }, signal);
    },
    async close() {
      closed = true;
      queue.clear(planningEnded());
      await thread.end();
    },
  };
}

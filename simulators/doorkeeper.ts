// A doorkeeper in front of a simulator, in a thread of its own: counts each call when it comes, refuses with 429 what
// comes too fast, and passes the rest on. A simulator that shares its thread with a test, or makes a large page, sees what
// came meanwhile late and all at once; the doorkeeper does not, and says how sure it is of each moment.
import { once } from 'node:events';
import { Worker as Thread } from 'node:worker_threads';
import { ROOT } from '../lib/root.ts';
import type { Arrival } from './stats.ts';

/** A call as the doorkeeper saw it. Moments are milliseconds since the epoch, with fractions. */
export interface SeenCall extends Arrival {
  /** It came not before this, and not after `at`. Milliseconds apart, more where the machine let the thread wait. */
  since: number;
}

export interface Doorkeeper {
  /** `http://127.0.0.1:PORT`, to be used in place of the simulator's. */
  readonly url: string;
  /** All calls that it remembers, in the order in which they came. */
  calls(): Promise<readonly SeenCall[]>;
  /** Forgets all calls: those that come now are the first. For another company, whose calls have nothing to do with those before. */
  forget(): void;
  close(): Promise<void>;
}

export interface DoorkeeperOptions {
  /** Address of the simulator, without a path. Its own limits should be off. */
  readonly target: string;
  /** Calls that may come in any 1,000 ms. */
  readonly perSecond: number;
}

export async function startDoorkeeper(options: DoorkeeperOptions): Promise<Doorkeeper> {
  const thread = new Thread(new URL('simulators/doorkeeper-thread.mjs', ROOT), { workerData: options, execArgv: [] });
  const [{ url }] = (await once(thread, 'message')) as [{ url: string }];
  return {
    url,
    async calls() {
      const answered = once(thread, 'message');
      thread.postMessage('calls');
      const [calls] = (await answered) as [SeenCall[]];
      return calls;
    },
    forget: () => thread.postMessage('forget'),
    async close() {
      const gone = once(thread, 'exit');
      thread.postMessage('end');
      await gone;
    },
  };
}

/** The most calls that came within less than `windowMs`, beyond doubt. */
export function mostWithin(calls: readonly Pick<SeenCall, 'since' | 'at'>[], windowMs = 1_000): number {
  let most = 0;
  calls.forEach(({ at }, index) => {
    let first = index;
    while (first > 0 && at - calls[first - 1]!.since < windowMs) first--;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

// Requests in flight of one wallet: a semaphore shared by all streams of its run, first come, first served.

export interface Slots {
  /** Takes a slot; gives the way to give it back. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
  readonly size: number;
}

/**
 * As many requests as keep the provider's rate busy: those under way (rate x latency) and one that waits at the gate.
 * Latency varies, and a rate not used is lost; half as many again cost only a little memory.
 */
export const slotsFor = (perSecond: number, typicalLatencyMs: number): number => Math.ceil((perSecond * typicalLatencyMs * 1.5) / 1000) + 1;

export function createSlots(size: number): Slots {
  let free = size;
  const queue: (() => void)[] = [];
  const giveBack = () => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };
  const once = (action: () => void) => {
    let done = false;
    return () => {
      if (!done) action();
      done = true;
    };
  };
  return {
    size,
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (free > 0) {
          free--;
          return resolve(once(giveBack));
        }
        const waiter = () => {
          signal.removeEventListener('abort', leave);
          resolve(once(giveBack));
        };
        const leave = () => {
          queue.splice(queue.indexOf(waiter), 1);
          reject(signal.reason as Error);
        };
        queue.push(waiter);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}

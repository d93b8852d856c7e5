// What waits to be taken: the newest value under each key, in the order in which the keys came; values without a key one after
// the other. Bounded: above `limit` the oldest is dropped.

export class Mailbox<T> {
  /** Made when something waits, and gone when nothing does: most boxes are empty. */
  #waiting: Map<string | number, T> | undefined;
  readonly #limit: number;
  #unkeyed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting?.size ?? 0;
  }

  /** Returns how many values were dropped. A value that is replaced by a newer one of its key is not lost, and not counted. */
  put(key: string | undefined, value: T, merge?: (older: T, newer: T) => T): number {
    const place = key ?? this.#unkeyed++;
    const waiting = (this.#waiting ??= new Map<string | number, T>());
    const older = waiting.get(place);
    waiting.set(place, older !== undefined && merge ? merge(older, value) : value);
    if (waiting.size <= this.#limit) return 0;
    waiting.delete(waiting.keys().next().value!);
    return 1;
  }

  take(): T | undefined {
    const waiting = this.#waiting;
    if (!waiting) return undefined;
    const [place, value] = waiting.entries().next().value!;
    if (waiting.size === 1) this.#waiting = undefined;
    else waiting.delete(place);
    return value;
  }

  clear(): void {
    this.#waiting = undefined;
  }
}

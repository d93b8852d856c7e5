// What waits to be taken: the newest value under each key, in the order in which the keys came; values without a key one after
// the other. Bounded: above `limit` the oldest is dropped.

export class Mailbox<T> {
  readonly #waiting = new Map<string | number, T>();
  readonly #limit: number;
  #unkeyed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Returns how many values were dropped. A value that is replaced by a newer one of its key is not lost, and not counted. */
  put(key: string | undefined, value: T, merge?: (older: T, newer: T) => T): number {
    const place = key ?? this.#unkeyed++;
    const older = this.#waiting.get(place);
    this.#waiting.set(place, older !== undefined && merge ? merge(older, value) : value);
    if (this.#waiting.size <= this.#limit) return 0;
    this.#waiting.delete(this.#waiting.keys().next().value!);
    return 1;
  }

  take(): T | undefined {
    for (const [place, value] of this.#waiting) {
      this.#waiting.delete(place);
      return value;
    }
    return undefined;
  }

  clear(): void {
    this.#waiting.clear();
  }
}

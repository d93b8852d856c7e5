// Work that waits for its turn. Who does not want it any more leaves the queue at once.

interface Entry<T> {
  run(): Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
  signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
}

export class Queue<T> {
  readonly #lanes: number;
  readonly #waiting = new Set<Entry<T>>();
  #running = 0;

  /** `lanes`: how many run at a time. */
  constructor(lanes: number) {
    this.#lanes = lanes;
  }

  /** What `run` gives, or the signal's reason as soon as it is aborted. What has begun goes on to its end, and nobody reads it. */
  add(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as unknown);
    return new Promise<T>((resolve, reject) => {
      const entry: Entry<T> = { run, resolve, reject, signal, onAbort: undefined };
      if (signal) {
        entry.onAbort = () => {
          this.#waiting.delete(entry);
          reject(signal.reason);
        };
        signal.addEventListener('abort', entry.onAbort, { once: true });
      }
      this.#waiting.add(entry);
      this.#next();
    });
  }

  /** Those that wait are refused; those that run end by themselves. */
  clear(reason: unknown): void {
    for (const entry of this.#waiting) {
      if (entry.onAbort) entry.signal?.removeEventListener('abort', entry.onAbort);
      entry.reject(reason);
    }
    this.#waiting.clear();
  }

  #next(): void {
    const [entry] = this.#waiting;
    if (entry === undefined || this.#running >= this.#lanes) return;
    this.#waiting.delete(entry);
    this.#running++;
    void entry
      .run()
      .then(entry.resolve, entry.reject)
      .finally(() => {
        if (entry.onAbort) entry.signal?.removeEventListener('abort', entry.onAbort);
        this.#running--;
        this.#next();
      });
  }
}

// The published operations, kept whole in memory: a request looks them up without waiting, and goes on doing so while the
// database is away. States: loading (nothing is known yet), loaded, closed.
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { DocumentStore } from './document-store.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export class TrustedDocuments {
  readonly #store: DocumentStore;
  readonly #log: Logger;
  readonly #closed = new AbortController();
  readonly #loaded: Promise<void>;
  readonly #working: Promise<unknown>;
  #known: ReadonlyMap<string, string> | null = null;
  #stale = false;
  #reading: Promise<void> | undefined;

  constructor(store: DocumentStore, log: Logger) {
    this.#store = store;
    this.#log = log;
    this.#loaded = this.#read();
    this.#working = store.changes(this.#closed.signal, () => void this.#read());
  }

  /** False where nothing could be read yet. */
  get ready(): boolean {
    return this.#known !== null;
  }

  get size(): number {
    return this.#known?.size ?? 0;
  }

  find(hash: string): string | undefined {
    return this.#known?.get(hash);
  }

  /** True once they are known; false where that takes longer than `timeoutMs`. */
  async wait(timeoutMs: number): Promise<boolean> {
    if (this.#known) return true;
    const over = new AbortController();
    await Promise.race([this.#loaded, sleep(timeoutMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined)]);
    over.abort();
    return this.ready;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#working, this.#reading]);
  }

  /** One reading at a time; what changes during it is read after it. */
  #read(): Promise<void> {
    this.#stale = true;
    return (this.#reading ??= this.#readAll().finally(() => (this.#reading = undefined)));
  }

  async #readAll(): Promise<void> {
    const { signal } = this.#closed;
    for (let pauseMs = FIRST_PAUSE_MS; this.#stale && !signal.aborted; ) {
      this.#stale = false;
      try {
        const documents = await this.#store.all();
        this.#known = new Map(documents.map(({ hash, body }) => [hash, body]));
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        this.#stale = true;
        this.#log.warn({ reason: messageOf(error) }, 'Published operations could not be read; trying again');
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}

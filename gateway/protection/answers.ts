// Whole answers of queries, kept for as long as `@cacheControl` says and no longer than the rows behind them stay the same.
// Bounded in bytes. Who asks for what is being worked out waits for it; only answers without errors are kept or shared.
import { LRUCache } from 'lru-cache';
import type { AnswerStore } from '../engine.ts';
import type { Prepared } from '../operations/index.ts';
import type { Principal } from '../principal.ts';
import type { Result } from '../result.ts';
import type { CachePolicy } from './cache-policy.ts';

/** Calls back with the wallet whose rows changed; null where it may be any. Returns how to stop. */
export type RowsChanged = (listener: (walletId: string | null) => void) => () => void;

export interface AnswerOptions {
  readonly maxBytes: number;
  /** Without it answers live until they are too old. */
  readonly onRowsChanged?: RowsChanged | undefined;
}

export interface KeptAnswers extends AnswerStore {
  /** Forgets what a wallet's rows are in; null: everything. */
  forget(walletId: string | null): void;
  readonly stats: { readonly entries: number; readonly bytes: number; hits: number; misses: number };
  close(): void;
}

interface Entry {
  readonly result: Result;
  readonly wallets: Principal['wallets'];
}

/** What an answer depends on, beside the data. */
function keyOf({ shareKey, raw }: Prepared, { private: isPrivate }: CachePolicy, { id, wallets }: Principal): string {
  return JSON.stringify([shareKey, raw, wallets === 'all' ? 'all' : [...wallets].sort(), isPrivate ? id : null]);
}

const isWhole = ({ errors, refused }: Result): boolean => !refused && errors.length === 0;

export function createAnswers({ maxBytes, onRowsChanged }: AnswerOptions): KeptAnswers {
  const kept = new LRUCache<string, Entry>({ maxSize: maxBytes, sizeCalculation: ({ result }, key) => (result.encoding === 'latin1' ? 1 : 2) * result.text.length + 2 * key.length + 300 });
  const underWay = new Map<string, Promise<Result>>();
  const counts = { hits: 0, misses: 0 };
  /** Raised by each change: an answer that was begun before one is not kept. */
  let generation = 0;

  function forget(walletId: string | null): void {
    generation++;
    underWay.clear();
    if (walletId === null) return kept.clear();
    for (const [key, { wallets }] of kept.entries()) if (wallets === 'all' || wallets.includes(walletId)) kept.delete(key);
  }
  const stop = onRowsChanged?.(forget);

  async function fill(key: string, { maxAgeMs }: CachePolicy, { wallets }: Principal, run: () => Promise<Result>): Promise<Result> {
    const begun = generation;
    const result = await run();
    if (isWhole(result) && begun === generation) kept.set(key, { result, wallets }, { ttl: maxAgeMs });
    return result;
  }

  return {
    async answer(prepared, { principal }, run) {
      const policy = prepared.cache;
      if (!policy) return run();
      const key = keyOf(prepared, policy, principal);
      const found = kept.get(key);
      if (found) {
        counts.hits++;
        return found.result;
      }
      const shared = underWay.get(key);
      if (shared) {
        // The one who asked first may have left, or failed for a reason of its own.
        const result = await shared.catch(() => null);
        if (result && isWhole(result)) {
          counts.hits++;
          return result;
        }
        return run();
      }
      counts.misses++;
      const filling = fill(key, policy, principal, run);
      underWay.set(key, filling);
      try {
        return await filling;
      } finally {
        if (underWay.get(key) === filling) underWay.delete(key);
      }
    },
    forget,
    get stats() {
      return { ...counts, entries: kept.size, bytes: kept.calculatedSize };
    },
    close() {
      stop?.();
      kept.clear();
    },
  };
}

// When the reading of a stream began, by Kommo's clock and not by ours: the two may differ by more than any overlap, and
// what changed in the difference would never be read. It travels in the cursor, so that another process knows it too.
import type { Json, ReadContext } from '../../../sync/types.ts';

type Which = Pick<ReadContext, 'walletId' | 'startedAt'>;

const keyOf = ({ walletId, startedAt }: Which): string => `${walletId}@${startedAt.toISOString()}`;

/** What the cursor of an earlier page says of the beginning; null where it says nothing. */
export const begunOf = (cursor: { readonly begun?: unknown }): number | null => (typeof cursor.begun === 'number' ? cursor.begun : null);

/**
 * The least that an answer proves about Kommo's clock, in unix seconds: its `Date` header, else the last change among its
 * records. Those may carry any instant that somebody sent, so then not later than our own clock. Null: it proves nothing.
 */
export function clockOfAnswer({ at, items }: { readonly at: number | null; readonly items: readonly Json[] }, startedAt: Date): number | null {
  if (at !== null) return at;
  const newest = items.reduce<number>((highest, item) => Math.max(highest, updatedAtOf(item)), 0);
  return newest === 0 ? null : Math.min(newest, Math.floor(startedAt.getTime() / 1000));
}

/** Seconds of the last change; 0 where the record does not say. */
export const updatedAtOf = (record: Json): number => Number((record as { updated_at?: unknown } | null)?.updated_at ?? 0) || 0;

/** The beginning of the reading in hand. A stream has one at a time; an older one is forgotten. */
export class Beginning {
  #key = '';
  #at: number | null = null;

  /** Takes what a cursor or an answer says, and gives the earliest so far. */
  note(which: Which, ...instants: readonly (number | null)[]): number | null {
    const key = keyOf(which);
    const known = [...instants, key === this.#key ? this.#at : null].filter((at) => at !== null);
    this.#key = key;
    this.#at = known.length === 0 ? null : Math.min(...known);
    return this.#at;
  }

  /** Null where this process asked for no page of that reading. */
  of(which: Which): number | null {
    return keyOf(which) === this.#key ? this.#at : null;
  }
}

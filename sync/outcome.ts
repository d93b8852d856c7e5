// What the reading of a stream amounts to: pure decisions over its counts, over what the provider announced, and over the
// readings before it. "0 records" always says what was asked for, and a smaller count never becomes the usual by itself.
import type { StreamOutcome } from './api.ts';
import type { Json, Partition, ReadContext } from './types.ts';

/** A full read below this share of the usual count is worth a look. */
const USUAL_SHARE = 0.8;
/** The usual count falls only when so many full reads in a row, the last one included, agree ... */
const READS_THAT_AGREE = 3;
/** ... which they do within this share. */
const AGREE_WITHIN = 0.02;
/** An empty window is ordinary where none of the windows before brought anything, or so many of them were empty too. */
const EMPTY_WINDOWS = 3;

/** How many readings before this one are looked at. */
export const READINGS_REMEMBERED = 5;

export interface Reading {
  /** Every record of the stream was asked for. */
  readonly all: boolean;
  /** Asked for by business dates, as the readings `before` were: what it brings hardly changes from day to day. */
  readonly window: boolean;
  readonly fetched: number;
  readonly written: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Records that the provider announced and that did not come. */
  readonly missing: number;
  /** Records that a full read usually has; null where there was none. */
  readonly usual: number | null;
  /** Records of the readings of the same kind before this one, the newest first. */
  readonly before: readonly number[];
  /** What was asked of the provider; empty where it was everything. */
  readonly asked: string;
}

const emptyWindowIsStrange = (before: readonly number[]): boolean => before.some((count) => count > 0) && before.filter((count) => count === 0).length < EMPTY_WINDOWS;

/** What a reading that came to its end amounts to. */
export function outcomeOf(reading: Reading): { outcome: StreamOutcome; message: string | null } {
  const { all, window, fetched, written, unchanged, rejected, missing, usual, before, asked } = reading;
  if (all && fetched === 0 && usual !== null && usual > 0) {
    return { outcome: 'NOTHING_READABLE', message: `The provider gave no record, although ${usual} are usual. What is stored was left as it is.` };
  }
  if (fetched === 0 && missing > 0) return { outcome: 'NOTHING_READABLE', message: `The provider announced ${missing} records and gave none. The next run asks again.` };
  if (fetched > 0 && rejected >= fetched && written + unchanged === 0) return { outcome: 'NOTHING_READABLE', message: `None of ${fetched} records could be read; see the dead letters.` };
  if (window && !all && fetched === 0 && emptyWindowIsStrange(before)) {
    const last = before.find((count) => count > 0);
    return { outcome: 'NOTHING_READABLE', message: `The provider gave no record for ${asked}, although such a reading brought ${last} before. What is stored was left as it is; the next run asks again.` };
  }
  if (missing > 0) {
    return { outcome: 'FEWER_THAN_USUAL', message: `${missing} records that the provider announced did not come beside the ${fetched} that did. Nothing was removed; the next run asks again.` };
  }
  if (all && usual !== null && fetched < usual * USUAL_SHARE) {
    const accepted = usualAfter(reading) < usual ? ` ${READS_THAT_AGREE} full reads in a row agree, so this is the usual count from now on.` : '';
    return { outcome: 'FEWER_THAN_USUAL', message: `${fetched} records, where ${usual} are usual. Nothing was removed.${accepted}` };
  }
  if (written > 0) return { outcome: 'CHANGED', message: null };
  if (fetched === 0) return { outcome: 'NOTHING_NEW', message: all || asked === '' ? 'The provider has no records of this kind.' : `The provider has nothing for ${asked}.` };
  return { outcome: 'NOTHING_NEW', message: `All ${unchanged} records read are as they were.` };
}

/**
 * Records that are usual after a full read. More is so at once; less only when three complete full reads in a row agree, so
 * that a loss is told each time until somebody had the time to look. None at all never is.
 */
export function usualAfter({ usual, fetched, missing, before }: Pick<Reading, 'usual' | 'fetched' | 'missing' | 'before'>): number {
  if (usual === null || fetched >= usual) return fetched;
  if (missing > 0 || fetched === 0) return usual;
  const last = [fetched, ...before].slice(0, READS_THAT_AGREE);
  const agree = last.length === READS_THAT_AGREE && Math.max(...last) - Math.min(...last) <= Math.max(...last) * AGREE_WITHIN;
  return agree ? Math.max(...last) : usual;
}

/** The outcome of a stream that ended before its reading did, as SQL over its row. */
export const CUT_SHORT = `CASE WHEN written > 0 THEN 'CHANGED' WHEN fetched > 0 THEN 'FEWER_THAN_USUAL' ELSE 'NOTHING_READABLE' END`;

/** What a plan asks for, in the provider's words: the filters that all its parts share, or the names of the parts. */
export function askedOf(partitions: readonly Partition[]): string {
  const shared = Object.entries(partitions[0]?.params ?? {}).filter(([name, value]) => partitions.every(({ params }) => params[name] === value));
  if (shared.length > 0) return shared.map(([name, value]) => `${name} ${String(value)}`).join(', ');
  const names = partitions.map(({ key }) => key).filter((key) => key !== 'all');
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

/**
 * The watermark of a stream that has no shape of its own: the start of the run, where the reading began at the stored one
 * or before it; else the stored one, since what lies between was not read.
 */
export function plainWatermark({ mode, since, watermark, startedAt }: Pick<ReadContext, 'mode' | 'since' | 'watermark' | 'startedAt'>): Json {
  const at = Date.parse(String((watermark as { at?: unknown } | null)?.at));
  const skips = mode === 'INCREMENTAL' && since !== null && !(since.getTime() <= at);
  return skips ? watermark : { at: startedAt.toISOString() };
}

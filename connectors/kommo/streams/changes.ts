// How the three big lists are found: a full load by id in numbered pages that can be asked in parallel, and what changed by
// `updated_at` (kommo.md 7). The clock of Kommo ticks in seconds and a list by change moves while it is read, so a page never
// continues by number where it can continue by time:
//
//   - the next question starts at the last second seen, page 1 again; what came already is dropped by id and second
//   - only a second with more records than a page holds is drained by page number, and then read once more from its start,
//     until a whole pass brings nothing new: a record that changes meanwhile leaves the second and shifts the others
//   - the bound is sent one second lower than needed: whether it is inclusive is not documented
import type { Cursor, Json, Partition, ReadContext } from '../../../sync/types.ts';
import { OVERLAP_SECONDS, PAGE_SIZE } from '../endpoints.ts';

/** Records that are remembered between pages; above it the rest of a second is read without the second look. */
const REMEMBERED = 5_000;

/** Where a reading by change stands. Plain JSON: it is the checkpoint. */
export interface ChangeCursor {
  /** Unix second up to which (exclusive) everything is known. */
  readonly point: number;
  readonly page: number;
  /** Second in which a record was seen, by id: what comes again and is to be dropped. */
  readonly seen: Readonly<Record<string, number>>;
  /** New records in this pass over a second that needs several pages; null outside of one. */
  readonly found: number | null;
  /** Second of Kommo's clock in which the reading began, once it is known. */
  readonly begun?: number | null;
}

/** What a page of changes holds, as far as the plan needs it. */
export interface Change {
  readonly id: string;
  readonly updatedAt: number;
}

export interface Step {
  /** For each record of the page: true where it came already. */
  readonly repeated: readonly boolean[];
  readonly next: ChangeCursor | null;
}

/** Second where an incremental reading starts; null where everything has to be read. */
export function changesFrom({ mode, since, watermark }: Pick<ReadContext, 'mode' | 'since' | 'watermark'>): number | null {
  if (mode === 'FULL') return null;
  if (since !== null) return Math.floor(since.getTime() / 1000);
  const at = (watermark as { updatedAt?: unknown } | null)?.updatedAt;
  return typeof at === 'number' && Number.isFinite(at) ? at : null;
}

/**
 * Watermark after a complete read: the second of Kommo's clock in which it began, less the overlap. Everything that changed
 * before was read, by whichever process; what changed during the run is read again by the next. Where that second is not
 * known (`begun` null) the stored watermark stays, which reads more than needed and loses nothing. A reading that began behind the stored
 * watermark leaves that one: what lies between was not read.
 */
export function watermarkOf(context: Pick<ReadContext, 'mode' | 'since' | 'watermark'>, begun: number | null): Json {
  const from = changesFrom(context);
  const due = changesFrom({ ...context, since: null });
  if (from !== null && (due === null || from > due)) return context.watermark;
  return begun === null ? context.watermark : { updatedAt: begun - OVERLAP_SECONDS };
}

export const fullPartition = (): Partition => ({ key: 'by-id', start: { page: 1 }, params: {}, parallel: true });

export const changesPartition = (from: number): Partition => ({
  key: 'changes',
  start: { ...startAt(from) } as unknown as Cursor,
  params: { changed_since: new Date(from * 1000).toISOString() },
  parallel: false,
});

export const startAt = (point: number): ChangeCursor => ({ point, page: 1, seen: {}, found: null });

/** The lower bound to send for a cursor. */
export const boundOf = (cursor: ChangeCursor): number => Math.max(0, cursor.point - 1);

/** Decides what is new on a page and where to go on. `more`: the provider names a next page. */
export function step(cursor: ChangeCursor, changes: readonly Change[], more: boolean): Step {
  const repeated = changes.map(({ id, updatedAt }) => cursor.seen[id] === updatedAt);
  const last = changes.reduce((highest, { updatedAt }) => Math.max(highest, updatedAt), cursor.point);
  const found = (cursor.found ?? 0) + changes.filter(({ updatedAt }, index) => updatedAt <= cursor.point && !repeated[index]).length;
  const seen = remember(cursor.seen, changes);
  // Not beyond the second yet, and there is more: the next page of the same question.
  if (more && last === cursor.point) return { repeated, next: { point: cursor.point, page: cursor.page + 1, seen, found } };
  const lookAgain = cursor.page > 1 && found > 0 && Object.keys(seen).length < REMEMBERED;
  if (lookAgain) return { repeated, next: { point: cursor.point, page: 1, seen, found: 0 } };
  return { repeated, next: more ? { point: last, page: 1, seen: since(seen, last - 1), found: null } : null };
}

/** True where the records stand in the order that was asked for; a provider that ignores the order must not be read by it. */
export const inOrder = (changes: readonly Change[]): boolean => changes.every(({ updatedAt }, index) => index === 0 || updatedAt >= (changes[index - 1]?.updatedAt ?? 0));

const since = (seen: Readonly<Record<string, number>>, second: number): Record<string, number> =>
  Object.fromEntries(Object.entries(seen).filter(([, at]) => at >= second));

function remember(seen: Readonly<Record<string, number>>, changes: readonly Change[]): Record<string, number> {
  const all = { ...seen };
  let size = Object.keys(all).length;
  for (const { id, updatedAt } of changes) {
    if (size >= REMEMBERED && !(id in all)) continue;
    if (!(id in all)) size += 1;
    all[id] = updatedAt;
  }
  return all;
}

/** Query of one page of changes. */
export const changesQuery = (cursor: ChangeCursor): [string, string | number][] => [
  ['page', cursor.page],
  ['limit', PAGE_SIZE],
  ['filter[updated_at][from]', boundOf(cursor)],
  ['order[updated_at]', 'asc'],
];

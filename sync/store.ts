// Takes records of one stream in, inside the caller's transaction: rows, dead letters, change events. A record that the
// database refuses (a number too large, a missing value) does not stop the rest: it is found by halving and becomes a letter.
import type pg from 'pg';
import { messageOf } from '../lib/errors.ts';
import { keepEvents } from './changes.ts';
import { keepLetters, resolveLetters, type LetterOwner } from './letters.ts';
import type { Json, ParsedRecord, RejectedRecord, Stream } from './types.ts';
import { writeRecords, type Changes, type WriteOptions, type Written } from './writer.ts';

export interface Stored {
  readonly written: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** True where rows changed: subscribers may have something to read, and who keeps answers must not any longer. */
  readonly touched: boolean;
}

export interface StoreOptions extends WriteOptions {
  /** True where older letters of this stream may be resolved by these records. */
  readonly mayResolve: boolean;
}

/** Classes 22 and 23: the data is wrong, not the database. */
export const isDataError = (error: unknown): boolean => /^2[23]/.test(String((error as { code?: unknown } | null)?.code ?? ''));

const merge = (left: Written, right: Written): Written => {
  const changes = new Map<string, Changes>(left.changes);
  for (const [type, more] of right.changes) {
    const had = changes.get(type);
    if (!had) changes.set(type, more);
    else for (const kind of ['created', 'updated', 'deleted'] as const) for (const id of more[kind]) had[kind].add(id);
  }
  return { written: left.written + right.written, unchanged: left.unchanged + right.unchanged, touched: left.touched || right.touched, changes };
};

async function writeOrHalve(client: pg.ClientBase, stream: Stream, records: readonly ParsedRecord[], rejected: RejectedRecord[], options: WriteOptions): Promise<Written> {
  await client.query('SAVEPOINT batch');
  try {
    const written = await writeRecords(client, stream.tables, records, options);
    await client.query('RELEASE SAVEPOINT batch');
    return written;
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT batch');
    if (records.length === 1) {
      const [record] = records as [ParsedRecord];
      const payload = (record.row['metadata'] ?? record.row) as Json;
      rejected.push({ externalId: record.externalId, code: 'NOT_STORABLE', message: `The database refused it: ${messageOf(error)}`, payload });
      return { written: 0, unchanged: 0, touched: false, changes: new Map() };
    }
    const half = records.length >> 1;
    const left = await writeOrHalve(client, stream, records.slice(0, half), rejected, options);
    return merge(left, await writeOrHalve(client, stream, records.slice(half), rejected, options));
  }
}

/** Takes records and rejected records in. Throws only where the database itself fails. */
export async function storeRecords(
  client: pg.ClientBase,
  owner: LetterOwner,
  stream: Stream,
  records: readonly ParsedRecord[],
  rejected: readonly RejectedRecord[],
  options: StoreOptions,
): Promise<Stored> {
  const refused: RejectedRecord[] = [];
  const { written, unchanged, touched, changes } =
    records.length > 0 ? await writeOrHalve(client, stream, records, refused, options) : { written: 0, unchanged: 0, touched: false, changes: new Map<string, Changes>() };
  if (options.mayResolve) {
    const bad = new Set(refused.map((one) => one.externalId));
    await resolveLetters(client, owner.walletId, owner.stream, records.map((record) => record.externalId).filter((id) => !bad.has(id)));
  }
  const letters = await keepLetters(client, owner, [...rejected, ...refused]);
  await keepEvents(client, owner.walletId, changes);
  return { written, unchanged, rejected: letters, touched };
}

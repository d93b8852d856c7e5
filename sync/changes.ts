// Change events: which records a committed batch created, updated or deleted, for those who subscribe to them.
import type pg from 'pg';
import type { Changes } from './writer.ts';

/** Ids in one row at most: a reader takes rows of bounded size. */
const IDS_PER_EVENT = 1_000;

/** Events of one batch, in rows of bounded size. */
export function eventRows(changes: ReadonlyMap<string, Changes>): { type: string; created: string[]; updated: string[]; deleted: string[] }[] {
  const rows: { type: string; created: string[]; updated: string[]; deleted: string[] }[] = [];
  for (const [type, { created, updated, deleted }] of changes) {
    const all = [
      ...[...created].map((id) => ['created', id] as const),
      ...[...updated].map((id) => ['updated', id] as const),
      ...[...deleted].map((id) => ['deleted', id] as const),
    ];
    for (let start = 0; start < all.length; start += IDS_PER_EVENT) {
      const row = { type, created: [] as string[], updated: [] as string[], deleted: [] as string[] };
      for (const [change, id] of all.slice(start, start + IDS_PER_EVENT)) row[change].push(id);
      rows.push(row);
    }
  }
  return rows;
}

/** Stores the events in the caller's transaction. */
export async function keepEvents(client: pg.ClientBase, walletId: string, changes: ReadonlyMap<string, Changes>): Promise<void> {
  const rows = eventRows(changes);
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO sync.change_event (wallet_id, type, created, updated, deleted)
     SELECT $2, i.type, i.created, i.updated, i.deleted
     FROM json_to_recordset($1::json) AS i(type text, created uuid[], updated uuid[], deleted uuid[])`,
    [JSON.stringify(rows), walletId],
  );
}

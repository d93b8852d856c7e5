// Dead letters: records that could not be taken in, kept whole with the reason. The same record again raises `attempts`;
// a record that later is stored resolves its letter.
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { recordId } from '../lib/ids.ts';
import { safeJson } from './encode.ts';
import type { Provider, RejectedRecord } from './types.ts';

export interface LetterOwner {
  readonly walletId: string;
  readonly provider: Provider;
  readonly stream: string;
  /** Null for a replay. */
  readonly runId: string | null;
}

/** A record without an id is known by its content. */
const letterKey = ({ externalId, payload }: RejectedRecord): string =>
  externalId ?? `content ${createHash('md5').update(JSON.stringify(payload) ?? '').digest('hex')}`;

/** Stores rejected records in the caller's transaction. Returns how many there are, each counted once. */
export async function keepLetters(client: pg.ClientBase, owner: LetterOwner, rejected: readonly RejectedRecord[]): Promise<number> {
  const letters = new Map(rejected.map((one) => [recordId(owner.walletId, `letter:${owner.stream}`, letterKey(one)), one]));
  if (letters.size === 0) return 0;
  const rows = [...letters].map(([id, { externalId, code, message, payload }]) => ({ id, external_id: externalId, code, message, payload: payload ?? {} }));
  await client.query(
    `INSERT INTO sync.dead_letter AS l (id, wallet_id, run_id, provider, stream, external_id, code, message, payload)
     SELECT i.id, $2, $3, $4, $5, i.external_id, i.code, i.message, i.payload
     FROM json_to_recordset($1::json) AS i(id uuid, external_id text, code text, message text, payload jsonb) ORDER BY i.id
     ON CONFLICT (id) DO UPDATE SET attempts = l.attempts + 1, run_id = coalesce(excluded.run_id, l.run_id), code = excluded.code,
       message = excluded.message, payload = excluded.payload, updated_at = now(), resolved_at = NULL`,
    [safeJson(rows), owner.walletId, owner.runId, owner.provider, owner.stream],
  );
  return letters.size;
}

/** Marks the letters of records that were stored after all. */
export async function resolveLetters(client: pg.ClientBase, walletId: string, stream: string, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return;
  await client.query(
    `UPDATE sync.dead_letter SET resolved_at = now(), updated_at = now()
     WHERE wallet_id = $1 AND stream = $2 AND external_id = ANY($3::text[]) AND resolved_at IS NULL`,
    [walletId, stream, externalIds],
  );
}

/** True where the stream of this wallet has letters that wait. */
export async function hasLetters(client: Pick<pg.ClientBase, 'query'>, walletId: string, stream: string): Promise<boolean> {
  const { rows } = await client.query('SELECT 1 FROM sync.dead_letter WHERE wallet_id = $1 AND stream = $2 AND resolved_at IS NULL LIMIT 1', [walletId, stream]);
  return rows.length > 0;
}

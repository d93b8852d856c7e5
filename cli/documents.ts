// The published operations in the database: the store that the gateway asks, and what the command line does with them.
import type { DocumentStore, TrustedDocument } from '../gateway/protection/index.ts';
import type { Logger } from '../lib/log.ts';
import { sql } from '../lib/sql.ts';
import { listen, type Database } from '../prisma/index.ts';

const CHANNEL = 'ponte_document';

/** The port of the gateway. `database` is used as it is; the caller closes it. */
export function createDocumentStore(database: Pick<Database, 'rows' | 'connectDirect'>, log: Logger): DocumentStore {
  return {
    all: () => database.rows<TrustedDocument>(sql`SELECT hash, name, body FROM gateway.trusted_document WHERE retired_at IS NULL`),
    changes: (signal, onChange) => listen(database, { channels: [CHANNEL], signal, onNotice: onChange, onGap: onChange, log }),
  };
}

/** Running gateways read all of them again. */
const tell = (database: Pick<Database, 'rows'>) => database.rows(sql`SELECT pg_notify(${CHANNEL}, '')`);

/** `published`: now; `before`: it was already; `again`: it had been retired. */
export type Publication = 'published' | 'before' | 'again';

/** Publishes all of them or, where something fails, none. `by`: who did it, for the list. */
export async function publishDocuments(database: Pick<Database, 'rows'>, documents: readonly TrustedDocument[], by: string | null): Promise<Publication[]> {
  const hashes = documents.map(({ hash }) => hash);
  const before = await database.rows<{ hash: string; retired: boolean }>(sql`SELECT hash, retired_at IS NOT NULL AS retired FROM gateway.trusted_document WHERE hash = ANY(${hashes}::text[])`);
  await database.rows(sql`INSERT INTO gateway.trusted_document (hash, name, body, published_by)
    SELECT d.hash, d.name, d.body, ${by} FROM json_to_recordset(${JSON.stringify(documents)}::json) AS d(hash text, name text, body text)
    ON CONFLICT (hash) DO UPDATE SET name = excluded.name, retired_at = NULL, published_at = now(), published_by = excluded.published_by
      WHERE trusted_document.retired_at IS NOT NULL`);
  await tell(database);
  return hashes.map((hash) => {
    const known = before.find((row) => row.hash === hash);
    return known === undefined ? 'published' : known.retired ? 'again' : 'before';
  });
}

export interface ShownDocument {
  readonly hash: string;
  readonly name: string;
  readonly publishedAt: Date;
  readonly publishedBy: string | null;
  readonly retiredAt: Date | null;
}

/** All that were ever published, by name, the newest first. */
export async function allDocuments(database: Pick<Database, 'rows'>): Promise<ShownDocument[]> {
  const rows = await database.rows<{ hash: string; name: string; publishedAt: string; publishedBy: string | null; retiredAt: string | null }>(
    sql`SELECT hash, name, published_at AS "publishedAt", published_by AS "publishedBy", retired_at AS "retiredAt" FROM gateway.trusted_document ORDER BY name, published_at DESC, hash`,
  );
  return rows.map((row) => ({ ...row, publishedAt: new Date(row.publishedAt), retiredAt: row.retiredAt === null ? null : new Date(row.retiredAt) }));
}

/** `retired`: by this call; `before`: it was already; `unknown`: there is no such document. */
export async function retireDocument(database: Pick<Database, 'rows'>, hash: string): Promise<'retired' | 'before' | 'unknown'> {
  const retired = await database.rows(sql`UPDATE gateway.trusted_document SET retired_at = now() WHERE hash = ${hash} AND retired_at IS NULL RETURNING hash`);
  if (retired.length > 0) {
    await tell(database);
    return 'retired';
  }
  return (await database.rows(sql`SELECT 1 FROM gateway.trusted_document WHERE hash = ${hash}`)).length > 0 ? 'before' : 'unknown';
}

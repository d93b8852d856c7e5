// The keys of the API in the database: the store that the gateway asks, and what the command line does with them.
import { randomUUID } from 'node:crypto';
import { makeKey, type ApiKey, type KeyStore } from '../gateway/auth/index.ts';
import type { AllowedWallets } from '../lib/graphql/index.ts';
import { isId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { sql } from '../lib/sql.ts';
import { listen, type Database } from '../prisma/index.ts';

/** The database's own trigger tells the id of every key that changed. */
const CHANNEL = 'ponte_key';

interface KeyRow {
  id: string;
  name: string;
  hash: Buffer;
  prefix: string;
  scopes: string[];
  allWallets: boolean;
  wallets: string[] | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

const COLUMNS = sql`id, name, hash, prefix, scopes, all_wallets AS "allWallets", wallets, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt"`;
const walletsOf = ({ allWallets, wallets }: KeyRow): AllowedWallets => (allWallets ? 'all' : (wallets ?? []));
const instant = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** The port of the gateway. `database` is used as it is; the caller closes it. */
export function createKeyStore(database: Pick<Database, 'rows' | 'connectDirect'>, log: Logger): KeyStore {
  return {
    async find(hash): Promise<ApiKey | null> {
      const [row] = await database.rows<KeyRow>(sql`SELECT ${COLUMNS} FROM gateway.api_key WHERE hash = ${Buffer.from(hash)}`);
      if (row === undefined) return null;
      const { id, name, scopes } = row;
      return { id, name, scopes, hash: row.hash, wallets: walletsOf(row), expiresAt: instant(row.expiresAt), revokedAt: instant(row.revokedAt) };
    },
    changes: (signal, onChange) => listen(database, { channels: [CHANNEL], signal, onNotice: (payload) => onChange(isId(payload) ? payload : null), onGap: () => onChange(null), log }),
    async used(id) {
      await database.rows(sql`UPDATE gateway.api_key SET last_used_at = now() WHERE id = ${id}::uuid AND (last_used_at IS NULL OR last_used_at < now() - interval '4 minutes')`);
    },
  };
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly wallets: AllowedWallets;
  readonly expiresAt: Date | null;
}

/** Makes a key. Its text is in the answer, and nowhere else. */
export async function insertKey(database: Pick<Database, 'rows'>, { name, scopes, wallets, expiresAt }: NewApiKey): Promise<{ id: string; text: string; prefix: string }> {
  const { text, prefix, hash } = makeKey();
  const id = randomUUID();
  const all = wallets === 'all';
  await database.rows(sql`INSERT INTO gateway.api_key (id, name, hash, prefix, scopes, all_wallets, wallets, expires_at)
    VALUES (${id}::uuid, ${name}, ${hash}, ${prefix}, ${[...scopes]}::text[], ${all}, ${all ? [] : [...wallets]}::uuid[], ${expiresAt?.toISOString() ?? null}::timestamptz)`);
  return { id, text, prefix };
}

export interface ShownKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly wallets: AllowedWallets;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** All keys, the newest first. */
export async function allKeys(database: Pick<Database, 'rows'>): Promise<ShownKey[]> {
  const rows = await database.rows<KeyRow>(sql`SELECT ${COLUMNS} FROM gateway.api_key ORDER BY created_at DESC, id`);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    wallets: walletsOf(row),
    createdAt: new Date(row.createdAt),
    expiresAt: instant(row.expiresAt),
    revokedAt: instant(row.revokedAt),
    lastUsedAt: instant(row.lastUsedAt),
  }));
}

/** `revoked`: by this call; `before`: it was already; `unknown`: there is no such key. Running gateways hear of it at once. */
export async function revokeKey(database: Pick<Database, 'rows'>, id: string): Promise<'revoked' | 'before' | 'unknown'> {
  if (!isId(id)) return 'unknown';
  const revoked = await database.rows(sql`UPDATE gateway.api_key SET revoked_at = now() WHERE id = ${id}::uuid AND revoked_at IS NULL RETURNING id`);
  if (revoked.length > 0) return 'revoked';
  return (await database.rows(sql`SELECT 1 FROM gateway.api_key WHERE id = ${id}::uuid`)).length > 0 ? 'before' : 'unknown';
}

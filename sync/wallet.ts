// A wallet, the row of one connected provider account: who it is, whether it is connected, what its token says.
import { walletId, workspaceId } from '../lib/ids.ts';
import type { Database } from '../prisma/index.ts';
import type { WalletStatus } from './api.ts';
import { PROVIDER_NAMES } from './names.ts';
import { hasWorker } from './presence.ts';
import type { Account, Connector, Provider, TokenFacts } from './types.ts';

/** A token that ends within so many days is EXPIRING. */
const EXPIRING_DAYS = 30;
const DAY_MS = 86_400_000;

/** Id of the row that stands for a provider without credentials. */
export const placeholderId = (provider: Provider): string => walletId(provider, 'not-configured');

/** What a token's dates say at `now`. CONNECTED where they say nothing against it. */
export function statusOfToken(token: TokenFacts | null, now: Date): 'CONNECTED' | 'EXPIRING' | 'EXPIRED' {
  if (!token?.expiresAt) return 'CONNECTED';
  const leftMs = Date.parse(token.expiresAt) - now.getTime();
  if (leftMs <= 0) return 'EXPIRED';
  return leftMs < EXPIRING_DAYS * DAY_MS ? 'EXPIRING' : 'CONNECTED';
}

export async function databaseNow(database: Database): Promise<Date> {
  const { rows } = await database.pool.query<{ now: string }>('SELECT now() AS now');
  return new Date(rows[0]!.now);
}

export interface WalletFacts {
  readonly connector: Connector;
  /** Key of the account, from the token or from the provider. */
  readonly key: string;
  /** Null while the provider has not been reached: a known row keeps what it says. */
  readonly account: Account | null;
  readonly workspace: string;
}

/** Writes the row of a configured wallet, with a state for each of its streams, and takes the placeholder away. Gives its id. */
export async function saveWallet(database: Database, { connector, key, account, workspace }: WalletFacts): Promise<string> {
  const { provider } = connector;
  const id = walletId(provider, key);
  const token = connector.token();
  const status = statusOfToken(token, await databaseNow(database));
  await database.transaction(async (client) => {
    await client.query('DELETE FROM sync.wallet WHERE id = $1', [placeholderId(provider)]);
    await client.query(
      `INSERT INTO sync.wallet AS w (id, workspace_id, provider, name, external_account_id, domain, status, configured, token_expires_at, token_scopes,
         token_missing_scopes, checked_at, metadata)
       VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8, $9, $10, CASE WHEN $12 THEN now() END, $11)
       ON CONFLICT (id) DO UPDATE SET workspace_id = excluded.workspace_id, configured = true, token_expires_at = excluded.token_expires_at,
         token_scopes = excluded.token_scopes, token_missing_scopes = excluded.token_missing_scopes, updated_at = now(),
         name = CASE WHEN $12 THEN excluded.name ELSE w.name END, domain = CASE WHEN $12 THEN excluded.domain ELSE w.domain END,
         metadata = CASE WHEN $12 THEN excluded.metadata ELSE w.metadata END, checked_at = coalesce(excluded.checked_at, w.checked_at),
         status = CASE WHEN $12 OR excluded.status <> 'CONNECTED' OR w.status NOT IN ('CONNECTED', 'UNAUTHORIZED') THEN excluded.status ELSE w.status END`,
      [
        id, workspaceId(workspace), provider, account?.name ?? `${PROVIDER_NAMES[provider]} ${key}`, key, account?.domain ?? null, status, token?.expiresAt ?? null,
        token?.scopes ?? [], token?.missingScopes ?? [], account ? JSON.stringify(account.metadata) : null, account !== null,
      ],
    );
    await client.query('INSERT INTO sync.stream_state (wallet_id, stream) SELECT $1, name FROM unnest($2::text[]) AS name ON CONFLICT DO NOTHING', [
      id,
      connector.streams.map((stream) => stream.name),
    ]);
  });
  return id;
}

/** Tells the state of a wallet. A connection that works does not hide that its token ends soon. */
export async function markWallet(database: Database, id: string, status: WalletStatus): Promise<void> {
  await database.pool.query(
    `UPDATE sync.wallet SET checked_at = now(), updated_at = now(), status = CASE
       WHEN $2 <> 'CONNECTED' OR token_expires_at IS NULL THEN $2
       WHEN token_expires_at <= now() THEN 'EXPIRED'
       WHEN token_expires_at < now() + $3 * interval '1 day' THEN 'EXPIRING' ELSE 'CONNECTED' END
     WHERE id = $1`,
    [id, status, EXPIRING_DAYS],
  );
}

/** The provider refuses credentials that do not say whose they are: whatever stands for it here, and has no worker with other ones, shows that. */
export async function markRefused(database: Database, provider: Provider): Promise<void> {
  await database.pool.query(
    `UPDATE sync.wallet w SET status = 'UNAUTHORIZED', checked_at = now(), updated_at = now() WHERE provider = $1 AND (configured OR id = $2) AND NOT ${hasWorker('w.id')}`,
    [provider, placeholderId(provider)],
  );
}

/** How long a run may wait for another worker, whose credentials may be good, before it is told that they are refused. */
const REFUSED_AFTER = "interval '5 seconds'";

/** Ends the waiting runs of accounts whose provider refuses the credentials. Gives the ids of those that ended. */
export async function failRefusedRuns(database: Database, providers: readonly Provider[]): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `UPDATE sync.run r SET status = 'FAILED', fence = fence + 1, finished_at = now(), updated_at = now(), waiting_for = NULL, resumes_at = NULL,
       error_code = 'PROVIDER_UNAUTHORIZED', error_message = 'The provider refuses the credentials of this account.',
       error_hint = 'Make new tokens in the provider''s panel, replace them, and restart the worker.', error_retryable = false
     FROM sync.wallet w WHERE w.id = r.wallet_id AND w.configured AND w.status = 'UNAUTHORIZED' AND r.provider = ANY($1)
       AND r.status IN ('QUEUED', 'WAITING') AND r.queued_at < now() - ${REFUSED_AFTER} AND NOT ${hasWorker('w.id')} RETURNING r.id`,
    [providers],
  );
  return rows.map((row) => row.id);
}

/** How long a wallet may be without a worker, as it is when all of them are started anew, before its run is over. */
const ABANDONED_AFTER = "interval '1 minute'";

/** Ends the runs of wallets that are no longer configured, and that no worker came back for. Gives their ids. */
export async function failAbandonedRuns(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `UPDATE sync.run r SET status = 'FAILED', fence = fence + 1, finished_at = now(), updated_at = now(), waiting_for = NULL, resumes_at = NULL,
       error_code = 'PROVIDER_UNAUTHORIZED', error_message = 'The account is no longer configured.', error_hint = NULL, error_retryable = false
     FROM sync.wallet w WHERE w.id = r.wallet_id AND NOT w.configured AND w.status = 'NOT_CONFIGURED' AND w.updated_at < now() - ${ABANDONED_AFTER}
       AND r.status IN ('QUEUED', 'RUNNING', 'WAITING') AND (r.heartbeat_at IS NULL OR r.heartbeat_at < now() - ${ABANDONED_AFTER}) AND NOT ${hasWorker('w.id')} RETURNING r.id`,
  );
  return rows.map((row) => row.id);
}

/**
 * Brings the table in line with what is configured: a provider without credentials gets a placeholder, a wallet whose
 * credentials no worker that lives has is no longer configured (its live run ends if that stays so). `unknown`: providers whose account is not known yet.
 */
export async function reconcileWallets(database: Database, workspace: string, served: readonly string[], unknown: readonly Provider[], absent: readonly Provider[]): Promise<void> {
  await database.transaction(async (client) => {
    await client.query(
      `UPDATE sync.wallet w SET configured = false, status = 'NOT_CONFIGURED', updated_at = now()
       WHERE configured AND NOT (id = ANY($1::uuid[])) AND NOT (provider = ANY($2)) AND NOT ${hasWorker('w.id')}`,
      [served, unknown],
    );
    for (const provider of absent) {
      await client.query(
        `INSERT INTO sync.wallet (id, workspace_id, provider, name, status, configured)
         SELECT $1, $2, $3, $4, 'NOT_CONFIGURED', false WHERE NOT EXISTS (SELECT 1 FROM sync.wallet WHERE provider = $3) ON CONFLICT DO NOTHING`,
        [placeholderId(provider), workspaceId(workspace), provider, PROVIDER_NAMES[provider]],
      );
      // Credentials that were refused, and are gone now.
      if (!unknown.includes(provider)) await client.query(`UPDATE sync.wallet SET status = 'NOT_CONFIGURED', updated_at = now() WHERE id = $1 AND status <> 'NOT_CONFIGURED'`, [placeholderId(provider)]);
    }
  });
}

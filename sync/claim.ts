// A claim: the right of one worker to work on one run. Each claim raises the run's `fence`; whatever the worker commits
// names the fence it got, and a commit with an older one changes nothing and throws `ClaimLost`.
import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Database } from '../prisma/index.ts';
import type { RunStatus } from './api.ts';
import { HEARTBEAT_TIMEOUT_MS, cancelStreams } from './run.ts';
import { sources } from './state.ts';
import type { Provider, SyncMode } from './types.ts';

type Queryable = Pick<pg.ClientBase, 'query'>;

/** Another worker has taken the run over, or it is over: nothing of this claim may be written any more. */
export class ClaimLost extends Error {
  constructor(runId: string) {
    super(`The claim on run ${runId} is lost.`);
    this.name = 'ClaimLost';
  }
}

export interface Claim {
  readonly runId: string;
  readonly fence: number;
  readonly walletId: string;
  readonly provider: Provider;
  readonly mode: SyncMode;
  /** Names asked for; empty: all. */
  readonly streams: readonly string[];
  readonly since: Date | null;
  /** When the run began, not this claim. */
  readonly startedAt: Date;
  readonly cancelRequested: boolean;
}

/** Names of the workers that live in this process. */
const alive = new Set<string>();

/** A name for a worker: host, process, and what tells two workers of one process (or of two lives of a container) apart. */
export function enlist(): { readonly name: string; leave(): void } {
  const name = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  alive.add(name);
  return { name, leave: () => alive.delete(name) };
}

/** True where a worker certainly is no more: it lived on this machine, and its process is gone. */
export function isGone(worker: string): boolean {
  const [host, pid] = worker.split(':');
  if (host !== hostname() || alive.has(worker)) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH';
  }
}

interface ClaimedRow {
  fence: number;
  wallet_id: string;
  provider: Provider;
  mode: SyncMode;
  streams: string[];
  since: string | null;
  started_at: string;
  cancel_requested: boolean;
}

/** Takes a run that nobody works on, or whose worker fell silent. Null where there is nothing to take. */
export async function claimRun(database: Database, runId: string, worker: string): Promise<Claim | null> {
  const { rows } = await database.pool.query<ClaimedRow>(
    `UPDATE sync.run SET status = 'RUNNING', fence = fence + 1, worker = $3, heartbeat_at = now(), started_at = coalesce(started_at, now()),
       waiting_for = NULL, resumes_at = NULL, error_code = NULL, error_message = NULL, error_hint = NULL, error_retryable = NULL, updated_at = now()
     WHERE id = $1 AND status = ANY($2) AND (status <> 'WAITING' OR resumes_at <= now() OR cancel_requested)
       AND (status <> 'RUNNING' OR heartbeat_at IS NULL OR heartbeat_at < now() - $4 * interval '1 millisecond')
     RETURNING fence, wallet_id, provider, mode, streams, since, started_at, cancel_requested`,
    [runId, sources('RUNNING'), worker, HEARTBEAT_TIMEOUT_MS],
  );
  const row = rows[0];
  if (!row) return null;
  return {
    runId,
    fence: row.fence,
    walletId: row.wallet_id,
    provider: row.provider,
    mode: row.mode,
    streams: row.streams,
    since: row.since === null ? null : new Date(row.since),
    startedAt: new Date(row.started_at),
    cancelRequested: row.cancel_requested,
  };
}

/** Proves, inside a transaction, that the claim still holds; the row stays locked until the commit. */
export async function holdClaim(client: Queryable, claim: Claim, { progressed = false } = {}): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE sync.run SET updated_at = now(), heartbeat_at = now(), failures = CASE WHEN $3 THEN 0 ELSE failures END
     WHERE id = $1 AND fence = $2 AND status = 'RUNNING'`,
    [claim.runId, claim.fence, progressed],
  );
  if (rowCount !== 1) throw new ClaimLost(claim.runId);
}

/** Says that the worker lives. `lost` where the claim is gone, `cancel` where somebody asked the run to end. */
export async function heartbeat(database: Database, claim: Claim): Promise<'held' | 'cancel' | 'lost'> {
  const { rows } = await database.pool.query<{ cancel_requested: boolean }>(
    `UPDATE sync.run SET heartbeat_at = now() WHERE id = $1 AND fence = $2 AND status = 'RUNNING' RETURNING cancel_requested`,
    [claim.runId, claim.fence],
  );
  if (!rows[0]) return 'lost';
  return rows[0].cancel_requested ? 'cancel' : 'held';
}

/** Counts a failure of the provider. */
export async function countFailure(database: Database, claim: Claim): Promise<void> {
  await database.pool.query(`UPDATE sync.run SET failures = failures + 1, updated_at = now() WHERE id = $1 AND fence = $2`, [claim.runId, claim.fence]);
}

export interface Ending {
  readonly status: RunStatus;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string | undefined; readonly retryable: boolean } | null;
  readonly waitingFor?: string;
  readonly waitMs?: number;
  /** Instead of `waitMs`: the failure is counted in the run's row, and its pause is none for the first `free`, then grows from `firstMs` to `lastMs`. */
  readonly backOff?: { readonly firstMs: number; readonly lastMs: number; readonly free: number };
}

/** Ends the claim: the run is over, waits, or goes back to whoever takes it next. Throws `ClaimLost`. */
export async function endClaim(database: Database, claim: Claim, { status, error = null, waitingFor, waitMs, backOff }: Ending): Promise<void> {
  await database.transaction(async (client) => {
    const { rowCount } = await client.query(
      `UPDATE sync.run SET status = $3, error_code = $5, error_message = $6, error_hint = $7, error_retryable = $8, waiting_for = $9,
         resumes_at = now() + CASE WHEN $12::float8 IS NULL THEN $10::float8 WHEN failures < $14::int THEN 0
           ELSE least($12::float8 * 2 ^ least(failures - $14::int, 20), $13::float8) END * interval '1 millisecond',
         failures = failures + CASE WHEN $12::float8 IS NULL THEN 0 ELSE 1 END, worker = NULL, heartbeat_at = NULL, updated_at = now(),
         finished_at = CASE WHEN $11 THEN now() END
       WHERE id = $1 AND fence = $2 AND status = ANY($4) AND status = 'RUNNING'`,
      [
        claim.runId, claim.fence, status, sources(status), error?.code ?? null, error?.message ?? null, error?.hint ?? null, error?.retryable ?? null,
        waitingFor ?? null, waitMs ?? null, status !== 'QUEUED' && status !== 'WAITING', backOff?.firstMs ?? null, backOff?.lastMs ?? null, backOff?.free ?? null,
      ],
    );
    if (rowCount !== 1) throw new ClaimLost(claim.runId);
    if (status === 'CANCELLED') await cancelStreams(client, claim.runId);
  });
}

// A run as a row: how it is read, started, cancelled and repeated. What a worker does with it stands in claim.ts.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { PonteError, badInput, notFound } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import { PROVIDER_NAMES } from './names.ts';
import { CUT_SHORT } from './outcome.ts';
import type { Database } from '../prisma/index.ts';
import type { RunState, StartSyncInput, WalletStatus } from './api.ts';
import { runStateOf, type RunRow, type StreamRow } from './progress.ts';
import { LIVE, sources } from './state.ts';
import type { Provider } from './types.ts';

type Queryable = Pick<pg.ClientBase, 'query'>;

/** A worker that says nothing for so long has lost its runs. */
export const HEARTBEAT_TIMEOUT_MS = 10_000;

const RUN_COLUMNS = `id, wallet_id, provider, mode, trigger, status, waiting_for, resumes_at, retry_of_id, error_code, error_message, error_hint,
  error_retryable, queued_at, started_at, finished_at, updated_at, clock_timestamp() AS read_at`;
const STREAM_COLUMNS = `run_id, name, status, fetched, total, basis, written, unchanged, deleted, rejected, requests, outcome, message, error_code,
  checkpoint, started_at, finished_at`;

/** States of the runs that `where` selects, in the order it gives. Streams are read after the runs: a run never looks further than its streams. */
export async function readRuns(database: Queryable, where: string, values: readonly unknown[]): Promise<RunState[]> {
  const { rows: runs } = await database.query<RunRow>(`SELECT ${RUN_COLUMNS} FROM sync.run r ${where}`, [...values]);
  if (runs.length === 0) return [];
  const { rows } = await database.query<StreamRow>(`SELECT ${STREAM_COLUMNS} FROM sync.run_stream WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, position`, [runs.map((run) => run.id)]);
  const streams = new Map<string, StreamRow[]>();
  for (const row of rows) streams.set(row.run_id, [...(streams.get(row.run_id) ?? []), row]);
  return runs.map((run) => runStateOf(run, streams.get(run.id) ?? []));
}

export async function readRun(database: Queryable, id: string): Promise<RunState | null> {
  if (!isId(id)) return null;
  return (await readRuns(database, 'WHERE id = $1', [id]))[0] ?? null;
}

export async function mustReadRun(database: Queryable, id: string): Promise<RunState> {
  const run = await readRun(database, id);
  if (!run) throw notFound('Run', id);
  return run;
}

interface WalletRow {
  id: string;
  provider: Provider;
  configured: boolean;
  status: WalletStatus;
}

async function walletFor(client: Queryable, walletId: string): Promise<WalletRow> {
  const { rows } = isId(walletId) ? await client.query<WalletRow>('SELECT id, provider, configured, status FROM sync.wallet WHERE id = $1', [walletId]) : { rows: [] };
  const wallet = rows[0];
  if (!wallet) throw notFound('Wallet', walletId);
  if (!wallet.configured && wallet.status === 'UNAUTHORIZED') {
    throw new PonteError('PROVIDER_UNAUTHORIZED', `${PROVIDER_NAMES[wallet.provider]} refuses the credentials, so nobody knows yet whose they are.`, {
      hint: "Make new tokens in the provider's panel, replace the old ones and start the worker again.",
    });
  }
  if (!wallet.configured) {
    throw badInput(`${PROVIDER_NAMES[wallet.provider]} is not configured.`, { hint: 'Set its credentials and start the worker again.', field: 'walletId' });
  }
  return wallet;
}

/** Names that the wallet's connector knows; the worker leaves a row for each when it meets the wallet. */
async function checkStreams(client: Queryable, walletId: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { rows } = await client.query<{ stream: string }>('SELECT stream FROM sync.stream_state WHERE wallet_id = $1 ORDER BY stream', [walletId]);
  const known = rows.map((row) => row.stream);
  const unknown = names.filter((name) => !known.includes(name));
  if (known.length > 0 && unknown.length > 0) throw badInput(`No such stream: ${unknown.join(', ')}. There are: ${known.join(', ')}.`, { field: 'streams' });
}

/** Inserts a run, or finds the live one of that wallet, inside the caller's transaction. */
export async function insertRun(client: Queryable, input: StartSyncInput & { retryOfId?: string }): Promise<{ id: string; started: boolean }> {
  const wallet = await walletFor(client, input.walletId);
  const streams = [...new Set(input.streams ?? [])];
  await checkStreams(client, wallet.id, streams);
  for (let attempt = 1; ; attempt++) {
    const inserted = await client.query<{ id: string }>(
      `INSERT INTO sync.run (id, wallet_id, provider, mode, trigger, streams, since, retry_of_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (wallet_id) WHERE status IN ('QUEUED', 'RUNNING', 'WAITING') DO NOTHING RETURNING id`,
      [randomUUID(), wallet.id, wallet.provider, input.mode, input.trigger, streams, input.since ?? null, input.retryOfId ?? null],
    );
    if (inserted.rows[0]) return { id: inserted.rows[0].id, started: true };
    const live = await client.query<{ id: string }>('SELECT id FROM sync.run WHERE wallet_id = $1 AND status = ANY($2)', [wallet.id, LIVE]);
    if (live.rows[0]) return { id: live.rows[0].id, started: false };
    if (attempt === 10) throw new PonteError('CONFLICT', 'Runs of this wallet start and end too fast to join one.', { retryable: true });
  }
}

/**
 * Asks a run to end. One that nobody works on ends here and now; raising its fence makes sure that a worker that
 * comes back from the dead cannot commit to it.
 */
export async function cancelRun(database: Database, id: string): Promise<RunState> {
  const before = await mustReadRun(database.pool, id);
  await database.transaction(async (client) => {
    const ended = await client.query(
      `UPDATE sync.run SET status = 'CANCELLED', cancel_requested = true, fence = fence + 1, finished_at = now(), updated_at = now(), waiting_for = NULL, resumes_at = NULL,
         error_code = NULL, error_message = NULL, error_hint = NULL, error_retryable = NULL
       WHERE id = $1 AND status = ANY($2) AND (status <> 'RUNNING' OR heartbeat_at IS NULL OR heartbeat_at < now() - $3 * interval '1 millisecond')`,
      [before.id, sources('CANCELLED'), HEARTBEAT_TIMEOUT_MS],
    );
    if (ended.rowCount === 1) await cancelStreams(client, before.id);
    else await client.query(`UPDATE sync.run SET cancel_requested = true, updated_at = now() WHERE id = $1 AND status = ANY($2)`, [before.id, LIVE]);
  });
  return mustReadRun(database.pool, id);
}

export const cancelStreams = (client: Queryable, runId: string) =>
  client.query(`UPDATE sync.run_stream SET status = 'CANCELLED', outcome = ${CUT_SHORT}, message = 'Cancelled before all was read.', finished_at = now() WHERE run_id = $1 AND status IN ('QUEUED', 'RUNNING')`, [runId]);

/** A new run of what did not succeed in an older one, with its counts and checkpoints. */
export async function repeatRun(database: Database, id: string): Promise<string> {
  const old = await mustReadRun(database.pool, id);
  if ((LIVE as readonly string[]).includes(old.status)) throw new PonteError('CONFLICT', 'This run is not over yet.', { hint: 'Cancel it first, or wait for its end.' });
  const names = old.streams.filter((stream) => stream.status !== 'SUCCEEDED').map((stream) => stream.name);
  if (old.status === 'SUCCEEDED' || (old.streams.length > 0 && names.length === 0)) throw new PonteError('CONFLICT', 'No stream of this run failed.');
  return database.transaction(async (client) => {
    const { rows } = await client.query<{ streams: string[]; since: string | null }>('SELECT streams, since FROM sync.run WHERE id = $1', [old.id]);
    const asked = rows[0]!;
    const since = asked.since === null ? null : new Date(asked.since);
    const run = await insertRun(client, { walletId: old.walletId, mode: old.mode, streams: names.length > 0 ? names : asked.streams, since, trigger: 'RETRY', retryOfId: old.id });
    if (!run.started) throw new PonteError('CONFLICT', 'Another run of this account is under way.', { hint: `Wait for run ${run.id}, or cancel it.` });
    await client.query(
      `INSERT INTO sync.run_stream (run_id, name, position, fetched, total, basis, written, unchanged, deleted, rejected, requests, checkpoint)
       SELECT $2, name, position, fetched, total, basis, written, unchanged, deleted, rejected, requests, checkpoint
       FROM sync.run_stream WHERE run_id = $1 AND name = ANY($3)`,
      [old.id, run.id, names],
    );
    return run.id;
  });
}

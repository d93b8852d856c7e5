// One run, from its claim to its end: streams in the order of their dependencies (independent ones overlap), then the settle
// steps, then the last state. It ends early for four reasons, each with its own way out: the worker stops (handed back,
// QUEUED), somebody cancels (CANCELLED), the quota is spent, the address blocked or the database unwell (WAITING), the claim is lost (nothing is written).
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { databaseTrouble, sqlStateOf, unavailableDatabase } from '../lib/database-errors.ts';
import { PonteError, messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { SettleStep } from './api.ts';
import { ClaimLost, endClaim, heartbeat, holdClaim, type Claim, type Ending } from './claim.ts';
import { DEFAULT_WAIT_MS, isDatabaseError } from './failure.ts';
import { PROVIDER_NAMES } from './names.ts';
import { createBell, notify } from './notify.ts';
import { CUT_SHORT } from './outcome.ts';
import { orderStreams } from './plan.ts';
import { RunHalted, readStream } from './reader.ts';
import { createSlots, slotsFor } from './slots.ts';
import { verdict } from './state.ts';
import type { Connector, Stream } from './types.ts';
import { markWallet } from './wallet.ts';

const HEARTBEAT_MS = 2_000;
/** Between two tries to write that the run waits. */
const HAND_BACK_PAUSE_MS = 500;
const LAST_HAND_BACK_PAUSE_MS = 5_000;
const LAST_DATABASE_PAUSE_MS = 2 * 60_000;

/** Why a run ends before its streams do; the reason of its signal. */
export class Halt extends Error {
  readonly kind: 'STOP' | 'CANCEL' | 'LOST' | 'VERDICT';
  constructor(kind: Halt['kind']) {
    super(`The run was halted: ${kind}`);
    this.name = 'AbortError';
    this.kind = kind;
  }
}

export interface RunnerOptions {
  readonly database: Database;
  readonly connector: Connector;
  readonly workspaceId: string;
  readonly settle: readonly SettleStep[];
  readonly log: Logger;
  readonly maxFailures: number;
  readonly retryDelayMs: number;
  readonly databasePauseMs: number;
}

/** A run under way in this process. */
export interface Running {
  /** Asks it to end; it does within the time of one commit. */
  halt(kind: 'STOP' | 'CANCEL'): void;
  readonly done: Promise<void>;
}

/** Leaves a row for each stream that is to be read; those of an earlier claim stay. Returns what is not closed yet. */
async function prepare(database: Database, claim: Claim, connector: Connector): Promise<Stream[]> {
  const ordered = orderStreams(connector.streams, claim.streams);
  return database.transaction(async (client) => {
    await client.query(
      `INSERT INTO sync.run_stream AS s (run_id, name, position, total, basis)
       SELECT $1, i.name, i.position, state.records, CASE WHEN state.records > 0 THEN 'ESTIMATED' ELSE 'UNKNOWN' END
       FROM json_to_recordset($2::json) AS i(name text, position int, whole boolean)
       LEFT JOIN sync.stream_state state ON state.wallet_id = $3 AND state.stream = i.name AND i.whole AND state.records > 0
       ON CONFLICT (run_id, name) DO UPDATE SET position = excluded.position`,
      [claim.runId, JSON.stringify(ordered.map(({ name, incremental }, position) => ({ name, position, whole: claim.mode === 'FULL' || incremental.startsWith('full') }))), claim.walletId],
    );
    await holdClaim(client, claim);
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM sync.run_stream WHERE run_id = $1 AND status IN ('QUEUED', 'RUNNING')`, [claim.runId]);
    const open = new Set(rows.map((row) => row.name));
    return ordered.filter((stream) => open.has(stream.name));
  });
}

function createMutex(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/**
 * Each stream after those it names, the rest at once. A stream is out of the way as soon as `read` says that its last page
 * is here, or ends. Rejects with the first error, after all have come to rest.
 */
async function inOrder(streams: readonly Stream[], read: (stream: Stream, onRead: () => void) => Promise<void>, onError: (error: unknown) => void): Promise<void> {
  const ways = new Map<string, Promise<void>>();
  const ends: Promise<void>[] = [];
  let first: { error: unknown } | undefined;
  for (const stream of streams) {
    let clear = () => {};
    ways.set(stream.name, new Promise<void>((resolve) => (clear = resolve)));
    const before = stream.after.flatMap((name) => (name === stream.name ? [] : (ways.get(name) ?? [])));
    const end = Promise.all(before).then(async () => {
      try {
        if (!first) await read(stream, clear);
      } catch (error) {
        if (!first) onError(error);
        first ??= { error };
      } finally {
        clear();
      }
    });
    ends.push(end);
  }
  await Promise.all(ends);
  if (first) throw first.error;
}

/** Works on a claimed run. `done` never rejects: what goes wrong is in the run's row, or in the log. */
export function runClaimed(claim: Claim, options: RunnerOptions): Running {
  const { database, connector, log: parent } = options;
  const log = parent.child({ runId: claim.runId, provider: claim.provider, walletId: claim.walletId });
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // every stream and partition listens
  const leave = new AbortController();
  const stop = (kind: Halt['kind']) => {
    if (kind !== 'VERDICT') leave.abort();
    if (!abort.signal.aborted) abort.abort(new Halt(kind));
  };
  const runBell = createBell(() => notify(database, 'ponte_run', claim.runId, log));
  const changeBell = createBell(() => notify(database, 'ponte_change', claim.walletId, log));
  const beat = setInterval(() => {
    heartbeat(database, claim).then(
      (state) => state !== 'held' && stop(state === 'cancel' ? 'CANCEL' : 'LOST'),
      (error: unknown) => log.warn({ reason: messageOf(error) }, 'Could not send a heartbeat'),
    );
  }, HEARTBEAT_MS);
  if (claim.cancelRequested) stop('CANCEL');
  runBell.ring();

  async function work(): Promise<Ending> {
    await refuseExpired(database, connector, claim);
    const streams = await prepare(database, claim, connector);
    const slots = createSlots(slotsFor(connector.limits.perSecond, connector.typicalLatencyMs));
    const exclusively = createMutex();
    const onCommit = (touched: boolean) => {
      runBell.ring();
      if (touched) changeBell.ring();
    };
    const { maxFailures, retryDelayMs } = options;
    await inOrder(
      streams,
      (stream, onRead) => readStream({ database, claim, stream, slots, signal: abort.signal, log, exclusively, onCommit, onRead, maxFailures, retryDelayMs }),
      () => stop('VERDICT'), // the others come to rest, and keep what they have
    );
    const unsettled = await settle(claim, options, abort.signal, log);
    const { rows } = await database.pool.query<{ status: string; message: string | null; error_code: string | null }>(
      'SELECT status, message, error_code FROM sync.run_stream WHERE run_id = $1 ORDER BY position',
      [claim.runId],
    );
    const status = verdict(rows);
    if (status === 'SUCCEEDED' && unsettled) return { status: 'PARTIAL', error: unsettled };
    if (status === 'SUCCEEDED') {
      await markWallet(database, claim.walletId, 'CONNECTED');
      return { status };
    }
    const failed = rows.filter((row) => row.status !== 'SUCCEEDED');
    const code = failed[0]?.error_code ?? 'INTERNAL_SERVER_ERROR';
    const message = status === 'FAILED' && new Set(failed.map((row) => row.message)).size === 1 ? (failed[0]?.message ?? '') : `${failed.length} of ${rows.length} streams could not be read.`;
    return { status, error: { code, message, hint: 'Retry the run: only what failed is read again, from where it stopped.', retryable: true } };
  }

  async function end(ending: Ending): Promise<void> {
    await endClaim(database, claim, ending);
    log.info({ status: ending.status, ...(ending.error ? { reason: ending.error.message } : {}) }, 'The run left this worker');
  }

  async function main(): Promise<void> {
    try {
      await end(await work());
    } catch (error) {
      await close(error).catch((failure: unknown) => (isDatabaseError(failure) && !isDatabaseError(error) ? handBack(failure) : Promise.reject(failure as Error))).catch((failure: unknown) => {
        if (failure instanceof ClaimLost) log.warn({}, 'Another worker has this run');
        else log.error({ reason: messageOf(failure) }, 'The run could not be closed; it goes on when the database answers');
      });
    } finally {
      clearInterval(beat);
      runBell.ring();
      await Promise.all([runBell.close(), changeBell.close()]);
    }
  }

  async function close(error: unknown): Promise<void> {
    const reason = error instanceof Halt ? error.kind : null;
    if (error instanceof ClaimLost || reason === 'LOST') return log.warn({}, 'Another worker has this run');
    if (reason === 'CANCEL') return end({ status: 'CANCELLED' });
    if (reason === 'STOP') return end({ status: 'QUEUED' });
    if (error instanceof RunHalted) return halted(error);
    if (isDatabaseError(error)) return handBack(error);
    log.error({ error }, 'The run failed');
    const known = error instanceof PonteError;
    await skipRest(database, claim, messageOf(error));
    return end({
      status: 'FAILED',
      error: { code: known ? error.code : 'INTERNAL_SERVER_ERROR', message: messageOf(error), hint: known ? error.hint : undefined, retryable: known && error.retryable },
    });
  }

  /**
   * The database failed: as soon as it takes this much, the run waits at its last checkpoint. One lost connection costs no
   * pause; what stays wrong costs longer and longer ones, so that pages are not read again and again for nothing.
   */
  async function handBack(cause: unknown): Promise<void> {
    log.warn({ reason: messageOf(cause) }, 'The database failed; the run goes on from its checkpoint');
    const { code, message, hint } = unavailableDatabase(cause) ?? refusedStatement(cause);
    const backOff = { firstMs: options.databasePauseMs, lastMs: LAST_DATABASE_PAUSE_MS, free: databaseTrouble(cause) === 'LOST' ? 1 : 0 };
    for (let pauseMs = HAND_BACK_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_HAND_BACK_PAUSE_MS)) {
      try {
        return await end({ status: 'WAITING', waitingFor: 'the database', backOff, error: { code, message, hint, retryable: true } });
      } catch (error) {
        if (!isDatabaseError(error) || leave.signal.aborted) throw error;
        log.warn({ reason: messageOf(error), pauseMs }, 'The run could not be handed back; trying again');
        await sleep(pauseMs, undefined, { signal: leave.signal }).catch(() => {}); // who leaves tries once more
      }
    }
  }

  async function halted({ verdict: { kind, error, waitMs } }: RunHalted): Promise<void> {
    if (kind === 'WAIT') {
      const name = PROVIDER_NAMES[claim.provider];
      const blocked = error.code === 'PROVIDER_BLOCKED';
      log.info({ waitMs, reason: error.message }, 'The run waits');
      return end({
        status: 'WAITING',
        waitingFor: blocked ? `${name} to lift its block of this address` : `${name} quota`,
        waitMs: waitMs ?? error.retryAfterMs ?? DEFAULT_WAIT_MS,
        ...(blocked ? { error: { code: error.code, message: error.message, hint: error.hint, retryable: true } } : {}),
      });
    }
    if (error.code === 'PROVIDER_UNAUTHORIZED') await markWallet(database, claim.walletId, 'UNAUTHORIZED');
    const good = await skipRest(database, claim, error.message);
    return end({ status: good > 0 ? 'PARTIAL' : 'FAILED', error: { code: error.code, message: error.message, hint: error.hint, retryable: error.retryable } });
  }

  return { halt: stop, done: main() };
}

/** A statement that the database does not accept: a bug, or tables of another version. */
const refusedStatement = (cause: unknown): PonteError =>
  new PonteError('INTERNAL_SERVER_ERROR', `The database refused a statement (SQLSTATE ${sqlStateOf(cause) ?? 'unknown'}).`, {
    hint: 'See the log of the worker; tables of another version are brought up to date by `ponte migrate`.',
  });

/** An expired token is known without asking; so is the reason to give. */
async function refuseExpired(database: Database, connector: Connector, claim: Claim): Promise<void> {
  const expiresAt = connector.token()?.expiresAt;
  if (!expiresAt) return;
  const { rows } = await database.pool.query<{ expired: boolean }>('SELECT $1::timestamptz <= now() AS expired', [expiresAt]);
  if (!rows[0]?.expired) return;
  await markWallet(database, claim.walletId, 'EXPIRED');
  throw new PonteError('PROVIDER_UNAUTHORIZED', `The ${PROVIDER_NAMES[connector.provider]} token expired on ${expiresAt.slice(0, 10)}.`, {
    hint: 'Create a new token in the account, set it, and start the worker again.',
  });
}

/** Closes what was not read, because the account does not let us. Returns how many streams had succeeded. */
async function skipRest(database: Database, claim: Claim, message: string): Promise<number> {
  return database.transaction(async (client) => {
    await client.query(`UPDATE sync.run_stream SET status = 'SKIPPED', outcome = ${CUT_SHORT}, message = $2, finished_at = now() WHERE run_id = $1 AND status IN ('QUEUED', 'RUNNING')`, [claim.runId, message]);
    await holdClaim(client, claim);
    const { rows } = await client.query<{ good: number }>(`SELECT count(*)::int AS good FROM sync.run_stream WHERE run_id = $1 AND status = 'SUCCEEDED'`, [claim.runId]);
    return rows[0]!.good;
  });
}

/** Runs the steps that follow the streams; all of them, also after one has failed. Gives the failure to show, if any. */
async function settle(claim: Claim, { database, settle: steps, workspaceId }: RunnerOptions, signal: AbortSignal, log: Logger): Promise<NonNullable<Ending['error']> | null> {
  let failure: NonNullable<Ending['error']> | null = null;
  for (const step of steps) {
    signal.throwIfAborted();
    try {
      await step.run({ database, walletId: claim.walletId, provider: claim.provider, workspaceId, mode: claim.mode, signal, log });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (unavailableDatabase(error) !== null) throw error;
      log.error({ step: step.name, error }, 'A step after the streams failed');
      failure ??= { code: 'INTERNAL_SERVER_ERROR', message: `The records are in, but the step "${step.name}" failed.`, hint: 'Start the synchronisation again; see the log of the worker.', retryable: true };
    }
  }
  return failure;
}

// When a wallet is synchronised by itself: a row with a cron text, its zone, and the next point in time, and the same for the
// full run beside it. What is due is claimed by moving its next point in time on, in the transaction that inserts the run; one that was missed, however often, runs once.
import { CronExpressionParser } from 'cron-parser';
import type pg from 'pg';
import { badInput, messageOf } from '../lib/errors.ts';
import { recordId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { Schedule, ScheduleInput } from './api.ts';
import { insertRun } from './run.ts';
import { LIVE } from './state.ts';
import { databaseNow } from './wallet.ts';
import type { Provider, SyncMode } from './types.ts';

export const DEFAULT_TIME_ZONE = 'America/Sao_Paulo';
/** Off-peak for Brazilian companies; on Sundays everything, for what lies outside the windows of the nightly runs. */
export const DEFAULT_SCHEDULE = { cron: '0 2 * * *', timeZone: DEFAULT_TIME_ZONE, mode: 'INCREMENTAL', fullCron: '0 1 * * 0' } as const;

interface ScheduleRow {
  id: string;
  wallet_id: string;
  provider: Provider;
  cron: string;
  time_zone: string;
  mode: SyncMode;
  enabled: boolean;
  next_run_at: string | null;
  full_cron: string | null;
  full_next_run_at: string | null;
  last_run_id: string | null;
}

const COLUMNS = 'id, wallet_id, provider, cron, time_zone, mode, enabled, next_run_at, full_cron, full_next_run_at, last_run_id';

export const scheduleOf = (row: ScheduleRow): Schedule => ({
  id: row.id,
  walletId: row.wallet_id,
  provider: row.provider,
  cron: row.cron,
  timeZone: row.time_zone,
  mode: row.mode,
  enabled: row.enabled,
  nextRunAt: row.next_run_at,
  fullCron: row.full_cron,
  fullNextRunAt: row.full_next_run_at,
  lastRunId: row.last_run_id,
});

/** The first point in time after `after` that the cron text names in its zone. BAD_USER_INPUT where one cannot be read. */
export function nextRun(cron: string, timeZone: string, after: Date, field: 'cron' | 'fullCron' = 'cron'): Date {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw badInput(`"${timeZone}" is no time zone.`, { field: 'timeZone', hint: 'Use an IANA name, e.g. America/Sao_Paulo.' });
  }
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) throw badInput(`"${cron}" is no cron text: it needs five fields.`, { field, hint: 'Minute, hour, day, month, weekday; e.g. "0 2 * * *".' });
  try {
    return CronExpressionParser.parse(cron, { currentDate: after, tz: timeZone }).next().toDate();
  } catch (error) {
    throw badInput(`"${cron}" is no cron text: ${messageOf(error)}.`, { field, hint: 'Minute, hour, day, month, weekday; e.g. "0 2 * * *".', cause: error });
  }
}

/** Stores the schedule of a wallet; there is one for each. `keep`: leaves one that exists as it is. */
export async function saveSchedule(database: Database, input: ScheduleInput, provider: Provider, { keep = false } = {}): Promise<Schedule> {
  const { walletId, cron } = input;
  const zone = input.timeZone ?? DEFAULT_TIME_ZONE;
  const enabled = input.enabled ?? true;
  const now = await databaseNow(database);
  const next = nextRun(cron, zone, now);
  return database.transaction(async (client) => {
    const { rows: stored } = await client.query<ScheduleRow>(`SELECT ${COLUMNS} FROM sync.schedule WHERE wallet_id = $1 FOR UPDATE`, [walletId]);
    if (keep && stored[0]) return scheduleOf(stored[0]);
    const fullCron = (input.fullCron === undefined ? stored[0]?.full_cron : input.fullCron?.trim()) ?? null;
    const fullNext = fullCron === null ? null : nextRun(fullCron, zone, now, 'fullCron');
    const { rows } = await client.query<ScheduleRow>(
      `INSERT INTO sync.schedule AS s (id, wallet_id, provider, cron, time_zone, mode, enabled, next_run_at, full_cron, full_next_run_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (wallet_id) DO UPDATE SET cron = excluded.cron, time_zone = excluded.time_zone, mode = excluded.mode, enabled = excluded.enabled,
         next_run_at = excluded.next_run_at, full_cron = excluded.full_cron, full_next_run_at = excluded.full_next_run_at, updated_at = now()
       WHERE NOT $11 RETURNING ${COLUMNS}`,
      [recordId(walletId, 'schedule', '1'), walletId, provider, cron.trim(), zone, input.mode ?? 'INCREMENTAL', enabled, enabled ? next : null, fullCron, enabled ? fullNext : null, keep],
    );
    // None: somebody else made it meanwhile, and it is left as it is.
    const saved = rows[0] ?? (await client.query<ScheduleRow>(`SELECT ${COLUMNS} FROM sync.schedule WHERE wallet_id = $1`, [walletId])).rows[0];
    return scheduleOf(saved!);
  });
}

type DueRow = ScheduleRow & { now: string; due: boolean; full_due: boolean };

/** A full run is due while another run is live that does not read everything: it comes after it. */
class ComesLater extends Error {}

/** Whether a run reads everything, so that it can stand for a full run that is due. */
async function readsEverything(client: pg.ClientBase, runId: string): Promise<boolean> {
  const { rows } = await client.query<{ whole: boolean }>(`SELECT mode = 'FULL' AND streams = '{}' AS whole FROM sync.run WHERE id = $1`, [runId]);
  return rows[0]?.whole === true;
}

/**
 * Moves one schedule on and starts its run, in one transaction. 0 where somebody else was first, or a run is live: that one
 * takes its place. A full run lets none take its place but one that reads everything, else it waits for its end.
 */
async function startOne(database: Database, row: DueRow, full: boolean, log: Logger): Promise<number> {
  const [column, cron, mode] = full ? ['full_next_run_at', row.full_cron ?? row.cron, 'FULL' as const] : ['next_run_at', row.cron, row.mode];
  const next = nextRun(cron, row.time_zone, new Date(row.now));
  const claim = database.transaction(async (client) => {
    const at = full ? row.full_next_run_at : row.next_run_at;
    const claimed = await client.query(`UPDATE sync.schedule SET ${column} = $3 WHERE id = $1 AND enabled AND ${column} = $2`, [row.id, at, next]);
    if (claimed.rowCount !== 1) return 0;
    const run = await insertRun(client, { walletId: row.wallet_id, mode, trigger: 'SCHEDULE' });
    if (full && !run.started && !(await readsEverything(client, run.id))) throw new ComesLater();
    await client.query('UPDATE sync.schedule SET last_run_id = $2 WHERE id = $1', [row.id, run.id]);
    log.info({ walletId: row.wallet_id, runId: run.id, mode, started: run.started, nextRunAt: next.toISOString() }, 'A schedule was due');
    return run.started ? 1 : 0;
  });
  return claim.catch((error: unknown) => {
    if (error instanceof ComesLater) return 0;
    throw error;
  });
}

/** Starts the runs of schedules that are due, each once, however many workers look. Returns how many were started. */
export async function startDue(database: Database, walletIds: readonly string[], log: Logger): Promise<number> {
  const { rows } = await database.pool.query<DueRow>(
    `SELECT * FROM (
       SELECT ${COLUMNS}, now() AS now, coalesce(next_run_at <= now(), false) AS due,
         full_cron IS NOT NULL AND coalesce(full_next_run_at <= now(), false) AND NOT EXISTS (
           SELECT 1 FROM sync.run r WHERE r.wallet_id = s.wallet_id AND r.status = ANY($2) AND NOT (r.mode = 'FULL' AND r.streams = '{}')) AS full_due
       FROM sync.schedule s WHERE enabled AND wallet_id = ANY($1::uuid[])) found
     WHERE due OR full_due`,
    [walletIds, LIVE],
  );
  let count = 0;
  for (const row of rows) {
    try {
      // The full one first: where both are due, it takes the other's place.
      if (row.full_due) count += await startOne(database, row, true, log);
      if (row.due) count += await startOne(database, row, false, log);
    } catch (error) {
      log.warn({ walletId: row.wallet_id, reason: messageOf(error) }, 'A schedule that is due could not start; trying again');
    }
  }
  return count;
}

// When a wallet is synchronised by itself: a row with a cron text, its zone, and the next point in time. A due schedule is
// claimed by moving `next_run_at` on, in the transaction that inserts the run; one that was missed, however often, runs once.
import { CronExpressionParser } from 'cron-parser';
import { badInput, messageOf } from '../lib/errors.ts';
import { recordId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { Schedule, ScheduleInput } from './api.ts';
import { insertRun } from './run.ts';
import { databaseNow } from './wallet.ts';
import type { Provider, SyncMode } from './types.ts';

export const DEFAULT_TIME_ZONE = 'America/Sao_Paulo';
/** Off-peak for Brazilian companies. */
export const DEFAULT_SCHEDULE = { cron: '0 2 * * *', timeZone: DEFAULT_TIME_ZONE, mode: 'INCREMENTAL' } as const;

interface ScheduleRow {
  id: string;
  wallet_id: string;
  provider: Provider;
  cron: string;
  time_zone: string;
  mode: SyncMode;
  enabled: boolean;
  next_run_at: string | null;
  last_run_id: string | null;
}

const COLUMNS = 'id, wallet_id, provider, cron, time_zone, mode, enabled, next_run_at, last_run_id';

export const scheduleOf = (row: ScheduleRow): Schedule => ({
  id: row.id,
  walletId: row.wallet_id,
  provider: row.provider,
  cron: row.cron,
  timeZone: row.time_zone,
  mode: row.mode,
  enabled: row.enabled,
  nextRunAt: row.next_run_at,
  lastRunId: row.last_run_id,
});

/** The first point in time after `after` that the cron text names in its zone. BAD_USER_INPUT where one cannot be read. */
export function nextRun(cron: string, timeZone: string, after: Date): Date {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw badInput(`"${timeZone}" is no time zone.`, { field: 'timeZone', hint: 'Use an IANA name, e.g. America/Sao_Paulo.' });
  }
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) throw badInput(`"${cron}" is no cron text: it needs five fields.`, { field: 'cron', hint: 'Minute, hour, day, month, weekday; e.g. "0 2 * * *".' });
  try {
    return CronExpressionParser.parse(cron, { currentDate: after, tz: timeZone }).next().toDate();
  } catch (error) {
    throw badInput(`"${cron}" is no cron text: ${messageOf(error)}.`, { field: 'cron', hint: 'Minute, hour, day, month, weekday; e.g. "0 2 * * *".', cause: error });
  }
}

/** Stores the schedule of a wallet; there is one for each. `keep`: leaves one that exists as it is. */
export async function saveSchedule(database: Database, input: ScheduleInput, provider: Provider, { keep = false } = {}): Promise<Schedule> {
  const { walletId, cron, timeZone = DEFAULT_TIME_ZONE, mode = 'INCREMENTAL', enabled = true } = input;
  const zone = timeZone ?? DEFAULT_TIME_ZONE;
  const next = nextRun(cron, zone, await databaseNow(database));
  const { rows } = await database.pool.query<ScheduleRow>(
    `INSERT INTO sync.schedule AS s (id, wallet_id, provider, cron, time_zone, mode, enabled, next_run_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (wallet_id) DO UPDATE SET cron = CASE WHEN $9 THEN s.cron ELSE excluded.cron END, time_zone = CASE WHEN $9 THEN s.time_zone ELSE excluded.time_zone END,
       mode = CASE WHEN $9 THEN s.mode ELSE excluded.mode END, enabled = CASE WHEN $9 THEN s.enabled ELSE excluded.enabled END,
       next_run_at = CASE WHEN $9 THEN s.next_run_at ELSE excluded.next_run_at END, updated_at = now()
     RETURNING ${COLUMNS}`,
    [recordId(walletId, 'schedule', '1'), walletId, provider, cron.trim(), zone, mode ?? 'INCREMENTAL', enabled ?? true, (enabled ?? true) ? next : null, keep],
  );
  return scheduleOf(rows[0]!);
}

/** Moves one schedule on and starts its run, in one transaction. 0 where somebody else was first, or a run is live. */
async function startOne(database: Database, row: ScheduleRow & { now: string }, log: Logger): Promise<number> {
  const next = nextRun(row.cron, row.time_zone, new Date(row.now));
  return database.transaction(async (client) => {
    const claimed = await client.query('UPDATE sync.schedule SET next_run_at = $3 WHERE id = $1 AND enabled AND next_run_at = $2', [row.id, row.next_run_at, next]);
    if (claimed.rowCount !== 1) return 0;
    const run = await insertRun(client, { walletId: row.wallet_id, mode: row.mode, trigger: 'SCHEDULE' });
    await client.query('UPDATE sync.schedule SET last_run_id = $2 WHERE id = $1', [row.id, run.id]);
    log.info({ walletId: row.wallet_id, runId: run.id, started: run.started, nextRunAt: next.toISOString() }, 'A schedule was due');
    return run.started ? 1 : 0;
  });
}

/** Starts the runs of schedules that are due, each once, however many workers look. Returns how many were started. */
export async function startDue(database: Database, walletIds: readonly string[], log: Logger): Promise<number> {
  const { rows } = await database.pool.query<ScheduleRow & { now: string }>(
    `SELECT ${COLUMNS}, now() AS now FROM sync.schedule WHERE enabled AND next_run_at <= now() AND wallet_id = ANY($1::uuid[])`,
    [walletIds],
  );
  let count = 0;
  for (const row of rows) {
    try {
      count += await startOne(database, row, log);
    } catch (error) {
      log.warn({ walletId: row.wallet_id, reason: messageOf(error) }, 'A schedule that is due could not start; trying again');
    }
  }
  return count;
}

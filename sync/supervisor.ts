// The supervisor of a worker: each second, and whenever somebody rings, it gives a job to every live run that has none
// (new, handed back, done waiting, or left by a worker that is gone), to errands, and starts the schedules that are due.
// Several supervisors on one database do no harm: jobs are unique by run, schedules are claimed.
import { hostname } from 'node:os';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import { isGone } from './claim.ts';
import { askedErrands } from './errand.ts';
import { createBell, joinListening, notify } from './notify.ts';
import { runsOf, type Queue } from './queue.ts';
import { HEARTBEAT_TIMEOUT_MS } from './run.ts';
import { startDue } from './schedule.ts';
import type { Provider } from './types.ts';
import { failAbandonedRuns, failRefusedRuns } from './wallet.ts';

const TICK_MS = 1_000;
const PRUNE_MS = 10 * 60_000;
/** Subscribers read change events within seconds; an hour is for people who look. */
const KEEP_EVENTS = "interval '1 hour'";
const KEEP_ERRANDS = "interval '1 day'";

export interface SupervisorOptions {
  readonly database: Database;
  readonly queue: Queue;
  readonly log: Logger;
  /** Wallets whose connector this worker has, and whose queue it looks after. */
  readonly served: () => readonly string[];
  /** Providers that refuse this worker's credentials, so that it cannot even tell whose they are. */
  readonly refused: () => readonly Provider[];
  /** Somebody wants a run to end. */
  readonly onCancel: () => void;
}

export interface Supervisor {
  /** Resolves when what is under way is done; nothing is started after it. */
  stop(): Promise<void>;
  /** Looks now. */
  ring(): void;
}

/** Runs of workers that lived on this machine and are gone are free at once, not after the silence of a lost machine. */
async function freeOrphans(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ id: string; worker: string }>(`SELECT id, worker FROM sync.run WHERE status = 'RUNNING' AND split_part(worker, ':', 1) = $1`, [hostname()]);
  for (const { id, worker } of rows.filter((row) => isGone(row.worker))) {
    await database.pool.query(`UPDATE sync.run SET heartbeat_at = NULL WHERE id = $1 AND worker = $2 AND status = 'RUNNING'`, [id, worker]);
  }
}

/** Live runs that nobody works on. `lost`: somebody did. */
async function idleRuns(database: Database, served: readonly string[]): Promise<{ id: string; walletId: string; lost: boolean }[]> {
  const { rows } = await database.pool.query<{ id: string; walletId: string; lost: boolean }>(
    `SELECT id, wallet_id AS "walletId", status = 'RUNNING' AS lost FROM sync.run WHERE wallet_id = ANY($1::uuid[]) AND (
       status = 'QUEUED' OR (status = 'WAITING' AND (resumes_at <= now() OR cancel_requested))
       OR (status = 'RUNNING' AND (heartbeat_at IS NULL OR heartbeat_at < now() - $2 * interval '1 millisecond')))`,
    [served, HEARTBEAT_TIMEOUT_MS],
  );
  return rows;
}

export async function startSupervisor({ database, queue, log, served, refused, onCancel }: SupervisorOptions): Promise<Supervisor> {
  let stopped = false;
  let prunedAt = -Infinity;

  async function tick(): Promise<void> {
    if (stopped) return;
    try {
      await freeOrphans(database);
      await startDue(database, served(), log);
      for (const { id, walletId, lost } of await idleRuns(database, served())) {
        const runs = runsOf(walletId);
        if (await queue.send(runs, id)) queue.wake(runs);
        else if (lost) {
          await queue.dropStale(runs, id);
          if (await queue.send(runs, id)) queue.wake(runs);
        }
      }
      const providers = refused();
      if (providers.length > 0) for (const id of await failRefusedRuns(database, providers)) await notify(database, 'ponte_run', id, log);
      for (const id of await failAbandonedRuns(database)) await notify(database, 'ponte_run', id, log);
      for (const id of await askedErrands(database)) if (await queue.send('errand', id)) queue.wake('errand');
      if (performance.now() - prunedAt > PRUNE_MS) {
        prunedAt = performance.now();
        await database.pool.query(`DELETE FROM sync.change_event WHERE at < now() - ${KEEP_EVENTS}`);
        await database.pool.query(`DELETE FROM sync.errand WHERE created_at < now() - ${KEEP_ERRANDS}`);
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'The supervisor could not look; trying again');
    }
  }

  let ticking: Promise<void> = Promise.resolve();
  const bell = createBell(() => (ticking = ticking.then(tick)), 20);
  const leave = joinListening(
    database,
    {
      onHint(channel, payload) {
        if (channel !== 'ponte_work') return;
        if (payload === 'cancel') onCancel();
        bell.ring();
      },
      onGap: () => bell.ring(),
    },
    log,
  );
  const timer = setInterval(() => bell.ring(), TICK_MS);
  await (ticking = tick());
  return {
    ring: () => bell.ring(),
    async stop() {
      stopped = true;
      clearInterval(timer);
      await bell.close();
      await ticking;
      await leave();
    },
  };
}

// The queue: pg-boss in the schema `pgboss`. It only wakes workers and gives each job to one of them; the truth of a run is
// its row. So a job is never tried again by the queue itself (every kill would spend one of its tries): a run that is alive
// and has no job gets a new one from the supervisor. Each wallet has a queue of its own for its runs: only workers that have its
// connector look there, and no backlog of another wallet stands before it.
import { PgBoss } from 'pg-boss';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';

export type QueueName = `run/${string}` | 'errand';

/** The queue of a wallet's runs. */
export const runsOf = (walletId: string): QueueName => `run/${walletId}`;

/** pg-boss gives up a job whose worker says nothing for so long; its smallest value. */
const HEARTBEAT_SECONDS = 10;
const DAY_SECONDS = 86_400;
/** A job that began less than this ago may not yet show in its run's row. */
const FRESH_JOB_MS = 3_000;

export interface Queue {
  /** Makes sure that a job for `id` is there. True where a new one was sent. */
  send(name: QueueName, id: string): Promise<boolean>;
  /** Takes away the jobs of a run whose worker is gone. */
  dropStale(name: QueueName, id: string): Promise<void>;
  /** Makes the queue where it does not exist, and takes its jobs, `concurrency` at once. Once for each queue; jobs are sent to it afterwards. */
  work(name: QueueName, concurrency: number, handle: (id: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Looks for jobs now instead of at the next poll. */
  wake(name: QueueName): void;
  stop(timeoutMs: number): Promise<void>;
}

export async function openQueue(database: Database, log: Logger): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: database.directUrl,
    application_name: 'ponte queue',
    schema: 'pgboss',
    max: 4,
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
  });
  boss.on('error', (error) => log.warn({ reason: messageOf(error) }, 'The queue reported an error'));
  await boss.start();
  const options = { policy: 'exclusive', retryLimit: 0, heartbeatSeconds: HEARTBEAT_SECONDS, expireInSeconds: DAY_SECONDS - 1, deleteAfterSeconds: 3_600 } as const;
  const workers = new Map<QueueName, string[]>();
  return {
    async send(name, id) {
      return (await boss.send(name, { id }, { singletonKey: id })) !== null;
    },
    async dropStale(name, id) {
      for (const job of await boss.findJobs(name, { key: id })) {
        const young = job.startedOn !== null && job.startedOn !== undefined && Date.now() - new Date(job.startedOn).getTime() < FRESH_JOB_MS;
        if (job.state === 'active' && !young) await boss.deleteJob(name, job.id);
      }
    },
    async work(name, concurrency, handle) {
      await boss.createQueue(name, name === 'errand' ? { ...options, expireInSeconds: 600, retentionSeconds: 600 } : options);
      const ids: string[] = [];
      for (let index = 0; index < concurrency; index++) {
        ids.push(
          await boss.work<{ id: string }>(name, { pollingIntervalSeconds: 1, heartbeatRefreshSeconds: 3 }, async ([job]) => {
            if (job) await handle(job.data.id, job.signal);
          }),
        );
      }
      workers.set(name, ids);
    },
    wake(name) {
      for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
    },
    stop: (timeoutMs) => boss.stop({ graceful: true, timeout: timeoutMs }),
  };
}

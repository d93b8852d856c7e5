// Watching runs: one reader for each process, shared by all watchers. A hint or the passing of a second makes it read the
// runs that may have changed; each watcher gets those that it may see and that differ from what it got before.
import { notFound, messageOf } from '../lib/errors.ts';
import type { AllowedWallets } from '../lib/graphql/subgraph.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { RunState, WatchRunsOptions } from './api.ts';
import { createFeed, type Feed } from './feed.ts';
import { createBell, joinListening, type Bell } from './notify.ts';
import { readRun, readRuns } from './run.ts';
import { LIVE, isFinal } from './state.ts';

const POLL_MS = 1_000;
/** At most four states a second. */
const EVERY_MS = 250;
/** A run that began and ended between two polls is still found for so long. */
const RECENT = "interval '10 seconds'";

export const maySee = (allowed: AllowedWallets, walletId: string): boolean => allowed === 'all' || allowed.includes(walletId);

interface Watcher {
  readonly feed: Feed<RunState>;
  readonly options: WatchRunsOptions;
  /** What it was last told of each run. */
  readonly told: Map<string, string>;
}

/** What makes a state new; speed and eta change with every look and do not. */
const signature = ({ progress, ...rest }: RunState): string => JSON.stringify([rest, progress.fetched, progress.total]);

export interface RunWatch {
  watch(options: WatchRunsOptions): AsyncIterableIterator<RunState>;
  close(): Promise<void>;
}

export function createRunWatch(database: Database, log: Logger): RunWatch {
  const watchers = new Set<Watcher>();
  /** Runs that somebody saw alive, or asked for: read until they are over. */
  const tracked = new Set<string>();
  let leave: (() => Promise<void>) | undefined;
  let poll: NodeJS.Timeout | undefined;
  let bell: Bell | undefined;
  let reading: Promise<void> = Promise.resolve();
  let shutting: Promise<void> = Promise.resolve();

  function tell(watcher: Watcher, run: RunState): void {
    const { runId, provider, allowedWallets } = watcher.options;
    if ((runId && run.id !== runId) || (provider && run.provider !== provider) || !maySee(allowedWallets, run.walletId)) return;
    const now = signature(run);
    if (watcher.told.get(run.id) === now) return;
    watcher.told.set(run.id, now);
    watcher.feed.push(run.id, run);
    if (runId && isFinal(run.status)) watcher.feed.end();
  }

  async function read(): Promise<void> {
    if (watchers.size === 0) return;
    try {
      const runs = await readRuns(database.pool, `WHERE status = ANY($1) OR id = ANY($2::uuid[]) OR updated_at > now() - ${RECENT} ORDER BY queued_at`, [LIVE, [...tracked]]);
      for (const run of runs) {
        if (isFinal(run.status)) tracked.delete(run.id);
        else tracked.add(run.id);
        for (const watcher of watchers) tell(watcher, run);
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'Could not read the runs that are watched; trying again');
    }
  }

  function open(): void {
    if (leave) return;
    bell = createBell(() => (reading = reading.then(read)), EVERY_MS);
    const ring = () => bell?.ring();
    leave = joinListening(database, { onHint: (channel) => channel === 'ponte_run' && ring(), onGap: ring }, log);
    poll = setInterval(ring, POLL_MS);
  }

  function shut(): void {
    const [left, rung] = [leave, bell];
    leave = undefined;
    bell = undefined;
    clearInterval(poll);
    tracked.clear();
    shutting = Promise.all([shutting, rung?.close(), left?.()]).then(() => {});
  }

  /** The first look: the run asked for, or every live run and the newest of each wallet that has none. */
  async function greet(watcher: Watcher): Promise<void> {
    const { runId, allowedWallets } = watcher.options;
    if (runId) {
      const run = await readRun(database.pool, runId);
      if (!run || !maySee(allowedWallets, run.walletId)) throw notFound('Run', runId);
      if (!isFinal(run.status)) tracked.add(run.id);
      return tell(watcher, run);
    }
    const runs = await readRuns(
      database.pool,
      `WHERE status = ANY($1) OR id IN (SELECT last.id FROM sync.wallet w
         CROSS JOIN LATERAL (SELECT id FROM sync.run WHERE wallet_id = w.id ORDER BY queued_at DESC, id DESC LIMIT 1) last) ORDER BY queued_at`,
      [LIVE],
    );
    const busy = new Set(runs.filter((run) => !isFinal(run.status)).map((run) => run.walletId));
    for (const run of runs) if (!isFinal(run.status) || !busy.has(run.walletId)) tell(watcher, run);
  }

  return {
    watch(options) {
      const feed = createFeed<RunState>({
        everyMs: EVERY_MS,
        signal: options.signal,
        onClose: () => {
          watchers.delete(watcher);
          if (watchers.size === 0) shut();
        },
      });
      const watcher: Watcher = { feed, options, told: new Map() };
      watchers.add(watcher);
      open();
      greet(watcher).catch((error: unknown) => feed.fail(error));
      return feed;
    },
    async close() {
      for (const { feed } of watchers) await feed.return();
      await shutting;
      await reading;
    },
  };
}

// Watching records: reads `sync.change_event` as it grows and tells each watcher which records changed, once for each
// record with its newest change. Rows are committed out of the order of their ids, so a window of recent rows is read
// again each time, and those already seen are left out.
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { RecordChange, WatchChangesOptions } from './api.ts';
import { createFeed, type Feed } from './feed.ts';
import { createBell, joinListening, type Bell } from './notify.ts';
import { maySee } from './watch.ts';

const POLL_MS = 1_000;
const EVERY_MS = 250;
/** A transaction may take so long from its event to its commit. */
const WINDOW_MS = 30_000;
/** Rows of one look. */
const MOST_ROWS = 200;

interface EventRow {
  id: string;
  wallet_id: string;
  type: string;
  created: string[];
  updated: string[];
  deleted: string[];
  at: string;
}

interface Watcher {
  readonly feed: Feed<RecordChange>;
  readonly options: WatchChangesOptions;
}

/** A record that is new and then changes is still new to one who has not heard of it. */
const mergeChange = (older: RecordChange, newer: RecordChange): RecordChange =>
  older.change === 'CREATED' && newer.change === 'UPDATED' ? { ...newer, change: 'CREATED' } : newer;

export interface ChangeWatch {
  watch(options: WatchChangesOptions): AsyncIterableIterator<RecordChange>;
  close(): Promise<void>;
}

export function createChangeWatch(database: Database, log: Logger): ChangeWatch {
  const watchers = new Set<Watcher>();
  /** Rows of the window that were told, with their instant. */
  let seen = new Map<string, number>();
  let from: string | null = null;
  let leave: (() => Promise<void>) | undefined;
  let poll: NodeJS.Timeout | undefined;
  let bell: Bell | undefined;
  let reading: Promise<void> = Promise.resolve();
  let shutting: Promise<void> = Promise.resolve();

  function tell(row: EventRow): void {
    const changes: RecordChange[] = [];
    for (const [change, ids] of [['CREATED', row.created], ['UPDATED', row.updated], ['DELETED', row.deleted]] as const) {
      for (const recordId of ids) changes.push({ walletId: row.wallet_id, type: row.type, change, recordId, at: row.at });
    }
    for (const { feed, options } of watchers) {
      if (!maySee(options.allowedWallets, row.wallet_id) || (options.types?.length && !options.types.includes(row.type))) continue;
      for (const change of changes) feed.push(`${row.type}:${change.recordId}`, change, mergeChange);
    }
  }

  /** Rows that exist when the first watcher comes are not news to it. */
  async function begin(): Promise<void> {
    const { rows } = await database.pool.query<{ now: string; ids: string[] }>(
      `SELECT now() AS now, array(SELECT id::text FROM sync.change_event WHERE at > now() - $1 * interval '1 millisecond') AS ids`,
      [WINDOW_MS],
    );
    from = rows[0]!.now;
    seen = new Map(rows[0]!.ids.map((id) => [id, Date.parse(from!)]));
  }

  async function read(): Promise<void> {
    if (watchers.size === 0) return;
    try {
      if (from === null) return await begin();
      let newest: string = from;
      for (let rows: EventRow[] | null = null; rows === null || rows.length === MOST_ROWS; ) {
        ({ rows } = await database.pool.query<EventRow>(
          `SELECT id, wallet_id, type, created, updated, deleted, at FROM sync.change_event
           WHERE at > $1::timestamptz - $2 * interval '1 millisecond' AND NOT (id = ANY($3::bigint[])) ORDER BY id LIMIT $4`,
          [newest, WINDOW_MS, [...seen.keys()], MOST_ROWS],
        ));
        for (const row of rows) {
          seen.set(row.id, Date.parse(row.at));
          if (row.at > newest) newest = row.at;
          tell(row);
        }
      }
      from = newest;
      const old = Date.parse(newest) - WINDOW_MS;
      for (const [id, at] of seen) if (at <= old) seen.delete(id);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'Could not read the change events; trying again');
    }
  }

  function open(): void {
    if (leave) return;
    from = null;
    bell = createBell(() => (reading = reading.then(read)), EVERY_MS);
    const ring = () => bell?.ring();
    leave = joinListening(database, { onHint: (channel) => channel === 'ponte_change' && ring(), onGap: ring }, log);
    poll = setInterval(ring, POLL_MS);
    ring();
  }

  function shut(): void {
    const [left, rung] = [leave, bell];
    leave = undefined;
    bell = undefined;
    clearInterval(poll);
    shutting = Promise.all([shutting, rung?.close(), left?.()]).then(() => {});
  }

  return {
    watch(options) {
      const feed = createFeed<RecordChange>({
        signal: options.signal,
        onClose: () => {
          watchers.delete(watcher);
          if (watchers.size === 0) shut();
        },
      });
      const watcher: Watcher = { feed, options };
      watchers.add(watcher);
      open();
      return feed;
    },
    async close() {
      for (const { feed } of watchers) await feed.return();
      await shutting;
      await reading;
    },
  };
}

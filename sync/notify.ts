// LISTEN and NOTIFY: a hint that a row changed, never the news itself. One listening connection for each Database object,
// shared by all who listen, opened with the first and closed with the last; when it breaks it is opened again, and every
// listener is told (`onGap`) to read the tables, because hints were missed. Sending is outside of page transactions.
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { listen, type Database, type Hearing } from '../prisma/index.ts';

/** `ponte_run`: id of a run whose state changed. `ponte_change`: wallet whose rows have changed. `ponte_work`: work to take. `ponte_errand`: id that was answered. */
export type Channel = 'ponte_run' | 'ponte_change' | 'ponte_work' | 'ponte_errand';
const CHANNELS: readonly Channel[] = ['ponte_run', 'ponte_change', 'ponte_work', 'ponte_errand'];

export interface Listening {
  /** A hint came. */
  readonly onHint: (channel: Channel, payload: string) => void;
  /** The connection was (re)made: read what you need, hints before this moment may be lost. */
  readonly onGap?: () => void;
}

interface Post {
  readonly listeners: Set<Listening>;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

const posts = new WeakMap<Database, Post>();

/** Joins the listening connection of this database. Returns the way to leave; the last to leave closes it. */
export function joinListening(database: Database, listening: Listening, log: Logger): () => Promise<void> {
  let post = posts.get(database);
  if (!post) {
    const listeners = new Set<Listening>();
    const stop = new AbortController();
    listeners.add(listening);
    const hearing: Hearing = {
      channels: CHANNELS,
      signal: stop.signal,
      onNotice: (payload, channel) => listeners.forEach((listener) => listener.onHint(channel as Channel, payload)),
      onGap: () => listeners.forEach((listener) => listener.onGap?.()),
      log,
    };
    post = { listeners, stop, done: listen(database, hearing) };
    posts.set(database, post);
  }
  const joined = post;
  joined.listeners.add(listening);
  return async () => {
    joined.listeners.delete(listening);
    if (joined.listeners.size > 0) return;
    if (posts.get(database) === joined) posts.delete(database);
    joined.stop.abort();
    await joined.done;
  };
}

/** Sends a hint now. A failure is only logged: whoever listens also polls. */
export async function notify(database: Database, channel: Channel, payload: string, log: Logger): Promise<void> {
  try {
    await database.pool.query('SELECT pg_notify($1, $2)', [channel, payload]);
  } catch (error) {
    log.debug({ channel, reason: messageOf(error) }, 'Could not send a hint');
  }
}

/** A sender of one hint at most every `everyMs`; the last one of a burst always goes out. */
export interface Bell {
  ring(): void;
  /** Sends what is held back and stops. */
  close(): Promise<void>;
}

export function createBell(send: () => Promise<void>, everyMs = 250): Bell {
  let timer: NodeJS.Timeout | undefined;
  let lastAt = -Infinity;
  let sending: Promise<void> = Promise.resolve();
  const fire = () => {
    timer = undefined;
    lastAt = performance.now();
    sending = send();
  };
  return {
    ring() {
      if (timer) return;
      timer = setTimeout(fire, Math.max(0, lastAt + everyMs - performance.now()));
    },
    async close() {
      if (timer) {
        clearTimeout(timer);
        fire();
      }
      await sending;
    },
  };
}

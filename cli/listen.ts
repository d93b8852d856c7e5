// Hears what the database tells on one channel (NOTIFY), on a connection of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

export interface Hearing {
  readonly channel: string;
  readonly signal: AbortSignal;
  /** The payload; null once the connection is (re)made, because what was told before that moment was not heard. */
  onNotice(payload: string | null): void;
  readonly log: Logger;
}

/** Listens until the signal is aborted; opens another connection when one breaks. Never rejects. */
export async function listen(database: Pick<Database, 'connectDirect'>, { channel, signal, onNotice, log }: Hearing): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const client = await database.connectDirect();
      const over = new Promise<void>((resolve) => {
        client.on('end', resolve);
        client.on('error', () => resolve());
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      client.on('notification', ({ payload }) => onNotice(payload ?? ''));
      await client.query(`LISTEN ${channel}`);
      pauseMs = FIRST_PAUSE_MS;
      onNotice(null);
      await over;
      await client.end().catch(() => undefined);
    } catch (error) {
      log.warn({ channel, reason: messageOf(error) }, 'Changes cannot be heard; trying again');
    }
    if (!signal.aborted) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

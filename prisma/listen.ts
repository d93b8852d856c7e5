// Hears what the database tells on some channels (NOTIFY), on a connection of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from './database.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

export interface Hearing {
  /** Their names, which are written into SQL as they are. */
  readonly channels: readonly string[];
  readonly signal: AbortSignal;
  onNotice(payload: string, channel: string): void;
  /** The connection is (re)made: what was told before this moment was not heard. */
  onGap(): void;
  readonly log: Logger;
}

/** Listens until the signal is aborted; opens another connection when one breaks. Never rejects. */
export async function listen(database: Pick<Database, 'connectDirect'>, { channels, signal, onNotice, onGap, log }: Hearing): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const client = await database.connectDirect();
      const over = new Promise<void>((resolve) => {
        client.on('end', resolve);
        client.on('error', () => resolve());
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      client.on('notification', ({ payload, channel }) => onNotice(payload ?? '', channel));
      await client.query(channels.map((channel) => `LISTEN ${channel}`).join(';'));
      pauseMs = FIRST_PAUSE_MS;
      onGap();
      await over;
      await client.end().catch(() => undefined);
    } catch (error) {
      log.warn({ channels, reason: messageOf(error) }, 'Changes cannot be heard; trying again');
    }
    if (!signal.aborted) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

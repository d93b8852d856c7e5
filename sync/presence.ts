// Which wallets have a worker that lives: each worker holds a shared advisory lock for every wallet it serves, on a connection
// of its own. Postgres lets go of them when the worker ends, however it ends; so they are never out of date, and need no clock.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isAbort, messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';

/** First half of the locks' keys; the second is a hash of the wallet's id. Nobody takes them exclusively. */
const CLASS = 1_886_350_964;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** SQL: true where a worker that lives serves the wallet whose id the expression gives. */
export const hasWorker = (walletId: string): string =>
  `EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = ${CLASS}
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.objid = (hashtext(${walletId}::text)::bigint & 4294967295)::oid)`;

export interface Presence {
  /** This worker serves the wallet from now on. While the connection is lost, others hear of it when it is back. */
  serve(walletId: string): Promise<void>;
  close(): Promise<void>;
}

/** `onReturn`: the connection was lost and is back; meanwhile, others may have taken this worker's wallets for abandoned. */
export async function openPresence(database: Database, onReturn: () => void, log: Logger): Promise<Presence> {
  const served = new Set<string>();
  const stopping = new AbortController();
  const lock = (client: pg.Client, ids: readonly string[]) => client.query(`SELECT pg_advisory_lock_shared(${CLASS}, hashtext(id)) FROM unnest($1::text[]) AS id`, [ids]);
  const ended = (client: pg.Client) =>
    new Promise<void>((resolve) => {
      client.on('end', resolve);
      client.on('error', () => resolve());
    });
  let client: pg.Client | null = await database.connectDirect();

  async function stay(first: pg.Client): Promise<void> {
    let gone = ended(first);
    for (let pauseMs = FIRST_PAUSE_MS; ; ) {
      await gone;
      client = null;
      if (stopping.signal.aborted) return;
      await sleep(pauseMs, undefined, { signal: stopping.signal });
      try {
        const next = await database.connectDirect();
        gone = ended(next);
        await lock(next, [...served]);
        client = next;
        pauseMs = FIRST_PAUSE_MS;
        if (stopping.signal.aborted) await next.end();
        else onReturn();
      } catch (error) {
        gone = Promise.resolve();
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        log.warn({ reason: messageOf(error) }, 'Could not tell which accounts this worker serves; trying again');
      }
    }
  }

  const staying = stay(client).catch((error: unknown) => {
    if (!isAbort(error)) log.error({ error }, 'This worker no longer tells which accounts it serves');
  });
  return {
    async serve(walletId) {
      if (served.has(walletId)) return;
      served.add(walletId);
      if (client) await lock(client, [walletId]).catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'Told when the connection is back'));
    },
    async close() {
      stopping.abort();
      await client?.end().catch(() => {});
      await staying;
    },
  };
}

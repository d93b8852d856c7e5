// One `ponte start` for each database: an advisory lock, held by a connection as long as the process lives.
import type pg from 'pg';
import { PonteError } from '../lib/errors.ts';
import type { Database } from '../prisma/index.ts';

const LOCK = 7_305_012;

/** Takes the lock or throws CONFLICT that says who holds it. Returns the way to give it back. */
export async function takeStartLock(database: Database): Promise<() => Promise<void>> {
  const client: pg.Client = await database.connectDirect();
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK]);
  if (rows[0]?.taken === true) return () => client.end();
  const holder = await client.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.objid = $1 LIMIT 1`,
    [LOCK],
  );
  await client.end();
  throw new PonteError('CONFLICT', `Ponte is already running on this database (${holder.rows[0]?.name ?? 'another process'}).`, {
    hint: 'Stop that one first, or give this one another database (DATABASE_URL) or folder (DATA_DIR). `ponte sync` and `ponte worker` may run beside it.',
  });
}

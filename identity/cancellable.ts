// A transaction that ends when its signal is aborted, also in the middle of a long statement: shutdown does not wait for SQL.
import type { PoolClient } from 'pg';
import type { Database } from '../prisma/index.ts';

/** Runs `work` in one transaction. On abort the running statement is canceled, all is rolled back, and the signal's reason is thrown. */
export async function cancellable<T>(
  database: Database,
  signal: AbortSignal,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  return database.transaction(async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    let canceled: Promise<unknown> | undefined;
    const cancel = () => {
      canceled = database.pool.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => undefined); // then it ends by itself
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      signal.throwIfAborted();
      return await work(client);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      await canceled; // nothing may be canceled once another task has this connection
    }
  });
}

// A database whose statements are counted, whoever sends them: the pool, a transaction or Prisma.
import { createDatabase, type Database } from '../../../prisma/index.ts';

export interface Counted {
  readonly database: Database;
  /** Statements sent so far. */
  statements(): number;
}

export function openCounted(url: string, applicationName: string): Counted {
  const database = createDatabase({ url, applicationName });
  let count = 0;
  database.pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    (client as { query: unknown }).query = (...args: unknown[]) => {
      count++;
      return query(...args);
    };
  });
  return { database, statements: () => count };
}

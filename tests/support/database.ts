// A database of one's own for a test file, copied from the migrated template.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabase, type Database } from '../../prisma/index.ts';

export interface TestDatabase extends Database {
  /** Closes every connection and drops the database. */
  drop(): Promise<void>;
}

const admin = async (statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: inject('serverUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

/** Another test run may hold a connection to the template for a moment, which Postgres refuses with 55006. */
async function copyTemplate(name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await admin(`CREATE DATABASE ${name} TEMPLATE ${inject('templateName')} STRATEGY file_copy`);
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || attempt === 50) throw error;
      await sleep(100);
    }
  }
}

/** A fresh, migrated, empty database. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `ponte_test_${randomBytes(6).toString('hex')}`;
  await copyTemplate(name);
  const url = Object.assign(new URL(inject('serverUrl')), { pathname: `/${name}` }).toString();
  const database = createDatabase({ url, applicationName: name });
  return {
    ...database,
    async drop() {
      await database.close();
      await admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

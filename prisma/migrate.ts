// Applies the checked-in migrations at start, in milliseconds and without the Prisma CLI, and keeps Prisma's own table
// `_prisma_migrations`, so that `prisma migrate status | deploy | dev` see the same history.
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { ROOT } from '../lib/root.ts';

/** The advisory lock that Prisma's schema engine takes for the same purpose. */
const LOCK = 72707369;
const DIRECTORY = fileURLToPath(new URL('prisma/migrations/', ROOT));

interface Applied {
  migration_name: string;
  checksum: string;
  finished: boolean;
}

async function readMigrations(directory: string): Promise<{ name: string; script: string; checksum: string }[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((e) => e.isDirectory()).map((e) => e.name).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(`${directory}/${name}/migration.sql`);
      return { name, script: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}

/**
 * Brings the database at `url` (direct, no pooler) up to date and returns the names of the migrations it applied.
 * Safe to call from several processes at once. Throws where an applied migration was edited or an earlier one failed.
 */
export async function migrate(url: string, directory = DIRECTORY): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'ponte migrate' });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
      migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
      started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`);
    const { rows } = await client.query<Applied>(
      'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    );
    const failed = rows.find((row) => !row.finished);
    if (failed) throw new Error(`Migration ${failed.migration_name} failed earlier: mend the database, then run \`npx prisma migrate resolve\`.`);
    const known = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    const done: string[] = [];
    for (const { name, script, checksum } of await readMigrations(directory)) {
      const before = known.get(name);
      if (before !== undefined && before !== checksum) throw new Error(`Migration ${name} was edited after it had been applied.`);
      if (before !== undefined) continue;
      await applyMigration(client, name, script, checksum);
      done.push(name);
    }
    return done;
  } finally {
    await client.end(); // gives the lock back
  }
}

async function applyMigration(client: pg.Client, name: string, script: string, checksum: string): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, checksum, name]);
  try {
    await client.query(script);
  } catch (error) {
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, String(error)]);
    throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
}

/** Creates the database that `url` names, where it does not exist yet. */
export async function ensureDatabase(url: string): Promise<void> {
  const target = new URL(url);
  const name = decodeURIComponent(target.pathname.slice(1));
  target.pathname = '/postgres';
  const client = new pg.Client({ connectionString: target.toString() });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42P04' && (error as { code?: string }).code !== '23505') throw error; // another process was first
  } finally {
    await client.end();
  }
}

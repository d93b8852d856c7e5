// Before all tests: a real PostgreSQL (TEST_DATABASE_URL, else the embedded one with fsync off) and a migrated template
// database, from which each test file gets a copy in milliseconds. Never reads DATABASE_URL or .env files.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { ensureDatabase, migrate, startEmbedded } from '../../prisma/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the server's maintenance database. */
    serverUrl: string;
    /** Name of the migrated template. */
    templateName: string;
  }
}

const MIGRATIONS = new URL('../../prisma/migrations/', import.meta.url);
const TEMPLATE_LOCK = 5_480_221;

async function migrationsHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of (await readdir(MIGRATIONS, { withFileTypes: true })).filter((e) => e.isDirectory()).toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(entry.name).update(await readFile(new URL(`${entry.name}/migration.sql`, MIGRATIONS)));
  return hash.digest('hex').slice(0, 12);
}

const at = (serverUrl: string, name: string) => Object.assign(new URL(serverUrl), { pathname: `/${name}` }).toString();

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL'];
  const folder = join(tmpdir(), `ponte-tests-${process.getuid?.() ?? 0}-${process.pid}`);
  const server = given ? undefined : await startEmbedded(folder, { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' });
  const serverUrl = given ?? server!.url;
  const templateName = `ponte_template_${await migrationsHash()}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]); // several test runs may share one server
  await ensureDatabase(at(serverUrl, templateName));
  await migrate(at(serverUrl, templateName));
  await admin.end();
  project.provide('serverUrl', serverUrl);
  project.provide('templateName', templateName);
  return async () => {
    await server?.stop();
    if (server) await (await import('node:fs/promises')).rm(folder, { recursive: true, force: true });
  };
}

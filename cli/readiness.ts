// Whether the database can be used: reached, and migrated to what this version needs.
import { readdir } from 'node:fs/promises';
import { ROOT } from '../lib/root.ts';
import { sql } from '../lib/sql.ts';
import type { Database } from '../prisma/index.ts';

export interface ReadinessReport {
  ok: boolean;
  checks: Record<string, { ok: boolean; message?: string }>;
}

const MIGRATIONS = new URL('prisma/migrations/', ROOT);

export async function checkDatabase(database: Database): Promise<ReadinessReport> {
  const expected = (await readdir(MIGRATIONS, { withFileTypes: true })).filter((entry) => entry.isDirectory()).length;
  try {
    const [row] = await database.rows<{ applied: number }>(sql`SELECT count(*)::int AS applied FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`);
    const migrated = (row?.applied ?? 0) >= expected;
    const migrations = migrated ? { ok: true } : { ok: false, message: 'The database is older than this version: run `ponte migrate`.' };
    return { ok: migrated, checks: { database: { ok: true }, migrations } };
  } catch (error) {
    const unmigrated = (error as { code?: string }).code === '42P01';
    if (unmigrated) return { ok: false, checks: { database: { ok: true }, migrations: { ok: false, message: 'The database is empty: run `ponte migrate`.' } } };
    return { ok: false, checks: { database: { ok: false, message: 'The database does not answer.' } } };
  }
}

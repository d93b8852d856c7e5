// Opens the database that the configuration names: DATABASE_URL, else the embedded server in DATA_DIR (the demo has a
// database of its own there). Creates it and applies the migrations. The last one to leave stops the embedded server.
import { join } from 'node:path';
import type { Config } from '../lib/config/index.ts';
import type { Logger } from '../lib/log.ts';
import { sql } from '../lib/sql.ts';
import { createDatabase, ensureDatabase, migrate, startEmbedded, type Database, type EmbeddedPostgres } from '../prisma/index.ts';
import { createTerminalLogger } from './terminal.ts';

export interface Storage {
  readonly database: Database;
  /** For people: `embedded PostgreSQL in .data/postgres, database ponte_demo`. */
  readonly description: string;
  /** Names of the migrations that were applied now. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

export interface StorageOptions {
  /** Connections of the pool. */
  poolSize?: number;
  applicationName: string;
  /** False where a role must find the schema ready (`ponte migrate` made it). Default true. */
  applyMigrations?: boolean;
  /** True where a database that DATABASE_URL names and that is not there yet is made, too. */
  createMissing?: boolean;
}

const databaseUrl = (server: EmbeddedPostgres, name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).toString();

export async function openStorage(config: Config, log: Logger, { poolSize, applicationName, applyMigrations = true, createMissing = false }: StorageOptions): Promise<Storage> {
  const external = config.database;
  const folder = join(config.dataDir, 'postgres');
  const embedded = external === null ? await startEmbedded(folder) : null;
  const name = config.demo ? 'ponte_demo' : 'ponte';
  const url = external?.url ?? databaseUrl(embedded!, name);
  const directUrl = external?.directUrl ?? url;
  if (embedded !== null) await ensureDatabase(url);
  const migrated = applyMigrations ? await bringUpToDate(directUrl, createMissing) : [];
  if (migrated.length > 0) log.info({ migrations: migrated }, 'Migrations applied');
  const database = createDatabase({ url, directUrl, applicationName, ...(poolSize === undefined ? {} : { poolSize }) });
  return {
    database,
    description: embedded === null ? `PostgreSQL at ${new URL(url).host}` : `embedded PostgreSQL in ${folder}, database ${name}`,
    migrated,
    async close() {
      const alone = embedded === null ? false : await isAlone(database);
      await database.close();
      if (embedded !== null && alone) await embedded.stop();
    },
  };
}

/** For a command that does one thing with the database and ends. `command`: its name, in the list of connections. */
export async function withDatabase<T>(config: Config, command: string, work: (database: Database) => Promise<T>): Promise<T> {
  const log = createTerminalLogger(config.logLevel, config.secrets);
  const storage = await openStorage(config, log, { applicationName: `ponte ${command} ${process.pid}`, poolSize: 2, applyMigrations: config.database === null });
  try {
    return await work(storage.database);
  } finally {
    await storage.close();
  }
}

async function bringUpToDate(url: string, createMissing: boolean): Promise<readonly string[]> {
  try {
    return await migrate(url);
  } catch (error) {
    const missing = (error as { code?: string }).code === '3D000';
    if (!missing || !createMissing) throw error;
    await ensureDatabase(url);
    return migrate(url);
  }
}

/** True where no other process has a connection to this server. Ours all carry the name of this process. */
async function isAlone(database: Database): Promise<boolean> {
  try {
    const [row] = await database.rows<{ others: number }>(sql`SELECT count(*)::int AS others FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND application_name <> current_setting('application_name')`);
    return row?.others === 0;
  } catch {
    return false; // the server is gone already
  }
}

// `ponte migrate`: creates the database where it can, applies the checked-in migrations, ends.
import type { Config } from '../lib/config/index.ts';
import { openStorage } from './storage.ts';
import { createTerminalLogger, say } from './terminal.ts';

export async function migrateDatabase(config: Config): Promise<void> {
  const log = createTerminalLogger(config.logLevel, config.secrets);
  const storage = await openStorage(config, log, { applicationName: `ponte migrate ${process.pid}`, createMissing: true });
  const { migrated, description } = storage;
  await storage.close();
  say(migrated.length === 0 ? `Up to date: ${description}` : `Applied ${migrated.length} migration(s) to ${description}: ${migrated.join(', ')}`);
}

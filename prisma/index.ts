// The door of the database: connection, migrations, the embedded server.
export { createDatabase, pgTypes, type Database, type DatabaseOptions } from './database.ts';
export { startEmbedded, type EmbeddedPostgres } from './embedded.ts';
export { listen, type Hearing } from './listen.ts';
export { ensureDatabase, migrate } from './migrate.ts';
export type { PrismaClient } from './generated/client.ts';

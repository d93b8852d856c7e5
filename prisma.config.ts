// Where the Prisma CLI finds the schema, the migrations and, for commands that need one, a database.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// The CLI downloads a native schema engine at its first command; this stands in for it, so that every command
// works offline. PRISMA_SCHEMA_ENGINE_BINARY= (empty) goes back to the native engine; Windows cannot start a script.
const engine = fileURLToPath(new URL('./tools/schema-engine.mjs', import.meta.url));
if (process.platform !== 'win32' && existsSync(engine)) process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= engine;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_DIRECT_URL'] ?? process.env['DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/ponte' },
});

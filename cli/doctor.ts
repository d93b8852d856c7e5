// `ponte doctor`: looks at everything that must be right and says what to do about what is not. Exit code 1 where something is wrong.
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import type { Config } from '../lib/config/index.ts';
import { messageOf } from '../lib/errors.ts';
import { hideSecrets } from '../lib/log.ts';
import { sql } from '../lib/sql.ts';
import type { Database } from '../prisma/index.ts';
import type { ConnectionTest } from '../sync/index.ts';
import { createConnectors } from './connectors.ts';
import { PROVIDER_LABELS } from './progress.ts';
import { checkDatabase } from './readiness.ts';
import { openStorage } from './storage.ts';
import { createTerminalLogger, say } from './terminal.ts';

type Verdict = 'ok' | 'warn' | 'bad';
const MARKS: Readonly<Record<Verdict, string>> = { ok: 'ok  ', warn: 'warn', bad: 'BAD ' };
const OLDEST_NODE = [20, 19] as const;
const OLDEST_POSTGRES = 150_000;

export async function doctor(config: Config): Promise<number> {
  const hide = hideSecrets(config.secrets);
  let bad = 0;
  const tell = (verdict: Verdict, subject: string, finding: string, advice?: string | null) => {
    if (verdict === 'bad') bad++;
    say(hide(`${MARKS[verdict]}  ${subject.padEnd(14)} ${finding}${advice ? `\n      ${' '.repeat(14)}-> ${advice}` : ''}`));
  };

  checkNode(tell);
  tell('ok', 'Configuration', `read; ${config.production ? 'production' : 'development'}, ${config.demo ? 'demo mode (simulators)' : 'real providers'}`);
  await checkDataFolder(config, tell);
  const log = createTerminalLogger('silent', config.secrets);
  const storage = await openStorage(config, log, { applicationName: `ponte doctor ${process.pid}`, applyMigrations: false }).catch((error: unknown) => {
    tell('bad', 'Database', messageOf(error), config.database === null ? 'see DATA_DIR, or set DATABASE_URL' : 'check DATABASE_URL and that the server runs');
    return null;
  });
  if (storage !== null) {
    const tables = await checkServer(storage.database, storage.description, tell);
    await checkProviders(config, storage.database, tables, tell);
    await storage.close();
  }
  say(bad === 0 ? '\nAll is well.' : `\n${bad} problem(s).`);
  return bad === 0 ? 0 : 1;
}

type Tell = (verdict: Verdict, subject: string, finding: string, advice?: string | null) => void;

function checkNode(tell: Tell): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  tell(good ? 'ok' : 'bad', 'Node', process.version, good ? null : `install Node ${OLDEST_NODE.join('.')} or newer`);
}

async function checkDataFolder({ database, dataDir }: Config, tell: Tell): Promise<void> {
  if (database !== null) return;
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    tell('ok', 'Data folder', dataDir);
  } catch (error) {
    tell('bad', 'Data folder', `${dataDir}: ${messageOf(error)}`, 'name a folder that can be written with DATA_DIR');
  }
}

/** True where the tables are there that everything else looks into. */
async function checkServer(database: Database, description: string, tell: Tell): Promise<boolean> {
  try {
    const [row] = await database.rows<{ version: string; number: number }>(sql`SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number`);
    const good = (row?.number ?? 0) >= OLDEST_POSTGRES;
    tell(good ? 'ok' : 'bad', 'Database', `${description} (PostgreSQL ${row?.version})`, good ? null : 'PostgreSQL 15 or newer is needed');
    const { checks } = await checkDatabase(database);
    const migrations = checks['migrations'];
    tell(migrations?.ok === true ? 'ok' : 'warn', 'Migrations', migrations?.ok === true ? 'up to date' : (migrations?.message ?? 'unknown'), migrations?.ok === true ? null : '`ponte start` and `ponte migrate` apply them');
    return migrations?.ok === true;
  } catch (error) {
    tell('bad', 'Database', messageOf(error), 'check DATABASE_URL and that the server runs');
    return false;
  }
}

async function checkProviders(config: Config, database: Database, tables: boolean, tell: Tell): Promise<void> {
  for (const [name, settings] of [['Gestão Click', config.gestaoClick], ['Kommo', config.kommo]] as const) {
    if (settings.credentials === null)
      tell(config.demo ? 'ok' : 'warn', name, 'no credentials are set', config.demo ? 'demo mode simulates it' : `see docs/${name === 'Kommo' ? 'kommo-crm' : 'gestao-click'}-integration.md`);
  }
  if (config.demo) return;
  if (!tables) {
    if (config.gestaoClick.credentials ?? config.kommo.credentials) tell('warn', 'Providers', 'not asked: their quota is counted in the database, which is not ready', 'mend what stands above first');
    return;
  }
  const log = createTerminalLogger('silent', config.secrets);
  const connectors = await createConnectors(config, database, log).catch((error: unknown) => {
    tell('bad', 'Providers', `not asked: ${messageOf(error)}`, 'is the database migrated? `ponte migrate`');
    return [];
  });
  for (const connector of connectors) {
    const label = PROVIDER_LABELS[connector.provider] ?? connector.provider;
    const test = await connector.test(AbortSignal.timeout(60_000)).catch((error: unknown) => messageOf(error));
    if (typeof test === 'string') tell('bad', label, test, 'is the database migrated? `ponte migrate`');
    else tellTest(label, test, tell);
    await connector.close();
  }
}

function tellTest(label: string, test: ConnectionTest, tell: Tell): void {
  const account = test.account === null ? '' : ` (${test.account.name}, account ${test.account.key})`;
  tell(test.ok ? 'ok' : 'bad', label, `${test.message}${account}, ${test.latencyMs} ms`, test.hint);
  const days = test.token?.daysLeft ?? null;
  if (days !== null) tell(days > 30 ? 'ok' : days > 0 ? 'warn' : 'bad', `${label} token`, `${days} day(s) left`, days > 30 ? null : 'generate a new token and replace it before it ends');
}

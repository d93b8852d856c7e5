#!/usr/bin/env node
// Stands in for Prisma's native `schema-engine`, which the CLI would download: the same engine, of the same commit, as
// WebAssembly from npm. The CLI starts it through PRISMA_SCHEMA_ENGINE_BINARY (prisma.config.ts) and speaks line-delimited
// JSON-RPC on stdin and stdout; a few commands come as arguments instead (`cli can-connect-to-database`).
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { connect, memoryDatabase, noDatabase, parseUrl, quoteIdentifier, serverDatabase, shadowDatabase, withMaintenance } from './schema-engine-database.mjs';

const WASM_DIR = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));

/** Postgres and network codes to the codes that the CLI knows. */
const PRISMA_CODES = {
  '3D000': 'P1003', '28P01': 'P1000', 28000: 'P1000', '42P04': 'P1009',
  ECONNREFUSED: 'P1001', ENOTFOUND: 'P1001', EAI_AGAIN: 'P1001', ETIMEDOUT: 'P1001',
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { datamodels: { type: 'string', multiple: true, short: 'd' }, datasource: { type: 'string' }, version: { type: 'boolean' } },
});
const { url, shadowDatabaseUrl } = values.datasource ? JSON.parse(values.datasource) : {};

const log = (level, fields) => process.stderr.write(`${JSON.stringify({ level, fields, target: 'schema_engine::logger' })}\n`);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

const opened = new Set();

/** Remembers what is open, so that nothing stays behind. */
async function track(opening) {
  const database = await opening;
  const dispose = database.dispose.bind(database);
  opened.add(database);
  database.dispose = async () => {
    if (opened.delete(database)) await dispose();
  };
  return database;
}

/** `filesOnly`: only schema files and migrations are compared, so no server is needed. */
const adapterFactory = (filesOnly) => ({
  provider: 'postgres',
  adapterName: 'schema-engine-bridge',
  connect: () => track(filesOnly || !url ? noDatabase() : serverDatabase(url)),
  connectToShadowDb: () => track(shadowDatabaseUrl ? serverDatabase(shadowDatabaseUrl) : filesOnly || !url ? memoryDatabase() : shadowDatabase(url)),
});

async function loadEngine(filesOnly) {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(join(WASM_DIR, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => log('ERROR', { message, is_panic: true }) };
  const datamodels = await Promise.all((values.datamodels ?? []).map(async (file) => [file, await readFile(file, 'utf8')]));
  const adapter = bindMigrationAwareSqlAdapterFactory(adapterFactory(filesOnly));
  return { adapter, engine: await bindings.SchemaEngine.new({ datamodels: datamodels.length > 0 ? datamodels : undefined }, () => {}, adapter) };
}

let loaded;

async function call(method, params) {
  if (method === 'createDatabase')
    return withMaintenance(url ?? params.datasource.url, async (client, databaseName) => {
      await client.query(`CREATE DATABASE ${quoteIdentifier(databaseName)}`);
      return { databaseName };
    });
  const live = (target) => target.tag === 'schemaDatasource' || target.tag === 'url';
  loaded ??= loadEngine(method === 'diff' && !live(params.from) && !live(params.to));
  const { engine, adapter } = await loaded;
  if (method === 'getDatabaseVersion') return engine.version(params ?? null);
  if (typeof engine[method] !== 'function') throw new Error(`the WebAssembly schema engine has no "${method}"`);
  let result;
  try {
    // These two read the schema that the migrations make from a cache that only a diagnosis fills.
    if (method === 'evaluateDataLoss' || method === 'createMigration')
      await engine.diagnoseMigrationHistory({ migrationsList: params.migrationsList, optInToShadowDatabase: true, filters: params.filters });
    result = (await engine[method](params)) ?? {};
  } catch (error) {
    // An error thrown inside the adapter comes back as a number: the key of the original.
    throw (error?.id === undefined ? undefined : adapter.errorRegistry.consumeError(error.id))?.error ?? error;
  }
  if (method !== 'diff') return result;
  send({ id: -1, method: 'print', params: { content: (result.stdout ?? '').replace(/\n$/, '') } });
  return { exitCode: result.exitCode, stdout: null };
}

/** The commands that come as arguments; returns the exit code. */
async function commandLine(name) {
  const create = (client, database) => client.query(`CREATE DATABASE ${quoteIdentifier(database)}`);
  const drop = (client, database) => client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`);
  try {
    if (name === 'can-connect-to-database') await (await connect(parseUrl(url).url)).end();
    else if (name === 'create-database') await withMaintenance(url, create);
    else if (name === 'drop-database') await withMaintenance(url, drop);
    else throw new Error(`unknown command ${name}`);
    return 0;
  } catch (error) {
    log('INFO', { message: 'schema-engine-wasm' }); // the CLI skips the first line
    const message = error.message || String(error.errors?.[0]?.message ?? error.code);
    log('ERROR', { message, error_code: PRISMA_CODES[error.code] ?? 'P1010', is_panic: false });
    return 1;
  }
}

function errorAnswer(id, error) {
  const code = /^P\d{4}$/.test(error.code ?? '') ? error.code : undefined;
  const data = { is_panic: false, message: error.message ?? String(error), error_code: code, meta: error.meta };
  return { id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } };
}

async function serve() {
  let queue = Promise.resolve(); // one call at a time
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const { id, method, params } = JSON.parse(line);
    if (!method) continue; // the CLI's answer to a `print`
    queue = queue
      .then(() => call(method, params))
      .then((result) => send({ id, result }))
      .catch((error) => send(errorAnswer(id, error)));
  }
  await queue;
  for (const database of opened) await database.dispose();
}

if (values.version) {
  console.log(`schema-engine-wasm ${JSON.parse(await readFile(join(WASM_DIR, 'package.json'), 'utf8')).version}`);
} else if (positionals[0] === 'cli') {
  process.exitCode = await commandLine(positionals[1]);
} else {
  await serve();
  process.exit(0);
}

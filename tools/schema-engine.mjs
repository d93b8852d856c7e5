#!/usr/bin/env node
// Drop-in replacement for Prisma's native `schema-engine` binary, for machines that cannot
// download it. Prisma's CLI starts it when PRISMA_SCHEMA_ENGINE_BINARY points here. It speaks the
// same line-delimited JSON-RPC on stdin/stdout and hands each call to the official WebAssembly
// build of the same engine (@prisma/schema-engine-wasm, the same commit as the CLI's own engine).
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum as T, DriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const WASM_DIR = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { datamodels: { type: 'string', multiple: true, short: 'd' }, datasource: { type: 'string' }, version: { type: 'boolean' } },
});
const { url, shadowDatabaseUrl } = values.datasource ? JSON.parse(values.datasource) : {};

const log = (level, fields) => process.stderr.write(`${JSON.stringify({ level, fields, target: 'schema_engine::logger' })}\n`);
const ident = (s) => `"${s.replaceAll('"', '""')}"`;

// ---- connections ------------------------------------------------------------------------------

/** A PostgreSQL URL without the query parameters that only Prisma knows. */
function parseUrl(input) {
  const u = new URL(input);
  const schema = u.searchParams.get('schema') ?? 'public';
  for (const k of ['schema', 'connection_limit', 'connect_timeout', 'pool_timeout', 'socket_timeout', 'pgbouncer'])
    u.searchParams.delete(k);
  return { u, schema, database: decodeURIComponent(u.pathname.slice(1)) || 'postgres' };
}

async function connect(u) {
  const client = new pg.Client({ connectionString: u.toString() });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function withMaintenance(input, fn) {
  const { u, database } = parseUrl(input);
  u.pathname = '/postgres';
  const client = await connect(u);
  try { return await fn(client, database); } finally { await client.end(); }
}

// ---- driver adapter ---------------------------------------------------------------------------
// Not @prisma/adapter-pg: that one refuses pg_catalog's "char" columns and splits scripts at every
// ';', which cuts function bodies in two.

const TYPES = {
  16: T.Boolean, 17: T.Bytes, 18: T.Character, 19: T.Text, 20: T.Int64, 21: T.Int32, 23: T.Int32, 25: T.Text, 26: T.Int64,
  114: T.Json, 3802: T.Json, 700: T.Float, 701: T.Double, 1042: T.Text, 1043: T.Text, 1700: T.Numeric, 2950: T.Uuid,
  1082: T.Date, 1083: T.Time, 1114: T.DateTime, 1184: T.DateTime,
  1000: T.BooleanArray, 1002: T.CharacterArray, 1003: T.TextArray, 1005: T.Int32Array, 1007: T.Int32Array, 1009: T.TextArray,
  1015: T.TextArray, 1016: T.Int64Array, 1028: T.Int64Array,
};
const asText = (v) => v;
const isoTime = (v) => (v === null ? null : `${v.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')}`);
/** Dates and big numbers stay text, as the engine wants them. */
const PARSERS = { 20: asText, 1082: asText, 1083: asText, 1114: isoTime, 1184: isoTime, 1700: asText, 114: asText, 3802: asText };

function fail(e) {
  const text = { originalCode: e.code, originalMessage: e.message };
  if (e.code === undefined || e.severity === undefined) throw e;
  throw new DriverAdapterError({ ...text, kind: 'postgres', code: e.code, severity: e.severity, message: e.message, detail: e.detail, column: e.column, hint: e.hint });
}

class Queryable {
  provider = 'postgres';
  adapterName = 'schema-engine-bridge';
  constructor(db, schema, release) { Object.assign(this, { db, schema, release }); }
  async queryRaw({ sql, args }) {
    if (process.env.DEBUG_SQL) process.stderr.write(`SQL ${JSON.stringify(sql.slice(0,200))} ${JSON.stringify(args)}\n`);
    const { fields, rows } = await this.db.query(sql, args).catch(fail);
    return { columnNames: fields.map((f) => f.name), columnTypes: fields.map((f) => TYPES[f.dataTypeID] ?? T.Text), rows };
  }
  async executeRaw({ sql, args }) {
    return (await this.db.query(sql, args).catch(fail)).rowCount ?? 0;
  }
  async executeScript(script) { await this.db.exec(script).catch(fail); }
  async startTransaction() {
    await this.executeScript('BEGIN');
    const tx = new Queryable(this.db, this.schema);
    return Object.assign(tx, {
      options: { usePhantomQuery: true },
      commit: () => tx.executeScript('COMMIT'),
      rollback: () => tx.executeScript('ROLLBACK'),
    });
  }
  getConnectionInfo() { return { schemaName: this.schema, supportsRelationJoins: true }; }
  async dispose() { await this.release?.(); }
}

const overClient = (client) => ({
  query: (text, args) =>
    client.query({ text, values: args, rowMode: 'array', types: { getTypeParser: (oid, f) => PARSERS[oid] ?? pg.types.getTypeParser(oid, f) } }),
  exec: (script) => client.query(script),
});

async function memory() {
  const { PGlite } = await import('@electric-sql/pglite');
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  const lite = await PGlite.create({ parsers: PARSERS, extensions: { pg_trgm } });
  const db = {
    query: async (sql, args) => {
      const r = await lite.query(sql, args, { rowMode: 'array' });
      return { ...r, rowCount: r.affectedRows };
    },
    exec: (script) => lite.exec(script),
  };
  return new Queryable(db, 'public', () => lite.close());
}

/** Comparing schema files alone needs no database either: the engine only asks for a version. */
const nothing = () =>
  new Queryable({
    query: async () => ({
      fields: [{ name: 'exists', dataTypeID: 16 }, { name: 'version', dataTypeID: 25 }, { name: 'numeric_version', dataTypeID: 23 }],
      rows: [[true, 'PostgreSQL 15.0', 150000]],
    }),
    exec: async () => {},
  }, 'public');

async function server(input, release) {
  const { u, schema } = parseUrl(input);
  const client = await connect(u);
  return new Queryable(overClient(client), schema, async () => { await client.end(); await release?.(); });
}

/** `files`: nothing but schema files and migrations is compared, so no server is needed. */
function adapterFactory(files) {
  const shadowOnServer = async () => {
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await withMaintenance(url, (c) => c.query(`CREATE DATABASE ${ident(name)}`));
    const { u } = parseUrl(url);
    u.pathname = `/${name}`;
    return server(u, () => withMaintenance(url, (c) => c.query(`DROP DATABASE IF EXISTS ${ident(name)} WITH (FORCE)`)));
  };
  return {
    provider: 'postgres',
    adapterName: 'schema-engine-bridge',
    connect: () => track(files || !url ? nothing() : server(url)),
    connectToShadowDb: () =>
      track(
        shadowDatabaseUrl ? server(shadowDatabaseUrl)
        : files || !url || process.env.PRISMA_SHADOW === 'memory' ? memory()
        : shadowOnServer(),
      ),
  };
}

// ---- the engine -------------------------------------------------------------------------------

const opened = new Set();
const track = async (adapter) => {
  const a = await adapter;
  opened.add(a);
  const dispose = a.dispose.bind(a);
  a.dispose = async () => { if (opened.delete(a)) await dispose(); };
  return a;
};

async function loadEngine(files) {
  const bg = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const { instance } = await WebAssembly.instantiate(await readFile(join(WASM_DIR, 'schema_engine_bg.wasm')), { './schema_engine_bg.js': bg });
  bg.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => log('ERROR', { message, is_panic: true }) };
  const datamodels = await Promise.all((values.datamodels ?? []).map(async (f) => [f, await readFile(f, 'utf8')]));
  const adapter = bindMigrationAwareSqlAdapterFactory(adapterFactory(files));
  const debug = (m) => { if (process.env.DEBUG) process.stderr.write(`${m}\n`); };
  return { engine: await bg.SchemaEngine.new({ datamodels: datamodels.length ? datamodels : undefined }, debug, adapter), adapter };
}

const send = (o) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...o })}\n`);

let loaded;

async function call(method, params) {
  if (method === 'createDatabase')
    return withMaintenance(url ?? params.datasource.url, async (c, databaseName) => {
      await c.query(`CREATE DATABASE ${ident(databaseName)}`);
      return { databaseName };
    });
  const live = (t) => t.tag === 'schemaDatasource' || t.tag === 'url';
  const { engine, adapter } = await (loaded ??= loadEngine(method === 'diff' && !live(params.from) && !live(params.to)));
  if (method === 'getDatabaseVersion') return engine.version(params ?? null);
  if (typeof engine[method] !== 'function') throw new Error(`the WebAssembly schema engine has no "${method}"`);
  let result;
  try {
    // These two read the schema that the migrations make from a cache that only a diagnosis fills.
    if (method === 'evaluateDataLoss' || method === 'createMigration')
      await engine.diagnoseMigrationHistory({ migrationsList: params.migrationsList, optInToShadowDatabase: true, filters: params.filters });
    result = (await engine[method](params)) ?? {};
  } catch (e) {
    // An error thrown inside the adapter comes back as a number: the key of the original.
    const original = e?.id !== undefined ? adapter.errorRegistry.consumeError(e.id) : undefined;
    throw original?.error ?? e;
  }
  if (method === 'diff') {
    send({ id: -1, method: 'print', params: { content: (result.stdout ?? '').replace(/\n$/, '') } });
    return { exitCode: result.exitCode, stdout: null };
  }
  return result;
}

async function commandLine(name) {
  const P = { '3D000': 'P1003', '28P01': 'P1000', '28000': 'P1000', '42P04': 'P1009', ECONNREFUSED: 'P1001', ENOTFOUND: 'P1001', EAI_AGAIN: 'P1001', ETIMEDOUT: 'P1001' };
  try {
    if (name === 'can-connect-to-database') await (await connect(parseUrl(url).u)).end();
    else if (name === 'create-database') await withMaintenance(url, (c, db) => c.query(`CREATE DATABASE ${ident(db)}`));
    else if (name === 'drop-database') await withMaintenance(url, (c, db) => c.query(`DROP DATABASE IF EXISTS ${ident(db)} WITH (FORCE)`));
    else throw new Error(`unknown command ${name}`);
    return 0;
  } catch (e) {
    log('INFO', { message: 'schema-engine-wasm' }); // the CLI skips the first line
    log('ERROR', { message: e.message || String(e.errors?.[0]?.message ?? e.code), error_code: P[e.code] ?? 'P1010', is_panic: false });
    return 1;
  }
}

if (values.version) {
  console.log(`schema-engine-wasm ${JSON.parse(await readFile(join(WASM_DIR, 'package.json'), 'utf8')).version}`);
} else if (positionals[0] === 'cli') {
  process.exitCode = await commandLine(positionals[1]);
} else {
  let queue = Promise.resolve(); // one call at a time
  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const { id, method, params } = JSON.parse(line);
    if (!method) continue; // the CLI's answer to a `print`
    queue = queue
      .then(() => call(method, params))
      .then((result) => send({ id, result }))
      .catch((e) => send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.',
        data: { is_panic: false, message: e.message ?? String(e), error_code: /^P\d{4}$/.test(e.code ?? '') ? e.code : undefined, meta: e.meta } } }));
  }
  await queue;
  for (const a of [...opened]) await a.dispose();
  process.exit(0);
}

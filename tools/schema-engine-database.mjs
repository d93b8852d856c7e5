// The databases that the schema engine works on, as Prisma's driver adapter interface wants them: a Postgres server, an
// in-memory shadow (PGlite), or none at all. Not @prisma/adapter-pg: it refuses pg_catalog's "char" columns and splits
// scripts at every ';', which cuts function bodies in two.
import { ColumnTypeEnum as T, DriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const ADAPTER_NAME = 'schema-engine-bridge';

/** Postgres type numbers to the engine's column types. */
const COLUMN_TYPES = {
  16: T.Boolean, 17: T.Bytes, 18: T.Character, 19: T.Text, 20: T.Int64, 21: T.Int32, 23: T.Int32, 25: T.Text, 26: T.Int64,
  114: T.Json, 3802: T.Json, 700: T.Float, 701: T.Double, 1042: T.Text, 1043: T.Text, 1700: T.Numeric, 2950: T.Uuid,
  1082: T.Date, 1083: T.Time, 1114: T.DateTime, 1184: T.DateTime,
  1000: T.BooleanArray, 1002: T.CharacterArray, 1003: T.TextArray, 1005: T.Int32Array, 1007: T.Int32Array, 1009: T.TextArray,
  1015: T.TextArray, 1016: T.Int64Array, 1028: T.Int64Array,
};

const keepText = (value) => value;
const isoTime = (value) => (value === null ? null : `${value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')}`);
/** Dates, big numbers and JSON stay text, as the engine wants them. */
const PARSERS = { 20: keepText, 1082: keepText, 1083: keepText, 1114: isoTime, 1184: isoTime, 1700: keepText, 114: keepText, 3802: keepText };

export const quoteIdentifier = (name) => `"${name.replaceAll('"', '""')}"`;

/** A PostgreSQL URL without the query parameters that only Prisma knows. */
export function parseUrl(text) {
  const url = new URL(text);
  const schema = url.searchParams.get('schema') ?? 'public';
  for (const key of ['schema', 'connection_limit', 'connect_timeout', 'pool_timeout', 'socket_timeout', 'pgbouncer']) url.searchParams.delete(key);
  return { url, schema, database: decodeURIComponent(url.pathname.slice(1)) || 'postgres' };
}

export async function connect(url) {
  const client = new pg.Client({ connectionString: url.toString() });
  client.on('error', () => {}); // a lost connection shows in the next query
  await client.connect();
  return client;
}

/** Runs `work` on the server's maintenance database. */
export async function withMaintenance(text, work) {
  const { url, database } = parseUrl(text);
  url.pathname = '/postgres';
  const client = await connect(url);
  try {
    return await work(client, database);
  } finally {
    await client.end();
  }
}

function fail(error) {
  if (error.code === undefined || error.severity === undefined) throw error;
  const { code, severity, message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: 'postgres', originalCode: code, originalMessage: message, code, severity, message, detail, column, hint });
}

/** Prisma's SqlDriverAdapter over anything with `query(text, args)` and `exec(script)`. */
class Queryable {
  provider = 'postgres';
  adapterName = ADAPTER_NAME;

  constructor(connection, schema, release) {
    Object.assign(this, { connection, schema, release });
  }

  async queryRaw({ sql, args }) {
    const { fields, rows } = await this.connection.query(sql, args).catch(fail);
    return { columnNames: fields.map((f) => f.name), columnTypes: fields.map((f) => COLUMN_TYPES[f.dataTypeID] ?? T.Text), rows };
  }

  async executeRaw({ sql, args }) {
    return (await this.connection.query(sql, args).catch(fail)).rowCount ?? 0;
  }

  async executeScript(script) {
    await this.connection.exec(script).catch(fail);
  }

  async startTransaction() {
    await this.executeScript('BEGIN');
    const transaction = new Queryable(this.connection, this.schema);
    return Object.assign(transaction, {
      options: { usePhantomQuery: true },
      commit: () => transaction.executeScript('COMMIT'),
      rollback: () => transaction.executeScript('ROLLBACK'),
    });
  }

  getConnectionInfo() {
    return { schemaName: this.schema, supportsRelationJoins: true };
  }

  async dispose() {
    await this.release?.();
  }
}

/** A database on a server. */
export async function serverDatabase(text, release) {
  const { url, schema } = parseUrl(text);
  const client = await connect(url);
  const types = { getTypeParser: (oid, format) => PARSERS[oid] ?? pg.types.getTypeParser(oid, format) };
  const connection = {
    query: (sql, args) => client.query({ text: sql, values: args, rowMode: 'array', types }),
    exec: (script) => client.query(script),
  };
  return new Queryable(connection, schema, async () => {
    await client.end();
    await release?.();
  });
}

/** A shadow database on the same server, dropped when it is released. */
export async function shadowDatabase(text) {
  const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
  await withMaintenance(text, (client) => client.query(`CREATE DATABASE ${quoteIdentifier(name)}`));
  const { url } = parseUrl(text);
  url.pathname = `/${name}`;
  return serverDatabase(url.toString(), () => withMaintenance(text, (client) => client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`)));
}

/** A shadow database in memory: migrations can be compared with the schema without any server. */
export async function memoryDatabase() {
  const { PGlite } = await import('@electric-sql/pglite');
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  const lite = await PGlite.create({ parsers: PARSERS, extensions: { pg_trgm } });
  const connection = {
    query: async (sql, args) => {
      const result = await lite.query(sql, args, { rowMode: 'array' });
      return { ...result, rowCount: result.affectedRows };
    },
    exec: (script) => lite.exec(script),
  };
  return new Queryable(connection, 'public', () => lite.close());
}

/** Comparing schema files alone needs no database: the engine only asks for a version. */
export const noDatabase = async () => {
  const fields = [{ name: 'exists', dataTypeID: 16 }, { name: 'version', dataTypeID: 25 }, { name: 'numeric_version', dataTypeID: 23 }];
  return new Queryable({ query: async () => ({ fields, rows: [[true, 'PostgreSQL 15.0', 150000]] }), exec: async () => {} }, 'public');
};

// The SQL of a table that a stream writes, built once from its `TableSpec` and from what the database says of the table.
// Each statement is set-based and reads its rows from `source`: a JSON parameter, or a temporary table filled by COPY.
import pg from 'pg';
import { PonteError } from '../lib/errors.ts';
import type { TableSpec } from './types.ts';

const quote = pg.escapeIdentifier;
const list = (names: readonly string[], prefix = ''): string => names.map((name) => `${prefix}${quote(name)}`).join(', ');

export interface Statements {
  readonly spec: TableSpec;
  /** Columns as they are sent, in order; `content_hash` last where the table has one. */
  readonly columns: readonly string[];
  readonly hasHash: boolean;
  /** The rows of a JSON text given as $1. */
  readonly jsonSource: string;
  /** Name of the temporary table, and how it is made. */
  readonly temporary: string;
  readonly createTemporary: string;
  readonly copyTemporary: string;
  /** Inserts new rows, updates those whose hash differs, leaves the rest untouched. Returns `id` and `inserted`. */
  upsert(source: string): string;
  /** Inserts rows whose key is free. Returns `id`. */
  insertMissing(source: string): string;
  /** Deletes the rows of the parents in $1, within the scope. Returns `id` where the table has a single key. */
  readonly deleteChildren: string;
  insertChildren(source: string): string;
}

/** Columns of a table in the database; empty where there is no such table. */
async function columnsOf(client: pg.ClientBase, table: string): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
    [table.split('.').map(quote).join('.')],
  );
  return new Set(rows.map((row) => row.name));
}

function build(spec: TableSpec, existing: ReadonlySet<string>): Statements {
  const missing = Object.keys(spec.columns).filter((column) => !existing.has(column));
  if (existing.size === 0 || missing.length > 0) {
    throw new PonteError('INTERNAL_SERVER_ERROR', `Table ${spec.name} has no column ${missing.join(', ')}.`, {
      hint: 'Run `ponte migrate`: the database is older than this program.',
    });
  }
  const hasHash = existing.has('content_hash');
  const names = Object.keys(spec.columns);
  const columns = hasHash ? [...names, 'content_hash'] : names;
  const types = columns.map((name) => `${quote(name)} ${spec.columns[name] ?? 'text'}`).join(', ');
  const table = spec.name.split('.').map(quote).join('.');
  const temporary = quote(`incoming_${spec.name.replace('.', '_')}_${spec.write}`);
  const stamped = existing.has('synced_at');
  const target = `${list(columns)}${stamped ? ', "synced_at"' : ''}`;
  const values = `${list(columns, 'i.')}${stamped ? ', now()' : ''}`;
  const rest = [...columns.filter((name) => !spec.key.includes(name)), ...(stamped ? ['synced_at'] : [])];
  const onConflict = `ON CONFLICT (${list(spec.key)}) DO`;
  const set = rest.map((name) => `${quote(name)} = excluded.${quote(name)}`).join(', ');
  const sameKey = spec.key.map((name) => `o.${quote(name)} = i.${quote(name)}`).join(' AND ');
  const id = spec.key.length === 1 ? `t.${quote(spec.key[0]!)}` : 'NULL::uuid';
  const order = `ORDER BY ${list(spec.key, 'i.')}`; // one order of locks for all writers
  const scope = Object.entries(spec.scope ?? {}).map(([column, value]) => ` AND t.${quote(column)} = ${pg.escapeLiteral(value)}`).join('');
  const overwrite = rest.length > 0 ? `UPDATE SET ${set}` : 'NOTHING';
  return {
    spec,
    columns,
    hasHash,
    jsonSource: `json_to_recordset($1::json) AS i(${types})`,
    temporary,
    createTemporary: `CREATE TEMPORARY TABLE ${temporary} (${types}) ON COMMIT DROP`,
    copyTemporary: `COPY ${temporary} (${list(columns)}) FROM STDIN`,
    upsert: (source) =>
      `INSERT INTO ${table} AS t (${target}) SELECT ${values} FROM ${source}
       WHERE NOT EXISTS (SELECT 1 FROM ${table} o WHERE ${sameKey} AND o.content_hash = i.content_hash) ${order}
       ${onConflict} UPDATE SET ${set} WHERE t.content_hash IS DISTINCT FROM excluded.content_hash
       RETURNING ${id} AS id, t.xmax = 0 AS inserted`,
    insertMissing: (source) => `INSERT INTO ${table} AS t (${target}) SELECT ${values} FROM ${source} ${order} ${onConflict} NOTHING RETURNING ${id} AS id`,
    deleteChildren: `DELETE FROM ${table} t WHERE t.${quote(spec.parent ?? spec.key[0]!)} = ANY($1::uuid[])${scope} RETURNING ${id} AS id`,
    insertChildren: (source) => `INSERT INTO ${table} AS t (${target}) SELECT ${values} FROM ${source} ${order} ${onConflict} ${overwrite} RETURNING ${id} AS id`,
  };
}

const built = new WeakMap<TableSpec, Statements>();

/** The statements of a table; asks the database for its columns the first time. */
export async function statementsOf(client: pg.ClientBase, spec: TableSpec): Promise<Statements> {
  const ready = built.get(spec);
  if (ready) return ready;
  const statements = build(spec, await columnsOf(client, spec.name));
  built.set(spec, statements);
  return statements;
}

// Writes records into the tables of a stream, inside the caller's transaction: one set-based statement per table.
// Rows that did not change are not touched, and are counted as unchanged. Up to `JSON_ROWS` rows of a table travel as one
// JSON parameter, more by COPY into a temporary table; both give the same rows.
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { contentHash, copyLine, encodeRow, withHash, type Encoded } from './encode.ts';
import { statementsOf, type Statements } from './statements.ts';
import type { ParsedRecord, Row, TableSpec } from './types.ts';

/** Above this many rows COPY is faster. */
const JSON_ROWS = 2_000;
const COPY_CHUNK = 256 * 1024;

/** Ids of rows that subscribers are told about, by record type. */
export interface Changes {
  readonly created: Set<string>;
  readonly updated: Set<string>;
  readonly deleted: Set<string>;
}

export interface Written {
  readonly written: number;
  readonly unchanged: number;
  /** True where a row of any table was put. */
  readonly touched: boolean;
  readonly changes: ReadonlyMap<string, Changes>;
}

interface Line extends Encoded {
  readonly hash: string;
}

export interface WriteOptions {
  /** For tests: rows of a table above which COPY is used. */
  readonly jsonRows?: number;
}

async function copyLines(client: pg.ClientBase, statements: Statements, lines: readonly Line[]): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${statements.temporary}`);
  await client.query(statements.createTemporary);
  const stream = client.query(copyFrom(statements.copyTemporary));
  const end = finished(stream);
  end.catch(() => {}); // reported below
  let chunk = '';
  for (const line of lines) {
    chunk += copyLine(statements.spec, line.row, statements.hasHash ? line.hash : null);
    if (chunk.length < COPY_CHUNK) continue;
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), end]);
    chunk = '';
  }
  stream.end(chunk);
  await end;
}

/** Sends rows and runs the statement over them. */
async function apply<T extends object>(client: pg.ClientBase, statements: Statements, lines: readonly Line[], statement: (source: string) => string, jsonRows: number): Promise<T[]> {
  if (lines.length === 0) return [];
  if (lines.length > jsonRows) {
    await copyLines(client, statements, lines);
    const { rows } = await client.query<T & pg.QueryResultRow>(statement(`${statements.temporary} AS i`));
    return rows;
  }
  const json = `[${lines.map((line) => (statements.hasHash ? withHash(line.text, line.hash) : line.text)).join(',')}]`;
  const { rows } = await client.query<T & pg.QueryResultRow>(statement(statements.jsonSource), [json]);
  return rows;
}

/** The last row of each key. */
function uniqueLines(spec: TableSpec, lines: readonly Line[]): Line[] {
  const byKey = new Map<string, Line>();
  for (const line of lines) byKey.set(spec.key.length === 1 ? String(line.row[spec.key[0]!]) : JSON.stringify(spec.key.map((column) => line.row[column])), line);
  return byKey.size === lines.length ? (lines as Line[]) : [...byKey.values()];
}

const plainLine = (spec: TableSpec, row: Row): Line => {
  const encoded = encodeRow(spec, row);
  return { ...encoded, hash: contentHash([encoded.text]) };
};

/** Writes records of one stream. `tables` as the stream declares them, main table first. */
export async function writeRecords(client: pg.ClientBase, tables: readonly TableSpec[], records: readonly ParsedRecord[], { jsonRows = JSON_ROWS }: WriteOptions = {}): Promise<Written> {
  const changes = new Map<string, Changes>();
  const changesOf = (type: string): Changes => {
    let found = changes.get(type);
    if (!found) changes.set(type, (found = { created: new Set(), updated: new Set(), deleted: new Set() }));
    return found;
  };
  const [main, ...others] = tables;
  if (!main || records.length === 0) return { written: 0, unchanged: 0, touched: false, changes };

  // A record that comes twice in a batch counts once: the last one.
  const latest = new Map<string, ParsedRecord>();
  for (const record of records) latest.set(main.key.map((column) => String(record.row[column])).join('|'), record);
  const unique = [...latest.values()];

  const children = others.filter((spec) => spec.write === 'children');
  const childLines = new Map<TableSpec, Map<string, Line[]>>(children.map((spec) => [spec, new Map()]));
  const mainLines: Line[] = unique.map((record) => {
    const encoded = encodeRow(main, record.row);
    const texts = [encoded.text];
    for (const spec of children) {
      const lines = (record.others?.[spec.name] ?? []).filter((row) => inScope(spec, row)).map((row) => plainLine(spec, row));
      if (lines.length > 0) childLines.get(spec)!.set(String(encoded.row[main.key[0]!]), lines);
      texts.push(spec.name);
      for (const line of lines) texts.push(line.text);
    }
    return { ...encoded, hash: contentHash(texts) };
  });

  const mainStatements = await statementsOf(client, main);
  const put = await apply<{ id: string; inserted: boolean }>(client, mainStatements, mainLines, mainStatements.upsert, jsonRows);
  const changed = put.map((row) => row.id);
  let touched = put.length > 0;
  if (main.recordType && put.length > 0) {
    const told = changesOf(main.recordType);
    for (const { id, inserted } of put) (inserted ? told.created : told.updated).add(id);
  }

  for (const spec of others) {
    const statements = await statementsOf(client, spec);
    if (spec.write === 'children') {
      await replaceChildren(client, statements, changed, put.every((row) => row.inserted), childLines.get(spec)!, changesOf, jsonRows);
      continue;
    }
    const lines = uniqueLines(spec, unique.flatMap((record) => record.others?.[spec.name] ?? []).map((row) => plainLine(spec, row)));
    if (spec.write === 'missing') {
      // A placeholder has no content of its own: whatever the owner of the record writes replaces it.
      const rows = await apply<{ id: string }>(client, statements, lines.map((line) => ({ ...line, hash: '' })), statements.insertMissing, jsonRows);
      touched ||= rows.length > 0;
      if (spec.recordType) for (const { id } of rows) changesOf(spec.recordType).created.add(id);
    } else {
      const rows = await apply<{ id: string; inserted: boolean }>(client, statements, lines, statements.upsert, jsonRows);
      touched ||= rows.length > 0;
      if (spec.recordType) for (const { id, inserted } of rows) (inserted ? changesOf(spec.recordType).created : changesOf(spec.recordType).updated).add(id);
    }
  }
  return { written: put.length, unchanged: unique.length - put.length, touched, changes };
}

/** Two child tables may share one table of the database, each with a scope of its own. */
const inScope = (spec: TableSpec, row: Row): boolean => Object.entries(spec.scope ?? {}).every(([column, value]) => row[column] === value);

async function replaceChildren(
  client: pg.ClientBase,
  statements: Statements,
  parents: readonly string[],
  allNew: boolean,
  byParent: ReadonlyMap<string, readonly Line[]>,
  changesOf: (type: string) => Changes,
  jsonRows: number,
): Promise<void> {
  if (parents.length === 0) return;
  const { spec } = statements;
  const old = allNew ? [] : (await client.query<{ id: string }>(statements.deleteChildren, [parents])).rows;
  const lines = uniqueLines(spec, parents.flatMap((id) => byParent.get(id) ?? []));
  const put = await apply<{ id: string }>(client, statements, lines, statements.insertChildren, jsonRows);
  if (!spec.recordType || spec.key.length !== 1) return;
  const told = changesOf(spec.recordType);
  const before = new Set(old.map((row) => row.id));
  const after = new Set(put.map((row) => row.id));
  for (const id of after) (before.has(id) ? told.updated : told.created).add(id);
  for (const id of before) if (!after.has(id)) told.deleted.add(id);
}

// What one statement reads of a source for the fields that an operation selects, and the way back from its rows to objects:
// other rows by joins, small lists as JSON, so that a page with all that hangs on it is one statement.
import { empty, raw, sql, type Sql } from '../sql.ts';
import { Recent } from './documents.ts';
import type { Lookahead } from './lookahead.ts';
import type { Source, ToMany } from './source.ts';

/** Column list and joins of one statement, and the way back from its flat rows to objects. */
export interface Selection<Row extends object> {
  /** `t.date AS "date", ...`: what the table itself gives. */
  readonly columns: Sql;
  /** True where other tables are joined. */
  readonly joined: boolean;
  /** `page."date", "client".name AS "client.name", ...`: the same of a subquery called `page`, and what the joins give. */
  readonly outerColumns: Sql;
  /** `LEFT JOIN ... ON ...` to the subquery `page`. */
  readonly joins: Sql;
  /** The row itself, with the rows and lists that were joined to it under their fields. */
  read(flat: object): Row;
}

/** Properties to read: all of them without a look-ahead, else what the selected fields need. */
function propertiesOf(source: Source<never>, look: Lookahead | undefined): Set<string> {
  if (look === undefined) return new Set(Object.keys(source.columns));
  const properties = new Set(source.always);
  for (const field of look.fields) {
    if (field in source.columns) properties.add(field);
    for (const needed of source.needs[field] ?? []) properties.add(needed);
    const link = source.toOne[field];
    if (link !== undefined) properties.add(link.key);
  }
  if (source.hasMetadata && look.has('metadata')) properties.add('metadata');
  return properties;
}

export const columnOf = (source: Source<never>, property: string): string => {
  const column = property === 'metadata' ? 'metadata' : source.columns[property];
  if (column === undefined) throw new TypeError(`${source.table} declares no property ${property}`);
  return column;
};

/** A joined row among the columns of a flat one. */
interface JoinedRow {
  readonly field: string;
  readonly id: string;
  make(flat: object): object;
}

/** A list of children among the columns of a row: JSON, each child an array of its values. */
interface JoinedList {
  readonly field: string;
  /** A statement of one value, over the parent `page`. */
  readonly text: string;
  read(rows: readonly unknown[][] | null): object[];
}

/** Properties that are instants in every table. */
const INSTANTS: readonly string[] = ['syncedAt', 'createdAt', 'updatedAt', 'closedAt'];

/** A column as it stands in JSON such that it is read as from a row: decimals and instants as text. */
function jsonColumn(source: Source<never>, alias: string, property: string): string {
  const column = `${alias}.${columnOf(source, property)}`;
  if (source.decimals.includes(property)) return `${column}::text`;
  return INSTANTS.includes(property) ? `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : column;
}

/**
 * Makes objects of the same shape out of cells: `(from) => ({ "id": from[0], ... })`. Generated, because objects that grow one
 * property at a time cost several times as much. It holds nothing of a client: the names are properties that a source declares.
 */
function rowMaker(names: readonly string[], keys: readonly (string | number)[]): RowMaker {
  const body = `return { ${names.map((name, n) => `${JSON.stringify(name)}: from[${JSON.stringify(keys[n])}]`).join(', ')} };`;
  let make = rowMakers.get(body);
  if (make === undefined) rowMakers.set(body, (make = new Function('from', body) as RowMaker));
  return make;
}
type RowMaker = (from: object) => Record<string, unknown>;
const rowMakers = new Recent<string, RowMaker>(1_000);

/** Each child is `[own values, values of the first joined row, ...]`: Postgres takes at most 100 values in one array. */
function listOfChildren(field: string, link: ToMany, look: Lookahead): JoinedList {
  const child = link.source();
  const own = [...propertiesOf(child, look)];
  const arrayOf = (source: Source<never>, alias: string, properties: readonly string[]): string =>
    `json_build_array(${properties.map((property) => jsonColumn(source, alias, property)).join(', ')})`;
  const arrays = [arrayOf(child, 't', own)];
  const joins: string[] = [];
  const ownRow = rowMaker(own, own.map((_, n) => n));
  const rows: { readonly field: string; readonly make: (from: object) => object }[] = [];
  for (const name of look.fields) {
    const one = child.toOne[name];
    if (one === undefined) continue;
    const other = one.source();
    const properties = ['id', ...[...propertiesOf(other, look.of(name))].filter((property) => property !== 'id')];
    rows.push({ field: name, make: rowMaker(properties, properties.map((_, n) => n)) });
    arrays.push(arrayOf(other, `"${name}"`, properties));
    joins.push(`LEFT JOIN ${other.table} "${name}" ON "${name}".id = t.${columnOf(child, one.key)} AND "${name}".wallet_id = t.wallet_id`);
  }
  const cells = arrays.length === 1 ? arrays[0]! : `json_build_array(${arrays.join(', ')})`;
  // The child shows in its parent's account only.
  const conditions = [`t.${link.parent} = page.id`, 't.wallet_id = page."walletId"', ...[link.where, child.condition].filter((text) => text !== undefined)];
  const order = link.orderBy.map((property) => `t.${columnOf(child, property)}`).join(', ');
  return {
    field,
    text: `SELECT json_agg(${cells} ORDER BY ${order}) FROM ${child.table} t ${joins.join(' ')} WHERE ${conditions.join(' AND ')}`,
    read: (children) =>
      (children ?? []).map((values) => {
        if (rows.length === 0) return ownRow(values);
        const row = ownRow(values[0] as unknown[]);
        for (let n = 0; n < rows.length; n++) {
          const other = values[n + 1] as unknown[];
          row[rows[n]!.field] = other[0] === null ? null : rows[n]!.make(other);
        }
        return row;
      }),
  };
}

const selections = new WeakMap<object, WeakMap<Lookahead, Selection<object>>>();

/** What to read from a source for the fields that `look` says; without it every plain column, and no joins. */
export function selectionOf<Row extends object>(source: Source<Row>, look?: Lookahead): Selection<Row> {
  if (look === undefined) return makeSelection(source, look);
  // Compiled operations look ahead once: what follows from it is kept as long as they are.
  let known = selections.get(source);
  if (known === undefined) selections.set(source, (known = new WeakMap()));
  let selection = known.get(look);
  if (selection === undefined) known.set(look, (selection = makeSelection(source, look)));
  return selection as Selection<Row>;
}

function makeSelection<Row extends object>(source: Source<Row>, look: Lookahead | undefined): Selection<Row> {
  const outerProperties = propertiesOf(source, look);
  const inner = new Set(outerProperties);
  const joins: string[] = [];
  const joined: JoinedRow[] = [];
  const lists: JoinedList[] = [];
  const joinedColumns: string[] = [];
  for (const field of look?.fields ?? []) {
    const link = source.toOne[field];
    if (link === undefined) continue;
    const other = link.source();
    const properties = [...propertiesOf(other, look?.of(field))];
    for (const property of properties)
      joinedColumns.push(`"${field}".${columnOf(other, property)} AS "${field}.${property}"`);
    // One wallet for both ends: the join shows nothing that the outer row's wallet does not allow.
    joins.push(
      `LEFT JOIN ${other.table} "${field}" ON "${field}".id = page."${link.key}" AND "${field}".wallet_id = page."walletId"`,
    );
    joined.push({ field, id: `${field}.id`, make: rowMaker(properties, properties.map((property) => `${field}.${property}`)) });
    inner.add('walletId');
    // The joined row says all that its key would.
    if (!source.always.includes(link.key) && !(look?.has(link.key) ?? true)) outerProperties.delete(link.key);
  }
  for (const field of look?.fields ?? []) {
    const link = source.toMany[field];
    if (link === undefined) continue;
    const list = listOfChildren(field, link, look!.of(field));
    joinedColumns.push(`(${list.text}) AS "${field}"`);
    lists.push(list);
    inner.add('id').add('walletId');
  }
  const plain = joined.length + lists.length === 0;
  return {
    columns: raw([...inner].map((property) => `t.${columnOf(source, property)} AS "${property}"`).join(', ')),
    joined: !plain,
    outerColumns: raw([...[...outerProperties].map((property) => `page."${property}"`), ...joinedColumns].join(', ')),
    joins: joins.length === 0 ? empty : raw(joins.join(' ')),
    read: (flat) => (plain ? flat : nest(flat as Record<string, unknown>, joined, lists)) as Row,
  };
}

/** Puts the joined rows and lists into their row; null where the other row has not arrived. */
function nest(row: Record<string, unknown>, joined: readonly JoinedRow[], lists: readonly JoinedList[]): object {
  for (const { field, read } of lists) row[field] = read(row[field] as unknown[][] | null);
  for (const { field, id, make } of joined) row[field] = row[id] == null ? null : make(row);
  return row;
}

/** A statement over the source with its joins: `rest` holds WHERE, ORDER BY and LIMIT over `t`; `outerRest` what comes after the joins. */
export const selectFrom = <Row extends object>(
  source: Source<Row>,
  selection: Selection<Row>,
  rest: Sql,
  outerRest: Sql = empty,
): Sql => {
  const inner = sql`SELECT ${selection.columns} FROM ${raw(source.table)} t ${rest}`;
  return selection.joined
    ? sql`SELECT ${selection.outerColumns} FROM (${inner}) page ${selection.joins} ${outerRest}`
    : inner;
};

// How a type of the graph is read from its table: which column feeds which property, what a field needs, which other
// rows hang on it. From the fields that an operation selects this makes the column list and the joins of one statement.
import { empty, raw, sql, type Sql } from '../sql.ts';
import type { Lookahead } from './lookahead.ts';
import type { AllowedWallets } from './subgraph.ts';
import { inWallets } from './where.ts';

/** A row that another row points to. */
export interface ToOne {
  readonly source: () => Source<never>;
  /** Property that holds the other row's id. */
  readonly key: string;
}

/** A table as a type. Statements call it `t`. */
export interface Source<Row extends object> {
  /** With its schema: `gestao_click.sale`. */
  readonly table: string;
  /** Property to column. `metadata` stays out: it is big, and read only when it is selected. */
  readonly columns: Readonly<Record<string, string>>;
  /** Properties that are read whatever is selected: `id`, and what resolvers of other fields or orders look at. */
  readonly always: readonly string[];
  /** Properties that a field reads besides (or instead of) the one of its own name. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** Fields that are rows of another table, joined when they are selected; null where the other row has not arrived. */
  readonly toOne: Readonly<Record<string, ToOne>>;
  readonly hasMetadata: boolean;
  /** Columns that must hold an allowed wallet. */
  readonly walletColumns: readonly string[];
  /** Condition over `t` (trusted text) that every row of the type meets: `t.visible`. */
  readonly condition?: string;
  readonly row?: (row: Row) => void;
}

export interface SourceOptions {
  table: string;
  columns: Readonly<Record<string, string>>;
  always?: readonly string[];
  needs?: Readonly<Record<string, readonly string[]>>;
  toOne?: Readonly<Record<string, ToOne>>;
  /** Default true: the table has a column `metadata`. */
  hasMetadata?: boolean;
  /** Default `wallet_id`. */
  walletColumns?: readonly string[];
  /** Condition over `t` (trusted text) that every row of the type meets; joins to the type do not check it. */
  condition?: string;
}

/** Conditions over `t`: rows that are of the type, in wallets that the caller may see. */
export const rowsSeen = (source: Source<never>, allowed: AllowedWallets): readonly Sql[] => [
  ...inWallets(allowed, source.walletColumns),
  ...(source.condition === undefined ? [] : [raw(source.condition)]),
];

/** Declares a source of rows of the given shape; `id` is read always, where the table has it. */
export const defineSource = <Row extends object>(options: SourceOptions): Source<Row> => ({
  needs: {},
  toOne: {},
  hasMetadata: true,
  walletColumns: ['wallet_id'],
  ...options,
  always: [...new Set([...('id' in options.columns ? ['id'] : []), ...(options.always ?? [])])],
});

/** Columns named like their properties, in snake case: `unitPrice` is `unit_price`. */
export const snakeColumns = (...properties: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    properties.map((property) => [property, property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
  );

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
  /** The row itself, with the rows that were joined to it under their fields. */
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

const columnOf = (source: Source<never>, property: string): string => {
  const column = property === 'metadata' ? 'metadata' : source.columns[property];
  if (column === undefined) throw new TypeError(`${source.table} declares no property ${property}`);
  return column;
};

/** A joined row among the columns of a flat one. */
interface Joined {
  readonly field: string;
  readonly id: string;
  readonly names: readonly (readonly [flat: string, property: string])[];
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
  const joined: Joined[] = [];
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
    joined.push({ field, id: `${field}.id`, names: properties.map((property) => [`${field}.${property}`, property]) });
    inner.add('walletId');
    // The joined row says all that its key would.
    if (!source.always.includes(link.key) && !(look?.has(link.key) ?? true)) outerProperties.delete(link.key);
  }
  return {
    columns: raw([...inner].map((property) => `t.${columnOf(source, property)} AS "${property}"`).join(', ')),
    joined: joined.length > 0,
    outerColumns: raw([...[...outerProperties].map((property) => `page."${property}"`), ...joinedColumns].join(', ')),
    joins: joins.length === 0 ? empty : raw(joins.join(' ')),
    read: (flat) => (joined.length === 0 ? flat : nest(flat as Record<string, unknown>, joined)) as Row,
  };
}

/** Puts the joined rows into their row; null where the other row has not arrived. */
function nest(row: Record<string, unknown>, joined: readonly Joined[]): object {
  for (const { field, id, names } of joined) {
    if (row[id] == null) {
      row[field] = null;
      continue;
    }
    const other: Record<string, unknown> = {};
    for (const [name, property] of names) other[property] = row[name];
    row[field] = other;
  }
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

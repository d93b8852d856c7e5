// How a type of the graph is read from its table: which column feeds which property, what a field needs, which other
// rows hang on it. From the fields that an operation selects this makes the column list and the joins of one statement.
import { empty, join, raw, sql, type Sql } from '../sql.ts';
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
  /** Properties that are read whatever is selected: `id`, `walletId`, foreign keys that resolvers follow. */
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

/** Declares a source of rows of the given shape; `id` and `walletId` are read always, where the table has them. */
export const defineSource = <Row extends object>(options: SourceOptions): Source<Row> => ({
  needs: {},
  toOne: {},
  hasMetadata: true,
  walletColumns: ['wallet_id'],
  ...options,
  always: [
    ...new Set([...['id', 'walletId'].filter((property) => property in options.columns), ...(options.always ?? [])]),
  ],
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
  read(flat: object): Row;
}

/** Properties to read: all of them without a look-ahead, else what the selected fields need. */
function propertiesOf(source: Source<never>, look: Lookahead | undefined): string[] {
  if (look === undefined) return Object.keys(source.columns);
  const properties = new Set(source.always);
  for (const field of look.fields) {
    if (field in source.columns) properties.add(field);
    for (const needed of source.needs[field] ?? []) properties.add(needed);
    const link = source.toOne[field];
    if (link !== undefined) properties.add(link.key);
  }
  if (source.hasMetadata && look.has('metadata')) properties.add('metadata');
  return [...properties];
}

const columnOf = (source: Source<never>, property: string): string => {
  const column = property === 'metadata' ? 'metadata' : source.columns[property];
  if (column === undefined) throw new TypeError(`${source.table} declares no property ${property}`);
  return column;
};

interface Joined {
  readonly field: string;
  readonly names: readonly (readonly [flat: string, property: string])[];
}

/** What to read from a source for the fields that `look` says; without it every plain column, and no joins. */
export function selectionOf<Row extends object>(source: Source<Row>, look?: Lookahead): Selection<Row> {
  const base = propertiesOf(source, look);
  const outer = base.map((property) => raw(`page."${property}"`));
  const joins: Sql[] = [];
  const joined: Joined[] = [];
  for (const field of look?.fields ?? []) {
    const link = source.toOne[field];
    if (link === undefined) continue;
    const other = link.source();
    const properties = propertiesOf(other, look?.of(field));
    for (const property of properties)
      outer.push(raw(`"${field}".${columnOf(other, property)} AS "${field}.${property}"`));
    // One wallet for both ends: the join shows nothing that the outer row's wallet does not allow.
    joins.push(
      raw(
        `LEFT JOIN ${other.table} "${field}" ON "${field}".id = page."${link.key}" AND "${field}".wallet_id = page."walletId"`,
      ),
    );
    joined.push({ field, names: properties.map((property) => [`${field}.${property}`, property]) });
  }
  return {
    columns: join(
      base.map((property) => raw(`t.${columnOf(source, property)} AS "${property}"`)),
      ', ',
    ),
    joined: joined.length > 0,
    outerColumns: join(outer, ', '),
    joins: joins.length === 0 ? empty : join(joins, ' '),
    read: (flat) => (joined.length === 0 ? flat : nest(flat as Record<string, unknown>, base, joined)) as Row,
  };
}

function nest(flat: Record<string, unknown>, base: readonly string[], joined: readonly Joined[]): object {
  const row: Record<string, unknown> = {};
  for (const property of base) row[property] = flat[property];
  for (const { field, names } of joined) {
    if (flat[`${field}.id`] == null) {
      row[field] = null;
      continue;
    }
    const other: Record<string, unknown> = {};
    for (const [name, property] of names) other[property] = flat[name];
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

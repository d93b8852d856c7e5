// Relay connections over keyset pages. A connection answers lazily: the page is read when edges or page info are asked
// for, the count when `totalCount` is, the far neighbors when a cursor makes them a question.
import { empty, join, raw, sql, type Sql } from '../sql.ts';
import type { RequestContext } from './context.ts';
import { encodeCursor, orderBy, type Order } from './cursor.ts';
import type { Lookahead } from './lookahead.ts';
import { rowsSeen, selectFrom, selectionOf, type Source } from './source.ts';
import { whereAll } from './where.ts';
import { outside, windowOf, type PageArgs, type Window } from './window.ts';

/** Rows are counted exactly up to here; beyond, `totalCountExact` is false. */
export const COUNT_LIMIT = 10_000;

export interface Edge<Row> {
  readonly node: Row;
  cursor(): string;
}

export interface Total {
  readonly count: number;
  /** False where there are more rows than were counted. */
  readonly exact: boolean;
}

export interface Connection<Row> {
  edges(): Promise<readonly Edge<Row>[]>;
  hasNextPage(): Promise<boolean>;
  hasPreviousPage(): Promise<boolean>;
  total(): Promise<Total>;
}

/** An ordered, filtered list of a source. */
export interface List<Row extends object> {
  source: Source<Row>;
  /** Conditions over `t`; the caller's wallets are added. */
  where?: readonly Sql[];
  order: Order;
}

export interface CursorRow {
  id: string;
  cursorKey: string | number | null;
}

/** A page as it came from SQL: at most one row more than asked, which says that the list goes on. */
export interface Page<Row> {
  readonly edges: readonly Edge<Row>[];
  readonly more: boolean;
}

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
};

export const totalOf = (counted: number): Total => ({
  count: Math.min(counted, COUNT_LIMIT),
  exact: counted <= COUNT_LIMIT,
});

/** `SELECT count(*) ... AS count`, never beyond the limit by more than one row. */
export const countStatement = (table: string, conditions: Sql): Sql =>
  sql`SELECT count(*)::int AS count FROM (SELECT 1 FROM ${raw(table)} t ${conditions} LIMIT ${COUNT_LIMIT + 1}) counted`;

/** WHERE, ORDER BY, LIMIT of a page over `t`, one row longer than asked. */
export const pageClause = (window: Window, conditions: readonly Sql[]): Sql =>
  sql`${whereAll([...conditions, ...window.bounds])} ${orderBy(window.order, window.backward)} LIMIT ${window.size + 1} ${window.offset > 0 ? sql`OFFSET ${window.offset}` : empty}`;

/** Cuts the row too many, turns a page read from the end around, and puts cursors on the rows. */
export function pageOf<Row extends object>(
  window: Window,
  flat: readonly CursorRow[],
  read: (row: object) => Row,
): Page<Row> {
  const rows = flat.slice(0, window.size);
  if (window.backward) rows.reverse();
  const edges = rows.map((row) => ({
    node: read(row),
    cursor: () =>
      encodeCursor(window.order, { value: row.cursorKey === null ? null : String(row.cursorKey), id: row.id }),
  }));
  return { edges, more: flat.length > window.size };
}

/** The columns of a selection and the value that the list is ordered by. */
export const withCursorKey = <Row extends object>(source: Source<Row>, order: Order, look: Lookahead | undefined) => {
  const selection = selectionOf(source, look);
  return {
    ...selection,
    columns: join([selection.columns, raw(`t.${order.column} AS "cursorKey"`)], ', '),
    outerColumns: join([selection.outerColumns, raw('page."cursorKey"')], ', '),
  };
};

/** ORDER BY after the joins, by the columns of the subquery `page`. */
export const pageOrder = (order: Order, reversed: boolean): Sql =>
  orderBy({ ...order, column: '"cursorKey"' }, reversed, 'page');

/**
 * Opens a list. `look`: what is selected on a node (columns and joins follow it); without it all plain columns are read.
 * Throws BAD_USER_INPUT at once for wrong arguments; nothing is read before something is asked.
 */
export function openConnection<Row extends object>(
  context: RequestContext,
  { source, where = [], order }: List<Row>,
  args: PageArgs,
  look?: Lookahead,
): Connection<Row> {
  const window = windowOf(order, args);
  const conditions = [...where, ...rowsSeen(source, context.allowedWallets)];
  const { database } = context;

  const page = once(async () => {
    const selection = withCursorKey(source, order, look);
    const statement = selectFrom(source, selection, pageClause(window, conditions), pageOrder(order, window.backward));
    return pageOf(window, await database.rows<CursorRow>(statement), selection.read);
  });
  const exists = async (condition: Sql | null): Promise<boolean> => {
    const [row] = await database.rows<{ found: boolean }>(
      sql`SELECT EXISTS (SELECT 1 FROM ${raw(source.table)} t ${whereAll(condition === null ? conditions : [...conditions, condition])}) AS found`,
    );
    return row?.found === true;
  };
  const outsideRows = (side: 'previous' | 'next') =>
    once(async () => {
      const condition = outside(window, side);
      return condition !== null && (await exists(condition));
    });
  const [previous, next] = [outsideRows('previous'), outsideRows('next')];

  return {
    edges: async () => (await page()).edges,
    hasNextPage: async () => (!window.backward && (await page()).more) || next(),
    hasPreviousPage: async () => {
      if (window.backward && (await page()).more) return true;
      if (window.offset > 0) return (await page()).edges.length > 0 || exists(null);
      return previous();
    },
    total: once(async () => {
      const [row] = await database.rows<{ count: number }>(countStatement(source.table, whereAll(conditions)));
      return totalOf(row?.count ?? 0);
    }),
  };
}

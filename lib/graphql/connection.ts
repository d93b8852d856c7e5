// Relay connections over keyset pages. A connection answers lazily: the page is read when edges or page info are asked
// for, together with the count and the far neighbors where the operation selects them; alone, they are asked alone.
import { empty, join, raw, sql, type Sql } from '../sql.ts';
import type { RequestContext } from './context.ts';
import { encodeCursor, orderBy, type Order } from './cursor.ts';
import type { Lookahead } from './lookahead.ts';
import { nodeLook, wantsPage, wantsTotal } from './selected.ts';
import { selectFrom, selectionOf } from './selection.ts';
import { rowsSeen, type Source } from './source.ts';
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
  sql`SELECT count(*)::int AS count FROM (SELECT 1 FROM ${raw(table)} t ${conditions} LIMIT ${raw(String(COUNT_LIMIT + 1))}) counted`;

/**
 * WHERE, ORDER BY, LIMIT of a page over `t`, one row longer than asked. The limit is a checked integer and stands in the text:
 * a plan that is kept for any limit would not read along the index.
 */
export const pageClause = (window: Window, conditions: readonly Sql[]): Sql =>
  sql`${whereAll([...conditions, ...window.bounds])} ${orderBy(window.order, window.backward)} LIMIT ${raw(String(window.size + 1))} ${window.offset > 0 ? sql`OFFSET ${window.offset}` : empty}`;

/** A class, because there is one for each row: a closure each would cost more than the row. */
class PageEdge<Row> implements Edge<Row> {
  readonly node: Row;
  readonly order: Order;
  readonly value: string | number | null;
  readonly id: string;

  constructor(node: Row, order: Order, value: string | number | null, id: string) {
    this.node = node;
    this.order = order;
    this.value = value;
    this.id = id;
  }

  cursor(): string {
    return encodeCursor(this.order, { value: this.value === null ? null : String(this.value), id: this.id });
  }
}

/** Cuts the row too many, turns a page read from the end around, and puts cursors on the rows. */
export function pageOf<Row extends object>(
  window: Window,
  flat: readonly CursorRow[],
  read: (row: object) => Row,
): Page<Row> {
  const rows = flat.slice(0, window.size);
  if (window.backward) rows.reverse();
  const edges = rows.map((row) => new PageEdge(read(row), window.order, row.cursorKey, row.id));
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

/** What a row of a page says of its whole list, where it was asked. */
export interface Facts {
  readonly counted?: number | null;
  readonly previous?: boolean | null;
  readonly next?: boolean | null;
}

/** The neighbors that are a question: on the side of a cursor, where the operation selects whether there are any. */
export const neighborsAsked = (window: Window, look: Lookahead): ('previous' | 'next')[] =>
  (['previous', 'next'] as const).filter(
    (side) => outside(window, side) !== null && look.of('pageInfo').has(side === 'next' ? 'hasNextPage' : 'hasPreviousPage'),
  );

/** `EXISTS (...)`: whether a row of the list stands outside of its cursors; of the whole list without a condition. */
export const existsStatement = (table: string, conditions: readonly Sql[], condition: Sql | null): Sql =>
  sql`EXISTS (SELECT 1 FROM ${raw(table)} t ${whereAll(condition === null ? conditions : [...conditions, condition])})`;

/** True where no value of a list decides which plan is right: it is read along an index, from a place that is not far. */
const isPlain = (conditions: readonly Sql[], window: Window): boolean => window.offset === 0 && conditions.every(({ values }) => values.length === 0);

/** The page, each row with the facts; a list without rows gives one row without an id. */
function pageStatement<Row extends object>(source: Source<Row>, window: Window, conditions: readonly Sql[], look: Lookahead | undefined) {
  const selection = withCursorKey(source, window.order, look && nodeLook(look));
  const rest = pageClause(window, conditions);
  const after = pageOrder(window.order, window.backward);
  const facts: Sql[] = look && wantsTotal(look) ? [sql`(${countStatement(source.table, whereAll(conditions))}) AS counted`] : [];
  for (const side of look ? neighborsAsked(window, look) : [])
    facts.push(sql`${existsStatement(source.table, conditions, outside(window, side))} AS ${raw(side)}`);
  const text =
    facts.length === 0
      ? selectFrom(source, selection, rest, after)
      : sql`SELECT ${selection.outerColumns}, ${join(facts, ', ')} FROM (SELECT) AS list
            LEFT JOIN (SELECT ${selection.columns} FROM ${raw(source.table)} t ${rest}) page ON true ${selection.joins} ${after}`;
  return { text, read: selection.read };
}

/**
 * Opens a list. `look`: what is selected on the connection (columns, joins and facts follow it); without it all plain columns
 * are read. Throws BAD_USER_INPUT at once for wrong arguments; nothing is read before something is asked.
 */
export function openConnection<Row extends object>(
  context: RequestContext,
  { source, where = [], order }: List<Row>,
  args: PageArgs,
  look?: Lookahead,
): Connection<Row> {
  const window = windowOf(order, args);
  const conditions = [...where, ...rowsSeen(source, context.allowedWallets)];
  const options = { prepared: isPlain(conditions, window) };
  const { database } = context;

  const read = once(async () => {
    const { text, read: toRow } = pageStatement(source, window, conditions, look);
    const rows = await database.rows<CursorRow & Facts>(text, options);
    return { page: pageOf(window, rows[0]?.id == null ? [] : rows, toRow), facts: (rows[0] ?? {}) as Facts };
  });
  // Facts travel with the page where there is one.
  const factsOfPage = async (): Promise<Facts> => (look && wantsPage(look) ? (await read()).facts : {});
  const exists = async (condition: Sql | null): Promise<boolean> => {
    const [row] = await database.rows<{ found: boolean }>(sql`SELECT ${existsStatement(source.table, conditions, condition)} AS found`, options);
    return row?.found === true;
  };
  const outsideRows = (side: 'previous' | 'next') =>
    once(async () => {
      const condition = outside(window, side);
      return condition !== null && ((await factsOfPage())[side] ?? exists(condition));
    });
  const [previous, next] = [outsideRows('previous'), outsideRows('next')];
  const page = async () => (await read()).page;

  return {
    edges: async () => (await page()).edges,
    hasNextPage: async () => (!window.backward && (await page()).more) || next(),
    hasPreviousPage: async () => {
      if (window.backward && (await page()).more) return true;
      if (window.offset > 0) return (await page()).edges.length > 0 || exists(null);
      return previous();
    },
    total: once(async () => {
      const { counted } = await factsOfPage();
      if (counted != null) return totalOf(counted);
      const [row] = await database.rows<{ count: number }>(countStatement(source.table, whereAll(conditions)), options);
      return totalOf(row?.count ?? 0);
    }),
  };
}

// A connection that hangs on many parents at once (`client.sales(first: 3)`): pages and counts of all parents of the field
// come from one statement.
import type { GraphQLResolveInfo } from 'graphql';
import { empty, join, raw, sql, type Sql } from '../sql.ts';
import {
  countStatement,
  pageClause,
  pageOf,
  pageOrder,
  totalOf,
  withCursorKey,
  type Connection,
  type CursorRow,
  type List,
  type Page,
  type Total,
} from './connection.ts';
import type { RequestContext } from './context.ts';
import { lookahead, type Lookahead } from './lookahead.ts';
import { rowsSeen } from './source.ts';
import { whereAll } from './where.ts';
import { outside, windowOf, type PageArgs, type Window } from './window.ts';

export interface NestedList<Row extends object> extends List<Row> {
  /** What ties a row of `t` to its parent, given the parent's id; default from a column: `byColumn('client_id')`. */
  parent: (id: Sql) => Sql;
}

/** Children that name their parent in a column. */
export const byColumn =
  (column: string) =>
  (id: Sql): Sql =>
    sql`${raw(`t.${column}`)} = ${id}`;

interface Family<Row> {
  page: Page<Row>;
  total: Total;
  previous: boolean;
  next: boolean;
}

interface FlatRow extends CursorRow {
  parentId: string;
  counted: number | null;
  previous: boolean | null;
  next: boolean | null;
}

const wantsPage = (look: Lookahead): boolean => look.hasAny('edges', 'nodes', 'pageInfo');
const PARENT = raw('parent.id');

/** One lateral part for each thing that is selected. */
function statement<Row extends object>(
  list: NestedList<Row>,
  window: Window,
  conditions: readonly Sql[],
  look: Lookahead,
  ids: readonly string[],
) {
  const { source, order } = list;
  const selection = withCursorKey(source, order, nodeLook(look));
  const own = [list.parent(PARENT), ...conditions];
  const columns: Sql[] = [sql`parent.id AS "parentId"`];
  const laterals: Sql[] = [];
  if (wantsPage(look)) {
    columns.push(selection.outerColumns);
    laterals.push(
      sql`LEFT JOIN LATERAL (SELECT ${selection.columns} FROM ${raw(source.table)} t ${pageClause(window, own)}) page ON true ${selection.joins}`,
    );
    for (const side of ['previous', 'next'] as const) {
      const condition = outside(window, side);
      if (condition === null || !look.of('pageInfo').has(side === 'next' ? 'hasNextPage' : 'hasPreviousPage')) continue;
      columns.push(
        sql`EXISTS (SELECT 1 FROM ${raw(source.table)} t ${whereAll([...own, condition])}) AS ${raw(`"${side}"`)}`,
      );
    }
  }
  if (look.hasAny('totalCount', 'totalCountExact')) {
    columns.push(sql`total.count AS counted`);
    laterals.push(sql`CROSS JOIN LATERAL (${countStatement(source.table, whereAll(own))}) total`);
  }
  const text = sql`SELECT ${join(columns, ', ')} FROM unnest(${[...ids]}::uuid[]) AS parent(id) ${join(laterals.length === 0 ? [empty] : laterals, ' ')} ${wantsPage(look) ? pageOrder(order, window.backward) : empty}`;
  return { text, read: selection.read };
}

/** What is selected on a node, by `edges { node }` or by `nodes`. */
export function nodeLook(look: Lookahead): Lookahead {
  const [byEdge, direct] = [look.of('edges').of('node'), look.of('nodes')];
  if (direct.fields.length === 0) return byEdge;
  if (byEdge.fields.length === 0) return direct;
  return mergeLooks(byEdge, direct);
}

const mergeLooks = (a: Lookahead, b: Lookahead): Lookahead => ({
  has: (field) => a.has(field) || b.has(field),
  hasAny: (...fields) => a.hasAny(...fields) || b.hasAny(...fields),
  of: (field) => (a.has(field) ? (b.has(field) ? mergeLooks(a.of(field), b.of(field)) : a.of(field)) : b.of(field)),
  fields: [...new Set([...a.fields, ...b.fields])],
});

/**
 * The connection of one parent. Wrong arguments are BAD_USER_INPUT at once. `args` must hold everything that `list` is made from
 * (page arguments, filter, order): parents whose arguments agree share the statement.
 */
export async function nestedConnection<Row extends object>(
  context: RequestContext,
  info: GraphQLResolveInfo,
  parentId: string,
  list: NestedList<Row>,
  args: PageArgs,
): Promise<Connection<Row>> {
  const window = windowOf(list.order, args);
  const load = context.loaders.ofField<string, Family<Row>>(info, args, async (ids) => {
    const conditions = [...(list.where ?? []), ...rowsSeen(list.source, context.allowedWallets)];
    const { text, read } = statement(list, window, conditions, lookahead(info), ids);
    const groups = new Map<string, FlatRow[]>(ids.map((id) => [id, []]));
    for (const row of await context.database.rows<FlatRow>(text)) groups.get(row.parentId)?.push(row);
    return new Map([...groups].map(([id, rows]) => [id, familyOf(window, rows, read)]));
  });
  const family = (await load(parentId)) ?? familyOf(window, [], () => ({}) as Row);
  return {
    edges: async () => family.page.edges,
    hasNextPage: async () => (!window.backward && family.page.more) || family.next,
    hasPreviousPage: async () => (window.backward && family.page.more) || family.previous,
    total: async () => family.total,
  };
}

function familyOf<Row extends object>(
  window: Window,
  rows: readonly FlatRow[],
  read: (row: object) => Row,
): Family<Row> {
  const [first] = rows;
  return {
    page: pageOf(
      window,
      rows.filter((row) => row.id != null),
      read,
    ),
    total: totalOf(first?.counted ?? 0),
    previous: first?.previous === true,
    next: first?.next === true,
  };
}

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
  existsStatement,
  neighborsAsked,
  type CursorRow,
  type Facts,
  type List,
  type Page,
  type Total,
} from './connection.ts';
import type { RequestContext } from './context.ts';
import { lookahead, type Lookahead } from './lookahead.ts';
import { nodeLook, wantsPage, wantsTotal } from './selected.ts';
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

interface FlatRow extends CursorRow, Facts {
  parentId: string;
}

/** Parents with what their whole lists are asked; the page of each by a lateral join. */
function statement<Row extends object>(
  list: NestedList<Row>,
  window: Window,
  conditions: readonly Sql[],
  look: Lookahead,
  ids: readonly string[],
) {
  const { source, order } = list;
  const selection = withCursorKey(source, order, nodeLook(look));
  const own = [list.parent(raw('asked.id')), ...conditions];
  const sides = wantsPage(look) ? neighborsAsked(window, look) : [];
  const names = [...(wantsTotal(look) ? ['counted'] : []), ...sides];
  const facts = [
    ...(wantsTotal(look) ? [sql`(${countStatement(source.table, whereAll(own))}) AS counted`] : []),
    ...sides.map((side) => sql`${existsStatement(source.table, own, outside(window, side))} AS ${raw(side)}`),
  ];
  const asked = sql`unnest(${[...ids]}::uuid[]) AS asked (id)`;
  // Materialized, or Postgres would answer the facts once for each row of a page.
  const parents = facts.length === 0 ? empty : sql`WITH parent AS MATERIALIZED (SELECT asked.id, ${join(facts, ', ')} FROM ${asked})`;
  const from = facts.length === 0 ? asked : sql`parent AS asked`;
  const shown = raw(['asked.id AS "parentId"', ...names.map((name) => `asked.${name}`)].join(', '));
  const text = wantsPage(look)
    ? sql`${parents} SELECT ${shown}, ${selection.outerColumns} FROM ${from}
          LEFT JOIN LATERAL (SELECT ${selection.columns} FROM ${raw(source.table)} t ${pageClause(window, own)}) page ON true ${selection.joins} ${pageOrder(order, window.backward)}`
    : sql`${parents} SELECT ${shown} FROM ${from}`;
  return { text, read: selection.read };
}

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
    const look = lookahead(info);
    const { text, read } = statement(list, window, conditions, look, ids);
    const groups = new Map<string, FlatRow[]>(ids.map((id) => [id, []]));
    for (const row of await context.database.rows<FlatRow>(text, { prepared: true })) groups.get(row.parentId)?.push(row);
    return new Map([...groups].map(([id, rows]) => [id, familyOf(window, rows, read)]));
  });
  return new FamilyConnection((await load(parentId)) ?? familyOf(window, [], () => ({}) as Row), window);
}

/** What was read of one parent, as a connection. */
class FamilyConnection<Row> implements Connection<Row> {
  readonly #family: Family<Row>;
  readonly #window: Window;

  constructor(family: Family<Row>, window: Window) {
    this.#family = family;
    this.#window = window;
  }

  async edges() {
    return this.#family.page.edges;
  }

  async hasNextPage() {
    return (!this.#window.backward && this.#family.page.more) || this.#family.next;
  }

  async hasPreviousPage() {
    return (this.#window.backward && this.#family.page.more) || this.#family.previous;
  }

  async total() {
    return this.#family.total;
  }
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

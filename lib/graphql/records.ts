// Single rows of a source: by id for references and look-ups, `metadata` when it is selected, children of many parents.
// All go through the loaders of the request, and see only the wallets that the caller may see.
import type { GraphQLResolveInfo } from 'graphql';
import { isId } from '../ids.ts';
import { raw, sql, type Sql } from '../sql.ts';
import type { RequestContext } from './context.ts';
import { lookahead } from './lookahead.ts';
import { rowsSeen, selectFrom, selectionOf, type Source } from './source.ts';
import { whereAll } from './where.ts';

interface Identified {
  id: string;
}

const byId = (ids: readonly string[]): Sql => sql`t.id = ANY(${[...ids]}::uuid[])`;

/** The row under an id with all its plain columns; null where there is none, or the caller may not see it, or the text is no id. */
export function rowById<Row extends Identified>(
  context: RequestContext,
  source: Source<Row>,
  id: string | null | undefined,
): Promise<Row | null> {
  if (id == null || !isId(id)) return Promise.resolve(null);
  const load = context.loaders.shared<string, Row>(source, 'byId', async (ids) => {
    const where = whereAll([byId(ids), ...rowsSeen(source, context.allowedWallets)]);
    const rows = await context.database.rows<Row>(selectFrom(source, selectionOf(source), where), { prepared: true });
    return new Map(rows.map((row) => [row.id, row]));
  });
  return load(id.toLowerCase());
}

/** The provider's record of a row: from the row where the statement has read it, else for all such rows at once. */
export function metadataOf<Row extends Identified>(
  context: RequestContext,
  source: Source<Row>,
  row: Row,
): Promise<Record<string, unknown> | null> | Record<string, unknown> | null {
  const own = (row as { metadata?: Record<string, unknown> | null }).metadata;
  if (own !== undefined) return own;
  const load = context.loaders.shared<string, Record<string, unknown>>(source, 'metadata', async (ids) => {
    const where = whereAll([byId(ids), ...rowsSeen(source, context.allowedWallets)]);
    const rows = await context.database.rows<{ id: string; metadata: Record<string, unknown> }>(
      sql`SELECT t.id, t.metadata FROM ${raw(source.table)} t ${where}`,
      { prepared: true },
    );
    return new Map(rows.map(({ id, metadata }) => [id, metadata]));
  });
  return load(row.id);
}

/** The row that a field points to: at once where the statement that read the parent has joined it, else by its id. */
export const linkedRow = <Row extends Identified>(
  context: RequestContext,
  source: Source<Row>,
  joined: Row | null | undefined,
  id: string | null | undefined,
): Promise<Row | null> | Row | null => (joined === undefined ? rowById(context, source, id) : joined);

/** The resolver of a field that points to another row: `linkTo(store, 'store', 'storeId')`. */
export const linkTo =
  <Other extends Identified, Field extends string, Key extends string>(source: Source<Other>, field: Field, key: Key) =>
  (
    row: { [F in Field]?: Other | null } & { [K in Key]: string | null },
    _args: object,
    context: RequestContext,
  ): Promise<Other | null> | Other | null =>
    linkedRow(context, source, row[field], row[key]);

export interface ChildList {
  /** Column of the child that holds the parent's id. */
  parent: string;
  /** More conditions over `t`. */
  where?: readonly Sql[];
  /** Over `t`, or `page` where `joined`; trusted text: `position`. Columns must be declared properties that are always read. */
  orderBy: readonly string[];
}

/** All children of a parent, for a small bounded list: one statement for all parents of the field, with the joins that are selected. */
export function childrenOf<Row extends object>(
  context: RequestContext,
  info: GraphQLResolveInfo,
  source: Source<Row>,
  parentId: string,
  { parent, where = [], orderBy }: ChildList,
): Promise<readonly Row[]> {
  const load = context.loaders.ofField<string, Row[]>(info, undefined, async (parentIds) => {
    const selection = selectionOf(source, lookahead(info));
    const conditions = whereAll([
      sql`${raw(`t.${parent}`)} = ANY(${[...parentIds]}::uuid[])`,
      ...where,
      ...rowsSeen(source, context.allowedWallets),
    ]);
    const order = raw(
      `ORDER BY ${orderBy.map((property) => (selection.joined ? `page."${property}"` : `t.${source.columns[property] ?? property}`)).join(', ')}`,
    );
    const statement = selection.joined
      ? sql`SELECT page."parentId", ${selection.outerColumns}
            FROM (SELECT ${raw(`t.${parent} AS "parentId"`)}, ${selection.columns} FROM ${raw(source.table)} t ${conditions}) page ${selection.joins} ${order}`
      : sql`SELECT ${raw(`t.${parent}`)} AS "parentId", ${selection.columns} FROM ${raw(source.table)} t ${conditions} ${order}`;
    const rows = await context.database.rows<{ parentId: string }>(statement, { prepared: true });
    const children = new Map<string, Row[]>(parentIds.map((id) => [id, []]));
    for (const row of rows) {
      children.get(row.parentId)?.push(selection.read(row));
    }
    return children;
  });
  return load(parentId) as Promise<readonly Row[]>;
}

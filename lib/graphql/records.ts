// Single rows of a source: by id for references and look-ups, `metadata` when it is selected, children of many parents.
// All go through the loaders of the request, and see only the wallets that the caller may see.
import type { GraphQLResolveInfo } from 'graphql';
import { isId } from '../ids.ts';
import { raw, sql, type Sql } from '../sql.ts';
import type { LoadMany } from './batch.ts';
import type { RequestContext } from './context.ts';
import { lookahead, type Lookahead } from './lookahead.ts';
import { columnOf, selectFrom, selectionOf } from './selection.ts';
import { rowsSeen, type Source, type ToMany } from './source.ts';
import { whereAll } from './where.ts';

interface Identified {
  id: string;
}

const byId = (ids: readonly string[]): Sql => sql`t.id = ANY(${[...ids]}::uuid[])`;

/** The row under an id with all its plain columns; null where there is none, or the caller may not see it, or the text is no id. */
export async function rowById<Row extends Identified>(
  context: RequestContext,
  source: Source<Row>,
  id: string | null | undefined,
): Promise<Row | null> {
  if (id == null || !isId(id)) return null;
  const key = id.toLowerCase();
  return (await manyById(context, source)([key])).get(key) ?? null;
}

/** Rows with what `look` says of them; without it with all plain columns. Those of one look are read together. */
const manyById = <Row extends Identified>(context: RequestContext, source: Source<Row>, look?: Lookahead): LoadMany<string, Row> =>
  context.loaders.many<string, Row>(look ?? source, `${source.table} by id`, async (ids) => {
    const selection = selectionOf(source, look);
    const where = whereAll([byId(ids), ...rowsSeen(source, context.allowedWallets)]);
    const rows = await context.database.rows<Row>(selectFrom(source, selection, where), { prepared: true });
    return new Map(rows.map((row) => [row.id, selection.read(row)]));
  });

/** Many rows at once, under the ids as they were given. */
export async function rowsById<Row extends Identified>(
  context: RequestContext,
  source: Source<Row>,
  ids: readonly string[],
  look?: Lookahead,
): Promise<ReadonlyMap<string, Row>> {
  const valid = ids.filter(isId);
  const found = await manyById(context, source, look)(valid.map((id) => id.toLowerCase()));
  const rowOf = (id: string): [string, Row][] => {
    const row = found.get(id) ?? found.get(id.toLowerCase());
    return row === undefined ? [] : [[id, row]];
  };
  return valid.every((id) => found.has(id)) ? found : new Map(valid.flatMap(rowOf));
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

/** The resolver of a field that is a list of `toMany`: `listOf(sale, 'items', saleItem)`. */
export const listOf =
  <Row extends Identified, Child extends object>(source: Source<Row>, field: string, child: Source<Child>) =>
  (row: Row, _args: object, context: RequestContext, info: GraphQLResolveInfo): Promise<readonly Child[]> | readonly Child[] =>
    ((row as unknown as Record<string, unknown>)[field] as readonly Child[] | undefined) ?? childrenOf(context, info, child, source.toMany[field]!, row.id);

/** All children of a parent that was read without them: one statement for all parents of the field, with the joins that are selected. */
function childrenOf<Child extends object>(
  context: RequestContext,
  info: GraphQLResolveInfo,
  source: Source<Child>,
  { parent, where, orderBy }: ToMany,
  parentId: string,
): Promise<readonly Child[]> {
  const load = context.loaders.ofField<string, Child[]>(info, undefined, async (parentIds) => {
    const selection = selectionOf(source, lookahead(info));
    const conditions = whereAll([
      sql`${raw(`t.${parent}`)} = ANY(${[...parentIds]}::uuid[])`,
      ...(where === undefined ? [] : [raw(where)]),
      ...rowsSeen(source, context.allowedWallets),
    ]);
    const order = raw(
      `ORDER BY ${orderBy.map((property) => (selection.joined ? `page."${property}"` : `t.${columnOf(source, property)}`)).join(', ')}`,
    );
    const statement = selection.joined
      ? sql`SELECT page."parentId", ${selection.outerColumns}
            FROM (SELECT ${raw(`t.${parent} AS "parentId"`)}, ${selection.columns} FROM ${raw(source.table)} t ${conditions}) page ${selection.joins} ${order}`
      : sql`SELECT ${raw(`t.${parent} AS "parentId"`)}, ${selection.columns} FROM ${raw(source.table)} t ${conditions} ${order}`;
    const rows = await context.database.rows<{ parentId: string }>(statement, { prepared: true });
    const children = new Map<string, Child[]>(parentIds.map((id) => [id, []]));
    for (const row of rows) children.get(row.parentId)?.push(selection.read(row));
    return children;
  });
  return load(parentId) as Promise<readonly Child[]>;
}

// A Pothos builder with everything that the subgraphs share: federation, scalars, PageInfo, connections, orders.
import SchemaBuilder, { type ArgBuilder, type ObjectRef } from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import { ACCESS_PLUGIN } from './access.ts';
import type { Connection, Edge } from './connection.ts';
import type { RequestContext } from './context.ts';
import type { Direction } from './cursor.ts';
import { SCALARS, type Scalars } from './scalars.ts';

const SHAREABLE = { directives: { shareable: true } } as const;

// Without the directives plugin in the list the SDL comes out with no @key, and nobody says so.
const newBuilder = <Context extends RequestContext>() =>
  new SchemaBuilder<{ Context: Context; Scalars: Scalars; DefaultFieldNullability: false }>({
    plugins: [ACCESS_PLUGIN, DirectivesPlugin, FederationPlugin],
    defaultFieldNullability: false,
  });

export type Builder<Context extends RequestContext = RequestContext> = ReturnType<typeof newBuilder<Context>>;
export type Types = Builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never;
export type TypesOf<Context extends RequestContext> =
  Builder<Context> extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never;

/** A builder whose fields are non-null unless they say `nullable: true`. */
export function createBuilder<Context extends RequestContext>(): Builder<Context> {
  const builder = newBuilder<Context>();
  const plain = builder as unknown as Builder;
  plain.addScalarType('DateTime', SCALARS.DateTime);
  plain.addScalarType('Date', SCALARS.Date);
  plain.addScalarType('Decimal', SCALARS.Decimal);
  plain.addScalarType('JSONObject', SCALARS.JSONObject);
  plain.queryType({});
  return builder;
}

type Shared = {
  pageInfo: ObjectRef<Types, Connection<unknown>>;
  direction: ReturnType<typeof addDirection>;
};
const sharedTypes = new WeakMap<Builder, Shared>();

const addDirection = (builder: Builder) =>
  builder.enumType('SortDirection', {
    description: 'Rows without a value come last either way.',
    values: ['ASC', 'DESC'] as const,
  });

/** Types that several subgraphs define alike; added to a builder when it first needs them. */
function shared(builder: Builder): Shared {
  const known = sharedTypes.get(builder);
  if (known !== undefined) return known;
  const pageInfo = builder.objectRef<Connection<unknown>>('PageInfo').implement({
    description: 'Where a page stands in its list.',
    ...SHAREABLE,
    fields: (t) => ({
      hasNextPage: t.boolean({ resolve: (list) => list.hasNextPage() }),
      hasPreviousPage: t.boolean({ resolve: (list) => list.hasPreviousPage() }),
      startCursor: t.string({ nullable: true, resolve: async (list) => (await list.edges())[0]?.cursor() ?? null }),
      endCursor: t.string({ nullable: true, resolve: async (list) => (await list.edges()).at(-1)?.cursor() ?? null }),
    }),
  });
  const types: Shared = { pageInfo, direction: addDirection(builder) };
  sharedTypes.set(builder, types);
  return types;
}

/**
 * `<Node>Connection` and `<Node>Edge` for a type: `edges { cursor node } nodes pageInfo totalCount totalCountExact`.
 * Call it once for each node type.
 */
export function connectionType<Context extends RequestContext, Row extends object>(
  builder: Builder<Context>,
  node: ObjectRef<TypesOf<Context>, Row>,
): ObjectRef<TypesOf<Context>, Connection<Row>> {
  const plain = builder as unknown as Builder;
  const nodeRef = node as unknown as ObjectRef<Types, object>;
  const { pageInfo } = shared(plain);
  const edge = plain.objectRef<Edge<object>>(`${node.name}Edge`).implement({
    fields: (t) => ({
      cursor: t.string({ resolve: (item) => item.cursor() }),
      node: t.field({ type: nodeRef, resolve: (item) => item.node }),
    }),
  });
  const connection = plain.objectRef<Connection<object>>(`${node.name}Connection`).implement({
    fields: (t) => ({
      edges: t.field({ type: [edge], resolve: async (list) => [...(await list.edges())] }),
      nodes: t.field({ type: [nodeRef], resolve: async (list) => (await list.edges()).map((item) => item.node) }),
      pageInfo: t.field({ type: pageInfo, resolve: (list) => list }),
      totalCount: t.int({
        description: 'Rows of the whole list; exact up to 10,000, computed only when it is selected.',
        resolve: async (list) => (await list.total()).count,
      }),
      totalCountExact: t.boolean({
        description: 'False where the list is longer than `totalCount` says.',
        resolve: async (list) => (await list.total()).exact,
      }),
    }),
  });
  return connection as unknown as ObjectRef<TypesOf<Context>, Connection<Row>>;
}

/** `first`, `after`, `last`, `before` of a connection. */
export const pageArgs = <Context extends RequestContext>(arg: ArgBuilder<TypesOf<Context>>) => {
  const plain = arg as unknown as ArgBuilder<Types>;
  return {
    first: plain.int({ description: 'Rows from the start, or after `after`: 50 unless told, at most 200.' }),
    after: plain.string({ description: 'Cursor of the row before the page.' }),
    last: plain.int({ description: 'Rows from the end, or before `before`: at most 200.' }),
    before: plain.string({ description: 'Cursor of the row behind the page.' }),
  };
};

/** The same with `offset`, for the lists that page-numbered callers read. */
export const offsetArgs = <Context extends RequestContext>(arg: ArgBuilder<TypesOf<Context>>) => ({
  ...pageArgs<Context>(arg),
  offset: (arg as unknown as ArgBuilder<Types>).int({
    description: 'Rows to skip: at most 10,000; further on use `after`.',
  }),
});

/** `input <Name> { field: <Name>Field!, direction: SortDirection! = ... }`. */
export function orderInput<Context extends RequestContext, const Field extends string>(
  builder: Builder<Context>,
  name: string,
  fields: readonly Field[],
  direction: Direction,
) {
  const plain = builder as unknown as Builder;
  const types = shared(plain);
  const field = plain.enumType(`${name}Field`, { values: fields });
  return plain.inputType(name, {
    fields: (t) => ({
      field: t.field({ type: field, required: true }),
      direction: t.field({ type: types.direction, required: true, defaultValue: direction }),
    }),
  });
}

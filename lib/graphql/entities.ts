// References from other subgraphs (`_entities`), read by sets: all of a type in one call, with a look at what is selected.
import type { ObjectRef } from '@pothos/core';
import type { GraphQLFieldResolver, GraphQLNamedType, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import type { Logger } from '../log.ts';
import { isPromise } from '../promises.ts';
import type { Builder, Types, TypesOf } from './builder.ts';
import type { RequestContext } from './context.ts';
import { toGraphQLError } from './errors.ts';
import { entityLook, type Lookahead } from './lookahead.ts';
import { rowsById } from './records.ts';
import type { Source } from './source.ts';

type Row = object;
/** Rows by id; an id without a row is not known here. */
type Rows = ReadonlyMap<string, Row>;
/** `ids` as they were sent: texts, each of them once. */
export type ReadEntities<Context> = (ids: readonly string[], context: Context, look: Lookahead) => Promise<Rows> | Rows;

const registry = new WeakMap<Builder, Map<string, ReadEntities<RequestContext>>>();

/** Makes a type an entity with `@key(fields: "id")`; its references are read by `read`. */
export function entityOf<Context extends RequestContext, Node extends object>(
  builder: Builder<Context>,
  node: ObjectRef<TypesOf<Context>, Node>,
  read: ReadEntities<Context>,
): void {
  const plain = builder as unknown as Builder;
  let types = registry.get(plain);
  if (types === undefined) registry.set(plain, (types = new Map()));
  types.set(node.name, read as unknown as ReadEntities<RequestContext>);
  plain.asEntity(node as unknown as ObjectRef<Types, object>, {
    key: plain.selection<{ id: string }>('id'),
    resolveReference: ({ id }) => ({ id }), // never called: see resolveEntities
  });
}

/** The same for the rows of a source. */
export const asEntity = <Context extends RequestContext, Node extends { id: string }>(
  builder: Builder<Context>,
  node: ObjectRef<TypesOf<Context>, Node>,
  source: Source<Node>,
): void => entityOf(builder, node, (ids, context, look) => rowsById(context, source, ids, look));

interface Reference {
  readonly __typename?: unknown;
  readonly id?: unknown;
}
type Resolve = (reference: Reference, context: RequestContext, info: GraphQLResolveInfo) => unknown;

/** How a type that no set-based read was given for resolves one reference. */
const singleOf = (type: GraphQLNamedType | undefined): Resolve | undefined =>
  (type?.extensions as { apollo?: { subgraph?: { resolveReference?: Resolve } } } | undefined)?.apollo?.subgraph?.resolveReference;

/** Puts the set-based resolver in the place of the one that asks for each reference alone. An element that failed is an Error. */
export function resolveEntities(schema: GraphQLSchema, builder: Builder, log: Logger): void {
  const field = schema.getQueryType()?.getFields()['_entities'];
  if (!field) return;
  const types = registry.get(builder) ?? new Map<string, ReadEntities<RequestContext>>();
  const failed = (error: unknown): Error => toGraphQLError(error, log);
  const settled = <T>(work: () => Promise<T> | T): Promise<T | Error> | T | Error => {
    try {
      const result = work();
      return isPromise(result) ? result.catch(failed) : result;
    } catch (error) {
      return failed(error);
    }
  };
  /** Sets by type, read with one look each; single references as they stand. */
  function read(representations: readonly Reference[], context: RequestContext, info: GraphQLResolveInfo) {
    const idsOf = new Map<string, Set<string>>();
    const single = new Map<number, Promise<unknown> | unknown>();
    for (const [n, reference] of representations.entries()) {
      const name = String(reference.__typename);
      const resolve = types.has(name) ? undefined : singleOf(schema.getType(name));
      if (resolve) single.set(n, settled(() => resolve(reference, context, info)));
      else if (!types.has(name)) throw new TypeError(`No entity is called ${name}`);
      else if (typeof reference.id === 'string') idsOf.set(name, (idsOf.get(name) ?? new Set()).add(reference.id));
    }
    const sets = new Map([...idsOf].map(([name, ids]) => [name, settled(() => types.get(name)!([...ids], context, entityLook(info, name)))]));
    return { sets, single };
  }
  const named = (row: unknown, name: unknown): unknown => {
    if (row == null) return null;
    if (!(row instanceof Error)) (row as { __typename?: unknown }).__typename = name;
    return row;
  };
  const resolve: GraphQLFieldResolver<unknown, RequestContext, { representations: readonly Reference[] }> = (_root, { representations }, context, info) => {
    const { sets, single } = read(representations, context, info);
    const answer = (rows: ReadonlyMap<string, unknown>, alone: ReadonlyMap<number, unknown>) =>
      representations.map(({ __typename: name, id }, n) => {
        const set = rows.get(String(name)) as Rows | Error | undefined;
        return named(alone.has(n) ? alone.get(n) : set instanceof Error ? set : set?.get(id as string), name);
      });
    const all = [...sets.values(), ...single.values()];
    if (!all.some(isPromise)) return answer(sets, single);
    const arrived = async <K>(values: ReadonlyMap<K, unknown>) => new Map(await Promise.all([...values].map(async ([key, value]) => [key, await value] as const)));
    return Promise.all([arrived(sets), arrived(single)]).then(([rows, alone]) => answer(rows, alone));
  };
  field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
}

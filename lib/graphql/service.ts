// From a filled builder to a Subgraph: executable schema, federation SDL, and errors that are safe to let out.
import { graphqlSync, isObjectType, type GraphQLDirective, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import type { Logger } from '../log.ts';
import { isPromise } from '../promises.ts';
import { accessOptions, checkAccess, type Access } from './access.ts';
import type { Builder } from './builder.ts';
import type { RequestContext } from './context.ts';
import { resolveEntities } from './entities.ts';
import { toGraphQLError } from './errors.ts';
import type { Subgraph, SubgraphRequest } from './subgraph.ts';

const LINK_URL = 'https://specs.apollo.dev/federation/v2.6';
// The list that Pothos would make by itself misses some; one that is imported and not used does no harm.
const FEDERATION_DIRECTIVES = [
  '@key',
  '@shareable',
  '@external',
  '@requires',
  '@provides',
  '@override',
  '@inaccessible',
  '@tag',
  '@authenticated',
  '@requiresScopes',
];

/** Every resolver answers with its value or with an error that may leave the house; the rest goes to the log. */
function guardResolvers(schema: GraphQLSchema, log: Logger): void {
  const refuse = (error: unknown): never => {
    throw toGraphQLError(error, log);
  };
  const guard = (resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> => {
    return (source, args, context, info) => {
      try {
        const result: unknown = resolve(source, args, context, info);
        return isPromise(result) ? result.catch(refuse) : result;
      } catch (error) {
        return refuse(error);
      }
    };
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.resolve) field.resolve = guard(field.resolve);
      if (field.subscribe) field.subscribe = guard(field.subscribe);
    }
  }
}

/** What composition reads. */
function sdlOf(schema: GraphQLSchema): string {
  const { data, errors } = graphqlSync({ schema, source: '{ _service { sdl } }' });
  const sdl = (data?.['_service'] as { sdl?: unknown } | undefined)?.sdl;
  if (typeof sdl !== 'string') throw new TypeError('The schema has no federation SDL', { cause: errors?.[0] });
  return sdl;
}

export interface SubgraphOptions<Context extends RequestContext> {
  /** Name in the supergraph. */
  name: string;
  builder: Builder<Context>;
  log: Logger;
  /** Who may see what of it. */
  access?: Access;
  /** Another federation version than ours, with what it imports, and directives of its own. */
  specification?: {
    linkUrl?: string;
    federationDirectives?: string[];
    directives?: readonly GraphQLDirective[];
    composeDirectives?: `@${string}`[];
    extensions?: Record<string, unknown>;
  };
  createContext: (request: SubgraphRequest) => Context;
}

/** Builds the schema of a builder; the same builder may be built more than once. */
export function toSubgraph<Context extends RequestContext>({
  name,
  builder,
  log,
  access,
  specification,
  createContext,
}: SubgraphOptions<Context>): Subgraph {
  const schema = builder.toSubGraphSchema({ linkUrl: LINK_URL, federationDirectives: FEDERATION_DIRECTIVES, ...accessOptions(access), ...specification });
  if (access !== undefined) checkAccess(schema, access);
  resolveEntities(schema, builder as unknown as Builder, log);
  guardResolvers(schema, log);
  return { name, schema, plainRows: true, sdl: sdlOf(schema), createContext };
}

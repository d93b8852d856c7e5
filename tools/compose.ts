// Composes subgraphs into one supergraph, and derives from it the schema that clients see.
import { composeServices } from '@apollo/composition';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { GraphQLSchema, parse, printSchema } from 'graphql';

export interface ComposedGraph {
  /** For gateways and routers: which field lives where. */
  readonly supergraphSdl: string;
  /** For clients. */
  readonly apiSdl: string;
}

/** The argument of `@cacheControl`: a type that no field of the API has. */
const CACHE_SCOPE = 'CacheControlScope';

/** Subgraphs that do not fit together: what and why, one problem a line. */
export class CompositionError extends Error {
  constructor(problems: readonly string[]) {
    super(`The subgraphs do not compose:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'CompositionError';
  }
}

/** The URLs are placeholders: whoever runs the supergraph says where each subgraph is. */
export function compose(subgraphs: readonly { readonly name: string; readonly sdl: string }[]): ComposedGraph {
  const services = subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.subgraph.local/graphql`, typeDefs: parse(sdl) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (errors || supergraphSdl === undefined) {
    throw new CompositionError((errors ?? []).map(({ message, extensions }) => `${message.replace(/\s*\n\s*/g, ' ')}${extensions['code'] ? ` (${String(extensions['code'])})` : ''}`));
  }
  // Whoever runs the supergraph enforces its scopes; here it is only read.
  const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES });
  const api = supergraph.apiSchema().toGraphQLJSSchema().toConfig();
  return { supergraphSdl, apiSdl: printSchema(new GraphQLSchema({ ...api, types: api.types.filter(({ name }) => name !== CACHE_SCOPE) })) };
}

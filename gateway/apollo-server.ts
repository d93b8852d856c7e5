// The compiled graph as the `gateway` of an Apollo Server: for who has one already, with its plugins and its HTTP.
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import { GraphQLError } from 'graphql';
import type { Logger } from '../lib/log.ts';
import { createGraphs, type GraphOptions, type Graphs } from './graph.ts';
import type { SubgraphPlace } from './options.ts';
import { OPEN, type Principal } from './principal.ts';
import { RequestContext } from './request.ts';
import { toAnswer } from './result.ts';
import { createSources } from './sources/create.ts';

export interface ApolloServerGatewayOptions extends Pick<GraphOptions, 'engine' | 'textTier'> {
  readonly supergraphSdl: string;
  readonly subgraphs: Readonly<Record<string, SubgraphPlace>>;
  readonly log: Logger;
  /** Default 30 s. */
  readonly deadlineMs?: number;
  /** Who asks, by the context value of the request. Default: may do everything. */
  principalOf?(context: unknown): Principal;
  /** Aborts the work of a request, by its context value. */
  signalOf?(context: unknown): AbortSignal | undefined;
}

export interface ApolloServerGateway extends GatewayInterface {
  /** Serves another supergraph. Rejects with a PonteError, and the old one stays. */
  replaceSupergraph(sdl: string): Promise<void>;
}

type SchemaChange = Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0];

/** Apollo Server parses and validates by itself; what it hands over is prepared, planned and compiled here, once per operation. */
export function createApolloServerGateway(options: ApolloServerGatewayOptions): ApolloServerGateway {
  const { supergraphSdl, subgraphs, log, deadlineMs = 30_000, principalOf = () => OPEN, signalOf = () => undefined } = options;
  const sources = createSources(subgraphs, log);
  const listeners = new Set<SchemaChange>();
  let graphs: Graphs | undefined;
  const loaded = (): Graphs => {
    if (!graphs) throw new TypeError('The gateway is not loaded yet');
    return graphs;
  };

  return {
    async load() {
      const rules = { maxTokens: Number.MAX_SAFE_INTEGER, introspection: true, check: () => [], price: () => () => 0, maxPrice: 0 };
      graphs = await createGraphs({
        sdl: supergraphSdl,
        sources,
        rules,
        log,
        drainMs: deadlineMs,
        ...(options.engine ? { engine: options.engine } : {}),
        ...(options.textTier === undefined ? {} : { textTier: options.textTier }),
      });
      graphs.watch(({ supergraph }) => listeners.forEach((changed) => changed({ apiSchema: supergraph.apiSchema, coreSupergraphSdl: supergraph.sdl })));
      return {
        async executor({ request: { query, variables, operationName }, context }) {
          const principal = principalOf(context);
          const parent = signalOf(context);
          const request = new RequestContext({ principal, deadlineMs, ...(parent ? { parent } : {}) });
          try {
            const prepared = await loaded().current.operations.prepare({ query: query ?? '', variables, operationName }, principal);
            if ('text' in prepared) return readable(toAnswer(prepared));
            if (prepared.compiled.kind !== 'single') return { errors: [new GraphQLError('Subscriptions do not travel here')] };
            return readable(toAnswer(await prepared.compiled.executable.execute({ coerced: prepared.coerced, raw: prepared.raw, request })));
          } finally {
            request.end();
          }
        },
      };
    },
    onSchemaLoadOrUpdate(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    async replaceSupergraph(sdl) {
      await loaded().replace(sdl);
    },
    async stop() {
      await graphs?.close();
      await Promise.all(Object.values(sources).map((source) => source.close()));
    },
  };
}

/** Apollo Server wants errors as instances. */
const readable = ({ data, errors }: ReturnType<typeof toAnswer>) => ({
  ...(data === undefined ? {} : { data }),
  ...(errors ? { errors: errors.map(({ message, path, extensions }) => new GraphQLError(message, { ...(path ? { path } : {}), extensions: extensions ?? {} })) } : {}),
});

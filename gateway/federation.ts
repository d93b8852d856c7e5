// Apollo's gateway over a supergraph: it loads, checks and exchanges the graph, and its own executor stays at hand, as a
// fallback by a switch and as the oracle of the tests. What that executor leaves unsaid about nulls is said here.
import { ApolloGateway, type GraphQLDataSource, type GraphQLDataSourceProcessOptions, type SupergraphSdlUpdateFunction } from '@apollo/gateway';
import { GraphQLError, parse } from 'graphql';
import { silenceVendors } from '../lib/config/vendor.ts';
import { PonteError } from '../lib/errors.ts';
import type { Answer } from '../lib/graphql/run.ts';
import type { Logger } from '../lib/log.ts';
import type { RequestContext } from './request.ts';
import { failedFetch, hasUnknownEntities, unavailable } from './sources/failure.ts';
import type { Source, Sources } from './sources/source.ts';
import { readSupergraph, type Supergraph } from './supergraph/index.ts';

type Executor = ApolloGateway['executor'];
export type ExecutorRequest = Parameters<Executor>[0];
export type ExecutorResult = Awaited<ReturnType<Executor>>;

/** What the stock executor carries as its context value. It copies that object for some calls, so the request stands inside it. */
export interface StockContext {
  readonly request: RequestContext;
}

export interface Federation {
  /** The graph that is served now. */
  readonly supergraph: Supergraph;
  /** Checks another supergraph. Throws a PonteError that says what is wrong with it; then the one before stays. */
  update(sdl: string): Supergraph;
  /** Apollo's own executor over the same sources. */
  executeStock(request: ExecutorRequest): Promise<Answer>;
  stop(): Promise<void>;
}

/** Apollo's free-text log lines, as attributes of a constant sentence. */
export const vendorLog = (log: Logger) => {
  const at = (level: 'debug' | 'warn' | 'error') => (message?: unknown) => log[level]({ detail: String(message) }, 'Apollo reports');
  return { debug: at('debug'), info: at('debug'), warn: at('warn'), error: at('error') };
};

/**
 * The stock executor drops a null in a non-null place in silence (`extensions.valueCompletion`). Here it becomes an error,
 * except where an entity is gone: a reference whose other end does not exist any more is null by design, and says so only
 * when the whole answer is lost by it.
 */
export function tellNulls(result: ExecutorResult, request: RequestContext): Answer {
  const { valueCompletion } = (result.extensions ?? {}) as { valueCompletion?: readonly GraphQLError[] };
  const lost = result.data === null;
  const errors = (valueCompletion ?? [])
    .filter(({ path }) => lost || !request.isGone((path ?? []) as (string | number)[]))
    .map(({ message, path }) => {
      const gone = request.isGone((path ?? []) as (string | number)[]);
      const originalError = gone ? new PonteError('NOT_FOUND', 'What this field refers to does not exist any more') : new PonteError('INTERNAL_SERVER_ERROR', message);
      return new GraphQLError(originalError.message, { ...(path ? { path } : {}), originalError });
    });
  const all = [...(result.errors ?? []), ...errors];
  if (lost && all.length === 0) all.push(new GraphQLError('The answer is not complete', { originalError: new PonteError('INTERNAL_SERVER_ERROR', 'The answer is not complete') }));
  return { ...(result.data === undefined ? {} : { data: result.data as Record<string, unknown> | null }), ...(all.length > 0 ? { errors: all } : {}) };
}

/** A source in the form that the stock executor calls. */
function dataSource(source: Source): GraphQLDataSource {
  return {
    async process(options: GraphQLDataSourceProcessOptions) {
      const { query = '', variables, operationName } = options.request;
      const { request } = options.context as StockContext;
      const operationKind = /^\s*mutation\b/.test(query) ? 'mutation' : 'query';
      try {
        const answer = await source.prepare({ operation: query, operationName, operationKind }).run(variables ?? {}, request);
        if (hasUnknownEntities(answer) && 'pathInIncomingRequest' in options) request.markGone(options.pathInIncomingRequest ?? []);
        return answer;
      } catch (error) {
        return failedFetch(parse(query), variables, error instanceof PonteError ? error : unavailable(error));
      }
    },
  };
}

const unusable = (error: unknown): PonteError =>
  error instanceof PonteError ? error : new PonteError('BAD_USER_INPUT', `The supergraph cannot be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error });

/** Loads a supergraph. Rejects with a PonteError where it is not usable, or names a subgraph that has no source. */
export async function loadFederation({ sdl, sources, log }: { sdl: string; sources: Sources; log: Logger }): Promise<Federation> {
  silenceVendors();
  const check = (given: string): Supergraph => {
    const supergraph = readSupergraph(given);
    const homeless = supergraph.subgraphs.filter((name) => !Object.hasOwn(sources, name));
    if (homeless.length > 0) throw new PonteError('BAD_USER_INPUT', `The supergraph names ${homeless.join(', ')}, and nobody said where to find that`);
    return supergraph;
  };
  let supergraph = check(sdl);
  let exchange: SupergraphSdlUpdateFunction | undefined;
  const apollo = new ApolloGateway({
    supergraphSdl: async ({ update }) => {
      exchange = update;
      return { supergraphSdl: supergraph.sdl };
    },
    buildService: ({ name }) => dataSource(sources[name]!),
    logger: vendorLog(log),
    validateSupergraph: true,
    __exposeQueryPlanExperimental: false,
  });
  try {
    await apollo.load();
  } catch (error) {
    throw unusable(error);
  }
  return {
    get supergraph() {
      return supergraph;
    },
    update(given) {
      try {
        const next = check(given);
        exchange!(next.sdl);
        supergraph = next;
        return next;
      } catch (error) {
        throw unusable(error);
      }
    },
    async executeStock(request) {
      return tellNulls(await apollo.executor(request), (request.context as StockContext).request);
    },
    stop: () => apollo.stop(),
  };
}

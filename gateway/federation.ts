// Apollo's gateway over a static supergraph: it plans and executes queries and mutations on our sources. Its executor stands
// behind `GatewayInterface`, so that another one can take its place; what it leaves unsaid about nulls is said here.
import { ApolloGateway } from '@apollo/gateway';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { silenceVendors } from '../lib/config/vendor.ts';
import { PonteError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { GatewayContext, RequestContext } from './request.ts';
import type { Source } from './sources/source.ts';

type Executor = ApolloGateway['executor'];
export type ExecutorRequest = Parameters<Executor>[0];
export type ExecutorResult = Awaited<ReturnType<Executor>>;
type Load = ApolloGateway['load'];

export interface Federation {
  /** What Apollo Server takes as its `gateway`. */
  readonly gateway: { load(options?: Parameters<Load>[0]): Promise<{ executor: Executor }>; onSchemaLoadOrUpdate: ApolloGateway['onSchemaLoadOrUpdate']; stop(): Promise<void> };
  /** The schema that clients see. Known once the gateway is loaded. */
  apiSchema(): GraphQLSchema;
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
export function tellNulls(result: ExecutorResult, request: RequestContext): ExecutorResult {
  const { valueCompletion, ...extensions } = (result.extensions ?? {}) as { valueCompletion?: readonly GraphQLError[] };
  const lost = result.data === null;
  if (valueCompletion === undefined && !(lost && !result.errors?.length)) return result;
  const errors = (valueCompletion ?? [])
    .filter(({ path }) => lost || !request.isGone((path ?? []) as (string | number)[]))
    .map(({ message, path }) => {
      const gone = request.isGone((path ?? []) as (string | number)[]);
      const originalError = gone ? new PonteError('NOT_FOUND', 'What this field refers to does not exist any more') : new PonteError('INTERNAL_SERVER_ERROR', message);
      return new GraphQLError(originalError.message, { ...(path ? { path } : {}), originalError });
    });
  const all = [...(result.errors ?? []), ...errors];
  if (lost && all.length === 0) all.push(new GraphQLError('The answer is not complete', { originalError: new PonteError('INTERNAL_SERVER_ERROR', 'The answer is not complete') }));
  return {
    ...(result.data === undefined ? {} : { data: result.data }),
    ...(all.length > 0 ? { errors: all } : {}),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
  };
}

const overWebSocket = new PonteError('BAD_USER_INPUT', 'Subscriptions travel over WebSocket, not over HTTP', {
  hint: 'Connect to the same path with the graphql-transport-ws protocol (library graphql-ws).',
});

export interface FederationOptions {
  readonly supergraphSdl: string;
  readonly sources: Readonly<Record<string, Source>>;
  readonly log: Logger;
  readonly mutationDeadlineMs: number;
}

export function createFederation({ supergraphSdl, sources, log, mutationDeadlineMs }: FederationOptions): Federation {
  silenceVendors();
  const apollo = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name }) => {
      const source = sources[name];
      if (!source) throw new PonteError('INTERNAL_SERVER_ERROR', `The supergraph names the subgraph ${name}, and nobody said where it is`);
      return source;
    },
    logger: vendorLog(log),
    validateSupergraph: true,
    __exposeQueryPlanExperimental: false,
  });
  const executor: Executor = async (incoming) => {
    const { operation } = incoming.operation;
    if (operation === 'subscription') return { errors: [new GraphQLError(overWebSocket.message, { originalError: overWebSocket })] };
    const { request } = incoming.context as GatewayContext;
    if (operation === 'mutation') request.setDeadline(mutationDeadlineMs);
    return tellNulls(await apollo.executor(incoming), request);
  };
  return {
    gateway: {
      async load(options) {
        await apollo.load(options);
        return { executor };
      },
      onSchemaLoadOrUpdate: (callback) => apollo.onSchemaLoadOrUpdate(callback),
      stop: () => apollo.stop(),
    },
    apiSchema() {
      if (!apollo.schema) throw new PonteError('INTERNAL_SERVER_ERROR', 'The gateway is not loaded yet');
      return apollo.schema;
    },
  };
}

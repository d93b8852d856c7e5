// The HTTP side of a subgraph that is a server of its own: Apollo Server reads and checks requests, the subgraph's own prepared
// operations answer them. Health is open to everybody; the graph to whoever knows the secret.
import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { IncomingHttpHeaders } from 'node:http';
import { Cancellation, type Cancel } from '../cancel.ts';
import type { Logger } from '../log.ts';
import type { Tracing } from '../tracing.ts';
import { Recent } from './documents.ts';
import { toGraphQLError } from './errors.ts';
import { prepareOperation, type PreparedOperation } from './prepared.ts';
import { readWallets, subgraphRequest, WALLETS_HEADER, type Subgraph } from './subgraph.ts';

/** Entity fetches carry the keys of whole pages. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MOST_PREPARED = 1_000;
const LONGEST_KEPT = 64 * 1024;

export interface HttpOptions {
  readonly path: string;
  readonly log: Logger;
  /** True for who may ask. */
  readonly admits: (headers: IncomingHttpHeaders) => boolean;
  readonly tracing?: Tracing | undefined;
  /** Whether what the subgraph stands on is there. */
  readonly ready: () => Promise<boolean>;
}

export interface HttpSide {
  readonly app: Express;
  stop(): Promise<void>;
}

interface Exchange {
  readonly context: object;
  readonly signal: Cancel;
}
type Gateway = ApolloServerOptionsWithGateway<Exchange>['gateway'];

const refused = (res: Response, status: number, code: string, message: string): void => void res.status(status).json({ errors: [{ message, extensions: { code } }] });
const goneAway = () => new DOMException('The caller closed the connection', 'AbortError');

/**
 * An error that was masked already, in the form that Apollo Server lets pass as it is. Values that do not fit are the caller's
 * caller's matter: between gateway and subgraph the exchange went well.
 */
const asError = ({ message, path, extensions }: GraphQLFormattedError, alone: boolean): GraphQLError =>
  new GraphQLError(message, { ...(path ? { path } : {}), extensions: { ...extensions, ...(alone ? { http: { status: 200 } } : {}) } });

/** Runs what Apollo Server has parsed and validated. Texts come again and again: each is prepared once. */
function createExecutor(subgraph: Subgraph, log: Logger): Gateway {
  const kept = new Recent<string, PreparedOperation>(MOST_PREPARED);
  const prepare = (source: string, operationName: string | null): PreparedOperation => {
    const key = `${operationName ?? ''}\n${source}`;
    const known = kept.get(key);
    if (known) return known;
    const prepared = prepareOperation(subgraph, source, operationName ?? undefined, log);
    if (source.length <= LONGEST_KEPT) kept.set(key, prepared);
    return prepared;
  };
  return {
    onSchemaLoadOrUpdate(tell) {
      tell({ apiSchema: subgraph.schema, coreSupergraphSdl: subgraph.sdl });
      return () => undefined;
    },
    load: async () => ({
      executor: async ({ source, operationName, request, context }) => {
        const { context: value, signal } = context as unknown as Exchange;
        try {
          const { data, errors } = await prepare(source, operationName).run({ variables: request.variables ?? {}, context: value, signal, log });
          return { ...(data === undefined ? {} : { data }), ...(errors ? { errors: errors.map((each) => asError(each, data === undefined)) } : {}) };
        } catch (error) {
          return { errors: [toGraphQLError(error, log)] }; // nobody reads it: the caller is gone
        }
      },
    }),
    stop: async () => undefined,
  };
}

const noStreams: ApolloServerPlugin<Exchange> = {
  requestDidStart: async () => ({
    async didResolveOperation({ operation }) {
      if (operation?.operation === 'subscription') throw new GraphQLError('Subscriptions travel over WebSocket', { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
    },
  }),
};

export async function createHttpSide(subgraph: Subgraph, { path, log, admits, ready, tracing }: HttpOptions): Promise<HttpSide> {
  const apollo = new ApolloServer<Exchange>({
    gateway: createExecutor(subgraph, log),
    nodeEnv: 'production',
    introspection: true, // who asks knows the secret
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    stringifyResult: (value) => JSON.stringify(value),
    formatError: (formatted, error) => (formatted.extensions?.['code'] === 'INTERNAL_SERVER_ERROR' ? { ...toGraphQLError(error, log).toJSON() } : formatted),
    logger: { debug: () => undefined, info: () => undefined, warn: (detail) => log.warn({ detail }, 'Apollo Server reports'), error: (detail) => log.error({ detail }, 'Apollo Server reports') },
    plugins: [
      noStreams,
      ApolloServerPluginCacheControlDisabled(),
      // For Apollo's routers, which ask for it by a header: the time of the whole operation and where it failed; compiled fields have no times of their own.
      ApolloServerPluginInlineTrace({ includeErrors: { masked: true } }),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/health/live', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/health/ready', async (_req, res) => {
    const ok = await ready().catch(() => false);
    res.status(ok ? 200 : 503).json({ status: ok ? 'ok' : 'unavailable' });
  });
  app.use((req, res, next) => {
    if (admits(req.headers)) next();
    else refused(res, 401, 'UNAUTHENTICATED', 'This subgraph answers to its gateway only');
  });
  const context = async ({ req, res }: { req: express.Request; res: Response }): Promise<Exchange> => {
    const gone = new Cancellation();
    res.once('close', () => {
      if (!res.writableFinished) gone.abort(goneAway());
    });
    return { context: subgraph.createContext(subgraphRequest(readWallets(req.get(WALLETS_HEADER)), gone)), signal: gone };
  };
  const traced: express.RequestHandler = (req, res, next) => {
    if (!tracing) return next();
    const span = tracing.begin(`subgraph ${subgraph.name}`, 'server', req.get('traceparent'), { 'ponte.subgraph': subgraph.name, 'http.request.header.x-request-id': [req.get('x-request-id') ?? ''] });
    res.once('close', () => span.end(res.writableFinished ? undefined : 'aborted'));
    tracing.within(span, next);
  };
  app.post(path, express.json({ limit: MAX_BODY_BYTES }), traced, expressMiddleware(apollo, { context }));
  app.use((_req, res) => void res.status(404).json({ message: `Only ${path} and /health are here` }));
  const onError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
    const status = Number((error as { status?: unknown } | null)?.status ?? 500);
    const readable = status >= 400 && status < 500;
    if (!readable) log.error({ error }, 'A subgraph could not answer');
    if (res.headersSent) res.destroy();
    else refused(res, readable ? status : 500, readable ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR', readable ? 'The request cannot be read' : 'Something went wrong on our side');
  };
  app.use(onError);
  return { app, stop: () => apollo.stop() };
}

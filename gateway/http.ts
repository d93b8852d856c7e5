// The HTTP side of the gateway: the GraphQL endpoint with its page, the REST routes, health, the schema and an index.
import { expressMiddleware } from '@as-integrations/express5';
import type { ApolloServer } from '@apollo/server';
import cors from 'cors';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import { GraphQLError } from 'graphql';
import { PonteError } from '../lib/errors.ts';
import type { Answer } from '../lib/graphql/run.ts';
import type { Logger } from '../lib/log.ts';
import type { Readiness } from './options.ts';
import type { OriginRule } from './origins.ts';
import type { GatewayContext } from './request.ts';
import { createRestRouter, describeRoute, HTTP_STATUS, REST_ROUTES } from './rest/index.ts';
import { SANDBOX_CSP } from './sandbox.ts';

export const GRAPHQL_PATH = '/graphql';

export interface HttpOptions {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly log: Logger;
  readonly originAllowed: OriginRule;
  readonly trustProxy: boolean | number | string | undefined;
  readonly maxBodyBytes: number;
  readonly sandbox: boolean;
  readonly docsUrl: string | undefined;
  /** The schema that clients see; undefined where it is not shown. */
  readonly apiSdl: string | undefined;
  /** Makes the request that lives as long as this exchange. */
  contextOf(http: { req: Request; res: Response }): Promise<GatewayContext>;
  execute(operation: { query: string; variables: Record<string, unknown> }, context: GatewayContext): Promise<Answer>;
  readiness(): Promise<Readiness>;
}

/** A page on the internet may reach a server on this machine only where the browser is told so. */
const privateNetwork: RequestHandler = (req, res, next) => {
  if (req.headers['access-control-request-private-network'] === 'true') res.set('access-control-allow-private-network', 'true');
  next();
};

/** A body that cannot be read, in the form of a GraphQL answer. */
function graphqlErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const status = Number((error as { status?: unknown } | null)?.status ?? 500);
    const readable = status >= 400 && status < 500;
    if (!readable) log.error({ error }, 'The HTTP layer failed unexpectedly');
    const message = status === 413 ? 'The body is too large' : readable ? 'The body is not valid JSON' : 'Something went wrong on our side';
    res.status(readable ? status : 500).json({ errors: [{ message, extensions: { code: readable ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR' } }] });
  };
}

const wantsPage = (req: Request): boolean => req.method === 'GET' && req.accepts(['json', 'html']) === 'html';

export function createHttpApp(options: HttpOptions): Express {
  const { apollo, log, originAllowed, sandbox, docsUrl, apiSdl, maxBodyBytes } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (options.trustProxy !== undefined) app.set('trust proxy', options.trustProxy);
  app.use((_req, res, next) => {
    res.set('x-content-type-options', 'nosniff');
    next();
  });
  app.use((req, res, next) => {
    if (!req.headers.origin) return next();
    if (!originAllowed(req.headers)) return res.vary('Origin') && next();
    privateNetwork(req, res, () => cors({ origin: true, maxAge: 600 })(req, res, next));
  });

  app.get('/health/live', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/health/ready', async (_req, res) => {
    const { ok, checks } = await options.readiness();
    res
      .status(ok ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: ok ? 'ok' : 'unavailable', checks });
  });

  if (apiSdl !== undefined) app.get('/schema.graphql', (_req, res) => void res.type('text/plain').send(apiSdl));

  const pagePolicy: RequestHandler = (req, res, next) => {
    if (sandbox && wantsPage(req)) res.set({ 'content-security-policy': SANDBOX_CSP, 'referrer-policy': 'no-referrer' });
    next();
  };
  const context = async (http: { req: Request; res: Response }) => {
    try {
      return await options.contextOf(http);
    } catch (error) {
      if (!(error instanceof PonteError)) throw error;
      throw new GraphQLError(error.message, { originalError: error, extensions: { http: { status: HTTP_STATUS[error.code] } } });
    }
  };
  app.use(GRAPHQL_PATH, pagePolicy, express.json({ limit: maxBodyBytes }), expressMiddleware(apollo, { context }), graphqlErrors(log));
  app.use(
    '/api',
    createRestRouter({
      maxBodyBytes,
      originAllowed,
      log,
      execute: async (operation, http) => options.execute(operation, await options.contextOf(http)),
    }),
  );

  const index = {
    name: 'Ponte',
    graphql: GRAPHQL_PATH,
    ...(apiSdl === undefined ? {} : { schema: '/schema.graphql' }),
    health: ['/health/live', '/health/ready'],
    rest: REST_ROUTES.map(describeRoute),
    ...(docsUrl === undefined ? {} : { docs: docsUrl }),
  };
  app.get('/', (req, res) => {
    if (sandbox && wantsPage(req)) res.redirect(GRAPHQL_PATH);
    else res.json(index);
  });
  app.use((req, res) => void res.status(404).json({ success: false, message: `There is nothing at ${req.path}`, code: 'NOT_FOUND', ...index }));
  app.use(graphqlErrors(log));
  return app;
}

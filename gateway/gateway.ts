// Puts the gateway together: sources, Apollo's federation, the HTTP and WebSocket doors on one port, and an orderly end.
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { printSchema } from 'graphql';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import { PonteError } from '../lib/errors.ts';
import { Documents } from '../lib/graphql/documents.ts';
import type { Answer } from '../lib/graphql/run.ts';
import type { AllowedWallets } from '../lib/graphql/subgraph.ts';
import { createErrorFormatter, formatWith } from './errors.ts';
import { createFederation, vendorLog } from './federation.ts';
import { checkReadiness } from './health.ts';
import { createHttpApp, GRAPHQL_PATH } from './http.ts';
import type { Caller, GatewayOptions, Readiness } from './options.ts';
import { createOriginRule } from './origins.ts';
import { clientGone, RequestContext, type GatewayContext } from './request.ts';
import { describeRoute, REST_ROUTES } from './rest/index.ts';
import { sandboxPage } from './sandbox.ts';
import { LocalSource } from './sources/local.ts';
import { RemoteSource } from './sources/remote.ts';
import type { Source } from './sources/source.ts';
import { Subscriptions } from './subscriptions.ts';
import { openWebSocketDoor } from './websocket.ts';

export interface ExecuteOptions {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Default: all. */
  readonly allowedWallets?: AllowedWallets;
  readonly signal?: AbortSignal;
}

export interface Gateway {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly port: number;
  /** What is under way: for metrics and tests. */
  readonly load: { readonly requests: number; readonly subscriptions: number; readonly sockets: number };
  /** Runs a query or mutation as a client's would be run, without HTTP. */
  executeOperation(operation: ExecuteOptions): Promise<Answer>;
  /** Not ready from now on; requests under way may finish until `timeoutMs` (default 5 s), then they are aborted. */
  close(options?: { timeoutMs?: number }): Promise<void>;
}

const createSources = ({ subgraphs, log }: GatewayOptions): Record<string, Source> =>
  Object.fromEntries(
    Object.entries(subgraphs).map(([name, place]) => [name, place.kind === 'local' ? new LocalSource(place.subgraph, log) : new RemoteSource({ ...place, name }, log)]),
  );

const stopping = (): PonteError => new PonteError('SUBGRAPH_UNAVAILABLE', 'The server is shutting down', { retryable: true });

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return server.address() as AddressInfo;
}

/** Starts the public door. Rejects where the supergraph is not usable or the port is taken. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { supergraphSdl, log, production, deadlineMs = 30_000, maxBodyBytes = 1024 * 1024 } = options;
  const introspection = options.introspection ?? !production;
  const sandbox = options.sandbox ?? !production;
  const allowedWallets = options.allowedWallets ?? (() => 'all' as const);
  const originAllowed = createOriginRule(options.corsOrigins, production);
  const sources = createSources(options);
  const formatError = createErrorFormatter(log);
  const underWay = new Set<RequestContext>();
  let closing: Promise<void> | undefined;

  const begin = (wallets: AllowedWallets, parent?: AbortSignal): GatewayContext => {
    const request = new RequestContext({ allowedWallets: wallets, deadlineMs, ...(parent ? { parent } : {}) });
    underWay.add(request);
    return { request };
  };
  const end = ({ request }: GatewayContext) => {
    request.end();
    underWay.delete(request);
  };

  const federation = createFederation({ supergraphSdl, sources, log, mutationDeadlineMs: Math.max(deadlineMs, options.mutationDeadlineMs ?? 90_000) });
  const page = sandboxPage({ routes: REST_ROUTES.map(describeRoute), docsUrl: options.docsUrl });
  const apollo = new ApolloServer<GatewayContext>({
    gateway: federation.gateway,
    introspection,
    formatError,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    nodeEnv: production ? 'production' : 'development',
    apollo: {},
    logger: vendorLog(log),
    plugins: [sandbox ? { serverWillStart: async () => ({ renderLandingPage: async () => ({ html: page }) }) } : ApolloServerPluginLandingPageDisabled()],
  });
  await apollo.start();
  const apiSchema = federation.apiSchema();
  const subscriptions = new Subscriptions({ supergraphSdl, apiSchema, sources, log, deadlineMs });

  async function execute({ query, operationName, variables }: ExecuteOptions, context: GatewayContext): Promise<Answer> {
    const { body } = await apollo.executeOperation({ query, ...(operationName === undefined ? {} : { operationName }), variables: { ...variables } }, { contextValue: context });
    if (body.kind !== 'single') throw new PonteError('INTERNAL_SERVER_ERROR', 'Incremental answers are not supported here');
    const { data, errors } = body.singleResult;
    return { ...(data === undefined ? {} : { data }), ...(errors ? { errors } : {}) };
  }
  async function executeOperation(operation: ExecuteOptions): Promise<Answer> {
    const context = begin(operation.allowedWallets ?? 'all', operation.signal);
    try {
      return await execute(operation, context);
    } finally {
      end(context);
    }
  }

  const callerOf = (req: Request): Caller => ({ headers: req.headers, remoteAddress: req.ip });
  async function contextOf({ req, res }: { req: Request; res: Response }): Promise<GatewayContext> {
    const context = begin(await allowedWallets(callerOf(req)));
    res.once('close', () => {
      if (!res.writableFinished) context.request.abort(clientGone());
      end(context);
    });
    if (res.destroyed) context.request.abort(clientGone());
    return context;
  }

  const readiness = async (): Promise<Readiness> => {
    if (closing) return { ok: false, checks: { gateway: { ok: false, message: 'It is shutting down' } } };
    return checkReadiness({ sources, readiness: options.readiness, log });
  };
  const app = createHttpApp({
    apollo,
    log,
    originAllowed,
    trustProxy: options.trustProxy,
    maxBodyBytes,
    sandbox,
    docsUrl: options.docsUrl,
    apiSdl: introspection ? printSchema(apiSchema) : undefined,
    contextOf,
    execute,
    readiness,
  });
  const server: Server = options.tls ? createHttpsServer(options.tls, app) : createHttpServer(app);
  const sockets = openWebSocketDoor({
    server,
    path: GRAPHQL_PATH,
    documents: new Documents(apiSchema),
    apiSchema,
    subscriptions,
    originAllowed,
    maxPayload: maxBodyBytes,
    maxSubscriptions: options.maxSubscriptionsPerConnection ?? 50,
    keepAliveMs: options.keepAliveMs ?? 12_000,
    allowedWallets,
    execute: ({ document, ...operation }) => executeOperation({ ...operation, query: document.loc!.source.body }),
    format: (error) => formatWith(formatError, error),
  });

  async function close(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await sockets.close();
    await subscriptions.close();
    const patience = setTimeout(() => {
      for (const request of underWay) request.abort(stopping());
      setTimeout(() => server.closeAllConnections(), 500).unref();
    }, timeoutMs);
    await closed;
    clearTimeout(patience);
    await apollo.stop();
    await Promise.all(Object.values(sources).map((source) => source.close()));
  }

  let address: AddressInfo;
  try {
    address = await listen(server, options.host, options.port);
  } catch (error) {
    await apollo.stop();
    await Promise.all(Object.values(sources).map((source) => source.close()));
    throw error;
  }
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host}:${address.port}`,
    port: address.port,
    load: {
      get requests() {
        return underWay.size;
      },
      get subscriptions() {
        return subscriptions.size;
      },
      get sockets() {
        return sockets.size;
      },
    },
    executeOperation,
    close: ({ timeoutMs = 5_000 } = {}) => (closing ??= close(timeoutMs)),
  };
}

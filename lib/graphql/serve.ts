// One subgraph as a server of its own: POST /graphql, graphql-ws on the same path, health. It believes the gateway about
// what the caller may see (WALLETS_HEADER), so it is to be reached by the gateway only.
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { getOperationAST, GraphQLError, type DocumentNode } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { PonteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Documents } from './documents.ts';
import { toGraphQLError } from './errors.ts';
import { openEvents, runOperation, type Answer } from './run.ts';
import { mapStream } from './stream.ts';
import { readWallets, WALLETS_HEADER, type AllowedWallets, type Subgraph } from './subgraph.ts';

const PATH = '/graphql';
/** Entity fetches carry the keys of whole pages. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface ServeOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Logger;
  /** Whether what the subgraph stands on (its database) is there. Default: always. */
  ready?(): Promise<boolean>;
}

export interface ServedSubgraph {
  readonly url: string;
  readonly wsUrl: string;
  readonly port: number;
  /** Ends streams and sockets; requests under way may finish until `timeoutMs` (default 3 s). */
  close(options?: { timeoutMs?: number }): Promise<void>;
}

const Body = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});
interface Wanted {
  readonly document: DocumentNode;
  readonly variables: Record<string, unknown> | null | undefined;
  readonly operationName: string | null | undefined;
}

const goneAway = () => new DOMException('The caller closed the connection', 'AbortError');

function createApp(subgraph: Subgraph, documents: Documents, { log, ready }: ServeOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/health/live', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/health/ready', async (_req, res) => {
    const ok = ready ? await ready().catch(() => false) : true;
    res.status(ok ? 200 : 503).json({ status: ok ? 'ok' : 'unavailable' });
  });

  app.post(PATH, express.json({ limit: MAX_BODY_BYTES }), async (req: Request, res: Response) => {
    const body = Body.safeParse(req.body);
    if (!body.success) return void res.status(400).json({ errors: [{ message: 'The body is not a GraphQL request', extensions: { code: 'BAD_REQUEST' } }] });
    const { query, variables, operationName } = body.data;
    const prepared = documents.prepare(query);
    if ('errors' in prepared) return void res.status(400).json({ errors: prepared.errors });
    if (getOperationAST(prepared.document, operationName)?.operation === 'subscription') {
      return void res.status(400).json({ errors: [{ message: 'Subscriptions travel over WebSocket', extensions: { code: 'BAD_REQUEST' } }] });
    }
    const gone = new AbortController();
    res.once('close', () => {
      if (!res.writableFinished) gone.abort(goneAway());
    });
    const context = subgraph.createContext({ allowedWallets: readWallets(req.get(WALLETS_HEADER)), signal: gone.signal });
    try {
      res.json(await runOperation(subgraph, { document: prepared.document, variables, operationName }, { context, signal: gone.signal, log }));
    } catch (error) {
      if (!gone.signal.aborted) throw error;
      res.destroy();
    }
  });

  app.use((_req, res) => void res.status(404).json({ message: `Only ${PATH} and /health are here` }));
  const onError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
    const status = Number((error as { status?: unknown } | null)?.status ?? 500);
    const readable = status >= 400 && status < 500;
    const formatted = readable ? { message: 'The request cannot be read', extensions: { code: 'BAD_REQUEST' } } : toGraphQLError(error, log).toJSON();
    if (res.headersSent) res.destroy();
    else res.status(readable ? status : 500).json({ errors: [formatted] });
  };
  app.use(onError);
  return app;
}

/** The events of a subscription, each resolved with fresh loaders, so that an event never shows what an older one read. */
async function subscribeTo(subgraph: Subgraph, wanted: Wanted, allowedWallets: AllowedWallets, log: Logger): Promise<AsyncGenerator<Answer> | Answer> {
  const over = new AbortController();
  const context = () => subgraph.createContext({ allowedWallets, signal: over.signal });
  const opened = await openEvents(subgraph, wanted, { context: context(), signal: over.signal, log });
  if ('refusal' in opened) return opened.refusal;
  return mapStream<unknown, Answer>(opened.events, {
    map: (event) => runOperation(subgraph, wanted, { context: context(), signal: over.signal, log, event }),
    failed: (error) => ({ errors: [toGraphQLError(error, log).toJSON()] }),
    ended: () => over.abort(new DOMException('The stream is over', 'AbortError')),
  });
}

function openSockets(server: Server, subgraph: Subgraph, documents: Documents, log: Logger): WebSocketServer {
  const sockets = new WebSocketServer({ server, path: PATH, maxPayload: MAX_BODY_BYTES });
  useServer(
    {
      onSubscribe(_connection, _id, { query, variables, operationName, extensions }) {
        const prepared = documents.prepare(query);
        if ('errors' in prepared) return prepared.errors;
        const wallets = extensions?.[WALLETS_HEADER];
        // The wallets ride in the root value of the arguments: each subscription of the gateway's one socket has its own.
        const rootValue = readWallets(typeof wallets === 'string' ? wallets : undefined);
        return { schema: subgraph.schema, document: prepared.document, operationName: operationName ?? null, variableValues: variables ?? {}, rootValue };
      },
      subscribe: ({ document, variableValues, operationName, rootValue }) =>
        subscribeTo(subgraph, { document, variables: variableValues, operationName }, rootValue as AllowedWallets, log) as Promise<AsyncGenerator<never>>,
      execute: () => {
        const error = new PonteError('BAD_USER_INPUT', 'Queries and mutations travel over HTTP');
        return { errors: [new GraphQLError(error.message, { originalError: error, extensions: { code: error.code } })] };
      },
      onNext: (_connection, _id, _payload, _args, { data, errors }) => ({ ...(data === undefined ? {} : { data }), ...(errors ? { errors } : {}) }) as never,
      isProd: true,
    },
    sockets,
  );
  return sockets;
}

/** Serves a subgraph until it is closed. Rejects where the port is taken. */
export async function serveSubgraph(subgraph: Subgraph, options: ServeOptions): Promise<ServedSubgraph> {
  const log = options.log.child({ subgraph: subgraph.name });
  const documents = new Documents(subgraph.schema);
  const server = createServer(createApp(subgraph, documents, { ...options, log }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  const sockets = openSockets(server, subgraph, documents, log);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;

  async function close(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets.clients) socket.close(1001, 'The server is shutting down');
    const patience = setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
    }, timeoutMs);
    server.closeIdleConnections();
    sockets.close();
    await closed;
    clearTimeout(patience);
  }
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}${PATH}`,
    wsUrl: `ws://${host}:${port}${PATH}`,
    port,
    close: ({ timeoutMs = 3_000 } = {}) => (closing ??= close(timeoutMs)),
  };
}

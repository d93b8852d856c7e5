// One subgraph as a server of its own: POST /graphql, graphql-ws on the same path, health. It believes the gateway about
// what the caller may see (WALLETS_HEADER), so it answers nobody who does not know the secret that both share.
import { GraphQLError, type DocumentNode } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ConfigError, PonteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isLoopback } from '../loopback.ts';
import type { Tracing } from '../tracing.ts';
import { refuseUpgrade } from '../upgrade.ts';
import { Documents } from './documents.ts';
import { toGraphQLError } from './errors.ts';
import { openEvents, runOperation, type Answer } from './run.ts';
import { createHttpSide, MAX_BODY_BYTES } from './serve-http.ts';
import { mapStream } from './stream.ts';
import { readWallets, SECRET_HEADER, WALLETS_HEADER, type AllowedWallets, type Subgraph } from './subgraph.ts';

const PATH = '/graphql';

export interface ServeOptions {
  /** Default: this machine only. Elsewhere a secret is needed. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Logger;
  /** What the gateway sends as SECRET_HEADER with every request and handshake; whoever does not is refused with 401. */
  readonly secret?: string | undefined;
  /** Goes on with the trace of who calls. Default: no traces. */
  readonly tracing?: Tracing | undefined;
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

interface Wanted {
  readonly document: DocumentNode;
  readonly variables: Record<string, unknown> | null | undefined;
  readonly operationName: string | null | undefined;
}

type Admits = (headers: IncomingHttpHeaders) => boolean;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Who may ask. The comparison takes the same time for every guess. */
function admission(secret: string | undefined): Admits {
  if (secret === undefined) return () => true;
  const expected = digest(secret);
  return ({ [SECRET_HEADER]: given }) => timingSafeEqual(digest(typeof given === 'string' ? given : ''), expected);
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

function openSockets(server: Server, subgraph: Subgraph, admits: Admits, log: Logger): WebSocketServer {
  const documents = new Documents(subgraph.schema);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });
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
  server.on('upgrade', (request, socket: Duplex, head) => {
    socket.on('error', () => socket.destroy());
    if (new URL(request.url ?? '/', 'http://host').pathname !== PATH) return refuseUpgrade(socket, 404);
    if (!admits(request.headers)) return refuseUpgrade(socket, 401);
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  return sockets;
}

/** Serves a subgraph until it is closed. Rejects where the port is taken; with a ConfigError where others could reach it without a secret. */
export async function serveSubgraph(subgraph: Subgraph, { host = '127.0.0.1', port, log: parentLog, secret, tracing, ready = async () => true }: ServeOptions): Promise<ServedSubgraph> {
  if (secret === undefined && !isLoopback(host))
    throw new ConfigError([`HOST is "${host}", and SUBGRAPH_SECRET is missing: a subgraph believes whoever reaches it, so elsewhere than on this machine it needs one (openssl rand -hex 32)`]);
  const log = parentLog.child({ subgraph: subgraph.name });
  const admits = admission(secret);
  const http = await createHttpSide(subgraph, { path: PATH, log, admits, ready, tracing });
  const server = createServer(http.app);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
  } catch (error) {
    await http.stop();
    throw error;
  }
  const sockets = openSockets(server, subgraph, admits, log);
  const address = `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;

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
    await http.stop();
  }
  let closing: Promise<void> | undefined;
  return {
    url: `http://${address}${PATH}`,
    wsUrl: `ws://${address}${PATH}`,
    port: (server.address() as AddressInfo).port,
    close: ({ timeoutMs = 3_000 } = {}) => (closing ??= close(timeoutMs)),
  };
}

// GraphQL over WebSocket (graphql-transport-ws) on the path of the HTTP endpoint: subscriptions, and queries and mutations
// for clients that keep one socket. Validated here; a browser's page is checked before the handshake.
import { getOperationAST, GraphQLError, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Context } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { PonteError } from '../lib/errors.ts';
import type { Documents } from '../lib/graphql/documents.ts';
import { errorExtensions } from '../lib/graphql/errors.ts';
import type { Answer } from '../lib/graphql/run.ts';
import type { AllowedWallets } from '../lib/graphql/subgraph.ts';
import type { Caller } from './options.ts';
import type { OriginRule } from './origins.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface ExecuteRequest {
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly allowedWallets: AllowedWallets;
  /** Aborts the work when the caller is gone. */
  readonly signal?: AbortSignal;
}

export interface WebSocketOptions {
  readonly server: Server;
  readonly path: string;
  readonly documents: Documents;
  readonly apiSchema: GraphQLSchema;
  readonly subscriptions: Subscriptions;
  readonly originAllowed: OriginRule;
  readonly maxPayload: number;
  readonly maxSubscriptions: number;
  readonly keepAliveMs: number;
  allowedWallets(caller: Caller): AllowedWallets | Promise<AllowedWallets>;
  /** Queries and mutations. */
  execute(request: ExecuteRequest): Promise<Answer>;
  format(error: unknown): GraphQLFormattedError;
}

export interface WebSocketDoor {
  /** Sockets that are open. */
  readonly size: number;
  /** Tells every socket that the server goes away (1001, so that clients reconnect elsewhere), and waits for them to close. */
  close(): Promise<void>;
}

type Connection = Context<Record<string, unknown>, Extra>;

const refuse = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

const tooMany = (limit: number): PonteError =>
  new PonteError('QUERY_TOO_EXPENSIVE', `This connection already holds ${limit} subscriptions`, { hint: 'Complete one of them, or open another connection.' });

export function openWebSocketDoor(options: WebSocketOptions): WebSocketDoor {
  const { server, path, documents, subscriptions, maxSubscriptions, apiSchema: schema } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxPayload });
  const goneOf = new WeakMap<Connection['extra']['socket'], AbortController>();

  const walletsOf = ({ extra: { request }, connectionParams }: Connection) =>
    options.allowedWallets({ headers: request.headers, remoteAddress: request.socket.remoteAddress, ...(connectionParams ? { connectionParams } : {}) });
  const refusal = (error: unknown): GraphQLError[] => {
    const { message, extensions } = options.format(error);
    return [new GraphQLError(message, { extensions: extensions ?? {} })];
  };

  useServer<Record<string, unknown>>(
    {
      connectionInitWaitTimeout: 10_000,
      async onSubscribe(connection, _id, payload) {
        const prepared = documents.prepare(payload.query);
        if ('errors' in prepared) return prepared.errors;
        const { document } = prepared;
        const operation = getOperationAST(document, payload.operationName);
        const held = Object.keys(connection.subscriptions).length;
        if (operation?.operation === 'subscription' && held > maxSubscriptions) {
          const error = tooMany(maxSubscriptions);
          return [new GraphQLError(error.message, { extensions: errorExtensions(error) })];
        }
        try {
          // The wallets ride in the root value: sources never see it.
          const rootValue = await walletsOf(connection);
          return { schema, document, operationName: payload.operationName ?? null, variableValues: payload.variables ?? {}, rootValue, contextValue: connection };
        } catch (error) {
          return refusal(error);
        }
      },
      subscribe: ({ document, operationName, variableValues, rootValue }) =>
        subscriptions.open({
          document,
          operationName: operationName ?? undefined,
          variables: variableValues ?? undefined,
          allowedWallets: rootValue as AllowedWallets,
        }) as Promise<AsyncGenerator<never>>,
      execute: ({ document, operationName, variableValues, rootValue, contextValue }) => {
        const { socket } = (contextValue as Connection).extra;
        return options.execute({
          document,
          operationName: operationName ?? undefined,
          variables: variableValues ?? undefined,
          allowedWallets: rootValue as AllowedWallets,
          signal: goneOf.get(socket)!.signal,
        }) as Promise<never>;
      },
      // Answers are already in the form in which they leave.
      onNext: (_connection, _id, _payload, _args, result) => result as never,
      onError: (_connection, _id, _payload, errors) => errors.map((error) => options.format(error)),
      isProd: true,
    },
    sockets,
    options.keepAliveMs,
  );

  sockets.on('connection', (socket) => {
    const gone = new AbortController();
    goneOf.set(socket, gone);
    socket.once('close', () => gone.abort(new DOMException('The client closed the connection', 'AbortError')));
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (new URL(request.url ?? '/', 'http://host').pathname !== path) return refuse(socket, '404 Not Found');
    if (!options.originAllowed(request.headers)) return refuse(socket, '403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  };
  server.on('upgrade', upgrade);

  return {
    get size() {
      return sockets.clients.size;
    },
    async close() {
      server.off('upgrade', upgrade);
      const closed = [...sockets.clients].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
      for (const socket of sockets.clients) socket.close(1001, 'The server is shutting down');
      const patience = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), 1_000);
      await Promise.all(closed);
      clearTimeout(patience);
      sockets.close();
    },
  };
}

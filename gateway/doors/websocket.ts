// GraphQL over WebSocket (graphql-transport-ws) on the path of the HTTP endpoint. The caller is known when the connection is
// initialised, and stays the same; the socket ends with its credential. States: open, initialised (4408 otherwise), closed.
import { GraphQLError, parse, GraphQLSchema, type ExecutionArgs, type GraphQLFormattedError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context, type SubscribePayload } from 'graphql-ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { refuseUpgrade } from '../../lib/upgrade.ts';
import type { Caller } from '../options.ts';
import type { Principal } from '../principal.ts';
import { clientGone } from '../request.ts';
import type { Result } from '../result.ts';
import { requestIdOf } from './headers.ts';
import type { OriginRule } from './origins.ts';
import type { Engine, Inquiry } from './port.ts';
import { credentialEnded, formatted, isResult, refusalOf } from './refusals.ts';
import { socketOf, type AdaptedSocket } from './socket.ts';

export interface WebSocketOptions {
  readonly server: Server;
  readonly path: string;
  readonly engine: Engine;
  readonly log: Logger;
  readonly originAllowed: OriginRule;
  readonly hostAllowed: OriginRule;
  addressOf(request: IncomingMessage): string | undefined;
  readonly maxPayload: number;
  /** Operations that one socket may have under way. */
  readonly maxOperations: number;
  /** Between two pings; a socket that shows no sign of life in between is closed. */
  readonly keepAliveMs: number;
  /** A socket with nothing under way is closed after this long. */
  readonly idleMs: number;
  /** From the handshake to `connection_init`. */
  readonly initTimeoutMs: number;
}

export interface WebSocketDoor {
  /** Sockets that are open. */
  readonly size: number;
  /** Closes every socket, when it has the answers that are being made for it, so that its client connects again (1012). New ones may come. */
  reload(reason: string): void;
  /** Tells every socket that the server goes away (1001, so that clients reconnect elsewhere), and waits for them to close. */
  close(): Promise<void>;
}

/** What the door keeps of one socket. */
interface Peer {
  readonly id: string;
  readonly socket: WebSocket;
  readonly adapted: AdaptedSocket;
  readonly caller: Omit<Caller, 'connectionParams'>;
  /** Work under way, by the client's operation id. */
  readonly operations: Map<string, AbortController>;
  /** Queries and mutations that are being answered. */
  running: number;
  /** Set when the socket is to be closed as soon as none of them runs. */
  leaving: string | undefined;
  principal: Principal | undefined;
  alive: boolean;
  buffered: number;
  busyAt: number;
}
type Connection = Context<Record<string, unknown>, Peer>;

const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;
/** Reasons of a close frame are at most this many bytes. */
const MAX_REASON = 123;
/** The library dispatches by documents; ours are run by the engine, so that it is given these. */
const DOCUMENTS = { subscription: parse('subscription { _: __typename }'), query: parse('{ __typename }') };
const NO_SCHEMA = new GraphQLSchema({});

/** A reason that fits into a close frame. */
const reasonOf = (text: string): string => (Buffer.byteLength(text) <= MAX_REASON ? text : Buffer.from(text).subarray(0, MAX_REASON - 3).toString('utf8').replace(/�/g, ''));

/** How a caller that is refused at the door is told. Clients come again after 4403 and 1013, with what `connectionParams` gives then. */
function closeCodeOf({ code }: PonteError): number {
  if (code === 'UNAUTHENTICATED') return CloseCode.Unauthorized;
  return code === 'RATE_LIMITED' || code === 'OVERLOADED' ? TRY_AGAIN_LATER : CloseCode.Forbidden;
}

const graphqlErrors = (errors: readonly GraphQLFormattedError[]): GraphQLError[] =>
  errors.map(({ message, path, extensions }) => new GraphQLError(message, { ...(path ? { path } : {}), extensions: extensions ?? {} }));

/** Refused before anything ran: an `error` message. Variables are looked at by execution, whose answers travel as `next`. */
const isError = ({ refused, errors }: Result): boolean => refused && errors.some(({ extensions }) => extensions?.['code'] !== 'BAD_USER_INPUT');

const inquiryOf = ({ query, operationName, variables, extensions }: SubscribePayload): Inquiry => ({
  // The protocol has no message without a query: a stored document is asked for with an empty one.
  query: query === '' && extensions != null ? undefined : query,
  operationName,
  variables,
  extensions,
});

export function openWebSocketDoor(options: WebSocketOptions): WebSocketDoor {
  const { server, path, engine, log, maxOperations, keepAliveMs, idleMs } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxPayload, handleProtocols: (protocols) => handleProtocols(protocols) });
  const peers = new Map<WebSocket, Peer>();

  async function onConnect({ extra: peer, connectionParams }: Connection): Promise<boolean> {
    const { socket } = peer;
    try {
      const principal = await engine.authenticate({ ...peer.caller, ...(connectionParams ? { connectionParams } : {}) });
      if (principal.ended?.aborted) throw credentialEnded();
      peer.principal = principal;
      const expire = () => socket.close(CloseCode.Forbidden, credentialEnded().message);
      principal.ended?.addEventListener('abort', expire, { once: true });
      socket.once('close', () => principal.ended?.removeEventListener('abort', expire));
      return true;
    } catch (error) {
      const { errors } = refusalOf(error, log);
      const code = error instanceof PonteError ? closeCodeOf(error) : CloseCode.InternalServerError;
      socket.close(code, reasonOf(errors[0]!.message));
      return false;
    }
  }

  /** Runs the operation; its outcome rides in the root value, and the library delivers it. */
  async function onSubscribe(connection: Connection, id: string, payload: SubscribePayload): Promise<ExecutionArgs | GraphQLError[]> {
    const peer = connection.extra;
    if (Object.keys(connection.subscriptions).length > maxOperations) return graphqlErrors([formatted(tooMany(maxOperations))]);
    const controller = new AbortController();
    peer.operations.set(id, controller);
    peer.running++;
    const outcome = await outcomeOf(peer, inquiryOf(payload), controller.signal);
    peer.running--;
    // The library sends the answer in this turn of the event loop.
    if (peer.leaving !== undefined) setImmediate(leave, peer);
    // A stream that is open ends by `return()`; what was run is over.
    if (peer.operations.get(id) === controller && isResult(outcome)) peer.operations.delete(id);
    if (isResult(outcome) && isError(outcome)) return graphqlErrors(outcome.errors);
    return { schema: NO_SCHEMA, document: isResult(outcome) ? DOCUMENTS.query : DOCUMENTS.subscription, rootValue: outcome, contextValue: peer };
  }

  /** A client that loses its socket sends again what was not answered, mutations too: so their answers go out first. */
  function leave(peer: Peer): void {
    if (peer.leaving !== undefined && peer.running === 0) peer.socket.close(SERVICE_RESTART, peer.leaving);
  }

  async function outcomeOf({ id, caller, principal }: Peer, inquiry: Inquiry, signal: AbortSignal): Promise<Result | AsyncGenerator<Result, void, void>> {
    const exchange = { id, door: 'websocket', caller, signal } as const;
    try {
      if (engine.operationKind(inquiry)?.operation === 'subscription') return await engine.subscribe(inquiry, { ...exchange, principal: principal! });
      const request = engine.begin(principal!, exchange);
      try {
        return await engine.execute(inquiry, request);
      } finally {
        engine.end(request);
      }
    } catch (error) {
      return refusalOf(error, log);
    }
  }

  const protocol = makeServer<Record<string, unknown>, Peer>({
    connectionInitWaitTimeout: options.initTimeoutMs,
    onConnect,
    onSubscribe,
    execute: ({ rootValue }) => rootValue as never,
    subscribe: ({ rootValue }) => rootValue as never,
    onNext: ({ extra }, _id, _payload, _args, result) => extra.adapted.payload(result as unknown as Result) as never,
    // A source that fails where it should not: its words are not for clients.
    onError: (_connection, _id, _payload, errors) => errors.map((error) => (error.originalError ? refusalOf(error.originalError, log).errors[0]! : error.toJSON())),
    onComplete: ({ extra }, id) => void extra.operations.delete(id),
  });

  function open(socket: WebSocket, request: IncomingMessage): void {
    const operations = new Map<string, AbortController>();
    const stop = (id: string) => {
      operations.get(id)?.abort(clientGone());
      operations.delete(id);
    };
    const peer: Peer = {
      id: requestIdOf(request.headers),
      socket,
      adapted: socketOf(socket, { log, completed: stop }),
      caller: { headers: request.headers, remoteAddress: options.addressOf(request) },
      operations,
      running: 0,
      leaving: undefined,
      principal: undefined,
      alive: true,
      buffered: 0,
      busyAt: performance.now(),
    };
    peers.set(socket, peer);
    const lives = () => void (peer.alive = true);
    socket.on('pong', lives);
    socket.on('message', lives);
    // A frame that is too large or malformed: ws closes the socket with the code that the protocol has for it.
    socket.on('error', (error) => log.debug({ reason: error.message }, 'A WebSocket failed'));
    const closed = protocol.opened(peer.adapted, peer);
    socket.once('close', (code, reason) => {
      peers.delete(socket);
      for (const id of operations.keys()) stop(id);
      closed(code, String(reason)).catch((error: unknown) => log.error({ error }, 'A WebSocket could not be ended'));
    });
  }

  /** One timer for all sockets: who gave no sign of life since the last ping, and took nothing either, is gone. */
  function sweep(): void {
    const now = performance.now();
    for (const [socket, peer] of peers) {
      const { bufferedAmount } = socket;
      if (!peer.alive && bufferedAmount >= peer.buffered) {
        socket.terminate();
        continue;
      }
      if (peer.operations.size > 0) peer.busyAt = now;
      if (now - peer.busyAt > idleMs) socket.close(1000, 'Idle');
      peer.alive = false;
      peer.buffered = bufferedAmount;
      socket.ping();
    }
  }
  const sweeper = setInterval(sweep, keepAliveMs);

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const { headers, url = '/' } = request;
    if (url.split('?', 1)[0] !== path) return refuseUpgrade(socket, 404);
    if (!options.hostAllowed(headers) || !options.originAllowed(headers)) return refuseUpgrade(socket, 403);
    const busy = engine.admit?.({ headers, remoteAddress: options.addressOf(request) });
    if (busy) return refuseUpgrade(socket, busy.status ?? 503, busy);
    sockets.handleUpgrade(request, socket, head, open);
  };
  server.on('upgrade', upgrade);

  return {
    get size() {
      return sockets.clients.size;
    },
    reload(reason) {
      for (const peer of peers.values()) {
        peer.leaving = reasonOf(reason);
        leave(peer);
      }
    },
    async close() {
      server.off('upgrade', upgrade);
      clearInterval(sweeper);
      const closed = [...sockets.clients].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
      for (const socket of sockets.clients) socket.close(1001, 'The server is shutting down');
      const patience = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), 1_000);
      await Promise.all(closed);
      clearTimeout(patience);
      sockets.close();
    },
  };
}

const tooMany = (limit: number): PonteError =>
  new PonteError('QUERY_TOO_EXPENSIVE', `This connection already has ${limit} operations under way`, { hint: 'Complete one of them, or open another connection.' });

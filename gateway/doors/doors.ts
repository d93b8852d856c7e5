// The doors on one port: a front that sorts requests by path, the lean GraphQL path, the pages beside it, and WebSockets.
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../lib/log.ts';
import { refusal } from '../result.ts';
import { Exchanges } from './exchanges.ts';
import { createGraphqlDoor, send } from './graphql.ts';
import { createHeaders, requestIdOf } from './headers.ts';
import { EVENTS_ONLY, negotiate } from './negotiation.ts';
import type { OriginRule } from './origins.ts';
import { createPages, EVENTS_PATH, GRAPHQL_PATH } from './pages.ts';
import type { Engine } from './port.ts';
import { reloading, stopping } from './refusals.ts';
import { openWebSocketDoor } from './websocket.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export interface DoorsOptions {
  readonly engine: Engine;
  readonly log: Logger;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer } | undefined;
  /** Express' `trust proxy`: number of proxies, or their addresses. Default: none. */
  readonly trustProxy?: boolean | number | string | undefined;
  readonly originAllowed: OriginRule;
  /** Which names of this server may be asked for (DNS rebinding). Default: all. */
  readonly hostAllowed?: ((headers: IncomingHttpHeaders) => boolean) | undefined;
  /** Shows the page to browsers at the GraphQL path. */
  readonly sandbox: boolean;
  readonly docsUrl?: string | undefined;
  /** The schema that clients see; undefined where it is not shown. Asked anew each time. */
  apiSdl(): string | undefined;
  /** Largest body, also when it was compressed, and WebSocket message. Default 1 MB. */
  readonly maxBodyBytes?: number | undefined;
  /** Operations that one WebSocket may have under way. Default 50. */
  readonly maxOperationsPerConnection?: number | undefined;
  /** Between two signs of life on a stream or WebSocket. Default 12 s. */
  readonly keepAliveMs?: number | undefined;
  /** A WebSocket with nothing under way is closed after this long. Default 10 min. */
  readonly idleMs?: number | undefined;
  /** From the handshake to `connection_init`. Default 10 s. */
  readonly initTimeoutMs?: number | undefined;
  /** From the first byte of a request to its last. Default 30 s; its headers have half of it. */
  readonly requestTimeoutMs?: number | undefined;
  /** A connection on which nothing moves is cut. Must be longer than any answer takes. Default 2 min. */
  readonly socketTimeoutMs?: number | undefined;
}

export interface Doors {
  /** Where they are, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly port: number;
  /** HTTP answers that are being made, streams over HTTP, and WebSockets. */
  readonly load: { readonly requests: number; readonly streams: number; readonly sockets: number };
  /** Ends every stream and WebSocket with this reason, in a way that makes clients connect again. New ones may come. */
  reload(reason: string): void;
  /** Refuses what is new, ends streams and sockets; answers under way may finish until `timeoutMs`, then they are aborted. */
  close(options: { timeoutMs: number }): Promise<void>;
}

/** A browser, as opposed to a program that names what it reads. */
function wantsPage({ method, headers: { accept = '' }, url = '' }: IncomingMessage): boolean {
  const at = accept.indexOf('text/html');
  return at >= 0 && method === 'GET' && !/json|event-stream/.test(accept.slice(0, at)) && !/[?&]query=/.test(url);
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return server.address() as AddressInfo;
}

/** Opens the doors. Rejects where the port is taken. */
export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { engine, log, originAllowed, tls, sandbox, maxBodyBytes = 1024 * 1024, keepAliveMs = 12 * SECOND, requestTimeoutMs = 30 * SECOND } = options;
  const hostAllowed = options.hostAllowed ?? (() => true);
  const exchanges = new Exchanges(engine);
  const headersOf = createHeaders({ tls: tls !== undefined, originAllowed });
  const graphql = createGraphqlDoor({ engine, exchanges, log, originAllowed, maxBodyBytes, heartbeatMs: keepAliveMs });
  const { app, addressOf } = createPages({ ...options, docsUrl: options.docsUrl, trustProxy: options.trustProxy, exchanges, maxBodyBytes });
  let closing: Promise<void> | undefined;

  function front(req: IncomingMessage, res: ServerResponse): void {
    const id = requestIdOf(req.headers);
    const headers = headersOf(req.headers, id);
    if (closing) headers.push('connection', 'close');
    const url = req.url ?? '/';
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const wish = path === EVENTS_PATH ? EVENTS_ONLY : negotiate(req.headers.accept);
    if (!hostAllowed(req.headers)) return send({ res, headers, wish }, refusal([{ message: 'Nothing is served under this host name', extensions: { code: 'FORBIDDEN' } }], { status: 403 }));
    if ((path === GRAPHQL_PATH || path === EVENTS_PATH) && req.method !== 'OPTIONS' && !(sandbox && wantsPage(req))) {
      void graphql({ req, res, id, caller: { headers: req.headers, remoteAddress: addressOf(req) }, headers, search: at < 0 ? '' : url.slice(at + 1), wish });
      return;
    }
    for (let i = 0; i < headers.length; i += 2) res.setHeader(headers[i]!, headers[i + 1]!);
    app(req, res);
  }

  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs / 2, connectionsCheckingInterval: Math.min(5 * SECOND, requestTimeoutMs / 2), keepAliveTimeout: 65 * SECOND };
  const server: Server = tls ? createHttpsServer({ ...tls, ...timeouts }, front) : createHttpServer(timeouts, front);
  server.timeout = options.socketTimeoutMs ?? 2 * MINUTE;
  const sockets = openWebSocketDoor({
    server,
    path: GRAPHQL_PATH,
    engine,
    log,
    originAllowed,
    hostAllowed,
    addressOf,
    maxPayload: maxBodyBytes,
    maxOperations: options.maxOperationsPerConnection ?? 50,
    keepAliveMs,
    idleMs: options.idleMs ?? 10 * MINUTE,
    initTimeoutMs: options.initTimeoutMs ?? 10 * SECOND,
  });

  async function close(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Connections whose answer is out are kept for a next request; here they go one after the other.
    const sweep = () => server.closeIdleConnections();
    const sweeper = setInterval(sweep, 50);
    sweep();
    exchanges.abortStreams(stopping());
    let cut: NodeJS.Timeout | undefined;
    const patience = setTimeout(() => {
      exchanges.abortRequests(stopping());
      cut = setTimeout(() => server.closeAllConnections(), 500);
    }, timeoutMs);
    await sockets.close();
    await closed;
    clearInterval(sweeper);
    clearTimeout(patience);
    clearTimeout(cut);
  }

  let address: AddressInfo;
  try {
    address = await listen(server, options.host, options.port);
  } catch (error) {
    await sockets.close();
    throw error;
  }
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${address.port}`,
    port: address.port,
    load: {
      get requests() {
        return exchanges.requests;
      },
      get streams() {
        return exchanges.streams;
      },
      get sockets() {
        return sockets.size;
      },
    },
    reload(reason) {
      exchanges.abortStreams(reloading(reason));
      sockets.reload(reason);
    },
    close: ({ timeoutMs }) => (closing ??= close(timeoutMs)),
  };
}

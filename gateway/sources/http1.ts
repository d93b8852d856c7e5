// A client of HTTP/1.1 for one plain-text peer: POST over kept-alive sockets, one request at a time on each, bodies as `latin1`
// strings that hold the bytes. It exists because small fetches cost more in a general client than in the gateway itself.
import { connect, type Socket } from 'node:net';
import type { Cancel } from '../../lib/cancel.ts';
import { ResponseReader, TransportError, type HttpAnswer } from './http1-response.ts';

export interface HttpCall {
  /** Beside those of the client; checked before they are written. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** One character per byte. */
  readonly body: string;
  readonly signal?: Cancel | undefined;
  /** From now to the last byte of the answer; none where it is left out. */
  readonly timeoutMs?: number | undefined;
  /** A query: may be sent again where a kept socket turns out to be closed. */
  readonly repeatable: boolean;
}

/** Rejects with a TransportError, or with the reason of the call's signal. */
export interface HttpClient {
  post(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface Http1Options {
  /** `http:` only. */
  readonly url: URL;
  /** Sent with every request. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Default 64. */
  readonly connections?: number | undefined;
  /** Default 5 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** An unused socket is closed after this, or earlier where the server says so. Default 4 s, below the 5 s of Node's servers. */
  readonly idleMs?: number | undefined;
  /** Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;
const READ_BUFFER = 64 * 1024;
/** What cannot be sent twice is not given to a socket that the server may be closing just now. */
const SURE_IDLE_MS = 1_000;
const SWEEP_MS = 1_000;

/** The lines of checked headers. Throws where a name or a value could end its line. */
export function headerLines(headers: HttpCall['headers']): string {
  let lines = '';
  for (const [name, value] of headers) {
    if (!NAME.test(name) || !VALUE.test(value)) throw new TransportError('protocol', `The header ${JSON.stringify(name)} cannot be sent`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** One call on its way; settled once. */
class Exchange {
  readonly call: HttpCall;
  readonly text: string;
  connection: Connection | undefined;
  sentAgain = false;
  settled = false;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort: (() => void) | undefined;

  constructor(call: HttpCall, text: string, resolve: (answer: HttpAnswer) => void, reject: (reason: unknown) => void) {
    this.call = call;
    this.text = text;
    this.#resolve = resolve;
    this.#reject = reject;
    const { signal, timeoutMs } = call;
    if (signal) signal.addEventListener('abort', (this.#onAbort = () => this.fail(signal.reason)));
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => this.fail(new TransportError('timeout', `The subgraph did not answer within ${timeoutMs} ms`)), timeoutMs);
    }
  }

  answer(answer: HttpAnswer): void {
    if (this.#settle()) this.#resolve(answer);
  }

  /** Ends the call; its socket, in the middle of something, is of no more use. */
  fail(reason: unknown): void {
    if (!this.#settle()) return;
    this.connection?.destroy();
    this.#reject(reason);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.#timer);
    if (this.#onAbort) this.call.signal!.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

interface Owner {
  readonly maxBody: number;
  /** The exchange is over and the connection can take the next one. */
  free(connection: Connection): void;
  gone(connection: Connection): void;
  again(exchange: Exchange): void;
}

/** One socket. States: opening, busy (an exchange), idle, closed. */
class Connection {
  idleSince = 0;
  idleMs: number | undefined;
  readonly #owner: Owner;
  readonly #socket: Socket;
  #exchange: Exchange | undefined;
  #reader: ResponseReader | undefined;
  #opened = false;
  #served = 0;
  #heard = false;
  #closed = false;

  constructor(owner: Owner, { host, port, connectTimeoutMs }: { host: string; port: number; connectTimeoutMs: number }) {
    this.#owner = owner;
    // One buffer for all reads of this socket, instead of a stream of new ones.
    const onread = { buffer: Buffer.allocUnsafe(READ_BUFFER), callback: (length: number, bytes: Uint8Array) => this.#read(bytes as Buffer, length) };
    this.#socket = connect({ host, port, onread, noDelay: true, keepAlive: true });
    const patience = setTimeout(() => this.#lost(new Error(`No connection within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    this.#socket.once('connect', () => {
      this.#opened = true;
      clearTimeout(patience);
    });
    this.#socket.on('error', (error) => this.#lost(error));
    this.#socket.once('end', () => this.#ended());
    this.#socket.once('close', () => {
      clearTimeout(patience);
      this.#lost(new Error('The socket closed'));
    });
  }

  send(exchange: Exchange): void {
    exchange.connection = this;
    this.#exchange = exchange;
    this.#heard = false;
    this.#reader = new ResponseReader(this.#owner.maxBody);
    this.#socket.write(exchange.text, 'latin1');
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#owner.gone(this);
  }

  #read(bytes: Buffer, length: number): boolean {
    const reader = this.#reader;
    // Nobody asked: whatever it is, the next answer on this socket could not be trusted.
    if (!reader) this.destroy();
    else {
      this.#heard = true;
      try {
        reader.feed(bytes, length);
        if (reader.done) this.#finish(reader);
      } catch (error) {
        this.#exchange!.fail(error);
      }
    }
    return !this.#closed;
  }

  #finish(reader: ResponseReader): void {
    const exchange = this.#exchange!;
    this.#exchange = this.#reader = undefined;
    exchange.connection = undefined;
    this.#served++;
    this.idleMs = reader.idleMs;
    exchange.answer({ status: reader.status, retryAfter: reader.retryAfter, body: reader.body });
    if (!reader.reusable || this.#socket.writableLength > 0) this.destroy();
    else if (!this.#closed) this.#owner.free(this);
  }

  #ended(): void {
    try {
      this.#reader?.end();
      if (this.#reader?.done) return this.#finish(this.#reader);
      this.destroy();
    } catch (error) {
      this.#lost(error);
    }
  }

  #lost(cause: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = this.#reader = undefined;
    this.destroy();
    if (!exchange || exchange.settled) return;
    if (!this.#opened) return exchange.fail(new TransportError('refused', 'The subgraph cannot be reached', cause));
    const stale = this.#served > 0 && !this.#heard;
    if (!stale) return exchange.fail(cause instanceof TransportError ? cause : new TransportError('reset', 'The subgraph closed the socket', cause));
    if (!exchange.call.repeatable || exchange.sentAgain) return exchange.fail(new TransportError('stale', 'The subgraph closed a kept socket', cause));
    exchange.sentAgain = true;
    this.#owner.again(exchange);
  }
}

export class Http1Client implements HttpClient {
  readonly #place: { host: string; port: number; connectTimeoutMs: number };
  readonly #head: string;
  readonly #limit: number;
  readonly #idleMs: number;
  readonly #connections = new Set<Connection>();
  /** Last used last: the warmest is taken first, the others may grow old. */
  readonly #idle: Connection[] = [];
  readonly #waiting: Exchange[] = [];
  readonly #sweeper: NodeJS.Timeout;
  readonly #owner: Owner;
  #closed = false;

  constructor({ url, headers, connections = 64, connectTimeoutMs = 5_000, idleMs = 4_000, maxBodyBytes = 64 * 1024 * 1024 }: Http1Options) {
    if (url.protocol !== 'http:') throw new TransportError('protocol', 'This client speaks http only');
    this.#place = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80), connectTimeoutMs };
    this.#head = `POST ${url.pathname}${url.search} HTTP/1.1\r\n${headerLines([['host', url.host], ...headers])}content-length: `;
    this.#limit = connections;
    this.#idleMs = idleMs;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
    this.#owner = {
      maxBody: maxBodyBytes,
      free: (connection) => this.#free(connection),
      gone: (connection) => this.#gone(connection),
      again: (exchange) => this.#dispatch(exchange, true),
    };
  }

  /** Sockets that are open, and calls that wait for one. */
  get load(): { readonly connections: number; readonly waiting: number } {
    return { connections: this.#connections.size, waiting: this.#waiting.length };
  }

  post(call: HttpCall): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      call.signal?.throwIfAborted();
      const text = `${this.#head}${call.body.length}\r\n${headerLines(call.headers)}\r\n${call.body}`;
      this.#dispatch(new Exchange(call, text, resolve, reject), false);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const exchange of this.#waiting.splice(0)) exchange.fail(new TransportError('closed', 'The client is closed'));
    for (const connection of this.#connections) connection.destroy();
  }

  #dispatch(exchange: Exchange, fresh: boolean): void {
    if (this.#closed) return exchange.fail(new TransportError('closed', 'The client is closed'));
    const kept = fresh ? undefined : this.#take(exchange.call.repeatable);
    if (kept) return kept.send(exchange);
    if (this.#connections.size >= this.#limit) {
      const oldest = this.#idle[0];
      if (!oldest) return void this.#waiting.push(exchange);
      oldest.destroy();
    }
    const connection = new Connection(this.#owner, this.#place);
    this.#connections.add(connection);
    connection.send(exchange);
  }

  #take(repeatable: boolean): Connection | undefined {
    const newest = this.#idle.at(-1);
    if (!newest) return undefined;
    const age = performance.now() - newest.idleSince;
    if (age > (repeatable ? this.#patience(newest) : SURE_IDLE_MS)) return undefined;
    return this.#idle.pop();
  }

  /** Half of what the server allows at most, so that its end and ours do not race. */
  #patience({ idleMs }: Connection): number {
    return Math.min(this.#idleMs, idleMs === undefined ? Infinity : Math.max(idleMs / 2, idleMs - 1_000));
  }

  #free(connection: Connection): void {
    const next = this.#nextWaiting();
    if (next) return connection.send(next);
    connection.idleSince = performance.now();
    this.#idle.push(connection);
  }

  #gone(connection: Connection): void {
    this.#connections.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    // Not now: the caller may be in the middle of a dispatch that takes the free place itself.
    if (this.#waiting.length > 0) queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    if (this.#connections.size >= this.#limit) return;
    const next = this.#nextWaiting();
    if (next) this.#dispatch(next, false);
  }

  #nextWaiting(): Exchange | undefined {
    let next = this.#waiting.shift();
    while (next?.settled) next = this.#waiting.shift();
    return next;
  }

  #sweep(): void {
    const now = performance.now();
    // From the end, because what is closed takes itself out of the list.
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const connection = this.#idle[i]!;
      if (now - connection.idleSince > this.#patience(connection)) connection.destroy();
    }
  }
}

// Reads one HTTP/1.1 response from the bytes of a socket, strictly (RFC 9112): whatever two readers could read in two ways is
// an error, and the socket it came from is not used again. Bodies become `latin1` strings, one character per byte.
import { PonteError } from '../../lib/errors.ts';

/** How an exchange ended without an answer. `stale`: a kept socket closed before the first byte, so nothing was begun for us. */
export type TransportFailure = 'refused' | 'stale' | 'reset' | 'timeout' | 'protocol' | 'too large' | 'closed';

/** For the log and for decisions about retries; clients are told SUBGRAPH_UNAVAILABLE by whoever catches it. */
export class TransportError extends PonteError {
  readonly failure: TransportFailure;

  constructor(failure: TransportFailure, message: string, cause?: unknown) {
    super('SUBGRAPH_UNAVAILABLE', message, { retryable: failure !== 'protocol' && failure !== 'too large', cause });
    this.name = 'TransportError';
    this.failure = failure;
  }
}

export interface HttpAnswer {
  readonly status: number;
  /** The raw value of `Retry-After`. */
  readonly retryAfter: string | undefined;
  /** Its bytes, one per character. */
  readonly body: string;
}

/** Status line and headers of one response, and of the interim ones before it, together. */
const MAX_HEAD = 16 * 1024;
const MAX_INTERIM = 8;
/** A chunk's size and extensions. */
const MAX_SIZE_LINE = 256;
/** Looked at in one step while the end of the head is searched: most heads are shorter. */
const HEAD_STEP = 1024;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;
/** No spaces before the colon, no folded lines, no control characters. */
const HEADER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y;
const DIGITS = /^[0-9]{1,15}$/;
const SIZE_LINE = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r$/;

const HEAD = 0;
const LENGTH = 1;
const CHUNK_SIZE = 2;
const CHUNK = 3;
const CHUNK_END = 4;
const TRAILER = 5;
const UNTIL_CLOSE = 6;
const DONE = 7;

const broken = (what: string): TransportError => new TransportError('protocol', `The response is not valid HTTP/1.1: ${what}`);

/** One response. `feed` it until `done`; a new object is used for the next one. */
export class ResponseReader {
  status = 0;
  retryAfter: string | undefined;
  body = '';
  /** The socket may carry another request when this response is done. */
  reusable = false;
  /** What the server says about idle sockets (`Keep-Alive: timeout=`), ms. */
  idleMs: number | undefined;
  readonly #maxBody: number;
  #state = HEAD;
  /** Bytes that the body or the chunk still lacks. */
  #left = 0;
  #line = '';
  #headBytes = 0;
  #interim = 0;

  constructor(maxBody: number) {
    this.#maxBody = maxBody;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  /** Takes the first `length` bytes of `bytes`; throws a TransportError where they are not a response. Bytes after its end make the socket unusable. */
  feed(bytes: Buffer, length: number): void {
    let at = 0;
    while (at < length && this.#state !== DONE) {
      if (this.#state === HEAD) at = this.#feedHead(bytes, at, length);
      else if (this.#state === LENGTH || this.#state === CHUNK || this.#state === UNTIL_CLOSE) at = this.#feedBody(bytes, at, length);
      else at = this.#feedLine(bytes, at, length);
    }
    if (at < length) this.reusable = false;
  }

  /** The server closed the socket: the end of a response without a length, an error for any other that is not done. */
  end(): void {
    if (this.#state === UNTIL_CLOSE) this.#state = DONE;
    else if (this.#state !== DONE) throw new TransportError('reset', 'The subgraph closed the socket in the middle of a response');
  }

  #feedHead(bytes: Buffer, at: number, length: number): number {
    const piece = bytes.toString('latin1', at, Math.min(length, at + HEAD_STEP));
    const before = this.#line.length;
    this.#line += piece;
    const end = this.#line.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (this.#headBytes + (end < 0 ? this.#line.length : end) > MAX_HEAD) throw broken('its head is too long');
    if (end < 0) return at + piece.length;
    const head = this.#line.slice(0, end + 2);
    this.#line = '';
    this.#headBytes += head.length;
    this.#readHead(head);
    return at + end + 4 - before;
  }

  #readHead(head: string): void {
    const line = STATUS_LINE.exec(head);
    if (!line) throw broken('its status line');
    const status = Number(line[2]);
    if (status < 200) {
      if (status === 101 || ++this.#interim > MAX_INTERIM) throw broken('an interim response that was not asked for');
      return;
    }
    let length: string | undefined;
    let coding: string | undefined;
    let keep = line[1] === '1';
    for (let at = (HEADER.lastIndex = line[0].length); at < head.length; at = HEADER.lastIndex) {
      const header = HEADER.exec(head);
      if (!header) throw broken('a header');
      const value = header[2]!.trim();
      switch (header[1]!.toLowerCase()) {
        case 'content-length':
          if (length !== undefined || !DIGITS.test(value)) throw broken('its length');
          length = value;
          break;
        case 'transfer-encoding':
          if (coding !== undefined || value.toLowerCase() !== 'chunked') throw broken('a transfer coding that was not asked for');
          coding = value;
          break;
        case 'content-encoding':
          if (value !== '' && value.toLowerCase() !== 'identity') throw broken('a content coding that was not asked for');
          break;
        case 'connection':
          if (/\bclose\b/i.test(value)) keep = false;
          break;
        case 'keep-alive':
          this.idleMs = 1_000 * Number(/\btimeout=([0-9]{1,6})\b/.exec(value)?.[1] ?? NaN) || undefined;
          break;
        case 'retry-after':
          this.retryAfter = value;
          break;
      }
    }
    this.status = status;
    if (coding !== undefined && (length !== undefined || line[1] === '0')) throw broken('two lengths');
    this.reusable = keep && (length !== undefined || coding !== undefined || status === 204 || status === 304);
    if (status === 204 || status === 304) this.#state = DONE;
    else if (coding !== undefined) this.#state = CHUNK_SIZE;
    else if (length === undefined) this.#state = UNTIL_CLOSE;
    else this.#expect(Number(length), LENGTH);
  }

  #expect(bytes: number, state: number): void {
    if (this.body.length + bytes > this.#maxBody) throw new TransportError('too large', 'The response of the subgraph is too large');
    this.#left = bytes;
    this.#state = bytes === 0 && state === LENGTH ? DONE : state;
  }

  #feedBody(bytes: Buffer, at: number, length: number): number {
    if (this.#state === UNTIL_CLOSE) this.#expect(length - at, UNTIL_CLOSE);
    const end = Math.min(length, at + this.#left);
    const piece = bytes.toString('latin1', at, end);
    this.body = this.body === '' ? piece : this.body + piece;
    this.#left -= end - at;
    if (this.#left === 0 && this.#state !== UNTIL_CLOSE) this.#state = this.#state === LENGTH ? DONE : CHUNK_END;
    return end;
  }

  /** The lines around chunks: sizes, the end of each chunk, trailers. */
  #feedLine(bytes: Buffer, at: number, length: number): number {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 || newline >= length ? length : newline;
    this.#line += bytes.toString('latin1', at, end);
    if (this.#line.length > (this.#state === TRAILER ? MAX_HEAD : MAX_SIZE_LINE)) throw broken('a line between chunks is too long');
    if (end === length) return end;
    const line = this.#line;
    this.#line = '';
    if (this.#state === CHUNK_SIZE) {
      const size = SIZE_LINE.exec(line);
      if (!size) throw broken('the size of a chunk');
      const value = parseInt(size[1]!, 16);
      if (value === 0) this.#state = TRAILER;
      else this.#expect(value, CHUNK);
    } else if (this.#state === CHUNK_END) {
      if (line !== '\r') throw broken('the end of a chunk');
      this.#state = CHUNK_SIZE;
    } else if (line === '\r') {
      this.#state = DONE;
    } else {
      this.#headBytes += line.length;
      HEADER.lastIndex = 0;
      if (this.#headBytes > MAX_HEAD || !HEADER.test(`${line}\n`)) throw broken('a trailer');
    }
    return end + 1;
  }
}

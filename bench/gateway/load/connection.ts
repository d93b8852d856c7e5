// One keep-alive connection of the load generator: writes prepared bytes, reads one HTTP/1.1 answer at a time, and compares
// its body with the expected one while it arrives. It keeps nothing of a right answer, so that measuring costs little.
import { connect, type Socket } from 'node:net';

const READ_BUFFER = 256 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/** `undefined` is a right answer. */
export type Done = (problem: string | undefined) => void;

export class Connection {
  readonly #socket: Socket;
  #expected: Buffer = Buffer.alloc(0);
  #done: Done = () => {};
  /** Bytes of an unfinished head or chunk line. */
  #pending = '';
  #state: 'idle' | 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' = 'idle';
  /** Bytes left of the body, or of the chunk. */
  #left = 0;
  #seen = 0;
  #problem: string | undefined;

  private constructor(host: string, port: number, opened: () => void, failed: (error: Error) => void) {
    const buffer = Buffer.allocUnsafe(READ_BUFFER);
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer,
        callback: (count) => {
          this.#read(buffer, count);
          return true;
        },
      },
    });
    this.#socket.once('connect', opened);
    this.#socket.on('error', (error) => {
      failed(error);
      this.#broken(String(error));
    });
    this.#socket.on('close', () => this.#broken('the server closed the connection'));
  }

  static async open(host: string, port: number): Promise<Connection> {
    let connection!: Connection;
    await new Promise<void>((resolve, reject) => (connection = new Connection(host, port, resolve, reject)));
    return connection;
  }

  /** Sends one request. `done` is called once, when its answer is complete or cannot come any more. */
  send(request: Buffer, expected: Buffer, done: Done): void {
    this.#expected = expected;
    this.#done = done;
    this.#state = 'head';
    this.#pending = '';
    this.#seen = 0;
    this.#problem = undefined;
    if (this.#socket.destroyed) setImmediate(() => this.#broken('the connection is closed'));
    else this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #broken(problem: string): void {
    if (this.#state !== 'idle') this.#finish(problem);
  }

  #finish(problem: string | undefined): void {
    this.#state = 'idle';
    const wrong = problem ?? this.#problem ?? (this.#seen === this.#expected.length ? undefined : `${this.#seen} bytes in place of ${this.#expected.length}`);
    this.#done(wrong);
  }

  #compare(buffer: Buffer, start: number, end: number): void {
    const length = end - start;
    if (this.#problem === undefined && (this.#seen + length > this.#expected.length || buffer.compare(this.#expected, this.#seen, this.#seen + length, start, end) !== 0)) {
      this.#problem = `other bytes after byte ${this.#seen}: ${buffer.toString('utf8', start, Math.min(end, start + 200))}`;
    }
    this.#seen += length;
  }

  #head(head: string): void {
    const status = head.slice(9, 12);
    if (status !== '200') this.#problem = `status ${status}`;
    const lower = head.toLowerCase();
    const at = lower.indexOf('\r\ncontent-length:');
    if (at >= 0) {
      this.#state = 'body';
      this.#left = Number.parseInt(lower.slice(at + 17), 10);
      if (this.#left === 0) this.#finish(undefined);
    } else this.#state = 'chunk-size';
  }

  #read(buffer: Buffer, count: number): void {
    let at = 0;
    while (at < count && this.#state !== 'idle') {
      if (this.#state === 'body' || this.#state === 'chunk') {
        const end = Math.min(count, at + this.#left);
        this.#compare(buffer, at, end);
        this.#left -= end - at;
        at = end;
        if (this.#left > 0) continue;
        if (this.#state === 'body') this.#finish(undefined);
        else this.#state = 'chunk-end';
      } else if (this.#state === 'head' && this.#pending === '') {
        const end = buffer.subarray(at, count).indexOf(HEAD_END);
        if (end < 0) return void (this.#pending = buffer.toString('latin1', at, count));
        this.#head(buffer.toString('latin1', at, at + end + 2));
        at += end + 4;
      } else at = this.#line(buffer, at, count);
    }
  }

  /** A head that came in pieces, and the lines around chunks, byte by byte: both are rare or short. Returns where to go on. */
  #line(buffer: Buffer, at: number, count: number): number {
    const end = this.#state === 'head' ? '\r\n\r\n' : '\r\n';
    while (at < count) {
      this.#pending += String.fromCharCode(buffer[at++]!);
      if (!this.#pending.endsWith(end)) continue;
      const line = this.#pending;
      this.#pending = '';
      if (this.#state === 'head') this.#head(line);
      else if (this.#state === 'chunk-end') this.#state = 'chunk-size';
      else if (this.#state === 'trailer') {
        if (line === '\r\n') this.#finish(undefined);
      } else {
        this.#left = Number.parseInt(line, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'chunk';
      }
      return at;
    }
    return at;
  }
}

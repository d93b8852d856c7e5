// One bad request: what is written to a socket, and how the socket is treated. Nothing but sockets is used, because clients that
// mean well refuse to send most of this.
import { connect, type Socket } from 'node:net';

export interface Shot {
  readonly name: string;
  /** Written one after the other, `pauseMs` apart. */
  readonly pieces: readonly (Buffer | string)[];
  readonly pauseMs?: number;
  /** After the last piece. wait: for the answer. end: half-closes, then waits. destroy: is gone. linger: says nothing more for a while, then is gone. */
  readonly afterwards?: 'wait' | 'end' | 'destroy' | 'linger';
  /** Waits so long for what comes back. Default 20 s for an answer, 300 ms where the protocol has none. */
  readonly patienceMs?: number;
  /** True where no answer is owed: the socket was upgraded, or left. */
  readonly unanswered?: boolean;
}

export interface Outcome {
  /** Everything that came back. */
  readonly received: Buffer;
  /** The socket was still open, and nothing had come, when the patience was over. */
  readonly hung: boolean;
  readonly ms: number;
}

const LINGER_MS = 300;

/** True once one whole HTTP answer is there: by its length, its last chunk, or a status that has no body. */
function isComplete(received: Buffer): boolean {
  const text = received.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = text.slice(0, end).toLowerCase();
  if (/^http\/1\.1 (1\d\d|204|304)/.test(head)) return !head.startsWith('http/1.1 100');
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return received.length >= end + 4 + Number(length);
  return head.includes('transfer-encoding: chunked') && text.endsWith('0\r\n\r\n');
}

/** Fires, and waits for the answer, the end of the socket, or the end of its patience. Never rejects. */
export function fire({ pieces, pauseMs = 0, afterwards = 'wait', patienceMs, unanswered = false }: Shot, host: string, port: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const began = performance.now();
    const chunks: Buffer[] = [];
    const socket: Socket = connect({ host, port, allowHalfOpen: true });
    const over = (hung: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ received: Buffer.concat(chunks), hung, ms: performance.now() - began });
    };
    const timer: NodeJS.Timeout = setTimeout(() => over(!unanswered && chunks.length === 0), patienceMs ?? (unanswered ? LINGER_MS : 20_000));
    socket.on('error', () => over(false));
    socket.on('close', () => over(false));
    socket.on('end', () => over(false));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (!unanswered && isComplete(Buffer.concat(chunks))) over(false);
    });
    const write = (i: number): void => {
      if (socket.destroyed) return;
      if (i < pieces.length) {
        socket.write(pieces[i]!);
        if (pauseMs > 0) setTimeout(write, pauseMs, i + 1);
        else write(i + 1);
      } else if (afterwards === 'end') socket.end();
      else if (afterwards === 'destroy') setImmediate(() => over(false));
      else if (afterwards === 'linger') setTimeout(() => over(false), LINGER_MS);
    };
    socket.on('connect', () => write(0));
  });
}

export interface HttpParts {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Buffer | string;
  /** Default: of a GraphQL request with a JSON body. */
  readonly bare?: boolean;
}

/** The bytes of one HTTP request. The connection is not kept. */
export function http({ method = 'POST', path = '/graphql', headers = [], body, bare = false }: HttpParts): Buffer {
  const own: [string, string][] = bare ? [] : [['host', 'localhost'], ['connection', 'close'], ...(body === undefined ? [] : ([['content-type', 'application/json'], ['content-length', String(Buffer.byteLength(body))]] as [string, string][]))];
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = [...own.filter(([name]) => !given.has(name)), ...headers];
  const head = `${method} ${path} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), typeof body === 'string' ? Buffer.from(body, 'utf8') : (body ?? Buffer.alloc(0))]);
}

// Turns away who asks an HTTP server for another protocol (WebSocket). Such a socket has left the server: none of its timeouts
// reach it any more, and where nobody reads it, its client's end is never heard. So it is read, and cut where it stays.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long the client has to take the answer and to leave. */
const PATIENCE_MS = 1_000;

export interface UpgradeRefusal {
  /** Told in `Retry-After`, in seconds. */
  readonly retryAfter?: number | undefined;
  /** JSON. Default: no body. */
  readonly text?: string;
}

/** Answers with this status, and lets go of the socket whatever its client does. The caller has a listener for its errors. */
export function refuseUpgrade(socket: Duplex, status: number, { retryAfter, text = '' }: UpgradeRefusal = {}): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(text === '' ? [] : ['Content-Type: application/json; charset=utf-8']),
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
  ];
  const cut = setTimeout(() => socket.destroy(), PATIENCE_MS);
  socket.once('close', () => clearTimeout(cut));
  socket.resume();
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

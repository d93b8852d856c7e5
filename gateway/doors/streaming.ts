// Answers that come in pieces over one HTTP response. The source is asked for the next piece only when the client has taken the
// last one, so that a slow client gets the newest state and never makes a queue.
import type { ServerResponse } from 'node:http';
import { PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { HeaderList } from './headers.ts';

export interface Piece {
  readonly text: string;
  readonly encoding: 'utf8' | 'latin1';
}

/** How pieces are framed. All but the piece's own text is ASCII, so that it may be written in either encoding. */
export interface Format<P extends Piece> {
  readonly contentType: string;
  /** Sent at once, so that the client and every proxy between know that the stream is there. */
  readonly opening: string;
  /** Keeps the connection alive where nothing happens; absent where the protocol has none. */
  readonly heartbeat?: string;
  frame(piece: P): string;
  /** The last bytes where the stream ends before its source did. */
  interrupted(reason: PonteError): string;
  /** The last bytes after the last piece. */
  readonly closing: string;
}

export interface StreamOptions<P extends Piece> {
  readonly res: ServerResponse;
  readonly headers: HeaderList;
  readonly format: Format<P>;
  readonly events: AsyncGenerator<P, void, void>;
  /** Ends the stream; its reason is told where it is a PonteError. */
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
  readonly log: Logger;
}

/** Writes the stream to its end. Never rejects. */
export async function stream<P extends Piece>({ res, headers, format, events, signal, heartbeatMs, log }: StreamOptions<P>): Promise<void> {
  const { heartbeat } = format;
  let reason: unknown;
  // Ends the wait of the moment: a source may not settle its pending `next()` at once, and a client may never make room.
  let wake: () => void = () => undefined;
  const stop = () => {
    reason = signal.reason;
    events.return().catch((error: unknown) => log.debug({ error }, 'A stream ended with an error'));
    wake();
  };
  const next = () =>
    new Promise<IteratorResult<P, void>>((resolve, reject) => {
      wake = () => resolve({ done: true, value: undefined });
      events.next().then(resolve, reject);
    });
  const room = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      res.once('drain', resolve);
    }).finally(() => res.off('drain', wake));

  // `x-accel-buffering`: proxies such as nginx would keep small pieces back.
  res.writeHead(200, [...headers, 'content-type', format.contentType, 'x-accel-buffering', 'no']);
  res.write(format.opening);
  const beat = heartbeat === undefined ? undefined : setInterval(() => res.writableNeedDrain || res.write(heartbeat), heartbeatMs);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    while (!signal.aborted) {
      const { done, value } = await next();
      if (done || signal.aborted) break;
      if (!res.write(format.frame(value), value.encoding)) await room();
    }
  } catch (error) {
    log.error({ error }, 'A stream failed unexpectedly');
    reason = new PonteError('INTERNAL_SERVER_ERROR', 'Something went wrong on our side');
  }
  clearInterval(beat);
  signal.removeEventListener('abort', stop);
  res.end(reason instanceof PonteError ? format.interrupted(reason) : format.closing);
}

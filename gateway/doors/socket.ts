// One WebSocket as the protocol library sees it: answers leave as the text they already are, and a client that does not read is
// not read from either.
import { CloseCode, MessageType } from 'graphql-ws';
import type { WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocket } from 'ws';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { Result } from '../result.ts';

/** Bytes that wait for the client. Above, nothing more of it is read until it has taken half of them. */
const FULL_BYTES = 1024 * 1024;
/** Messages that end an operation are short; longer ones are not looked into. */
const LONGEST_COMPLETE = 1_000;
const INVALID = 'Invalid message received';
const PLACEHOLDER = '0}';

/** An answer in the place of the payload of a `next` message. Written by `socketOf(...).send`, never as values. */
export class Payload {
  readonly result: Result;
  #sending: { payload: Payload | undefined };

  constructor(result: Result, sending: { payload: Payload | undefined }) {
    this.result = result;
    this.#sending = sending;
  }

  /** Called by the library's JSON.stringify, in the same breath as `send`. */
  toJSON(): number {
    this.#sending.payload = this;
    return 0;
  }
}

export interface AdaptedSocket extends ProtocolSocket {
  /** Puts an answer into a message. */
  payload(result: Result): Payload;
}

const textOf = ({ text, encoding }: Result): string => (encoding === 'latin1' ? Buffer.from(text, 'latin1').toString('utf8') : text);

export interface SocketHooks {
  readonly log: Logger;
  /** The client needs no answer to this operation any more. Called before the library hears of it. */
  completed(id: string): void;
}

export function socketOf(socket: WebSocket, { log, completed }: SocketHooks): AdaptedSocket {
  const sending: { payload: Payload | undefined } = { payload: undefined };
  const relieve = () => {
    if (socket.isPaused && socket.bufferedAmount < FULL_BYTES / 2) socket.resume();
  };
  // Nobody reads any more, and the library hears of it only at `close`: until then a lively source must not be asked in a circle.
  let closed: Promise<void> | undefined;
  const untilClosed = () => (closed ??= new Promise((resolve) => (socket.readyState === WebSocket.CLOSED ? setImmediate(resolve) : socket.once('close', () => resolve()))));
  return {
    protocol: socket.protocol as ProtocolSocket['protocol'],
    payload: (result) => new Payload(result, sending),
    // Settles when the bytes are with the operating system: until then the library asks this operation for nothing more.
    send(message) {
      const { payload } = sending;
      sending.payload = undefined;
      const text = payload ? `${message.slice(0, -PLACEHOLDER.length)}${textOf(payload.result)}}` : message;
      if (socket.readyState !== WebSocket.OPEN) return untilClosed();
      return new Promise((resolve) => {
        // What cannot be sent has a closed socket behind it, which ends the operation by itself.
        socket.send(text, () => {
          relieve();
          resolve();
        });
        if (socket.bufferedAmount > FULL_BYTES) socket.pause();
      });
    },
    close: (code, reason) => socket.close(code, reason),
    onMessage(take) {
      socket.on('message', async (bytes, isBinary) => {
        if (isBinary) return socket.close(CloseCode.BadRequest, INVALID);
        const message = String(bytes as Buffer);
        if (message.length < LONGEST_COMPLETE && message.includes('"complete"')) {
          const id = completedBy(message);
          if (id !== undefined) completed(id);
        }
        try {
          await take(message);
        } catch (error) {
          // The library throws at messages that only a server may send, and has no class for it.
          const reason = messageOf(error);
          const foreign = reason.startsWith('Unexpected message');
          if (!foreign) log.error({ error }, 'A WebSocket message could not be handled');
          socket.close(foreign ? CloseCode.BadRequest : CloseCode.InternalServerError, foreign ? INVALID : 'Internal server error');
        }
      });
    },
  };
}

function completedBy(message: string): string | undefined {
  try {
    const { type, id } = JSON.parse(message) as { type?: unknown; id?: unknown };
    return type === MessageType.Complete && typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

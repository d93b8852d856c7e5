// The body of a request: whole, within its limit also when it was compressed, and valid UTF-8.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { PonteError } from '../../lib/errors.ts';
import { refusal, type Result } from '../result.ts';
import { badRequest, formatted } from './refusals.ts';

/** What is read past the limit before the connection is cut: most clients hear the answer only when they have sent everything. */
const PATIENCE_BYTES = 8 * 1024 * 1024;

/** Bytes of bodies that are being read, all together: clients that send slowly, by the thousand, hold no more. */
export class BodyRoom {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** False where there is no room for them. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

const ROOM = new BodyRoom(256 * 1024 * 1024);
const RETRY_MS = 2_000;

const INFLATE = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), br: promisify(brotliDecompress), deflate: promisify(inflate) };

const noRoom = (): Result => {
  const error = new PonteError('OVERLOADED', 'Too many bodies are being read', { hint: 'Try again in a moment.', retryable: true, retryAfterMs: RETRY_MS });
  return refusal([formatted(error)], { status: 503, retryAfter: RETRY_MS / 1_000 });
};
const tooLarge = (): Result => badRequest('The body is too large', { status: 413 });

/** Lets the rest of a body that is not wanted flow into nothing. */
function drop(req: IncomingMessage): void {
  let dropped = 0;
  req.removeAllListeners('data').on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > PATIENCE_BYTES) req.destroy();
  });
}

function collect(req: IncomingMessage, limit: number, room: BodyRoom): Promise<Buffer | Result> {
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let size = 0;
    let held = 0;
    const end = (outcome: Buffer | Result) => {
      room.give(held);
      held = 0;
      resolve(outcome);
    };
    const refuse = (result: Result) => {
      drop(req);
      end(result);
    };
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) return refuse(tooLarge());
      if (!room.take(chunk.length)) return refuse(noRoom());
      held = size;
      if (first === undefined) first = chunk;
      else (more ??= [first]).push(chunk);
    });
    req.on('end', () => end(more ? Buffer.concat(more) : (first ?? Buffer.alloc(0))));
    req.on('close', () => {
      if (!req.complete) end(badRequest('The body ended early'));
    });
    if (Number(req.headers['content-length']) > limit) refuse(tooLarge());
  });
}

async function decompress(bytes: Buffer, encoding: string, limit: number): Promise<Buffer | Result> {
  const step = Object.hasOwn(INFLATE, encoding) ? INFLATE[encoding as keyof typeof INFLATE] : undefined;
  if (!step) return badRequest('The body is in an encoding that is not read here', { status: 415, hint: `Known are ${Object.keys(INFLATE).join(', ')}, one at a time.` });
  try {
    // Stops at the limit, whatever the compressed bytes claim.
    return await step(bytes, { maxOutputLength: limit });
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : badRequest('The body cannot be decompressed');
  }
}

/** The text of the body, or why there is none. */
export async function readBody(req: IncomingMessage, limit: number, room = ROOM): Promise<string | Result> {
  let bytes = await collect(req, limit, room);
  if (!Buffer.isBuffer(bytes)) return bytes;
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    bytes = await decompress(bytes, encoding.trim().toLowerCase(), limit);
    if (!Buffer.isBuffer(bytes)) return bytes;
  }
  return isUtf8(bytes) ? bytes.toString('utf8') : badRequest('The body is not valid UTF-8');
}

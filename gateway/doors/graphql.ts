// The GraphQL endpoint over HTTP: queries and mutations by POST, queries by GET, `@defer` and subscriptions in the dialects that
// the client accepts. Lean on purpose: this path is taken by almost every request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../lib/log.ts';
import type { Caller } from '../options.ts';
import type { Principal } from '../principal.ts';
import type { Result } from '../result.ts';
import type { Exchanges } from './exchanges.ts';
import type { HeaderList } from './headers.ts';
import { inquiryOfBody, inquiryOfUrl } from './inquiry.ts';
import { DEFERRED, SUBSCRIPTION } from './multipart.ts';
import { JSON_TYPE, RESPONSE_TYPE, type Wish } from './negotiation.ts';
import { mayBeForged, type OriginRule } from './origins.ts';
import type { DoorName, Engine, Exchange, Inquiry } from './port.ts';
import { badRequest, credentialEnded, isResult, refusalOf } from './refusals.ts';
import { EVENTS } from './sse.ts';
import { stream, type Format, type Piece } from './streaming.ts';
import { encodeLong } from './utf8.ts';

export interface GraphqlOptions {
  readonly engine: Engine;
  readonly exchanges: Exchanges;
  readonly log: Logger;
  readonly originAllowed: OriginRule;
  readonly maxBodyBytes: number;
  /** Between two signs of life on a stream. */
  readonly heartbeatMs: number;
}

/** One HTTP request on its way through the door. */
export interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly id: string;
  readonly caller: Caller;
  /** What every answer carries. */
  readonly headers: HeaderList;
  /** What follows the question mark. */
  readonly search: string;
  readonly wish: Wish;
}

const CONTENT_TYPES = { [JSON_TYPE]: `${JSON_TYPE}; charset=utf-8`, [RESPONSE_TYPE]: `${RESPONSE_TYPE}; charset=utf-8` };
const UNAUTHORIZED = 401;
const METHOD_NOT_ALLOWED = 405;

const notAllowed = (message: string): Result => badRequest(message, { status: METHOD_NOT_ALLOWED });
const forged = (): Result =>
  badRequest('This request may come from a page of another site (CSRF)', { hint: "Send 'content-type: application/json', or the header 'apollo-require-preflight: true'." });

/** Writes an answer in one piece. A refusal leaves as 400, but as 200 for those who read GraphQL errors under no other status. */
export function send({ res, headers, wish }: Pick<Visit, 'res' | 'headers' | 'wish'>, { text, encoding, refused, status, retryAfter }: Result): void {
  if (res.destroyed) return;
  const code = status ?? (refused && !wish.legacy ? 400 : 200);
  const body = encoding === 'latin1' ? text : encodeLong(text);
  const bytes = typeof body !== 'string' || encoding === 'latin1' ? body.length : Buffer.byteLength(body);
  headers.push('content-type', CONTENT_TYPES[wish.whole ?? JSON_TYPE], 'content-length', String(bytes));
  if (retryAfter !== undefined) headers.push('retry-after', String(retryAfter));
  if (code === METHOD_NOT_ALLOWED) headers.push('allow', 'GET, POST, OPTIONS');
  if (code === UNAUTHORIZED) headers.push('www-authenticate', 'Bearer');
  res.writeHead(code, headers);
  // As many bytes as characters: all ASCII, which is copied faster as what it is.
  if (typeof body === 'string') res.end(body, bytes === body.length ? 'latin1' : encoding);
  else res.end(body);
}

export function createGraphqlDoor({ engine, exchanges, log, originAllowed, maxBodyBytes, heartbeatMs }: GraphqlOptions): (visit: Visit) => Promise<void> {
  const exchangeOf = ({ id, caller }: Visit, door: DoorName): Exchange => ({ id, caller, door });

  /** The inquiry, or why the request is none. */
  function read({ req, search, wish }: Visit): Inquiry | Result | Promise<Inquiry | Result> {
    const { method } = req;
    if (method !== 'GET' && method !== 'POST') return notAllowed(`${method} does not work here; GET and POST do`);
    if (mayBeForged(req.headers, originAllowed)) return forged();
    if (wish.whole === null && wish.stream === null && !wish.parts)
      return badRequest('No answer of this server would be acceptable', { status: 406, hint: `Accept ${RESPONSE_TYPE} or ${JSON_TYPE}.` });
    return method === 'GET' ? inquiryOfUrl(search) : inquiryOfBody(req, maxBodyBytes);
  }

  const writeStream = <P extends Piece>({ res, headers }: Visit, format: Format<P>, events: AsyncGenerator<P, void, void>, signal: AbortSignal) =>
    stream({ res, headers, format, events, signal, heartbeatMs, log });

  async function subscription(visit: Visit, inquiry: Inquiry, principal: Principal): Promise<void> {
    const door = visit.wish.stream === 'sse' ? 'sse' : 'multipart';
    const signal = exchanges.follow(principal, visit.res, credentialEnded);
    const opened = await engine.subscribe(inquiry, { ...exchangeOf(visit, door), principal, signal });
    if (isResult(opened)) return whole(visit, opened);
    return writeStream(visit, door === 'sse' ? EVENTS : SUBSCRIPTION, opened, signal);
  }

  async function incremental(visit: Visit, inquiry: Inquiry, principal: Principal): Promise<void> {
    const request = exchanges.begin(principal, exchangeOf(visit, 'multipart'), visit.res);
    const answer = await engine.executeIncremental(inquiry, request);
    if (isResult(answer)) return send(visit, answer);
    // A deadline is the executor's to tell, part by part: only who is gone ends the stream from here.
    return writeStream(visit, DEFERRED, answer, exchanges.follow(principal, visit.res, credentialEnded));
  }

  /** An answer in one piece; as a stream of one event for clients that read nothing else, except where HTTP has a status for it. */
  async function whole(visit: Visit, result: Result): Promise<void> {
    const { wish, res } = visit;
    if (wish.whole !== null || wish.stream !== 'sse' || result.status !== undefined) return send(visit, result);
    async function* one() {
      yield result;
    }
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    return writeStream(visit, EVENTS, one(), gone.signal);
  }

  async function answer(visit: Visit): Promise<void> {
    const { wish, res, caller } = visit;
    const busy = engine.admit?.(caller);
    if (busy) return send(visit, busy);
    const inquiry = await read(visit);
    if (isResult(inquiry)) return send(visit, inquiry);
    const principal = await engine.authenticate(caller);
    if (wish.parts || wish.stream !== null || inquiry.readOnly) {
      const kind = engine.operationKind(inquiry);
      if (kind?.operation === 'mutation' && inquiry.readOnly) return send(visit, notAllowed('Mutations do not work by GET'));
      if (kind?.operation === 'subscription' && wish.stream !== null) return subscription(visit, inquiry, principal);
      if (kind?.incremental && wish.parts) return incremental(visit, inquiry, principal);
    }
    const request = exchanges.begin(principal, exchangeOf(visit, 'http'), res);
    return whole(visit, await engine.execute(inquiry, request));
  }

  return async (visit) => {
    try {
      await answer(visit);
    } catch (error) {
      if (visit.res.headersSent) visit.res.destroy();
      else send(visit, refusalOf(error, log));
    }
  };
}

// A subgraph behind HTTP: queries and mutations over kept-alive sockets, subscriptions over one graphql-ws socket that
// reconnects. What goes wrong on the way is told without a URL: the log has it, the client does not need it.
import type { GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import { messageOf, PonteError } from '../../lib/errors.ts';
import { Documents } from '../../lib/graphql/documents.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import { mapStream } from '../../lib/graphql/stream.ts';
import { WALLETS_HEADER, writeWallets } from '../../lib/graphql/subgraph.ts';
import type { Logger } from '../../lib/log.ts';
import type { GatewayContext, RequestContext } from '../request.ts';
import { failedFetch, hasUnknownEntities, unavailable } from './failure.ts';
import type { Fetch, Source, SourceEvent } from './source.ts';

export interface RemoteOptions {
  readonly name: string;
  readonly url: string;
  readonly wsUrl?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly connections?: number | undefined;
}

/** Waits before the reconnections of a subscription socket; after the last one its streams end with an error. */
const RECONNECT_MS = [200, 500, 1_000, 2_000, 4_000, 8_000] as const;

/** One socket for all streams, opened by the first and closed with the last; a peer that answers no ping counts as gone. */
function createEventClient(url: string): Client {
  let socket: WebSocket | undefined;
  let unanswered: NodeJS.Timeout | undefined;
  return createClient({
    url,
    webSocketImpl: WebSocket,
    keepAlive: 10_000,
    connectionAckWaitTimeout: 5_000,
    retryAttempts: RECONNECT_MS.length,
    retryWait: async (attempt) => {
      await sleep(RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)]! * (0.5 + Math.random() / 2));
    },
    shouldRetry: () => true,
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => socket?.terminate(), 5_000).unref();
      },
      pong: (received) => {
        if (received) clearTimeout(unanswered);
      },
      closed: () => clearTimeout(unanswered),
    },
  });
}

const isAnswer = (body: unknown): body is Answer =>
  body !== null && typeof body === 'object' && ('data' in body || Array.isArray((body as Answer).errors));

/** No data, and no error that belongs to a field or to the caller's values: the whole fetch was refused (another version, a broken server). */
const isRefusal = ({ data, errors }: Answer): boolean => data == null && !errors?.some(({ path, extensions }) => path ?? extensions?.['code'] === 'BAD_USER_INPUT');

export class RemoteSource implements Source {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #log: Logger;
  readonly #events: Client;
  readonly #documents = new Documents();

  constructor({ name, url, wsUrl, timeoutMs = 20_000, connections = 64 }: RemoteOptions, log: Logger) {
    const { origin, pathname, search } = new URL(url);
    this.#path = pathname + search;
    this.#timeoutMs = timeoutMs;
    this.#log = log.child({ subgraph: name });
    this.#pool = new Pool(origin, { connections, connect: { timeout: Math.min(timeoutMs, 5_000) }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
    this.#events = createEventClient(wsUrl ?? url.replace(/^http/, 'ws'));
  }

  async process(options: GraphQLDataSourceProcessOptions): Promise<Answer> {
    const { query = '', variables, operationName } = options.request;
    const { request } = options.context as GatewayContext;
    try {
      const answer = await this.#post({ query, variables, operationName }, request.signal, writeWallets(request.allowedWallets));
      if (hasUnknownEntities(answer) && 'pathInIncomingRequest' in options) request.markGone(options.pathInIncomingRequest ?? []);
      return answer;
    } catch (error) {
      const reason: unknown = request.signal.aborted ? request.signal.reason : error;
      if (!request.signal.aborted) this.#log.warn({ reason: messageOf(error) }, 'A subgraph did not answer');
      return failedFetch(this.#documents.parse(query), variables, reason instanceof PonteError ? reason : unavailable(error));
    }
  }

  async #post(fetch: Fetch, signal: AbortSignal, wallets: string): Promise<Answer> {
    signal.throwIfAborted();
    const response = await this.#pool.request({
      method: 'POST',
      path: this.#path,
      headers: { 'content-type': 'application/json', accept: 'application/json', [WALLETS_HEADER]: wallets },
      body: JSON.stringify(fetch),
      signal,
      // A mutation may wait for a provider: only the request's own deadline ends it.
      ...(/^mutation\b/.test(fetch.query) ? { headersTimeout: 0, bodyTimeout: 0 } : {}),
    });
    const text = await response.body.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (error) {
      throw new Error(`HTTP ${response.statusCode} with a body that is not JSON`, { cause: error });
    }
    if (!isAnswer(body)) throw new Error(`HTTP ${response.statusCode} with a body that is not a GraphQL answer`);
    if (isRefusal(body)) throw new Error(`HTTP ${response.statusCode}: ${body.errors?.map(({ message }) => message).join('; ')}`);
    return body;
  }

  async open({ query, variables, operationName }: Fetch, stream: RequestContext): Promise<{ events: AsyncIterator<SourceEvent> } | { refusal: Answer }> {
    const answers = this.#events.iterate<Record<string, unknown>>({
      query,
      ...(variables ? { variables: { ...variables } } : {}),
      ...(operationName ? { operationName } : {}),
      // One socket serves many callers, so what they may see travels with each subscription.
      extensions: { [WALLETS_HEADER]: writeWallets(stream.allowedWallets) },
    });
    return {
      events: mapStream(answers[Symbol.asyncIterator](), {
        map: (answer): SourceEvent => async () => plain(answer),
        failed: (error) => async () => this.#streamFailure(error),
      }),
    };
  }

  /** The subgraph's own refusal (a list of errors), or a socket that could not be (re)opened. */
  #streamFailure(error: unknown): Answer {
    if (Array.isArray(error)) return { errors: error as GraphQLFormattedError[] };
    this.#log.warn({ reason: messageOf(error) }, 'A stream of a subgraph broke and could not be reopened');
    return { errors: [new GraphQLError(unavailable().message, { originalError: unavailable(error), extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }).toJSON()] };
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#post({ query: '{ __typename }' }, AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]), '');
  }

  async close(): Promise<void> {
    // A socket that is just closing by itself ends the waiting of `dispose` with its close event: closed is what is wanted.
    await Promise.all([this.#pool.destroy(), Promise.resolve(this.#events.dispose()).catch(() => {})]);
  }
}

/** An answer as it came from the wire; graphql-ws types its errors as instances, but they are plain objects. */
const plain = ({ data, errors }: { data?: Record<string, unknown> | null; errors?: readonly GraphQLFormattedError[] }): Answer => ({
  ...(data === undefined ? {} : { data }),
  ...(errors ? { errors } : {}),
});

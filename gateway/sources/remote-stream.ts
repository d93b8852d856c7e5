// The streams of a remote subgraph: one graphql-ws socket for all of them, opened by the first, closed with the last, opened
// again when it breaks. Each subscription carries what its caller may see.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { messageOf } from '../../lib/errors.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import { mapStream } from '../../lib/graphql/stream.ts';
import { SECRET_HEADER, WALLETS_HEADER, writeWallets } from '../../lib/graphql/subgraph.ts';
import type { Logger } from '../../lib/log.ts';
import type { RequestContext } from '../request.ts';
import { unavailable } from './failure.ts';
import type { PlannedFetch, SourceEvent, Variables } from './source.ts';

/** Waits before the reconnections of a socket; after the last one its streams end with an error. */
const RECONNECT_MS = [200, 500, 1_000, 2_000, 4_000, 8_000] as const;

/** The secret travels with the upgrade request, before anything is said on the socket. */
const socketClass = (secret: string | undefined): unknown =>
  secret === undefined
    ? WebSocket
    : class extends WebSocket {
        constructor(address: string | URL, protocols?: string | string[]) {
          super(address, protocols, { headers: { [SECRET_HEADER]: secret } });
        }
      };

/** A peer that answers no ping counts as gone. */
function createEventClient(url: string, secret: string | undefined): Client {
  let socket: WebSocket | undefined;
  let unanswered: NodeJS.Timeout | undefined;
  return createClient({
    url,
    webSocketImpl: socketClass(secret),
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

/** An answer as it came from the wire; graphql-ws types its errors as instances, but they are plain objects. */
const plain = ({ data, errors }: { data?: Record<string, unknown> | null; errors?: readonly GraphQLFormattedError[] }): Answer => ({
  ...(data === undefined ? {} : { data }),
  ...(errors ? { errors } : {}),
});

export class RemoteStreams {
  readonly #client: Client;
  readonly #log: Logger;

  constructor({ url, secret }: { url: string; secret?: string | undefined }, log: Logger) {
    this.#client = createEventClient(url, secret);
    this.#log = log;
  }

  /** Never refuses at once: what the subgraph refuses is the stream's only event. */
  open({ operation, operationName }: PlannedFetch, variables: Variables, stream: RequestContext): AsyncIterator<SourceEvent> {
    const answers = this.#client.iterate<Record<string, unknown>>({
      query: operation,
      variables: { ...variables },
      ...(operationName ? { operationName } : {}),
      extensions: { [WALLETS_HEADER]: writeWallets(stream.allowedWallets) },
    });
    return mapStream(answers[Symbol.asyncIterator](), {
      map: (answer): SourceEvent => async () => plain(answer),
      failed: (error) => async () => this.#failure(error),
    });
  }

  /** The subgraph's own refusal (a list of errors), or a socket that could not be (re)opened. */
  #failure(error: unknown): Answer {
    if (Array.isArray(error)) return { errors: error as GraphQLFormattedError[] };
    this.#log.warn({ reason: messageOf(error) }, 'A stream of a subgraph broke and could not be reopened');
    return { errors: [new GraphQLError(unavailable().message, { originalError: unavailable(error), extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }).toJSON()] };
  }

  async close(): Promise<void> {
    // A socket that is just closing by itself ends the waiting of `dispose` with its close event: closed is what is wanted.
    await Promise.resolve(this.#client.dispose()).catch(() => {});
  }
}

// A subgraph behind HTTP: queries and mutations over kept-alive sockets, subscriptions over one graphql-ws socket that
// reconnects. What goes wrong on the way is told without a URL: the log has it, the client does not need it.
import type { Cancel } from '../../lib/cancel.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import { SECRET_HEADER, WALLETS_HEADER, writeWallets } from '../../lib/graphql/subgraph.ts';
import type { Logger } from '../../lib/log.ts';
import type { RequestContext } from '../request.ts';
import { unavailable } from './failure.ts';
import { Http1Client, type HttpCall, type HttpClient } from './http1.ts';
import type { HttpAnswer } from './http1-response.ts';
import { UndiciClient } from './http1-undici.ts';
import { readAnswer, toBytes } from './remote-answer.ts';
import { RemoteStreams } from './remote-stream.ts';
import { RefusedCall, Resilience, type ResilienceOptions, type SourceStats } from './resilience.ts';
import type { PlannedFetch, PreparedFetch, Source, SourceEvent, Variables } from './source.ts';

export interface RemoteOptions {
  readonly name: string;
  readonly url: string;
  /** Default: `url` with ws(s) in place of http(s). */
  readonly wsUrl?: string | undefined;
  /** Longest wait for the answer of a query, repetitions included; the request's own deadline still holds. Default 20 s. */
  readonly timeoutMs?: number | undefined;
  /** Sockets kept open to it, and calls under way at a time. Default 64. */
  readonly connections?: number | undefined;
  /** Shared with the subgraph, which answers nobody without it. */
  readonly secret?: string | undefined;
  /** `undici` also for http; https always uses it. Default `own`. */
  readonly client?: 'own' | 'undici' | undefined;
  readonly resilience?: ResilienceOptions | undefined;
}

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** What a caller may name a request; anything else stays here. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

export class RemoteSource implements Source {
  readonly name: string;
  readonly kind = 'remote';
  readonly #http: HttpClient;
  readonly #timeoutMs: number;
  readonly #log: Logger;
  readonly #streams: RemoteStreams;
  readonly #resilience: Resilience;

  constructor({ name, url, wsUrl, timeoutMs = 20_000, connections = 64, secret, client = 'own', resilience }: RemoteOptions, log: Logger) {
    this.name = name;
    this.#timeoutMs = timeoutMs;
    this.#log = log.child({ subgraph: name });
    const place = new URL(url);
    const headers: [string, string][] = [
      ['content-type', 'application/json'],
      ['accept', 'application/json'],
    ];
    if (secret !== undefined) headers.push([SECRET_HEADER, secret]);
    const options = { url: place, headers, connections, connectTimeoutMs: Math.min(timeoutMs, 5_000) };
    this.#http = place.protocol === 'http:' && client === 'own' ? new Http1Client(options) : new UndiciClient(options);
    this.#streams = new RemoteStreams({ url: wsUrl ?? url.replace(/^http/, 'ws'), secret }, this.#log);
    this.#resilience = new Resilience({ concurrency: connections, ...resilience }, (breaker) => {
      if (breaker === 'open') this.#log.warn({ breaker }, 'A subgraph fails too often and is not asked for a while');
      else this.#log.info({ breaker }, 'A subgraph is asked again');
    });
  }

  get stats(): SourceStats {
    return this.#resilience.stats;
  }

  prepare({ operation, operationName, operationKind }: PlannedFetch): PreparedFetch {
    const name = operationName ? `"operationName":${JSON.stringify(operationName)},` : '';
    const head = toBytes(`{"query":${JSON.stringify(operation)},${name}"variables":`);
    const query = operationKind === 'query';
    const http = this.#http;
    const post = async (variables: string, request: RequestContext): Promise<HttpAnswer> => {
      const { cancel } = request;
      cancel.throwIfAborted();
      const headers = headersOf(request);
      const body = `${head}${variables}}`;
      try {
        return await this.#resilience.run({
          attempt(until, timeoutMs) {
            return http.post({ headers, body, signal: until, timeoutMs, repeatable: query });
          },
          repeatable: query,
          signal: cancel,
          // A mutation may wait for a provider: only the request's own deadline ends it.
          timeoutMs: query ? this.#timeoutMs : undefined,
        });
      } catch (error) {
        throw this.#failure(error, cancel);
      }
    };
    const read = ({ body, status }: HttpAnswer, { cancel }: RequestContext): Answer => {
      try {
        return readAnswer(body, status);
      } catch (error) {
        throw this.#failure(error, cancel);
      }
    };
    return {
      run: async (variables, request) => read(await post(toBytes(JSON.stringify(variables)), request), request),
      exchange: async (variables, request) => {
        const answer = await post(variables, request);
        // Another status may still carry an answer; where it does not, there is none.
        if (answer.status !== 200) read(answer, request);
        return answer.body;
      },
    };
  }

  /** What the caller is told; the log gets the reason, but not one line for each call that was not even sent. */
  #failure(error: unknown, cancel: Cancel): unknown {
    if (cancel.aborted) return cancel.reason;
    if (!(error instanceof RefusedCall)) this.#log.warn({ reason: messageOf(error), cause: causeOf(error) }, 'A subgraph did not answer');
    return unavailable(error);
  }

  async open(fetch: PlannedFetch, variables: Variables, stream: RequestContext): Promise<{ events: AsyncIterator<SourceEvent> }> {
    return { events: this.#streams.open(fetch, variables, stream) };
  }

  /** Asks past the breaker and its limits: readiness is about the subgraph, not about them. */
  async check(signal: AbortSignal): Promise<void> {
    const call: HttpCall = { headers: [[WALLETS_HEADER, '']], body: '{"query":"{ __typename }"}', signal, timeoutMs: this.#timeoutMs, repeatable: true };
    const { body, status } = await this.#http.post(call);
    readAnswer(body, status);
  }

  async close(): Promise<void> {
    await Promise.all([this.#http.close(), this.#streams.close()]);
  }
}

function headersOf({ allowedWallets, requestId, traceparent }: RequestContext): HttpCall['headers'] {
  const headers: [string, string][] = [[WALLETS_HEADER, writeWallets(allowedWallets)]];
  if (requestId !== undefined && REQUEST_ID.test(requestId)) headers.push(['x-request-id', requestId]);
  if (traceparent !== undefined && TRACE_PARENT.test(traceparent)) headers.push(['traceparent', traceparent]);
  return headers;
}

const causeOf = (error: unknown): string | undefined => (error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined);

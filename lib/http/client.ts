// The base client of every connector: configuration, auth headers, quota, timeout, retry and error handling over one
// keep-alive pool of connections. Each attempt asks the gate anew, because each attempt costs quota. Secrets stay inside:
// they are taken out of every answer before anybody reads it, and the debug line shows a path and harmless query only.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Pool } from 'undici';
import { PonteError } from '../errors.ts';
import { hideSecrets, type Logger } from '../log.ts';
import { SECOND, sleep } from '../time.ts';
import { tellDeparture } from './departure.ts';
import type { Dialect, HttpResponse } from './dialect.ts';
import { networkFailure } from './failure.ts';
import type { RequestGate } from './gate.ts';
import type { ProviderErrors } from './provider-errors.ts';
import { queryString, shownQuery, type Query } from './query.ts';
import { decideRetry, pauseMs, type RetryPolicy } from './retry.ts';

const unzip = promisify(gunzip);
const MEBIBYTE = 1024 * 1024;

export interface HttpClientOptions {
  /** Where the API lives: origin and, where there is one, path prefix. */
  readonly baseUrl: string;
  /** Sent with every request: authorization and the like. A function is asked before each attempt. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  /** Values that must never leave this client, in whatever form. */
  readonly secrets: readonly string[];
  readonly errors: ProviderErrors;
  readonly dialect: Dialect;
  readonly gate: RequestGate;
  readonly log: Logger;
  /** True: one log line for each attempt. */
  readonly debug?: boolean;
  /** Query names whose values may be logged. */
  readonly harmlessQuery?: readonly string[];
  /** What one attempt may take, from sending to the last byte, ms. */
  readonly timeoutMs: number;
  /** Repetitions after the first attempt. */
  readonly retryAttempts: number;
  readonly retryDelayMs: number;
  /** Default 30 s. */
  readonly maxDelayMs?: number;
  /** What all attempts and pauses of one call may take; default: every attempt at its longest, and 60 s of pauses. */
  readonly budgetMs?: number;
  /** Connections kept to the origin; default 8. */
  readonly connections?: number;
  /** Biggest answer, bytes; default 64 MiB. */
  readonly maxBytes?: number;
  /** Source of jitter, for tests. */
  readonly random?: () => number;
}

export interface HttpRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below the base URL: `/vendas`. Never with a secret in it. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** True where a repetition does no harm; default: GET only. */
  readonly idempotent?: boolean;
  /** Instead of the client's own, for this call. */
  readonly timeoutMs?: number;
  readonly retryAttempts?: number;
}

export interface HttpReply extends HttpResponse {
  /** What the dialect made of the text. */
  readonly body: unknown;
  /** Attempts that it took. */
  readonly attempts: number;
}

/** What the debug line tells. */
interface AttemptFacts {
  readonly method: string;
  readonly attempt: number;
  readonly status: number | null;
  readonly ms: number;
  readonly records: number | undefined;
  readonly error: unknown;
}

/** An error without its words: they may be anybody's. */
const nameOf = (error: unknown): string =>
  error instanceof PonteError ? error.code : error instanceof Error ? error.name : 'unknown';

const bodyText = (body: unknown): string | null =>
  body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);

type Outcome = { readonly reply: HttpReply } | { readonly error: unknown };

export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #policy: RetryPolicy;
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #harmless: ReadonlySet<string>;
  readonly #hide: (text: string) => string;
  #requests = 0;

  constructor(options: HttpClientOptions) {
    const url = new URL(options.baseUrl);
    const { retryAttempts, retryDelayMs, timeoutMs, maxDelayMs = 30 * SECOND } = options;
    this.#options = options;
    const budgetMs = options.budgetMs ?? (retryAttempts + 1) * timeoutMs + 60 * SECOND;
    this.#policy = { retryAttempts, retryDelayMs, maxDelayMs, budgetMs };
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#harmless = new Set(options.harmlessQuery);
    this.#hide = hideSecrets(options.secrets);
    this.#pool = new Pool(url.origin, {
      connections: options.connections ?? 8,
      pipelining: 1,
      keepAliveTimeout: 30 * SECOND,
      maxResponseSize: options.maxBytes ?? 64 * MEBIBYTE,
      // The attempt's own clock rules; undici's must not cut in before it.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: timeoutMs },
    });
  }

  /** Origin and prefix that this client talks to. */
  get baseUrl(): string {
    return this.#options.baseUrl;
  }

  /** Attempts sent since the client exists. */
  get requests(): number {
    return this.#requests;
  }

  /** Sends one request, repeated as the policy allows. Throws PonteError (PROVIDER_*), or the signal's reason on abort. */
  async request(request: HttpRequest): Promise<HttpReply> {
    const { gate } = this.#options;
    const method = request.method ?? 'GET';
    const idempotent = request.idempotent ?? method === 'GET';
    const policy = { ...this.#policy, retryAttempts: request.retryAttempts ?? this.#policy.retryAttempts };
    let elapsedMs = 0;
    for (let attempt = 1; ; attempt += 1) {
      const left = (await gate.acquire(request.signal)) ?? (() => {});
      const began = performance.now();
      const outcome = await this.#attempt(request, method, attempt, left).finally(left);
      if ('reply' in outcome) return outcome.reply;
      elapsedMs += performance.now() - began;
      const { error } = outcome;
      const random = (this.#options.random ?? Math.random)();
      const question = { ...policy, error, attempt, idempotent, elapsedMs, random };
      if (error instanceof PonteError && (error.code === 'PROVIDER_RATE_LIMITED' || error.code === 'PROVIDER_BLOCKED')) {
        await gate.penalize(pauseMs(error, question), error.code);
      }
      const decision = decideRetry(question);
      if (!decision.retry) throw error;
      await sleep(decision.waitMs, request.signal);
      elapsedMs += decision.waitMs;
    }
  }

  /** Ends all connections; calls in flight are cut. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #attempt(request: HttpRequest, method: string, attempt: number, left: () => void): Promise<Outcome> {
    const { dialect, errors } = this.#options;
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs;
    const began = performance.now();
    let status: number | null = null;
    let records: number | undefined;
    let error: unknown = null;
    try {
      request.signal.throwIfAborted();
      const response = await this.#send(request, method, timeoutMs, left);
      status = response.status;
      const verdict = dialect.judge(response, { method, path: request.path, errors, hide: this.#hide });
      if (verdict.kind === 'ok') {
        records = verdict.records;
        return { reply: { ...response, body: verdict.body, attempts: attempt } };
      }
      error = verdict.error;
    } catch (thrown) {
      if (request.signal.aborted) throw (error = request.signal.reason);
      error = thrown instanceof PonteError ? thrown : (networkFailure(thrown, errors, timeoutMs) ?? thrown);
    } finally {
      this.#tell(request, { method, attempt, status, ms: Math.round(performance.now() - began), records, error });
    }
    return { error };
  }

  /** One exchange on the wire, bounded in time as a whole. */
  async #send(request: HttpRequest, method: string, timeoutMs: number, left: () => void): Promise<HttpResponse> {
    // Not AbortSignal.any: on Node 20 it holds on to every signal made from a long-lived one.
    const attempt = new AbortController();
    const stop = (): void => attempt.abort(request.signal.reason);
    request.signal.addEventListener('abort', stop, { once: true });
    let late = false;
    const clock = setTimeout(() => {
      late = true;
      attempt.abort();
    }, timeoutMs);
    this.#requests += 1;
    try {
      const { statusCode, headers, body } = await this.#pool.compose(tellDeparture(left)).request({
        method: method as 'GET',
        path: `${this.#prefix}${request.path}${queryString(request.query)}`,
        headers: this.#headers(request),
        body: bodyText(request.body),
        signal: attempt.signal,
      });
      const bytes = Buffer.from(await body.arrayBuffer());
      const plain = headers['content-encoding'] === 'gzip' ? await unzip(bytes) : bytes;
      return { status: statusCode, headers, text: this.#withoutSecrets(plain.toString('utf8')) };
    } catch (error) {
      if (late && !request.signal.aborted) throw this.#options.errors.timeout(timeoutMs);
      throw error;
    } finally {
      clearTimeout(clock);
      request.signal.removeEventListener('abort', stop);
    }
  }

  #headers(request: HttpRequest): Record<string, string> {
    const { headers = {} } = this.#options;
    return {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'Ponte/1.0',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(typeof headers === 'function' ? headers() : headers),
      ...request.headers,
    };
  }

  /** Only our own secrets, by value: a record must come through untouched even where it looks like one. */
  #withoutSecrets(text: string): string {
    let clean = text;
    for (const secret of this.#options.secrets) {
      if (secret.length >= 6 && clean.includes(secret)) clean = clean.replaceAll(secret, '[hidden]');
    }
    return clean;
  }

  #tell(request: HttpRequest, facts: AttemptFacts): void {
    if (!this.#options.debug) return;
    const { error, records, ...rest } = facts;
    this.#options.log.info(
      {
        provider: this.#options.errors.provider,
        ...rest,
        path: request.path,
        ...(request.query ? { query: shownQuery(request.query, this.#harmless) } : {}),
        ...(records === undefined ? {} : { records }),
        ...(error === null ? {} : { error: nameOf(error) }),
      },
      'Provider request',
    );
  }
}

/** A client for one origin. Close it when done. */
export const createHttpClient = (options: HttpClientOptions): HttpClient => new HttpClient(options);

// The client of one Kommo account: finds the account's own host at first contact and stays there, sends the token only where
// it belongs, reads the list families of kommo.md 3.1. Unknown shapes of a page are errors, never empty lists.
import { PonteError } from '../../lib/errors.ts';
import { createHttpClient, type HttpClient, type HttpReply, type Query } from '../../lib/http/index.ts';
import type { Logger } from '../../lib/log.ts';
import type { Json, QuotaGate } from '../../sync/types.ts';
import { readCredentials, type Credentials } from './credentials.ts';
import { kommoDialect } from './dialect.ts';
import { ACCOUNT_PATH, API_PREFIX, DISCOVERY_PATH } from './endpoints.ts';
import { accountHost, planHosts, type HostPlan } from './hosts.ts';
import * as wire from './wire.ts';
import { kommoErrors } from './words.ts';

export interface KommoClientOptions {
  /** `https://api-c.kommo.com`, an account's own address, or a simulator on loopback. */
  readonly apiUrl: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly retryAttempts: number;
  readonly retryDelayMs: number;
  readonly debug: boolean;
  readonly gate: QuotaGate;
  readonly log: Logger;
  /** Default: `crm`. */
  readonly requiredScopes?: readonly string[];
  /** Opens the connections to one origin; for tests that stand for several hosts. */
  readonly open?: (baseUrl: string) => HttpClient;
}

export interface Ask {
  readonly query?: Query;
  readonly signal: AbortSignal;
  readonly retryAttempts?: number;
}

export interface ListPage {
  readonly items: readonly Json[];
  /** Whether the provider names a next page. */
  readonly more: boolean;
  readonly total: number | null;
  /** Kommo's own clock when it answered, unix seconds; null where the answer does not tell it. */
  readonly at: number | null;
}

/** What may be logged of a query: paging, order and change filters; never a search text. */
const HARMLESS_QUERY = ['page', 'limit', 'with', 'order[id]', 'order[updated_at]', 'filter[updated_at][from]', 'filter[updated_at][to]'];
/** Requests in flight at most: the rate times a latency of more than a second. */
const CONNECTIONS = 12;

/** An unusual reason to look for the account elsewhere: the shared host refuses or does not know the route. */
const mayTryElse = (error: unknown): boolean =>
  error instanceof PonteError && ['PROVIDER_UNAUTHORIZED', 'PROVIDER_FORBIDDEN', 'PROVIDER_REJECTED', 'PROVIDER_UNEXPECTED_RESPONSE'].includes(error.code);

/** Unix seconds of a `Date` header; null where there is none that can be read. */
function clockOf(header: string | string[] | undefined): number | null {
  const at = typeof header === 'string' ? Date.parse(header) : Number.NaN;
  return Number.isFinite(at) ? Math.floor(at / 1000) : null;
}

export class KommoClient {
  readonly credentials: Credentials;
  readonly #options: KommoClientOptions;
  readonly #plan: HostPlan;
  readonly #clients = new Map<string, HttpClient>();
  #finding: { readonly url: Promise<string>; readonly signal: AbortSignal } | null = null;
  #domain: string | null = null;

  constructor(options: KommoClientOptions) {
    this.#options = options;
    this.credentials = readCredentials(options.token, options.requiredScopes);
    this.#plan = planHosts(options.apiUrl, this.credentials.claims);
  }

  /** The account's own host, once it is known: `acme.kommo.com`. */
  get domain(): string | null {
    return this.#domain;
  }

  /** Asks `GET /api/v4{path}`; null for 204. Throws PonteError PROVIDER_*. */
  async get(path: string, ask: Ask): Promise<Json> {
    return (await this.#ask(path, ask)).body as Json;
  }

  /** One page of a list. 204 is an empty one; a body without the list, or with another page than asked, is an error. */
  async list(path: string, key: string, ask: Ask & { readonly page?: number }): Promise<ListPage> {
    const scopes = this.credentials.scopeProblem();
    if (scopes) throw scopes;
    const { body, headers } = await this.#ask(path, ask);
    const at = clockOf(headers['date']);
    if (body === null) return { items: [], more: false, total: null, at };
    const parsed = wire.envelope.safeParse(body);
    if (!parsed.success) throw kommoErrors.unexpected(`${path}: ${wire.explain(parsed.error)}`, { retryable: false });
    const { _embedded: embedded, _links: links, _page: page, _total_items: total } = parsed.data;
    const items = embedded[key];
    if (!Array.isArray(items)) throw kommoErrors.unexpected(`${path}: _embedded.${key} is not a list`, { retryable: false });
    if (ask.page !== undefined && page != null && page !== ask.page) {
      throw kommoErrors.unexpected(`${path}: asked for page ${ask.page}, got page ${page}`, { retryable: false });
    }
    return { items: items as Json[], more: links?.next != null, total: total ?? null, at };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #ask(path: string, ask: Ask): Promise<HttpReply> {
    this.#mustBeUsable();
    return this.#send(await this.#baseUrl(ask), `${API_PREFIX}${path}`, ask);
  }

  #mustBeUsable(): void {
    const problem = this.credentials.problem();
    if (problem) throw problem;
  }

  /** The host to ask; found once, by whoever comes first. */
  async #baseUrl(ask: Ask): Promise<string> {
    if (!this.#plan.shared) return this.#plan.configured;
    for (;;) {
      ask.signal.throwIfAborted();
      const finding = (this.#finding ??= { url: this.#find(ask), signal: ask.signal });
      try {
        return await finding.url;
      } catch (error) {
        if (this.#finding === finding) this.#finding = null;
        // Where the one who asked first went away, those who wait ask again for themselves.
        if (!finding.signal.aborted || ask.signal.aborted) throw error;
      }
    }
  }

  /** Asks the shared host who the account is: by the discovery route, else by the account itself (kommo.md 1.1). */
  async #find(ask: Ask): Promise<string> {
    const { claims } = this.credentials;
    const { configured } = this.#plan;
    const question: Ask = { signal: ask.signal, ...(ask.retryAttempts === undefined ? {} : { retryAttempts: ask.retryAttempts }) };
    let refusal: unknown;
    for (const path of [DISCOVERY_PATH, `${API_PREFIX}${ACCOUNT_PATH}`]) {
      try {
        const told = wire.discovery.safeParse((await this.#send(configured, path, question)).body);
        const host = told.success && claims && (told.data.id == null || told.data.id === claims.accountId) ? accountHost(told.data, claims) : null;
        if (host !== null) {
          this.#domain = host;
          this.#options.log.info({ provider: 'KOMMO', domain: host }, 'The account has its own address, used from now on');
          return `https://${host}`;
        }
        refusal ??= kommoErrors.unexpected("it does not tell the account's own address", { retryable: false });
      } catch (error) {
        if (!mayTryElse(error)) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  async #send(baseUrl: string, path: string, { query, signal, retryAttempts }: Ask): Promise<HttpReply> {
    const request = { path, signal, ...(query ? { query } : {}), ...(retryAttempts === undefined ? {} : { retryAttempts }) };
    return this.#client(baseUrl).request(request);
  }

  #client(baseUrl: string): HttpClient {
    const known = this.#clients.get(baseUrl);
    if (known) return known;
    const client = (this.#options.open ?? ((url) => openConnections(url, this.#options, this.credentials.token)))(baseUrl);
    this.#clients.set(baseUrl, client);
    return client;
  }
}

/** The pool to one origin, with the token in its header and nowhere else. */
export function openConnections(baseUrl: string, options: Omit<KommoClientOptions, 'open' | 'apiUrl'>, token: string): HttpClient {
  const { timeoutMs, retryAttempts, retryDelayMs, debug, gate, log } = options;
  return createHttpClient({
    baseUrl,
    // A plain user agent of a library is refused by the firewall before some accounts (kommo.md 1.1).
    headers: { authorization: `Bearer ${token}`, 'user-agent': 'Mozilla/5.0 (compatible; Ponte/1.0)', accept: 'application/hal+json, application/json' },
    secrets: [token],
    errors: kommoErrors,
    dialect: kommoDialect,
    gate,
    log,
    debug,
    harmlessQuery: HARMLESS_QUERY,
    timeoutMs,
    retryAttempts,
    retryDelayMs,
    connections: CONNECTIONS,
  });
}

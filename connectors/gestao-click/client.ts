// Asks Gestão Click for pages of lists. Knows how pages are numbered and counted; knows nothing of what is in them.
import type { PonteError } from '../../lib/errors.ts';
import { createHttpClient, type HttpClient, type RequestGate } from '../../lib/http/index.ts';
import type { Logger } from '../../lib/log.ts';
import { credentialHeaders, gestaoClickErrors, type Credentials } from './credentials.ts';
import { gestaoClickDialect, type ListBody } from './dialect.ts';
import { HARMLESS_QUERY, ORDERING, PAGE_SIZE } from './endpoints.ts';
import { unwrap } from './scalars.ts';

export interface ClientOptions extends Credentials {
  /** `https://api.beteltecnologia.com`, with or without a path such as `/api`. */
  readonly apiUrl: string;
  readonly timeoutMs: number;
  readonly retryAttempts: number;
  readonly retryDelayMs: number;
  readonly debug: boolean;
  readonly gate: RequestGate;
  readonly log: Logger;
}

/** Filters of a list: `tipo`, `loja_id`, `data_inicio`, `data_fim`. */
export type Filters = Readonly<Record<string, string>>;

export interface ListPage {
  /** Rows without their wrappers. */
  readonly rows: readonly unknown[];
  /** Rows of the whole list, where the provider says. */
  readonly total: number | null;
  /** Number of the next page; null after the last. */
  readonly next: number | null;
  /** Reading of `performance.now()` when it had come. */
  readonly at: number;
}

export interface ListRequest {
  readonly path: string;
  readonly filters?: Filters;
  /** From 1. */
  readonly page: number;
  readonly signal: AbortSignal;
  /** Rows on a page; default and maximum 100. */
  readonly size?: number;
  /** Instead of the client's own. */
  readonly retryAttempts?: number;
}

const count = (value: unknown): number | null => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : null;
};

/** Whether another page follows: by the total, else by the link, else by a full page. All of `meta` is optional (3.1). */
function nextPage(page: number, size: number, { rows, meta }: ListBody): number | null {
  if (rows.length === 0) return null;
  const total = count(meta['total_registros']);
  // The server may give smaller pages than were asked for; then its own size counts.
  const perPage = count(meta['limite_por_pagina']) || size;
  const more = total === null ? (count(meta['proxima_pagina']) ?? 0) > page || rows.length >= perPage : page * perPage < total;
  return more ? page + 1 : null;
}

export class GestaoClickClient {
  readonly #http: HttpClient;

  constructor(options: ClientOptions) {
    const { apiUrl, accessToken, secretToken, timeoutMs, retryAttempts, retryDelayMs, debug, gate, log } = options;
    this.#http = createHttpClient({
      baseUrl: apiUrl,
      headers: credentialHeaders({ accessToken, secretToken }),
      secrets: [accessToken, secretToken],
      errors: gestaoClickErrors,
      dialect: gestaoClickDialect,
      gate,
      log,
      debug,
      harmlessQuery: HARMLESS_QUERY,
      timeoutMs,
      retryAttempts,
      retryDelayMs,
    });
  }

  /** One page. Throws PonteError (PROVIDER_*). */
  async list({ path, filters = {}, page, signal, size = PAGE_SIZE, retryAttempts }: ListRequest): Promise<ListPage> {
    const query = [...Object.entries(filters), ...ORDERING, ['limite', size], ['pagina', page]] as const;
    const reply = await this.#http.request({ path, query, signal, ...(retryAttempts === undefined ? {} : { retryAttempts }) });
    const body = reply.body as ListBody;
    const given = count(body.meta['pagina_atual']);
    if (body.rows.length > 0 && given !== null && given !== page) throw this.#wrongPage(page, given);
    return { rows: body.rows.map(unwrap), total: count(body.meta['total_registros']), next: nextPage(page, size, body), at: performance.now() };
  }

  /** Every row of a short list. */
  async all(path: string, signal: AbortSignal): Promise<unknown[]> {
    const rows: unknown[] = [];
    for (let page: number | null = 1; page !== null; ) {
      const reply: ListPage = await this.list({ path, page, signal });
      rows.push(...reply.rows);
      page = reply.next;
    }
    return rows;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  /** A server that does not understand `pagina` gives page 1 for ever: never taken for the next page. */
  #wrongPage(asked: number, given: number): PonteError {
    return gestaoClickErrors.unexpected(`page ${asked} was asked for and page ${given} came`, { retryable: false });
  }
}

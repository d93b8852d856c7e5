// The same port as the plain client of http1.ts, over undici: for https, and for whoever would rather not use ours.
import { errors, Pool } from 'undici';
import { toSignal } from '../../lib/cancel.ts';
import { isAbort } from '../../lib/errors.ts';
import { headerLines, type Http1Options, type HttpCall, type HttpClient } from './http1.ts';
import { TransportError, type HttpAnswer, type TransportFailure } from './http1-response.ts';

const REFUSED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function failureOf(error: unknown): TransportFailure {
  if (error instanceof errors.ResponseExceededMaxSizeError) return 'too large';
  if (error instanceof errors.ClientDestroyedError || error instanceof errors.ClientClosedError) return 'closed';
  if (error instanceof errors.HTTPParserError) return 'protocol';
  return REFUSED.has((error as { code?: string }).code ?? '') ? 'refused' : 'reset';
}

export class UndiciClient implements HttpClient {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Http1Options['headers'];

  constructor({ url, headers, connections = 64, connectTimeoutMs = 5_000, idleMs = 4_000, maxBodyBytes = 64 * 1024 * 1024 }: Http1Options) {
    headerLines(headers);
    this.#path = url.pathname + url.search;
    this.#headers = headers;
    // How long an answer may take is decided by each call.
    const limits = { headersTimeout: 0, bodyTimeout: 0, maxResponseSize: maxBodyBytes };
    this.#pool = new Pool(url.origin, { connections, connect: { timeout: connectTimeoutMs }, keepAliveTimeout: idleMs, pipelining: 1, ...limits });
  }

  async post({ headers, body, signal, timeoutMs }: HttpCall): Promise<HttpAnswer> {
    signal?.throwIfAborted();
    headerLines(headers);
    const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signals = [signal && toSignal(signal), timeout].filter((one) => one !== undefined);
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path: this.#path,
        headers: [...this.#headers, ...headers].flat(),
        body: Buffer.from(body, 'latin1'),
        ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
      });
      const retryAfter = response.headers['retry-after'];
      const bytes = Buffer.from(await response.body.arrayBuffer());
      return { status: response.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined, body: bytes.toString('latin1') };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (timeout?.aborted && (isAbort(error) || error === timeout.reason)) throw new TransportError('timeout', `The subgraph did not answer within ${timeoutMs} ms`, error);
      const failure = failureOf(error);
      throw new TransportError(failure, failure === 'refused' ? 'The subgraph cannot be reached' : 'The exchange with the subgraph broke', error);
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

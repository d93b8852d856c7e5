// How a provider says yes and no. Status codes are not enough: there are refusals inside a 200, validation errors as 404,
// web pages instead of JSON. A connector brings one dialect, the client asks it about each answer.
import { PonteError } from '../errors.ts';
import { parseJson } from './json.ts';
import type { ProviderErrors } from './provider-errors.ts';
import { bodyRetryAfterMs, retryAfterMs } from './retry.ts';

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, with every known secret taken out (a server may echo the request). */
  readonly text: string;
}

/** What the dialect may want to know about the call. */
export interface CallFacts {
  readonly method: string;
  readonly path: string;
  readonly errors: ProviderErrors;
  /** Takes secrets, and what looks like one, out of a text that goes into a message. */
  readonly hide: (text: string) => string;
}

/**
 * `ok`: `body` is the parsed answer, `records` how many it holds (for the debug line).
 * `retry`: may pass by itself; repeated while policy allows, else `error` is thrown.
 * `fail`: thrown at once.
 */
export type Verdict =
  | { readonly kind: 'ok'; readonly body: unknown; readonly records?: number }
  | { readonly kind: 'retry'; readonly error: PonteError }
  | { readonly kind: 'fail'; readonly error: PonteError };

export interface Dialect {
  judge(response: HttpResponse, call: CallFacts): Verdict;
}

/** The verdict about an error: repeated where it is retryable. */
export const refuse = (error: PonteError): Verdict => ({ kind: error.retryable ? 'retry' : 'fail', error });

/** Short text for a message: one line, cleaned, at most 300 characters; undefined where nothing is left. */
export function quote(text: unknown, hide: (text: string) => string): string | undefined {
  if (typeof text !== 'string') return undefined;
  const line = hide(text.replace(/\s+/g, ' ').trim());
  return line === '' ? undefined : line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** The error that a plain HTTP status means; null for 2xx. `detail` is the provider's own (cleaned) words. */
export function statusError(response: HttpResponse, { errors }: Pick<CallFacts, 'errors'>, detail?: string): PonteError | null {
  const { status, headers, text } = response;
  const hinted = (): number | undefined => retryAfterMs(headers['retry-after']) ?? bodyRetryAfterMs(text);
  if (status >= 200 && status < 300) return null;
  if (status === 401) return errors.unauthorized(detail);
  if (status === 402) return errors.paymentRequired(detail);
  if (status === 403) return errors.forbidden(detail);
  if (status === 408) return errors.unavailable(`HTTP ${status}`);
  if (status === 429) return errors.rateLimited(hinted(), detail);
  if (status >= 500) {
    return errors.unavailable(detail ? `HTTP ${status}, ${detail}` : `HTTP ${status}`, { retryAfterMs: hinted() });
  }
  if (status >= 300 && status < 400) {
    return errors.unexpected(`it sends the request elsewhere (HTTP ${status})`, { retryable: false });
  }
  return errors.rejected(detail ? `HTTP ${status}, ${detail}` : `HTTP ${status}`);
}

/** Plain HTTP: status codes mean what they say, a good answer is JSON (or nothing, with 204). */
export const plainDialect: Dialect = {
  judge(response, call) {
    const error = statusError(response, call);
    if (error) return refuse(error);
    if (response.status === 204) return { kind: 'ok', body: null, records: 0 };
    try {
      return { kind: 'ok', body: parseJson(response.text, call.errors) };
    } catch (unreadable) {
      if (unreadable instanceof PonteError) return refuse(unreadable);
      throw unreadable;
    }
  },
};

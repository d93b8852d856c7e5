// How Kommo says yes and no: 204 is an empty list, errors are problem+json, a web page with 403 is a blocked address, the
// wait of a 429 stands in its body (kommo.md 2.2).
import { parseJson, quote, refuse, retryAfterMs, statusError, type CallFacts, type Dialect, type HttpResponse, type Verdict } from '../../lib/http/index.ts';
import { PonteError } from '../../lib/errors.ts';
import { SECOND } from '../../lib/time.ts';
import { BLOCK_PAUSE_MS } from './endpoints.ts';

const isWebPage = ({ headers, text }: HttpResponse): boolean => String(headers['content-type'] ?? '').includes('text/html') || /^\s*</.test(text);

interface Problem {
  readonly detail?: unknown;
  readonly title?: unknown;
  readonly retry_after?: unknown;
  readonly 'validation-errors'?: unknown;
}

/** The body of an error, as far as it can be read; errors may come as anything (kommo.md 2.2: "SDK copes with a non-JSON 429"). */
function problemOf(text: string): Problem {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Problem) : {};
  } catch {
    return {};
  }
}

/** `filter.updated_at: This value should be of type array.` of the first validation error. */
function firstInvalid(problem: Problem): string | undefined {
  const [item] = Array.isArray(problem['validation-errors']) ? (problem['validation-errors'] as { errors?: unknown }[]) : [];
  const [error] = Array.isArray(item?.errors) ? (item.errors as { path?: unknown; detail?: unknown }[]) : [];
  return error ? `${String(error.path ?? '')}: ${String(error.detail ?? '')}` : undefined;
}

function errorOf(response: HttpResponse, call: CallFacts): PonteError | null {
  const { status, text, headers } = response;
  if (status >= 200 && status < 300) return null;
  if (status === 403 && isWebPage(response)) return call.errors.blocked(BLOCK_PAUSE_MS);
  if (status >= 300 && status < 400) {
    return call.errors.unexpected(`it sends the request elsewhere (HTTP ${status})`, {
      retryable: false,
      hint: "Set KOMMO_API_URL to your account's own address (https://your-account.kommo.com); it may have changed.",
    });
  }
  const problem = isWebPage(response) ? {} : problemOf(text);
  const detail = quote(firstInvalid(problem) ?? problem.detail ?? problem.title, call.hide);
  if (status === 429) {
    const seconds = Number(problem.retry_after ?? Number.NaN);
    return call.errors.rateLimited(Number.isFinite(seconds) && seconds >= 0 ? seconds * SECOND : retryAfterMs(headers['retry-after']), detail);
  }
  return statusError(response, call, detail);
}

/** Records on a page, for the debug line. */
function countRecords(body: unknown): number | undefined {
  const { _embedded: embedded } = (body ?? {}) as { _embedded?: unknown };
  if (typeof embedded !== 'object' || embedded === null) return undefined;
  const list = Object.values(embedded).find((value) => Array.isArray(value));
  return list?.length;
}

export const kommoDialect: Dialect = {
  judge(response, call): Verdict {
    const error = errorOf(response, call);
    if (error) return refuse(error);
    if (response.status === 204) return { kind: 'ok', body: null, records: 0 };
    try {
      const body = parseJson(response.text, call.errors);
      const records = countRecords(body);
      return { kind: 'ok', body, ...(records === undefined ? {} : { records }) };
    } catch (unreadable) {
      if (unreadable instanceof PonteError) return refuse(unreadable);
      throw unreadable;
    }
  },
};

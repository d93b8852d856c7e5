// How Gestão Click says yes and no (gestao-click.md 3): lists in an envelope, refusals as 404 or inside a 200, web pages
// and PHP noise instead of JSON, and a 404 about a controller that is gone for seconds.
import { PonteError } from '../../lib/errors.ts';
import { parseJson, quote, refuse, statusError, type CallFacts, type Dialect, type HttpResponse, type Verdict } from '../../lib/http/index.ts';
import { MINUTE } from '../../lib/time.ts';
import { isObject } from './scalars.ts';

/** A list as it came: rows still wrapped. */
export interface ListBody {
  readonly rows: readonly unknown[];
  /** Absent only where the list is empty. */
  readonly meta: Readonly<Record<string, unknown>>;
}

/** What stands in `data` instead of an empty list (gestao-click.md 3.2). */
const NO_ROWS = /^n[aã]o h[aá] dados/i;
/** Routing errors of the framework, seen for seconds on valid paths (gestao-click.md 3.3). */
const ROUTE_LOST = /controller (class|could not be found)|could not be found/i;
/** A path that exists but cannot be read. */
const NOT_READABLE = /private action|is not directly accessible/i;
/** How long to leave an address in peace that a firewall has shut out. */
const BLOCK_MS = MINUTE;

const looksLikePage = (text: string): boolean => /^\s*</.test(text);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The provider's own sentence: `data.mensagem`, else `mensagem`. */
function sentence(body: unknown, call: CallFacts): string | undefined {
  if (!isObject(body)) return undefined;
  const { data } = body;
  const inner = isObject(data) ? data : {};
  return quote(inner['mensagem'] ?? body['mensagem'] ?? inner['erro'], call.hide);
}

/** The error of a status, of HTTP or of the body. */
function refusal(status: number, response: HttpResponse, body: unknown, call: CallFacts): PonteError {
  const said = sentence(body, call);
  if (status === 404) {
    if (ROUTE_LOST.test(response.text)) return call.errors.unavailable('its router does not find a path that exists');
    const lasting = { retryable: false };
    if (NOT_READABLE.test(response.text)) return call.errors.unexpected(`${call.path} cannot be read on this account`, lasting);
    if (body === null) return call.errors.unexpected(`nothing is found at ${call.path}`, lasting);
    return call.errors.rejected(said ?? 'it gives no reason');
  }
  if (status === 403 && looksLikePage(response.text)) return call.errors.blocked(BLOCK_MS);
  return statusError({ ...response, status }, call, said) ?? call.errors.rejected(said ?? 'it gives no reason');
}

/** The status that the envelope itself tells, where it is no success; null where all is well. */
function innerStatus(body: Readonly<Record<string, unknown>>): number | null {
  const code = Number(body['code'] ?? 200);
  if (Number.isInteger(code) && code >= 400 && code <= 599) return code;
  return body['status'] === 'error' || body['ok'] === false ? 404 : null;
}

function listOf(body: Readonly<Record<string, unknown>>, call: CallFacts): ListBody {
  const { data, meta } = body;
  if (typeof data === 'string') {
    if (NO_ROWS.test(data.trim())) return { rows: [], meta: isObject(meta) ? meta : {} };
    throw call.errors.unexpected('there is a text where the list should be', { field: 'data' });
  }
  if (!Array.isArray(data)) throw call.errors.unexpected('there is no list in it', { field: 'data' });
  if (!isObject(meta)) throw call.errors.unexpected('the list comes without its page count', { field: 'meta' });
  return { rows: data, meta };
}

/** Every call of this connector asks for a list. */
export const gestaoClickDialect: Dialect = {
  judge(response, call): Verdict {
    try {
      if (response.status !== 200) return refuse(refusal(response.status, response, parsed(response.text), call));
      const body = parseJson(response.text, call.errors);
      if (!isObject(body)) throw call.errors.unexpected('it is JSON, but not an envelope');
      const inner = innerStatus(body);
      if (inner !== null) return refuse(refusal(inner, response, body, call));
      const list = listOf(body, call);
      return { kind: 'ok', body: list, records: list.rows.length };
    } catch (error) {
      if (error instanceof PonteError) return refuse(error);
      throw error;
    }
  },
};

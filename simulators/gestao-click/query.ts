// A request's path and query, read as the API reads them (gestao-click.md 1, 3.2): both path styles, unknown names
// ignored, page sizes cut to 100.
import type { WireRequest } from '../server.ts';
import type { Query } from './tables/index.ts';

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

/** `/api/vendas/12` and `/vendas/12` -> ['vendas', '12']. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  return segments[0] === 'api' ? segments.slice(1) : segments;
}

export function queryOf(request: Pick<WireRequest, 'search'>): Query {
  return new Map(new URLSearchParams(request.search));
}

export interface Page {
  number: number;
  limit: number;
  offset: number;
  /** The other parameters, as `&name=value`, for the links of the metadata. */
  rest: string;
}

/** Numbers that make no sense (0, negative, text) fall back to the default: a guess. */
export function pageOf(query: Query): Page {
  const number = positive(query.get('pagina')) ?? 1;
  const limit = Math.min(
    MAX_LIMIT,
    positive(query.get('limite')) ?? positive(query.get('limit')) ?? DEFAULT_LIMIT,
  );
  const others = [...query].filter(([name]) => !['pagina', 'limite', 'limit'].includes(name));
  const rest = others
    .map(([name, value]) => `&${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('');
  return { number, limit, offset: (number - 1) * limit, rest };
}

function positive(text: string | undefined): number | null {
  const number = Number(text);
  return text !== undefined && text !== '' && Number.isInteger(number) && number > 0 ? number : null;
}

// Reading of query parameters: comma lists, PHP arrays and ranges (kommo.md 3.2). What is not known is ignored,
// as the provider ignores it.
import type { ParsedQs } from 'qs';
import type { OrderField } from '../world/crm-table.ts';
import type { Call } from './call.ts';

type QueryValue = ParsedQs[string];

/** Values of `x=1`, `x=1,2`, `x[]=1&x[]=2` or `x[0]=1`; undefined where the parameter is absent. */
export function listOf(value: QueryValue): string[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string')
    return value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (Array.isArray(value)) return value.filter((part) => typeof part === 'string');
  return Object.values(value).filter((part) => typeof part === 'string');
}

export const numbersOf = (value: QueryValue): number[] | undefined =>
  listOf(value)?.map(Number).filter(Number.isFinite);

export interface Range {
  from?: number;
  to?: number;
  /** Sent without `[from]` or `[to]`. */
  exact?: number;
}

export function rangeOf(value: QueryValue): Range | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return Number.isFinite(Number(value)) ? { exact: Number(value) } : undefined;
  if (Array.isArray(value)) return undefined;
  const range: Range = {};
  const from = Number(value['from']);
  const to = Number(value['to']);
  if (Number.isFinite(from)) range.from = from;
  if (Number.isFinite(to)) range.to = to;
  return range;
}

/** `field[sub]` of a query value, where it is an object. */
export function part(value: QueryValue, name: string): QueryValue {
  return value !== undefined && typeof value === 'object' && !Array.isArray(value) ? value[name] : undefined;
}

export const filterOf = (call: Call, name: string): QueryValue => part(call.query['filter'], name);

/** Names in `with=`. */
export const withOf = (call: Call): ReadonlySet<string> => new Set(listOf(call.query['with']) ?? []);

export function orderOf(call: Call, allowed: readonly string[]): { order: OrderField; descending: boolean } {
  for (const field of allowed) {
    const direction = part(call.query['order'], field);
    if (typeof direction !== 'string') continue;
    return { order: field as OrderField, descending: direction.toLowerCase() === 'desc' };
  }
  return { order: 'id', descending: false };
}

export interface Page {
  number: number;
  limit: number;
  offset: number;
}

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 250;

export function pageOf(call: Call): Page {
  const wanted = positive(call.query['limit']) ?? DEFAULT_LIMIT;
  const limit = wanted <= MAX_LIMIT ? wanted : call.sim.switches.overLimit === 'cap' ? MAX_LIMIT : DEFAULT_LIMIT;
  const number = positive(call.query['page']) ?? 1;
  return { number, limit, offset: (number - 1) * limit };
}

function positive(value: QueryValue): number | undefined {
  const number = typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

export const inRange = (value: number | null, range: Range | undefined): boolean => {
  if (range === undefined) return true;
  if (value === null) return false;
  if (range.exact !== undefined) return value === range.exact;
  return (range.from === undefined || value >= range.from) && (range.to === undefined || value <= range.to);
};

export const inList = (value: number | null, list: readonly number[] | undefined): boolean =>
  list === undefined || (value !== null && list.includes(value));

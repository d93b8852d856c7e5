// The scope of a request: which store and which days it is about (gestao-click.md 3.2, 4).
import { dayOf, isDate, monthOf } from '../../world/index.ts';
import type { World } from '../../world/index.ts';
import type { Query } from './table.ts';

/** The store of the request; without one, the head office. Index -1: a store that does not exist. */
export function storeOf(world: World, query: Query): { id: string; index: number } {
  const id = query.get('loja_id') || (world.stores[0]?.id ?? '');
  return { id, index: world.stores.findIndex((store) => store.id === id) };
}

const EARLIEST = dayOf('1970-01-01');
const LATEST = dayOf('2999-12-31');

function given(query: Query, name: string): number | null {
  const text = query.get(name) ?? '';
  return isDate(text) ? dayOf(text) : null;
}

/** `data_inicio` to `data_fim`, both included; the side that is not given is open. Null where neither is. */
export function daysOf(query: Query): { from: number; to: number } | null {
  const from = given(query, 'data_inicio');
  const to = given(query, 'data_fim');
  return from === null && to === null ? null : { from: from ?? EARLIEST, to: to ?? LATEST };
}

/** The same for titles, which show the current month where no date is given. */
export function titleDaysOf(world: World, query: Query): { from: number; to: number } {
  const days = daysOf(query);
  if (days) return days;
  const { first, last } = monthOf(world.day);
  return { from: first, to: last };
}

/** First position in an ascending array whose key is at least `wanted`. */
export function lowerBound(length: number, keyAt: (at: number) => number, wanted: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyAt(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The arguments of a connection, checked: which stretch of the list a page shows, and how it is cut out in SQL.
import { badInput } from '../errors.ts';
import type { Sql } from '../sql.ts';
import { beyond, decodeCursor, type Order, type Place } from './cursor.ts';

export const DEFAULT_PAGE = 50;
export const LARGEST_PAGE = 200;
export const LARGEST_OFFSET = 10_000;

export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  /** Only on the lists that page-numbered callers read. */
  offset?: number | null | undefined;
}

/** A stretch of an ordered list. */
export interface Window {
  readonly order: Order;
  readonly size: number;
  /** True where the rows are counted from the end (`last`). */
  readonly backward: boolean;
  readonly offset: number;
  readonly after: Place | undefined;
  readonly before: Place | undefined;
  /** What the cursors cut away, over `t`. */
  readonly bounds: readonly Sql[];
}

function sizeOf(value: number, field: 'first' | 'last'): number {
  if (value < 0) throw badInput(`\`${field}\` must not be negative`, { field });
  if (value > LARGEST_PAGE) {
    throw badInput(`\`${field}\` must not be above ${LARGEST_PAGE}`, {
      field,
      hint: 'Read page after page with `after: pageInfo.endCursor`.',
    });
  }
  return value;
}

function offsetOf({ offset, after, before, last }: PageArgs): number {
  if (offset == null || offset === 0) return 0;
  if (offset < 0) throw badInput('`offset` must not be negative', { field: 'offset' });
  if (offset > LARGEST_OFFSET) {
    throw badInput(`\`offset\` must not be above ${LARGEST_OFFSET}`, {
      field: 'offset',
      hint: 'Further on, continue with the cursor: `after: pageInfo.endCursor`.',
    });
  }
  if (after != null || before != null || last != null)
    throw badInput('`offset` goes with `first` only', { field: 'offset' });
  return offset;
}

/** Checks the arguments against an order. Throws BAD_USER_INPUT that names the argument. */
export function windowOf(order: Order, args: PageArgs): Window {
  const { first, last } = args;
  if (first != null && last != null) throw badInput('`first` and `last` do not go together', { field: 'last' });
  const size = last != null ? sizeOf(last, 'last') : sizeOf(first ?? DEFAULT_PAGE, 'first');
  const after = args.after == null ? undefined : decodeCursor(order, args.after, 'after');
  const before = args.before == null ? undefined : decodeCursor(order, args.before, 'before');
  return {
    order,
    size,
    backward: last != null,
    offset: offsetOf(args),
    after,
    before,
    bounds: [...(after ? [beyond(order, after, 'after')] : []), ...(before ? [beyond(order, before, 'before')] : [])],
  };
}

/** The condition under which a row stands outside, on the near side of `after` or the far side of `before`; null where no row can. */
export function outside({ order, after, before }: Window, side: 'previous' | 'next'): Sql | null {
  if (side === 'previous') return after ? beyond(order, after, 'before', true) : null;
  return before ? beyond(order, before, 'after', true) : null;
}

// Keyset cursors: the place of a row in one order, as base64url of JSON [order, sort value, id]. Opaque to the client;
// whatever comes back is checked before it reaches SQL.
import { badInput } from '../errors.ts';
import { isId } from '../ids.ts';
import { raw, sql, type Sql } from '../sql.ts';
import { isDay, isDecimal, isInstant } from './scalars.ts';
import { isStorable } from './where.ts';

export type Direction = 'ASC' | 'DESC';
/** How Postgres reads a sort value that travelled as text. */
export type SortType = 'date' | 'timestamptz' | 'numeric' | 'int8' | 'text';

/**
 * A stable order of the table `t`: one column, then `id`, both in one direction, so that an index over (column, id) serves it.
 * `nullable`: rows without a value come last, whichever the direction.
 */
export interface Order {
  /** Column of `t`. */
  readonly column: string;
  readonly type: SortType;
  readonly direction: Direction;
  readonly nullable?: boolean;
}

/** The place of one row. */
export interface Place {
  readonly value: string | null;
  readonly id: string;
}

const signature = ({ column, direction }: Order): string => `${column} ${direction}`;

export const encodeCursor = (order: Order, { value, id }: Place): string =>
  Buffer.from(JSON.stringify([signature(order), value, id])).toString('base64url');

const INTEGER = /^-?\d{1,18}$/;
const VALID: Readonly<Record<SortType, (text: string) => boolean>> = {
  date: isDay,
  timestamptz: isInstant,
  numeric: isDecimal,
  int8: (text) => INTEGER.test(text),
  text: isStorable,
};

function parts(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** The place that a cursor names. Throws BAD_USER_INPUT on anything that this order has not given out. */
export function decodeCursor(order: Order, cursor: string, field: string): Place {
  const [by, value, id] = parts(cursor);
  if (typeof by !== 'string' || typeof id !== 'string' || !isId(id))
    throw badInput(`\`${field}\` is not a cursor of this list`, { field });
  if (by !== signature(order)) {
    throw badInput(`\`${field}\` is a cursor of another ordering`, {
      field,
      hint: 'Start again without a cursor when `orderBy` changes.',
    });
  }
  const valid = value === null ? order.nullable === true : typeof value === 'string' && VALID[order.type](value);
  if (!valid) throw badInput(`\`${field}\` is not a cursor of this list`, { field });
  return { value: value as string | null, id };
}

/** `ORDER BY` for a list, or for the same list read from its end. */
export function orderBy({ column, direction, nullable }: Order, reversed: boolean, alias = 't', id = 'id'): Sql {
  const way = (direction === 'ASC') === reversed ? 'DESC' : 'ASC';
  // Where no value is missing, naming a place for NULLs would keep Postgres from reading the index backwards.
  const nulls = nullable ? (reversed ? ' NULLS FIRST' : ' NULLS LAST') : '';
  return raw(`ORDER BY ${alias}.${column} ${way}${nulls}, ${alias}.${id} ${way}`);
}

/** Rows of `t` that stand after (or before) a place; `inclusive`: the place itself too. */
export function beyond(order: Order, place: Place, side: 'after' | 'before', inclusive = false): Sql {
  const sign = raw(((order.direction === 'ASC') === (side === 'after') ? '>' : '<') + (inclusive ? '=' : ''));
  const column = raw(`t.${order.column}`);
  const byId = sql`t.id ${sign} ${place.id}::uuid`;
  if (place.value === null) {
    return side === 'after' ? sql`(${column} IS NULL AND ${byId})` : sql`(${column} IS NOT NULL OR ${byId})`;
  }
  const byRow = sql`(${column}, t.id) ${sign} (${place.value}::${raw(order.type)}, ${place.id}::uuid)`;
  return order.nullable === true && side === 'after' ? sql`(${byRow} OR ${column} IS NULL)` : byRow;
}

// Conditions over the table `t` of a statement. A filter that is absent, or an empty list, restricts nothing.
import { onlyAlnum, documentOf, searchText } from '../brazil/index.ts';
import { isId } from '../ids.ts';
import { empty, join, raw, sql, type Sql } from '../sql.ts';
import type { AllowedWallets } from './subgraph.ts';

type Maybe<T> = T | null | undefined;
type Conditions = readonly Sql[];

const column = (name: string): Sql => raw(`t.${name}`);

/** Postgres keeps no NUL in a text, and refuses one in a parameter. */
export const isStorable = (text: string): boolean => !text.includes('\0');

/** `WHERE a AND b`, or nothing. */
export const whereAll = (conditions: Conditions): Sql =>
  conditions.length === 0 ? empty : sql`WHERE ${join([...conditions], ' AND ')}`;

/** Rows of the caller's wallets. `columns`: every one of them must hold an allowed wallet. */
export const inWallets = (allowed: AllowedWallets, columns: readonly string[] = ['wallet_id']): Conditions =>
  allowed === 'all' ? [] : columns.map((name) => sql`${column(name)} = ANY(${allowed.filter(isId)}::uuid[])`);

/** Column of ids; texts that cannot be ids match nothing. */
export const idIn = (name: string, ids: Maybe<readonly string[]>): Conditions =>
  ids == null || ids.length === 0 ? [] : [sql`${column(name)} = ANY(${ids.filter(isId)}::uuid[])`];

/** Column of texts (also of enum values). */
export const textIn = (name: string, values: Maybe<readonly string[]>): Conditions =>
  values == null || values.length === 0 ? [] : [sql`${column(name)} = ANY(${values.filter(isStorable)}::text[])`];

/** Column equal to a text or a flag. */
export const equals = (name: string, value: Maybe<string | boolean>): Conditions => {
  if (value == null) return [];
  return typeof value === 'string' && !isStorable(value) ? [sql`FALSE`] : [sql`${column(name)} = ${value}`];
};

/** Both ends included. `type`: how Postgres reads the texts. */
export const between = (
  name: string,
  type: 'date' | 'numeric' | 'timestamptz',
  from: Maybe<string>,
  to: Maybe<string>,
): Conditions => [
  ...(from == null ? [] : [sql`${column(name)} >= ${from}::${raw(type)}`]),
  ...(to == null ? [] : [sql`${column(name)} <= ${to}::${raw(type)}`]),
];

/** `%` and `_` as themselves inside LIKE. */
const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const MASKED_DIGITS = /^[\d\s().+\-/]{8,}$/;

/** What a search looks for: every word of a text; a document or telephone number as one, without its mask and +55. */
export function searchWords(text: string): string[] {
  const trimmed = text.trim();
  if (documentOf(trimmed) !== null || MASKED_DIGITS.test(trimmed)) {
    const bare = onlyAlnum(trimmed).toLowerCase();
    return bare === '' ? [] : [/^55\d{10,11}$/.test(bare) ? bare.slice(2) : bare];
  }
  return searchText(trimmed)
    .split(' ')
    .filter((word) => word !== '');
}

/** Rows whose `search_text` holds every word of the search. A blank search restricts nothing. */
export const matches = (search: Maybe<string>, name = 'search_text'): Conditions =>
  search == null
    ? []
    : searchWords(search.replaceAll('\0', '')).map((word) => sql`${column(name)} LIKE ${`%${likeText(word)}%`}`);

// From rows to what Postgres reads: JSON text (which is also what is hashed) and the text format of COPY.
import { createHash } from 'node:crypto';
import type { ColumnType, Row, TableSpec } from './types.ts';

/** Postgres stores neither the NUL character nor half of a surrogate pair. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;
// eslint-disable-next-line no-control-regex
const NUL = /\u0000/g;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(NUL, '').replace(LONE_SURROGATE, '\uFFFD');
  if (Array.isArray(value)) return value.map(storable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), storable(item)]));
}

/** A row whose columns stand in the order of its table, null where it has none. */
export interface Encoded {
  readonly row: Row;
  /** The row as one JSON object. */
  readonly text: string;
}

/** JSON text that a json or jsonb parameter accepts, whatever the value holds. */
export function safeJson(value: unknown): string {
  const text = JSON.stringify(value);
  return UNSTORABLE.test(text) ? JSON.stringify(storable(value)) : text;
}

export function encodeRow(spec: TableSpec, row: Row): Encoded {
  const ordered: Record<string, unknown> = {};
  for (const column in spec.columns) ordered[column] = row[column] ?? null;
  const text = JSON.stringify(ordered);
  if (!UNSTORABLE.test(text)) return { row: ordered, text };
  const clean = storable(ordered) as Row;
  return { row: clean, text: JSON.stringify(clean) };
}

/** Same content, same hash: in every process, for ever. */
export const contentHash = (texts: readonly string[]): string => {
  const hash = createHash('md5');
  for (const text of texts) hash.update(text);
  return hash.digest('base64url');
};

/** The JSON object of a row with its hash, ready for `json_to_recordset`. */
export const withHash = (text: string, hash: string): string => `${text.slice(0, -1)},"content_hash":"${hash}"}`;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escapeCopy = (text: string): string => (/[\\\n\r\t]/.test(text) ? text.replace(/[\\\n\r\t]/g, (c) => ESCAPES[c]!) : text);
const arrayItem = (item: unknown): string => (item === null || item === undefined ? 'NULL' : `"${String(item).replace(/[\\"]/g, '\\$&')}"`);

function copyField(value: unknown, type: ColumnType | undefined): string {
  if (value === null || value === undefined) return '\\N';
  if (type === 'jsonb') return escapeCopy(JSON.stringify(value));
  if (Array.isArray(value)) return escapeCopy(`{${value.map(arrayItem).join(',')}}`);
  if (value instanceof Date) return value.toISOString();
  return escapeCopy(String(value));
}

/** One line of COPY's text format. `hash` is the last column where the table has one. */
export function copyLine(spec: TableSpec, row: Row, hash: string | null): string {
  let line = '';
  for (const column in spec.columns) line += `${line === '' ? '' : '\t'}${copyField(row[column], spec.columns[column])}`;
  return hash === null ? `${line}\n` : `${line}\t${hash}\n`;
}

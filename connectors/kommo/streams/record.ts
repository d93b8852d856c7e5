// What all records of Kommo share when they become rows: ids, instants, metadata, texts that fit an index.
import { recordId } from '../../../lib/ids.ts';
import type { ColumnType, Json } from '../../../sync/types.ts';

/** Columns that stand in every main table. */
export const COMMON_COLUMNS = { id: 'uuid', wallet_id: 'uuid', external_id: 'text', metadata: 'jsonb' } as const satisfies Record<string, ColumnType>;

/** Longest text, in UTF-16 units, that surely fits into an index entry of Postgres (2,704 bytes, up to 3 bytes each). */
const MAX_INDEXED = 800;

/** A text for an indexed column; the whole one stays in `metadata`. */
export const clip = (text: string): string => (text.length <= MAX_INDEXED ? text : `${text.slice(0, MAX_INDEXED - 1).replace(/[\uD800-\uDBFF]$/, '')}…`);

/** A trimmed text; null where nothing is left. */
export const filled = (text: string | null | undefined): string | null => {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === '' ? null : trimmed;
};

/** Unix seconds as an instant; null for 0, nothing, and what lies outside of the years 1 to 9999. */
export function instant(seconds: number | null | undefined): string | null {
  if (seconds == null || seconds === 0) return null;
  return anyInstant(seconds);
}

/** As `instant`, but 0 is 1 January 1970: a birthday may be that. */
export function anyInstant(seconds: number): string | null {
  if (!Number.isFinite(seconds) || seconds < -62_135_596_800 || seconds > 253_402_300_799) return null;
  return new Date(Math.trunc(seconds) * 1000).toISOString();
}

/** Ids of the few rows that very many records point to (fields, options, stages, users): hashing them again is the dearest part of a page. */
const known = new Map<string, string>();
const KNOWN_LIMIT = 20_000;

/** `recordId`, remembered. */
export function knownId(walletId: string, type: string, externalId: string): string {
  const key = `${walletId}:${type}:${externalId}`;
  let id = known.get(key);
  if (id === undefined) {
    id = recordId(walletId, type, externalId);
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(key, id);
  }
  return id;
}

/** Id of a row that a record points to; null where it points to nobody (0 is the robot). */
export const reference = (walletId: string, type: string, externalId: string | null | undefined): string | null =>
  externalId == null || externalId === '0' ? null : type === 'company' ? recordId(walletId, type, externalId) : knownId(walletId, type, externalId);

/** Id of the stage of a pipeline: 142 and 143 exist in each of them. */
export const stageId = (walletId: string, pipeline: string, status: string): string => knownId(walletId, 'stage', `${pipeline}:${status}`);

/**
 * The record as it goes into `metadata`: untouched, but for the links to itself and its neighbours, of which the path stays.
 * Lists add their paging to them (`...?page=3&limit=250`, kommo.md 3.1) and the host may change, and either would make the same
 * record look changed. The host is the wallet's domain.
 */
export function metadataOf(record: Json): Json {
  if (typeof record !== 'object' || record === null) return record;
  if (Array.isArray(record)) return record.map((item: Json) => metadataOf(item));
  const object = record as { readonly [key: string]: Json };
  if (object['_links'] === undefined && object['_embedded'] === undefined) return record;
  const copy: Record<string, Json> = { ...object };
  if (copy['_links'] !== undefined) copy['_links'] = pathsOnly(copy['_links']);
  const embedded = copy['_embedded'];
  if (typeof embedded === 'object' && embedded !== null && !Array.isArray(embedded)) {
    copy['_embedded'] = Object.fromEntries(Object.entries(embedded as { readonly [key: string]: Json }).map(([key, value]) => [key, metadataOf(value)]));
  }
  return copy;
}

function pathsOnly(links: Json): Json {
  if (typeof links !== 'object' || links === null || Array.isArray(links)) return links;
  return Object.fromEntries(
    Object.entries(links as { readonly [key: string]: Json }).map(([name, link]) => {
      const href = (link as { href?: unknown } | null)?.href;
      return [name, typeof href === 'string' ? { ...(link as { readonly [key: string]: Json }), href: href.replace(/^https?:\/\/[^/?#]+|\?.*$/g, '') } : link];
    }),
  );
}

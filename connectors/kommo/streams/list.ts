// A small list that is read whole: pages one after the other, each record mapped or rejected on its own.
import type { z } from 'zod';
import { isAbort, messageOf, PonteError } from '../../../lib/errors.ts';
import type { Cursor, FetchedPage, Json, ParsedRecord, Partition, ReadContext, RejectedRecord, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { PAGE_SIZE, type Endpoint } from '../endpoints.ts';
import { explain } from '../wire.ts';

/** Turns one record into rows. Throws on a shape that is not known. */
export type Mapper = (walletId: string, record: Json) => ParsedRecord;

/** Raised by a mapper; `message` holds the field's path and the reason. */
export class ShapeError extends PonteError {
  constructor(message: string) {
    super('PROVIDER_UNEXPECTED_RESPONSE', message);
    this.name = 'ShapeError';
  }
}

/** Parses a record by its wire schema. Throws ShapeError. */
export function parseShape<T>(schema: z.ZodType<T>, record: Json): T {
  const parsed = schema.safeParse(record);
  if (!parsed.success) throw new ShapeError(explain(parsed.error));
  return parsed.data;
}

/** The provider's id of a record that may have any shape. */
export function idOf(record: Json): string | null {
  const { id } = (typeof record === 'object' && record !== null ? record : {}) as { id?: unknown };
  return typeof id === 'number' || typeof id === 'string' ? String(id) : null;
}

/** Maps every record; one that cannot be mapped is set aside with its reason, and the others go on. */
export function mapAll(walletId: string, records: readonly Json[], map: Mapper): Pick<FetchedPage, 'records' | 'rejected'> {
  const good: ParsedRecord[] = [];
  const rejected: RejectedRecord[] = [];
  for (const record of records) {
    try {
      good.push(map(walletId, record));
    } catch (error) {
      if (!(error instanceof PonteError) || isAbort(error)) throw error;
      rejected.push({ externalId: idOf(record), code: error.code, message: messageOf(error), payload: record });
    }
  }
  return { records: good, rejected };
}

/** Query of one page of an endpoint, in the order in which Kommo's own documents write it. */
export function pageQuery(endpoint: Endpoint, page: number): [string, string | number][] {
  return [
    ...(endpoint.paged ? ([['page', page], ['limit', PAGE_SIZE]] as [string, number][]) : []),
    ...(endpoint.with === undefined ? [] : ([['with', endpoint.with]] as [string, string][])),
    ...(endpoint.order === undefined ? [] : ([[`order[${endpoint.order}]`, 'asc']] as [string, string][])),
  ];
}

/** The page that a cursor names; 1 where it names none. */
export const pageOf = (cursor: Cursor): number => (typeof cursor['page'] === 'number' ? cursor['page'] : 1);

export interface WholeListOptions {
  readonly name: string;
  readonly after?: readonly string[];
  readonly client: KommoClient;
  readonly endpoint: Endpoint;
  readonly tables: readonly TableSpec[];
  readonly map: Mapper;
  /** Several lists in one stream: a key for each, put into the path for `{entity}`. Default: one list. */
  readonly entities?: readonly string[];
  /** Tells a record of several lists where it comes from, before it is mapped. */
  readonly mark?: (record: Json, entity: string) => Json;
}

/** A stream that reads one or several lists from the first page to the last. */
export function wholeList({ name, after = [], client, endpoint, tables, map, entities, mark }: WholeListOptions): Stream {
  const partition = (entity: string): Partition => ({ key: entity, start: { page: 1 }, params: { entity }, parallel: false });
  return {
    name,
    after,
    tables,
    incremental: endpoint.incremental,
    partitions: async () => (entities ?? ['all']).map(partition),
    async page(context: ReadContext, { params }: Partition, cursor: Cursor): Promise<FetchedPage> {
      const entity = String(params['entity']);
      const page = pageOf(cursor);
      const path = endpoint.path.replace('{entity}', entity);
      const { items, more, total } = await client.list(path, endpoint.key, {
        query: pageQuery(endpoint, page),
        signal: context.signal,
        ...(endpoint.paged ? { page } : {}),
      });
      const records = mark ? items.map((item) => mark(item, entity)) : items;
      return {
        ...mapAll(context.walletId, records, map),
        fetched: items.length,
        next: more && endpoint.paged ? { page: page + 1 } : null,
        ...(total === null ? {} : { total }),
      };
    },
    parse: map,
  };
}

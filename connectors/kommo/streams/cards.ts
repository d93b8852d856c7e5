// What contacts, companies and deals share: how they are found (all by id, or what changed), and the part of their rows that
// is the same: owner, tags, custom fields.
import type { Cursor, FetchedPage, Json, Partition, ReadContext, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import type { Endpoint } from '../endpoints.ts';
import type { WireFieldEntry } from '../wire.ts';
import { kommoErrors } from '../words.ts';
import { Beginning, begunOf, clockOfAnswer, updatedAtOf } from './beginning.ts';
import { boundOf, changesFrom, changesPartition, changesQuery, fullPartition, inOrder, step, watermarkOf, type ChangeCursor } from './changes.ts';
import { idOf, mapAll, pageOf, pageQuery, type Mapper } from './list.ts';

export interface CardStreamOptions {
  readonly name: string;
  readonly after: readonly string[];
  readonly client: KommoClient;
  readonly endpoint: Endpoint;
  readonly tables: readonly TableSpec[];
  readonly map: Mapper;
}

/** `with=only_deleted` apart, deleted records do not stand in lists; where one does, it is a stub without data. */
const isDeleted = (record: Json): boolean => (record as { is_deleted?: unknown } | null)?.is_deleted === true;

export function cardStream({ name, after, client, endpoint, tables, map }: CardStreamOptions): Stream {
  const beginning = new Beginning();

  async function fullPage(context: ReadContext, cursor: Cursor): Promise<FetchedPage> {
    const page = pageOf(cursor);
    const { items, more, at } = await client.list(endpoint.path, endpoint.key, { query: pageQuery(endpoint, page), signal: context.signal, page });
    const begun = beginning.note(context, begunOf(cursor), clockOfAnswer({ at, items }, context.startedAt));
    const { records, rejected } = mapAll(context.walletId, items.filter((item) => !isDeleted(item)), map);
    return { records, rejected, fetched: items.length, next: more ? { page: page + 1, begun } : null };
  }

  async function changedPage(context: ReadContext, cursor: ChangeCursor): Promise<FetchedPage> {
    const query = [...changesQuery(cursor), ...(endpoint.with === undefined ? [] : [['with', endpoint.with] as [string, string]])];
    const { items, more, at } = await client.list(endpoint.path, endpoint.key, { query, signal: context.signal, page: cursor.page });
    const changes = items.map((item, index) => ({ id: idOf(item) ?? `?${index}`, updatedAt: updatedAtOf(item) }));
    if (!inOrder(changes)) {
      throw kommoErrors.unexpected(`${endpoint.path}: the list from ${boundOf(cursor)} is not in the order of updated_at`, { retryable: false });
    }
    const begun = beginning.note(context, begunOf(cursor), clockOfAnswer({ at, items }, context.startedAt));
    const { repeated, next } = step(cursor, changes, more);
    const fresh = items.filter((_, index) => !repeated[index]);
    const { records, rejected } = mapAll(context.walletId, fresh.filter((item) => !isDeleted(item)), map);
    return { records, rejected, fetched: fresh.length, next: next === null ? null : ({ ...next, begun } as unknown as Cursor) };
  }

  return {
    name,
    after,
    tables,
    incremental: endpoint.incremental,
    partitions: async (context) => {
      const from = changesFrom(context);
      return [from === null ? fullPartition() : changesPartition(from)];
    },
    page: (context, partition: Partition, cursor) =>
      partition.key === 'changes' ? changedPage(context, cursor as unknown as ChangeCursor) : fullPage(context, cursor),
    watermark: (context) => watermarkOf(context, beginning.of(context)),
    parse: map,
  };
}

interface WireCard {
  readonly _embedded?: { readonly tags?: readonly { readonly name: string }[] | null | undefined; readonly companies?: readonly { readonly id: string }[] | null | undefined } | null | undefined;
  readonly custom_fields_values?: readonly WireFieldEntry[] | null | undefined;
}

export const tagsOf = (card: WireCard): string[] => (card._embedded?.tags ?? []).map(({ name }) => name);
export const companyOf = (card: WireCard): string | null => card._embedded?.companies?.[0]?.id ?? null;
export const entriesOf = (card: WireCard): readonly WireFieldEntry[] => card.custom_fields_values ?? [];

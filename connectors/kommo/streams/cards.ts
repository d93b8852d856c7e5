// What contacts, companies and deals share: how they are found (all by id, or what changed), and the part of their rows that
// is the same: owner, tags, custom fields.
import type { Cursor, FetchedPage, Json, Partition, ReadContext, Stream, TableSpec } from '../../../sync/types.ts';
import { PonteError } from '../../../lib/errors.ts';
import type { KommoClient } from '../client.ts';
import type { Endpoint } from '../endpoints.ts';
import type { WireFieldEntry } from '../wire.ts';
import { kommoErrors } from '../words.ts';
import { Beginning, begunOf, clockOfAnswer, updatedAtOf } from './beginning.ts';
import { join, windowOf, type Link, type Reach } from './chain.ts';
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

/** The id as a number; 0 where there is none. */
const numberOf = (record: Json): number => Number(idOf(record) ?? 0) || 0;

/** Questions of a plan whose reach is remembered: more than can be under way. */
const KEPT = 256;

/** What the checkpoint says of the question before. */
function reachOf(cursor: Cursor, index: number): Reach {
  const { last, lastOf } = cursor;
  if (typeof last !== 'number' || lastOf !== index) throw new PonteError('INTERNAL_SERVER_ERROR', `Nothing is known of page ${index}, which comes before.`);
  return { last, more: true };
}

/** Each record behind `seen` once, as it came last. */
function unseen(items: readonly Json[], seen: number): Json[] {
  const found = new Map<number | Json, Json>();
  for (const item of items) {
    const id = numberOf(item);
    if (id === 0) found.set(item, item);
    else if (id > seen) found.set(id, item);
  }
  return [...found.values()];
}

export function cardStream({ name, after, client, endpoint, tables, map }: CardStreamOptions): Stream {
  const beginning = new Beginning();

  /** How far each question of a plan reached; a plan makes new partitions, so an older attempt is forgotten with its own. */
  const chains = new WeakMap<Partition, Map<number, Promise<Reach>>>();

  async function ask(context: ReadContext, index: number): Promise<Link<Json> & { readonly at: number | null }> {
    const { page, limit } = windowOf(index);
    const query = pageQuery(endpoint, page).map(([name, value]): [string, string | number] => [name, name === 'limit' ? limit : value]);
    const { items, more, at } = await client.list(endpoint.path, endpoint.key, { query, signal: context.signal, page });
    const ids = items.map(numberOf).filter((id) => id > 0);
    // Where no record has an id nothing can be compared: each is rejected, and the reading goes on.
    const unknown = items.length > 0 && ids.length === 0;
    return { items, more, at, first: unknown ? 0 : Math.min(...ids), last: Math.max(0, ...ids) };
  }

  async function fullPage(context: ReadContext, partition: Partition, cursor: Cursor): Promise<FetchedPage> {
    const index = pageOf(cursor);
    const chain = chains.get(partition) ?? new Map<number, Promise<Reach>>();
    chains.set(partition, chain);
    const before = index === 1 ? { last: 0, more: true } : (chain.get(index - 1) ?? reachOf(cursor, index - 1));
    chain.delete(index - KEPT);
    const joined = Promise.all([ask(context, index), before]).then(async ([link, reach]) => {
      const begun = beginning.note(context, begunOf(cursor), clockOfAnswer(link, context.startedAt));
      return { begun, seen: reach.last, ...(await join(index, link, reach, (other) => ask(context, other))) };
    });
    joined.catch(() => {}); // met below, and by the page behind
    chain.set(index, joined.then(({ last, more }) => ({ last, more })));
    chain.get(index)!.catch(() => {});
    const { begun, seen, last, more, links } = await joined;
    const fresh = unseen(links.flatMap(({ items }) => items), seen);
    const { records, rejected } = mapAll(context.walletId, fresh.filter((item) => !isDeleted(item)), map);
    return { records, rejected, fetched: fresh.length, next: more ? { page: index + 1, begun, last, lastOf: index } : null };
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
      partition.key === 'changes' ? changedPage(context, cursor as unknown as ChangeCursor) : fullPage(context, partition, cursor),
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

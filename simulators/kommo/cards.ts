// Reading of leads, contacts and companies: lists, single cards, restorable deleted ones.
import type { Card, CardBrief, EntityType } from '../world/crm-records.ts';
import { ENTITY_TYPES } from '../world/crm-records.ts';
import type { Table } from '../world/crm-table.ts';
import type { Call, Route } from './call.ts';
import { hal, idParam } from './call.ts';
import { cardSelection, idFilter } from './card-filters.ts';
import { missing, pagedList, sliceList } from './envelope.ts';
import { orderOf, pageOf, withOf } from './filters.ts';
import type { Reply } from './problem.ts';
import { NO_CONTENT } from './problem.ts';
import { cardJson, deletedStub } from './wire.ts';

const ORDERS: Record<EntityType, readonly string[]> = {
  leads: ['created_at', 'updated_at', 'id'],
  contacts: ['updated_at', 'id'],
  companies: ['updated_at', 'id'],
};

export const cardTable = (call: Call, type: EntityType): Table<Card, CardBrief> =>
  call.sim.crm.cards[type] as unknown as Table<Card, CardBrief>;

function list(call: Call, type: EntityType): Reply {
  const wanted = withOf(call);
  const order = orderOf(call, ORDERS[type]);
  const selection = cardSelection(call, type);
  if (!selection) return NO_CONTENT;
  if (wanted.has('only_deleted'))
    return deletedList(call, type, selection.updatedFrom ?? 0, selection.updatedTo ?? Number.MAX_SAFE_INTEGER);
  const ids = idFilter(call, type);
  const toWire = (card: Card): Record<string, unknown> => cardJson(call, type, card, wanted, true);
  if (ids) {
    const {
      where = () => true,
      whereFull = () => true,
      updatedFrom = 0,
      updatedTo = Number.MAX_SAFE_INTEGER,
    } = selection;
    const cards = [...new Set(ids)]
      .flatMap((id) => cardTable(call, type).get(id) ?? [])
      .filter(
        (card) => card.updated_at >= updatedFrom && card.updated_at <= updatedTo && where(card) && whereFull(card),
      )
      .sort((a, b) => a[order.order] - b[order.order] || a.id - b.id);
    return sliceList(call, type, order.descending ? cards.reverse() : cards, toWire);
  }
  const page = pageOf(call);
  const found = cardTable(call, type).select({ ...selection, ...order, offset: page.offset, limit: page.limit });
  return pagedList(call, type, found.rows.map(toWire), found.more);
}

/** Merged cards are gone for good and do not stand here. */
function deletedList(call: Call, type: EntityType, from: number, to: number): Reply {
  const { crm } = call.sim;
  const cards = cardTable(call, type)
    .removed()
    .filter((card) => !crm.merged[type].has(card.id) && card.updated_at >= from && card.updated_at <= to);
  return sliceList(call, type, cards, (card) => deletedStub(call, type, card));
}

function single(call: Call, type: EntityType): Reply {
  const card = cardTable(call, type).get(idParam(call, 'id'));
  return card ? hal(cardJson(call, type, card, withOf(call), false)) : missing(call);
}

export const cardRoutes: readonly Route[] = ENTITY_TYPES.flatMap((type): Route[] => [
  ['GET', `/${type}`, (call) => list(call, type)],
  ['GET', `/${type}/:id`, (call) => single(call, type)],
]);

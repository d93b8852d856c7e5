// Deals: the leads of Kommo's API (kommo.md 4.2), with the contacts that stand on them. 142 is won, 143 is lost, in every
// pipeline; everything else is open.
import { searchText } from '../../../lib/brazil/index.ts';
import { recordId } from '../../../lib/ids.ts';
import { compare, decimal, round, subtract } from '../../../lib/money.ts';
import type { Json, ParsedRecord, Row, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import type { WireDeal } from '../wire.ts';
import { cardStream, companyOf, entriesOf, tagsOf } from './cards.ts';
import { instantsOf } from './contacts.ts';
import { fieldValueRows, fieldValueTable } from './field-values.ts';
import { parseShape, ShapeError } from './list.ts';
import { clip, COMMON_COLUMNS, filled, instant, metadataOf, reference, stageId } from './record.ts';
import { LOST, WON } from './pipelines.ts';

const dealTable: TableSpec = {
  name: 'kommo.deal',
  columns: {
    ...COMMON_COLUMNS,
    name: 'text',
    price: 'numeric',
    status: 'text',
    pipeline_id: 'uuid',
    stage_id: 'uuid',
    responsible_id: 'uuid',
    company_id: 'uuid',
    loss_reason_id: 'uuid',
    loss_reason: 'text',
    tags: 'text[]',
    closed_at: 'timestamptz',
    source_created_at: 'timestamptz',
    source_updated_at: 'timestamptz',
    search_text: 'text',
  },
  key: ['id'],
  write: 'upsert',
  recordType: 'DEAL',
};

const contactTable: TableSpec = {
  name: 'kommo.deal_contact',
  columns: { deal_id: 'uuid', position: 'int4', wallet_id: 'uuid', contact_id: 'uuid', main: 'bool' },
  key: ['deal_id', 'position'],
  write: 'children',
  parent: 'deal_id',
};

/** The column is numeric(18,4). */
const PRICE_LIMIT = '100000000000000';

/**
 * `price` is whole; `price_with_minor_units` is not documented (kommo.md 4.2), so it is believed only where it is the same
 * amount with cents.
 */
function priceOf({ price, price_with_minor_units: exact }: WireDeal): string {
  const whole = decimal(price ?? 0);
  const difference = exact == null ? null : subtract(exact, whole);
  const best = exact != null && difference !== null && compare(difference, '-1') > 0 && compare(difference, '1') < 0 ? round(exact, 4) : whole;
  if (compare(best, PRICE_LIMIT) >= 0 || compare(best, `-${PRICE_LIMIT}`) <= 0) throw new ShapeError(`price: ${best} is too big`);
  return best;
}

function contactRows(walletId: string, dealId: string, deal: WireDeal): Row[] {
  return (deal._embedded?.contacts ?? []).map((contact, position) => ({
    deal_id: dealId,
    position,
    wallet_id: walletId,
    contact_id: recordId(walletId, 'contact', contact.id),
    main: contact.is_main ?? false,
  }));
}

export function mapDeal(walletId: string, record: Json): ParsedRecord {
  const deal = parseShape(wire.deal, record);
  const { created, updated } = instantsOf(deal);
  const id = recordId(walletId, 'deal', deal.id);
  const name = filled(deal.name) ?? `#${deal.id}`;
  const { pipeline_id: pipeline, status_id: status } = deal;
  const [reason] = deal._embedded?.loss_reason ?? [];
  return {
    externalId: deal.id,
    row: {
      id,
      wallet_id: walletId,
      external_id: deal.id,
      name: clip(name),
      price: priceOf(deal),
      status: status === WON ? 'WON' : status === LOST ? 'LOST' : 'OPEN',
      pipeline_id: reference(walletId, 'pipeline', pipeline),
      stage_id: pipeline == null ? null : stageId(walletId, pipeline, status),
      responsible_id: reference(walletId, 'crm_user', deal.responsible_user_id),
      company_id: reference(walletId, 'company', companyOf(deal)),
      loss_reason_id: reference(walletId, 'loss_reason', deal.loss_reason_id ?? reason?.id),
      loss_reason: reason?.name ?? null,
      tags: tagsOf(deal),
      closed_at: instant(deal.closed_at),
      source_created_at: created,
      source_updated_at: updated,
      search_text: searchText(name, deal.id),
      metadata: metadataOf(record),
    },
    others: {
      [contactTable.name]: contactRows(walletId, id, deal),
      [fieldValueTable.name]: fieldValueRows(walletId, 'DEAL', id, entriesOf(deal)),
    },
  };
}

export const dealsStream = (client: KommoClient): Stream =>
  cardStream({
    name: 'deals',
    after: ['users', 'pipelines', 'loss_reasons', 'custom_fields', 'tags'],
    client,
    endpoint: ENDPOINTS.deals,
    tables: [dealTable, contactTable, fieldValueTable],
    map: mapDeal,
  });

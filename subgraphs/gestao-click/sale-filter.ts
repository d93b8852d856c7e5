// Which sales: the filter, its SQL over `t` (gestao_click.sale), and the orders of the list.
import { between, equals, idIn, isStorable, matches, orderInput, textIn, type Order } from '../../lib/graphql/index.ts';
import { sql, type Sql } from '../../lib/sql.ts';
import { builder } from './builder.ts';

export const SaleKind = builder.enumType('SaleKind', {
  description: '`COUNTER`: sold over the counter (balcão).',
  values: ['PRODUCT', 'SERVICE', 'COUNTER'] as const,
});
export const SaleOutcome = builder.enumType('SaleOutcome', {
  description: 'What a status means for the business.',
  values: ['OPEN', 'CONFIRMED', 'CANCELLED'] as const,
});

export const ExtraFieldFilter = builder.inputType('ExtraFieldFilter', {
  description: 'Records whose extra field of that name has exactly that text.',
  fields: (t) => ({ name: t.string({ required: true }), equals: t.string({ required: true }) }),
});

export const SaleFilter = builder.inputType('SaleFilter', {
  description: 'All conditions together; an empty list restricts nothing; days, amounts and instants are inclusive.',
  fields: (t) => ({
    dateFrom: t.field({ type: 'Date' }),
    dateTo: t.field({ type: 'Date' }),
    salespersonIds: t.idList(),
    clientIds: t.idList(),
    statusIds: t.idList(),
    statusOutcomes: t.field({ type: [SaleOutcome] }),
    kinds: t.field({ type: [SaleKind] }),
    storeIds: t.idList(),
    walletIds: t.idList({ description: 'Connected accounts.' }),
    channel: t.string(),
    totalMin: t.field({ type: 'Decimal' }),
    totalMax: t.field({ type: 'Decimal' }),
    updatedFrom: t.field({ type: 'DateTime' }),
    updatedTo: t.field({ type: 'DateTime' }),
    customFields: t.field({ type: [ExtraFieldFilter] }),
    search: t.string({
      description: 'Every word must stand in the sale: number, names, notes; accents do not matter.',
    }),
  }),
});

type Filter = typeof SaleFilter.$inferInput;

/** Owners of a value of an extra field. */
export const hasExtraFields = (
  owner: 'CLIENT' | 'SALE',
  fields: (typeof ExtraFieldFilter.$inferInput)[] | null | undefined,
): Sql[] =>
  (fields ?? []).map(({ name, equals: text }) =>
    isStorable(name + text)
      ? sql`EXISTS (SELECT 1 FROM gestao_click.attribute_value v WHERE v.owner_id = t.id AND v.owner_type = ${owner} AND v.name = ${name} AND v.text = ${text})`
      : sql`FALSE`,
  );

/** Statuses are few: their ids are looked up once, and each sale is compared with them. */
const withOutcome = (outcomes: Filter['statusOutcomes']): Sql[] =>
  outcomes == null || outcomes.length === 0
    ? []
    : [
        sql`t.status_id = ANY(ARRAY(SELECT id FROM gestao_click.sale_status WHERE outcome = ANY(${[...outcomes]}::text[])))`,
      ];

/** The filter as conditions over `t`. */
export const saleConditions = (filter: Filter | null | undefined): Sql[] =>
  filter == null
    ? []
    : [
        ...between('date', 'date', filter.dateFrom, filter.dateTo),
        ...between('total', 'numeric', filter.totalMin, filter.totalMax),
        ...between('source_updated_at', 'timestamptz', filter.updatedFrom, filter.updatedTo),
        ...idIn('salesperson_id', filter.salespersonIds),
        ...idIn('client_id', filter.clientIds),
        ...idIn('status_id', filter.statusIds),
        ...idIn('store_id', filter.storeIds),
        ...idIn('wallet_id', filter.walletIds),
        ...textIn('kind', filter.kinds),
        ...withOutcome(filter.statusOutcomes),
        ...equals('channel', filter.channel),
        ...hasExtraFields('SALE', filter.customFields),
        ...matches(filter.search),
      ];

const COLUMNS = {
  DATE: { column: 'date', type: 'date' },
  TOTAL: { column: 'total', type: 'numeric' },
  NUMBER: { column: 'number_value', type: 'int8' },
  UPDATED_AT: { column: 'source_updated_at', type: 'timestamptz' },
} as const;

export const SaleOrder = orderInput(builder, 'SaleOrder', ['DATE', 'TOTAL', 'NUMBER', 'UPDATED_AT'], 'DESC');

/** Newest first, unless told. */
export const saleOrder = (order: typeof SaleOrder.$inferInput | null | undefined): Order => ({
  ...COLUMNS[order?.field ?? 'DATE'],
  direction: order?.direction ?? 'DESC',
});

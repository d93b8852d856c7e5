// Sales with their lines, and quotes with theirs.
import { defineSource, snakeColumns, type Source, type SyncedRow } from '../../../lib/graphql/index.ts';
import {
  costCenter,
  product,
  saleStatus,
  service,
  store,
  type NamedRow,
  type ProductRow,
  type SaleStatusRow,
  type ServiceRow,
} from './catalogs.ts';
import { payment } from './payments.ts';
import { client, extraFieldsOf, salesperson, type ClientRow, type SalespersonRow } from './people.ts';

/** What a sale and a quote say of the people in it; a joined row is null where the other record has not arrived. */
interface DocumentRow extends SyncedRow {
  number: string;
  date: string;
  statusName: string | null;
  storeId: string | null;
  store?: NamedRow | null;
  clientId: string | null;
  clientName: string | null;
  client?: ClientRow | null;
  salespersonId: string | null;
  salespersonName: string | null;
  salesperson?: SalespersonRow | null;
  total: string;
  discount: string | null;
  freight: string | null;
  createdAt: string | null;
  updatedAt: string | null;
}

export interface SaleRow extends DocumentRow {
  kind: 'PRODUCT' | 'SERVICE' | 'COUNTER';
  statusId: string | null;
  status?: SaleStatusRow | null;
  costCenterId: string | null;
  costCenter?: NamedRow | null;
  productsTotal: string | null;
  servicesTotal: string | null;
  cost: string | null;
  channel: string | null;
  notes: string | null;
  launched: boolean;
  dueOn: string | null;
}

const SHARED = [
  'id',
  'walletId',
  'externalId',
  'syncedAt',
  'number',
  'kind',
  'date',
  'statusName',
  'storeId',
  'clientId',
  'clientName',
] as const;
const AMOUNTS = ['salespersonId', 'salespersonName', 'total', 'discount', 'freight'] as const;
const SOURCE_TIMES = { createdAt: 'source_created_at', updatedAt: 'source_updated_at' };
const PEOPLE = {
  store: { source: () => store, key: 'storeId' },
  client: { source: () => client, key: 'clientId' },
  salesperson: { source: () => salesperson, key: 'salespersonId' },
};

export const sale: Source<SaleRow> = defineSource({
  table: 'gestao_click.sale',
  columns: {
    ...snakeColumns(
      ...SHARED,
      ...AMOUNTS,
      'statusId',
      'costCenterId',
      'productsTotal',
      'servicesTotal',
      'cost',
      'channel',
      'notes',
      'launched',
      'dueOn',
    ),
    ...SOURCE_TIMES,
  },
  toOne: {
    ...PEOPLE,
    status: { source: () => saleStatus, key: 'statusId' },
    costCenter: { source: () => costCenter, key: 'costCenterId' },
  },
  toMany: {
    items: { source: () => saleItem, parent: 'sale_id', orderBy: ['position'] },
    payments: { source: () => payment, parent: 'sale_id', orderBy: ['dueDate', 'position', 'id'] },
    customFields: extraFieldsOf('SALE'),
  },
  decimals: ['total', 'productsTotal', 'servicesTotal', 'discount', 'freight', 'cost'],
});

export interface QuoteRow extends DocumentRow {
  kind: 'PRODUCT' | 'SERVICE';
  validFor: string | null;
}
export const quote = defineSource<QuoteRow>({
  table: 'gestao_click.quote',
  columns: { ...snakeColumns(...SHARED, ...AMOUNTS, 'validFor'), ...SOURCE_TIMES },
  toOne: PEOPLE,
  toMany: { items: { source: () => quoteItem, parent: 'quote_id', orderBy: ['position'] } },
  decimals: ['total', 'discount', 'freight'],
});

export interface ItemRow {
  walletId: string;
  position: number;
  kind: 'PRODUCT' | 'SERVICE';
  productId: string | null;
  product?: ProductRow | null;
  serviceId: string | null;
  service?: ServiceRow | null;
  description: string;
  quantity: string;
  unitPrice: string;
  discount: string | null;
  total: string;
}
export interface SaleItemRow extends ItemRow {
  unit: string | null;
  unitCost: string | null;
}

const ITEM = [
  'walletId',
  'position',
  'kind',
  'productId',
  'serviceId',
  'description',
  'quantity',
  'unitPrice',
  'discount',
  'total',
] as const;
const ITEM_OPTIONS = {
  always: ['position'],
  hasMetadata: false,
  decimals: ['quantity', 'unitPrice', 'unitCost', 'discount', 'total'],
  toOne: { product: { source: () => product, key: 'productId' }, service: { source: () => service, key: 'serviceId' } },
};
export const saleItem = defineSource<SaleItemRow>({
  table: 'gestao_click.sale_item',
  columns: snakeColumns(...ITEM, 'unit', 'unitCost'),
  ...ITEM_OPTIONS,
});
export const quoteItem = defineSource<ItemRow>({
  table: 'gestao_click.quote_item',
  columns: snakeColumns(...ITEM),
  ...ITEM_OPTIONS,
});

// Small tables of the ERP: stores, sale statuses, payment methods, bank accounts, chart of accounts, cost centers; and the
// products and services that are sold.
import { defineSource, snakeColumns, type SyncedRow } from '../../../lib/graphql/index.ts';

const SYNCED = ['id', 'walletId', 'externalId', 'syncedAt'] as const;

/** A store, a bank account or a cost center: a name and nothing else. */
export interface NamedRow extends SyncedRow {
  name: string;
}
export const store = defineSource<NamedRow>({ table: 'gestao_click.store', columns: snakeColumns(...SYNCED, 'name') });
export const bankAccount = defineSource<NamedRow>({
  table: 'gestao_click.bank_account',
  columns: snakeColumns(...SYNCED, 'name'),
});
export const costCenter = defineSource<NamedRow>({
  table: 'gestao_click.cost_center',
  columns: snakeColumns(...SYNCED, 'name'),
});

export interface SaleStatusRow extends NamedRow {
  outcome: string;
  isDefault: boolean;
}
export const saleStatus = defineSource<SaleStatusRow>({
  table: 'gestao_click.sale_status',
  columns: snakeColumns(...SYNCED, 'name', 'outcome', 'isDefault'),
});

export interface PaymentMethodRow extends NamedRow {
  kind: string;
}
export const paymentMethod = defineSource<PaymentMethodRow>({
  table: 'gestao_click.payment_method',
  columns: snakeColumns(...SYNCED, 'name', 'kind'),
});

export interface LedgerAccountRow extends NamedRow {
  code: string | null;
  kind: string;
  parentId: string | null;
}
export const ledgerAccount = defineSource<LedgerAccountRow>({
  table: 'gestao_click.ledger_account',
  columns: snakeColumns(...SYNCED, 'code', 'name', 'kind', 'parentId'),
  needs: { parent: ['parentId'] },
});

export interface ProductRow extends NamedRow {
  code: string | null;
  barcode: string | null;
  price: string | null;
  cost: string | null;
  stock: string | null;
  active: boolean;
  groupName: string | null;
}
export const product = defineSource<ProductRow>({
  table: 'gestao_click.product',
  columns: snakeColumns(...SYNCED, 'name', 'code', 'barcode', 'price', 'cost', 'stock', 'active', 'groupName'),
  decimals: ['price', 'cost', 'stock'],
});

export interface ServiceRow extends NamedRow {
  code: string | null;
  price: string | null;
}
export const service = defineSource<ServiceRow>({
  table: 'gestao_click.service',
  columns: snakeColumns(...SYNCED, 'name', 'code', 'price'),
  decimals: ['price'],
});

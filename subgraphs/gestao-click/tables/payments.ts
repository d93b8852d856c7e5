// What is to be received or paid: titles, and the instalments of sales that have none yet.
import { defineSource, snakeColumns, type Source, type SyncedRow } from '../../../lib/graphql/index.ts';
import {
  bankAccount,
  costCenter,
  ledgerAccount,
  paymentMethod,
  store,
  type LedgerAccountRow,
  type NamedRow,
  type PaymentMethodRow,
} from './catalogs.ts';
import { client, type ClientRow } from './people.ts';
import { sale, type SaleRow } from './sales.ts';

export interface PaymentRow extends SyncedRow {
  origin: 'TITLE' | 'INSTALMENT';
  direction: 'RECEIVABLE' | 'PAYABLE';
  number: string | null;
  description: string | null;
  amount: string;
  interest: string | null;
  discount: string | null;
  fees: string | null;
  netAmount: string;
  settled: boolean;
  dueDate: string;
  paidAt: string | null;
  accrualDate: string | null;
  partyKind: string | null;
  partyName: string | null;
  position: number | null;
  methodId: string | null;
  method?: PaymentMethodRow | null;
  ledgerAccountId: string | null;
  account?: LedgerAccountRow | null;
  costCenterId: string | null;
  costCenter?: NamedRow | null;
  bankAccountId: string | null;
  bankAccount?: NamedRow | null;
  storeId: string | null;
  store?: NamedRow | null;
  clientId: string | null;
  client?: ClientRow | null;
  saleId: string | null;
  sale?: SaleRow | null;
  createdAt: string | null;
  updatedAt: string | null;
}

const STATUS = ['origin', 'settled', 'dueDate'];

export const payment: Source<PaymentRow> = defineSource({
  table: 'gestao_click.payment',
  condition: 't.visible',
  columns: {
    ...snakeColumns(
      'id',
      'walletId',
      'externalId',
      'syncedAt',
      'origin',
      'direction',
      'number',
      'description',
      'amount',
      'interest',
      'discount',
      'fees',
    ),
    ...snakeColumns('netAmount', 'settled', 'dueDate', 'paidAt', 'accrualDate', 'partyKind', 'partyName', 'position'),
    ...snakeColumns('methodId', 'ledgerAccountId', 'costCenterId', 'bankAccountId', 'storeId', 'clientId', 'saleId'),
    createdAt: 'source_created_at',
    updatedAt: 'source_updated_at',
  },
  always: ['dueDate', 'position'],
  decimals: ['amount', 'interest', 'discount', 'fees', 'netAmount'],
  needs: { status: STATUS, daysOverdue: STATUS, paidAmount: ['netAmount', ...STATUS] },
  toOne: {
    method: { source: () => paymentMethod, key: 'methodId' },
    account: { source: () => ledgerAccount, key: 'ledgerAccountId' },
    costCenter: { source: () => costCenter, key: 'costCenterId' },
    bankAccount: { source: () => bankAccount, key: 'bankAccountId' },
    store: { source: () => store, key: 'storeId' },
    client: { source: () => client, key: 'clientId' },
    sale: { source: () => sale, key: 'saleId' },
  },
});

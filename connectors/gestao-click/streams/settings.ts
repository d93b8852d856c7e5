// The small tables: stores, states of sales, payment methods, bank accounts, chart of accounts, cost centers, and the
// definitions of extra fields (gestao-click.md 5.6, 5.7).
import type { ParsedRecord, Row, TableSpec } from '../../../sync/types.ts';
import { ENDPOINTS, type Endpoint } from '../endpoints.ts';
import {
  ATTRIBUTE_DEFINITION,
  BANK_ACCOUNT,
  COST_CENTER,
  LEDGER_ACCOUNT,
  PAYMENT_METHOD,
  SALE_STATUS,
  STORE,
} from '../tables.ts';
import { attributeDefinitionWire, ledgerAccountWire, namedWire, paymentMethodWire, saleStatusWire } from '../wire.ts';
import { idOf, referenceTo, type RecordKind } from './references.ts';
import type { Origin, StreamSpec } from './stream.ts';

/** The columns that every main table has. */
export const baseColumns = (kind: RecordKind, externalId: string, { walletId, raw }: Origin): Row => ({
  id: idOf(walletId, kind, externalId),
  wallet_id: walletId,
  external_id: externalId,
  metadata: raw,
});

/** A record of one row. `nome` is never missing in what was seen; where it is, the id stands for it. */
export const single = (
  kind: RecordKind,
  wire: { id: string; nome: string | null },
  origin: Origin,
  columns: Row = {},
): ParsedRecord => ({
  externalId: wire.id,
  row: { ...baseColumns(kind, wire.id, origin), name: wire.nome ?? wire.id, ...columns },
});

const named = (endpoint: Endpoint, table: TableSpec, kind: RecordKind): StreamSpec<typeof namedWire> => ({
  endpoint,
  tables: [table],
  wire: namedWire,
  toRecord: (wire, origin) => single(kind, wire, origin),
});

export const stores = named(ENDPOINTS.stores, STORE, 'store');
export const bankAccounts = named(ENDPOINTS.bankAccounts, BANK_ACCOUNT, 'bank_account');
export const costCenters = named(ENDPOINTS.costCenters, COST_CENTER, 'cost_center');

export const saleStatuses: StreamSpec<typeof saleStatusWire> = {
  endpoint: ENDPOINTS.saleStatuses,
  tables: [SALE_STATUS],
  wire: saleStatusWire,
  toRecord: (wire, origin, { outcomeOf }) =>
    single('sale_status', wire, origin, {
      outcome: outcomeOf({ externalId: wire.id, name: wire.nome, launches: wire.tipo_lancamento }),
      launches: wire.tipo_lancamento,
      is_default: wire.padrao ?? false,
    }),
};

/** Codes of `tipo` (gestao-click.md 5.6). */
const METHOD_KINDS: Readonly<Record<string, string>> = {
  PI: 'PIX',
  BB: 'BOLETO',
  CC: 'CREDIT_CARD',
  CD: 'DEBIT_CARD',
  DI: 'CASH',
  TB: 'TRANSFER',
  CL: 'STORE_CREDIT',
};

export const paymentMethods: StreamSpec<typeof paymentMethodWire> = {
  endpoint: ENDPOINTS.paymentMethods,
  tables: [PAYMENT_METHOD],
  wire: paymentMethodWire,
  toRecord: (wire, origin) =>
    single('payment_method', wire, origin, { kind: METHOD_KINDS[wire.tipo?.toUpperCase() ?? ''] ?? 'OTHER' }),
};

export const ledgerAccounts: StreamSpec<typeof ledgerAccountWire> = {
  endpoint: ENDPOINTS.ledgerAccounts,
  tables: [LEDGER_ACCOUNT],
  wire: ledgerAccountWire,
  toRecord: (wire, origin) =>
    single('ledger_account', wire, origin, {
      code: wire.classificacao,
      kind: wire.tipo?.toUpperCase() === 'C' ? 'CREDIT' : 'DEBIT',
      parent_id: referenceTo(origin.walletId, 'ledger_account', wire.conta_mae_id),
    }),
};

const attributes = (
  endpoint: Endpoint,
  kind: 'client_attribute' | 'sale_attribute',
  ownerType: 'CLIENT' | 'SALE',
): StreamSpec<typeof attributeDefinitionWire> => ({
  endpoint,
  tables: [ATTRIBUTE_DEFINITION],
  wire: attributeDefinitionWire,
  toRecord: (wire, origin) =>
    single(kind, wire, origin, {
      owner_type: ownerType,
      type: wire.tipo ?? 'texto_simples',
      options: wire.opcoes.flatMap(({ nome }) => (nome === null ? [] : [nome])),
    }),
});

export const clientAttributes = attributes(ENDPOINTS.clientAttributes, 'client_attribute', 'CLIENT');
export const saleAttributes = attributes(ENDPOINTS.saleAttributes, 'sale_attribute', 'SALE');

// The tables of schema gestao_click that this connector fills: columns and types as prisma/schema.prisma declares them.
// content_hash and synced_at are the engine's.
import type { ColumnType, TableSpec } from '../../sync/types.ts';

type Columns = Readonly<Record<string, ColumnType>>;

const BASE = { id: 'uuid', wallet_id: 'uuid', external_id: 'text' } as const satisfies Columns;
const WHOLE = { metadata: 'jsonb' } as const satisfies Columns;
const SOURCE_TIMES = { source_created_at: 'timestamptz', source_updated_at: 'timestamptz' } as const satisfies Columns;

const main = (name: string, columns: Columns, recordType?: string): TableSpec => ({
  name: `gestao_click.${name}`,
  columns: { ...BASE, ...columns, ...WHOLE },
  key: ['id'],
  write: 'upsert',
  ...(recordType ? { recordType } : {}),
});

export const STORE = main('store', { name: 'text' });
export const ERP_USER = main('erp_user', {
  name: 'text',
  name_key: 'text',
  email: 'text',
  phones: 'text[]',
  document: 'text',
  active: 'bool',
});
export const EMPLOYEE = main('employee', { name: 'text', name_key: 'text' });
export const SALE_STATUS = main('sale_status', { name: 'text', outcome: 'text', launches: 'int4', is_default: 'bool' });
export const PAYMENT_METHOD = main('payment_method', { name: 'text', kind: 'text' });
export const BANK_ACCOUNT = main('bank_account', { name: 'text' });
export const LEDGER_ACCOUNT = main('ledger_account', { code: 'text', name: 'text', kind: 'text', parent_id: 'uuid' });
export const COST_CENTER = main('cost_center', { name: 'text' });
export const SERVICE = main('service', { name: 'text', code: 'text', price: 'numeric' });
export const ATTRIBUTE_DEFINITION = main('attribute_definition', {
  owner_type: 'text',
  name: 'text',
  type: 'text',
  options: 'text[]',
});

export const PRODUCT = main(
  'product',
  {
    name: 'text',
    code: 'text',
    barcode: 'text',
    price: 'numeric',
    cost: 'numeric',
    stock: 'numeric',
    active: 'bool',
    group_name: 'text',
    search_text: 'text',
  },
  'PRODUCT',
);

export const CLIENT = main(
  'client',
  {
    name: 'text',
    name_key: 'text',
    trade_name: 'text',
    kind: 'text',
    document: 'text',
    email: 'text',
    email_keys: 'text[]',
    phones: 'text[]',
    phone_keys: 'text[]',
    active: 'bool',
    city: 'text',
    state: 'text',
    ...SOURCE_TIMES,
    search_text: 'text',
  },
  'CLIENT',
);

export const SALE = main(
  'sale',
  {
    number: 'text',
    number_value: 'int8',
    kind: 'text',
    date: 'date',
    status_id: 'uuid',
    status_name: 'text',
    store_id: 'uuid',
    client_id: 'uuid',
    client_name: 'text',
    client_name_key: 'text',
    salesperson_id: 'uuid',
    salesperson_external_id: 'text',
    salesperson_name: 'text',
    cost_center_id: 'uuid',
    total: 'numeric',
    products_total: 'numeric',
    services_total: 'numeric',
    discount: 'numeric',
    freight: 'numeric',
    cost: 'numeric',
    channel: 'text',
    notes: 'text',
    launched: 'bool',
    due_on: 'date',
    ...SOURCE_TIMES,
    search_text: 'text',
  },
  'SALE',
);

export const QUOTE = main(
  'quote',
  {
    number: 'text',
    number_value: 'int8',
    kind: 'text',
    date: 'date',
    status_external_id: 'text',
    status_name: 'text',
    store_id: 'uuid',
    client_id: 'uuid',
    client_name: 'text',
    salesperson_id: 'uuid',
    salesperson_external_id: 'text',
    salesperson_name: 'text',
    total: 'numeric',
    discount: 'numeric',
    freight: 'numeric',
    valid_for: 'text',
    ...SOURCE_TIMES,
  },
  'QUOTE',
);

/**
 * Titles and instalments share this table. `sale_id` and `position` are left out for titles: which sale a title belongs
 * to is concluded later from `sale_number`, and reading the title again must not undo it.
 */
const PAYMENT_COLUMNS = {
  origin: 'text',
  direction: 'text',
  visible: 'bool',
  number: 'text',
  description: 'text',
  amount: 'numeric',
  interest: 'numeric',
  discount: 'numeric',
  fees: 'numeric',
  net_amount: 'numeric',
  settled: 'bool',
  due_date: 'date',
  paid_at: 'date',
  accrual_date: 'date',
  method_id: 'uuid',
  ledger_account_id: 'uuid',
  cost_center_id: 'uuid',
  bank_account_id: 'uuid',
  store_id: 'uuid',
  client_id: 'uuid',
  party_kind: 'text',
  party_name: 'text',
  sale_number: 'text',
  ...SOURCE_TIMES,
  search_text: 'text',
} as const satisfies Columns;

export const TITLE = main('payment', PAYMENT_COLUMNS, 'PAYMENT');

export const INSTALMENT: TableSpec = {
  name: TITLE.name,
  columns: { ...BASE, ...PAYMENT_COLUMNS, sale_id: 'uuid', position: 'int4', ...WHOLE },
  key: ['id'],
  write: 'children',
  parent: 'sale_id',
  scope: { origin: 'INSTALMENT' },
  recordType: 'PAYMENT',
};

const ITEM_COLUMNS = {
  position: 'int4',
  wallet_id: 'uuid',
  kind: 'text',
  product_id: 'uuid',
  service_id: 'uuid',
  description: 'text',
  quantity: 'numeric',
  unit_price: 'numeric',
  discount: 'numeric',
  total: 'numeric',
} as const satisfies Columns;

export const SALE_ITEM: TableSpec = {
  name: 'gestao_click.sale_item',
  columns: { sale_id: 'uuid', ...ITEM_COLUMNS, unit: 'text', unit_cost: 'numeric' },
  key: ['sale_id', 'position'],
  write: 'children',
  parent: 'sale_id',
};

export const QUOTE_ITEM: TableSpec = {
  name: 'gestao_click.quote_item',
  columns: { quote_id: 'uuid', ...ITEM_COLUMNS },
  key: ['quote_id', 'position'],
  write: 'children',
  parent: 'quote_id',
};

export const ATTRIBUTE_VALUE: TableSpec = {
  name: 'gestao_click.attribute_value',
  columns: {
    owner_id: 'uuid',
    position: 'int4',
    wallet_id: 'uuid',
    owner_type: 'text',
    definition_id: 'uuid',
    name: 'text',
    type: 'text',
    text: 'text',
  },
  key: ['owner_id', 'position'],
  write: 'children',
  parent: 'owner_id',
};

/** States that sales name and their own list does not (any more). */
export const SALE_STATUS_PLACEHOLDER: TableSpec = { ...SALE_STATUS, write: 'missing' };

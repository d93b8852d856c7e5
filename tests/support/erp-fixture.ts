// Rows of the ERP for tests: each maker takes an external id and what matters to the test; the rest has sober defaults.
// Ids are those that the real import would give.
import { searchText, nameKey } from '../../lib/brazil/index.ts';
import { recordId, walletId } from '../../lib/ids.ts';
import { raw, sql } from '../../lib/sql.ts';
import type { Database } from '../../prisma/index.ts';

type Row = Record<string, unknown>;
type Maker = (externalId: string, values?: Row) => string;

/** One statement for any number of rows of one shape. */
async function insertRows(database: Pick<Database, 'rows'>, table: string, rows: readonly Row[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = raw(
    Object.keys(first)
      .map((name) => `"${name}"`)
      .join(', '),
  );
  await database.rows(
    sql`INSERT INTO ${raw(table)} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${raw(table)}, ${JSON.stringify(rows)}::jsonb)`,
  );
}

export interface ErpFixture {
  readonly wallet: string;
  /** The id that a record of this wallet has, whether it is inserted or not. */
  id(type: string, externalId: string): string;
  store: Maker;
  status: Maker;
  method: Maker;
  bankAccount: Maker;
  ledgerAccount: Maker;
  costCenter: Maker;
  product: Maker;
  service: Maker;
  client: Maker;
  salesperson: Maker;
  sale: Maker;
  /** Lines of a sale, in order. */
  items(saleId: string, items: readonly Row[]): void;
  payment: Maker;
  quote: Maker;
  quoteItems(quoteId: string, items: readonly Row[]): void;
  definition: Maker;
  /** Extra fields of a client or sale, in order. */
  extraFields(owner: 'CLIENT' | 'SALE', ownerId: string, values: Readonly<Record<string, string>>): void;
  /** Writes everything made since the last time. */
  save(): Promise<void>;
}

const SYNCED_AT = '2026-03-01T12:00:00.123Z';

/** A wallet's worth of ERP rows; `account` tells wallets apart. */
export function createErpFixture(database: Pick<Database, 'rows'>, account = '1'): ErpFixture {
  const wallet = walletId('GESTAO_CLICK', account);
  const pending = new Map<string, Row[]>();
  const add = (table: string, row: Row): void => {
    const key = `${table} ${Object.keys(row).join()}`;
    pending.set(key, [...(pending.get(key) ?? []), row]);
  };
  const id = (type: string, externalId: string): string => recordId(wallet, type, externalId);
  const maker =
    (table: string, defaults: (externalId: string, values: Row) => Row, type = table): Maker =>
    (externalId, values = {}) => {
      const own = id(type, externalId);
      const base = {
        id: own,
        wallet_id: wallet,
        external_id: externalId,
        synced_at: SYNCED_AT,
        content_hash: 'x',
        metadata: { id: externalId, of: type },
      };
      add(`gestao_click.${table}`, { ...base, ...defaults(externalId, values), ...values });
      return own;
    };
  const named = (table: string, extra: Row = {}): Maker =>
    maker(table, (externalId) => ({ name: `${table} ${externalId}`, ...extra }));
  const lines =
    (table: string, owner: string) =>
    (ownerId: string, items: readonly Row[]): void =>
      items.forEach((item, position) =>
        add(`gestao_click.${table}`, {
          [owner]: ownerId,
          position,
          wallet_id: wallet,
          kind: 'PRODUCT',
          product_id: null,
          service_id: null,
          description: `line ${position}`,
          quantity: '1',
          unit_price: '10',
          discount: null,
          total: '10',
          ...item,
        }),
      );
  const person = (_externalId: string, { name }: Row): Row => {
    const text = typeof name === 'string' ? name : `Pessoa ${_externalId}`;
    return {
      name: text,
      name_key: nameKey(text),
      email: null,
      email_keys: [],
      phones: [],
      phone_keys: [],
      document: null,
      active: true,
    };
  };
  return {
    wallet,
    id,
    store: named('store'),
    status: named('sale_status', { outcome: 'OPEN', is_default: false }),
    method: named('payment_method', { kind: 'OTHER' }),
    bankAccount: named('bank_account'),
    ledgerAccount: named('ledger_account', { code: null, kind: 'DEBIT', parent_id: null }),
    costCenter: named('cost_center'),
    product: maker('product', (externalId, { name }) => ({
      name: `Produto ${externalId}`,
      active: true,
      price: '10',
      search_text: searchText(typeof name === 'string' ? name : `Produto ${externalId}`),
    })),
    service: named('service', { price: '20' }),
    client: maker('client', (externalId, values) => ({
      ...person(externalId, values),
      kind: 'PERSON',
      search_text: searchText(
        values['name'] as string | undefined,
        values['document'] as string | undefined,
        values['email'] as string | undefined,
        (values['phones'] as string[] | undefined) ?? [],
      ),
    })),
    salesperson: maker('salesperson', (externalId, values) => ({ ...person(externalId, values), source: 'USER' })),
    sale: maker('sale', (externalId, values) => ({
      number: externalId,
      number_value: /^\d+$/.test(externalId) ? externalId : '0',
      kind: 'PRODUCT',
      date: '2026-01-15',
      status_id: null,
      store_id: null,
      client_id: null,
      client_name: null,
      salesperson_id: null,
      salesperson_name: null,
      total: '100',
      discount: null,
      freight: null,
      channel: null,
      launched: false,
      source_created_at: null,
      source_updated_at: '2026-01-15T10:00:00Z',
      search_text: searchText(externalId, values['client_name'] as string | undefined),
    })),
    items: lines('sale_item', 'sale_id'),
    payment: maker('payment', (externalId, values) => ({
      origin: 'TITLE',
      direction: 'RECEIVABLE',
      visible: true,
      description: null,
      amount: '100',
      interest: null,
      discount: null,
      fees: null,
      net_amount: values['amount'] ?? '100',
      settled: false,
      due_date: '2026-02-10',
      paid_at: null,
      accrual_date: null,
      method_id: null,
      ledger_account_id: null,
      cost_center_id: null,
      bank_account_id: null,
      client_id: null,
      party_kind: null,
      party_name: null,
      sale_id: null,
      position: null,
      search_text: searchText(externalId, values['description'] as string | undefined),
    })),
    quote: maker('quote', (externalId) => ({
      number: externalId,
      kind: 'PRODUCT',
      date: '2026-01-10',
      client_id: null,
      salesperson_id: null,
      store_id: null,
      total: '50',
    })),
    quoteItems: lines('quote_item', 'quote_id'),
    definition: maker('attribute_definition', (externalId) => ({
      name: `Campo ${externalId}`,
      owner_type: 'SALE',
      type: 'texto',
      options: [],
    })),
    extraFields: (owner, ownerId, values) =>
      Object.entries(values).forEach(([name, text], position) =>
        add('gestao_click.attribute_value', {
          owner_id: ownerId,
          position,
          wallet_id: wallet,
          owner_type: owner,
          name,
          type: 'texto',
          text,
        }),
      ),
    async save() {
      const tables = [...pending];
      pending.clear();
      for (const [key, rows] of tables) await insertRows(database, key.slice(0, key.indexOf(' ')), rows);
    },
  };
}

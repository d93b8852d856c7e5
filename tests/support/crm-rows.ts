// Rows for tests of identity and of the CRM's subgraphs: one function per kind of record, with the keys that the connectors
// would have computed. Every function answers the id; what is not given has a plain default.
import { documentOf, emailKey, nameKey, phoneKeys, searchText } from '../../lib/brazil/index.ts';
import { pairId, recordId, walletId, workspaceId } from '../../lib/ids.ts';
import { raw, sql } from '../../lib/sql.ts';
import type { Database } from '../../prisma/index.ts';

type Values = Record<string, unknown>;

/** Columns that a table does not need to be told. */
const base = { metadata: {}, content_hash: 'x', synced_at: '2026-11-01T00:00:00.000Z' };
const AT = '2026-10-01T12:00:00.000Z';

export const WORKSPACE = workspaceId('test');
export const ERP = walletId('GESTAO_CLICK', '1');
export const CRM = walletId('KOMMO', '1');

export interface PersonValues {
  wallet?: string;
  externalId?: string;
  name: string;
  document?: string | null;
  documents?: string[];
  emails?: string[];
  phones?: string[];
}

const keysOf = ({ emails = [], phones = [] }: PersonValues) => ({
  email_keys: emails.map((email) => emailKey(email)).filter((key) => key !== null),
  phone_keys: [...new Set(phones.flatMap((phone) => phoneKeys(phone)))],
});

/** Writes records into one database. */
export function crmRows(database: Pick<Database, 'rows'>) {
  let next = 1000;
  const insert = async (table: string, rows: readonly Values[]): Promise<void> => {
    const columns = Object.keys(rows[0] ?? {})
      .map((name) => `"${name}"`)
      .join(', ');
    await database.rows(sql`INSERT INTO ${raw(table)} (${raw(columns)}) SELECT ${raw(columns)}
      FROM json_populate_recordset(NULL::${raw(table)}, ${JSON.stringify(rows)}::json)`);
  };
  const record = async (table: string, type: string, wallet: string, values: Values): Promise<string> => {
    const externalId = typeof values['external_id'] === 'string' ? values['external_id'] : String(next++);
    const id = recordId(wallet, type, externalId);
    await insert(table, [{ ...base, id, wallet_id: wallet, ...values, external_id: externalId }]);
    return id;
  };
  return {
    insert,
    async wallet(id: string, provider: 'GESTAO_CLICK' | 'KOMMO', workspace = WORKSPACE): Promise<void> {
      await insert('sync.wallet', [
        {
          id,
          workspace_id: workspace,
          provider,
          name: provider,
          external_account_id: id,
          status: 'CONNECTED',
          configured: true,
          token_scopes: [],
          token_missing_scopes: [],
          created_at: AT,
          updated_at: AT,
        },
      ]);
    },
    salesperson(person: PersonValues): Promise<string> {
      const { wallet = ERP, name, document = null, emails = [], phones = [] } = person;
      return record('gestao_click.salesperson', 'salesperson', wallet, {
        external_id: person.externalId,
        name,
        name_key: nameKey(name),
        source: 'USER',
        email: emails[0] ?? null,
        phones,
        document: document === null ? null : (documentOf(document) ?? document),
        active: true,
        ...keysOf(person),
      });
    },
    client(person: PersonValues & Values): Promise<string> {
      const { wallet = ERP, name, document = null, emails = [], phones = [] } = person;
      return record('gestao_click.client', 'client', wallet, {
        external_id: person.externalId,
        name,
        name_key: nameKey(name),
        kind: 'PERSON',
        document: document === null ? null : (documentOf(document) ?? document),
        email: emails[0] ?? null,
        phones,
        active: true,
        search_text: searchText(name),
        ...keysOf(person),
      });
    },
    contact(person: PersonValues, more: Values = {}): Promise<string> {
      const { wallet = CRM, name, documents = [], emails = [], phones = [] } = person;
      return record('kommo.contact', 'contact', wallet, {
        external_id: person.externalId,
        name,
        name_key: nameKey(name),
        first_name: null,
        last_name: null,
        phones,
        emails,
        document_keys: documents.map((document) => documentOf(document)).filter((key) => key !== null),
        tags: [],
        source_created_at: AT,
        source_updated_at: AT,
        search_text: searchText(name, emails, phones),
        ...keysOf(person),
        ...more,
      });
    },
    user(person: PersonValues): Promise<string> {
      const { wallet = CRM, name, emails = [] } = person;
      return record('kommo.crm_user', 'crm-user', wallet, {
        external_id: person.externalId,
        name,
        name_key: nameKey(name),
        email: emails[0] ?? null,
        active: true,
        is_admin: false,
        ...keysOf(person),
      });
    },
    erpUser(values: {
      wallet?: string;
      externalId: string;
      name: string;
      email?: string;
      phones?: string[];
      document?: string;
      active?: boolean;
    }) {
      const { wallet = ERP, externalId, name, email = null, phones = [], document = null, active = true } = values;
      return record('gestao_click.erp_user', 'erp-user', wallet, {
        external_id: externalId,
        name,
        name_key: nameKey(name),
        email,
        phones,
        document,
        active,
        metadata: { id: externalId, nome: name },
      });
    },
    employee(values: { wallet?: string; externalId: string; name: string }) {
      const { wallet = ERP, externalId, name } = values;
      return record('gestao_click.employee', 'employee', wallet, {
        external_id: externalId,
        name,
        name_key: nameKey(name),
        metadata: { id: externalId },
      });
    },
    sale(values: Values & { wallet?: string; external_id?: string } = {}): Promise<string> {
      const { wallet = ERP, ...rest } = values;
      const number = String(rest['number'] ?? next);
      return record('gestao_click.sale', 'sale', wallet, {
        number,
        number_value: Number(number) || 0,
        kind: 'PRODUCT',
        date: '2026-05-10',
        total: '100.00',
        launched: false,
        source_updated_at: AT,
        search_text: '',
        status_id: null,
        store_id: null,
        client_id: null,
        salesperson_id: null,
        salesperson_external_id: null,
        salesperson_name: null,
        ...rest,
      });
    },
    quote(values: Values & { wallet?: string } = {}): Promise<string> {
      const { wallet = ERP, ...rest } = values;
      return record('gestao_click.quote', 'quote', wallet, {
        number: '1',
        kind: 'PRODUCT',
        date: '2026-05-10',
        total: '100.00',
        salesperson_id: null,
        salesperson_external_id: null,
        salesperson_name: null,
        ...rest,
      });
    },
    saleStatus: (name: string, outcome: string): Promise<string> =>
      record('gestao_click.sale_status', 'sale-status', ERP, { name, outcome, is_default: false }),
    payment(values: Values): Promise<string> {
      return record('gestao_click.payment', 'payment', ERP, {
        origin: 'TITLE',
        direction: 'RECEIVABLE',
        visible: true,
        amount: '50.00',
        net_amount: '50.00',
        settled: false,
        due_date: '2026-06-10',
        search_text: '',
        store_id: null,
        client_id: null,
        sale_number: null,
        sale_id: null,
        ...values,
      });
    },
    async link(values: {
      kind: string;
      erpId: string;
      crmId: string;
      status: string;
      score?: number;
      erpWallet?: string;
      crmWallet?: string;
      lastPurchaseOn?: string | null;
      present?: boolean;
    }) {
      const {
        kind,
        erpId,
        crmId,
        status,
        score = 100,
        erpWallet = ERP,
        crmWallet = CRM,
        lastPurchaseOn = null,
        present = true,
      } = values;
      const id = pairId(kind, erpId, crmId);
      await insert('insights.identity_link', [
        {
          id,
          workspace_id: WORKSPACE,
          kind,
          erp_id: erpId,
          erp_wallet_id: erpWallet,
          crm_id: crmId,
          crm_wallet_id: crmWallet,
          status,
          score,
          reasons: [{ rule: 'DOCUMENT', detail: 'same CPF ending 91' }],
          decided_by: status === 'SUGGESTED' ? null : 'RULE',
          decided_at: status === 'SUGGESTED' ? null : AT,
          last_purchase_on: lastPurchaseOn,
          present,
          created_at: AT,
          updated_at: AT,
        },
      ]);
      return id;
    },
    record,
  };
}

export type CrmRows = ReturnType<typeof crmRows>;

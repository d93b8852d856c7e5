// A database with N sales and everything around them, made by Postgres itself in seconds: lines, payments, extra fields,
// clients, salespeople, catalogs; the CRM with contacts, deals and custom fields; and the links between both. The same N
// gives the same rows. Every page of sales looks alike: 3 lines, 2 payments and 1 extra field each, 20 salespeople, one
// client for ten sales, half of the clients known to the CRM.
import pg from 'pg';
import { walletId, workspaceId } from '../lib/ids.ts';
import { ensureDatabase, migrate } from '../prisma/index.ts';

export const ERP = walletId('GESTAO_CLICK', 'bench');
export const CRM = walletId('KOMMO', 'bench');
const WORKSPACE = workspaceId('bench');
const AT = `timestamptz '2026-06-01 12:00:00.25+00'`;

const SALESPEOPLE = 20;
const PRODUCTS = 2_000;
const DEALS_OF_A_SALESPERSON = 40;

/** An id as Ponte's ids look, from a text. */
const FUNCTION = `CREATE OR REPLACE FUNCTION bench_id(text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT overlay(overlay(md5($1) PLACING '5' FROM 13 FOR 1) PLACING '8' FROM 17 FOR 1)::uuid $$`;

const synced = (wallet: string, external: string) =>
  `'${wallet}'::uuid AS wallet_id, ${external}::text AS external_id, '{"origin":"bench"}'::jsonb AS metadata, 'bench' AS content_hash, ${AT} AS synced_at`;

/** Columns that a migration adds later keep their defaults: every statement names its own. */
const fill = (table: string, columns: string, select: string): string => `INSERT INTO ${table} (${columns}) ${select}`;
const SYNCED = 'wallet_id, external_id, metadata, content_hash, synced_at';

function statements(sales: number): string[] {
  const clients = Math.max(10, Math.ceil(sales / 10));
  const linkedClients = Math.ceil(clients / 2);
  const named = (table: string, kind: string, count: number, more = '', values = '') =>
    fill(`gestao_click.${table}`, `id, name${more}, ${SYNCED}`, `SELECT bench_id('${kind}' || n), '${kind} ' || n${values}, ${synced(ERP, 'n')} FROM generate_series(1, ${count}) n`);
  return [
    `INSERT INTO sync.wallet (id, workspace_id, provider, name, external_account_id, status) VALUES
       ('${ERP}', '${WORKSPACE}', 'GESTAO_CLICK', 'Bench ERP', 'bench', 'CONNECTED'), ('${CRM}', '${WORKSPACE}', 'KOMMO', 'Bench CRM', 'bench', 'CONNECTED')`,
    named('store', 'store', 3),
    named('sale_status', 'status', 5, ', outcome', `, CASE WHEN n < 4 THEN 'CONFIRMED' WHEN n = 4 THEN 'OPEN' ELSE 'CANCELLED' END`),
    named('payment_method', 'method', 6, ', kind', `, (ARRAY['PIX','BOLETO','CREDIT_CARD','CASH','TRANSFER','OTHER'])[n]`),
    named('product', 'product', PRODUCTS, ', price, search_text', `, 10 + n % 400, 'product ' || n`),
    named('salesperson', 'salesperson', SALESPEOPLE, ', name_key, source, email, email_keys, phones, phone_keys, document',
      `, 'salesperson ' || n, 'USER', 'vendedor' || n || '@example.com.br', '{}', ARRAY['+5511988880' || lpad(n::text, 3, '0')], '{}', lpad(n::text, 11, '0')`),
    named('client', 'client', clients, ', name_key, kind, document, email, email_keys, phones, phone_keys, city, state, search_text',
      `, 'client ' || n, CASE n % 3 WHEN 0 THEN 'COMPANY' ELSE 'PERSON' END, lpad(n::text, 11, '0'), 'cliente' || n || '@example.com.br', '{}', ARRAY['+55119' || lpad(n::text, 8, '0'), '+55113' || lpad(n::text, 7, '0')], '{}', 'São Paulo', 'SP', 'client ' || n`),
    fill('gestao_click.sale', `id, number, number_value, kind, date, status_id, status_name, store_id, client_id, client_name, salesperson_id, salesperson_external_id, salesperson_name, total, discount, freight, channel, launched, source_created_at, source_updated_at, search_text, ${SYNCED}`,
      `SELECT bench_id('sale' || n), n::text, n, (ARRAY['PRODUCT','SERVICE','COUNTER'])[1 + n % 3], date '2026-11-01' - (n * 1500::bigint / ${sales})::int, bench_id('status' || (1 + n % 5)), 'status ' || (1 + n % 5), bench_id('store' || (1 + n % 3)),
              bench_id('client' || (1 + n * 7919::bigint % ${clients})), 'client ' || (1 + n * 7919::bigint % ${clients}), bench_id('salesperson' || (1 + n % ${SALESPEOPLE})), (1 + n % ${SALESPEOPLE})::text, 'salesperson ' || (1 + n % ${SALESPEOPLE}),
              100 + n % 900 + 0.5, CASE n % 4 WHEN 0 THEN 5.25 END, CASE n % 5 WHEN 0 THEN 19.9 END, (ARRAY['LOJA','SITE','WHATSAPP'])[1 + n % 3], true, ${AT}, ${AT} - n * interval '1 minute', 'sale ' || n, ${synced(ERP, 'n')}
         FROM generate_series(1, ${sales}) n`),
    fill('gestao_click.sale_item', 'sale_id, position, wallet_id, kind, product_id, description, unit, quantity, unit_price, discount, total',
      `SELECT bench_id('sale' || n), p, '${ERP}', 'PRODUCT', bench_id('product' || (1 + (n * 31 + p * 577)::bigint % ${PRODUCTS})), 'Item ' || p || ' da venda ' || n, 'UN', 1 + p, 33.5, CASE p WHEN 2 THEN 1.75 END, (1 + p) * 33.5
         FROM generate_series(1, ${sales}) n, generate_series(0, 2) p`),
    fill('gestao_click.payment', `id, origin, direction, number, description, amount, net_amount, settled, due_date, paid_at, method_id, client_id, party_kind, party_name, sale_number, sale_id, source_created_at, source_updated_at, search_text, ${SYNCED}`,
      `SELECT bench_id('payment' || n || '-' || p), 'TITLE', 'RECEIVABLE', n || '/' || p, 'Venda de nº ' || n, 50 + n % 450 + 0.25, 50 + n % 450 + 0.25, p = 1, s.date + 30 * p, CASE p WHEN 1 THEN s.date + 28 END, bench_id('method' || (1 + (n + p) % 6)), s.client_id, 'C', s.client_name, s.number, s.id, ${AT}, ${AT}, 'payment ' || n, ${synced(ERP, `(n * 2::bigint + p)`)}
         FROM generate_series(1, ${sales}) n JOIN gestao_click.sale s ON s.number_value = n, generate_series(1, 2) p`),
    fill('gestao_click.attribute_value', 'owner_id, position, wallet_id, owner_type, name, type, text', `SELECT bench_id('sale' || n), 0, '${ERP}', 'SALE', 'Origem', 'texto', (ARRAY['Instagram','Indicação','Google'])[1 + n % 3] FROM generate_series(1, ${sales}) n`),
    ...crm(linkedClients),
  ];
}

/** Contacts of the salespeople first, then of half of the clients. */
function crm(linkedClients: number): string[] {
  const contacts = SALESPEOPLE + linkedClients;
  const row = (table: string, kind: string, count: number, more: string, values: string) =>
    fill(`kommo.${table}`, `id, name${more}, ${SYNCED}`, `SELECT bench_id('${kind}' || n), '${kind} ' || n${values}, ${synced(CRM, 'n')} FROM generate_series(1, ${count}) n`);
  const link = (kind: string, erp: string, count: number, offset: number) =>
    fill('insights.identity_link', 'id, workspace_id, kind, erp_id, erp_wallet_id, crm_id, crm_wallet_id, status, score, reasons, decided_by, decided_at, last_purchase_on',
      `SELECT bench_id('${kind}' || n), '${WORKSPACE}', '${kind}', bench_id('${erp}' || n), '${ERP}', bench_id('contact' || (n + ${offset})), '${CRM}', 'LINKED', 95, '[]', 'RULE', ${AT}, date '2026-10-01' FROM generate_series(1, ${count}) n`);
  return [
    row('pipeline', 'pipeline', 2, ', sort, is_main, archived', ', n, n = 1, false'),
    fill('kommo.stage', `id, name, pipeline_id, kind, sort, ${SYNCED}`, `SELECT bench_id('stage' || n), 'stage ' || n, bench_id('pipeline' || (1 + n % 2)), 'OPEN', n, ${synced(CRM, 'n')} FROM generate_series(1, 10) n`),
    row('custom_field', 'field', 12, ', entity, code, type, sort', `, 'CONTACT', CASE WHEN n < 3 THEN (ARRAY['PHONE','EMAIL'])[n] END, (ARRAY['MULTITEXT','MULTITEXT','SELECT','TEXT','NUMERIC','DATE'])[1 + (n - 1) % 6], n`),
    fill('kommo.custom_field_option', 'field_id, external_id, id, wallet_id, value, sort', `SELECT bench_id('field' || f), o::text, bench_id('option' || f || '-' || o), '${CRM}', 'Opção ' || o, o FROM generate_series(3, 9, 6) f, generate_series(1, 5) o`),
    row('contact', 'contact', contacts, ', name_key, first_name, phones, phone_keys, emails, email_keys, document_keys, tags, source_created_at, source_updated_at, search_text',
      `, 'contact ' || n, 'contact', ARRAY['+55119' || lpad(n::text, 8, '0')], '{}', ARRAY['contato' || n || '@example.com.br'], '{}', '{}', '{}', ${AT}, ${AT} - n * interval '1 minute', 'contact ' || n`),
    fill('kommo.custom_field_value', 'owner_id, position, wallet_id, owner_type, field_id, text, number, date, option_id',
      `SELECT bench_id('contact' || n), p, '${CRM}', 'CONTACT', bench_id('field' || p), 'valor ' || p, CASE p WHEN 5 THEN n % 100 + 0.5 END, CASE p WHEN 6 THEN ${AT} END, CASE p WHEN 3 THEN bench_id('option3-' || (1 + n % 5)) END
         FROM generate_series(1, ${contacts}) n, generate_series(3, 6) p`),
    row('deal', 'deal', SALESPEOPLE * DEALS_OF_A_SALESPERSON + linkedClients, ', price, status, pipeline_id, stage_id, tags, source_created_at, source_updated_at, search_text',
      `, 100 + n % 5000, (ARRAY['OPEN','WON','LOST'])[1 + n % 3], bench_id('pipeline' || (1 + n % 2)), bench_id('stage' || (1 + n % 10)), '{}', ${AT} - interval '90 days', ${AT} - (n * 7919::bigint % 100000) * interval '1 minute', 'deal ' || n`),
    fill('kommo.deal_contact', 'deal_id, position, wallet_id, contact_id, main',
      `SELECT bench_id('deal' || n), 0, '${CRM}', bench_id('contact' || CASE WHEN n <= ${SALESPEOPLE * DEALS_OF_A_SALESPERSON} THEN 1 + n % ${SALESPEOPLE} ELSE n - ${SALESPEOPLE * DEALS_OF_A_SALESPERSON - SALESPEOPLE} END), true
         FROM generate_series(1, ${SALESPEOPLE * DEALS_OF_A_SALESPERSON + linkedClients}) n`),
    link('SALESPERSON_CONTACT', 'salesperson', SALESPEOPLE, 0),
    link('CLIENT_CONTACT', 'client', linkedClients, SALESPEOPLE),
  ];
}

/** Builds the world in the database at `url`, which is made and migrated where it is missing; a world of that size that is there already stays. */
export async function buildSalesWorld(url: string, sales: number): Promise<void> {
  await ensureDatabase(url);
  await migrate(url);
  const client = new pg.Client({ connectionString: url, options: '-c TimeZone=UTC' });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM gestao_click.sale');
    if (rows[0]!.count === sales) return;
    if (rows[0]!.count > 0) throw new Error(`The database holds ${rows[0]!.count} sales already, not ${sales}`);
    await client.query(FUNCTION);
    // Search indexes are built once at the end: row by row they cost more than all the rest.
    const { rows: search } = await client.query<{ name: string; definition: string }>(
      `SELECT format('%I.%I', schemaname, indexname) AS name, indexdef AS definition FROM pg_indexes WHERE indexdef LIKE '%USING gin%' AND schemaname IN ('gestao_click', 'kommo')`,
    );
    await client.query('BEGIN');
    for (const { name } of search) await client.query(`DROP INDEX ${name}`);
    for (const statement of statements(sales)) await client.query(statement);
    for (const { definition } of search) await client.query(definition);
    await client.query('COMMIT');
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

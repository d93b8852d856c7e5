// Builds `gestao_click.salesperson` from the sales and quotes of one ERP account and its tables of people, and points the
// sales that name somebody without an id to the right row. Salespeople are who stands on a sale or a quote, nobody else.
import { createHash } from 'node:crypto';
import { sql } from '../lib/sql.ts';
import type { Database } from '../prisma/index.ts';
import { cancellable } from './cancellable.ts';
import { decideSalespeople, type Mention, type Person } from './salesperson-decision.ts';
import type { SettleStep } from './step.ts';

const mentionsOf = (database: Database, walletId: string) =>
  database.rows<Mention>(sql`
    SELECT salesperson_external_id AS "externalId", salesperson_name AS name,
           min(salesperson_id::text) AS "salespersonId", max(date)::text AS "lastOn"
      FROM (SELECT salesperson_external_id, salesperson_name, salesperson_id, date FROM gestao_click.sale WHERE wallet_id = ${walletId}::uuid
            UNION ALL
            SELECT salesperson_external_id, salesperson_name, salesperson_id, date FROM gestao_click.quote WHERE wallet_id = ${walletId}::uuid) AS sold
     WHERE salesperson_external_id IS NOT NULL OR salesperson_name IS NOT NULL
     GROUP BY salesperson_external_id, salesperson_name
     ORDER BY salesperson_external_id, salesperson_name`);

const usersOf = (database: Database, walletId: string) =>
  database.rows<Person>(sql`
    SELECT external_id AS "externalId", name, email, phones, document, active, metadata
      FROM gestao_click.erp_user WHERE wallet_id = ${walletId}::uuid ORDER BY id`);

const employeesOf = (database: Database, walletId: string) =>
  database.rows<Person>(sql`
    SELECT external_id AS "externalId", name, metadata FROM gestao_click.employee WHERE wallet_id = ${walletId}::uuid ORDER BY id`);

const UPSERT = `
  INSERT INTO gestao_click.salesperson AS old
         (id, wallet_id, external_id, name, name_key, source, email, email_keys, phones, phone_keys, document, active, metadata, content_hash, synced_at)
  SELECT id, $1::uuid, "externalId", name, "nameKey", source, email, "emailKeys", phones, "phoneKeys", document, active, metadata, hash, now()
    FROM json_to_recordset($2::json) AS new (id uuid, "externalId" text, name text, "nameKey" text, source text, email text, "emailKeys" text[],
         phones text[], "phoneKeys" text[], document text, active bool, metadata jsonb, hash text)
  ON CONFLICT (id) DO UPDATE SET external_id = excluded.external_id, name = excluded.name, name_key = excluded.name_key, source = excluded.source,
         email = excluded.email, email_keys = excluded.email_keys, phones = excluded.phones, phone_keys = excluded.phone_keys,
         document = excluded.document, active = excluded.active, metadata = excluded.metadata,
         content_hash = excluded.content_hash, synced_at = excluded.synced_at
   WHERE old.content_hash <> excluded.content_hash`;

const REMOVE = `DELETE FROM gestao_click.salesperson WHERE wallet_id = $1::uuid AND id <> ALL ($2::uuid[])`;

const repoint = (table: 'sale' | 'quote') => `
  UPDATE gestao_click.${table} AS sold SET salesperson_id = named.id
    FROM unnest($2::text[], $3::uuid[]) AS named (name, id)
   WHERE sold.wallet_id = $1::uuid AND sold.salesperson_external_id IS NULL AND sold.salesperson_name = named.name
     AND sold.salesperson_id IS DISTINCT FROM named.id`;

const hashOf = (row: object): string => createHash('sha256').update(JSON.stringify(row)).digest('base64url');

/** Settles the salespeople of an ERP account; does nothing for a CRM account. */
export const salespeople: SettleStep = {
  name: 'salespeople',
  async run({ database, walletId, provider, signal, log }) {
    if (provider !== 'GESTAO_CLICK') return;
    const [mentions, users, employees] = await Promise.all([
      mentionsOf(database, walletId),
      usersOf(database, walletId),
      employeesOf(database, walletId),
    ]);
    const { people, byName, table, evidence } = decideSalespeople(walletId, mentions, users, employees);
    const names = [byName.map(({ name }) => name), byName.map(({ id }) => id)];
    const counts = await cancellable(database, signal, async (client) => {
      const written = await client.query(UPSERT, [
        walletId,
        JSON.stringify(people.map((row) => ({ ...row, hash: hashOf(row) }))),
      ]);
      const removed = await client.query(REMOVE, [walletId, people.map(({ id }) => id)]);
      const sales = await client.query(repoint('sale'), [walletId, ...names]);
      const quotes = await client.query(repoint('quote'), [walletId, ...names]);
      return {
        written: written.rowCount,
        removed: removed.rowCount,
        repointed: (sales.rowCount ?? 0) + (quotes.rowCount ?? 0),
      };
    });
    log.info({ people: people.length, table, ...evidence, ...counts }, 'Salespeople settled.');
  },
};

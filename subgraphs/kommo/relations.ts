// How deals and contacts hang on other records, as conditions over `t`.
import { byColumn } from '../../lib/graphql/index.ts';
import { sql, type Sql } from '../../lib/sql.ts';

/** Deals on which a contact stands. */
export const ofContact = (id: Sql): Sql =>
  sql`t.id IN (SELECT dc.deal_id FROM kommo.deal_contact dc WHERE dc.contact_id = ${id})`;

export const byResponsible = byColumn('responsible_id');
export const byCompany = byColumn('company_id');

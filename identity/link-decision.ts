// Which pairs of the evidence become links, and of which status: one statement over `link_pair`, inside the transaction that
// gathered it. A person's decision goes before every rule.
import type { PoolClient } from 'pg';
import { LINK_SCORE, RULE_RANKS, SUGGESTION_SCORE } from './link-rules.ts';

const TABLE = `
  CREATE TEMP TABLE link_new (seq bigint GENERATED ALWAYS AS IDENTITY, kind text, erp_id uuid, crm_id uuid, status text, score int, reasons jsonb,
    last_purchase_on date) ON COMMIT DROP`;

/** Decisions of persons; a confirmed link whose end is gone holds nothing. */
const DECIDED = `
  CREATE TEMP TABLE link_decided ON COMMIT DROP AS
  SELECT link.kind, link.erp_id, link.crm_id, k.crm_many,
         link.status = 'CONFIRMED'
         AND EXISTS (SELECT FROM link_end WHERE side = k.erp_side AND id = link.erp_id)
         AND EXISTS (SELECT FROM link_end WHERE side = k.crm_side AND id = link.crm_id) AS holds
    FROM insights.identity_link AS link JOIN link_kind AS k USING (kind)
   WHERE link.status IN ('CONFIRMED', 'REJECTED')`;

/** Pairs that are decided, and other pairs of an end that a confirmed link has used up. */
const RESPECT = `
  DELETE FROM link_pair
   WHERE (kind, erp_id, crm_id) IN (SELECT kind, erp_id, crm_id FROM link_decided)
      OR (kind, erp_id) IN (SELECT kind, erp_id FROM link_decided WHERE holds)
      OR (kind, crm_id) IN (SELECT kind, crm_id FROM link_decided WHERE holds AND NOT crm_many)`;

/** A contact may be several clients: once one is confirmed, others are left to a person too. */
const TAKEN = `
  UPDATE link_pair SET taken = true WHERE (kind, crm_id) IN (SELECT kind, crm_id FROM link_decided WHERE holds AND crm_many)`;

/**
 * LINKED: the best rule of both ends, no rival by that rule on either end, no contradiction, no confirmed link there,
 * score high enough, not by name alone. A contradicted candidate stays a rival: it shows that others use that telephone or e-mail. Where a contact may be
 * several clients, clients found by different documents of that contact (its CPF and its company's CNPJ) are no rivals.
 * SUGGESTED: the rest above the floor, save for ends that have found their one link.
 */
const DECIDE = `
  WITH compared AS (
    SELECT pair.*, k.crm_many,
           rank = min(rank) OVER erp AND rank = min(rank) OVER crm AS is_best,
           count(*) OVER (PARTITION BY pair.kind, erp_id, rank) AS erp_rivals,
           count(*) OVER (PARTITION BY pair.kind, crm_id, rank, CASE WHEN k.crm_many THEN document END) AS crm_rivals
      FROM link_pair AS pair JOIN link_kind AS k USING (kind)
    WINDOW erp AS (PARTITION BY pair.kind, erp_id), crm AS (PARTITION BY pair.kind, crm_id)),
  judged AS (
    SELECT *, is_best AND erp_rivals = 1 AND crm_rivals = 1 AND NOT contradicted AND NOT taken AND score >= ${LINK_SCORE} AND rank < ${RULE_RANKS.NAME} AS linked
      FROM compared),
  settled AS (
    SELECT *, bool_or(linked) OVER (PARTITION BY kind, erp_id) OR (NOT crm_many AND bool_or(linked) OVER (PARTITION BY kind, crm_id)) AS used_up
      FROM judged),
  bought AS (
    SELECT sale.client_id, max(sale.date) AS last_on
      FROM gestao_click.sale AS sale LEFT JOIN gestao_click.sale_status AS status ON status.id = sale.status_id
     WHERE sale.client_id IN (SELECT erp_id FROM settled WHERE kind = 'CLIENT_CONTACT') AND status.outcome IS DISTINCT FROM 'CANCELLED'
     GROUP BY sale.client_id)
  INSERT INTO link_new (kind, erp_id, crm_id, status, score, reasons, last_purchase_on)
  SELECT kind, erp_id, crm_id, CASE WHEN linked THEN 'LINKED' ELSE 'SUGGESTED' END, score, reasons, bought.last_on
    FROM settled LEFT JOIN bought ON bought.client_id = settled.erp_id AND settled.kind = 'CLIENT_CONTACT'
   WHERE linked OR (NOT used_up AND score >= ${SUGGESTION_SCORE})`;

/** Fills `link_new` from `link_pair`. */
export async function decideLinks(client: PoolClient, signal: AbortSignal): Promise<void> {
  for (const statement of [TABLE, DECIDED, RESPECT, TAKEN, 'ANALYZE link_pair', DECIDE, 'ANALYZE link_new']) {
    signal.throwIfAborted();
    await client.query(statement);
  }
}

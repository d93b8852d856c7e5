// Brings `insights.identity_link` in line with `link_new`: rows that do not change are not written, a person's decisions are
// never touched, save that they are hidden while one of their ends is gone.
import type { PoolClient } from 'pg';
import { pairId } from '../lib/ids.ts';

/** Links made in one statement. */
const CHUNK = 20_000;

const REMOVE = `
  DELETE FROM insights.identity_link AS link
   WHERE link.workspace_id = $1::uuid AND link.status IN ('SUGGESTED', 'LINKED')
     AND NOT EXISTS (SELECT FROM link_new AS new WHERE new.kind = link.kind AND new.erp_id = link.erp_id AND new.crm_id = link.crm_id)`;

const UPDATE = `
  UPDATE insights.identity_link AS link
     SET workspace_id = $1::uuid, status = new.status, score = new.score, reasons = new.reasons, last_purchase_on = new.last_purchase_on,
         decided_by = CASE new.status WHEN 'LINKED' THEN 'RULE' END,
         decided_at = CASE WHEN new.status <> 'LINKED' THEN NULL WHEN link.status = 'LINKED' THEN link.decided_at ELSE now() END,
         updated_at = now()
    FROM link_new AS new
   WHERE new.kind = link.kind AND new.erp_id = link.erp_id AND new.crm_id = link.crm_id AND link.status IN ('SUGGESTED', 'LINKED')
     AND (link.workspace_id, link.status, link.score, link.reasons, link.last_purchase_on)
         IS DISTINCT FROM ($1::uuid, new.status, new.score, new.reasons, new.last_purchase_on)`;

const MISSING = `
  SELECT new.seq::text, new.kind, new.erp_id AS "erpId", new.crm_id AS "crmId"
    FROM link_new AS new LEFT JOIN insights.identity_link AS link ON link.kind = new.kind AND link.erp_id = new.erp_id AND link.crm_id = new.crm_id
   WHERE link.id IS NULL AND new.seq > $1::int8 ORDER BY new.seq LIMIT ${CHUNK}`;

const INSERT = `
  INSERT INTO insights.identity_link
         (id, workspace_id, kind, erp_id, erp_wallet_id, crm_id, crm_wallet_id, status, score, reasons, decided_by, decided_at, last_purchase_on)
  SELECT ids.id, $1::uuid, new.kind, new.erp_id, erp.wallet_id, new.crm_id, crm.wallet_id, new.status, new.score, new.reasons,
         CASE new.status WHEN 'LINKED' THEN 'RULE' END, CASE new.status WHEN 'LINKED' THEN now() END, new.last_purchase_on
    FROM unnest($2::uuid[], $3::int8[]) AS ids (id, seq)
    JOIN link_new AS new USING (seq)
    JOIN link_kind AS k ON k.kind = new.kind
    JOIN link_end AS erp ON erp.side = k.erp_side AND erp.id = new.erp_id
    JOIN link_end AS crm ON crm.side = k.crm_side AND crm.id = new.crm_id`;

const DECISIONS = `
  WITH seen AS (
    SELECT link.id,
           EXISTS (SELECT FROM link_end WHERE side = k.erp_side AND id = link.erp_id)
           AND EXISTS (SELECT FROM link_end WHERE side = k.crm_side AND id = link.crm_id) AS present,
           CASE WHEN link.kind = 'CLIENT_CONTACT'
                THEN (SELECT max(sale.date) FROM gestao_click.sale AS sale LEFT JOIN gestao_click.sale_status AS status ON status.id = sale.status_id
                       WHERE sale.client_id = link.erp_id AND status.outcome IS DISTINCT FROM 'CANCELLED') END AS last_on
      FROM insights.identity_link AS link JOIN link_kind AS k USING (kind)
     WHERE link.workspace_id = $1::uuid AND link.status IN ('CONFIRMED', 'REJECTED'))
  UPDATE insights.identity_link AS link SET present = seen.present, last_purchase_on = seen.last_on, updated_at = now()
    FROM seen
   WHERE seen.id = link.id AND (link.present, link.last_purchase_on) IS DISTINCT FROM (seen.present, seen.last_on)`;

const COUNT_PEOPLE = `
  WITH counted AS (
    SELECT k.kind, link_end.wallet_id, count(*)::int AS people
      FROM link_kind AS k JOIN link_end ON link_end.side = k.erp_side
     GROUP BY k.kind, link_end.wallet_id),
  gone AS (
    DELETE FROM insights.identity_population AS old
     WHERE old.workspace_id = $1::uuid
       AND NOT EXISTS (SELECT FROM counted WHERE counted.kind = old.kind AND counted.wallet_id = old.erp_wallet_id))
  INSERT INTO insights.identity_population AS old (kind, erp_wallet_id, workspace_id, people)
  SELECT kind, wallet_id, $1::uuid, people FROM counted
  ON CONFLICT (kind, erp_wallet_id) DO UPDATE SET workspace_id = excluded.workspace_id, people = excluded.people, updated_at = now()
   WHERE (old.workspace_id, old.people) IS DISTINCT FROM (excluded.workspace_id, excluded.people)`;

export interface StoredLinks {
  removed: number;
  changed: number;
  added: number;
}

/** Writes the differences between `link_new` and the stored links of a workspace. */
export async function storeLinks(client: PoolClient, workspaceId: string, signal: AbortSignal): Promise<StoredLinks> {
  const { rowCount: removed } = await client.query(REMOVE, [workspaceId]);
  const { rowCount: changed } = await client.query(UPDATE, [workspaceId]);
  let added = 0;
  for (let last = '0'; ;) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ seq: string; kind: string; erpId: string; crmId: string }>(MISSING, [last]);
    if (rows.length > 0) {
      const ids = rows.map(({ kind, erpId, crmId }) => pairId(kind, erpId, crmId));
      added += (await client.query(INSERT, [workspaceId, ids, rows.map(({ seq }) => seq)])).rowCount ?? 0;
    }
    if (rows.length < CHUNK) break;
    last = rows.at(-1)?.seq ?? last;
  }
  await client.query(DECISIONS, [workspaceId]);
  await client.query(COUNT_PEOPLE, [workspaceId]);
  return { removed: removed ?? 0, changed: changed ?? 0, added };
}

// Identity links as tests look at them: computed by the real step, read as rows.
import { links } from '../../identity/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { sql } from '../../lib/sql.ts';
import { ERP, WORKSPACE } from './crm-rows.ts';
import type { TestDatabase } from './database.ts';

export interface Link {
  id: string;
  kind: string;
  erp_id: string;
  crm_id: string;
  status: string;
  score: number;
  reasons: { rule: string; detail: string }[];
  decided_by: string | null;
  last_purchase_on: string | null;
  present: boolean;
}

/** Recomputes the links of a workspace and gives all that are stored. */
export async function settleLinks(db: TestDatabase, workspaceId = WORKSPACE): Promise<Link[]> {
  await links.run({ database: db, walletId: ERP, provider: 'GESTAO_CLICK', workspaceId, mode: 'FULL', signal: new AbortController().signal, log: silentLogger });
  return db.rows<Link>(sql`SELECT * FROM insights.identity_link ORDER BY kind, status, score DESC, id`);
}

/** The states of the links of one kind. */
export const statuses = (found: readonly Link[], kind = 'CLIENT_CONTACT'): string[] => found.filter((link) => link.kind === kind).map((link) => link.status);

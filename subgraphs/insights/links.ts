// Identity links as rows, and the way from a record to the one that it is on the other side: all hops of a moment, whatever
// their kind and direction, in one statement. Both ends of a link must lie in accounts that the caller may see.
import { defineSource, inWallets, snakeColumns, type RequestContext } from '../../lib/graphql/index.ts';
import { isId } from '../../lib/ids.ts';
import { join, sql } from '../../lib/sql.ts';

export type LinkKind = 'SALESPERSON_CONTACT' | 'SALESPERSON_USER' | 'CLIENT_CONTACT';
export type LinkStatus = 'SUGGESTED' | 'LINKED' | 'CONFIRMED' | 'REJECTED';

export interface LinkRow {
  id: string;
  kind: LinkKind;
  status: LinkStatus;
  score: number;
  reasons: { rule: string; detail: string }[];
  erpId: string;
  crmId: string;
  decidedBy: string | null;
  decidedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

const BOTH_ENDS = ['erp_wallet_id', 'crm_wallet_id'] as const;

export const identityLinks = defineSource<LinkRow>({
  table: 'insights.identity_link',
  columns: snakeColumns(
    'id',
    'kind',
    'status',
    'score',
    'reasons',
    'erpId',
    'crmId',
    'decidedBy',
    'decidedAt',
    'createdAt',
    'updatedAt',
  ),
  always: ['kind', 'erpId', 'crmId'],
  hasMetadata: false,
  walletColumns: BOTH_ENDS,
});

/** From which end of a link a hop starts. */
export type From = 'erp' | 'crm';

const SEPARATOR = ' ';

async function readHops(context: RequestContext, keys: readonly string[]): Promise<Map<string, string[]>> {
  const hops = keys.map((key) => {
    const [kind = '', from = '', id = ''] = key.split(SEPARATOR);
    return { key, kind, from, id };
  });
  const side = (from: From) => {
    const own = hops.filter((hop) => hop.from === from);
    if (own.length === 0) return [];
    const [mine, other] = from === 'erp' ? [sql`t.erp_id`, sql`t.crm_id`] : [sql`t.crm_id`, sql`t.erp_id`];
    const where = [
      sql`t.status IN ('LINKED', 'CONFIRMED')`,
      sql`t.present`,
      ...inWallets(context.allowedWallets, BOTH_ENDS),
    ];
    return [
      sql`SELECT asked.key, ${other} AS other, t.last_purchase_on, t.status, t.score, t.id
            FROM unnest(${own.map(({ key }) => key)}::text[], ${own.map(({ kind }) => kind)}::text[], ${own.map(({ id }) => id)}::uuid[]) AS asked (key, kind, id)
            JOIN insights.identity_link t ON t.kind = asked.kind AND ${mine} = asked.id
           WHERE ${join(where, ' AND ')}`,
    ];
  };
  const rows = await context.database.rows<{ key: string; other: string }>(sql`
    SELECT key, other FROM (${join([...side('erp'), ...side('crm')], ' UNION ALL ')}) AS hop
     ORDER BY key, last_purchase_on DESC NULLS LAST, status = 'CONFIRMED' DESC, score DESC, id`);
  const found = new Map<string, string[]>();
  for (const { key, other } of rows) {
    const others = found.get(key);
    if (others === undefined) found.set(key, [other]);
    else others.push(other);
  }
  return found;
}

/** Ids of the records that a record is on the other side; the one with the newest purchase first, then what a person confirmed. */
export async function hop(context: RequestContext, kind: LinkKind, from: From, id: string): Promise<readonly string[]> {
  if (!isId(id)) return [];
  const load = context.loaders.shared<string, string[]>(identityLinks, 'hops', (keys) => readHops(context, keys));
  return (await load([kind, from, id.toLowerCase()].join(SEPARATOR))) ?? [];
}

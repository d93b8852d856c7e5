// Identity links as rows, and the way from a record to the one that it is on the other side: all hops of a moment, whatever
// their kind and direction, in one statement. Both ends of a link must lie in accounts that the caller may see.
import { defineSource, inWallets, snakeColumns, type RequestContext } from '../../lib/graphql/index.ts';
import { isId } from '../../lib/ids.ts';
import { join, raw, sql } from '../../lib/sql.ts';

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

interface HopRow {
  group: string;
  mine: string;
  other: string;
}

/** A record, and the kind of link that leads from it. */
export interface Hop {
  readonly kind: LinkKind;
  readonly from: From;
  readonly id: string;
}

/** Kind and end, then the id: `CLIENT_CONTACT erp 5f0c...`. */
const keyOf = ({ kind, from, id }: Hop): string => `${kind} ${from} ${id.toLowerCase()}`;
const ID_LENGTH = 36;

async function readHops(context: RequestContext, keys: readonly string[]): Promise<Map<string, string[]>> {
  const idsOf = new Map<string, string[]>();
  for (const key of keys) {
    const group = key.slice(0, -ID_LENGTH);
    const ids = idsOf.get(group);
    if (ids === undefined) idsOf.set(group, [key.slice(-ID_LENGTH)]);
    else ids.push(key.slice(-ID_LENGTH));
  }
  // Kind, end and ids as plain conditions: only so is each group read from its index, however many links there are.
  const asked = [...idsOf].map(([group, ids]) => {
    const [kind, from] = group.split(' ');
    const [mine, other] = from === 'erp' ? [raw('t.erp_id'), raw('t.crm_id')] : [raw('t.crm_id'), raw('t.erp_id')];
    const where = [
      sql`t.kind = ${kind}`,
      sql`${mine} = ANY(${ids}::uuid[])`,
      sql`t.status IN ('LINKED', 'CONFIRMED')`,
      sql`t.present`,
      ...inWallets(context.allowedWallets, BOTH_ENDS),
    ];
    return sql`SELECT ${group}::text AS "group", ${mine} AS mine, ${other} AS other, t.last_purchase_on, t.status, t.score, t.id
                 FROM insights.identity_link t WHERE ${join(where, ' AND ')}`;
  });
  const rows = await context.database.rows<HopRow>(
    sql`SELECT "group", mine, other FROM (${join(asked, ' UNION ALL ')}) AS hop
         ORDER BY last_purchase_on DESC NULLS LAST, status = 'CONFIRMED' DESC, score DESC, id`,
    { prepared: true },
  );
  const found = new Map<string, string[]>();
  for (const { group, mine, other } of rows) {
    const others = found.get(group + mine);
    if (others === undefined) found.set(group + mine, [other]);
    else others.push(other);
  }
  return found;
}

/**
 * Ids of the records that records are on the other side, by hop; the one with the newest purchase first, then what a person
 * confirmed. All hops of a moment are one statement.
 */
export async function hops(context: RequestContext, asked: readonly Hop[]): Promise<(hop: Hop) => readonly string[] | undefined> {
  const keys = asked.filter(({ id }) => isId(id)).map(keyOf);
  const load = context.loaders.many<string, string[]>(identityLinks, 'hops', (all) => readHops(context, all));
  const found = await load(keys);
  return (hop) => found.get(keyOf(hop));
}

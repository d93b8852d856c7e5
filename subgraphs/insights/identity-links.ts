// The links themselves, with score and reasons, and how many people of each kind have found themselves.
import {
  asEntity,
  connectionType,
  inWallets,
  lookahead,
  openConnection,
  pageArgs,
  textIn,
  type RequestContext,
} from '../../lib/graphql/index.ts';
import { join, sql } from '../../lib/sql.ts';
import { identityLinks, type LinkKind, type LinkRow } from './links.ts';
import type { People, Reference } from './people.ts';

const KINDS = ['SALESPERSON_CONTACT', 'SALESPERSON_USER', 'CLIENT_CONTACT'] as const;

interface SummaryRow {
  kind: LinkKind;
  total: number;
  linked: number;
  confirmed: number;
  suggested: number;
  rejected: number;
  unmatched: number;
}

/** For each kind: people in the ERP, links by status, and who has neither a link nor a suggestion. */
function readSummary({ database, allowedWallets }: RequestContext): Promise<SummaryRow[]> {
  const visible = (columns: readonly string[]) => join([sql`TRUE`, ...inWallets(allowedWallets, columns)], ' AND ');
  const count = (status: string) => sql`count(*) FILTER (WHERE t.status = ${status})`;
  return database.rows<SummaryRow>(sql`
    WITH people AS (
      SELECT t.kind, sum(t.people) AS people FROM insights.identity_population t WHERE ${visible(['erp_wallet_id'])} GROUP BY t.kind),
    links AS (
      SELECT t.kind, ${count('LINKED')} AS linked, ${count('CONFIRMED')} AS confirmed, ${count('SUGGESTED')} AS suggested, ${count('REJECTED')} AS rejected,
             count(DISTINCT t.erp_id) FILTER (WHERE t.status <> 'REJECTED') AS found
        FROM insights.identity_link t WHERE t.present AND ${visible(identityLinks.walletColumns)} GROUP BY t.kind)
    SELECT kind, coalesce(people, 0)::int AS total, coalesce(linked, 0)::int AS linked, coalesce(confirmed, 0)::int AS confirmed,
           coalesce(suggested, 0)::int AS suggested, coalesce(rejected, 0)::int AS rejected,
           greatest(coalesce(people, 0) - coalesce(found, 0), 0)::int AS unmatched
      FROM unnest(${[...KINDS]}::text[]) WITH ORDINALITY AS k (kind, n) LEFT JOIN people USING (kind) LEFT JOIN links USING (kind)
     ORDER BY n`);
}

export function addIdentityLinks({ builder, Salesperson, Client, Contact, CrmUser }: People): void {
  const Kind = builder.enumType('IdentityKind', { values: KINDS });
  const Status = builder.enumType('LinkStatus', {
    values: {
      SUGGESTED: { description: 'Needs a person to decide.' },
      LINKED: { description: 'Matched by rule: one candidate, score above the threshold.' },
      CONFIRMED: { description: 'A person said yes.' },
      REJECTED: { description: 'A person said no: never suggested again.' },
    } as const,
  });
  const Reason = builder.objectRef<LinkRow['reasons'][number]>('IdentityReason').implement({
    fields: (t) => ({
      rule: t.exposeString('rule', { description: 'DOCUMENT, EMAIL, PHONE or NAME.' }),
      detail: t.exposeString('detail', { description: 'What was found, for a person to read.' }),
    }),
  });
  const IdentityLink = builder.objectRef<LinkRow>('IdentityLink');
  asEntity(builder, IdentityLink, identityLinks);
  const erpEnd = (link: LinkRow, kinds: readonly LinkKind[]): Reference | null =>
    kinds.includes(link.kind) ? { id: link.erpId } : null;
  const crmEnd = (link: LinkRow, kinds: readonly LinkKind[]): Reference | null =>
    kinds.includes(link.kind) ? { id: link.crmId } : null;
  IdentityLink.implement({
    description: 'Two records, one in each system, that are (or may be) one person.',
    fields: (t) => ({
      id: t.exposeID('id'),
      kind: t.expose('kind', { type: Kind }),
      status: t.expose('status', { type: Status }),
      score: t.exposeInt('score', { description: '0 to 100.' }),
      reasons: t.field({ type: [Reason], nullable: true, resolve: ({ reasons }) => reasons }),
      decidedBy: t.exposeString('decidedBy', { nullable: true, description: 'RULE, or who decided.' }),
      decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
      salesperson: t.field({
        type: Salesperson,
        nullable: true,
        resolve: (link) => erpEnd(link, ['SALESPERSON_CONTACT', 'SALESPERSON_USER']),
      }),
      client: t.field({ type: Client, nullable: true, resolve: (link) => erpEnd(link, ['CLIENT_CONTACT']) }),
      contact: t.field({
        type: Contact,
        nullable: true,
        resolve: (link) => crmEnd(link, ['SALESPERSON_CONTACT', 'CLIENT_CONTACT']),
      }),
      crmUser: t.field({ type: CrmUser, nullable: true, resolve: (link) => crmEnd(link, ['SALESPERSON_USER']) }),
    }),
  });
  const Summary = builder.objectRef<SummaryRow>('IdentitySummary').implement({
    fields: (t) => ({
      kind: t.expose('kind', { type: Kind }),
      total: t.exposeInt('total', { description: 'People in the ERP.' }),
      linked: t.exposeInt('linked'),
      confirmed: t.exposeInt('confirmed'),
      suggested: t.exposeInt('suggested'),
      rejected: t.exposeInt('rejected'),
      unmatched: t.exposeInt('unmatched', { description: 'People in the ERP with neither a link nor a suggestion.' }),
    }),
  });
  const Links = connectionType(builder, IdentityLink);
  builder.queryFields((t) => ({
    identityLinks: t.field({
      type: Links,
      nullable: true,
      description: 'The surest first.',
      args: { kind: t.arg({ type: Kind }), status: t.arg({ type: Status }), ...pageArgs(t.arg) },
      resolve: (_root, { kind, status, ...page }, context, info) =>
        openConnection(
          context,
          {
            source: identityLinks,
            where: [
              sql`t.present`,
              ...textIn('kind', kind == null ? [] : [kind]),
              ...textIn('status', status == null ? [] : [status]),
            ],
            order: { column: 'score', type: 'int8', direction: 'DESC' },
          },
          page,
          lookahead(info),
        ),
    }),
    identitySummary: t.field({
      type: [Summary],
      nullable: true,
      resolve: (_root, _args, context) => readSummary(context),
    }),
  }));
}

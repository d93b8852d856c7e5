// What can be asked of the CRM at the root. Fields are nullable: when one fails, the rest of the answer stands.
import {
  inWallets,
  lookahead,
  offsetArgs,
  openConnection,
  pageArgs,
  rowById,
  selectFrom,
  selectionOf,
  textIn,
  whereAll,
  type RequestContext,
  type Source,
} from '../../lib/graphql/index.ts';
import { raw, sql, type Sql } from '../../lib/sql.ts';
import type { GraphQLResolveInfo } from 'graphql';
import { companyWhere, contactOrder, contactWhere, dealOrder, dealWhere, type Filters } from './filters.ts';
import { companies, contacts, crmUsers, customFields, deals, lossReasons, pipelines, tags } from './rows.ts';
import type { KommoTypes } from './types.ts';

/** A short list, whole. `orderBy`: columns of `t`, trusted text. */
function allRows<Row extends object>(
  context: RequestContext,
  info: GraphQLResolveInfo,
  source: Source<Row>,
  orderBy: string,
  where: readonly Sql[] = [],
): Promise<Row[]> {
  const selection = selectionOf({ ...source, toOne: {}, toMany: {} }, lookahead(info));
  const conditions = whereAll([...where, ...inWallets(context.allowedWallets, source.walletColumns)]);
  return context.database.rows<Row>(selectFrom(source, selection, sql`${conditions} ORDER BY ${raw(orderBy)}`));
}

export function addQueries(types: KommoTypes, { DealFilter, ContactFilter }: Filters): void {
  const { builder, connections, orders, CustomFieldEntity } = types;
  builder.queryFields((t) => ({
    deals: t.field({
      type: connections.deals,
      nullable: true,
      args: { ...offsetArgs(t.arg), filter: t.arg({ type: DealFilter }), orderBy: t.arg({ type: orders.DealOrder }) },
      resolve: (_root, args, context, info) =>
        openConnection(
          context,
          { source: deals, where: dealWhere(args.filter), order: dealOrder(args.orderBy) },
          args,
          lookahead(info),
        ),
    }),
    deal: t.field({
      type: types.Deal,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }, context) => rowById(context, deals, id),
    }),
    contacts: t.field({
      type: connections.contacts,
      nullable: true,
      args: {
        ...offsetArgs(t.arg),
        filter: t.arg({ type: ContactFilter }),
        orderBy: t.arg({ type: orders.ContactOrder }),
      },
      resolve: (_root, args, context, info) =>
        openConnection(
          context,
          { source: contacts, where: contactWhere(args.filter), order: contactOrder(args.orderBy) },
          args,
          lookahead(info),
        ),
    }),
    contact: t.field({
      type: types.Contact,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }, context) => rowById(context, contacts, id),
    }),
    companies: t.field({
      type: connections.companies,
      nullable: true,
      args: { ...pageArgs(t.arg), search: t.arg.string({ description: 'Every word of it stands in the name.' }) },
      resolve: (_root, args, context, info) =>
        openConnection(
          context,
          {
            source: companies,
            where: companyWhere(args.search),
            order: { column: 'name', type: 'text', direction: 'ASC' },
          },
          args,
          lookahead(info),
        ),
    }),
    company: t.field({
      type: types.Company,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }, context) => rowById(context, companies, id),
    }),
    customFields: t.field({
      type: [types.CustomField],
      nullable: true,
      args: { entity: t.arg({ type: CustomFieldEntity }) },
      resolve: (_root, { entity }, context, info) =>
        allRows(
          context,
          info,
          customFields,
          't.entity, t.sort NULLS LAST, t.id',
          textIn('entity', entity == null ? [] : [entity]),
        ),
    }),
    pipelines: t.field({
      type: [types.Pipeline],
      nullable: true,
      resolve: (_root, _args, context, info) => allRows(context, info, pipelines, 't.is_main DESC, t.sort, t.id'),
    }),
    crmUsers: t.field({
      type: [types.CrmUser],
      nullable: true,
      resolve: (_root, _args, context, info) => allRows(context, info, crmUsers, 't.name, t.id'),
    }),
    tags: t.field({
      type: [types.Tag],
      nullable: true,
      args: { entity: t.arg({ type: CustomFieldEntity }) },
      resolve: (_root, { entity }, context, info) =>
        allRows(context, info, tags, 't.name, t.id', textIn('entity', entity == null ? [] : [entity])),
    }),
    lossReasons: t.field({
      type: [types.LossReason],
      nullable: true,
      resolve: (_root, _args, context, info) => allRows(context, info, lossReasons, 't.sort NULLS LAST, t.name, t.id'),
    }),
  }));
}

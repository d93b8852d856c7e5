// Client: who buys. Its purchases and payments hang on it, batched for all clients of a page.
import {
  asEntity,
  byColumn,
  equals,
  idIn,
  listOf,
  lookahead,
  matches,
  nestedConnection,
  offsetArgs,
  openConnection,
  pageArgs,
  recordFields,
  rowById,
  textIn,
} from '../../lib/graphql/index.ts';
import { documentOf, onlyAlnum } from '../../lib/brazil/index.ts';
import type { Sql } from '../../lib/sql.ts';
import { builder } from './builder.ts';
import './extra-field.ts';
import { paymentConditions, PaymentFilter, paymentOrder, PaymentOrder } from './payment-filter.ts';
import { Client, ClientConnection, ExtraField, PaymentConnection, SaleConnection } from './refs.ts';
import { ExtraFieldFilter, hasExtraFields, saleConditions, SaleFilter, saleOrder, SaleOrder } from './sale-filter.ts';
import { client, extraField, payment, sale } from './tables/index.ts';

const ClientKind = builder.enumType('ClientKind', { values: ['PERSON', 'COMPANY', 'FOREIGNER'] as const });

const ClientFilter = builder.inputType('ClientFilter', {
  description: 'All conditions together; an empty list restricts nothing.',
  fields: (t) => ({
    search: t.string({
      description: 'Every word must stand in name, document, e-mail or phone; accents and masks do not matter.',
    }),
    kinds: t.field({ type: [ClientKind] }),
    active: t.boolean(),
    document: t.string({ description: 'CPF or CNPJ, with or without its mask.' }),
    ids: t.idList(),
    walletIds: t.idList({ description: 'Connected accounts.' }),
    customFields: t.field({ type: [ExtraFieldFilter] }),
  }),
});

const clientConditions = (filter: typeof ClientFilter.$inferInput | null | undefined): Sql[] =>
  filter == null
    ? []
    : [
        ...matches(filter.search),
        ...textIn('kind', filter.kinds),
        ...equals('active', filter.active),
        ...(filter.document == null
          ? []
          : equals('document', documentOf(filter.document) ?? onlyAlnum(filter.document).toUpperCase())),
        ...idIn('id', filter.ids),
        ...idIn('wallet_id', filter.walletIds),
        ...hasExtraFields('CLIENT', filter.customFields),
      ];

Client.implement({
  description: 'A client of the ERP (cliente).',
  fields: (t) => ({
    ...recordFields(t, client),
    name: t.exposeString('name'),
    tradeName: t.exposeString('tradeName', { nullable: true, description: 'Nome fantasia.' }),
    kind: t.expose('kind', { type: ClientKind }),
    document: t.exposeString('document', { nullable: true, description: 'CPF or CNPJ, digits and letters only.' }),
    email: t.exposeString('email', { nullable: true }),
    phones: t.exposeStringList('phones'),
    active: t.exposeBoolean('active'),
    city: t.exposeString('city', { nullable: true }),
    state: t.exposeString('state', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime', nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: true }),
    customFields: t.field({ type: [ExtraField], resolve: listOf(client, 'customFields', extraField) }),
    sales: t.field({
      type: SaleConnection,
      args: { ...pageArgs(t.arg), filter: t.arg({ type: SaleFilter }), orderBy: t.arg({ type: SaleOrder }) },
      resolve: (row, args, context, info) =>
        nestedConnection(
          context,
          info,
          row.id,
          {
            source: sale,
            parent: byColumn('client_id'),
            where: saleConditions(args.filter),
            order: saleOrder(args.orderBy),
          },
          args,
        ),
    }),
    payments: t.field({
      type: PaymentConnection,
      args: { ...pageArgs(t.arg), filter: t.arg({ type: PaymentFilter }), orderBy: t.arg({ type: PaymentOrder }) },
      resolve: (row, args, context, info) => {
        const where = paymentConditions(args.filter, context.today);
        return nestedConnection(
          context,
          info,
          row.id,
          { source: payment, parent: byColumn('client_id'), where, order: paymentOrder(args.orderBy) },
          args,
        );
      },
    }),
  }),
});
asEntity(builder, Client, client);

builder.queryFields((t) => ({
  clients: t.field({
    type: ClientConnection,
    nullable: true,
    description: 'By name.',
    args: { ...offsetArgs(t.arg), filter: t.arg({ type: ClientFilter }) },
    resolve: (_root, args, context, info) =>
      openConnection(
        context,
        {
          source: client,
          where: clientConditions(args.filter),
          order: { column: 'name', type: 'text', direction: 'ASC' },
        },
        args,
        lookahead(info),
      ),
  }),
  client: t.field({
    type: Client,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => rowById(context, client, id),
  }),
}));

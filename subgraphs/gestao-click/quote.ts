// Quotes (orçamentos): what was offered, in the shape of a sale.
import {
  asEntity,
  between,
  idIn,
  linkTo,
  listOf,
  lookahead,
  openConnection,
  pageArgs,
  recordFields,
  rowById,
  textIn,
} from '../../lib/graphql/index.ts';
import type { Sql } from '../../lib/sql.ts';
import { builder } from './builder.ts';
import { ItemKind } from './product.ts';
import { Client, Product, Quote, QuoteConnection, QuoteItem, Salesperson, Service, Store } from './refs.ts';
import * as tables from './tables/index.ts';

Quote.implement({
  description: 'A quote of the ERP (orçamento).',
  fields: (t) => ({
    ...recordFields(t, tables.quote),
    number: t.exposeString('number'),
    kind: t.expose('kind', { type: ItemKind }),
    date: t.expose('date', { type: 'Date' }),
    statusName: t.exposeString('statusName', { nullable: true }),
    total: t.expose('total', { type: 'Decimal' }),
    discount: t.expose('discount', { type: 'Decimal', nullable: true }),
    freight: t.expose('freight', { type: 'Decimal', nullable: true }),
    validFor: t.exposeString('validFor', { nullable: true, description: "As the ERP's user wrote it." }),
    createdAt: t.expose('createdAt', { type: 'DateTime', nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: true }),
    store: t.field({ type: Store, nullable: true, resolve: linkTo(tables.store, 'store', 'storeId') }),
    client: t.field({ type: Client, nullable: true, resolve: linkTo(tables.client, 'client', 'clientId') }),
    clientName: t.exposeString('clientName', { nullable: true }),
    salesperson: t.field({
      type: Salesperson,
      nullable: true,
      resolve: linkTo(tables.salesperson, 'salesperson', 'salespersonId'),
    }),
    salespersonName: t.exposeString('salespersonName', { nullable: true }),
    items: t.field({ type: [QuoteItem], resolve: listOf(tables.quote, 'items', tables.quoteItem) }),
  }),
});
asEntity(builder, Quote, tables.quote);

QuoteItem.implement({
  description: 'A line of a quote.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ItemKind }),
    description: t.exposeString('description'),
    quantity: t.expose('quantity', { type: 'Decimal' }),
    unitPrice: t.expose('unitPrice', { type: 'Decimal' }),
    discount: t.expose('discount', { type: 'Decimal', nullable: true, description: 'Money taken off this line.' }),
    total: t.expose('total', { type: 'Decimal' }),
    product: t.field({ type: Product, nullable: true, resolve: linkTo(tables.product, 'product', 'productId') }),
    service: t.field({ type: Service, nullable: true, resolve: linkTo(tables.service, 'service', 'serviceId') }),
  }),
});

const QuoteFilter = builder.inputType('QuoteFilter', {
  description: 'All conditions together; an empty list restricts nothing; days and amounts are inclusive.',
  fields: (t) => ({
    dateFrom: t.field({ type: 'Date' }),
    dateTo: t.field({ type: 'Date' }),
    totalMin: t.field({ type: 'Decimal' }),
    totalMax: t.field({ type: 'Decimal' }),
    kinds: t.field({ type: [ItemKind] }),
    clientIds: t.idList(),
    salespersonIds: t.idList(),
    storeIds: t.idList(),
    walletIds: t.idList({ description: 'Connected accounts.' }),
  }),
});

const quoteConditions = (filter: typeof QuoteFilter.$inferInput | null | undefined): Sql[] =>
  filter == null
    ? []
    : [
        ...between('date', 'date', filter.dateFrom, filter.dateTo),
        ...between('total', 'numeric', filter.totalMin, filter.totalMax),
        ...textIn('kind', filter.kinds),
        ...idIn('client_id', filter.clientIds),
        ...idIn('salesperson_id', filter.salespersonIds),
        ...idIn('store_id', filter.storeIds),
        ...idIn('wallet_id', filter.walletIds),
      ];

builder.queryFields((t) => ({
  quotes: t.field({
    type: QuoteConnection,
    nullable: true,
    description: 'Newest first.',
    args: { ...pageArgs(t.arg), filter: t.arg({ type: QuoteFilter }) },
    resolve: (_root, args, context, info) =>
      openConnection(
        context,
        {
          source: tables.quote,
          where: quoteConditions(args.filter),
          order: { column: 'date', type: 'date', direction: 'DESC' },
        },
        args,
        lookahead(info),
      ),
  }),
  quote: t.field({
    type: Quote,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => rowById(context, tables.quote, id),
  }),
}));

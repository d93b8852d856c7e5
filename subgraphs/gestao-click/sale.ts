// Sale: what was sold, to whom, by whom, and how it is paid. Lists read their to-one rows in the same statement.
import {
  asEntity,
  linkTo,
  listOf,
  lookahead,
  offsetArgs,
  openConnection,
  recordFields,
  rowById,
} from '../../lib/graphql/index.ts';
import { builder } from './builder.ts';
import './extra-field.ts';
import { ItemKind } from './product.ts';
import {
  Client,
  CostCenter,
  ExtraField,
  Payment,
  Product,
  Sale,
  SaleConnection,
  SaleItem,
  Salesperson,
  SaleStatus,
  Service,
  Store,
} from './refs.ts';
import { saleConditions, SaleFilter, SaleKind, saleOrder, SaleOrder } from './sale-filter.ts';
import * as tables from './tables/index.ts';

Sale.implement({
  description: 'A sale of the ERP (venda).',
  fields: (t) => ({
    ...recordFields(t, tables.sale),
    number: t.exposeString('number', { description: 'As people call it (código).' }),
    kind: t.expose('kind', { type: SaleKind }),
    date: t.expose('date', { type: 'Date' }),
    status: t.field({ type: SaleStatus, nullable: true, resolve: linkTo(tables.saleStatus, 'status', 'statusId') }),
    statusName: t.exposeString('statusName', { nullable: true, description: 'As the sale itself says it.' }),
    total: t.expose('total', { type: 'Decimal' }),
    productsTotal: t.expose('productsTotal', { type: 'Decimal', nullable: true }),
    servicesTotal: t.expose('servicesTotal', { type: 'Decimal', nullable: true }),
    discount: t.expose('discount', { type: 'Decimal', nullable: true }),
    freight: t.expose('freight', { type: 'Decimal', nullable: true }),
    cost: t.expose('cost', { type: 'Decimal', nullable: true }),
    channel: t.exposeString('channel', { nullable: true }),
    notes: t.exposeString('notes', { nullable: true }),
    launched: t.exposeBoolean('launched', { description: 'The ERP has launched its titles.' }),
    dueOn: t.expose('dueOn', { type: 'Date', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime', nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: true }),
    store: t.field({ type: Store, nullable: true, resolve: linkTo(tables.store, 'store', 'storeId') }),
    costCenter: t.field({
      type: CostCenter,
      nullable: true,
      resolve: linkTo(tables.costCenter, 'costCenter', 'costCenterId'),
    }),
    client: t.field({ type: Client, nullable: true, resolve: linkTo(tables.client, 'client', 'clientId') }),
    clientName: t.exposeString('clientName', { nullable: true, description: 'As the sale itself says it.' }),
    salesperson: t.field({
      type: Salesperson,
      nullable: true,
      resolve: linkTo(tables.salesperson, 'salesperson', 'salespersonId'),
    }),
    salespersonName: t.exposeString('salespersonName', { nullable: true, description: 'As the sale itself says it.' }),
    items: t.field({ type: [SaleItem], resolve: listOf(tables.sale, 'items', tables.saleItem) }),
    payments: t.field({
      type: [Payment],
      description: 'Its titles; as long as it has none, the instalments that are planned.',
      resolve: listOf(tables.sale, 'payments', tables.payment),
    }),
    customFields: t.field({ type: [ExtraField], resolve: listOf(tables.sale, 'customFields', tables.extraField) }),
  }),
});
asEntity(builder, Sale, tables.sale);

SaleItem.implement({
  description: 'A line of a sale.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ItemKind }),
    description: t.exposeString('description'),
    unit: t.exposeString('unit', { nullable: true }),
    quantity: t.expose('quantity', { type: 'Decimal' }),
    unitPrice: t.expose('unitPrice', { type: 'Decimal' }),
    unitCost: t.expose('unitCost', { type: 'Decimal', nullable: true }),
    discount: t.expose('discount', { type: 'Decimal', nullable: true, description: 'Money taken off this line.' }),
    total: t.expose('total', { type: 'Decimal' }),
    product: t.field({ type: Product, nullable: true, resolve: linkTo(tables.product, 'product', 'productId') }),
    service: t.field({ type: Service, nullable: true, resolve: linkTo(tables.service, 'service', 'serviceId') }),
  }),
});

builder.queryFields((t) => ({
  sales: t.field({
    type: SaleConnection,
    nullable: true,
    args: {
      ...offsetArgs(t.arg),
      filter: t.arg({ type: SaleFilter }),
      orderBy: t.arg({ type: SaleOrder, description: 'Newest first, unless told.' }),
    },
    resolve: (_root, args, context, info) =>
      openConnection(
        context,
        { source: tables.sale, where: saleConditions(args.filter), order: saleOrder(args.orderBy) },
        args,
        lookahead(info),
      ),
  }),
  sale: t.field({
    type: Sale,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => rowById(context, tables.sale, id),
  }),
}));

// Products and services: what the lines of sales and quotes name.
import {
  asEntity,
  equals,
  idIn,
  lookahead,
  matches,
  openConnection,
  pageArgs,
  recordFields,
  rowById,
} from '../../lib/graphql/index.ts';
import { builder } from './builder.ts';
import { Product, ProductConnection, Service, ServiceConnection } from './refs.ts';
import { product, service } from './tables/index.ts';

export const ItemKind = builder.enumType('ItemKind', { values: ['PRODUCT', 'SERVICE'] as const });

Product.implement({
  description: 'A product of the ERP.',
  fields: (t) => ({
    ...recordFields(t, product),
    name: t.exposeString('name'),
    code: t.exposeString('code', { nullable: true }),
    barcode: t.exposeString('barcode', { nullable: true }),
    price: t.expose('price', { type: 'Decimal', nullable: true }),
    cost: t.expose('cost', { type: 'Decimal', nullable: true }),
    stock: t.expose('stock', { type: 'Decimal', nullable: true }),
    active: t.exposeBoolean('active'),
    groupName: t.exposeString('groupName', { nullable: true }),
  }),
});
asEntity(builder, Product, product);

Service.implement({
  description: 'A service of the ERP.',
  fields: (t) => ({
    ...recordFields(t, service),
    name: t.exposeString('name'),
    code: t.exposeString('code', { nullable: true }),
    price: t.expose('price', { type: 'Decimal', nullable: true }),
  }),
});
asEntity(builder, Service, service);

const ProductFilter = builder.inputType('ProductFilter', {
  fields: (t) => ({
    search: t.string({ description: 'Every word must stand in name, code or barcode.' }),
    active: t.boolean(),
    walletIds: t.idList({ description: 'Connected accounts.' }),
  }),
});
const ServiceFilter = builder.inputType('ServiceFilter', {
  fields: (t) => ({ walletIds: t.idList({ description: 'Connected accounts.' }) }),
});

const BY_NAME = { column: 'name', type: 'text', direction: 'ASC' } as const;

builder.queryFields((t) => ({
  products: t.field({
    type: ProductConnection,
    nullable: true,
    args: { ...pageArgs(t.arg), filter: t.arg({ type: ProductFilter }) },
    resolve: (_root, args, context, info) => {
      const where = [
        ...matches(args.filter?.search),
        ...equals('active', args.filter?.active),
        ...idIn('wallet_id', args.filter?.walletIds),
      ];
      return openConnection(context, { source: product, where, order: BY_NAME }, args, lookahead(info));
    },
  }),
  product: t.field({
    type: Product,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => rowById(context, product, id),
  }),
  services: t.field({
    type: ServiceConnection,
    nullable: true,
    args: { ...pageArgs(t.arg), filter: t.arg({ type: ServiceFilter }) },
    resolve: (_root, args, context, info) =>
      openConnection(
        context,
        { source: service, where: idIn('wallet_id', args.filter?.walletIds), order: BY_NAME },
        args,
        lookahead(info),
      ),
  }),
  service: t.field({
    type: Service,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => rowById(context, service, id),
  }),
}));

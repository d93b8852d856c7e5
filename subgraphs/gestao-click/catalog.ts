// Stores and sale statuses.
import { asEntity, recordFields } from '../../lib/graphql/index.ts';
import { builder } from './builder.ts';
import { SaleStatus, Store } from './refs.ts';
import { SaleOutcome } from './sale-filter.ts';
import { saleStatus, store } from './tables/index.ts';
import { LIGHT, visibleTo } from './visible.ts';

Store.implement({
  description: 'A store of the company (loja).',
  fields: (t) => ({ ...recordFields(t, store), name: t.exposeString('name') }),
});
asEntity(builder, Store, store);

SaleStatus.implement({
  description: 'A state that a sale can be in (situação).',
  fields: (t) => ({
    ...recordFields(t, saleStatus),
    name: t.exposeString('name'),
    outcome: t.field({ type: SaleOutcome, resolve: (row) => row.outcome as typeof SaleOutcome.$inferType }),
    isDefault: t.exposeBoolean('isDefault', { description: 'New sales start in it.' }),
  }),
});
asEntity(builder, SaleStatus, saleStatus);

builder.queryFields((t) => ({
  stores: t.field({
    type: [Store],
    nullable: true,
    resolve: (_root, _args, { prisma, allowedWallets }) =>
      prisma.store.findMany({
        where: visibleTo(allowedWallets),
        omit: LIGHT,
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
      }),
  }),
  saleStatuses: t.field({
    type: [SaleStatus],
    nullable: true,
    resolve: (_root, _args, { prisma, allowedWallets }) =>
      prisma.saleStatus.findMany({
        where: visibleTo(allowedWallets),
        omit: LIGHT,
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
      }),
  }),
}));

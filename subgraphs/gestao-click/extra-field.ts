// Extra fields (atributos) that the company added to clients and sales: definitions, and the values of one record.
import type { GraphQLResolveInfo } from 'graphql';
import { childrenOf, recordFields } from '../../lib/graphql/index.ts';
import { sql } from '../../lib/sql.ts';
import { builder, type ErpContext } from './builder.ts';
import { ExtraField, ExtraFieldDefinition } from './refs.ts';
import { extraField, extraFieldDefinition, type ExtraFieldRow } from './tables/index.ts';
import { LIGHT, visibleTo } from './visible.ts';

const ExtraFieldOwner = builder.enumType('ExtraFieldOwner', { values: ['CLIENT', 'SALE'] as const });

/** The extra fields of one record, in the order of the ERP. */
export const extraFieldsOf = (
  context: ErpContext,
  info: GraphQLResolveInfo,
  ownerId: string,
  owner: 'CLIENT' | 'SALE',
): Promise<readonly ExtraFieldRow[]> =>
  childrenOf(context, info, extraField, ownerId, {
    parent: 'owner_id',
    where: [sql`t.owner_type = ${owner}`],
    orderBy: ['position'],
  });

ExtraField.implement({
  description: "A value in one of the ERP's extra fields (atributo).",
  fields: (t) => ({
    name: t.exposeString('name'),
    type: t.exposeString('type', { nullable: true, description: "The ERP's own word for it." }),
    text: t.exposeString('text', { nullable: true }),
    definitionId: t.exposeID('definitionId', { nullable: true }),
  }),
});

ExtraFieldDefinition.implement({
  description: 'An extra field that the company added to its clients or sales (atributo).',
  fields: (t) => ({
    ...recordFields(t, extraFieldDefinition),
    owner: t.field({ type: ExtraFieldOwner, resolve: (row) => row.ownerType as typeof ExtraFieldOwner.$inferType }),
    name: t.exposeString('name'),
    type: t.exposeString('type', { description: "The ERP's own word for it." }),
    options: t.exposeStringList('options', { description: 'What can be chosen; empty for free text.' }),
  }),
});

builder.queryField('extraFieldDefinitions', (t) =>
  t.field({
    type: [ExtraFieldDefinition],
    nullable: true,
    args: { owner: t.arg({ type: ExtraFieldOwner }) },
    resolve: (_root, { owner }, { prisma, allowedWallets }) =>
      prisma.attributeDefinition.findMany({
        where: { ...visibleTo(allowedWallets), ...(owner == null ? {} : { ownerType: owner }) },
        omit: LIGHT,
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
      }),
  }),
);

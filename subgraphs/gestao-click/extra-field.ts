// Extra fields (atributos) that the company added to clients and sales: definitions and values.
import { recordFields } from '../../lib/graphql/index.ts';
import { builder } from './builder.ts';
import { ExtraField, ExtraFieldDefinition } from './refs.ts';
import { extraFieldDefinition } from './tables/index.ts';
import { LIGHT, visibleTo } from './visible.ts';

const ExtraFieldOwner = builder.enumType('ExtraFieldOwner', { values: ['CLIENT', 'SALE'] as const });

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

// The accounting side: payment methods, bank accounts, chart of accounts, cost centers. Small tables, read whole by Prisma.
import { asEntity, linkedRow, recordFields } from '../../lib/graphql/index.ts';
import { builder } from './builder.ts';
import { BankAccount, CostCenter, LedgerAccount, PaymentMethod } from './refs.ts';
import { bankAccount, costCenter, ledgerAccount, paymentMethod } from './tables/index.ts';
import { LIGHT, visibleTo } from './visible.ts';

const METHOD_KINDS = [
  'PIX',
  'BOLETO',
  'CREDIT_CARD',
  'DEBIT_CARD',
  'CASH',
  'TRANSFER',
  'STORE_CREDIT',
  'OTHER',
] as const;
const PaymentMethodKind = builder.enumType('PaymentMethodKind', { values: METHOD_KINDS });
const LedgerAccountKind = builder.enumType('LedgerAccountKind', { values: ['DEBIT', 'CREDIT'] as const });

PaymentMethod.implement({
  description: 'How something is paid (forma de pagamento).',
  fields: (t) => ({
    ...recordFields(t, paymentMethod),
    name: t.exposeString('name'),
    kind: t.field({ type: PaymentMethodKind, resolve: (row) => row.kind as typeof PaymentMethodKind.$inferType }),
  }),
});
asEntity(builder, PaymentMethod, paymentMethod);

BankAccount.implement({
  description: 'Where money lies (conta bancária).',
  fields: (t) => ({ ...recordFields(t, bankAccount), name: t.exposeString('name') }),
});
asEntity(builder, BankAccount, bankAccount);

CostCenter.implement({
  description: 'A cost center (centro de custo).',
  fields: (t) => ({ ...recordFields(t, costCenter), name: t.exposeString('name') }),
});
asEntity(builder, CostCenter, costCenter);

LedgerAccount.implement({
  description: 'A line of the chart of accounts (plano de contas).',
  fields: (t) => ({
    ...recordFields(t, ledgerAccount),
    code: t.exposeString('code', { nullable: true, description: 'Place in the tree: `1.2.3`.' }),
    name: t.exposeString('name'),
    kind: t.field({ type: LedgerAccountKind, resolve: (row) => row.kind as typeof LedgerAccountKind.$inferType }),
    parent: t.field({
      type: LedgerAccount,
      nullable: true,
      resolve: (row, _args, context) => linkedRow(context, ledgerAccount, undefined, row.parentId),
    }),
  }),
});
asEntity(builder, LedgerAccount, ledgerAccount);

builder.queryFields((t) => ({
  paymentMethods: t.field({
    type: [PaymentMethod],
    nullable: true,
    resolve: (_root, _args, { prisma, allowedWallets }) =>
      prisma.paymentMethod.findMany({
        where: visibleTo(allowedWallets),
        omit: LIGHT,
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
      }),
  }),
  bankAccounts: t.field({
    type: [BankAccount],
    nullable: true,
    resolve: (_root, _args, { prisma, allowedWallets }) =>
      prisma.bankAccount.findMany({
        where: visibleTo(allowedWallets),
        omit: LIGHT,
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
      }),
  }),
  costCenters: t.field({
    type: [CostCenter],
    nullable: true,
    resolve: (_root, _args, { prisma, allowedWallets }) =>
      prisma.costCenter.findMany({
        where: visibleTo(allowedWallets),
        omit: LIGHT,
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
      }),
  }),
  ledgerAccounts: t.field({
    type: [LedgerAccount],
    nullable: true,
    resolve: (_root, _args, { prisma, allowedWallets }) =>
      prisma.ledgerAccount.findMany({
        where: visibleTo(allowedWallets),
        omit: LIGHT,
        orderBy: [{ code: { sort: 'asc', nulls: 'last' } }, { name: 'asc' }, { id: 'asc' }],
      }),
  }),
}));

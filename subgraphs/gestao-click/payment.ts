// Payment: what is to be received or paid. Its status is decided when it is read; what the ERP has replaced never shows.
import {
  asEntity,
  linkTo,
  lookahead,
  openConnection,
  pageArgs,
  recordFields,
  rowById,
} from '../../lib/graphql/index.ts';
import { daysBetween } from '../../lib/time.ts';
import { builder } from './builder.ts';
import {
  paymentConditions,
  PaymentDirection,
  PaymentFilter,
  paymentOrder,
  PaymentOrder,
  PaymentStatus,
  statusOf,
} from './payment-filter.ts';
import {
  BankAccount,
  Client,
  CostCenter,
  LedgerAccount,
  Payment,
  PaymentConnection,
  PaymentMethod,
  Sale,
  Store,
} from './refs.ts';
import * as tables from './tables/index.ts';

const PARTIES = { C: 'CLIENT', F: 'SUPPLIER', T: 'CARRIER', U: 'EMPLOYEE', O: 'OTHER' } as const;
const PartyKind = builder.enumType('PartyKind', {
  description: 'Who stands on the other side.',
  values: Object.values(PARTIES),
});

Payment.implement({
  description: 'A title to be received or paid (recebimento, pagamento), or an instalment that is only planned.',
  fields: (t) => ({
    ...recordFields(t, tables.payment),
    direction: t.expose('direction', { type: PaymentDirection }),
    status: t.field({ type: PaymentStatus, resolve: (row, _args, { today }) => statusOf(row, today) }),
    number: t.exposeString('number', { nullable: true }),
    description: t.exposeString('description', { nullable: true }),
    amount: t.expose('amount', { type: 'Decimal' }),
    interest: t.expose('interest', { type: 'Decimal', nullable: true }),
    discount: t.expose('discount', { type: 'Decimal', nullable: true }),
    fees: t.expose('fees', { type: 'Decimal', nullable: true }),
    netAmount: t.expose('netAmount', { type: 'Decimal', description: 'amount + interest - discount - fees' }),
    paidAmount: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'The net amount, once it is paid.',
      resolve: (row, _args, { today }) => (statusOf(row, today) === 'PAID' ? row.netAmount : null),
    }),
    dueDate: t.expose('dueDate', { type: 'Date' }),
    paidAt: t.expose('paidAt', { type: 'Date', nullable: true }),
    accrualDate: t.expose('accrualDate', { type: 'Date', nullable: true }),
    daysOverdue: t.int({
      nullable: true,
      description: 'Days since it was due; null unless it is OVERDUE.',
      resolve: (row, _args, { today }) => (statusOf(row, today) === 'OVERDUE' ? daysBetween(row.dueDate, today) : null),
    }),
    position: t.exposeInt('position', {
      nullable: true,
      description: 'Place in the plan of its sale, for an instalment.',
    }),
    partyKind: t.field({
      type: PartyKind,
      nullable: true,
      resolve: (row) => (row.partyKind === null ? null : (PARTIES[row.partyKind as keyof typeof PARTIES] ?? 'OTHER')),
    }),
    partyName: t.exposeString('partyName', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime', nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: true }),
    method: t.field({
      type: PaymentMethod,
      nullable: true,
      resolve: linkTo(tables.paymentMethod, 'method', 'methodId'),
    }),
    account: t.field({
      type: LedgerAccount,
      nullable: true,
      description: 'Line of the chart of accounts (plano de contas).',
      resolve: linkTo(tables.ledgerAccount, 'account', 'ledgerAccountId'),
    }),
    costCenter: t.field({
      type: CostCenter,
      nullable: true,
      resolve: linkTo(tables.costCenter, 'costCenter', 'costCenterId'),
    }),
    bankAccount: t.field({
      type: BankAccount,
      nullable: true,
      resolve: linkTo(tables.bankAccount, 'bankAccount', 'bankAccountId'),
    }),
    store: t.field({ type: Store, nullable: true, resolve: linkTo(tables.store, 'store', 'storeId') }),
    client: t.field({ type: Client, nullable: true, resolve: linkTo(tables.client, 'client', 'clientId') }),
    sale: t.field({
      type: Sale,
      nullable: true,
      description: 'Null where the ERP gives no way to know it.',
      resolve: linkTo(tables.sale, 'sale', 'saleId'),
    }),
  }),
});
asEntity(builder, Payment, tables.payment);

builder.queryFields((t) => ({
  payments: t.field({
    type: PaymentConnection,
    nullable: true,
    args: {
      ...pageArgs(t.arg),
      filter: t.arg({ type: PaymentFilter }),
      orderBy: t.arg({ type: PaymentOrder, description: 'First due first, unless told.' }),
    },
    resolve: (_root, args, context, info) => {
      const where = paymentConditions(args.filter, context.today);
      return openConnection(
        context,
        { source: tables.payment, where, order: paymentOrder(args.orderBy) },
        args,
        lookahead(info),
      );
    },
  }),
  payment: t.field({
    type: Payment,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => rowById(context, tables.payment, id),
  }),
}));

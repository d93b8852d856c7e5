// Which payments: the filter, its SQL over `t` (gestao_click.payment), the orders of the list; and what a status means.
import { between, equals, idIn, matches, orderInput, type Order } from '../../lib/graphql/index.ts';
import { join, sql, type Sql } from '../../lib/sql.ts';
import { builder } from './builder.ts';

export const PaymentDirection = builder.enumType('PaymentDirection', { values: ['RECEIVABLE', 'PAYABLE'] as const });
export const PaymentStatus = builder.enumType('PaymentStatus', {
  description: 'Decided when read, by the day in São Paulo.',
  values: {
    PLANNED: { description: 'An instalment of a sale that the ERP has not launched yet.' },
    OPEN: { description: 'To be paid today or later.' },
    OVERDUE: { description: 'Due before today, and not paid.' },
    PAID: {},
  } as const,
});
export type PaymentStatusName = typeof PaymentStatus.$inferType;

/** The status of one payment on a day. */
export function statusOf(
  { origin, settled, dueDate }: { origin: string; settled: boolean; dueDate: string },
  today: string,
): PaymentStatusName {
  if (origin === 'INSTALMENT') return 'PLANNED';
  if (settled) return 'PAID';
  return dueDate < today ? 'OVERDUE' : 'OPEN';
}

/** The same in SQL; the two must not differ. */
function hasStatus(status: PaymentStatusName, today: string): Sql {
  switch (status) {
    case 'PLANNED':
      return sql`t.origin = 'INSTALMENT'`;
    case 'PAID':
      return sql`(t.origin <> 'INSTALMENT' AND t.settled)`;
    case 'OVERDUE':
      return sql`(t.origin <> 'INSTALMENT' AND NOT t.settled AND t.due_date < ${today}::date)`;
    case 'OPEN':
      return sql`(t.origin <> 'INSTALMENT' AND NOT t.settled AND t.due_date >= ${today}::date)`;
  }
}

export const PaymentFilter = builder.inputType('PaymentFilter', {
  description: 'All conditions together; an empty list restricts nothing; days and amounts are inclusive.',
  fields: (t) => ({
    direction: t.field({ type: PaymentDirection }),
    statuses: t.field({ type: [PaymentStatus] }),
    dueFrom: t.field({ type: 'Date' }),
    dueTo: t.field({ type: 'Date' }),
    paidFrom: t.field({ type: 'Date' }),
    paidTo: t.field({ type: 'Date' }),
    accrualFrom: t.field({ type: 'Date' }),
    accrualTo: t.field({ type: 'Date' }),
    amountMin: t.field({ type: 'Decimal' }),
    amountMax: t.field({ type: 'Decimal' }),
    clientIds: t.idList(),
    saleIds: t.idList(),
    methodIds: t.idList(),
    accountIds: t.idList({ description: 'Lines of the chart of accounts.' }),
    costCenterIds: t.idList(),
    bankAccountIds: t.idList(),
    storeIds: t.idList(),
    walletIds: t.idList({ description: 'Connected accounts.' }),
    search: t.string({
      description: 'Every word must stand in description, number or name of the party; accents do not matter.',
    }),
  }),
});

const withStatus = (statuses: readonly PaymentStatusName[] | null | undefined, today: string): Sql[] =>
  statuses == null || statuses.length === 0
    ? []
    : [
        sql`(${join(
          [...new Set(statuses)].map((status) => hasStatus(status, today)),
          ' OR ',
        )})`,
      ];

/** The filter as conditions over `t`; `today` is the day in São Paulo. */
export const paymentConditions = (filter: typeof PaymentFilter.$inferInput | null | undefined, today: string): Sql[] =>
  filter == null
    ? []
    : [
        ...equals('direction', filter.direction),
        ...withStatus(filter.statuses, today),
        ...between('due_date', 'date', filter.dueFrom, filter.dueTo),
        ...between('paid_at', 'date', filter.paidFrom, filter.paidTo),
        ...between('accrual_date', 'date', filter.accrualFrom, filter.accrualTo),
        ...between('amount', 'numeric', filter.amountMin, filter.amountMax),
        ...idIn('client_id', filter.clientIds),
        ...idIn('sale_id', filter.saleIds),
        ...idIn('method_id', filter.methodIds),
        ...idIn('ledger_account_id', filter.accountIds),
        ...idIn('cost_center_id', filter.costCenterIds),
        ...idIn('bank_account_id', filter.bankAccountIds),
        ...idIn('store_id', filter.storeIds),
        ...idIn('wallet_id', filter.walletIds),
        ...matches(filter.search),
      ];

const COLUMNS = {
  DUE_DATE: { column: 'due_date', type: 'date' },
  PAID_AT: { column: 'paid_at', type: 'date', nullable: true },
  AMOUNT: { column: 'amount', type: 'numeric' },
} as const;

export const PaymentOrder = orderInput(builder, 'PaymentOrder', ['DUE_DATE', 'PAID_AT', 'AMOUNT'], 'ASC');

/** First due first, unless told. */
export const paymentOrder = (order: typeof PaymentOrder.$inferInput | null | undefined): Order => ({
  ...COLUMNS[order?.field ?? 'DUE_DATE'],
  direction: order?.direction ?? 'ASC',
});

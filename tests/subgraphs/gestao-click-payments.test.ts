// Payments: the status of the day in São Paulo, what is hidden, and the filters of receivables and payables.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createErpFixture, type ErpFixture } from '../support/erp-fixture.ts';
import { createErpGraph, type ErpGraph } from '../support/erp-graph.ts';

let database: TestDatabase;
let graph: ErpGraph;
let erp: ErpFixture;

beforeAll(async () => {
  database = await createTestDatabase();
  graph = createErpGraph(database);
  erp = createErpFixture(database);
  const client = erp.client('1', { name: 'João' });
  const sale = erp.sale('9', { client_id: client, date: '2026-01-05' });
  const links = {
    client_id: client,
    sale_id: sale,
    method_id: erp.method('1', { name: 'Boleto Itaú', kind: 'BOLETO' }),
    ledger_account_id: erp.ledgerAccount('1', { code: '1.1', name: 'Vendas', kind: 'CREDIT' }),
    cost_center_id: erp.costCenter('1', { name: 'Loja' }),
    bank_account_id: erp.bankAccount('1', { name: 'Itaú' }),
  };
  erp.payment('late', {
    ...links,
    due_date: '2026-03-09',
    amount: '0.1',
    interest: '0.2',
    fees: '0.0001',
    net_amount: '0.2999',
    accrual_date: '2026-01-05',
    description: 'Venda de nº 9',
    party_kind: 'C',
    party_name: 'João',
  });
  erp.payment('today', { due_date: '2026-03-10', amount: '12345678901234.5678', net_amount: '12345678901234.5678' });
  erp.payment('later', { due_date: '2026-03-11', direction: 'PAYABLE', party_kind: 'F', amount: '50' });
  erp.payment('paid', {
    due_date: '2026-01-01',
    settled: true,
    paid_at: '2026-01-03',
    amount: '100',
    net_amount: '98.5',
    method_id: erp.method('2'),
  });
  erp.payment('plan', { due_date: '2026-03-01', origin: 'INSTALMENT', position: 1, sale_id: erp.id('sale', 'other') });
  erp.payment('hidden', {
    due_date: '2026-03-01',
    origin: 'INSTALMENT',
    visible: false,
    sale_id: sale,
    client_id: client,
  });
  await erp.save();
});
afterAll(() => database.drop());

interface Statuses {
  payments: { totalCount: number; nodes: { externalId: string; status: string; daysOverdue: number | null }[] };
}
const found = async (filter: object | null, on: ErpGraph = graph): Promise<string> => {
  const { payments } = await on.data<Statuses>(
    'query($filter: PaymentFilter) { payments(filter: $filter) { totalCount nodes { externalId status daysOverdue } } }',
    { filter },
  );
  expect(payments.totalCount).toBe(payments.nodes.length);
  return payments.nodes.map(({ externalId }) => externalId).join();
};

test('a receivable knows its status, amounts, accounts, client and sale, in one statement', async () => {
  const { data, statements } = await graph.ask(
    `query Receivables($first: Int = 50, $after: String, $filter: PaymentFilter) {
      payments(first: $first, after: $after, filter: $filter) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { node { id externalId direction status description amount interest discount fees paidAmount netAmount dueDate paidAt accrualDate daysOverdue partyKind partyName
          method { id name kind } account { id code name } costCenter { id name } bankAccount { id name } client { id name } sale { id number date } } }
      }
    }`,
    {
      filter: {
        direction: 'RECEIVABLE',
        statuses: ['OVERDUE'],
        dueFrom: '2026-01-01',
        dueTo: '2026-12-31',
        clientIds: [],
      },
    },
  );
  expect(data).toMatchObject({
    payments: {
      totalCount: 1,
      edges: [
        {
          node: {
            id: erp.id('payment', 'late'),
            externalId: 'late',
            direction: 'RECEIVABLE',
            status: 'OVERDUE',
            description: 'Venda de nº 9',
            amount: '0.10',
            interest: '0.20',
            discount: null,
            fees: '0.0001',
            netAmount: '0.2999',
            paidAmount: null,
            dueDate: '2026-03-09',
            paidAt: null,
            accrualDate: '2026-01-05',
            daysOverdue: 1,
            partyKind: 'CLIENT',
            partyName: 'João',
            method: { id: erp.id('payment_method', '1'), name: 'Boleto Itaú', kind: 'BOLETO' },
            account: { id: erp.id('ledger_account', '1'), code: '1.1', name: 'Vendas' },
            costCenter: { id: erp.id('cost_center', '1'), name: 'Loja' },
            bankAccount: { id: erp.id('bank_account', '1'), name: 'Itaú' },
            client: { id: erp.id('client', '1'), name: 'João' },
            sale: { id: erp.id('sale', '9'), number: '9', date: '2026-01-05' },
          },
        },
      ],
    },
  });
  expect(statements).toHaveLength(1);
});

test('every visible payment has the status of the day; large amounts stay exact', async () => {
  const answer = await graph.data('{ payments { nodes { externalId status daysOverdue paidAmount amount } } }');
  expect(answer).toEqual({
    payments: {
      nodes: [
        { externalId: 'paid', status: 'PAID', daysOverdue: null, paidAmount: '98.50', amount: '100.00' },
        { externalId: 'plan', status: 'PLANNED', daysOverdue: null, paidAmount: null, amount: '100.00' },
        { externalId: 'late', status: 'OVERDUE', daysOverdue: 1, paidAmount: null, amount: '0.10' },
        { externalId: 'today', status: 'OPEN', daysOverdue: null, paidAmount: null, amount: '12345678901234.5678' },
        { externalId: 'later', status: 'OPEN', daysOverdue: null, paidAmount: null, amount: '50.00' },
      ],
    },
  });
});

test.each([
  ['2026-03-10T02:59:59Z', '', 'still the 9th in São Paulo'],
  ['2026-03-10T03:00:00Z', 'late', 'the 10th begins in São Paulo'],
  ['2026-03-11T02:59:59Z', 'late', 'still the 10th'],
  ['2026-03-11T03:00:00Z', 'late,today', 'the 11th begins'],
])('at %s overdue is %j: %s', async (now, expected) => {
  expect(await found({ statuses: ['OVERDUE'] }, createErpGraph(database, now))).toBe(expected);
});

test('the status filter and the status field agree', async () => {
  for (const now of ['2026-01-01T12:00:00Z', '2026-03-10T12:00:00Z', '2026-03-11T12:00:00Z', '2027-01-01T12:00:00Z']) {
    const on = createErpGraph(database, now);
    const { payments } = await on.data<Statuses>('{ payments { totalCount nodes { externalId status daysOverdue } } }');
    for (const status of ['PLANNED', 'OPEN', 'OVERDUE', 'PAID']) {
      expect(await found({ statuses: [status] }, on)).toBe(
        payments.nodes
          .filter((node) => node.status === status)
          .map((node) => node.externalId)
          .join(),
      );
    }
  }
});

test.each<[string, () => object | null]>([
  ['paid,plan,late,today,later', () => null],
  [
    'paid,plan,late,today,later',
    () => ({
      statuses: [],
      clientIds: [],
      saleIds: [],
      methodIds: [],
      accountIds: [],
      costCenterIds: [],
      bankAccountIds: [],
      storeIds: [],
      walletIds: [],
    }),
  ],
  ['later', () => ({ direction: 'PAYABLE' })],
  ['paid,late,today,later', () => ({ statuses: ['PAID', 'OVERDUE', 'OPEN'] })],
  ['late,today', () => ({ dueFrom: '2026-03-09', dueTo: '2026-03-10' })],
  ['paid', () => ({ paidFrom: '2026-01-03', paidTo: '2026-01-03' })],
  ['', () => ({ paidFrom: '2026-01-04' })],
  ['late', () => ({ accrualFrom: '2026-01-05', accrualTo: '2026-01-05' })],
  ['today', () => ({ amountMin: '12345678901234.5678' })],
  ['late', () => ({ amountMax: '0.1' })],
  ['late', () => ({ clientIds: [erp.id('client', '1')] })],
  ['late', () => ({ saleIds: [erp.id('sale', '9')] })],
  ['late', () => ({ methodIds: [erp.id('payment_method', '1')] })],
  [
    'late',
    () => ({
      accountIds: [erp.id('ledger_account', '1')],
      costCenterIds: [erp.id('cost_center', '1')],
      bankAccountIds: [erp.id('bank_account', '1')],
    }),
  ],
  ['', () => ({ storeIds: [erp.id('store', '1')] })],
  ['late', () => ({ search: 'venda Nº 9' })],
])('the filter finds %j', async (expected, filter) => {
  expect(await found(filter())).toBe(expected);
});

test('an instalment that the ERP has replaced shows nowhere', async () => {
  const answer = await graph.data(
    'query($sale: ID!, $client: ID!, $payment: ID!) { sale(id: $sale) { payments { externalId } } client(id: $client) { payments { totalCount nodes { externalId } } } payment(id: $payment) { id } _entities(representations: [{ __typename: "Payment", id: $payment }]) { __typename } }',
    { sale: erp.id('sale', '9'), client: erp.id('client', '1'), payment: erp.id('payment', 'hidden') },
  );
  expect(answer).toEqual({
    sale: { payments: [{ externalId: 'late' }] },
    client: { payments: { totalCount: 1, nodes: [{ externalId: 'late' }] } },
    payment: null,
    _entities: [null],
  });
});

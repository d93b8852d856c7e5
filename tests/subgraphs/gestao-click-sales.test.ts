// Sales in the ERP's part of the graph: the main query answers with the rows of the database, in one statement.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openErpCompany } from '../support/erp-company.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createErpFixture, type ErpFixture } from '../support/erp-fixture.ts';
import { createErpGraph, type ErpGraph } from '../support/erp-graph.ts';

let database: TestDatabase;
let graph: ErpGraph;
let erp: ErpFixture;

const MAIN = /* GraphQL */ `
  query Sales($first: Int = 50, $after: String, $filter: SaleFilter, $orderBy: SaleOrder) {
    sales(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      edges {
        cursor
        node {
          id
          externalId
          number
          kind
          date
          status {
            id
            name
            outcome
          }
          total
          discount
          freight
          channel
          store {
            id
            name
          }
          items {
            kind
            description
            quantity
            unitPrice
            discount
            total
            product {
              id
              name
            }
          }
          client {
            id
            name
            kind
            document
            email
            phones
          }
          salesperson {
            id
            name
            email
            document
          }
          payments {
            id
            status
            dueDate
            amount
            paidAt
            paidAmount
            method {
              id
              name
              kind
            }
          }
          customFields {
            name
            type
            text
          }
          syncedAt
        }
      }
    }
  }
`;

beforeAll(async () => {
  ({ database, graph, erp } = await openErpCompany());
});
afterAll(() => database.drop());

test('the main query answers with the sale and everything that hangs on it', async () => {
  const { data, statements } = await graph.ask<{ sales: { edges: { cursor: string; node: object }[] } }>(MAIN);
  const [third, second, first] = data.sales.edges.map(({ node }) => node);
  expect(data.sales).toMatchObject({
    totalCount: 3,
    pageInfo: {
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: data.sales.edges[0]?.cursor,
      endCursor: data.sales.edges[2]?.cursor,
    },
  });
  expect(first).toEqual({
    id: erp.id('sale', '100'),
    externalId: '100',
    number: '100',
    kind: 'PRODUCT',
    date: '2026-02-01',
    status: { id: erp.id('sale_status', '10'), name: 'Concretizada', outcome: 'CONFIRMED' },
    total: '1238.50',
    discount: '0.10',
    freight: '12.3456',
    channel: 'Balcão',
    store: { id: erp.id('store', '1'), name: 'Matriz' },
    items: [
      {
        kind: 'PRODUCT',
        description: 'Pão',
        quantity: '2.50',
        unitPrice: '238.00',
        discount: null,
        total: '595.00',
        product: { id: erp.id('product', 'p1'), name: 'Pão Francês' },
      },
      {
        kind: 'SERVICE',
        description: 'Entrega',
        quantity: '1.00',
        unitPrice: '10.00',
        discount: '1.50',
        total: '10.00',
        product: null,
      },
      {
        kind: 'PRODUCT',
        description: 'Some product',
        quantity: '1.00',
        unitPrice: '10.00',
        discount: null,
        total: '10.00',
        product: null,
      },
    ],
    client: {
      id: erp.id('client', 'c1'),
      name: 'Padaria do João',
      kind: 'COMPANY',
      document: '12ABC34501DE35',
      email: 'joao@padaria.com.br',
      phones: ['+5511987654321'],
    },
    salesperson: {
      id: erp.id('salesperson', 'v1'),
      name: 'Ana Souza',
      email: 'ana@loja.com.br',
      document: '12345678909',
    },
    payments: [
      {
        id: erp.id('payment', 't1'),
        status: 'PAID',
        dueDate: '2026-02-05',
        amount: '638.50',
        paidAt: '2026-02-04',
        paidAmount: '630.25',
        method: { id: erp.id('payment_method', '5'), name: 'PIX', kind: 'PIX' },
      },
      {
        id: erp.id('payment', 't2'),
        status: 'OVERDUE',
        dueDate: '2026-03-05',
        amount: '600.00',
        paidAt: null,
        paidAmount: null,
        method: { id: erp.id('payment_method', '5'), name: 'PIX', kind: 'PIX' },
      },
    ],
    customFields: [
      { name: 'Entregador', type: 'texto', text: 'Zé' },
      { name: 'Turno', type: 'texto', text: 'manhã' },
    ],
    syncedAt: '2026-03-01T12:00:00.123Z',
  });
  expect(second).toMatchObject({
    number: '101',
    status: null,
    store: null,
    items: [],
    payments: [
      { status: 'PLANNED', dueDate: '2026-01-20' },
      { status: 'PLANNED', dueDate: '2026-02-20' },
    ],
  });
  expect(third, 'a client that has not arrived is null').toMatchObject({
    number: '102',
    client: null,
    salesperson: null,
    total: '0.00',
  });
  // the page with its count and all lists
  expect(statements).toHaveLength(1);
});

test('the number of statements of the main query does not grow with the rows', async () => {
  const other = await createTestDatabase();
  try {
    const large = createErpFixture(other);
    const counts: number[] = [];
    for (const [from, to] of [
      [0, 1],
      [1, 60],
    ] as const) {
      for (let n = from; n < to; n++) {
        const sale = large.sale(`${n}`, {
          client_id: large.client(`c${n}`),
          salesperson_id: large.salesperson(`v${n}`),
          status_id: large.status(`s${n}`),
          store_id: large.store(`l${n}`),
        });
        large.items(sale, [{ product_id: large.product(`p${n}`) }, { product_id: large.id('product', 'p0') }]);
        large.payment(`t${n}`, { sale_id: sale, method_id: large.method(`m${n}`) });
        large.extraFields('SALE', sale, { Turno: 'tarde' });
      }
      await large.save();
      const { data, statements, errors } = await createErpGraph(other).ask<{
        sales: { edges: { node: { client: object; items: { product: object }[] } }[] };
      }>(MAIN);
      expect(errors).toEqual([]);
      expect(data.sales.edges).toHaveLength(Math.min(to, 50));
      expect(data.sales.edges[0]?.node.items[0]?.product).not.toBeNull();
      counts.push(statements.length);
    }
    expect(counts).toEqual([1, 1]);
  } finally {
    await other.drop();
  }
});

test('a statement reads only what is selected', async () => {
  const bare = await graph.ask('{ sales { edges { node { number } } } }');
  expect(bare.statements).toHaveLength(1);
  expect(bare.statements[0]).not.toMatch(/metadata|notes|JOIN|count/);
  const joined = await graph.ask(
    'query($c: Boolean!) { sales { nodes { client @include(if: $c) { name } status @skip(if: true) { name } } edges { node { ...S } } } } fragment S on Sale { metadata store { id } }',
    { c: true },
  );
  expect(joined.statements).toHaveLength(1);
  expect(joined.statements[0]).toMatch(/"client"\.name/);
  expect(joined.statements[0]).toMatch(/metadata/);
  expect(joined.statements[0]).toMatch(/JOIN gestao_click\.store/);
  expect(joined.statements[0]).not.toMatch(/sale_status|product|"client"\.email/);
  const counted = await graph.ask('{ sales { totalCount totalCountExact } }');
  expect(counted.data).toEqual({ sales: { totalCount: 3, totalCountExact: true } });
  expect(counted.statements).toHaveLength(1);
});

// The ERP's part of the graph: every operation answers with the rows of the database, in a fixed number of statements.
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  database = await createTestDatabase();
  graph = createErpGraph(database);
  erp = createErpFixture(database);
  const store = erp.store('1', { name: 'Matriz' });
  const confirmed = erp.status('10', { name: 'Concretizada', outcome: 'CONFIRMED', is_default: true });
  const pix = erp.method('5', { name: 'PIX', kind: 'PIX' });
  const bread = erp.product('p1', { name: 'Pão Francês', code: 'PF' });
  erp.product('p2', { name: 'Bolo', active: false });
  const delivery = erp.service('s1', { name: 'Entrega' });
  const client = erp.client('c1', {
    name: 'Padaria do João',
    kind: 'COMPANY',
    document: '12ABC34501DE35',
    email: 'joao@padaria.com.br',
    phones: ['+5511987654321'],
  });
  erp.extraFields('CLIENT', client, { Região: 'Sul' });
  const seller = erp.salesperson('v1', { name: 'Ana Souza', email: 'ana@loja.com.br', document: '12345678909' });
  erp.salesperson('v2', { name: 'Bruno Lima', active: false, source: 'SALE' });
  const people = {
    client_id: client,
    client_name: 'Padaria do João',
    salesperson_id: seller,
    salesperson_name: 'Ana Souza',
  };
  const sale = erp.sale('100', {
    ...people,
    date: '2026-02-01',
    status_id: confirmed,
    store_id: store,
    total: '1238.5',
    discount: '0.1',
    freight: '12.3456',
    channel: 'Balcão',
    launched: true,
  });
  erp.items(sale, [
    { product_id: bread, description: 'Pão', quantity: '2.500000', unit_price: '238.0000', total: '595' },
    { kind: 'SERVICE', service_id: delivery, description: 'Entrega', discount: '1.5' },
    { product_id: erp.id('product', 'never arrived'), description: 'Some product' },
  ]);
  erp.payment('t2', { sale_id: sale, client_id: client, method_id: pix, due_date: '2026-03-05', amount: '600' });
  erp.payment('t1', {
    sale_id: sale,
    client_id: client,
    method_id: pix,
    due_date: '2026-02-05',
    amount: '638.5',
    settled: true,
    paid_at: '2026-02-04',
    net_amount: '630.25',
  });
  erp.payment('i1', { sale_id: sale, origin: 'INSTALMENT', visible: false, position: 1, due_date: '2026-01-01' });
  erp.extraFields('SALE', sale, { Entregador: 'Zé', Turno: 'manhã' });
  const planned = erp.sale('101', { ...people, date: '2026-02-02', total: '200' });
  erp.payment('i3', { sale_id: planned, origin: 'INSTALMENT', position: 2, due_date: '2026-02-20', amount: '100' });
  erp.payment('i2', { sale_id: planned, origin: 'INSTALMENT', position: 1, due_date: '2026-01-20', amount: '100' });
  erp.sale('102', { date: '2026-02-03', client_id: erp.id('client', 'gone'), client_name: 'Someone', total: '0' });
  const parent = erp.ledgerAccount('1', { code: '1', name: 'Receitas', kind: 'CREDIT' });
  erp.ledgerAccount('2', { code: '1.1', name: 'Vendas', kind: 'CREDIT', parent_id: parent });
  erp.ledgerAccount('3', { name: 'Outras', parent_id: erp.id('ledger_account', 'gone') });
  erp.costCenter('1', { name: 'Loja' });
  erp.bankAccount('1', { name: 'Banco do Brasil' });
  const quote = erp.quote('q1', { client_id: client, salesperson_id: seller, store_id: store, total: '77.7' });
  erp.quoteItems(quote, [{ product_id: bread, description: 'Pão' }]);
  erp.quote('q2', { date: '2026-02-10' });
  erp.definition('d1', { name: 'Turno', options: ['manhã', 'tarde'] });
  erp.definition('d2', { name: 'Região', owner_type: 'CLIENT' });
  await erp.save();
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

test('single records are found by id, with their links and the record of the provider', async () => {
  const ids = {
    sale: erp.id('sale', '100'),
    client: erp.id('client', 'c1'),
    seller: erp.id('salesperson', 'v1'),
    payment: erp.id('payment', 't1'),
  };
  const answer = await graph.data(
    `query($sale: ID!, $client: ID!, $seller: ID!, $payment: ID!, $product: ID!, $service: ID!, $quote: ID!) {
      sale(id: $sale) { id number total client { id name } salesperson { id name } items { service { name } } metadata syncedAt }
      client(id: $client) { name metadata customFields { name text } walletId }
      salesperson(id: $seller) { name source }
      payment(id: $payment) { description status sale { id number date } }
      product(id: $product) { name code price }
      service(id: $service) { name price }
      quote(id: $quote) { number total items { product { name } } client { name } }
    }`,
    { ...ids, product: erp.id('product', 'p1'), service: erp.id('service', 's1'), quote: erp.id('quote', 'q1') },
  );
  expect(answer).toEqual({
    sale: {
      id: ids.sale,
      number: '100',
      total: '1238.50',
      client: { id: ids.client, name: 'Padaria do João' },
      salesperson: { id: ids.seller, name: 'Ana Souza' },
      items: [{ service: null }, { service: { name: 'Entrega' } }, { service: null }],
      metadata: { id: '100', of: 'sale' },
      syncedAt: '2026-03-01T12:00:00.123Z',
    },
    client: {
      name: 'Padaria do João',
      metadata: { id: 'c1', of: 'client' },
      customFields: [{ name: 'Região', text: 'Sul' }],
      walletId: erp.wallet,
    },
    salesperson: { name: 'Ana Souza', source: 'USER' },
    payment: { description: null, status: 'PAID', sale: { id: ids.sale, number: '100', date: '2026-02-01' } },
    product: { name: 'Pão Francês', code: 'PF', price: '10.00' },
    service: { name: 'Entrega', price: '20.00' },
    quote: {
      number: 'q1',
      total: '77.70',
      items: [{ product: { name: 'Pão Francês' } }],
      client: { name: 'Padaria do João' },
    },
  });
});

test.each(['no-uuid', '', '%', '00000000-0000-4000-8000-000000000000'])(
  'nothing stands under the id %j, and that is no error',
  async (id) => {
    const answer = await graph.data(
      `query($id: ID!) { sale(id: $id) { id } client(id: $id) { id } salesperson(id: $id) { id } payment(id: $id) { id } product(id: $id) { id }
      service(id: $id) { id } quote(id: $id) { id } sales(filter: { clientIds: [$id] }) { totalCount nodes { id } } payments(filter: { saleIds: [$id] }) { totalCount } }`,
      { id },
    );
    expect(answer).toEqual({
      sale: null,
      client: null,
      salesperson: null,
      payment: null,
      product: null,
      service: null,
      quote: null,
      sales: { totalCount: 0, nodes: [] },
      payments: { totalCount: 0 },
    });
  },
);

test('clients and salespeople know their sales, all of a page in one statement', async () => {
  const { data, statements } = await graph.ask(
    '{ clients(first: 20, filter: { search: "padaria" }) { totalCount edges { node { id name document email phones sales(first: 1) { totalCount totalCountExact pageInfo { hasNextPage } edges { node { number total date } } } } } } }',
  );
  expect(data).toEqual({
    clients: {
      totalCount: 1,
      edges: [
        {
          node: {
            id: erp.id('client', 'c1'),
            name: 'Padaria do João',
            document: '12ABC34501DE35',
            email: 'joao@padaria.com.br',
            phones: ['+5511987654321'],
            sales: {
              totalCount: 2,
              totalCountExact: true,
              pageInfo: { hasNextPage: true },
              edges: [{ node: { number: '101', total: '200.00', date: '2026-02-02' } }],
            },
          },
        },
      ],
    },
  });
  expect(statements).toHaveLength(2);
  const people = await graph.ask(
    '{ salespeople(first: 50) { edges { node { name email active sales(first: 1) { totalCount } } } } }',
  );
  expect(people.data).toEqual({
    salespeople: {
      edges: [
        { node: { name: 'Ana Souza', email: 'ana@loja.com.br', active: true, sales: { totalCount: 2 } } },
        { node: { name: 'Bruno Lima', email: null, active: false, sales: { totalCount: 0 } } },
      ],
    },
  });
  expect(people.statements).toHaveLength(2);
});

test('the small tables come whole, in order', async () => {
  expect(
    await graph.data(`{
      ledgerAccounts { code name kind parent { id } }
      costCenters { id name } bankAccounts { name syncedAt metadata } paymentMethods { name kind } stores { name } saleStatuses { name outcome isDefault }
      extraFieldDefinitions(owner: SALE) { name owner options } all: extraFieldDefinitions { name }
    }`),
  ).toEqual({
    ledgerAccounts: [
      { code: '1', name: 'Receitas', kind: 'CREDIT', parent: null },
      { code: '1.1', name: 'Vendas', kind: 'CREDIT', parent: { id: erp.id('ledger_account', '1') } },
      { code: null, name: 'Outras', kind: 'DEBIT', parent: null },
    ],
    costCenters: [{ id: erp.id('cost_center', '1'), name: 'Loja' }],
    bankAccounts: [
      { name: 'Banco do Brasil', syncedAt: '2026-03-01T12:00:00.123Z', metadata: { id: '1', of: 'bank_account' } },
    ],
    paymentMethods: [{ name: 'PIX', kind: 'PIX' }],
    stores: [{ name: 'Matriz' }],
    saleStatuses: [{ name: 'Concretizada', outcome: 'CONFIRMED', isDefault: true }],
    extraFieldDefinitions: [{ name: 'Turno', owner: 'SALE', options: ['manhã', 'tarde'] }],
    all: [{ name: 'Região' }, { name: 'Turno' }],
  });
});

test('products, services and quotes are lists of their own', async () => {
  expect(
    await graph.data(`{
      products { totalCount nodes { name active } } bread: products(filter: { search: "PAO", active: true }) { nodes { name stock barcode } }
      services { nodes { name } } quotes { totalCount nodes { number date total validFor store { name } salesperson { name } items { total } } }
      some: quotes(filter: { dateTo: "2026-01-31", kinds: [PRODUCT], totalMin: "77.70" }) { nodes { number } }
    }`),
  ).toEqual({
    products: {
      totalCount: 2,
      nodes: [
        { name: 'Bolo', active: false },
        { name: 'Pão Francês', active: true },
      ],
    },
    bread: { nodes: [{ name: 'Pão Francês', stock: null, barcode: null }] },
    services: { nodes: [{ name: 'Entrega' }] },
    quotes: {
      totalCount: 2,
      nodes: [
        { number: 'q2', date: '2026-02-10', total: '50.00', validFor: null, store: null, salesperson: null, items: [] },
        {
          number: 'q1',
          date: '2026-01-10',
          total: '77.70',
          validFor: null,
          store: { name: 'Matriz' },
          salesperson: { name: 'Ana Souza' },
          items: [{ total: '10.00' }],
        },
      ],
    },
    some: { nodes: [{ number: 'q1' }] },
  });
});

test('references of other subgraphs are answered in one statement for each type', async () => {
  const representations = [
    { __typename: 'Sale', id: erp.id('sale', '100') },
    { __typename: 'Client', id: erp.id('client', 'c1') },
    { __typename: 'Sale', id: erp.id('sale', 'gone') },
    { __typename: 'Salesperson', id: erp.id('salesperson', 'v2') },
    { __typename: 'Sale', id: erp.id('sale', '101') },
    { __typename: 'Payment', id: erp.id('payment', 't1') },
    { __typename: 'Client', id: 'no-uuid' },
    { __typename: 'Sale', id: erp.id('sale', '100') },
  ];
  const { data, errors, statements } = await graph.ask(
    `query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Sale { number } ... on Client { name sales(first: 3) { totalCount nodes { number } } }
      ... on Salesperson { name sales(first: 3) { totalCount } } ... on Payment { amount } } }`,
    { r: representations },
  );
  expect(errors).toEqual([]);
  expect(data).toEqual({
    _entities: [
      { __typename: 'Sale', number: '100' },
      {
        __typename: 'Client',
        name: 'Padaria do João',
        sales: { totalCount: 2, nodes: [{ number: '101' }, { number: '100' }] },
      },
      null,
      { __typename: 'Salesperson', name: 'Bruno Lima', sales: { totalCount: 0 } },
      { __typename: 'Sale', number: '101' },
      { __typename: 'Payment', amount: '638.50' },
      null,
      { __typename: 'Sale', number: '100' },
    ],
  });
  expect(statements).toHaveLength(6);
});

test('an id is the same in upper case', async () => {
  expect(
    await graph.data('query($id: ID!) { sale(id: $id) { number } }', { id: erp.id('sale', '100').toUpperCase() }),
  ).toEqual({ sale: { number: '100' } });
});

test('the SDL declares its entities and shares what other subgraphs declare too', () => {
  const { sdl, name } = graph.subgraph;
  expect(name).toBe('gestao-click');
  for (const type of [
    'Sale',
    'Client',
    'Salesperson',
    'Payment',
    'Product',
    'Service',
    'Store',
    'Quote',
    'SaleStatus',
  ]) {
    expect(sdl).toMatch(new RegExp(`type ${type}\\s+@key\\(fields: "id"\\)`));
  }
  expect(sdl).toMatch(/type PageInfo\s+@shareable/);
  expect(sdl).toContain('https://specs.apollo.dev/federation/v2.6');
  expect(sdl).toMatch(/syncedAt: DateTime!/);
  expect(sdl).toContain('metadata: JSONObject @requiresScopes(scopes: [["admin"]])\n');
});

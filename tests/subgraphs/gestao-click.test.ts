// The ERP's part of the graph beside its sales: every operation answers with the rows of the database, in a fixed number of statements.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openErpCompany } from '../support/erp-company.ts';
import type { TestDatabase } from '../support/database.ts';
import type { ErpFixture } from '../support/erp-fixture.ts';
import type { ErpGraph } from '../support/erp-graph.ts';

let database: TestDatabase;
let graph: ErpGraph;
let erp: ErpFixture;

beforeAll(async () => {
  ({ database, graph, erp } = await openErpCompany());
});
afterAll(() => database.drop());

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

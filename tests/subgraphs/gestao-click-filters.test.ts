// Filters: each condition of each list, alone and together; what is absent or empty restricts nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createErpFixture, type ErpFixture } from '../support/erp-fixture.ts';
import { createErpGraph, type ErpGraph } from '../support/erp-graph.ts';

let database: TestDatabase;
let graph: ErpGraph;
let erp: ErpFixture;
const id = (type: string, externalId: string): string => erp.id(type, externalId);

beforeAll(async () => {
  database = await createTestDatabase();
  graph = createErpGraph(database);
  erp = createErpFixture(database);
  const open = erp.status('1', { outcome: 'OPEN' });
  const confirmed = erp.status('2', { outcome: 'CONFIRMED' });
  const cancelled = erp.status('3', { outcome: 'CANCELLED' });
  const clients = [
    erp.client('1', {
      name: 'João da Silva',
      document: '12345678909',
      email: 'joao@x.com',
      phones: ['(11) 98765-4321'],
    }),
    erp.client('2', { name: 'Padaria 100% Pão', kind: 'COMPANY', document: '12ABC34501DE35' }),
    erp.client('3', { name: 'Juan_Perez', kind: 'FOREIGNER', active: false }),
  ];
  const [a, b, c] = clients;
  erp.salesperson('1', { name: 'José Antônio' });
  erp.salesperson('2', { name: 'Maria', active: false });
  const common = { salesperson_id: erp.id('salesperson', '1'), store_id: erp.store('1') };
  erp.sale('1', {
    ...common,
    date: '2026-01-01',
    total: '10.00',
    client_id: a,
    client_name: 'João da Silva',
    status_id: open,
    channel: 'Site',
    source_updated_at: '2026-01-01T10:00:00Z',
  });
  erp.sale('2', {
    ...common,
    date: '2026-01-02',
    total: '100.00',
    client_id: b,
    client_name: 'Padaria 100% Pão',
    status_id: confirmed,
    kind: 'SERVICE',
    source_updated_at: '2026-01-02T10:00:00Z',
  });
  erp.sale('3', {
    date: '2026-01-03',
    total: '99.9999',
    client_id: c,
    client_name: 'Juan_Perez',
    status_id: cancelled,
    kind: 'COUNTER',
    store_id: erp.store('2'),
    source_updated_at: '2026-01-03T10:00:00Z',
  });
  erp.sale('4', {
    date: '2026-01-04',
    total: '-5',
    client_id: a,
    status_id: erp.id('sale_status', 'gone'),
    source_updated_at: '2026-01-04T10:00:00Z',
  });
  erp.extraFields('SALE', erp.id('sale', '1'), { Turno: 'manhã', Origem: 'Site' });
  erp.extraFields('SALE', erp.id('sale', '2'), { Turno: 'tarde' });
  erp.extraFields('CLIENT', erp.id('client', '2'), { Turno: 'manhã' });
  await erp.save();
});
afterAll(() => database.drop());

interface Numbers {
  list: { totalCount: number; nodes: { externalId: string }[] };
}
const found = async (list: string, type: string, filter: object | null): Promise<string> => {
  const { list: answer } = await graph.data<Numbers>(
    `query($filter: ${type}) { list: ${list}(filter: $filter) { totalCount nodes { externalId } } }`,
    { filter },
  );
  expect(answer.totalCount).toBe(answer.nodes.length);
  return answer.nodes
    .map(({ externalId }) => externalId)
    .sort()
    .join();
};

describe('sales', () => {
  const EMPTY_LISTS = {
    salespersonIds: [],
    clientIds: [],
    statusIds: [],
    statusOutcomes: [],
    kinds: [],
    storeIds: [],
    walletIds: [],
    customFields: [],
  };
  test.each<[string, () => object | null]>([
    ['1,2,3,4', () => null],
    ['1,2,3,4', () => ({})],
    ['1,2,3,4', () => EMPTY_LISTS],
    ['1,2,3,4', () => ({ search: '  ' })],
    ['1,2,3,4', () => ({ dateFrom: null, totalMin: null, search: null, kinds: null })],
    ['2,3', () => ({ dateFrom: '2026-01-02', dateTo: '2026-01-03' })],
    ['2', () => ({ totalMin: '100.00' })],
    ['1,4', () => ({ totalMax: '10' })],
    ['3', () => ({ totalMin: '99.9999', totalMax: 99.9999 + '' })],
    ['4', () => ({ totalMax: -1 })],
    ['1,4', () => ({ clientIds: [id('client', '1')] })],
    ['1,2,4', () => ({ clientIds: [id('client', '1'), id('client', '2'), 'nonsense'] })],
    ['', () => ({ clientIds: ['nonsense'] })],
    ['1,2', () => ({ salespersonIds: [id('salesperson', '1')] })],
    ['2', () => ({ statusOutcomes: ['CONFIRMED'] })],
    ['1,3', () => ({ statusOutcomes: ['OPEN', 'CANCELLED'] })],
    ['3', () => ({ statusIds: [id('sale_status', '3')] })],
    ['1,4', () => ({ kinds: ['PRODUCT'] })],
    ['2,3', () => ({ kinds: ['SERVICE', 'COUNTER'] })],
    ['3', () => ({ storeIds: [id('store', '2')] })],
    ['1', () => ({ channel: 'Site' })],
    ['', () => ({ channel: 'site' })],
    ['', () => ({ channel: '\0' })],
    ['1,2,3,4', () => ({ walletIds: [erp.wallet] })],
    ['', () => ({ walletIds: ['00000000-0000-4000-8000-000000000000'] })],
    ['2,3', () => ({ updatedFrom: '2026-01-02T07:00:00-03:00', updatedTo: '2026-01-03T10:00:00Z' })],
    ['1', () => ({ customFields: [{ name: 'Turno', equals: 'manhã' }] })],
    [
      '1',
      () => ({
        customFields: [
          { name: 'Turno', equals: 'manhã' },
          { name: 'Origem', equals: 'Site' },
        ],
      }),
    ],
    [
      '',
      () => ({
        customFields: [
          { name: 'Turno', equals: 'tarde' },
          { name: 'Origem', equals: 'Site' },
        ],
      }),
    ],
    ['', () => ({ customFields: [{ name: 'Turno', equals: '\0' }] })],
    ['1', () => ({ search: 'JOAO  silva' })],
    ['2', () => ({ search: '100%' })],
    ['3', () => ({ search: 'n_p' })],
    ['', () => ({ search: 'joao padaria' })],
    ['1', () => ({ search: "joão'; DROP TABLE gestao_click.sale; --".slice(0, 4) })],
    ['', () => ({ search: "'; DROP" })],
    [
      '2',
      () => ({
        dateFrom: '2026-01-01',
        dateTo: '2026-12-31',
        statusOutcomes: ['CONFIRMED'],
        kinds: ['SERVICE'],
        totalMin: '100.00',
        search: 'padaria',
        clientIds: [],
      }),
    ],
  ])('%j', async (expected, filter) => {
    expect(await found('sales', 'SaleFilter', filter())).toBe(expected);
  });

  test('the same filter serves the sales of a client', async () => {
    const answer = await graph.data(
      'query($id: ID!) { client(id: $id) { sales(filter: { totalMax: "0" }) { totalCount nodes { number } } oldest: sales(first: 1, orderBy: { field: DATE, direction: ASC }) { nodes { number } } } }',
      { id: id('client', '1') },
    );
    expect(answer).toEqual({
      client: { sales: { totalCount: 1, nodes: [{ number: '4' }] }, oldest: { nodes: [{ number: '1' }] } },
    });
  });
});

describe('clients', () => {
  test.each<[string, () => object | null]>([
    ['1,2,3', () => null],
    ['1,2,3', () => ({ kinds: [], ids: [], walletIds: [], customFields: [] })],
    ['1', () => ({ search: 'silva JOÃO' })],
    ['1', () => ({ search: '123.456.789-09' })],
    ['1', () => ({ search: '12345678909' })],
    ['1', () => ({ search: '+55 11 98765-4321' })],
    ['1', () => ({ search: '987654321' })],
    ['1', () => ({ search: 'joao@x.com' })],
    ['2', () => ({ search: '12.ABC.345/01DE-35' })],
    ['2', () => ({ search: '100% pao' })],
    ['3', () => ({ search: 'juan_' })],
    ['', () => ({ search: 'juan%perez' })],
    ['', () => ({ search: 'juan\\' })],
    ['2,3', () => ({ kinds: ['COMPANY', 'FOREIGNER'] })],
    ['3', () => ({ active: false })],
    ['1,2', () => ({ active: true })],
    ['1', () => ({ document: '123.456.789-09' })],
    ['2', () => ({ document: '12abc34501de35' })],
    ['', () => ({ document: '1' })],
    ['1,3', () => ({ ids: [id('client', '1'), id('client', '3')] })],
    ['2', () => ({ customFields: [{ name: 'Turno', equals: 'manhã' }] })],
    ['', () => ({ customFields: [{ name: 'Origem', equals: 'Site' }] })],
  ])('%j', async (expected, filter) => {
    expect(await found('clients', 'ClientFilter', filter())).toBe(expected);
  });
});

test.each<[string, object]>([
  ['1', { search: 'antonio jose' }],
  ['2', { active: false }],
  ['1,2', { walletIds: [] }],
])('salespeople %j', async (expected, filter) => {
  expect(await found('salespeople', 'SalespersonFilter', filter)).toBe(expected);
});

test.each<[object, RegExp]>([
  [{ dateFrom: '2026-02-30' }, /Date must be a day written YYYY-MM-DD/],
  [{ dateFrom: '01/02/2026' }, /YYYY-MM-DD/],
  [{ dateFrom: 20260101 }, /YYYY-MM-DD/],
  [{ updatedFrom: '2026-01-01' }, /DateTime must be ISO 8601 with its offset/],
  [{ updatedFrom: '2026-01-01T10:00:00' }, /with its offset/],
  [{ totalMin: 1.5 }, /Decimal must be a decimal number in a string/],
  [{ totalMin: '1,50' }, /Decimal must be/],
  [{ totalMin: '1e5' }, /Decimal must be/],
  [{ kinds: ['NOTHING'] }, /SaleKind/],
  [{ unknown: 1 }, /unknown/],
])('a wrong filter %j is BAD_USER_INPUT with a clear message', async (filter, message) => {
  const { codes, errors } = await graph.ask('query($filter: SaleFilter) { sales(filter: $filter) { totalCount } }', {
    filter,
  });
  expect(codes).toEqual(['BAD_USER_INPUT']);
  expect(errors[0]?.message).toMatch(message);
});

test('values written into the query are checked alike', async () => {
  const ask = (filter: string) => graph.ask(`{ sales(filter: ${filter}) { totalCount } }`);
  expect((await ask('{ totalMin: "100", totalMax: 100, dateFrom: "2026-01-02" }')).data).toEqual({
    sales: { totalCount: 1 },
  });
  expect((await ask('{ totalMin: 1.5 }')).errors[0]?.message).toMatch(/write "1.5"/);
  expect((await ask('{ dateFrom: "yesterday" }')).codes).toEqual(['BAD_USER_INPUT']);
  expect((await graph.ask('{ sales { nothing } }')).codes).toEqual(['GRAPHQL_VALIDATION_FAILED']);
});

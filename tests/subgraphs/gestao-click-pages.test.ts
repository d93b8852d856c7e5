// Paging: whatever the order, the page size and the direction, the pages put together are the whole list, once each.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordId, walletId } from '../../lib/ids.ts';
import { sql } from '../../lib/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createErpFixture, type ErpFixture } from '../support/erp-fixture.ts';
import { createErpGraph, type ErpGraph } from '../support/erp-graph.ts';

let database: TestDatabase;
let graph: ErpGraph;
let erp: ErpFixture;

interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}
interface List {
  totalCount: number;
  pageInfo: PageInfo;
  edges: { cursor: string; node: { id: string } }[];
}
type Variables = Record<string, unknown>;

const FIELDS = 'totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }';
const ARGS = '$first: Int, $after: String, $last: Int, $before: String';
const PASSED = 'first: $first, after: $after, last: $last, before: $before';
const SALES = `query(${ARGS}, $offset: Int, $orderBy: SaleOrder) { list: sales(${PASSED}, offset: $offset, orderBy: $orderBy) { ${FIELDS} } }`;
const PAYMENTS = `query(${ARGS}, $orderBy: PaymentOrder) { list: payments(${PASSED}, orderBy: $orderBy) { ${FIELDS} } }`;
const CLIENTS = `query(${ARGS}, $offset: Int) { list: clients(${PASSED}, offset: $offset) { ${FIELDS} } }`;
const NESTED = `query($id: ID!, ${ARGS}, $orderBy: PaymentOrder) { client(id: $id) { list: payments(${PASSED}, orderBy: $orderBy) { ${FIELDS} } } }`;

const SALE_COUNT = 23;
const PAYMENT_COUNT = 19;

beforeAll(async () => {
  database = await createTestDatabase();
  graph = createErpGraph(database);
  erp = createErpFixture(database);
  const client = erp.client('owner', { name: 'B' });
  for (let n = 0; n < SALE_COUNT; n++) {
    erp.sale(`${n % 4}`.padStart(n, '0'), {
      number_value: `${n % 4}`,
      total: `${(n % 3) * 10}.00`,
      date: `2026-01-0${1 + (n % 5)}`,
      source_updated_at: `2026-01-01T00:00:00.00${n % 7}Z`,
    });
  }
  for (let n = 0; n < PAYMENT_COUNT; n++) {
    erp.payment(`${n}`, {
      client_id: client,
      amount: `${n % 2}.5`,
      due_date: `2026-01-0${1 + (n % 3)}`,
      paid_at: n % 3 === 0 ? null : `2026-02-0${1 + (n % 2)}`,
      settled: n % 3 !== 0,
    });
  }
  ['A', 'Á', 'a', 'B', 'b', 'B', 'C', '%'].forEach((name, n) => erp.client(`${n}`, { name }));
  await erp.save();
});
afterAll(() => database.drop());

async function page(query: string, variables: Variables): Promise<List> {
  const data = await graph.data<{ list?: List; client?: { list: List } }>(query, variables);
  const list = data.list ?? data.client?.list;
  if (list === undefined) throw new Error('no list in the answer');
  return list;
}
const idsOf = (list: List): string[] => list.edges.map(({ node }) => node.id);

/** All pages, from the start or from the end, with page info checked on the way. */
async function walk(
  query: string,
  size: number,
  way: 'forward' | 'backward',
  variables: Variables,
  length: number,
): Promise<string[]> {
  const forward = way === 'forward';
  let found: string[] = [];
  let cursor: string | null = null;
  for (let step = 0; step <= length; step++) {
    const list: List = await page(query, {
      ...variables,
      ...(forward ? { first: size, after: cursor } : { last: size, before: cursor }),
    });
    const ids = idsOf(list);
    found = forward ? [...found, ...ids] : [...ids, ...found];
    expect(list.totalCount).toBe(length);
    expect(list.pageInfo.startCursor).toBe(list.edges[0]?.cursor);
    expect(list.pageInfo.endCursor).toBe(list.edges.at(-1)?.cursor);
    expect(list.pageInfo.hasNextPage).toBe(forward ? found.length < length : step > 0);
    expect(list.pageInfo.hasPreviousPage).toBe(forward ? step > 0 : found.length < length);
    cursor = forward ? list.pageInfo.endCursor : list.pageInfo.startCursor;
    if (!(forward ? list.pageInfo.hasNextPage : list.pageInfo.hasPreviousPage)) return found;
  }
  throw new Error('the list never ends');
}

const saleOrders = ['DATE', 'TOTAL', 'NUMBER', 'UPDATED_AT'].flatMap((field) =>
  ['ASC', 'DESC'].map((direction) => ({ field, direction })),
);
const paymentOrders = ['DUE_DATE', 'PAID_AT', 'AMOUNT'].flatMap((field) =>
  ['ASC', 'DESC'].map((direction) => ({ field, direction })),
);
const SALE_COLUMNS: Record<string, string> = {
  DATE: 'date',
  TOTAL: 'total',
  NUMBER: 'number_value',
  UPDATED_AT: 'source_updated_at',
};
const PAYMENT_COLUMNS: Record<string, string> = { DUE_DATE: 'due_date', PAID_AT: 'paid_at', AMOUNT: 'amount' };

/** The truth, said by Postgres without cursors. */
const sorted = async (table: string, column: string, direction: string): Promise<string[]> => {
  const { rows } = await database.pool.query<{ id: string }>(
    `SELECT id FROM gestao_click.${table} ORDER BY ${column} ${direction} NULLS LAST, id ${direction}`,
  );
  return rows.map(({ id }) => id);
};

describe.each(['forward', 'backward'] as const)('%s', (way) => {
  test.each(saleOrders)('sales by $field $direction', async (orderBy) => {
    const truth = await sorted('sale', SALE_COLUMNS[orderBy.field] ?? '', orderBy.direction);
    expect(truth).toHaveLength(SALE_COUNT);
    for (const size of [1, 4, SALE_COUNT - 1, SALE_COUNT, 200])
      expect(await walk(SALES, size, way, { orderBy }, SALE_COUNT)).toEqual(truth);
  });

  test.each(paymentOrders)('payments by $field $direction, those without a value last', async (orderBy) => {
    const truth = await sorted('payment', PAYMENT_COLUMNS[orderBy.field] ?? '', orderBy.direction);
    for (const size of [1, 3, PAYMENT_COUNT]) {
      expect(await walk(PAYMENTS, size, way, { orderBy }, PAYMENT_COUNT)).toEqual(truth);
      expect(await walk(NESTED, size, way, { orderBy, id: erp.id('client', 'owner') }, PAYMENT_COUNT)).toEqual(truth);
    }
  });

  test('clients by name', async () => {
    expect(await walk(CLIENTS, 2, way, {}, 9)).toEqual(await sorted('client', 'name', 'ASC'));
  });
});

test('first and before, last and after cut a stretch on both sides', async () => {
  const all = await page(SALES, { first: 200 });
  const cursor = (n: number) => all.edges[n]?.cursor;
  const middle = await page(SALES, { first: 5, after: cursor(2), before: cursor(6) });
  expect(idsOf(middle)).toEqual(idsOf(all).slice(3, 6));
  expect(middle.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  const tail = await page(SALES, { last: 2, after: cursor(2), before: cursor(6) });
  expect(idsOf(tail)).toEqual(idsOf(all).slice(4, 6));
  expect(tail.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  const behind = await page(SALES, { first: 5, after: all.pageInfo.endCursor });
  expect(behind).toMatchObject({
    edges: [],
    totalCount: SALE_COUNT,
    pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
  });
  const front = await page(SALES, { last: 5, before: all.pageInfo.startCursor });
  expect(front).toMatchObject({ edges: [], pageInfo: { hasNextPage: true, hasPreviousPage: false } });
});

test('a cursor stays good when its row is gone', async () => {
  const other = createErpFixture(database, 'moving');
  for (const n of [1, 2, 3]) other.sale(`${n}`);
  await other.save();
  const ask = (variables: Variables) => graph.data<{ list: List }>(SALES, variables, [other.wallet]);
  const { list } = await ask({ first: 2 });
  await database.pool.query('DELETE FROM gestao_click.sale WHERE id = $1', [list.edges[1]?.node.id]);
  const { list: rest } = await ask({ first: 2, after: list.pageInfo.endCursor });
  expect(rest.edges).toHaveLength(1);
  expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  await database.pool.query('DELETE FROM gestao_click.sale WHERE wallet_id = $1', [other.wallet]);
});

test('first: 0 shows no row and still knows whether there are any', async () => {
  expect(await page(SALES, { first: 0 })).toEqual({
    totalCount: SALE_COUNT,
    edges: [],
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

test('offset serves callers that count pages', async () => {
  const all = idsOf(await page(SALES, { first: 200 }));
  const second = await page(SALES, { first: 10, offset: 10 });
  expect(idsOf(second)).toEqual(all.slice(10, 20));
  expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  expect((await page(SALES, { first: 10, offset: 20 })).pageInfo).toMatchObject({
    hasNextPage: false,
    hasPreviousPage: true,
  });
  expect((await page(SALES, { first: 10, offset: 10_000 })).pageInfo).toMatchObject({
    hasNextPage: false,
    hasPreviousPage: true,
  });
  expect(idsOf(await page(SALES, { first: 10, after: second.pageInfo.endCursor }))).toEqual(all.slice(20));
  expect(idsOf(await page(CLIENTS, { first: 2, offset: 2 }))).toEqual(
    (await sorted('client', 'name', 'ASC')).slice(2, 4),
  );
});

test('wrong page arguments are BAD_USER_INPUT that names them', async () => {
  const { list } = await graph.data<{ list: List }>(SALES, { first: 1 });
  const cursor = list.pageInfo.endCursor;
  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const cases: [Variables, RegExp][] = [
    [{ first: 201 }, /`first` must not be above 200/],
    [{ last: 201 }, /`last` must not be above 200/],
    [{ first: -1 }, /`first` must not be negative/],
    [{ first: 1, last: 1 }, /do not go together/],
    [{ offset: 10_001 }, /`offset` must not be above 10000/],
    [{ offset: -1 }, /`offset` must not be negative/],
    [{ offset: 1, after: cursor }, /`offset` goes with `first` only/],
    [{ after: 'nonsense' }, /`after` is not a cursor/],
    [{ before: '' }, /`before` is not a cursor/],
    [{ after: cursor, orderBy: { field: 'TOTAL', direction: 'DESC' } }, /another ordering/],
    [{ after: cursor, orderBy: { field: 'DATE', direction: 'ASC' } }, /another ordering/],
    [{ after: forged(['date DESC', '2026-13-45', erp.id('sale', '1')]) }, /is not a cursor/],
    [{ after: forged(['date DESC', null, erp.id('sale', '1')]) }, /is not a cursor/],
    [{ after: forged(['date DESC', '2026-01-01', "' OR 1=1"]) }, /is not a cursor/],
    [{ after: forged({ a: 1 }) }, /is not a cursor/],
  ];
  for (const [variables, message] of cases) {
    const { errors, codes, data, statements } = await graph.ask(SALES, variables);
    expect(codes, JSON.stringify(variables)).toEqual(['BAD_USER_INPUT']);
    expect(errors[0]?.message).toMatch(message);
    expect(data).toEqual({ list: null });
    expect(statements).toEqual([]);
  }
  const offset = await graph.ask(SALES, { offset: 10_001 });
  expect(offset.errors[0]?.extensions).toMatchObject({
    field: 'offset',
    hint: expect.stringContaining('endCursor') as string,
  });
  const nested = await graph.ask('query($id: ID!) { client(id: $id) { sales(first: 500) { totalCount } } }', {
    id: erp.id('client', 'owner'),
  });
  expect(nested.codes).toEqual(['BAD_USER_INPUT']);
});

test('the first page asks nothing about what stands before it', async () => {
  const { statements } = await graph.ask(
    '{ sales(first: 2) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } } }',
  );
  expect(statements).toHaveLength(1);
});

test('fifty rows come where nobody says how many', async () => {
  const other = createErpFixture(database, 'many');
  for (let n = 0; n < 60; n++) other.sale(`${n}`);
  await other.save();
  const { data } = await graph.ask<{ list: List }>(SALES, { first: null }, [other.wallet]);
  expect(data.list.edges).toHaveLength(50);
  expect(data.list).toMatchObject({ totalCount: 60, pageInfo: { hasNextPage: true } });
  await database.pool.query('DELETE FROM gestao_click.sale WHERE wallet_id = $1', [other.wallet]);
});

test('totalCount is exact up to 10,000 rows, and says so when it is not', async () => {
  const wallet = walletId('GESTAO_CLICK', 'crowd');
  const client = recordId(wallet, 'client', '1');
  const add = (from: number, to: number) =>
    database.rows(sql`INSERT INTO gestao_click.sale (id, wallet_id, external_id, number, number_value, kind, date, client_id, total, source_updated_at, search_text, metadata, content_hash)
      SELECT gen_random_uuid(), ${wallet}::uuid, n::text, n::text, n, 'PRODUCT', '2026-01-01', ${client}::uuid, 1, now(), '', '{}', '' FROM generate_series(${from}::int, ${to}::int) n`);
  await database.rows(sql`INSERT INTO gestao_click.client (id, wallet_id, external_id, name, name_key, kind, email_keys, phones, phone_keys, search_text, metadata, content_hash)
    VALUES (${client}::uuid, ${wallet}::uuid, '1', 'Crowd', 'crowd', 'PERSON', '{}', '{}', '{}', '', '{}', '')`);
  const query =
    'query($id: ID!) { sales(first: 1) { totalCount totalCountExact } client(id: $id) { sales(first: 1) { totalCount totalCountExact } } }';
  const total = async () => graph.data(query, { id: client }, [wallet]);
  await add(1, 10_000);
  const exact = { totalCount: 10_000, totalCountExact: true };
  expect(await total()).toEqual({ sales: exact, client: { sales: exact } });
  await add(10_001, 10_003);
  const more = { totalCount: 10_000, totalCountExact: false };
  expect(await total()).toEqual({ sales: more, client: { sales: more } });
});

// Wallets: whoever may see one account sees nothing of another, by whatever way the question comes.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createErpFixture, type ErpFixture } from '../support/erp-fixture.ts';
import { createErpGraph, type ErpGraph } from '../support/erp-graph.ts';

let database: TestDatabase;
let graph: ErpGraph;
let mine: ErpFixture;
let theirs: ErpFixture;

beforeAll(async () => {
  database = await createTestDatabase();
  graph = createErpGraph(database);
  [mine, theirs] = [createErpFixture(database, 'mine'), createErpFixture(database, 'theirs')];
  for (const erp of [mine, theirs]) {
    const client = erp.client('1', { name: 'João' });
    const sale = erp.sale('1', {
      client_id: client,
      salesperson_id: erp.salesperson('1'),
      status_id: erp.status('1'),
      store_id: erp.store('1'),
    });
    erp.items(sale, [{ product_id: erp.product('1') }]);
    erp.payment('1', { sale_id: sale, client_id: client, method_id: erp.method('1') });
    erp.extraFields('SALE', sale, { Turno: 'tarde' });
    erp.extraFields('CLIENT', client, { Turno: 'tarde' });
    erp.ledgerAccount('1');
    erp.costCenter('1');
    erp.bankAccount('1');
    erp.service('1');
    erp.definition('1');
    erp.quote('1', { client_id: client });
  }
  // A sale of mine that names people and things of theirs, as no import would write it.
  const crossed = mine.sale('crossed', {
    client_id: theirs.id('client', '1'),
    salesperson_id: theirs.id('salesperson', '1'),
    status_id: theirs.id('sale_status', '1'),
    store_id: theirs.id('store', '1'),
  });
  mine.items(crossed, [{ product_id: theirs.id('product', '1') }]);
  await mine.save();
  await theirs.save();
});
afterAll(() => database.drop());

const LISTS = `{
  sales { totalCount nodes { walletId } } payments { totalCount nodes { walletId } } clients { totalCount nodes { walletId } } salespeople { totalCount nodes { walletId } }
  products { totalCount nodes { walletId } } services { totalCount nodes { walletId } } quotes { totalCount nodes { walletId } }
  stores { walletId } saleStatuses { walletId } paymentMethods { walletId } bankAccounts { walletId } costCenters { walletId } ledgerAccounts { walletId } extraFieldDefinitions { walletId }
}`;

test('every list shows the allowed wallets only', async () => {
  type Lists = Record<string, { totalCount: number; nodes: { walletId: string }[] } | { walletId: string }[]>;
  const counts = (answer: Lists) =>
    Object.values(answer).map((list) => {
      if (Array.isArray(list)) return list.length;
      expect(list.totalCount).toBe(list.nodes.length);
      return list.totalCount;
    });
  const own = await graph.data<Lists>(LISTS, {}, [mine.wallet]);
  expect(
    Object.values(own)
      .flatMap((list) => (Array.isArray(list) ? list : list.nodes))
      .every(({ walletId }) => walletId === mine.wallet),
  ).toBe(true);
  expect(counts(own)).toEqual([2, ...Array<number>(13).fill(1)]);
  expect(counts(await graph.data<Lists>(LISTS, {}, [mine.wallet, theirs.wallet]))).toEqual([
    3,
    ...Array<number>(13).fill(2),
  ]);
  expect(counts(await graph.data<Lists>(LISTS, {}, 'all'))).toEqual([3, ...Array<number>(13).fill(2)]);
  expect(counts(await graph.data<Lists>(LISTS, {}, []))).toEqual(Array<number>(14).fill(0));
  expect(counts(await graph.data<Lists>(LISTS, {}, ['not a wallet']))).toEqual(Array<number>(14).fill(0));
});

test('an id of another wallet is not found, as a record or as a reference', async () => {
  const ids = {
    sale: theirs.id('sale', '1'),
    client: theirs.id('client', '1'),
    seller: theirs.id('salesperson', '1'),
    payment: theirs.id('payment', '1'),
    product: theirs.id('product', '1'),
    quote: theirs.id('quote', '1'),
  };
  const query = `query($sale: ID!, $client: ID!, $seller: ID!, $payment: ID!, $product: ID!, $quote: ID!) {
    sale(id: $sale) { id metadata } client(id: $client) { id } salesperson(id: $seller) { id } payment(id: $payment) { id } product(id: $product) { id } quote(id: $quote) { id }
    _entities(representations: [{ __typename: "Sale", id: $sale }, { __typename: "Client", id: $client }, { __typename: "Payment", id: $payment }]) { __typename }
    sales(filter: { clientIds: [$client] }) { nodes { number } }
  }`;
  expect(await graph.data(query, ids, [mine.wallet])).toEqual({
    sale: null,
    client: null,
    salesperson: null,
    payment: null,
    product: null,
    quote: null,
    _entities: [null, null, null],
    sales: { nodes: [{ number: 'crossed' }] },
  });
});

test('a row never shows what belongs to another wallet, joined or loaded', async () => {
  const FIELDS =
    'number client { name metadata } salesperson { name } status { name } store { name } items { product { name } }';
  const nothing = {
    number: 'crossed',
    client: null,
    salesperson: null,
    status: null,
    store: null,
    items: [{ product: null }],
  };
  const answer = await graph.data<{ sales: { nodes: { number: string }[] } }>(
    `query($id: ID!) { sales { nodes { ${FIELDS} } } sale(id: $id) { ${FIELDS} } }`,
    { id: mine.id('sale', 'crossed') },
    [mine.wallet],
  );
  expect(answer.sales.nodes.find(({ number }) => number === 'crossed')).toEqual(nothing);
  expect(answer).toMatchObject({ sale: nothing });
});

test('nested lists keep to the wallets too', async () => {
  const query =
    'query($id: ID!) { client(id: $id) { sales { totalCount nodes { number } } payments { totalCount } customFields { name } } }';
  expect(await graph.data(query, { id: theirs.id('client', '1') }, [theirs.wallet])).toEqual({
    client: {
      sales: { totalCount: 1, nodes: [{ number: '1' }] },
      payments: { totalCount: 1 },
      customFields: [{ name: 'Turno' }],
    },
  });
});

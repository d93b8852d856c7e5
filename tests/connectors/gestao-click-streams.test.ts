// Every stream against the simulator: each record once, all columns filled as the tables want them, money to the cent.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordId } from '../../lib/ids.ts';
import { multiply, subtract, sum } from '../../lib/money.ts';
import type { GestaoClickSimulator } from '../../simulators/index.ts';
import { createWorld, WORLD_PRESETS } from '../../simulators/index.ts';
import type { Connector, Row } from '../../sync/types.ts';
import { Bench, context, read, rowsOf, streamOf, TODAY, WALLET, type Reading } from './gestao-click-reading.ts';

const bench = new Bench();
const world = createWorld({ preset: 'small', today: TODAY });
let simulator: GestaoClickSimulator;
let connector: Connector;
const readings = new Map<string, Reading>();
const reading = (name: string): Reading => readings.get(name)!;

beforeAll(async () => {
  simulator = await bench.simulator();
  connector = bench.connector(simulator.url);
  for (const stream of connector.streams) readings.set(stream.name, await read(stream));
});
afterAll(() => bench.close());

const cents = (value: number): string => multiply(String(value), '0.01');

describe('all streams', () => {
  test('are the seventeen that are documented', () => {
    expect(connector.streams.map(({ name }) => name).toSorted()).toEqual(
      [
        'stores', 'users', 'employees', 'sale_statuses', 'payment_methods', 'bank_accounts', 'ledger_accounts', 'cost_centers', 'products', 'services',
        'clients', 'sales', 'receivables', 'payables', 'quotes', 'client_attributes', 'sale_attributes',
      ].toSorted(),
    );
  });

  test('name only streams that exist as read before them, and say how they are read incrementally', () => {
    const names = connector.streams.map(({ name }) => name);
    for (const stream of connector.streams) {
      expect(names).toEqual(expect.arrayContaining([...stream.after]));
      expect(stream.incremental).toMatch(/^(window|full because) ?/);
    }
  });

  test('give every record once and reject none', () => {
    for (const [name, { records, rejected, fetched, pages, partitions }] of readings) {
      expect(rejected, name).toEqual([]);
      expect(records.length, name).toBeGreaterThan(0);
      expect(new Set(records.map(({ externalId }) => externalId)).size, name).toBe(fetched);
      const announced = partitions.length === 1 ? pages[0]?.total : pages.filter((_page, i) => i === 0 || pages[i - 1]?.next === null).reduce((total, page) => total + (page.total ?? 0), 0);
      expect(fetched, name).toBe(announced);
    }
  });

  test('give rows with exactly the columns of their tables', () => {
    for (const stream of connector.streams) {
      for (const spec of stream.tables) {
        const rows = [...(reading(stream.name).tables.get(spec.name)?.values() ?? [])];
        const ofTable = spec.scope ? rows.filter((row) => Object.entries(spec.scope ?? {}).every(([column, value]) => row[column] === value)) : rows;
        expect(ofTable.length, spec.name).toBeGreaterThan(0);
        for (const row of ofTable) expect(Object.keys(row).toSorted()).toEqual(Object.keys(spec.columns).toSorted());
      }
    }
  });

  test('cost few requests: the stores are asked once, windows are planned with the pages that are read', () => {
    const paths = simulator.stats.snapshot().byPath;
    expect(paths['/lojas']).toBe(1);
    expect(paths['/recebimentos']).toBe(reading('receivables').pages.length);
    expect(paths['/pagamentos']).toBe(reading('payables').pages.length);
    expect(paths['/vendas']).toBe(reading('sales').pages.length);
  });
});

describe('tables', () => {
  const schema = readFileSync(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8');
  /** Columns of a table of the data model: name to whether a row must bring it. */
  function columnsOf(table: string): Map<string, boolean> {
    const [schemaName, name] = table.split('.');
    const model = schema.split(/^model /m).find((text) => text.includes(`@@map("${name}")`) && text.includes(`@@schema("${schemaName}")`))!;
    const fields = [...model.matchAll(/^ {2}(\w+) +(\w+)(\[\]|\?)?(.*)$/gm)];
    return new Map(
      fields.map(([, field, , mark, rest]) => [/@map\("(\w+)"\)/.exec(rest!)?.[1] ?? field!, mark !== '?' && mark !== '[]' && !rest!.includes('@default')]),
    );
  }

  test('exist in the data model with all that a row must bring', () => {
    for (const spec of connector.streams.flatMap(({ tables }) => tables)) {
      const model = columnsOf(spec.name);
      for (const column of Object.keys(spec.columns)) expect(model.has(column), `${spec.name}.${column}`).toBe(true);
      const needed = [...model].filter(([column, required]) => required && column !== 'content_hash').map(([column]) => column);
      expect(Object.keys(spec.columns)).toEqual(expect.arrayContaining(needed));
      // What a row must bring is never null.
      for (const stream of connector.streams.filter(({ tables }) => tables.includes(spec))) {
        for (const row of reading(stream.name).tables.get(spec.name)!.values()) {
          for (const column of needed) expect(row[column] ?? null, `${spec.name}.${column}`).not.toBeNull();
        }
      }
    }
  });
});

describe('sales', () => {
  const byId = (): Map<string, Row> => new Map(rowsOf(reading('sales'), 'sale').map((row) => [String(row['external_id']), row]));
  const KINDS = { produto: 'PRODUCT', servico: 'SERVICE', vendas_balcao: 'COUNTER' } as const;

  test('are all there, of every kind and store, with the total to the cent', () => {
    const rows = byId();
    expect(rows.size).toBe(WORLD_PRESETS.small.sales);
    for (let i = 0; i < world.sales.count; i += 1) {
      const truth = world.saleRecords.record(i);
      const row = rows.get(String(truth.id))!;
      expect(row).toMatchObject({
        id: recordId(WALLET, 'sale', truth.id),
        number: String(truth.code),
        number_value: String(truth.code),
        kind: KINDS[truth.kind],
        store_id: recordId(WALLET, 'store', world.stores[truth.store]!.id),
        status_id: recordId(WALLET, 'sale_status', truth.status.id),
        launched: world.sales.launched(i),
      });
      expect([row['total'], row['freight'], row['products_total'], row['services_total']].map(String)).toEqual(
        [truth.totalCents, truth.freightCents, truth.productsCents, truth.servicesCents].map(cents),
      );
      expect(row['discount'] ?? '0').toBe(cents(truth.discountCents));
      expect(row['metadata']).toMatchObject({ id: String(truth.id), valor_total: expect.any(String) });
      expect(row['metadata']).not.toHaveProperty('@tipo');
    }
  });

  test('add up: lines, discount and freight are the total; instalments are the total', () => {
    const sales = byId();
    const lines = rowsOf(reading('sales'), 'sale_item');
    const plan = rowsOf(reading('sales'), 'payment');
    for (const sale of sales.values()) {
      const ours = lines.filter((line) => line['sale_id'] === sale['id']);
      const gross = sum(ours.map((line) => line['total'] as string));
      expect(sum([subtract(gross, (sale['discount'] as string | null) ?? '0'), sale['freight'] as string])).toBe(sale['total']);
      const due = plan.filter((payment) => payment['sale_id'] === sale['id']);
      expect(sum(due.map((payment) => payment['amount'] as string))).toBe(sale['total']);
      expect(due.map((payment) => payment['position'])).toEqual(due.map((_, i) => i + 1));
    }
  });

  test('have lines whose discount is what it takes off, given as a value or as a percentage', () => {
    const lines = rowsOf(reading('sales'), 'sale_item');
    const truth = new Map(Array.from({ length: world.sales.count }, (_, i) => world.saleRecords.record(i)).map((sale) => [recordId(WALLET, 'sale', sale.id), sale]));
    let percentages = 0;
    for (const line of lines) {
      const sale = truth.get(String(line['sale_id']))!;
      const ordered = [...sale.lines.filter(({ kind }) => kind === 'product'), ...sale.lines.filter(({ kind }) => kind === 'service')];
      const real = ordered[Number(line['position']) - 1]!;
      if (real.discountPercent !== null) percentages += 1;
      expect(line['discount'] ?? '0').toBe(cents(real.discountCents));
      expect([line['total'], line['unit_price'], line['quantity']]).toEqual([real.totalCents, real.priceCents, real.quantity].map(cents));
      expect(line['kind']).toBe(real.kind === 'product' ? 'PRODUCT' : 'SERVICE');
      expect(line['product_id']).toBe(real.kind === 'product' && real.itemId !== null ? recordId(WALLET, 'product', real.itemId) : null);
    }
    expect(percentages).toBeGreaterThan(5);
  });

  test('show instalments only while nothing is launched and the sale stands', () => {
    const sales = new Map(rowsOf(reading('sales'), 'sale').map((row) => [row['id'], row]));
    const plan = rowsOf(reading('sales'), 'payment');
    expect(plan.some((payment) => payment['visible'])).toBe(true);
    for (const payment of plan) {
      const sale = sales.get(payment['sale_id'])!;
      expect(payment['visible']).toBe(sale['launched'] === false && sale['status_name'] !== 'Cancelada');
      expect(payment['id']).toBe(recordId(WALLET, 'instalment', String(payment['external_id'])));
    }
  });

  test('name their salesperson by id, or by name where there is no id', () => {
    const rows = rowsOf(reading('sales'), 'sale');
    const nameOnly = rows.filter((row) => row['salesperson_external_id'] === null && row['salesperson_name'] !== null);
    expect(nameOnly.length).toBeGreaterThan(0);
    for (const row of nameOnly) expect(row['salesperson_id']).not.toBeNull();
    const one = rows.find((row) => row['salesperson_external_id'] !== null)!;
    expect(one['salesperson_id']).toBe(recordId(WALLET, 'salesperson', String(one['salesperson_external_id'])));
  });

  test('bring the states that they name as placeholders', () => {
    const placeholders = rowsOf(reading('sales'), 'sale_status');
    const listed = rowsOf(reading('sale_statuses'), 'sale_status');
    expect(placeholders.length).toBeGreaterThan(3);
    for (const row of placeholders) expect(listed).toContainEqual(expect.objectContaining({ id: row['id'], name: row['name'] }));
    expect(Object.fromEntries(listed.map((row) => [row['name'], row['outcome']]))).toEqual({
      'Em aberto': 'OPEN',
      'Em andamento': 'OPEN',
      Confirmado: 'CONFIRMED',
      Concretizada: 'CONFIRMED',
      Cancelada: 'CANCELLED',
      'Aguardando retirada': 'CONFIRMED',
    });
  });
});

describe('titles', () => {
  test('are all there, and add up as the provider says', () => {
    for (const name of ['receivables', 'payables']) {
      const rows = rowsOf(reading(name), 'payment');
      for (const row of rows) {
        const computed = subtract(sum([row['amount'] as string, row['interest'] as string]), sum([row['discount'] as string, row['fees'] as string]));
        expect(computed).toBe(row['net_amount']);
        expect(row['paid_at'] !== null).toBe(row['settled']);
      }
      expect(rows.some((row) => row['settled']) && rows.some((row) => !row['settled'])).toBe(true);
    }
    expect(rowsOf(reading('payables'), 'payment')).toHaveLength(WORLD_PRESETS.small.payables);
  });

  test('of sales name the sale’s number; a launched sale’s titles are its total', () => {
    const titles = rowsOf(reading('receivables'), 'payment').filter((row) => row['sale_number'] !== null);
    const sales = rowsOf(reading('sales'), 'sale');
    const unique = sales.filter((sale) => sale['launched'] === true && sales.filter((other) => other['number'] === sale['number']).length === 1);
    expect(unique.length).toBeGreaterThan(100);
    for (const sale of unique) {
      expect(sum(titles.filter((title) => title['sale_number'] === sale['number']).map((title) => title['amount'] as string)), String(sale['number'])).toBe(sale['total']);
    }
    expect(rowsOf(reading('payables'), 'payment').every((row) => row['sale_number'] === null)).toBe(true);
  });
});

describe('people', () => {
  test('clients carry what they can be recognised by', () => {
    const clients = rowsOf(reading('clients'), 'client');
    expect(clients).toHaveLength(WORLD_PRESETS.small.clients);
    for (const client of clients) {
      if (client['document'] !== null) expect(client['document']).toMatch(/^(\d{11}|[0-9A-Z]{12}\d{2})$/);
      for (const key of client['phone_keys'] as string[]) expect(key).toMatch(/^\d{10}$/);
      for (const key of client['email_keys'] as string[]) expect(key).toBe(key.toLowerCase());
      expect((client['phones'] as string[]).length).toBeGreaterThanOrEqual((client['phone_keys'] as string[]).length > 0 ? 1 : 0);
    }
    expect(clients.some((client) => /[A-Z]/.test(String(client['document'] ?? '')))).toBe(true);
    expect(new Set(clients.map((client) => client['kind']))).toEqual(new Set(['PERSON', 'COMPANY', 'FOREIGNER']));
    expect(clients.some((client) => (client['email_keys'] as string[]).length > 1)).toBe(true);
  });

  test('users have e-mail, phone and document; rows of payment methods come out of their wrapper', () => {
    const users = rowsOf(reading('users'), 'erp_user');
    expect(users.filter((user) => user['email'] !== null && user['document'] !== null && (user['phones'] as string[]).length > 0).length).toBeGreaterThan(5);
    const methods = rowsOf(reading('payment_methods'), 'payment_method');
    expect(new Set(methods.map((method) => method['kind']))).toEqual(new Set(['BOLETO', 'PIX', 'CREDIT_CARD', 'DEBIT_CARD', 'CASH', 'TRANSFER', 'STORE_CREDIT', 'OTHER']));
    expect(methods[0]?.['metadata']).not.toHaveProperty('FormasPagamento');
  });
});

describe('switches of the provider', () => {
  test.each([
    ['a sentence instead of an empty list', { emptyList: 'sentence' }],
    ['metadata as the older documents have it', { meta: 'documented' }],
    ['open titles with an empty day', { openPaidDate: 'empty' }],
    ['open titles without a day', { openPaidDate: 'absent' }],
    ['states of other documents in the list', { mixedStatuses: true }],
  ] as const)('%s: the same records come', async (_what, switches) => {
    const other = await bench.simulator({ switches });
    const second = bench.connector(other.url);
    for (const name of ['sales', 'receivables', 'sale_statuses']) {
      const again = await read(streamOf(second, name), context());
      expect(again.rejected).toEqual([]);
      const expected = new Map(reading(name).records.map(({ externalId, row }) => [externalId, { ...row, metadata: null }]));
      for (const [id, row] of expected) expect({ ...again.records.find(({ externalId }) => externalId === id)?.row, metadata: null }).toEqual(row);
    }
  });
});

test('the demo’s company is read with at most 120 requests', async () => {
  const demo = await bench.simulator({}, { preset: 'demo', today: TODAY });
  const reader = bench.connector(demo.url);
  for (const stream of reader.streams) await read(stream);
  const { requests } = demo.stats.snapshot();
  expect(requests).toBeLessThanOrEqual(120);
  expect(requests).toBeGreaterThan(60);
});

test('ids and rows do not depend on the run', async () => {
  const again = await read(streamOf(bench.connector(simulator.url), 'clients'), context({ startedAt: new Date('2027-01-01T00:00:00Z') }));
  expect(again.records).toEqual(reading('clients').records);
});

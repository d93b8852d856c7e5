// How streams are divided and how few requests that costs: stores, kinds, windows, pages, and what happens when the
// provider counts wrongly, moves records, or lists one sale twice.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { cut, halves, incrementalFrom } from '../../connectors/gestao-click/plan.ts';
import { addDays, daysBetween } from '../../lib/time.ts';
import { Bench, context, read, rowsOf, streamOf, TODAY } from './gestao-click-reading.ts';

const bench = new Bench();
afterEach(() => bench.close());

type Query = Readonly<Record<string, string>>;
interface Answer {
  readonly data: unknown;
  readonly meta?: unknown;
}

/** A server of our own where the simulator is too well-behaved: `answer` gives data and meta for a path and its query. */
async function serve(answer: (path: string, query: Query) => Answer): Promise<{ url: string; asked: { path: string; query: Query }[] }> {
  const asked: { path: string; query: Query }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const query = Object.fromEntries(url.searchParams);
    asked.push({ path: url.pathname, query });
    response.end(JSON.stringify({ code: 200, status: 'success', ...answer(url.pathname, query) }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  bench.add(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(() => done()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** One page of a list that the server knows whole. */
function slice(rows: readonly unknown[], query: Query): Answer {
  const [page, size] = [Number(query['pagina']), Number(query['limite'])];
  return { data: rows.slice((page - 1) * size, page * size), meta: { total_registros: rows.length, pagina_atual: page, limite_por_pagina: size } };
}

const STORES = [{ id: '2002', nome: 'Filial' }, { id: '2001', nome: 'Matriz' }];
const sale = (id: number, more: object = {}) => ({ id: String(id), codigo: String(id), data: '2026-09-01', valor_total: '10.00', nome_situacao: 'Em aberto', situacao_id: '1', ...more });

describe('parts', () => {
  test('of sales are every kind of every store, and the one that wins a double comes last', async () => {
    const { url } = await serve((_path, query) => slice(STORES, query));
    const partitions = await streamOf(bench.connector(url), 'sales').partitions(context());
    expect(partitions.map(({ key }) => key)).toEqual(['vendas_balcao/2001', 'vendas_balcao/2002', 'servico/2001', 'servico/2002', 'produto/2001', 'produto/2002']);
    expect(partitions[0]).toEqual({ key: 'vendas_balcao/2001', start: { page: 1 }, params: { tipo: 'vendas_balcao', loja_id: '2001' }, parallel: true });
  });

  test('of an account without stores are asked without one', async () => {
    const { url } = await serve(() => ({ data: [], meta: { total_registros: 0 } }));
    expect((await streamOf(bench.connector(url), 'quotes').partitions(context())).map(({ params }) => params)).toEqual([{ tipo: 'servico' }, { tipo: 'produto' }]);
  });

  test('are the same when they are planned again', async () => {
    const simulator = await bench.simulator();
    for (const name of ['sales', 'receivables', 'clients']) {
      const first = await streamOf(bench.connector(simulator.url), name).partitions(context());
      expect(await streamOf(bench.connector(simulator.url), name).partitions(context())).toEqual(first);
    }
  });
});

describe('a sale under two kinds', () => {
  const rows = { produto: [sale(1), sale(2)], servico: [sale(2), sale(3)], vendas_balcao: [sale(1), sale(3), sale(4)] } as Record<string, unknown[]>;
  const start = () => serve((path, query) => slice(path === '/lojas' ? [STORES[0]] : (rows[query['tipo']!] ?? []), query));

  test('is one sale: produto goes before servico, servico before vendas_balcao', async () => {
    const { url } = await start();
    const reading = await read(streamOf(bench.connector(url), 'sales'));
    expect(Object.fromEntries(rowsOf(reading, 'sale').map((row) => [row['external_id'], row['kind']]))).toEqual({ 1: 'PRODUCT', 2: 'PRODUCT', 3: 'SERVICE', 4: 'COUNTER' });
  });

  test('is decided alike by a connector that was not there for the first parts', async () => {
    const { url } = await start();
    const partitions = await streamOf(bench.connector(url), 'sales').partitions(context());
    const written = new Map<string, unknown>();
    for (const partition of partitions) {
      const page = await streamOf(bench.connector(url), 'sales').page(context(), partition, partition.start);
      for (const record of page.records) written.set(record.externalId, record.row['kind']);
    }
    expect(Object.fromEntries(written)).toEqual({ 1: 'PRODUCT', 2: 'PRODUCT', 3: 'SERVICE', 4: 'COUNTER' });
  });
});

describe('windows of titles', () => {
  /** `count` titles spread evenly over the days from `from` on. */
  const titles = (count: number, from: string, perDay: number) =>
    Array.from({ length: count }, (_, i) => ({ id: String(i + 1), valor: '1.00', data_vencimento: addDays(from, Math.floor(i / perDay)), liquidado: '0' }));
  const server = (rows: ReturnType<typeof titles>) =>
    serve((path, query) =>
      path === '/lojas' ? slice([STORES[1]], query) : slice(rows.filter((row) => row.data_vencimento >= query['data_inicio']! && row.data_vencimento <= query['data_fim']!), query),
    );

  test('one wide window, whose probe is the first page', async () => {
    const { url, asked } = await server(titles(420, '2026-01-01', 2));
    const reading = await read(streamOf(bench.connector(url), 'receivables'));
    expect(reading.fetched).toBe(420);
    expect(reading.partitions).toMatchObject([{ key: '2001/2016-09-29/2031-10-01', expected: 420 }]);
    expect(asked.map(({ path }) => path)).toEqual(['/lojas', ...Array<string>(5).fill('/recebimentos')]);
  });

  test('above fifty pages it is halved until each part has at most fifty; nothing is lost between the parts', async () => {
    const { url, asked } = await server(titles(12_000, '2026-01-01', 40));
    const reading = await read(streamOf(bench.connector(url), 'payables'));
    expect(reading.partitions.length).toBeGreaterThan(2);
    expect(new Set(reading.records.map(({ externalId }) => externalId)).size).toBe(12_000);
    expect(reading.fetched).toBe(12_000);
    for (const { expected } of reading.partitions) expect(expected).toBeLessThanOrEqual(5000);
    expect(asked.length).toBeLessThan(120 + 20);
  });

  test('a single day with more is read as it is', async () => {
    const { url } = await server(titles(5200, '2026-03-01', 6000));
    const reading = await read(streamOf(bench.connector(url), 'payables'));
    expect(reading.fetched).toBe(5200);
  });

  test('after a restart the planned pages are asked again', async () => {
    const { url } = await server(titles(150, '2026-01-01', 2));
    const [partition] = await streamOf(bench.connector(url), 'receivables').partitions(context());
    const page = await streamOf(bench.connector(url), 'receivables').page(context(), partition!, { page: 2 });
    expect(page).toMatchObject({ fetched: 50, next: null, total: 150 });
    expect((await streamOf(bench.connector(url), 'receivables').page(context(), partition!, partition!.start)).fetched).toBe(100);
  });

  test('a long window is cut at today, then near it; a short one in the middle', () => {
    expect(cut({ from: '2016-01-01', to: '2031-12-31' }, '2026-06-15')).toEqual([{ from: '2016-01-01', to: '2026-06-15' }, { from: '2026-06-16', to: '2031-12-31' }]);
    expect(cut({ from: '2016-06-15', to: '2026-06-15' }, '2026-06-15')).toEqual([{ from: '2016-06-15', to: '2025-03-16' }, { from: '2025-03-17', to: '2026-06-15' }]);
    expect(cut({ from: '2026-06-16', to: '2031-06-16' }, '2026-06-15')).toEqual([{ from: '2026-06-16', to: '2027-01-30' }, { from: '2027-01-31', to: '2031-06-16' }]);
    const year = { from: '2025-06-16', to: '2026-06-15' };
    expect(cut(year, '2026-06-15')).toEqual(halves(year));
    expect(cut({ from: '2026-06-15', to: '2026-06-15' }, '2026-06-15')).toBeNull();
  });

  test('halves meet without a gap', () => {
    expect(halves({ from: '2026-01-01', to: '2026-01-01' })).toBeNull();
    expect(halves({ from: '2026-01-01', to: '2026-01-02' })).toEqual([{ from: '2026-01-01', to: '2026-01-01' }, { from: '2026-01-02', to: '2026-01-02' }]);
    const [left, right] = halves({ from: '2016-01-01', to: '2031-12-31' })!;
    expect(daysBetween(left.to, right.from)).toBe(1);
    expect([left.from, right.to]).toEqual(['2016-01-01', '2031-12-31']);
  });
});

describe('incremental runs', () => {
  const incremental = (more: object) => context({ mode: 'INCREMENTAL', watermark: { at: '2026-09-25T12:00:00.000Z' }, ...more });

  test.each([
    ['a full run reads all', context({ watermark: { at: '2026-09-25T12:00:00Z' } }), null],
    ['without a watermark all is read', incremental({ watermark: null }), null],
    ['a watermark that makes no sense is none', incremental({ watermark: { at: 'yesterday' } }), null],
    ['from the look-back before the last run', incremental({}), '2026-08-26'],
    ['the caller’s instant goes before, in São Paulo’s days', incremental({ since: new Date('2026-09-01T01:00:00Z') }), '2026-08-31'],
  ])('%s', (_what, about, from) => {
    expect(incrementalFrom(about, 30)).toBe(from);
  });

  test('of sales and titles ask for windows, of the rest for everything', async () => {
    const simulator = await bench.simulator();
    const connector = bench.connector(simulator.url, { documentLookbackDays: 10 });
    const [sales] = await streamOf(connector, 'sales').partitions(incremental({}));
    expect(sales).toMatchObject({ key: 'vendas_balcao/2001/2026-09-15/2027-10-01', params: { data_inicio: '2026-09-15', data_fim: '2027-10-01' } });
    const [titles] = await streamOf(connector, 'receivables').partitions(incremental({}));
    expect(titles?.params).toMatchObject({ data_inicio: '2026-07-27', data_fim: '2031-10-01' });
    expect(await streamOf(connector, 'clients').partitions(incremental({}))).toEqual([{ key: 'all', start: { page: 1 }, params: {}, parallel: true }]);
    const reading = await read(streamOf(connector, 'sales'), incremental({}));
    expect(reading.fetched).toBeGreaterThan(0);
    for (const row of rowsOf(reading, 'sale')) expect(String(row['date']) >= '2026-09-15').toBe(true);
  });

  test.each([
    ['sales', '2026-08-26T12:00:00Z', true],
    ['sales', '2026-08-27T12:00:00Z', false],
    ['receivables', '2026-07-27T12:00:00Z', true],
    ['receivables', '2026-07-28T12:00:00Z', false],
    ['clients', '2026-09-29T12:00:00Z', true],
  ])('of %s from %s on move the watermark: %s', (name, since, moves) => {
    const about = incremental({ since: new Date(since) });
    const stream = streamOf(bench.connector('http://127.0.0.1:9'), name);
    expect(stream.watermark?.(about)).toEqual(moves ? { at: about.startedAt.toISOString() } : about.watermark);
    expect(stream.watermark?.({ ...about, watermark: null })).toEqual(name === 'clients' ? { at: about.startedAt.toISOString() } : null);
  });

  test('from an instant of the caller leave what lies before it to the next run', async () => {
    const simulator = await bench.simulator();
    const sales = streamOf(bench.connector(simulator.url), 'sales');
    const due = await read(sales, incremental({}));
    const about = incremental({ since: new Date('2026-09-29T15:00:00Z') });
    expect((await read(sales, about)).fetched).toBeLessThan(due.fetched);
    expect((await read(sales, incremental({ watermark: sales.watermark!(about) }))).fetched).toBe(due.fetched);
  });

  test('leave the start of the run as their watermark', () => {
    expect(streamOf(bench.connector('http://127.0.0.1:9'), 'sales').watermark?.(context())).toEqual({ at: `${TODAY}T15:00:00.000Z` });
  });
});

describe('pages', () => {
  const clients = (count: number) => Array.from({ length: count }, (_, i) => ({ id: String(i + 1), nome: `Cliente ${i + 1}` }));

  test.each<[string, (query: Query) => Answer]>([
    ['all that the documents name', (query) => slice(clients(250), query)],
    ['a total alone', (query) => ({ ...slice(clients(250), query), meta: { total_registros: '250' } })],
    ['a link to the next page', (query) => ({ ...slice(clients(250), query), meta: { proxima_pagina: Number(query['pagina']) < 3 ? Number(query['pagina']) + 1 : null } })],
    ['nothing', (query) => ({ ...slice(clients(250), query), meta: {} })],
    ['smaller pages than were asked for', (query) => slice(clients(250), { ...query, limite: '20' })],
  ])('are read to the end where the metadata holds %s', async (_what, answer) => {
    const { url } = await serve((_path, query) => answer(query));
    expect((await read(streamOf(bench.connector(url), 'clients'))).fetched).toBe(250);
  });

  test('a list that ends exactly with a page, and a page past the end', async () => {
    const { url } = await serve((_path, query) => ({ ...slice(clients(200), query), meta: {} }));
    expect((await read(streamOf(bench.connector(url), 'clients'))).fetched).toBe(200);
    const page = await streamOf(bench.connector(url), 'clients').page(context(), { key: 'all', start: { page: 1 }, params: {}, parallel: true }, { page: 9 });
    expect(page).toMatchObject({ fetched: 0, next: null, records: [] });
  });

  test('page 1 for ever is noticed, never taken for the next page', async () => {
    const { url } = await serve((_path, query) => slice(clients(250), { ...query, pagina: '1' }));
    await expect(read(streamOf(bench.connector(url), 'clients'))).rejects.toMatchObject({ code: 'PROVIDER_UNEXPECTED_RESPONSE', message: expect.stringContaining('page 2 was asked for and page 1 came') as string });
  });

  test.each([
    ['a list without metadata', { data: [] }],
    ['an object instead of a list', { data: { id: '1' }, meta: {} }],
    ['another sentence instead of a list', { data: 'Erro ao carregar', meta: {} }],
    ['no data', { meta: {} }],
  ])('%s is no empty list', async (_what, answer) => {
    const { url } = await serve(() => answer as Answer);
    await expect(read(streamOf(bench.connector(url, { retryAttempts: 0 }), 'clients'))).rejects.toMatchObject({ code: 'PROVIDER_UNEXPECTED_RESPONSE' });
  });

  test('the provider’s own sentence for “no rows” is an empty list', async () => {
    const { url } = await serve(() => ({ data: 'Não há dados!' }));
    expect(await read(streamOf(bench.connector(url), 'clients'))).toMatchObject({ fetched: 0, records: [] });
  });

  test('a refusal inside a 200 is a refusal, with its own words', async () => {
    const { url } = await serve(() => ({ code: 404, status: 'error', data: { erro: 'Not Found', mensagem: 'O campo cliente_id informado é inválido' } }) as Answer);
    await expect(read(streamOf(bench.connector(url), 'clients'))).rejects.toMatchObject({ code: 'PROVIDER_REJECTED', message: 'Gestão Click refused the request: O campo cliente_id informado é inválido' });
  });

  test('a record that cannot be read is put aside, and can be parsed again when it is mended', async () => {
    const { url } = await serve((path, query) => slice(path === '/lojas' ? [STORES[1]] : query['tipo'] === 'servico' ? [sale(1), sale(2, { valor_total: 'dez' }), 'nada'] : [], query));
    const stream = streamOf(bench.connector(url), 'sales');
    const reading = await read(stream);
    expect(reading).toMatchObject({ fetched: 3, records: [{ externalId: '1' }] });
    expect(reading.rejected).toMatchObject([
      { externalId: '2', code: 'PROVIDER_UNEXPECTED_RESPONSE', message: 'valor_total: expected a decimal, got "dez"', payload: { id: '2', valor_total: 'dez' } },
      { externalId: null, message: 'record: Invalid input: expected object, received string', payload: 'nada' },
    ]);
    const payload = reading.rejected[0]!.payload as Record<string, string>;
    const mended = stream.parse(context().walletId, { ...payload, valor_total: '10.00' });
    expect(mended.row).toMatchObject({ kind: 'SERVICE', store_id: reading.records[0]!.row['store_id'], total: '10', metadata: sale(2) });
  });

  test('records that move while they are read come once or twice, never not at all', async () => {
    const simulator = await bench.simulator();
    simulator.control.add({ kind: 'mutate', path: '/clientes.*pagina=2', count: 1, mutation: { action: 'create', table: 'clientes', count: 30 } });
    const before = await read(streamOf(bench.connector(simulator.url), 'stores'));
    expect(before.fetched).toBe(2);
    const reading = await read(streamOf(bench.connector(simulator.url), 'clients'));
    expect(new Set(reading.records.map(({ externalId }) => externalId)).size).toBe(230);
    expect(reading.pages.at(-1)?.total).toBe(230);
  });
});

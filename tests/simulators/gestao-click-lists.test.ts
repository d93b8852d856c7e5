// Reading from the Gestão Click simulator: paths, tokens, envelopes, pages, windows, defaults, wrappers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GestaoClickSimulator } from '../../simulators/gestao-click/index.ts';
import { KINDS, STORES, TODAY, WIDE, call, cents, everything, page, startSimulator } from './gestao-click-client.ts';
import type { Json, ListBody } from './gestao-click-client.ts';

let sim: GestaoClickSimulator;
beforeAll(async () => {
  sim = await startSimulator();
});
afterAll(() => sim.close());

describe('access', () => {
  it('serves both path styles, with the same bytes', async () => {
    const [bare, prefixed] = await Promise.all([
      call(sim, '/vendas?limite=3'),
      call(sim, '/api/vendas?limite=3'),
    ]);
    expect(bare.status).toBe(200);
    expect(bare.text).toBe(prefixed.text);
  });

  it('answers 401 without tokens or with wrong ones, and 404 where there is nothing, tokens or not', async () => {
    const bare = { 'access-token': '', 'secret-access-token': '' };
    for (const headers of [bare, { 'access-token': 'x', 'secret-access-token': 'y' }]) {
      const known = await call(sim, '/clientes', { headers });
      expect(known.status).toBe(401);
      expect(known.json).toMatchObject({ code: 401, status: 'error' });
      expect((await call(sim, '/vendedores', { headers })).status).toBe(404);
    }
    for (const path of [
      '/vendedores',
      '/contas_receber',
      '/notas_fiscais',
      '/grupos_produto',
      '/vendas/1/parcelas',
    ]) {
      const answer = await call(sim, path);
      expect(answer.status).toBe(404);
      expect(answer.text).toContain('Controller');
    }
  });
});

describe('envelope', () => {
  it('escapes slashes and accents, and still parses to the same', async () => {
    const { text, json } = await call<ListBody>(sim, '/vendas?limite=20');
    expect(text).toContain('"\\/api\\/vendas?limite=20&pagina=2"');
    expect(text).toMatch(/\\u00[0-9a-f]{2}/);
    // eslint-disable-next-line no-control-regex
    expect(text).toMatch(/^[\x00-\x7e]*$/);
    expect(json).toMatchObject({ code: 200, status: 'success' });
  });

  it('has the live metadata, or the documented ones by a switch', async () => {
    const { meta } = await page(sim, '/clientes?limite=50&pagina=2');
    expect(meta).toEqual({
      total_registros: 200,
      total_paginas: 4,
      total_registros_pagina: 50,
      pagina_atual: 2,
      limite_por_pagina: 50,
      pagina_anterior: 1,
      url_anterior: '/api/clientes?limite=50&pagina=1',
      proxima_pagina: 3,
      proxima_url: '/api/clientes?limite=50&pagina=3',
    });
    sim.turn({ meta: 'documented' });
    const documented = (await page(sim, '/clientes?limite=50&pagina=4')).meta;
    sim.turn({ meta: 'live' });
    expect(documented).toMatchObject({ total_da_pagina: 50, proxima_pagina: null, proxima_url: null });
    expect(documented).not.toHaveProperty('total_paginas');
  });

  it('gives 20 rows by default, takes `limite` and `limit`, and cuts at 100 without a word', async () => {
    expect((await page(sim, '/clientes')).data).toHaveLength(20);
    expect((await page(sim, '/clientes?limite=7')).data).toHaveLength(7);
    expect((await page(sim, '/clientes?limit=9')).data).toHaveLength(9);
    const cut = await page(sim, '/clientes?limite=500');
    expect([cut.data.length, cut.meta['limite_por_pagina']]).toEqual([100, 100]);
  });

  it('ignores names that it does not know: `page=2` is the first page again', async () => {
    const [first, again, second] = await Promise.all([
      page(sim, '/clientes'),
      page(sim, '/clientes?page=2&per_page=50'),
      page(sim, '/clientes?pagina=2'),
    ]);
    expect(again.data).toEqual(first.data);
    expect(second.data).not.toEqual(first.data);
  });

  it('answers an empty list past the end, or a sentence by a switch', async () => {
    expect((await page(sim, '/clientes?pagina=999')).data).toEqual([]);
    sim.turn({ emptyList: 'sentence' });
    const sentence = (await page(sim, '/clientes?pagina=999')).data;
    sim.turn({ emptyList: 'array' });
    expect(sentence).toBe('Não há dados!');
  });

  it('wraps the rows of formas_pagamentos and compras, and no others', async () => {
    for (const [path, key] of [
      ['/formas_pagamentos', 'FormasPagamento'],
      ['/compras', 'Compra'],
    ] as const) {
      for (const row of (await page(sim, path)).data) expect(Object.keys(row)).toEqual([key]);
    }
    for (const path of [
      '/lojas',
      '/usuarios',
      '/funcionarios',
      '/situacoes_vendas',
      '/contas_bancarias',
      '/planos_contas',
      '/centros_custos',
      '/produtos',
      '/servicos',
      '/grupos_produtos',
      '/atributos_vendas',
      '/atributos_cadastros',
      '/orcamentos',
    ]) {
      const { data } = await page(sim, path);
      expect(data.length).toBeGreaterThan(0);
      for (const row of data) expect(row).toHaveProperty('id', expect.stringMatching(/^\d+$/));
    }
  });
});

describe('pages', () => {
  it('cover every record exactly once, in every table', async () => {
    const seen = new Map<string, Set<unknown>>();
    const lists: [string, Record<string, string>][] = [
      ['clientes', {}],
      ['produtos', {}],
      ['usuarios', {}],
      ...STORES.flatMap((loja_id) => [
        ...KINDS.map((tipo): [string, Record<string, string>] => ['vendas', { loja_id, tipo }]),
        ...['recebimentos', 'pagamentos'].map((name): [string, Record<string, string>] => [
          name,
          { loja_id, ...WIDE },
        ]),
        ...['produto', 'servico'].map((tipo): [string, Record<string, string>] => [
          'orcamentos',
          { loja_id, tipo },
        ]),
      ]),
    ];
    for (const [resource, query] of lists) {
      const { rows, total } = await everything(sim, resource, query);
      const ids = seen.get(resource) ?? new Set();
      for (const row of rows) {
        expect(ids.has(row['id'])).toBe(false);
        ids.add(row['id']);
      }
      expect(rows).toHaveLength(total);
      seen.set(resource, ids);
    }
    expect([
      seen.get('vendas')?.size,
      seen.get('orcamentos')?.size,
      seen.get('clientes')?.size,
      seen.get('pagamentos')?.size,
    ]).toEqual([300, 30, 200, 120]);
  });

  it('are the whole demo in about 120 requests', async () => {
    const demo = await startSimulator({}, { today: TODAY });
    let requests = 0;
    const read = async (resource: string, query: Record<string, string> = {}): Promise<void> => {
      requests += (await everything(demo, resource, query)).pages;
    };
    for (const name of [
      'lojas',
      'usuarios',
      'funcionarios',
      'situacoes_vendas',
      'situacoes_orcamentos',
      'formas_pagamentos',
      'contas_bancarias',
      'planos_contas',
      'centros_custos',
      'grupos_produtos',
      'produtos',
      'servicos',
      'atributos_cadastros',
      'atributos_vendas',
      'atributos_orcamentos',
      'atributos_produtos',
      'clientes',
    ])
      await read(name);
    for (const loja_id of STORES) {
      for (const tipo of KINDS) await read('vendas', { loja_id, tipo });
      for (const tipo of ['produto', 'servico']) await read('orcamentos', { loja_id, tipo });
      for (const name of ['recebimentos', 'pagamentos'])
        await read(name, { loja_id, data_inicio: '2025-11-01', data_fim: '2027-06-01' });
    }
    await demo.close();
    expect(requests).toBeGreaterThanOrEqual(95);
    expect(requests).toBeLessThanOrEqual(125);
  });

  it('come newest first for sales, and in the order that is asked for', async () => {
    const ids = (rows: Json[]): number[] => rows.map((row) => Number(row['id']));
    const newest = ids((await page(sim, '/vendas?limite=50')).data);
    expect(newest).toEqual([...newest].sort((a, b) => b - a));
    const oldest = ids((await page(sim, '/vendas?limite=50&ordenacao=id&direcao=asc')).data);
    expect(oldest).toEqual([...oldest].sort((a, b) => a - b));
    const totals = (await page(sim, '/vendas?limite=100&ordenacao=valor_total&direcao=desc')).data.map(
      (row) => Number(row['valor_total']),
    );
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
    const names = (await page(sim, '/clientes?limite=100&ordenacao=nome&direcao=asc')).data.map((row) =>
      String(row['nome']),
    );
    expect(names).toEqual([...names].sort());
  });
});

describe('sales', () => {
  it('without `tipo` are product sales, without `loja_id` the head office', async () => {
    const [plain, product] = await Promise.all([
      page(sim, '/vendas'),
      page(sim, '/vendas?tipo=produto&loja_id=2001'),
    ]);
    expect(plain.data).toEqual(product.data);
    expect(new Set(plain.data.map((row) => row['nome_loja']))).toEqual(new Set(['Matriz']));
    const counter = await page(sim, '/vendas?tipo=vendas_balcao&loja_id=2002');
    expect(counter.meta['total_registros']).not.toBe(plain.meta['total_registros']);
    expect((await page(sim, '/vendas?loja_id=9999')).data).toEqual([]);
  });

  it('are windowed on `data`, both ends included, and whole without dates', async () => {
    const whole = await everything(sim, 'vendas', { tipo: 'produto' });
    const from = '2026-03-01';
    const to = '2026-05-31';
    const window = await everything(sim, 'vendas', { tipo: 'produto', data_inicio: from, data_fim: to });
    expect(window.rows).toEqual(
      whole.rows.filter((row) => String(row['data']) >= from && String(row['data']) <= to),
    );
    expect(window.rows.length).toBeGreaterThan(5);
    const day = String(whole.rows[3]?.['data']);
    const one = await everything(sim, 'vendas', { data_inicio: day, data_fim: day });
    expect(one.rows.length).toBeGreaterThan(0);
    expect(new Set(one.rows.map((row) => row['data']))).toEqual(new Set([day]));
    const open = await everything(sim, 'vendas', { data_inicio: from });
    expect(open.rows).toEqual(whole.rows.filter((row) => String(row['data']) >= from));
  });

  it('add up as texts, and leave `servicos` out where there are none', async () => {
    let withServices = 0;
    for (const tipo of KINDS) {
      for (const row of (await everything(sim, 'vendas', { tipo })).rows) {
        const lines = (key: string, inner: string): number =>
          ((row[key] ?? []) as Json[]).reduce(
            (sum, item) => sum + cents((item[inner] as Json)['valor_total']),
            0,
          );
        const sum = lines('produtos', 'produto') + lines('servicos', 'servico');
        expect(cents(row['valor_produtos']) + cents(row['valor_servicos'])).toBe(sum);
        expect(cents(row['valor_total'])).toBe(
          sum - cents(row['desconto_valor']) + cents(row['valor_frete']),
        );
        const planned = (row['pagamentos'] as Json[]).reduce(
          (total, item) => total + cents((item['pagamento'] as Json)['valor']),
          0,
        );
        expect(planned).toBe(cents(row['valor_total']));
        expect(typeof row['valor_total']).toBe('string');
        if ('servicos' in row) withServices += 1;
        if ('servicos' in row) expect((row['servicos'] as Json[]).length).toBeGreaterThan(0);
        expect(row).not.toHaveProperty('tipo');
        expect(row).not.toHaveProperty('loja_id');
      }
    }
    expect(withServices).toBeGreaterThan(0);
  });

  it('are found by number, client, state and name', async () => {
    const { rows } = await everything(sim, 'vendas');
    const sample = rows[5] as Json;
    const cases: [string, string, (row: Json) => boolean][] = [
      ['codigo', String(sample['codigo']), (row) => row['codigo'] === sample['codigo']],
      ['cliente_id', String(sample['cliente_id']), (row) => row['cliente_id'] === sample['cliente_id']],
      ['situacao_id', '2628005', (row) => row['situacao_id'] === '2628005'],
      [
        'nome',
        String(sample['nome_cliente']).slice(0, 5).toLowerCase(),
        (row) =>
          String(row['nome_cliente'])
            .normalize('NFD')
            .replace(/[\u0300-\u036f]/g, '')
            .toLowerCase()
            .includes(
              String(sample['nome_cliente'])
                .slice(0, 5)
                .normalize('NFD')
                .replace(/[\u0300-\u036f]/g, '')
                .toLowerCase(),
            ),
      ],
    ];
    for (const [name, value, keep] of cases) {
      const found = await everything(sim, 'vendas', { [name]: value });
      expect(found.rows).toEqual(rows.filter(keep));
      expect(found.rows.length).toBeGreaterThan(0);
    }
  });

  it('point to users, or to employees by a switch', async () => {
    const ids = async (path: string): Promise<Set<unknown>> =>
      new Set((await everything(sim, path)).rows.map((row) => row['id']));
    const [users, employees] = [await ids('usuarios'), await ids('funcionarios')];
    const sellers = async (): Promise<unknown[]> =>
      (await everything(sim, 'vendas')).rows.map((row) => row['vendedor_id']).filter((id) => id !== null);
    for (const id of await sellers()) expect(users.has(id)).toBe(true);
    sim.turn({ sellerTable: 'funcionarios' });
    const switched = await sellers();
    sim.turn({ sellerTable: 'usuarios' });
    for (const id of switched) expect(employees.has(id)).toBe(true);
  });

  it('are read one by one as in the list', async () => {
    const [row] = (await page(sim, '/vendas?limite=1')).data as [Json];
    const one = await call<{ data: Json; meta?: unknown }>(sim, `/vendas/${String(row['id'])}`);
    expect(one.json.data).toEqual(row);
    expect(one.json).not.toHaveProperty('meta');
    expect((await call(sim, '/vendas/1')).status).toBe(404);
    expect((await call(sim, '/lojas/2001')).status).toBe(404);
  });
});

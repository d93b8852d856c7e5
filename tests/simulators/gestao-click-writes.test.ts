// Writing to the Gestão Click simulator: what is validated, what follows from a sale, what PUT wipes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GestaoClickSimulator } from '../../simulators/gestao-click/index.ts';
import { call, everything, page, send, startSimulator } from './gestao-click-client.ts';
import type { Answer, Json } from './gestao-click-client.ts';

interface Single {
  code: number;
  status: string;
  data: Json & { mensagem?: string };
}

let sim: GestaoClickSimulator;
beforeEach(async () => {
  sim = await startSimulator();
});
afterEach(() => sim.close());

const DONE = '2628004';
const CANCELLED = '2628005';
const WIDE = { data_inicio: '2020-01-01', data_fim: '2030-12-31' };

const sale = (more: Json = {}): Json => ({
  tipo: 'produto',
  cliente_id: '8100001',
  vendedor_id: '357001',
  situacao_id: DONE,
  data: '2026-11-18',
  valor_frete: '10.00',
  produtos: [
    {
      produto: {
        produto_id: '17676001',
        variacao_id: '28124001',
        quantidade: '2',
        valor_venda: '60.00',
        tipo_desconto: 'R$',
        desconto_valor: '5.00',
      },
    },
  ],
  pagamentos: [
    {
      pagamento: {
        data_vencimento: '2026-11-18',
        valor: '60.00',
        forma_pagamento_id: '1715001',
        plano_contas_id: '11660001',
      },
    },
    {
      pagamento: {
        data_vencimento: '2026-12-18',
        valor: '65.00',
        forma_pagamento_id: '1715001',
        plano_contas_id: '11660001',
      },
    },
  ],
  ...more,
});
const post = (path: string, body: unknown): Promise<Answer<Single>> => send<Single>(sim, 'POST', path, body);
const put = (path: string, body: unknown): Promise<Answer<Single>> => send<Single>(sim, 'PUT', path, body);
const titlesOf = async (code: unknown, loja_id = '2001'): Promise<Json[]> =>
  (await everything(sim, 'recebimentos', { ...WIDE, loja_id })).rows.filter(
    (row) => row['descricao'] === `Venda de nº ${String(code)}`,
  );

describe('sales', () => {
  it('are created with the next number, answer the whole record, and come first in the list', async () => {
    const { status, json } = await post('/vendas', sale());
    expect(status).toBe(200);
    expect(json.data).toMatchObject({
      valor_total: '125.00',
      valor_produtos: '115.00',
      nome_vendedor: expect.any(String) as string,
      situacao_financeiro: '0',
    });
    const [newest] = (await page(sim, '/vendas?limite=1')).data;
    expect(newest).toMatchObject({
      id: json.data['id'],
      codigo: json.data['codigo'],
      situacao_financeiro: '1',
      nome_loja: 'Matriz',
    });
  });

  it('launch one open title per instalment when their state launches finance', async () => {
    const { json } = await post('/vendas?loja_id=2002', sale());
    const titles = await titlesOf(json.data['codigo'], '2002');
    expect(
      titles.map((row) => [row['valor'], row['data_vencimento'], row['liquidado'], row['nome_loja']]),
    ).toEqual([
      ['60.00', '2026-11-18', '0', 'Filial Savassi'],
      ['65.00', '2026-12-18', '0', 'Filial Savassi'],
    ]);
    const open = await post('/vendas', sale({ situacao_id: '2628001' }));
    expect(await titlesOf(open.json.data['codigo'])).toEqual([]);
  });

  it('are refused with 404 and a sentence', async () => {
    const [existing] = (await page(sim, '/vendas?limite=1')).data;
    const refused: [Json, RegExp][] = [
      [
        {
          pagamentos: [
            { pagamento: { data_vencimento: '2026-11-18', valor: '1.00', forma_pagamento_id: '1715001' } },
          ],
        },
        /^O valor das parcelas difere do valor total do pedido\.$/,
      ],
      [{ codigo: existing?.['codigo'] }, /já está sendo utilizado/],
      [{ cliente_id: '1' }, /cliente_id informado/],
      [{ situacao_id: '' }, /situacao_id/],
      [{ data: '18/11/2026' }, /data/],
      [{ tipo: 'vendas_balcao' }, /tipo/],
    ];
    for (const [change, message] of refused) {
      const answer = await post('/vendas', sale(change));
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ code: 404, status: 'error', data: { erro: 'Not Found' } });
      expect(answer.json.data.mensagem).toMatch(message);
    }
    sim.turn({ errorsIn200: true });
    const hidden = await post('/vendas', sale({ cliente_id: '1' }));
    expect([hidden.status, hidden.json.code, hidden.json.status]).toEqual([200, 404, 'error']);
  });

  it('split a total into instalments, the rest on the last', async () => {
    const auto = sale({
      pagamentos: undefined,
      forma_pagamento_id: '1715001',
      numero_parcelas: 3,
      intervalo_dias: 30,
      data_primeira_parcela: '2026-12-01',
    });
    const { json } = await post('/vendas', auto);
    const values = (json.data['pagamentos'] as { pagamento: Json }[]).map(({ pagamento }) => [
      pagamento['data_vencimento'],
      pagamento['valor'],
    ]);
    expect(values).toEqual([
      ['2026-12-01', '41.66'],
      ['2026-12-31', '41.66'],
      ['2027-01-30', '41.68'],
    ]);
    const preview = await call<{ data: Json[] }>(sim, '/vendas/gerar_parcelas', {
      method: 'POST',
      body: JSON.stringify({ valor_total: '100.00', forma_pagamento_id: '1715001', numero_parcelas: 3 }),
    });
    expect(preview.json.data.map((row) => row['valor'])).toEqual([33.33, 33.33, 33.34]);
  });

  it('lose by PUT what it does not carry, or keep it by the switch', async () => {
    const { json } = await post('/vendas', sale({ observacoes: 'a / b' }));
    const id = String(json.data['id']);
    const replaced = await put(`/vendas/${id}`, { situacao_id: CANCELLED });
    expect(replaced.json.data).toMatchObject({
      nome_situacao: 'Cancelada',
      observacoes: '',
      produtos: [],
      valor_total: '0.00',
      codigo: json.data['codigo'],
    });
    expect(await titlesOf(json.data['codigo'])).toEqual([]);

    sim.turn({ put: 'merge' });
    const other = await post('/vendas', sale({ observacoes: 'a / b' }));
    const merged = await put(`/vendas/${String(other.json.data['id'])}`, { situacao_id: CANCELLED });
    expect(merged.json.data).toMatchObject({
      nome_situacao: 'Cancelada',
      observacoes: 'a / b',
      valor_total: '125.00',
    });
  });

  it('of the past can be read, written back whole, cancelled and deleted', async () => {
    const { rows } = await everything(sim, 'vendas');
    const old = rows.find((row) => row['situacao_financeiro'] === '1' && row['cliente_id'] !== '') as Json;
    const id = String(old['id']);
    expect((await titlesOf(old['codigo'])).length).toBeGreaterThan(0);
    const back = await put(`/vendas/${id}`, old);
    expect(back.status).toBe(200);
    for (const field of ['valor_total', 'codigo', 'cliente_id', 'data', 'pagamentos', 'nome_situacao'])
      expect(back.json.data[field]).toEqual(old[field]);
    expect(await titlesOf(old['codigo'])).toHaveLength((old['pagamentos'] as unknown[]).length);
    await put(`/vendas/${id}`, { ...old, situacao_id: CANCELLED });
    expect(await titlesOf(old['codigo'])).toEqual([]);
    const gone = await send<{ data: string }>(sim, 'DELETE', `/vendas/${id}`, {});
    expect(gone.json.data).toBe('Venda excluida com sucesso');
    expect((await call(sim, `/vendas/${id}`)).status).toBe(404);
    expect((await everything(sim, 'vendas')).total).toBe(rows.length - 1);
  });
});

describe('quotes', () => {
  it('are written like sales, with states of their own, and launch nothing', async () => {
    const { json } = await post(
      '/orcamentos',
      sale({ situacao_id: '2629001', validade: '15 dias', previsao_entrega: '2026-12-01' }),
    );
    expect(json.data).toMatchObject({
      valor_total: '125.00',
      nome_situacao: 'Em aberto',
      validade: '15 dias',
      previsao_entrega: '2026-12-01',
    });
    expect((await page(sim, '/orcamentos?limite=1')).data[0]).toEqual(json.data);
    expect(await titlesOf(json.data['codigo'])).toEqual([]);
    const id = String(json.data['id']);
    expect(
      (await put(`/orcamentos/${id}`, { ...json.data, situacao_id: '2629002' })).json.data,
    ).toMatchObject({ nome_situacao: 'Aprovado', valor_total: '125.00' });
    expect((await post('/orcamentos', sale())).json.data.mensagem).toMatch(/situacao_id/);
    expect((await send<{ data: string }>(sim, 'DELETE', `/orcamentos/${id}`, {})).json.data).toBe(
      'Orçamento excluido com sucesso',
    );
  });
});

describe('titles', () => {
  it('are settled by PUT, move to the day of payment, and can be opened again', async () => {
    const { rows } = await everything(sim, 'recebimentos', WIDE);
    const title = rows.find(
      (row) => row['liquidado'] === '0' && String(row['data_vencimento']) > '2026-12-31',
    ) as Json;
    const paid = await put(`/recebimentos/${String(title['id'])}`, {
      ...title,
      juros: '2.50',
      liquidado: '1',
      data_liquidacao: '2026-11-19',
    });
    expect(paid.json.data).toMatchObject({ liquidado: '1', data_liquidacao: '2026-11-19', juros: '2.50' });
    expect(Number(paid.json.data['valor_total'])).toBeCloseTo(Number(title['valor']) + 2.5, 2);
    const november = await everything(sim, 'recebimentos', {
      data_inicio: '2026-11-19',
      data_fim: '2026-11-19',
    });
    expect(november.rows.map((row) => row['id'])).toContain(title['id']);
    const open = await put(`/recebimentos/${String(title['id'])}`, {
      ...title,
      liquidado: '0',
      data_liquidacao: '',
    });
    expect(open.json.data).toMatchObject({
      liquidado: '0',
      data_liquidacao: null,
      loja_id: title['loja_id'],
      codigo: title['codigo'],
    });
  });

  it('are created with their required fields only, and deleted', async () => {
    const body = {
      descricao: 'Aluguel',
      data_vencimento: '2026-12-05',
      plano_contas_id: '11670004',
      forma_pagamento_id: '1715002',
      conta_bancaria_id: '3301',
      valor: '1500.00',
      data_competencia: '2026-12-01',
    };
    for (const field of Object.keys(body)) {
      const answer = await post('/pagamentos', { ...body, [field]: '' });
      expect([answer.status, answer.json.data.mensagem]).toEqual([404, expect.stringContaining(field)]);
    }
    const { json } = await post('/pagamentos', body);
    expect(json.data).toMatchObject({
      valor_total: '1500.00',
      entidade: 'O',
      nome_plano_conta: 'Aluguel e condomínio',
      loja_id: '2001',
    });
    expect((await call(sim, `/pagamentos/${String(json.data['id'])}`)).status).toBe(200);
    await send(sim, 'DELETE', `/pagamentos/${String(json.data['id'])}`, {});
    expect((await call(sim, `/pagamentos/${String(json.data['id'])}`)).status).toBe(404);
  });
});

describe('clients', () => {
  it('are created, found, replaced and deleted', async () => {
    const body = {
      tipo_pessoa: 'PF',
      nome: 'Cliente Exemplo',
      cpf: '529.982.247-25',
      celular: '(31) 9 0000-0000',
      enderecos: [{ endereco: { logradouro: 'Rua A', nome_cidade: 'Belo Horizonte', estado: 'MG' } }],
    };
    const { json } = await post('/clientes', body);
    expect(json.data).toMatchObject({
      ...body,
      ativo: '1',
      enderecos: [{ endereco: { cidade_id: '1411' } }],
    });
    expect((await page(sim, '/clientes?cpf_cnpj=52998224725')).data).toHaveLength(1);
    const id = String(json.data['id']);
    const wiped = await put(`/clientes/${id}`, { nome: 'Outro Nome' });
    expect(wiped.json.data).toMatchObject({
      id,
      nome: 'Outro Nome',
      tipo_pessoa: 'PF',
      celular: '',
      enderecos: [],
    });
    expect((await post('/clientes', { tipo_pessoa: 'PF' })).status).toBe(404);
    expect((await post('/clientes', { tipo_pessoa: 'XX', nome: 'A' })).status).toBe(404);
    expect((await send<{ data: string }>(sim, 'DELETE', `/clientes/${id}`, {})).json.data).toBe(
      'Cliente excluido com sucesso',
    );
  });

  it('products take partial bodies; lists of settings take no writes', async () => {
    const changed = await put('/produtos/17676002', { valor_venda: '99.0000' });
    expect(changed.json.data).toMatchObject({
      valor_venda: '99.0000',
      nome: expect.stringMatching(/./) as string,
      codigo_interno: 'P00002',
    });
    expect((await post('/lojas', { nome: 'Nova' })).status).toBe(404);
    expect((await send(sim, 'PATCH', '/clientes/8100001', {})).status).toBe(404);
  });
});

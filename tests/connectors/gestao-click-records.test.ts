// Single records: what is lenient, what is rejected and how it is said, how states, discounts and references are decided.
import { afterAll, describe, expect, test } from 'vitest';
import { createGestaoClickConnector } from '../../connectors/gestao-click/index.ts';
import { createOutcomes } from '../../connectors/gestao-click/outcome.ts';
import { saleNumberOf } from '../../connectors/gestao-click/streams/titles.ts';
import { discountOf } from '../../connectors/gestao-click/streams/items.ts';
import { ConfigError } from '../../lib/errors.ts';
import { recordId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import type { Json, ParsedRecord, Row } from '../../sync/types.ts';
import { Bench, openQuota, streamOf, TOKENS, WALLET } from './gestao-click-reading.ts';

const bench = new Bench();
const connector = bench.connector('http://127.0.0.1:9');
afterAll(() => bench.close());

const parse = (stream: string, payload: Json): ParsedRecord => streamOf(connector, stream).parse(WALLET, payload);
const id = (kind: string, externalId: string): string => recordId(WALLET, kind, externalId);

/** A sale as the documents show it. */
const SALE = {
  id: '40012345',
  codigo: '1532',
  cliente_id: '8101',
  nome_cliente: 'Padaria Sol Nascente',
  vendedor_id: '357001',
  nome_vendedor: 'Bruna Teste',
  data: '2026-08-12',
  situacao_id: '2628001',
  nome_situacao: 'Em aberto',
  valor_total: '238.00',
  valor_produtos: '200.00',
  valor_servicos: '30.00',
  valor_frete: '8.00',
  desconto_valor: null,
  desconto_porcentagem: null,
  situacao_financeiro: '0',
  cadastrado_em: '2026-08-12 14:03:22',
  modificado_em: '2026-08-12 14:05:00',
  atributos: [{ atributo: { id: '991', atributo_id: '73', descricao: 'Origem', conteudo: 'Instagram', tipo: 'texto_simples' } }],
  pagamentos: [
    { pagamento: { data_vencimento: '2026-08-12', valor: '119.00', forma_pagamento_id: '1715001', plano_contas_id: '11660001', observacao: '' } },
    { pagamento: { data_vencimento: '2026-09-11', valor: '119.00', forma_pagamento_id: '1715001', plano_contas_id: '11660001', observacao: '' } },
  ],
  produtos: [{ produto: { produto_id: '17676001', nome_produto: 'Farinha 25kg', quantidade: '2.00', valor_venda: '100.00', tipo_desconto: 'R$', desconto_valor: null, valor_total: '200.00' } }],
  servicos: [{ servico: { id: '351', servico_id: '437', nome_servico: 'Entrega', quantidade: '1.00', valor_venda: '30.0000', valor_total: '30.00' } }],
} satisfies Json;

describe('a sale', () => {
  test('becomes rows of five tables', () => {
    const { row, others } = parse('sales', { ...SALE, '@tipo': 'servico', '@loja_id': '2001' });
    expect(row).toMatchObject({
      id: id('sale', '40012345'),
      number: '1532',
      kind: 'SERVICE',
      date: '2026-08-12',
      total: '238',
      store_id: id('store', '2001'),
      client_id: id('client', '8101'),
      client_name_key: 'padaria sol nascente',
      salesperson_id: id('salesperson', '357001'),
      launched: false,
      source_created_at: '2026-08-12T17:03:22.000Z',
      source_updated_at: '2026-08-12T17:05:00.000Z',
      metadata: SALE,
    });
    expect(others?.['gestao_click.sale_item']).toMatchObject([
      { position: 1, kind: 'PRODUCT', product_id: id('product', '17676001'), description: 'Farinha 25kg', quantity: '2', unit_price: '100', total: '200' },
      { position: 2, kind: 'SERVICE', service_id: id('service', '437'), product_id: null, total: '30' },
    ]);
    expect(others?.['gestao_click.payment']).toMatchObject([
      { id: id('instalment', '40012345:1'), external_id: '40012345:1', origin: 'INSTALMENT', amount: '119', due_date: '2026-08-12', visible: true, sale_id: row['id'], position: 1, metadata: SALE.pagamentos[0]!.pagamento },
      { id: id('instalment', '40012345:2'), due_date: '2026-09-11', position: 2, sale_number: '1532' },
    ]);
    expect(others?.['gestao_click.attribute_value']).toMatchObject([{ owner_id: row['id'], owner_type: 'SALE', definition_id: id('sale_attribute', '73'), name: 'Origem', text: 'Instagram' }]);
    expect(others?.['gestao_click.sale_status']).toMatchObject([{ id: id('sale_status', '2628001'), name: 'Em aberto', outcome: 'OPEN', metadata: { id: '2628001', nome: 'Em aberto' } }]);
  });

  test.each<[string, Record<string, Json>, Row]>([
    ['empty texts are nothing', { cliente_id: '', vendedor_id: '', nome_vendedor: '', situacao_id: '' }, { client_id: null, salesperson_id: null, status_id: null }],
    ['the id 0 is nobody', { cliente_id: '0', vendedor_id: 0 }, { client_id: null, salesperson_external_id: null }],
    ['a salesperson with a name alone', { vendedor_id: null, nome_vendedor: 'BRUNA  Teste' }, { salesperson_id: id('salesperson', 'name:bruna teste'), salesperson_name: 'BRUNA  Teste' }],
    ['numbers instead of texts', { codigo: 1532, valor_total: 238.5, cliente_id: 8101 }, { number: '1532', total: '238.5', client_id: id('client', '8101') }],
    ['days that are none', { prazo_entrega: '0000-00-00', cadastrado_em: '0000-00-00 00:00:00' }, { due_on: null, source_created_at: null }],
    ['the documented name of the delivery day', { previsao_entrega: '2026-08-20' }, { due_on: '2026-08-20' }],
    ['a change that is not told: the day of creation', { modificado_em: null }, { source_updated_at: '2026-08-12T17:03:22.000Z' }],
    ['no times at all: midnight of its day in São Paulo', { modificado_em: '', cadastrado_em: null }, { source_updated_at: '2026-08-12T03:00:00.000Z' }],
    ['a number that is none', { codigo: 'A-17' }, { number: 'A-17', number_value: '0' }],
    ['a discount by percentage', { desconto_porcentagem: '2.50' }, { discount: '5.75' }],
    ['a discount by value', { desconto_valor: '10.00', desconto_porcentagem: '4.35' }, { discount: '10' }],
  ])('%s', (_what, change, expected) => {
    expect(parse('sales', { ...SALE, ...change }).row).toMatchObject(expected);
  });

  test('with lists that are null, empty or missing has no children, so that old ones are taken away', () => {
    const { produtos: _p, servicos: _s, ...rest } = SALE;
    const { others } = parse('sales', { ...rest, pagamentos: null, atributos: '' });
    expect(others?.['gestao_click.sale_item']).toEqual([]);
    expect(others?.['gestao_click.payment']).toEqual([]);
    expect(others?.['gestao_click.attribute_value']).toEqual([]);
  });

  test.each<[string, Record<string, Json>]>([
    ['has launched its titles', { situacao_financeiro: '1' }],
    ['is cancelled', { nome_situacao: 'Cancelada' }],
  ])('that %s hides its instalments', (_what, change) => {
    expect(parse('sales', { ...SALE, ...change }).others?.['gestao_click.payment']?.map((row) => row['visible'])).toEqual([false, false]);
  });

  test.each<[Record<string, Json>, string]>([
    [{ valor_total: 'abc' }, 'valor_total: expected a decimal, got "abc"'],
    [{ valor_total: '' }, 'valor_total: expected a decimal, got nothing'],
    [{ data: '31/12/2026' }, 'data: expected a day as YYYY-MM-DD, got "31/12/2026"'],
    [{ pagamentos: [{ pagamento: { data_vencimento: '2026-08-12', valor: 'abc' } }] }, 'pagamentos.0.valor: expected a decimal, got "abc"'],
    [{ produtos: 'nenhum' }, 'produtos: Invalid input: expected array, received string'],
    [{ situacao_financeiro: 'talvez' }, 'situacao_financeiro: expected 0 or 1, got "talvez"'],
    [{ id: null }, 'id: expected an id, got nothing'],
    [{ nome_cliente: { nome: 'X' } }, 'nome_cliente: expected a text, got an object'],
  ])('that cannot be read is refused with the path of the field: %j', (change, message) => {
    expect(() => parse('sales', { ...SALE, ...change })).toThrow(message);
  });

  test('at most three reasons are told', () => {
    expect(() => parse('sales', { id: '1', valor_total: 'a', data: 'b', valor_frete: 'c', valor_produtos: 'd' })).toThrow(/and 1 more$/);
  });
});

describe('a title', () => {
  const TITLE = { id: '90555001', codigo: '7712', descricao: 'Venda de nº 1532', valor: '119.00', juros: '1.10', desconto: '', taxa_banco: '2.00', taxa_operadora: '0.35', data_vencimento: '2026-08-12', cliente_id: '8101', nome_cliente: 'Padaria', entidade: 'C', loja_id: '2001' };

  test('without the provider’s total is computed; open, it was not paid', () => {
    expect(parse('receivables', { ...TITLE, liquidado: '0', data_liquidacao: '' }).row).toMatchObject({
      id: id('receivable', '90555001'), direction: 'RECEIVABLE', fees: '2.35', net_amount: '117.75', settled: false, paid_at: null, sale_number: '1532', store_id: id('store', '2001'), party_name: 'Padaria',
    });
  });

  test('that is paid says when; a payable has an id of its own and no sale', () => {
    expect(parse('payables', { ...TITLE, liquidado: 'Sim', data_liquidacao: '2026-08-14', valor_total: '117.75' }).row).toMatchObject({
      id: id('payable', '90555001'), direction: 'PAYABLE', settled: true, paid_at: '2026-08-14', sale_number: null,
    });
  });

  test.each([
    ['Venda de nº 1532', '1532'],
    ['Venda de n° 77 (1/3)', '77'],
    ['venda nº: 9', '9'],
    ['Venda de no 12', '12'],
    ['Ordem de serviço de nº 1532', null],
    ['Aluguel', null],
    ['Revenda de nº 5', null],
    [null, null],
  ])('%s names sale %s', (description, number) => {
    expect(saleNumberOf(description)).toBe(number);
  });
});

describe('a client', () => {
  test('keeps what it can be recognised by, also from its contacts', () => {
    const { row, others } = parse('clients', {
      id: 8101, tipo_pessoa: 'PJ', nome: 'Padaria Sol', razao_social: 'Sol Alimentos Ltda', cnpj: '11.222.333/0001-81', cpf: null, telefone: '(31) 3222-0001', celular: '+55 31 99888-0002',
      email: 'Compras@Exemplo.test', ativo: '0', contatos: [{ contato: { nome_tipo: 'Email', contato: 'ana@exemplo.test' } }, { contato: { contato: '31 98888-0003' } }],
      enderecos: [{ endereco: { nome_cidade: 'Belo Horizonte', estado: 'MG' } }], atributos: [{ atributo: { atributo_id: '5', descricao: 'Segmento', conteudo: 'Varejo' } }],
    });
    expect(row).toMatchObject({
      external_id: '8101', kind: 'COMPANY', document: '11222333000181', name: 'Padaria Sol', trade_name: 'Padaria Sol', active: false, city: 'Belo Horizonte', state: 'MG', email: 'compras@exemplo.test',
      email_keys: ['compras@exemplo.test', 'ana@exemplo.test'], phone_keys: ['3132220001', '3198880002', '3188880003'],
    });
    expect(row['search_text']).toContain('sol alimentos ltda');
    expect(others?.['gestao_click.attribute_value']).toMatchObject([{ owner_type: 'CLIENT', definition_id: id('client_attribute', '5'), text: 'Varejo' }]);
  });

  test('with a document that does not check has none, and keeps the record whole', () => {
    const { row } = parse('clients', { id: '1', nome: 'Ana', tipo_pessoa: 'PF', cpf: '000.000.000-00', telefone: '3222-0001' });
    expect(row).toMatchObject({ document: null, phone_keys: [], phones: ['3222-0001'], metadata: { cpf: '000.000.000-00' } });
  });
});

test.each([
  ['Cancelada', 1, 'CANCELLED'],
  ['Devolvido', null, 'CANCELLED'],
  ['Concretizada', null, 'CONFIRMED'],
  ['Aguardando pagamento', 0, 'OPEN'],
  ['Aguardando retirada', 1, 'CONFIRMED'],
  ['Não confirmada', null, 'OPEN'],
  ['Em andamento', 2, 'OPEN'],
  ['Faturado', null, 'CONFIRMED'],
  ['Etapa própria', 3, 'CONFIRMED'],
  ['Etapa própria', null, 'OPEN'],
] as const)('the state %s that launches %s is %s', (name, launches, outcome) => {
  expect(createOutcomes()({ externalId: '1', name, launches })).toBe(outcome);
});

test('configuration goes before the rules, by id or by name', () => {
  const outcomeOf = createOutcomes({ '77': 'CANCELLED', 'etapa propria': 'CONFIRMED' });
  expect(outcomeOf({ externalId: '77', name: 'Concretizada', launches: 1 })).toBe('CANCELLED');
  expect(outcomeOf({ externalId: '78', name: 'Etapa Própria', launches: null })).toBe('CONFIRMED');
});

test.each([
  [{ desconto_valor: null, desconto_porcentagem: null }, null, null],
  [{ desconto_valor: '3', desconto_porcentagem: null }, 'R$', '3'],
  [{ desconto_valor: '0', desconto_porcentagem: '10' }, null, '3.34'],
  [{ desconto_valor: '9', desconto_porcentagem: '10' }, '%', '3.34'],
  [{ desconto_valor: '9', desconto_porcentagem: '0' }, '%', '9'],
  [{ desconto_valor: '0', desconto_porcentagem: null }, 'R$', '0'],
] as const)('a discount of %j, told as %s, takes %s off 33.35', (wire, tipo, expected) => {
  expect(discountOf(wire, '33.35', tipo)).toBe(expected);
});

test('a token that no header can carry is a problem of the configuration', () => {
  const options = { apiUrl: 'http://127.0.0.1:9', ...TOKENS, timeoutMs: 1, retryAttempts: 0, retryDelayMs: 1, debug: false, gate: openQuota, log: silentLogger };
  const make = () => createGestaoClickConnector({ ...options, secretToken: 'two\nlines' });
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(/GESTAO_CLICK_SECRET_TOKEN/);
  expect(make).not.toThrow(/two/);
});

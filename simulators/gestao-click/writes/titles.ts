// POST and PUT of titles; settling one is a PUT with `liquidado` and `data_liquidacao` (gestao-click.md 7, 8).
import { isDate } from '../../world/index.ts';
import { Refused } from '../dialect.ts';
import { paidFields } from '../rows/titles.ts';
import type { Account } from '../state.ts';
import type { Entry, Query } from '../tables/index.ts';
import { centsOf, money, textOf } from '../wire.ts';
import type { Row } from '../wire.ts';
import { scopeOf } from './scope.ts';

export type TitleTable = 'recebimentos' | 'pagamentos';

const REQUIRED = [
  'descricao',
  'data_vencimento',
  'plano_contas_id',
  'forma_pagamento_id',
  'conta_bancaria_id',
  'valor',
  'data_competencia',
] as const;

const PARTIES = [
  ['cliente_id', 'clientes', 'C', 'nome_cliente'],
  ['fornecedor_id', 'fornecedores', 'F', 'nome_fornecedor'],
  ['transportadora_id', 'transportadoras', 'T', 'nome_transportadora'],
  ['funcionario_id', 'funcionarios', 'U', 'nome_funcionario'],
] as const;

export function createTitle(account: Account, name: TitleTable, body: Row, query: Query): Row {
  const table = account.table(name);
  const id = table.newId();
  const scope = scopeOf(account, body, query);
  const fixed: Row = {
    id: String(id),
    codigo: textOf(body['codigo']) || String(id % 100_000_000),
    usuario_id: scope.userId,
    nome_usuario: scope.userName,
    loja_id: scope.storeId,
    nome_loja: scope.storeName,
    cadastrado_em: account.now(),
  };
  const row = written(account, body, fixed);
  table.put({ id, storeId: scope.storeId, kind: '', row });
  return row;
}

export function updateTitle(account: Account, name: TitleTable, old: Entry, body: Row): Row {
  const kept =
    account.switches.put === 'merge'
      ? old.row
      : Object.fromEntries(REQUIRED.map((field) => [field, old.row[field]]));
  const fixed = Object.fromEntries(
    ['id', 'codigo', 'usuario_id', 'nome_usuario', 'loja_id', 'nome_loja', 'cadastrado_em'].map((field) => [
      field,
      old.row[field],
    ]),
  );
  const row = written(account, { ...kept, ...body }, fixed);
  account.table(name).put({ ...old, row });
  return row;
}

function written(account: Account, body: Row, fixed: Row): Row {
  for (const field of REQUIRED)
    if (textOf(body[field]) === '') throw new Refused(`O campo ${field} é obrigatório.`);
  for (const field of ['data_vencimento', 'data_competencia']) {
    if (!isDate(textOf(body[field]))) throw new Refused(`O campo ${field} é inválido.`);
  }
  const value = centsOf(body['valor']);
  if (value === null) throw new Refused('O campo valor é inválido.');
  const cents = (name: string): number => centsOf(body[name]) ?? 0;
  const total = value + cents('juros') - cents('desconto') - cents('taxa_banco') - cents('taxa_operadora');
  const name = (table: string, field: string): string =>
    textOf(account.need(table, textOf(body[field]), field).row['nome']);

  const paid = textOf(body['liquidado']) === '1';
  const paidDate = textOf(body['data_liquidacao']);
  if (paid && !isDate(paidDate)) throw new Refused('O campo data_liquidacao é obrigatório.');

  let kind = 'O';
  const parties: Row = {};
  for (const [field, table, letter, nameField] of PARTIES) {
    const id = textOf(body[field]);
    if (id !== '') kind = letter;
    parties[field] = id;
    parties[nameField] = id === '' ? '' : textOf(account.need(table, id, field).row['nome']);
  }
  const center = textOf(body['centro_custo_id']);
  return {
    ...fixed,
    descricao: textOf(body['descricao']),
    valor: money(value),
    juros: money(cents('juros')),
    desconto: money(cents('desconto')),
    taxa_banco: money(cents('taxa_banco')),
    taxa_operadora: money(cents('taxa_operadora')),
    valor_total: money(total),
    plano_contas_id: textOf(body['plano_contas_id']),
    nome_plano_conta: name('planos_contas', 'plano_contas_id'),
    centro_custo_id: center,
    nome_centro_custo: textOf(account.find('centros_custos', center)?.row['nome']),
    conta_bancaria_id: textOf(body['conta_bancaria_id']),
    nome_conta_bancaria: name('contas_bancarias', 'conta_bancaria_id'),
    forma_pagamento_id: textOf(body['forma_pagamento_id']),
    nome_forma_pagamento: name('formas_pagamentos', 'forma_pagamento_id'),
    entidade: kind,
    ...parties,
    ...paidFields(paid ? paidDate : null, account.switches),
    data_vencimento: textOf(body['data_vencimento']),
    data_competencia: textOf(body['data_competencia']),
    modificado_em: account.now(),
    atributos: Array.isArray(body['atributos']) ? body['atributos'] : [],
  };
}

// POST, PUT and DELETE of sales and quotes, with what sales do to titles: a state that launches finance makes them,
// another takes them back (gestao-click.md 7, 8).
import { isDate } from '../../world/index.ts';
import { Refused } from '../dialect.ts';
import { asQuote } from '../rows/sales.ts';
import type { Account } from '../state.ts';
import type { Entry, Query } from '../tables/index.ts';
import { centsOf, money, textOf } from '../wire.ts';
import type { Row } from '../wire.ts';
import { instalmentsOf } from './instalments.ts';
import { discountOf, productLines, serviceLines } from './lines.ts';
import { scopeOf } from './scope.ts';
import { launchTitles, withdrawTitles } from './launch.ts';

/** States by their `tipo_lancamento`: 1 stock + finance, 3 finance only. */
const launchesFinance = (status: Row): boolean =>
  status['tipo_lancamento'] === '1' || status['tipo_lancamento'] === '3';

export type SaleTable = 'vendas' | 'orcamentos';

/** Creates a sale or quote. A sale's answer says that nothing is launched yet, although the record read next does (7). */
export function createSale(account: Account, name: SaleTable, body: Row, query: Query): Row {
  const table = account.table(name);
  const kind = textOf(body['tipo']) || 'produto';
  if (kind !== 'produto' && kind !== 'servico') throw new Refused('O tipo informado é inválido.');
  const code = textOf(body['codigo']) || account.nextCode(name);
  if (account.codeInUse(name, code)) throw new Refused(`O código ${code} já está sendo utilizado.`);
  const id = table.newId();
  const entry = written(
    account,
    name,
    { id, kind, storeId: scopeOf(account, body, query).storeId },
    { ...body, codigo: code },
    null,
  );
  table.put(entry);
  if (name === 'orcamentos') return entry.row;
  launchTitles(account, entry);
  return { ...entry.row, situacao_financeiro: '0', situacao_estoque: '0' };
}

/** Replaces (or, by the switch, merges) a sale or quote. Required fields that are left out keep their values. */
export function updateSale(account: Account, name: SaleTable, old: Entry, body: Row): Row {
  const base =
    account.switches.put === 'merge'
      ? old.row
      : pick(old.row, ['codigo', 'cliente_id', 'situacao_id', 'data']);
  const merged: Row = { ...base, ...body };
  const code = textOf(merged['codigo']);
  if (code !== old.row['codigo'] && account.codeInUse(name, code))
    throw new Refused(`O código ${code} já está sendo utilizado.`);
  const entry = written(account, name, old, merged, old.row);
  account.table(name).put(entry);
  if (name === 'orcamentos') return entry.row;
  withdrawTitles(account, entry.id);
  launchTitles(account, entry);
  return entry.row;
}

export function deleteSale(account: Account, entry: Entry): void {
  withdrawTitles(account, entry.id);
  account.table('vendas').remove(entry.id);
}

function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** The record that a body makes. Throws Refused for what the API validates. */
function written(
  account: Account,
  name: SaleTable,
  scope: Pick<Entry, 'id' | 'kind' | 'storeId'>,
  body: Row,
  old: Row | null,
): Entry {
  for (const field of ['cliente_id', 'situacao_id', 'data'] as const) {
    const fromCounter = field === 'cliente_id' && old !== null && textOf(old['cliente_id']) === '';
    if (textOf(body[field]) === '' && !fromCounter) throw new Refused(`O campo ${field} é obrigatório.`);
  }
  const date = textOf(body['data']);
  if (!isDate(date)) throw new Refused('O campo data é inválido.');
  const clientId = textOf(body['cliente_id']);
  const client = clientId === '' ? null : account.need('clientes', clientId, 'cliente_id').row;
  const status = account.need(
    name === 'vendas' ? 'situacoes_vendas' : 'situacoes_orcamentos',
    textOf(body['situacao_id']),
    'situacao_id',
  ).row;
  const sellerId = textOf(body['vendedor_id']);
  const seller = sellerId === '' ? null : account.find(account.switches.sellerTable, sellerId)?.row;
  const center = textOf(body['centro_custo_id']);
  const carrier = textOf(body['transportadora_id']);

  const products = productLines(account, body);
  const services = serviceLines(account, body, scope.id);
  const gross = products.totalCents + services.totalCents;
  const discount = discountOf(body, gross);
  const freight = centsOf(body['valor_frete']) ?? 0;
  const total = gross - discount + freight;
  const store = account.find('lojas', scope.storeId)?.row;
  const now = account.now();
  const finance = launchesFinance(status);
  const row: Row = {
    id: String(scope.id),
    codigo: textOf(body['codigo']),
    cliente_id: clientId,
    nome_cliente: textOf(client?.['nome'] ?? old?.['nome_cliente']),
    vendedor_id: seller ? sellerId : null,
    nome_vendedor: textOf(seller?.['nome'] ?? body['nome_vendedor']),
    tecnico_id: textOf(body['tecnico_id']) || null,
    nome_tecnico: textOf(body['nome_tecnico']) || null,
    data: date,
    prazo_entrega: textOf(body['prazo_entrega'] ?? body['previsao_entrega']) || null,
    situacao_id: status['id'],
    nome_situacao: status['nome'],
    valor_total: money(total),
    transportadora_id: carrier || null,
    nome_transportadora: textOf(account.find('transportadoras', carrier)?.row['nome']),
    centro_custo_id: center || null,
    nome_centro_custo: textOf(account.find('centros_custos', center)?.row['nome']),
    aos_cuidados_de: null,
    validade: null,
    introducao: null,
    observacoes: textOf(body['observacoes']),
    observacoes_interna: textOf(body['observacoes_interna']),
    desconto_valor: discount > 0 ? money(discount) : null,
    desconto_porcentagem: textOf(body['desconto_porcentagem']) || null,
    valor_frete: money(freight),
    nome_canal_venda: textOf(body['nome_canal_venda']),
    nome_loja: textOf(store?.['nome']),
    valor_servicos: money(services.totalCents),
    valor_produtos: money(products.totalCents),
    valor_custo: money(products.costCents),
    condicao_pagamento: textOf(body['condicao_pagamento']) || 'a_vista',
    situacao_financeiro: finance ? '1' : '0',
    situacao_estoque: status['tipo_lancamento'] === '1' || status['tipo_lancamento'] === '2' ? '1' : '0',
    forma_pagamento_id: textOf(body['forma_pagamento_id']) || null,
    data_primeira_parcela: textOf(body['data_primeira_parcela']) || null,
    numero_parcelas: textOf(body['numero_parcelas']) || null,
    intervalo_dias: textOf(body['intervalo_dias']) || null,
    hash: scope.id.toString(36).padStart(6, '0'),
    cadastrado_em: old?.['cadastrado_em'] ?? now,
    modificado_em: now,
    equipamentos: [],
    enderecos: [],
    atributos: attributesOf(account, name, body, scope.id),
    pagamentos: instalmentsOf(account, body, total),
    produtos: products.rows,
    ...(services.rows.length > 0 ? { servicos: services.rows } : {}),
  };
  return {
    id: scope.id,
    kind: scope.kind,
    storeId: scope.storeId,
    row: name === 'vendas' ? row : asQuote(row, textOf(body['validade'])),
  };
}

/** `[{"atributo": {"atributo_id": 73, "conteudo": "..."}}]`, the best supported form (5.7). */
function attributesOf(account: Account, name: SaleTable, body: Row, saleId: number): Row[] {
  const given = Array.isArray(body['atributos']) ? (body['atributos'] as Row[]) : [];
  return given.map((item, i) => {
    const value = (item['atributo'] ?? item) as Row;
    const definition = account.need(
      name === 'vendas' ? 'atributos_vendas' : 'atributos_orcamentos',
      textOf(value['atributo_id']),
      'atributo_id',
    ).row;
    return {
      atributo: {
        id: String(saleId * 4 + i),
        atributo_id: definition['id'],
        descricao: definition['nome'],
        conteudo: textOf(value['conteudo']),
        tipo: definition['tipo'],
      },
    };
  });
}

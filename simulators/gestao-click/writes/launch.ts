// The titles of a sale: launched when its state says so, taken back when it does not any more (gestao-click.md 7).
import type { Account } from '../state.ts';
import type { Entry } from '../tables/index.ts';
import { paidFields } from '../rows/titles.ts';
import { textOf, unwrapAll } from '../wire.ts';
import type { Row } from '../wire.ts';

/** Makes one receivable per instalment of a sale whose state launches finance. */
export function launchTitles(account: Account, sale: Entry): void {
  if (sale.row['situacao_financeiro'] !== '1') return;
  const table = account.table('recebimentos');
  const ids = unwrapAll(sale.row['pagamentos'], 'pagamento').map((payment) => {
    const id = table.newId();
    table.put({ id, storeId: sale.storeId, kind: '', row: titleOf(account, id, sale, payment) });
    return id;
  });
  account.launched.set(sale.id, ids);
}

/** Removes the titles that a sale launched, here or in the world's past. */
export function withdrawTitles(account: Account, saleId: number): void {
  const table = account.table('recebimentos');
  for (const id of account.launched.get(saleId) ?? []) table.remove(id);
  account.launched.delete(saleId);
  const { sales, titles } = account.world;
  const sale = sales.indexOfId(saleId);
  if (sale === null) return;
  for (let instalment = 0; instalment < sales.plan(sale).count; instalment++) {
    table.remove(titles.id({ of: 'sale', sale, instalment }));
  }
}

function titleOf(account: Account, id: number, sale: Entry, payment: Row): Row {
  const { row } = sale;
  const now = account.now();
  return {
    id: String(id),
    codigo: String(id % 100_000_000),
    descricao: `Venda de nº ${textOf(row['codigo'])}`,
    valor: payment['valor'],
    juros: '0.00',
    desconto: '0.00',
    taxa_banco: '0.00',
    taxa_operadora: '0.00',
    valor_total: payment['valor'],
    plano_contas_id: payment['plano_contas_id'],
    nome_plano_conta: payment['nome_plano_conta'],
    centro_custo_id: textOf(row['centro_custo_id']),
    nome_centro_custo: row['nome_centro_custo'],
    conta_bancaria_id: '3301',
    nome_conta_bancaria: 'Conta principal',
    forma_pagamento_id: payment['forma_pagamento_id'],
    nome_forma_pagamento: payment['nome_forma_pagamento'],
    entidade: 'C',
    fornecedor_id: '',
    nome_fornecedor: '',
    cliente_id: row['cliente_id'],
    nome_cliente: row['nome_cliente'],
    transportadora_id: '',
    nome_transportadora: '',
    funcionario_id: '',
    nome_funcionario: '',
    data_vencimento: payment['data_vencimento'],
    ...paidFields(null, account.switches),
    data_competencia: row['data'],
    usuario_id: '131001',
    nome_usuario: 'Administrador',
    loja_id: sale.storeId,
    nome_loja: row['nome_loja'],
    cadastrado_em: now,
    modificado_em: now,
    atributos: [],
  };
}

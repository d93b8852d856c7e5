// Receivable and payable titles as the API shows them (gestao-click.md 5.4).
import { dateOf, timestampOf } from '../../world/index.ts';
import type { Title, World } from '../../world/index.ts';
import type { GestaoClickSwitches } from '../switches.ts';
import { money } from '../wire.ts';
import type { Row } from '../wire.ts';

/** The fields that only an open title writes in a way that sources dispute. */
export function paidFields(paidDate: string | null, switches: GestaoClickSwitches): Row {
  if (paidDate !== null) return { liquidado: '1', data_liquidacao: paidDate };
  if (switches.openPaidDate === 'absent') return { liquidado: '0' };
  return { liquidado: '0', data_liquidacao: switches.openPaidDate === 'null' ? null : '' };
}

export function titleRow(world: World, title: Title, switches: GestaoClickSwitches): Row {
  const { party } = title;
  const of = (kind: string): { id: string; name: string } =>
    party.kind === kind ? party : { id: '', name: '' };
  const store = world.stores[title.store];
  const { data_liquidacao: paidDate, liquidado } = paidFields(
    title.paidDay === null ? null : dateOf(title.paidDay),
    switches,
  );
  const changedDay = title.paidDay ?? title.createdDay;
  return {
    id: String(title.id),
    codigo: title.code,
    descricao: title.description,
    valor: money(title.valueCents),
    juros: money(title.interestCents),
    desconto: money(title.discountCents),
    taxa_banco: money(title.bankFeeCents),
    taxa_operadora: money(title.cardFeeCents),
    valor_total: money(title.totalCents),
    plano_contas_id: title.account.id,
    nome_plano_conta: title.account.name,
    centro_custo_id: title.costCenter?.id ?? '',
    nome_centro_custo: title.costCenter?.name ?? '',
    conta_bancaria_id: title.bankAccount.id,
    nome_conta_bancaria: title.bankAccount.name,
    forma_pagamento_id: title.method.id,
    nome_forma_pagamento: title.method.name,
    entidade: party.kind,
    fornecedor_id: of('F').id,
    nome_fornecedor: of('F').name,
    cliente_id: of('C').id,
    nome_cliente: of('C').name,
    transportadora_id: of('T').id,
    nome_transportadora: of('T').name,
    funcionario_id: of('U').id,
    nome_funcionario: of('U').name,
    liquidado,
    data_vencimento: dateOf(title.dueDay),
    ...(paidDate === undefined ? {} : { data_liquidacao: paidDate }),
    data_competencia: dateOf(title.accrualDay),
    usuario_id: title.userId,
    nome_usuario: title.userName,
    loja_id: store?.id ?? '',
    nome_loja: store?.name ?? '',
    cadastrado_em: timestampOf(title.createdDay, title.second),
    modificado_em: timestampOf(changedDay, title.second),
    atributos: [],
  };
}

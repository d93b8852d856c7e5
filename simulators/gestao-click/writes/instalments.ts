// Instalments of a sale that is written: given one by one, or made from a method and a number (gestao-click.md 8).
import { dateOf, dayOf, isDate, splitCents } from '../../world/index.ts';
import { Refused } from '../dialect.ts';
import type { Account } from '../state.ts';
import { centsOf, money, textOf, unwrapAll } from '../wire.ts';
import type { Row } from '../wire.ts';

function methodOf(account: Account, id: string): { id: string; name: string } {
  const { row } = account.need('formas_pagamentos', id, 'forma_pagamento_id');
  return { id, name: textOf(row['nome']) };
}

/** Due days and cents of `numero_parcelas` equal parts, the rest on the last. */
function generated(
  account: Account,
  body: Row,
  totalCents: number,
): { dueDay: number; cents: number; method: { id: string; name: string } }[] {
  const count = Number(textOf(body['numero_parcelas']));
  if (!Number.isInteger(count) || count < 1) throw new Refused('O campo numero_parcelas é obrigatório.');
  const method = methodOf(account, textOf(body['forma_pagamento_id']));
  const interval = Number(textOf(body['intervalo_dias']) || '30');
  const first = textOf(body['data_primeira_parcela']) || textOf(body['data']) || account.world.today;
  if (!isDate(first)) throw new Refused('O campo data_primeira_parcela é inválido.');
  return splitCents(totalCents, count).map((cents, i) => ({
    dueDay: dayOf(first) + i * interval,
    cents,
    method,
  }));
}

function instalmentRow(
  account: Account,
  dueDate: string,
  cents: number,
  method: { id: string; name: string },
  ledgerId: string,
): Row {
  const ledger = account.find('planos_contas', ledgerId)?.row;
  return {
    pagamento: {
      data_vencimento: dueDate,
      valor: money(cents),
      forma_pagamento_id: method.id,
      nome_forma_pagamento: method.name,
      plano_contas_id: ledger ? ledgerId : null,
      nome_plano_conta: textOf(ledger?.['nome']),
      observacao: '',
    },
  };
}

/** The `pagamentos` of a sale from a request body. Refuses a sum that differs from the total. */
export function instalmentsOf(account: Account, body: Row, totalCents: number): Row[] {
  const given = unwrapAll(body['pagamentos'], 'pagamento');
  if (given.length === 0) {
    if (textOf(body['numero_parcelas']) === '') return [];
    const ledgerId = textOf(body['plano_contas_id']) || '11660001';
    return generated(account, body, totalCents).map(({ dueDay, cents, method }) =>
      instalmentRow(account, dateOf(dueDay), cents, method, ledgerId),
    );
  }
  let sum = 0;
  const rows = given.map((payment) => {
    const cents = centsOf(payment['valor']);
    const dueDate = textOf(payment['data_vencimento']);
    if (cents === null || !isDate(dueDate))
      throw new Refused('Os campos valor e data_vencimento das parcelas são obrigatórios.');
    sum += cents;
    return instalmentRow(
      account,
      dueDate,
      cents,
      methodOf(account, textOf(payment['forma_pagamento_id'])),
      textOf(payment['plano_contas_id']),
    );
  });
  if (sum !== totalCents) throw new Refused('O valor das parcelas difere do valor total do pedido.');
  return rows;
}

/** POST /vendas/gerar_parcelas: a preview. Here `valor` is a number. */
export function previewInstalments(account: Account, body: Row): Row[] {
  const totalCents = centsOf(body['valor_total']);
  if (totalCents === null) throw new Refused('O campo valor_total é obrigatório.');
  return generated(account, body, totalCents).map(({ dueDay, cents, method }) => ({
    data_vencimento: dateOf(dueDay),
    valor: cents / 100,
    forma_pagamento_id: method.id,
    nome_forma_pagamento: method.name,
  }));
}

// The plan of a sale as payments to come. Shown only while the ERP has not made titles of it and the sale stands; they
// carry the sale's own reference, so nothing has to be guessed.
import { searchText } from '../../../lib/brazil/index.ts';
import type { Row } from '../../../sync/types.ts';
import { isObject, unwrap } from '../scalars.ts';
import type { SaleWire } from '../wire.ts';
import { idOf, referenceTo } from './references.ts';
import type { Origin } from './stream.ts';

interface SaleFacts {
  readonly saleId: string;
  readonly number: string;
  /** False once titles were launched, or where the sale is cancelled. */
  readonly visible: boolean;
}

/** The instalment as it came, without its wrapper. */
function rawInstalment(raw: Origin['raw'], index: number): unknown {
  const list = isObject(raw) ? raw['pagamentos'] : null;
  return Array.isArray(list) ? unwrap(list[index]) : {};
}

/** Rows of gestao_click.payment with origin INSTALMENT. Positions start at 1. */
export function instalmentRows(wire: SaleWire, origin: Origin, { saleId, number, visible }: SaleFacts): Row[] {
  const { walletId } = origin;
  return wire.pagamentos.map((instalment, index) => {
    const externalId = `${wire.id}:${index + 1}`;
    const description = `Venda de nº ${number} (${index + 1}/${wire.pagamentos.length})`;
    return {
      id: idOf(walletId, 'instalment', externalId),
      wallet_id: walletId,
      external_id: externalId,
      origin: 'INSTALMENT',
      direction: 'RECEIVABLE',
      visible,
      number: null,
      description,
      amount: instalment.valor,
      interest: null,
      discount: null,
      fees: null,
      net_amount: instalment.valor,
      settled: false,
      due_date: instalment.data_vencimento,
      paid_at: null,
      accrual_date: wire.data,
      method_id: referenceTo(walletId, 'payment_method', instalment.forma_pagamento_id),
      ledger_account_id: referenceTo(walletId, 'ledger_account', instalment.plano_contas_id),
      cost_center_id: referenceTo(walletId, 'cost_center', wire.centro_custo_id),
      bank_account_id: null,
      store_id: referenceTo(walletId, 'store', origin.store),
      client_id: referenceTo(walletId, 'client', wire.cliente_id),
      party_kind: 'C',
      party_name: wire.nome_cliente,
      sale_number: number,
      sale_id: saleId,
      position: index + 1,
      source_created_at: wire.cadastrado_em,
      source_updated_at: wire.modificado_em,
      search_text: searchText(description, wire.nome_cliente),
      metadata: rawInstalment(origin.raw, index),
    };
  });
}

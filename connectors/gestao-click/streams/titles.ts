// Titles: what is to be received (recebimentos) and to be paid (pagamentos), one shape for both (gestao-click.md 5.4, 7).
import { searchText } from '../../../lib/brazil/index.ts';
import { subtract, sum } from '../../../lib/money.ts';
import { ENDPOINTS, type Endpoint } from '../endpoints.ts';
import { TITLE } from '../tables.ts';
import { titleWire, type TitleWire } from '../wire.ts';
import { referenceTo } from './references.ts';
import { baseColumns } from './settings.ts';
import type { StreamSpec } from './stream.ts';

/** The only tie from a title to its sale is this text: `Venda de nº 1532` (gestao-click.md 7). */
const SALE_NUMBER = /\bvenda\s+(?:de\s+)?n\s*[º°ºo.]*\s*:?\s*(\d{1,18})\b/i;

/** The number of the sale that a description names; null where it names none. */
export const saleNumberOf = (description: string | null): string | null => SALE_NUMBER.exec(description ?? '')?.[1] ?? null;

/** amount + interest - discount - fees: the provider's own total where it is given (it is the same, 5.4). */
const netAmount = (wire: TitleWire, fees: string): string =>
  wire.valor_total ?? subtract(sum([wire.valor, wire.juros ?? '0']), sum([wire.desconto ?? '0', fees]));

const titles = (endpoint: Endpoint, kind: 'receivable' | 'payable'): StreamSpec<typeof titleWire> => ({
  endpoint,
  tables: [TITLE],
  wire: titleWire,
  toRecord(wire, origin) {
    const { walletId } = origin;
    const party = wire.nome_cliente ?? wire.nome_fornecedor ?? wire.nome_transportadora ?? wire.nome_funcionario;
    const fees = sum([wire.taxa_banco ?? '0', wire.taxa_operadora ?? '0']);
    const settled = wire.liquidado ?? false;
    return {
      externalId: wire.id,
      row: {
        ...baseColumns(kind, wire.id, origin),
        origin: 'TITLE',
        direction: kind === 'receivable' ? 'RECEIVABLE' : 'PAYABLE',
        visible: true,
        number: wire.codigo,
        description: wire.descricao,
        amount: wire.valor,
        interest: wire.juros,
        discount: wire.desconto,
        fees,
        net_amount: netAmount(wire, fees),
        settled,
        due_date: wire.data_vencimento,
        paid_at: settled ? wire.data_liquidacao : null,
        accrual_date: wire.data_competencia,
        method_id: referenceTo(walletId, 'payment_method', wire.forma_pagamento_id),
        ledger_account_id: referenceTo(walletId, 'ledger_account', wire.plano_contas_id),
        cost_center_id: referenceTo(walletId, 'cost_center', wire.centro_custo_id),
        bank_account_id: referenceTo(walletId, 'bank_account', wire.conta_bancaria_id),
        store_id: referenceTo(walletId, 'store', wire.loja_id ?? origin.store),
        client_id: referenceTo(walletId, 'client', wire.cliente_id),
        party_kind: wire.entidade,
        party_name: party,
        sale_number: kind === 'receivable' ? saleNumberOf(wire.descricao) : null,
        source_created_at: wire.cadastrado_em,
        source_updated_at: wire.modificado_em,
        search_text: searchText(wire.codigo, wire.descricao, party),
      },
    };
  },
});

export const receivables = titles(ENDPOINTS.receivables, 'receivable');
export const payables = titles(ENDPOINTS.payables, 'payable');

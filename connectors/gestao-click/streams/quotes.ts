// Quotes (orcamentos): the shape of a sale, without titles and with states of their own (gestao-click.md 5.3).
import { sum } from '../../../lib/money.ts';
import { ENDPOINTS } from '../endpoints.ts';
import { QUOTE, QUOTE_ITEM } from '../tables.ts';
import { quoteWire } from '../wire.ts';
import { discountOf, itemRows } from './items.ts';
import { idOf, numberValue, referenceTo, salespersonColumns } from './references.ts';
import { kindOf } from './sales.ts';
import { baseColumns } from './settings.ts';
import type { StreamSpec } from './stream.ts';

export const quotes: StreamSpec<typeof quoteWire> = {
  endpoint: ENDPOINTS.quotes,
  tables: [QUOTE, QUOTE_ITEM],
  wire: quoteWire,
  toRecord(wire, origin) {
    const { walletId } = origin;
    const number = wire.codigo ?? wire.id;
    const quoteId = idOf(walletId, 'quote', wire.id);
    return {
      externalId: wire.id,
      row: {
        ...baseColumns('quote', wire.id, origin),
        number,
        number_value: numberValue(number),
        kind: kindOf(origin),
        date: wire.data,
        status_external_id: wire.situacao_id,
        status_name: wire.nome_situacao,
        store_id: referenceTo(walletId, 'store', origin.store),
        client_id: referenceTo(walletId, 'client', wire.cliente_id),
        client_name: wire.nome_cliente,
        ...salespersonColumns(walletId, wire.vendedor_id, wire.nome_vendedor),
        total: wire.valor_total,
        discount: discountOf(wire, sum([wire.valor_produtos ?? '0', wire.valor_servicos ?? '0'])),
        freight: wire.valor_frete,
        valid_for: wire.validade,
        source_created_at: wire.cadastrado_em,
        source_updated_at: wire.modificado_em,
      },
      others: { [QUOTE_ITEM.name]: itemRows(walletId, { quote_id: quoteId }, wire.produtos, wire.servicos, false) },
    };
  },
};

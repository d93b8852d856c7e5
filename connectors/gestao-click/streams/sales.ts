// Sales: every `tipo` of every store, with items, the payment plan and extra fields (gestao-click.md 5.2). Neither `tipo`
// nor store stand in the record: both come from the list in which it was found.
import { nameKey, searchText } from '../../../lib/brazil/index.ts';
import { sum } from '../../../lib/money.ts';
import { saoPauloInstant } from '../../../lib/time.ts';
import { ENDPOINTS, type SaleTipo } from '../endpoints.ts';
import { ATTRIBUTE_VALUE, INSTALMENT, SALE, SALE_ITEM, SALE_STATUS_PLACEHOLDER } from '../tables.ts';
import { saleWire, type SaleWire } from '../wire.ts';
import { attributeRows } from './attribute-values.ts';
import { instalmentRows } from './instalments.ts';
import { discountOf, itemRows } from './items.ts';
import { idOf, numberValue, referenceTo, salespersonColumns } from './references.ts';
import { baseColumns } from './settings.ts';
import type { House, Origin, StreamSpec } from './stream.ts';
import type { Row } from '../../../sync/types.ts';

type SaleKind = 'PRODUCT' | 'SERVICE' | 'COUNTER';

const KINDS: Readonly<Record<SaleTipo, SaleKind>> = { produto: 'PRODUCT', servico: 'SERVICE', vendas_balcao: 'COUNTER' };

/** PRODUCT, SERVICE or COUNTER, by the list in which a document stood. The provider's own default is produto. */
export const kindOf = ({ tipo }: Origin): SaleKind => KINDS[tipo ?? 'produto'];

/** The state that a sale names, for the case that the list of states does not hold it. */
function placeholder(wire: SaleWire, origin: Origin, { outcomeOf }: House): Row[] {
  const { situacao_id: externalId, nome_situacao: name } = wire;
  if (externalId === null) return [];
  return [
    {
      ...baseColumns('sale_status', externalId, { ...origin, raw: { id: externalId, nome: name } }),
      name: name ?? externalId,
      outcome: outcomeOf({ externalId, name, launches: null }),
      launches: null,
      is_default: false,
    },
  ];
}

export const sales: StreamSpec<typeof saleWire> = {
  endpoint: ENDPOINTS.sales,
  tables: [SALE, SALE_ITEM, INSTALMENT, ATTRIBUTE_VALUE, SALE_STATUS_PLACEHOLDER],
  wire: saleWire,
  toRecord(wire, origin, house) {
    const { walletId } = origin;
    const saleId = idOf(walletId, 'sale', wire.id);
    const number = wire.codigo ?? wire.id;
    const launched = wire.situacao_financeiro ?? false;
    const outcome = house.outcomeOf({ externalId: wire.situacao_id, name: wire.nome_situacao, launches: null });
    return {
      externalId: wire.id,
      row: {
        ...baseColumns('sale', wire.id, origin),
        number,
        number_value: numberValue(number),
        kind: kindOf(origin),
        date: wire.data,
        status_id: referenceTo(walletId, 'sale_status', wire.situacao_id),
        status_name: wire.nome_situacao,
        store_id: referenceTo(walletId, 'store', origin.store),
        client_id: referenceTo(walletId, 'client', wire.cliente_id),
        client_name: wire.nome_cliente,
        client_name_key: wire.nome_cliente === null ? null : nameKey(wire.nome_cliente),
        ...salespersonColumns(walletId, wire.vendedor_id, wire.nome_vendedor),
        cost_center_id: referenceTo(walletId, 'cost_center', wire.centro_custo_id),
        total: wire.valor_total,
        products_total: wire.valor_produtos,
        services_total: wire.valor_servicos,
        discount: discountOf(wire, sum([wire.valor_produtos ?? '0', wire.valor_servicos ?? '0'])),
        freight: wire.valor_frete,
        cost: wire.valor_custo,
        channel: wire.nome_canal_venda,
        notes: wire.observacoes,
        launched,
        due_on: wire.prazo_entrega ?? wire.previsao_entrega,
        source_created_at: wire.cadastrado_em,
        source_updated_at: wire.modificado_em ?? wire.cadastrado_em ?? saoPauloInstant(wire.data),
        search_text: searchText(number, wire.nome_cliente, wire.nome_vendedor, wire.nome_canal_venda),
      },
      others: {
        [SALE_ITEM.name]: itemRows(walletId, { sale_id: saleId }, wire.produtos, wire.servicos, true),
        [INSTALMENT.name]: instalmentRows(wire, origin, { saleId, number, visible: !launched && outcome !== 'CANCELLED' }),
        [ATTRIBUTE_VALUE.name]: attributeRows(walletId, 'SALE', saleId, wire.atributos),
        [SALE_STATUS_PLACEHOLDER.name]: placeholder(wire, origin, house),
      },
    };
  },
};

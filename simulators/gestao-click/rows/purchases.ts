// Purchases: only enough of them for the list, whose rows come in a wrapper (gestao-click.md 5).
import { company, dateOf, timestampOf } from '../../world/index.ts';
import type { World } from '../../world/index.ts';
import { money } from '../wire.ts';
import type { Row } from '../wire.ts';

export function purchaseRow(world: World, index: number): Row {
  const rng = world.rng('purchase', index);
  const supplier = world.catalog.supplier(rng.int(0, 39));
  const status = company.QUOTE_STATUSES[1];
  const day = world.day - rng.int(0, 300);
  return {
    id: String(30_001 + index),
    codigo: String(2000 + index),
    fornecedor_id: supplier.id,
    nome_fornecedor: supplier.tradeName,
    data_emissao: dateOf(day),
    situacao_id: status.id,
    nome_situacao: status.name,
    valor_total: money(rng.int(5000, 800_000)),
    nome_loja: world.stores[0]?.name ?? '',
    cadastrado_em: timestampOf(day, 36_000),
    modificado_em: timestampOf(day, 36_000),
    produtos: [],
    pagamentos: [],
  };
}

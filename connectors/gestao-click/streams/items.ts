// Lines of sales and quotes, products first, then services. Discounts come as a value or as a percentage of the line;
// both become money here, exactly.
import { decimal, multiply, percentOf, round, subtract } from '../../../lib/money.ts';
import type { Row } from '../../../sync/types.ts';
import type { ProductLineWire, ServiceLineWire } from '../wire.ts';
import { referenceTo } from './references.ts';

type DiscountWire = { readonly desconto_valor: string | null; readonly desconto_porcentagem: string | null };

/**
 * Money taken off `base`: the value where one is given, else the percentage of the base rounded to the cent; null where
 * neither is given. A line that says `%` is computed from its percentage.
 */
export function discountOf(wire: DiscountWire, base: string, tipo: string | null = null): string | null {
  const { desconto_valor: value, desconto_porcentagem: percent } = wire;
  const byPercent = percent === null ? null : round(percentOf(percent, base), 2);
  if (tipo === '%' && byPercent !== null && byPercent !== '0') return byPercent;
  return value !== null && (value !== '0' || byPercent === null) ? value : byPercent;
}

const lineRow = (wire: ProductLineWire | ServiceLineWire, columns: Row): Row => {
  const gross = multiply(wire.quantidade, wire.valor_venda);
  const discount = discountOf(wire, gross, wire.tipo_desconto);
  return {
    ...columns,
    quantity: wire.quantidade,
    unit_price: wire.valor_venda,
    discount,
    total: wire.valor_total ?? decimal(subtract(gross, discount ?? '0')),
  };
};

/** Rows of sale_item (`forSale`) or quote_item. `owner` holds the column that names the document. Positions start at 1. */
export function itemRows(
  walletId: string,
  owner: Row,
  products: readonly ProductLineWire[],
  services: readonly ServiceLineWire[],
  forSale: boolean,
): Row[] {
  const goods = products.map((wire) =>
    lineRow(wire, {
      kind: 'PRODUCT',
      // Null where the product was deleted since.
      product_id: referenceTo(walletId, 'product', wire.produto_id),
      service_id: null,
      description: wire.nome_produto ?? wire.detalhes ?? '',
      ...(forSale ? { unit: wire.sigla_unidade, unit_cost: wire.valor_custo } : {}),
    }),
  );
  const work = services.map((wire) =>
    lineRow(wire, {
      kind: 'SERVICE',
      product_id: null,
      service_id: referenceTo(walletId, 'service', wire.servico_id),
      description: wire.nome_servico ?? wire.detalhes ?? '',
      ...(forSale ? { unit: wire.sigla_unidade, unit_cost: wire.valor_custo } : {}),
    }),
  );
  return [...goods, ...work].map((row, index) => ({ ...owner, position: index + 1, wallet_id: walletId, ...row }));
}

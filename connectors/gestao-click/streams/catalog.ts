// What is sold: products and services (gestao-click.md 5.5).
import { searchText } from '../../../lib/brazil/index.ts';
import { ENDPOINTS } from '../endpoints.ts';
import { PRODUCT, SERVICE } from '../tables.ts';
import { productWire, serviceWire } from '../wire.ts';
import { single } from './settings.ts';
import type { StreamSpec } from './stream.ts';

export const products: StreamSpec<typeof productWire> = {
  endpoint: ENDPOINTS.products,
  tables: [PRODUCT],
  wire: productWire,
  toRecord: (wire, origin) =>
    single('product', wire, origin, {
      code: wire.codigo_interno,
      barcode: wire.codigo_barra,
      price: wire.valor_venda,
      cost: wire.valor_custo,
      stock: wire.estoque,
      active: wire.ativo ?? true,
      group_name: wire.nome_grupo,
      search_text: searchText(wire.nome, wire.codigo_interno, wire.codigo_barra, wire.nome_grupo),
    }),
};

export const services: StreamSpec<typeof serviceWire> = {
  endpoint: ENDPOINTS.services,
  tables: [SERVICE],
  wire: serviceWire,
  toRecord: (wire, origin) => single('service', wire, origin, { code: wire.codigo, price: wire.valor_venda }),
};

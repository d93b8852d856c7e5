// Products and services as the API shows them (gestao-click.md 5.5).
import { PRODUCT_GROUPS, timestampOf } from '../../world/index.ts';
import type { World } from '../../world/index.ts';
import { decimal, money, money4 } from '../wire.ts';
import type { Row } from '../wire.ts';

export function productRow(world: World, index: number): Row {
  const product = world.catalog.product(index);
  const created = world.day - 1400 + (index % 900);
  const weight = decimal((index % 90) * 250 + 100, 3);
  const profit = Math.round(((product.priceCents - product.costCents) * 1000) / product.costCents);
  return {
    id: product.id,
    nome: product.name,
    codigo_interno: product.code,
    codigo_barra: product.barcode,
    possui_variacao: '0',
    possui_composicao: '0',
    movimenta_estoque: '1',
    peso: weight,
    largura: '0.000',
    altura: '0.000',
    comprimento: '0.000',
    ativo: product.active ? '1' : '0',
    grupo_id: product.group.id,
    nome_grupo: product.group.name,
    descricao: '',
    // The one JSON number in the record (5.5).
    estoque: product.stock,
    valor_custo: money4(product.costCents),
    valor_venda: money4(product.priceCents),
    cadastrado_em: timestampOf(created, 36_000),
    modificado_em: timestampOf(Math.min(world.day, created + 500), 36_000),
    valores: [
      {
        tipo_id: '218001',
        nome_tipo: 'Varejo',
        lucro_utilizado: decimal(profit, 1),
        valor_custo: money(product.costCents),
        valor_venda: money(product.priceCents),
      },
    ],
    variacoes: [
      {
        variacao: {
          id: product.variationId,
          codigo: '',
          nome: 'Padrão',
          estoque: decimal(product.stock * 100, 2),
          valores: [],
        },
      },
    ],
    fiscal: {
      ncm: '11010010',
      cest: '',
      peso_liquido: weight,
      peso_bruto: weight,
      valor_aproximado_tributos: '0.00',
      valor_fixo_pis: '',
      valor_fixo_pis_st: '',
      valor_fixo_confins: '',
      valor_fixo_confins_st: '',
    },
    fotos: [],
    atributos: [{ atributo: { descricao: 'Marca', conteudo: product.brand } }],
  };
}

export function serviceRow(world: World, index: number): Row {
  const service = world.catalog.service(index);
  return {
    id: service.id,
    codigo: service.code,
    nome: service.name,
    valor_venda: money4(service.priceCents),
    observacoes: '',
  };
}

export function productGroupRows(): Row[] {
  return PRODUCT_GROUPS.map(({ id, name }) => ({
    id,
    nome: name,
    grupo_pai_id: '',
    url: '',
    meta_descricao: '',
    meta_palavras_chaves: '',
  }));
}

// Sales and quotes as the API shows them (gestao-click.md 5.2, 5.3).
import { dateOf, timestampOf } from '../../world/index.ts';
import type { SaleLine, SaleRecord, World } from '../../world/index.ts';
import { company } from '../../world/index.ts';
import type { GestaoClickSwitches } from '../switches.ts';
import { decimal, money, money4 } from '../wire.ts';
import type { Row } from '../wire.ts';

function discounts(cents: number, percent: number | null): Row {
  return {
    desconto_valor: cents > 0 ? money(cents) : null,
    desconto_porcentagem: percent === null ? null : decimal(percent, 2),
  };
}

function productRow(line: SaleLine): Row {
  return {
    produto: {
      produto_id: line.itemId,
      variacao_id: line.variationId,
      nome_produto: line.name,
      detalhes: '',
      movimenta_estoque: '1',
      possui_variacao: '0',
      sigla_unidade: line.unit,
      quantidade: decimal(line.quantity, 2),
      tipo_valor_id: '218001',
      nome_tipo_valor: 'Varejo',
      valor_custo: money(line.costCents),
      valor_venda: money(line.priceCents),
      tipo_desconto: line.discountKind,
      ...discounts(line.discountCents, line.discountPercent),
      valor_total: money(line.totalCents),
    },
  };
}

function serviceRow(line: SaleLine, id: string): Row {
  return {
    servico: {
      id,
      servico_id: line.itemId,
      nome_servico: line.name,
      detalhes: '',
      sigla_unidade: null,
      quantidade: decimal(line.quantity, 2),
      tipo_valor_id: null,
      nome_tipo_valor: null,
      valor_custo: '0.0000',
      valor_venda: money4(line.priceCents),
      tipo_desconto: line.discountKind,
      ...discounts(line.discountCents, line.discountPercent),
      valor_total: money(line.totalCents),
    },
  };
}

/** The id that the API gives for a salesperson, by the table that the account's sales point to (6). */
export function sellerId(world: World, salesperson: number, switches: GestaoClickSwitches): string | null {
  const person = world.salespeople[salesperson];
  if (!person) return null;
  return switches.sellerTable === 'usuarios' ? person.erpUserId : person.erpEmployeeId;
}

export function saleRow(world: World, sale: SaleRecord, switches: GestaoClickSwitches): Row {
  const launches = sale.status.launches;
  const account = company.LEDGER_ACCOUNTS[sale.kind === 'servico' ? 2 : 1];
  const services = sale.lines.filter((line) => line.kind === 'service');
  const { plan } = sale;
  return {
    id: String(sale.id),
    codigo: String(sale.code),
    cliente_id: sale.clientId ?? '',
    nome_cliente: sale.clientName,
    vendedor_id: sale.salesperson === null ? null : sellerId(world, sale.salesperson, switches),
    nome_vendedor: sale.salespersonName,
    tecnico_id: null,
    nome_tecnico: sale.technicianName,
    data: dateOf(sale.day),
    prazo_entrega: sale.deliveryDay === null ? null : dateOf(sale.deliveryDay),
    situacao_id: sale.status.id,
    nome_situacao: sale.status.name,
    valor_total: money(sale.totalCents),
    transportadora_id: sale.carrier?.id ?? null,
    nome_transportadora: sale.carrier?.name ?? '',
    centro_custo_id: sale.costCenter?.id ?? null,
    nome_centro_custo: sale.costCenter?.name ?? '',
    aos_cuidados_de: null,
    validade: null,
    introducao: null,
    observacoes: sale.notes,
    observacoes_interna: '',
    ...discounts(sale.discountCents, sale.discountPercent),
    valor_frete: money(sale.freightCents),
    nome_canal_venda: sale.channel,
    nome_loja: world.stores[sale.store]?.name ?? '',
    valor_servicos: money(sale.servicesCents),
    valor_produtos: money(sale.productsCents),
    valor_custo: money(sale.costCents),
    condicao_pagamento: plan.upfront ? 'a_vista' : 'parcelado',
    situacao_financeiro: launches === 1 || launches === 3 ? '1' : '0',
    situacao_estoque: launches === 1 || launches === 2 ? '1' : '0',
    forma_pagamento_id: plan.upfront ? null : plan.method.id,
    data_primeira_parcela: plan.upfront ? null : dateOf(plan.firstDay),
    numero_parcelas: plan.upfront ? null : String(plan.count),
    intervalo_dias: plan.upfront ? null : String(plan.intervalDays),
    hash: sale.id.toString(36).padStart(6, '0'),
    cadastrado_em: timestampOf(sale.day, sale.second),
    modificado_em: timestampOf(sale.modifiedDay, sale.second + 125),
    equipamentos: [],
    enderecos: [],
    atributos: sale.attributes.map(({ definition, text }, i) => ({
      atributo: {
        id: String(sale.id * 4 + i),
        atributo_id: definition.id,
        descricao: definition.name,
        conteudo: text,
        tipo: definition.kind,
      },
    })),
    pagamentos: sale.instalments.map(({ dueDay, cents }) => ({
      pagamento: {
        data_vencimento: dateOf(dueDay),
        valor: money(cents),
        forma_pagamento_id: plan.method.id,
        nome_forma_pagamento: plan.method.name,
        plano_contas_id: account?.id ?? null,
        nome_plano_conta: account?.name ?? '',
        observacao: '',
      },
    })),
    produtos: sale.lines.filter((line) => line.kind === 'product').map(productRow),
    // The key is absent on sales of products only (5.2).
    ...(services.length > 0
      ? { servicos: services.map((line, i) => serviceRow(line, String(sale.id * 4 + i))) }
      : {}),
  };
}

/** The shape of a sale as that of a quote: `previsao_entrega`, `validade`, and nothing that only sales launch (5.3). */
export function asQuote(sale: Row, validity: string): Row {
  const {
    prazo_entrega: delivery,
    hash: _hash,
    equipamentos: _equipment,
    situacao_financeiro: _finance,
    situacao_estoque: _stock,
    ...rest
  } = sale;
  return { ...rest, previsao_entrega: delivery, validade: validity || '30 dias' };
}

export function quoteRow(world: World, quote: SaleRecord, switches: GestaoClickSwitches): Row {
  const status =
    company.QUOTE_STATUSES[quote.status.name === 'Cancelada' ? 2 : quote.status.launches > 0 ? 1 : 0];
  return asQuote(
    { ...saleRow(world, quote, switches), situacao_id: status.id, nome_situacao: status.name },
    '30 dias',
  );
}

// Items of a sale that is written: products and services with their prices and discounts (gestao-click.md 8).
import { Refused } from '../dialect.ts';
import type { Account } from '../state.ts';
import { centsOf, decimal, money, money4, textOf, unwrapAll } from '../wire.ts';
import type { Row } from '../wire.ts';

export interface WrittenLines {
  rows: Row[];
  totalCents: number;
  costCents: number;
}

/** What `desconto_valor` or `desconto_porcentagem` takes off an amount, in cents. */
export function discountOf(body: Row, grossCents: number): number {
  const percent = centsOf(body['desconto_porcentagem']);
  if (percent) return Math.round((grossCents * percent) / 10_000);
  return centsOf(body['desconto_valor']) ?? 0;
}

function amounts(line: Row, listPriceCents: number) {
  const quantity = centsOf(line['quantidade']) ?? 100;
  const price = centsOf(line['valor_venda']) ?? listPriceCents;
  const gross = Math.round((quantity * price) / 100);
  const discount = discountOf(line, gross);
  return {
    quantity,
    price,
    total: gross - discount,
    discounts: {
      tipo_desconto: textOf(line['tipo_desconto']) || 'R$',
      desconto_valor: discount > 0 ? money(discount) : null,
      desconto_porcentagem: centsOf(line['desconto_porcentagem'])
        ? textOf(line['desconto_porcentagem'])
        : null,
    },
  };
}

export function productLines(account: Account, body: Row): WrittenLines {
  const lines: WrittenLines = { rows: [], totalCents: 0, costCents: 0 };
  for (const line of unwrapAll(body['produtos'], 'produto')) {
    const id = textOf(line['produto_id'] ?? line['id']);
    // A line may name a product that is no more, as it does on documents that are read and written back.
    const product = id === '' ? null : account.need('produtos', id, 'produto_id').row;
    if (!product && textOf(line['nome_produto']) === '')
      throw new Refused('O campo produto_id é obrigatório.');
    const { quantity, price, total, discounts } = amounts(line, centsOf(product?.['valor_venda']) ?? 0);
    const cost = centsOf(product?.['valor_custo'] ?? line['valor_custo']) ?? 0;
    lines.totalCents += total;
    lines.costCents += Math.round((cost * quantity) / 100);
    lines.rows.push({
      produto: {
        produto_id: product ? id : null,
        variacao_id: textOf(line['variacao_id']) || null,
        nome_produto: textOf(product?.['nome']) || textOf(line['nome_produto']),
        detalhes: textOf(line['detalhes']),
        movimenta_estoque: '1',
        possui_variacao: '0',
        sigla_unidade: textOf(line['sigla_unidade']) || 'UN',
        quantidade: decimal(quantity, 2),
        tipo_valor_id: '218001',
        nome_tipo_valor: 'Varejo',
        valor_custo: money(cost),
        valor_venda: money(price),
        ...discounts,
        valor_total: money(total),
      },
    });
  }
  return lines;
}

export function serviceLines(account: Account, body: Row, saleId: number): WrittenLines {
  const lines: WrittenLines = { rows: [], totalCents: 0, costCents: 0 };
  unwrapAll(body['servicos'], 'servico').forEach((line, i) => {
    const id = textOf(line['servico_id'] ?? line['id']);
    const service = account.need('servicos', id, 'servico_id').row;
    const { quantity, price, total, discounts } = amounts(line, centsOf(service['valor_venda']) ?? 0);
    lines.totalCents += total;
    lines.rows.push({
      servico: {
        id: String(saleId * 4 + i),
        servico_id: id,
        nome_servico: textOf(service['nome']),
        detalhes: textOf(line['detalhes']),
        sigla_unidade: null,
        quantidade: decimal(quantity, 2),
        tipo_valor_id: null,
        nome_tipo_valor: null,
        valor_custo: '0.0000',
        valor_venda: money4(price),
        ...discounts,
        valor_total: money(total),
      },
    });
  });
  return lines;
}

// Records as Gestão Click sends them (gestao-click.md 5), field by field as far as Ponte reads them. Everything else stays
// in `metadata`. A field with another name on some accounts has both names here.
import { z } from 'zod';
import { day, flag, id, instant, integer, listOf, money, reference, requiredDay, requiredMoney, text } from './scalars.ts';

/** lojas, contas_bancarias, centros_custos, funcionarios: id and name. */
export const namedWire = z.object({ id, nome: text });

export const userWire = z.object({
  id,
  nome: text,
  email: text,
  cpf: text,
  telefone: text,
  celular1: text,
  celular2: text,
  ativo: flag,
});

export const saleStatusWire = z.object({ id, nome: text, padrao: flag, tipo_lancamento: integer });

export const paymentMethodWire = z.object({ id, nome: text, tipo: text });

export const ledgerAccountWire = z.object({ id, nome: text, classificacao: text, tipo: text, conta_mae_id: reference });

export const productWire = z.object({
  id,
  nome: text,
  codigo_interno: text,
  codigo_barra: text,
  valor_venda: money,
  valor_custo: money,
  estoque: money,
  ativo: flag,
  nome_grupo: text,
});

export const serviceWire = z.object({ id, nome: text, codigo: text, valor_venda: money });

export const attributeDefinitionWire = z.object({ id, nome: text, tipo: text, opcoes: listOf(z.object({ nome: text })) });

/** Value of an extra field on a client or sale. */
const attributeWire = z.object({ atributo_id: reference, descricao: text, conteudo: text, tipo: text });
export type AttributeWire = z.output<typeof attributeWire>;

export const clientWire = z.object({
  id,
  tipo_pessoa: text,
  nome: text,
  razao_social: text,
  cnpj: text,
  cpf: text,
  telefone: text,
  celular: text,
  email: text,
  ativo: flag,
  cadastrado_em: instant,
  modificado_em: instant,
  contatos: listOf(z.object({ nome_tipo: text, contato: text })),
  enderecos: listOf(z.object({ nome_cidade: text, estado: text })),
  atributos: listOf(attributeWire),
});
export type ClientWire = z.output<typeof clientWire>;

/** A line of a sale or quote. Quotes carry `id` where sales carry `produto_id` (gestao-click.md 5.3). */
const line = {
  detalhes: text,
  sigla_unidade: text,
  quantidade: requiredMoney,
  valor_venda: requiredMoney,
  valor_custo: money,
  tipo_desconto: text,
  desconto_valor: money,
  desconto_porcentagem: money,
  valor_total: money,
};
const productLineWire = z.object({ produto_id: reference, nome_produto: text, ...line });
const serviceLineWire = z.object({ servico_id: reference, nome_servico: text, ...line });
export type ProductLineWire = z.output<typeof productLineWire>;
export type ServiceLineWire = z.output<typeof serviceLineWire>;

/** One instalment of a sale's plan; says nothing about being paid (gestao-click.md 7). */
const instalmentWire = z.object({
  data_vencimento: requiredDay,
  valor: requiredMoney,
  forma_pagamento_id: reference,
  plano_contas_id: reference,
});

const documentFields = {
  id,
  codigo: text,
  cliente_id: reference,
  nome_cliente: text,
  vendedor_id: reference,
  nome_vendedor: text,
  data: requiredDay,
  situacao_id: reference,
  nome_situacao: text,
  valor_total: requiredMoney,
  valor_produtos: money,
  valor_servicos: money,
  desconto_valor: money,
  desconto_porcentagem: money,
  valor_frete: money,
  cadastrado_em: instant,
  modificado_em: instant,
  produtos: listOf(productLineWire),
  servicos: listOf(serviceLineWire),
};

export const saleWire = z.object({
  ...documentFields,
  centro_custo_id: reference,
  valor_custo: money,
  nome_canal_venda: text,
  observacoes: text,
  situacao_financeiro: flag,
  /** The live list says prazo_entrega, the documented samples previsao_entrega. */
  prazo_entrega: day,
  previsao_entrega: day,
  pagamentos: listOf(instalmentWire),
  atributos: listOf(attributeWire),
});
export type SaleWire = z.output<typeof saleWire>;

export const quoteWire = z.object({ ...documentFields, validade: text });

export const titleWire = z.object({
  id,
  codigo: text,
  descricao: text,
  valor: requiredMoney,
  juros: money,
  desconto: money,
  taxa_banco: money,
  taxa_operadora: money,
  valor_total: money,
  plano_contas_id: reference,
  centro_custo_id: reference,
  conta_bancaria_id: reference,
  forma_pagamento_id: reference,
  entidade: text,
  cliente_id: reference,
  nome_cliente: text,
  nome_fornecedor: text,
  nome_transportadora: text,
  nome_funcionario: text,
  liquidado: flag,
  data_vencimento: requiredDay,
  data_liquidacao: day,
  data_competencia: day,
  loja_id: reference,
  cadastrado_em: instant,
  modificado_em: instant,
});
export type TitleWire = z.output<typeof titleWire>;

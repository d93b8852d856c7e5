// All tables of the API (gestao-click.md 4).
import { company } from '../../world/index.ts';
import type { AttributeDefinition } from '../../world/index.ts';
import { productGroupRows, productRow, serviceRow } from '../rows/catalog.ts';
import { clientRow, employeeRows, organizationRow, userRows } from '../rows/parties.ts';
import { purchaseRow } from '../rows/purchases.ts';
import { quoteRow, saleRow } from '../rows/sales.ts';
import * as settings from '../rows/settings.ts';
import { plainTable, smallTable } from './plain.ts';
import { saleTable } from './sales.ts';
import { TableStore } from './store.ts';
import { bound, contains, containsBare, equals } from './table.ts';
import type { Table, TableDeps } from './table.ts';
import { titleTable } from './titles.ts';

export { TableStore } from './store.ts';
export type { Entry, Query, Table, TableDeps } from './table.ts';
export { effectiveDay } from './titles.ts';

export type Tables = ReadonlyMap<string, TableStore>;

const PARTY_FILTERS = {
  tipo_pessoa: equals('tipo_pessoa'),
  nome: contains('nome', 'razao_social'),
  cpf_cnpj: containsBare('cpf', 'cnpj'),
  telefone: containsBare('telefone', 'celular'),
  email: contains('email'),
  // The parameter has another name than the field (11.15).
  situacao: equals('ativo'),
};

function attributeTable(name: string, definitions: readonly AttributeDefinition[], printed: boolean): Table {
  return smallTable({
    name,
    rows: () => settings.attributeRows(definitions, printed),
    detail: ({ row }) => {
      const definition = definitions.find(({ id }) => id === row['id']);
      return definition ? settings.attributeDetail(definition) : {};
    },
  });
}

export function createTables(deps: TableDeps): Tables {
  const { world, switches } = deps;
  const { sizes } = world;
  const tables: Table[] = [
    smallTable({ name: 'lojas', rows: () => settings.storeRows(world) }),
    smallTable({ name: 'usuarios', rows: () => userRows(world) }),
    smallTable({
      name: 'funcionarios',
      rows: () => employeeRows(world),
      filters: { nome: contains('nome') },
    }),
    smallTable({ name: 'situacoes_vendas', rows: () => settings.saleStatusRows(switches) }),
    smallTable({ name: 'situacoes_orcamentos', rows: settings.quoteStatusRows }),
    smallTable({ name: 'situacoes_compras', rows: settings.quoteStatusRows }),
    smallTable({ name: 'situacoes_ordens_servicos', rows: settings.quoteStatusRows }),
    smallTable({ name: 'formas_pagamentos', wrapper: 'FormasPagamento', rows: settings.paymentMethodRows }),
    smallTable({ name: 'contas_bancarias', rows: settings.bankAccountRows }),
    smallTable({
      name: 'planos_contas',
      rows: settings.ledgerAccountRows,
      filters: { tipo: equals('tipo') },
    }),
    smallTable({ name: 'centros_custos', rows: settings.costCenterRows }),
    smallTable({ name: 'grupos_produtos', rows: productGroupRows }),
    smallTable({ name: 'tipos_contatos', rows: settings.contactTypeRows }),
    smallTable({ name: 'estados', rows: settings.stateRows }),
    smallTable({ name: 'cidades', rows: settings.cityRows }),
    attributeTable('atributos_cadastros', company.CLIENT_ATTRIBUTES, false),
    attributeTable('atributos_produtos', company.PRODUCT_ATTRIBUTES, false),
    attributeTable('atributos_vendas', company.SALE_ATTRIBUTES, true),
    attributeTable('atributos_orcamentos', company.SALE_ATTRIBUTES.slice(0, 1), true),
    attributeTable('atributos_ordens_servicos', [], true),
    attributeTable('atributos_financeiros', [], false),
    plainTable({
      name: 'clientes',
      count: sizes.clients,
      firstId: Number(world.parties.clientId(0)),
      step: 3,
      row: (index) => clientRow(world, index),
      filters: {
        ...PARTY_FILTERS,
        cidade_id: {
          test: ({ row }, value) => JSON.stringify(row['enderecos'] ?? []).includes(`"cidade_id":"${value}"`),
        },
        estado: {
          test: ({ row }, value) => JSON.stringify(row['enderecos'] ?? []).includes(`"estado":"${value}"`),
        },
      },
    }),
    plainTable({
      name: 'fornecedores',
      count: 40,
      firstId: Number(world.catalog.supplier(0).id),
      step: 1,
      row: (index) => organizationRow(world.catalog.supplier(index)),
      filters: PARTY_FILTERS,
    }),
    plainTable({
      name: 'transportadoras',
      count: 6,
      firstId: Number(world.catalog.carrier(0).id),
      step: 1,
      row: (index) => organizationRow(world.catalog.carrier(index)),
      filters: PARTY_FILTERS,
    }),
    plainTable({
      name: 'produtos',
      count: sizes.products,
      firstId: Number(world.catalog.product(0).id),
      step: 1,
      row: (index) => productRow(world, index),
      // The name is searched literally (11.14).
      filters: {
        nome: { test: ({ row }, value) => String(row['nome']).includes(value) },
        codigo: equals('codigo_interno'),
        grupo_id: equals('grupo_id'),
        ativo: equals('ativo'),
      },
    }),
    plainTable({
      name: 'servicos',
      count: sizes.services,
      firstId: Number(world.catalog.service(0).id),
      step: 1,
      row: (index) => serviceRow(world, index),
      filters: {
        nome: contains('nome'),
        valor_inicio: bound('valor_venda', 1),
        valor_fim: bound('valor_venda', -1),
      },
    }),
    plainTable({
      name: 'compras',
      wrapper: 'Compra',
      count: Math.min(60, sizes.payables),
      firstId: 30_001,
      step: 1,
      row: (index) => purchaseRow(world, index),
      filters: {
        codigo: equals('codigo'),
        fornecedor_id: equals('fornecedor_id'),
        situacao_id: equals('situacao_id'),
      },
    }),
    saleTable(deps, {
      name: 'vendas',
      kinds: ['produto', 'servico', 'vendas_balcao'],
      series: world.sales,
      record: (index) => world.saleRecords.record(index),
      row: (record) => saleRow(world, record, switches),
    }),
    saleTable(deps, {
      name: 'orcamentos',
      kinds: ['produto', 'servico'],
      series: world.quotes,
      record: (index) => world.quoteRecords.record(index),
      row: (record) => quoteRow(world, record, switches),
    }),
    titleTable(deps, 'recebimentos'),
    titleTable(deps, 'pagamentos'),
  ];
  return new Map(tables.map((table) => [table.name, new TableStore(table)]));
}

// The small tables of the account (gestao-click.md 5.6, 5.7): stores, states, methods, accounts, attributes, places.
import { CITIES, company } from '../../world/index.ts';
import type { AttributeDefinition, SaleStatus, World } from '../../world/index.ts';
import type { GestaoClickSwitches } from '../switches.ts';
import type { Row } from '../wire.ts';

export const storeRows = (world: World): Row[] => world.stores.map(({ id, name }) => ({ id, nome: name }));

const statusRow = (status: SaleStatus): Row => ({
  id: status.id,
  nome: status.name,
  padrao: status.isDefault ? '1' : '0',
  tipo_lancamento: String(status.launches),
});

/** States of other documents, which some accounts list among those of sales. */
const OTHER_STATUSES: readonly Row[] = [
  { id: '2627001', nome: 'Equipamento recebido', padrao: '0', tipo_lancamento: '0' },
  { id: '2627002', nome: 'Compra confirmada', padrao: '0', tipo_lancamento: '2' },
];

export const saleStatusRows = (switches: GestaoClickSwitches): Row[] => [
  ...company.SALE_STATUSES.map(statusRow),
  ...(switches.mixedStatuses ? OTHER_STATUSES : []),
];

export const quoteStatusRows = (): Row[] =>
  company.QUOTE_STATUSES.map(({ id, name, isDefault }) => ({
    id,
    nome: name,
    padrao: isDefault ? '1' : '0',
  }));

export const paymentMethodRows = (): Row[] =>
  company.PAYMENT_METHODS.map(({ id, name, kind }) => ({ id, nome: name, tipo: kind }));

export const bankAccountRows = (): Row[] => company.BANK_ACCOUNTS.map(({ id, name }) => ({ id, nome: name }));

export const ledgerAccountRows = (): Row[] =>
  company.LEDGER_ACCOUNTS.map((account) => ({
    id: account.id,
    classificacao: account.code,
    tipo: account.kind,
    nome: account.name,
    conta_mae_id: account.parentId ?? '',
    nome_conta_mae: account.parentName ?? '',
  }));

export const costCenterRows = (): Row[] =>
  company.COST_CENTERS.map(({ id, name, createdAt }) => ({ id, nome: name, cadastrado_em: createdAt }));

/** Definitions of custom attributes; those of documents also say whether they are printed. */
export const attributeRows = (definitions: readonly AttributeDefinition[], printed: boolean): Row[] =>
  definitions.map(({ id, name, kind }) => ({
    id,
    nome: name,
    tipo: kind,
    ...(printed ? { exibir_impressao: 'Quando preenchido' } : {}),
    cadastrado_em: '2024-05-05 08:10:00',
    modificado_em: '2024-05-05 08:10:00',
  }));

/** What GET by id adds (5.7). */
export const attributeDetail = (definition: AttributeDefinition): Row => ({
  permitir_excluir: '1',
  usuario_id: '131001',
  nome_usuario: 'Administrador',
  empresa_id: '1201',
  opcoes: definition.options.map((nome, i) => ({
    id: `${definition.id}${i + 1}`,
    atributo_id: definition.id,
    nome,
  })),
});

export const cityRows = (): Row[] => CITIES.map(({ id, code, name }) => ({ id, codigo: code, nome: name }));

export const stateRows = (): Row[] => [
  { id: '11', codigo: '31', nome: 'Minas Gerais', sigla: 'MG' },
  { id: '25', codigo: '35', nome: 'São Paulo', sigla: 'SP' },
  { id: '19', codigo: '33', nome: 'Rio de Janeiro', sigla: 'RJ' },
];

export const contactTypeRows = (): Row[] => [
  { id: '71', nome: 'Email' },
  { id: '72', nome: 'Telefone' },
];

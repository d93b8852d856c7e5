// Writes of the resources that have no rules of their own beyond required fields: clients, suppliers, products, services,
// custom attributes (gestao-click.md 5.7, 8). Their records are what was sent, under the fields that such a record has.
import { CITIES } from '../../world/index.ts';
import { Refused } from '../dialect.ts';
import type { Account } from '../state.ts';
import type { Entry } from '../tables/index.ts';
import { textOf, unwrapAll } from '../wire.ts';
import type { Row } from '../wire.ts';

/** Required fields per resource. */
export const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  clientes: ['tipo_pessoa', 'nome'],
  fornecedores: ['tipo_pessoa', 'nome'],
  transportadoras: ['tipo_pessoa', 'nome'],
  produtos: ['nome', 'codigo_interno', 'valor_custo'],
  servicos: ['nome', 'codigo'],
  atributos_cadastros: ['nome', 'tipo'],
  atributos_produtos: ['nome', 'tipo'],
  atributos_vendas: ['nome', 'tipo'],
  atributos_orcamentos: ['nome', 'tipo'],
  atributos_financeiros: ['nome', 'tipo'],
  atributos_ordens_servicos: ['nome', 'tipo'],
};

/** Fields of a client that has nothing but what is required. */
const EMPTY_CLIENT: Row = {
  tipo_pessoa: 'PF',
  nome: '',
  razao_social: null,
  cnpj: null,
  inscricao_estadual: '',
  inscricao_municipal: null,
  cpf: null,
  rg: null,
  data_nascimento: null,
  telefone: '',
  celular: '',
  fax: '',
  email: '',
  ativo: '1',
  contatos: [],
  enderecos: [],
  atributos: [],
};

const isParty = (name: string): boolean =>
  name === 'clientes' || name === 'fornecedores' || name === 'transportadoras';

export function createRecord(account: Account, name: string, body: Row): Row {
  const table = account.table(name);
  const id = table.newId();
  const now = account.now();
  const row = {
    id: String(id),
    ...written(name, body, isParty(name) ? EMPTY_CLIENT : {}),
    cadastrado_em: now,
    modificado_em: now,
  };
  table.put({ id, storeId: '', kind: '', row });
  return row;
}

/** Products take partial bodies always (8); the others by the switch. */
export function updateRecord(account: Account, name: string, old: Entry, body: Row): Row {
  const merges = account.switches.put === 'merge' || name === 'produtos';
  const required = Object.fromEntries((REQUIRED[name] ?? []).map((field) => [field, old.row[field]]));
  const base = merges ? old.row : { ...emptied(old.row), ...required };
  const row = {
    ...written(name, body, base),
    id: old.row['id'],
    cadastrado_em: old.row['cadastrado_em'],
    modificado_em: account.now(),
  };
  account.table(name).put({ ...old, row });
  return row;
}

/** The same fields with nothing in them. */
function emptied(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [
      field,
      Array.isArray(value) ? [] : typeof value === 'string' ? '' : null,
    ]),
  );
}

function written(name: string, body: Row, base: Row): Row {
  const { loja_id: _store, usuario_id: _user, id: _id, ...fields } = body;
  const row: Row = {
    ...base,
    ...Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [
        field,
        typeof value === 'number' ? String(value) : value,
      ]),
    ),
  };
  for (const field of REQUIRED[name] ?? [])
    if (textOf(row[field]) === '') throw new Refused(`O campo ${field} é obrigatório.`);
  if (!isParty(name)) return row;
  if (!['PF', 'PJ', 'ES'].includes(textOf(row['tipo_pessoa'])))
    throw new Refused('O tipo_pessoa informado é inválido.');
  return {
    ...row,
    enderecos: unwrapAll(row['enderecos'], 'endereco').map((address) => ({ endereco: withCity(address) })),
  };
}

/** A city may be named by id, or by name and state. */
function withCity(address: Row): Row {
  const city = CITIES.find(
    ({ id, name, state }) =>
      textOf(address['cidade_id']) === id ||
      (textOf(address['nome_cidade']) === name && textOf(address['estado']) === state),
  );
  return city ? { ...address, cidade_id: city.id, nome_cidade: city.name, estado: city.state } : address;
}

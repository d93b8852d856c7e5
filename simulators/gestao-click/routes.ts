// Which paths exist, and what they do (gestao-click.md 4): lists, records, writes; everything else is the framework's 404.
import { noController, unauthorized } from './bodies.ts';
import { list, Refused, refusal, success } from './dialect.ts';
import { pageOf, queryOf, segmentsOf } from './query.ts';
import type { Account } from './state.ts';
import type { Entry, Query, TableStore } from './tables/index.ts';
import type { WireReply } from '../faults.ts';
import type { WireRequest } from '../server.ts';
import { previewInstalments } from './writes/instalments.ts';
import { createRecord, REQUIRED, updateRecord } from './writes/records.ts';
import { createSale, deleteSale, updateSale } from './writes/sales.ts';
import { createTitle, updateTitle } from './writes/titles.ts';
import type { Row } from './wire.ts';

/** Resources with GET by id; the others are lists only. */
const WITH_RECORDS: ReadonlySet<string> = new Set([
  ...Object.keys(REQUIRED),
  'vendas',
  'orcamentos',
  'compras',
  'recebimentos',
  'pagamentos',
]);

/** What DELETE says; seen for clients and custom attributes, by analogy for the others. */
const DELETED: Readonly<Record<string, string>> = {
  clientes: 'Cliente excluido com sucesso',
  fornecedores: 'Fornecedor excluido com sucesso',
  transportadoras: 'Transportadora excluida com sucesso',
  vendas: 'Venda excluida com sucesso',
  recebimentos: 'Recebimento excluido com sucesso',
  pagamentos: 'Pagamento excluido com sucesso',
  produtos: 'Produto excluido com sucesso',
  servicos: 'Serviço excluido com sucesso',
  orcamentos: 'Orçamento excluido com sucesso',
};

export interface Tokens {
  accessToken: string;
  secretToken: string;
}

/** Answers one request of the API. */
export async function handle(account: Account, tokens: Tokens, request: WireRequest): Promise<WireReply> {
  const [resource = '', id, ...more] = segmentsOf(request.path);
  const table = account.tables.get(resource);
  // Paths that do not exist are 404 for everybody; the others ask for tokens first (1).
  if (!table || more.length > 0) return noController(resource);
  if (!authorized(tokens, request)) return unauthorized();
  try {
    return await answer(account, { table, resource, id: id ?? '', query: queryOf(request), request });
  } catch (error) {
    if (error instanceof Refused) return refusal(error, account.switches);
    throw error;
  }
}

function authorized(tokens: Tokens, { headers }: WireRequest): boolean {
  const access = headers['access-token'] ?? headers['access_token'];
  const secret = headers['secret-access-token'] ?? headers['secret_access_token'];
  return access === tokens.accessToken && secret === tokens.secretToken;
}

interface Call {
  table: TableStore;
  resource: string;
  id: string;
  query: Query;
  request: WireRequest;
}

function answer(account: Account, call: Call): WireReply | Promise<WireReply> {
  const { table, resource, id, query, request } = call;
  const method = request.method;
  if (method === 'GET' && id === '') return listed(account, call);
  if (method === 'POST' && id === 'gerar_parcelas' && (resource === 'vendas' || resource === 'orcamentos')) {
    return success(previewInstalments(account, bodyOf(request)));
  }
  if (!WITH_RECORDS.has(resource))
    throw new Refused(`Action ${resource}::${method.toLowerCase()}() could not be found.`);
  if (method === 'POST' && id === '') return success(created(account, resource, bodyOf(request), query));

  const entry = /^\d+$/.test(id) ? table.get(Number(id)) : null;
  if (!entry) throw new Refused('Registro não encontrado.');
  if (method === 'GET') return success({ ...entry.row, ...table.table.detail?.(entry) });
  if (method === 'PUT') return success(updated(account, resource, entry, bodyOf(request)));
  if (method === 'DELETE') {
    if (resource === 'vendas') deleteSale(account, entry);
    else table.remove(entry.id);
    return success(DELETED[resource] ?? 'Campo extra removido com sucesso!');
  }
  throw new Refused(`Action ${resource}::${method.toLowerCase()}() could not be found.`);
}

async function listed(account: Account, { table, resource, query }: Call): Promise<WireReply> {
  const page = pageOf(query);
  const listing = table.list(query);
  const entries = await listing.rowsInSteps(page.offset, page.limit);
  const { wrapper } = table.table;
  const rows = entries.map(({ row }) => (wrapper ? { [wrapper]: row } : row));
  const facts = {
    resource,
    total: listing.total,
    page: page.number,
    limit: page.limit,
    count: rows.length,
    rest: page.rest,
  };
  return list(rows, facts, account.switches);
}

function created(account: Account, resource: string, body: Row, query: Query): Row {
  if (resource === 'vendas' || resource === 'orcamentos') return createSale(account, resource, body, query);
  if (resource === 'recebimentos' || resource === 'pagamentos')
    return createTitle(account, resource, body, query);
  if (resource in REQUIRED) return createRecord(account, resource, body);
  throw new Refused(`Action ${resource}::add() could not be found.`);
}

function updated(account: Account, resource: string, entry: Entry, body: Row): Row {
  if (resource === 'vendas' || resource === 'orcamentos') return updateSale(account, resource, entry, body);
  if (resource === 'recebimentos' || resource === 'pagamentos')
    return updateTitle(account, resource, entry, body);
  if (resource in REQUIRED) return updateRecord(account, resource, entry, body);
  throw new Refused(`Action ${resource}::edit() could not be found.`);
}

/** A body that is no JSON object is an empty one: its required fields are then missing. */
function bodyOf(request: WireRequest): Row {
  try {
    const body: unknown = JSON.parse(request.body);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Row) : {};
  } catch {
    return {};
  }
}

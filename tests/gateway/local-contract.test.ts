// Every example operation, as the planner splits it, on the real subgraphs: compiled code answers as graphql-js does, for all
// who may ask, and reads what the tables hold without losing a decimal.
import { QueryPlanner } from '@graphql-hive/router-query-planner';
import { readdirSync, readFileSync } from 'node:fs';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareOperation } from '../../lib/graphql/prepared.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import { silentLogger as log } from '../../lib/log.ts';
import * as erpTables from '../../subgraphs/gestao-click/tables/index.ts';
import { createGestaoClickSubgraph } from '../../subgraphs/gestao-click/index.ts';
import { createInsightsSubgraph } from '../../subgraphs/insights/index.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import * as crmTables from '../../subgraphs/kommo/rows.ts';
import { compose } from '../../tools/compose.ts';
import { describedSubgraphs } from '../../tools/schema.ts';
import { CRM, crmRows, ERP } from '../support/crm-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createErpFixture } from '../support/erp-fixture.ts';

const FOLDER = new URL('../../examples/operations/', import.meta.url);

let database: TestDatabase;
let planner: QueryPlanner;
const subgraphs = new Map<string, Subgraph>();
/** Entities by type, for the fetches that start from them. */
const entities: Record<string, string[]> = {};

beforeAll(async () => {
  database = await createTestDatabase();
  const [erp, crm] = [createErpFixture(database), crmRows(database)];
  await crm.wallet(ERP, 'GESTAO_CLICK');
  await crm.wallet(CRM, 'KOMMO');
  const people = [1, 2].map((n) => erp.salesperson(String(n), { name: `Vendedor ${n}`, email: null }));
  const clients = [1, 2, 3].map((n) => erp.client(String(n), { name: `Cliente ${n}` }));
  const [status, product, method] = [erp.status('1', { outcome: 'CONFIRMED' }), erp.product('1'), erp.method('1')];
  const sales = Array.from({ length: 12 }, (_, n) => {
    const sale = erp.sale(String(n), { client_id: clients[n % 4] ?? null, salesperson_id: people[n % 2], status_id: status, total: '99999999999999.9901', date: `2026-01-${10 + n}` });
    if (n % 3 > 0) erp.items(sale, [{ product_id: product, quantity: '0.000001', unit_price: '12345678901234.5678' }, { description: 'no product "\\ quoted' }]);
    if (n % 2 > 0) erp.payment(String(n), { sale_id: sale, client_id: clients[n % 3], method_id: method });
    if (n % 4 > 0) erp.extraFields('SALE', sale, { Turno: 'tarde', 'É': 'ção' });
    return sale;
  });
  await erp.save();
  const contacts: string[] = [];
  for (const [n, person] of [...people, ...clients].entries()) {
    const contact = await crm.contact({ name: `Contato ${n}`, phones: ['+5511999900001', 'NULL', 'a,b', '{"x"}'], emails: [] });
    contacts.push(contact);
    await crm.link({ kind: n < 2 ? 'SALESPERSON_CONTACT' : 'CLIENT_CONTACT', erpId: person, crmId: contact, status: 'LINKED' });
    const deal = await crm.record('kommo.deal', 'deal', CRM, { name: `Pedido ${n}`, price: '10', status: 'OPEN', tags: ['x'], search_text: '', source_created_at: '2026-02-01T00:00:00Z', source_updated_at: `2026-02-0${n + 1}T00:00:00Z` });
    await crm.insert('kommo.deal_contact', [{ deal_id: deal, position: 0, wallet_id: CRM, contact_id: contact, main: true }]);
  }
  Object.assign(entities, { Salesperson: people, Client: clients, Sale: sales, Contact: contacts, Payment: [erp.id('payment', '1')] });
  for (const subgraph of [createGestaoClickSubgraph({ database, log }), createKommoSubgraph({ database, log }), createInsightsSubgraph({ database, log })]) subgraphs.set(subgraph.name, subgraph);
  planner = new QueryPlanner(compose(describedSubgraphs()).supergraphSdl);
}, 60_000);
afterAll(() => database?.drop());

interface Fetch {
  readonly serviceName: string;
  readonly operation: string;
  readonly operationKind?: string;
}
/** Every fetch of a plan, wherever it stands. */
function fetchesOf(node: unknown): Fetch[] {
  if (node === null || typeof node !== 'object') return [];
  const own = 'serviceName' in node && 'operation' in node ? [node as Fetch] : [];
  return [...own, ...Object.values(node).flatMap(fetchesOf)];
}

const operations = readdirSync(FOLDER).filter((name) => name.endsWith('.graphql')).flatMap((file) => {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  const named = parse(text).definitions.filter((d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION && d.operation === 'query');
  return named.map((definition) => [`${file} ${definition.name?.value}`, text, definition.name?.value ?? ''] as const);
});

/** A value for every variable that an operation needs. */
function variablesOf(operation: string): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  const ids = Object.entries(entities).flatMap(([type, own]) => [...own, '00000000-0000-5000-8000-000000000000', 'no id'].map((id) => ({ __typename: type, id })));
  const definition = parse(operation).definitions.find((d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION);
  const types = new Set([...operation.matchAll(/\.\.\. ?on (\w+)/g)].map(([, type]) => type));
  for (const { variable, type } of definition?.variableDefinitions ?? []) {
    if (type.kind !== Kind.NON_NULL_TYPE) continue;
    variables[variable.name.value] = type.type.kind === Kind.LIST_TYPE ? ids.filter(({ __typename: name }) => types.has(name)) : entities['Sale']![0];
  }
  return variables;
}

describe('the example operations', () => {
  test.each(operations)('%s', async (_name, text, name) => {
    const plan: unknown = await planner.plan(text, name, new Set(), 100);
    const fetches = fetchesOf(plan).filter(({ serviceName }) => subgraphs.has(serviceName));
    for (const { serviceName, operation } of fetches) {
      const subgraph = subgraphs.get(serviceName)!;
      const [executed, compiled] = [prepareOperation(subgraph, operation, undefined, log), prepareOperation(subgraph, operation, undefined, log)];
      compiled.compile();
      expect(compiled.state, operation).toBe('compiled');
      const variables = variablesOf(operation);
      for (const allowedWallets of ['all', [ERP, CRM], [ERP], []] as const) {
        const answers = [];
        for (const prepared of [executed, compiled, compiled]) answers.push(await prepared.run({ variables, context: subgraph.createContext({ allowedWallets }), log }));
        const [a, b, c] = answers.map((answer) => JSON.stringify(answer));
        expect(b, operation).toBe(a);
        expect(c, operation).toBe(a);
        expect(answers[0]!.errors, operation).toBeUndefined();
      }
    }
  });
});

test('what would lose its value in JSON is declared: decimals of every table', async () => {
  const { rows } = await database.pool.query<{ name: string; type: string }>(
    `SELECT table_schema || '.' || table_name || '.' || column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema IN ('gestao_click', 'kommo')`,
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  const instants = ['syncedAt', 'createdAt', 'updatedAt', 'closedAt'];
  const sources = [...Object.values(erpTables), ...Object.values(crmTables)].filter((value) => typeof value === 'object' && 'table' in value);
  expect(sources.length).toBeGreaterThan(20);
  for (const { table, columns, decimals } of sources) {
    for (const [property, column] of Object.entries(columns)) {
      const type = types.get(`${table}.${column}`);
      expect(type, `${table}.${column}`).toBeDefined();
      expect(decimals.includes(property), `${table}.${column} is ${type}`).toBe(type === 'numeric');
      expect(instants.includes(property), `${table}.${column} is ${type}`).toBe(type === 'timestamp with time zone');
    }
  }
});

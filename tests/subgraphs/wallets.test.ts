// Whoever may see one account sees no row of another: every root field and every entity of every subgraph is asked with the
// key of a foreign account, as the schemas say that they can be asked. What is added to a schema later is asked, too.
import { randomUUID } from 'node:crypto';
import { getNamedType, isLeafType, isObjectType, isRequiredArgument, isUnionType, parse, print, type GraphQLField, type GraphQLObjectType, type GraphQLOutputType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AllowedWallets, Subgraph } from '../../lib/graphql/index.ts';
import { openEvents, runOperation, type Answer } from '../../lib/graphql/run.ts';
import { recordId, walletId } from '../../lib/ids.ts';
import { silentLogger as log } from '../../lib/log.ts';
import { sql } from '../../lib/sql.ts';
import { createGestaoClickSubgraph } from '../../subgraphs/gestao-click/index.ts';
import { createInsightsSubgraph } from '../../subgraphs/insights/index.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import { createSyncSubgraph } from '../../subgraphs/sync/index.ts';
import { createEngine, type Engine } from '../../sync/index.ts';
import { crmFixture } from '../support/crm-fixture.ts';
import { CRM, crmRows } from '../support/crm-rows.ts';
import type { TestDatabase } from '../support/database.ts';
import { createErpFixture } from '../support/erp-fixture.ts';

const ERP = walletId('GESTAO_CLICK', '1');
/** An account that exists, and owns nothing that the others own. */
const FOREIGN = walletId('KOMMO', 'foreign');
const RUN = randomUUID();
const LETTER = randomUUID();
const NAMES = ['gestao-click', 'kommo', 'insights', 'sync'] as const;

let database: TestDatabase;
let engine: Engine;
const subgraphs = new Map<string, Subgraph>();

beforeAll(async () => {
  ({ db: database } = await crmFixture());
  const add = crmRows(database);
  for (const [wallet, provider] of [[ERP, 'GESTAO_CLICK'], [CRM, 'KOMMO'], [FOREIGN, 'KOMMO']] as const) await add.wallet(wallet, provider);
  const erp = createErpFixture(database, '1');
  const client = erp.client('1');
  const salesperson = erp.salesperson('1');
  const sale = erp.sale('1', { client_id: client, salesperson_id: salesperson, status_id: erp.status('1'), store_id: erp.store('1'), cost_center_id: erp.costCenter('1') });
  erp.items(sale, [{ product_id: erp.product('1') }, { kind: 'SERVICE', service_id: erp.service('1') }]);
  erp.payment('1', { sale_id: sale, client_id: client, method_id: erp.method('1'), bank_account_id: erp.bankAccount('1'), ledger_account_id: erp.ledgerAccount('1') });
  erp.extraFields('SALE', sale, { Turno: 'tarde' });
  erp.definition('1');
  const quote = erp.quote('1', { client_id: client });
  erp.quoteItems(quote, [{ product_id: erp.id('product', '1') }]);
  await erp.save();
  const contact = recordId(CRM, 'contact', '1');
  await add.link({ kind: 'CLIENT_CONTACT', erpId: client, crmId: contact, status: 'LINKED' });
  await add.link({ kind: 'SALESPERSON_CONTACT', erpId: salesperson, crmId: contact, status: 'LINKED' });
  await add.link({ kind: 'SALESPERSON_USER', erpId: salesperson, crmId: recordId(CRM, 'crm-user', 'u1'), status: 'CONFIRMED' });
  await add.insert('insights.identity_population', [{ kind: 'CLIENT_CONTACT', erp_wallet_id: ERP, workspace_id: randomUUID(), people: 7, updated_at: '2026-01-01T00:00:00Z' }]);
  const { prisma } = database;
  await prisma.syncRun.create({ data: { id: RUN, walletId: CRM, provider: 'KOMMO', mode: 'FULL', trigger: 'MANUAL', status: 'QUEUED', streams: [] } });
  await prisma.syncRunStream.create({ data: { runId: RUN, name: 'deals', position: 0 } });
  await prisma.syncSchedule.create({ data: { id: randomUUID(), walletId: CRM, provider: 'KOMMO', cron: '0 2 * * *', timeZone: 'America/Sao_Paulo', mode: 'FULL', lastRunId: RUN } });
  await prisma.streamState.create({ data: { walletId: CRM, stream: 'deals', records: 5 } });
  await prisma.deadLetter.create({ data: { id: LETTER, walletId: CRM, runId: RUN, provider: 'KOMMO', stream: 'deals', code: 'X', message: 'x', payload: { secret: 1 } } });
  engine = createEngine({ database, log });
  for (const subgraph of [createGestaoClickSubgraph({ database, log }), createKommoSubgraph({ database, log }), createInsightsSubgraph({ database, log }), createSyncSubgraph({ database, engine, log })])
    subgraphs.set(subgraph.name, subgraph);
}, 60_000);
afterAll(async () => {
  await engine?.close();
  await database?.drop();
});

const ask = (subgraph: Subgraph, text: string, allowedWallets: AllowedWallets, variables = {}): Promise<Answer> =>
  runOperation(subgraph, { document: parse(text), variables }, { context: subgraph.createContext({ allowedWallets }), log });

/** Everything that can be selected on a type without arguments, so deep. */
function everything(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return '';
  const fields = Object.values(named.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    if (isLeafType(getNamedType(field.type))) return [field.name];
    return depth === 0 ? [] : [`${field.name} ${everything(field.type, depth - 1)}`];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

/** Keys that are there whoever asks: what was asked with, and what a list of nothing says of itself. */
const SAYS_NOTHING = new Set(['__typename', 'id', 'kind', 'pageInfo', 'totalCountExact']);

/** True where an answer shows a row, or a part of one. */
function shows(value: unknown, top = true): boolean {
  if (value === null || value === undefined || value === 0 || value === false) return false;
  if (Array.isArray(value)) return value.some((item) => shows(item, top));
  if (typeof value !== 'object') return true;
  if (!top && !('nodes' in value)) return true;
  return Object.entries(value).some(([key, item]) => !SAYS_NOTHING.has(key) && shows(item, key === 'nodes' || key === 'edges'));
}

/** Ids by type, wherever they stand in an answer. */
function collect(value: unknown, ids: Map<string, string>): void {
  if (value === null || typeof value !== 'object') return;
  const { __typename: type, id } = value as { __typename?: string; id?: string };
  if (type !== undefined && id !== undefined && !ids.has(type)) ids.set(type, id);
  for (const item of Object.values(value)) collect(item, ids);
}

const rootFields = (root: GraphQLObjectType | null | undefined): GraphQLField<unknown, unknown>[] => Object.values(root?.getFields() ?? {}).filter(({ name }) => !name.startsWith('_'));
const needed = (field: GraphQLField<unknown, unknown>) => field.args.filter(isRequiredArgument).map(({ name }) => name);

async function knownIds(subgraph: Subgraph): Promise<Map<string, string>> {
  const ids = new Map<string, string>([['SyncRun', RUN]]);
  for (const field of rootFields(subgraph.schema.getQueryType())) {
    if (needed(field).length > 0) continue;
    const answer = await ask(subgraph, `{ ${field.name} ${everything(field.type, 3)} }`, 'all');
    expect(answer.errors, field.name).toBeUndefined();
    collect(answer.data, ids);
  }
  return ids;
}

describe.each(NAMES)('%s', (name) => {
  const others: [string, AllowedWallets][] = [
    ['a foreign account', [FOREIGN]],
    ['no account', []],
    ['what is no account', ['nonsense', "' OR true --"]],
  ];

  test('every root field: rows for who may see them, none for who may not', async () => {
    const subgraph = subgraphs.get(name)!;
    const ids = await knownIds(subgraph);
    const asked: string[] = [];
    for (const field of rootFields(subgraph.schema.getQueryType())) {
      const args = needed(field);
      expect(args.every((arg) => arg === 'id'), `${field.name} needs arguments that this test does not know`).toBe(true);
      const id = ids.get(getNamedType(field.type).name);
      if (args.length > 0) expect(id, field.name).toBeDefined();
      const text = `${args.length > 0 ? 'query ($id: ID!) ' : ''}{ found: ${field.name}${args.length > 0 ? '(id: $id)' : ''} ${everything(field.type, 2)} }`;
      const { data, errors } = await ask(subgraph, text, 'all', { id });
      expect(errors, field.name).toBeUndefined();
      expect(shows(data!['found']), `${field.name} for who may see all`).toBe(true);
      for (const [who, wallets] of others) {
        const answer = await ask(subgraph, text, wallets, { id });
        expect(answer.errors, field.name).toBeUndefined();
        // Of its own account a foreign caller sees the account itself, and that it has nothing.
        const rows = (answer.data!['found'] as { id?: string }[] | null) ?? [];
        const left = field.name === 'wallets' ? rows.filter((row) => row.id !== FOREIGN) : answer.data!['found'];
        expect(shows(left), `${field.name} for ${who}: ${JSON.stringify(left)}`).toBe(false);
      }
      asked.push(field.name);
    }
    expect(asked.length).toBeGreaterThanOrEqual(2);
  }, 60_000);

  test('every entity', async () => {
    const subgraph = subgraphs.get(name)!;
    const union = subgraph.schema.getType('_Entity');
    if (name === 'sync') return void expect(union).toBeUndefined();
    if (!isUnionType(union)) throw new Error(`${name} has no entities`);
    const ids = await knownIds(subgraph);
    for (const type of union.getTypes()) {
      const id = ids.get(type.name);
      expect(id, `${type.name}: no row of it is in the fixtures`).toBeDefined();
      const text = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type.name} ${everything(type, 2)} } }`;
      const variables = { r: [{ __typename: type.name, id }, { __typename: type.name, id: id!.toUpperCase() }] };
      const { data, errors } = await ask(subgraph, text, 'all', variables);
      expect(errors, type.name).toBeUndefined();
      expect(shows(data!['_entities']), `${type.name} for who may see all`).toBe(true);
      for (const [who, wallets] of others) {
        const answer = await ask(subgraph, text, wallets, variables);
        expect(answer.errors, type.name).toBeUndefined();
        expect(shows(answer.data!['_entities']), `${type.name} for ${who}: ${JSON.stringify(answer.data)}`).toBe(false);
      }
    }
  }, 60_000);

  test('what one account may see never names another', async () => {
    const subgraph = subgraphs.get(name)!;
    const mine = name === 'gestao-click' ? ERP : CRM;
    const wallets = new Set<unknown>();
    const visit = (value: unknown): void => {
      if (value === null || typeof value !== 'object') return;
      if ('walletId' in value) wallets.add(value.walletId);
      for (const item of Object.values(value)) visit(item);
    };
    for (const field of rootFields(subgraph.schema.getQueryType())) {
      if (needed(field).length === 0) visit((await ask(subgraph, `{ ${field.name} ${everything(field.type, 3)} }`, [mine])).data);
    }
    expect([...wallets]).toEqual(name === 'gestao-click' || name === 'kommo' ? [mine] : []);
  }, 60_000);
});

describe('mutations on a foreign account', () => {
  const MUTATIONS: Readonly<Record<string, (id: { wallet: string; run: string; letter: string }) => [args: string, code: string | null]>> = {
    startSync: ({ wallet }) => [`input: { walletId: "${wallet}" }`, 'NOT_FOUND'],
    autoImport: ({ wallet }) => [`walletId: "${wallet}"`, 'NOT_FOUND'],
    cancelSync: ({ run }) => [`runId: "${run}"`, 'NOT_FOUND'],
    retrySync: ({ run }) => [`runId: "${run}"`, 'NOT_FOUND'],
    testConnection: ({ wallet }) => [`walletId: "${wallet}"`, 'NOT_FOUND'],
    setSyncSchedule: ({ wallet }) => [`input: { walletId: "${wallet}", cron: "0 3 * * *" }`, 'NOT_FOUND'],
    replayDeadLetters: ({ letter }) => [`ids: ["${letter}"]`, null],
  };

  test('every one of them finds nothing, as if it were not there', async () => {
    const subgraph = subgraphs.get('sync')!;
    const fields = rootFields(subgraph.schema.getMutationType());
    expect(fields.map(({ name }) => name).toSorted()).toEqual(Object.keys(MUTATIONS).toSorted());
    const nobody = { wallet: randomUUID(), run: randomUUID(), letter: randomUUID() };
    for (const field of fields) {
      const run = async (of: { wallet: string; run: string; letter: string }) => {
        const [args, code] = MUTATIONS[field.name]!(of);
        const { data, errors } = await ask(subgraph, `mutation { done: ${field.name}(${args}) ${everything(field.type, 1)} }`, [FOREIGN]);
        if (code !== null) expect(errors?.map(({ extensions }) => extensions?.['code']), field.name).toEqual([code]);
        const told = errors?.map(({ message }) => message).join() ?? JSON.stringify(data);
        return told.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
      };
      expect(await run({ wallet: CRM, run: RUN, letter: LETTER }), field.name).toBe(await run(nobody));
    }
    expect(await database.rows(sql`SELECT status, cancel_requested FROM sync.run`)).toEqual([{ status: 'QUEUED', cancel_requested: false }]);
    expect(await database.rows(sql`SELECT cron FROM sync.schedule`)).toEqual([{ cron: '0 2 * * *' }]);
    expect(await database.rows(sql`SELECT 1 FROM sync.errand`)).toEqual([]);
  }, 60_000);

  test('without a target only the own accounts are meant', async () => {
    const subgraph = subgraphs.get('sync')!;
    for (const wallets of [[], [ERP]]) {
      const { errors } = await ask(subgraph, 'mutation { startSync(input: { provider: KOMMO }) { started } }', wallets);
      expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' }, message: expect.not.stringContaining(CRM) });
    }
    const { data, errors } = await ask(subgraph, 'mutation { autoImport { runs { id } } }', []);
    const made = data?.['autoImport'] ?? { runs: [] };
    expect(made).toEqual({ runs: [] });
    expect(JSON.stringify(errors ?? [])).not.toContain(CRM);
    expect(await database.rows(sql`SELECT 1 FROM sync.errand`)).toEqual([]);
  }, 60_000);
});

describe('subscriptions', () => {
  const open = async (text: string, allowedWallets: AllowedWallets) => {
    const subgraph = subgraphs.get('sync')!;
    const over = new AbortController();
    const context = subgraph.createContext({ allowedWallets, signal: over.signal });
    const opened = await openEvents(subgraph, { document: parse(text) }, { context, log });
    if ('refusal' in opened) return { refusal: opened.refusal.errors?.[0]?.extensions?.['code'], events: [], close: () => undefined };
    const events: unknown[] = [];
    void (async () => {
      for (let next = await opened.events.next(); !next.done; next = await opened.events.next()) events.push(next.value);
    })();
    return {
      refusal: undefined,
      events,
      close: async () => {
        over.abort();
        await opened.events.return?.();
      },
    };
  };

  test('every one of them is known here', () => {
    expect(rootFields(subgraphs.get('sync')!.schema.getSubscriptionType()).map(({ name }) => name).toSorted()).toEqual(['recordsChanged', 'syncProgress']);
    for (const name of NAMES.filter((each) => each !== 'sync')) expect(subgraphs.get(name)!.schema.getSubscriptionType()).toBeFalsy();
  });

  test('a run of another account does not exist, and its states do not arrive', async () => {
    expect((await open(print(parse(`subscription { syncProgress(runId: "${RUN}") { id } }`)), [FOREIGN])).refusal).toBe('NOT_FOUND');
    const mine = await open('subscription { syncProgress { id } }', [CRM]);
    const theirs = await open('subscription { syncProgress { id } }', [FOREIGN]);
    await vi.waitFor(() => expect(mine.events.length).toBeGreaterThan(0), 10_000);
    const before = mine.events.length;
    await database.rows(sql`UPDATE sync.run SET status = 'CANCELLED', finished_at = now(), updated_at = now() WHERE id = ${RUN}::uuid`);
    await database.rows(sql`SELECT pg_notify('ponte_run', ${RUN})`);
    await vi.waitFor(() => expect(mine.events.length).toBeGreaterThan(before), 10_000);
    expect(theirs.events).toEqual([]);
    await Promise.all([mine.close(), theirs.close()]);
  }, 30_000);

  test('a changed record of another account is no news', async () => {
    const mine = await open('subscription { recordsChanged { recordId } }', [CRM]);
    const theirs = await open('subscription { recordsChanged { recordId } }', [FOREIGN]);
    await vi.waitFor(async () => {
      await database.rows(sql`INSERT INTO sync.change_event (wallet_id, type, created, updated, deleted) VALUES (${CRM}::uuid, 'DEAL', ${[randomUUID()]}::uuid[], '{}', '{}')`);
      expect(mine.events.length).toBeGreaterThan(0);
    }, 15_000);
    expect(theirs.events).toEqual([]);
    await Promise.all([mine.close(), theirs.close()]);
  }, 30_000);
});

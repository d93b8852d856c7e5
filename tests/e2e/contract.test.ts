// From the providers' records to the answers of the gateway: every published operation, on really imported data.
import { readdirSync, readFileSync } from 'node:fs';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPonte, type RunningPonte } from '../support/ponte.ts';

const FOLDER = new URL('../../examples/operations/', import.meta.url);
const FILES = Object.fromEntries(readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]));
const OPERATIONS = Object.entries(FILES).flatMap(([file, text]) =>
  parse(text).definitions.flatMap((node) => (node.kind === Kind.OPERATION_DEFINITION ? [{ file, name: node.name!.value, kind: (node as OperationDefinitionNode).operation, text }] : [])),
);

let ponte: RunningPonte;
beforeAll(async () => {
  ponte = await startPonte();
});
afterAll(() => ponte?.close());

type Answer = any; // oxlint-disable-line typescript/no-explicit-any -- answers are looked into freely

/** The data of an operation; an error fails the test. */
async function ask(name: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const operation = OPERATIONS.find((item) => item.name === name)!;
  const { data, errors } = await ponte.gateway.executeOperation({ query: operation.text, operationName: name, variables });
  expect(errors ?? []).toEqual([]);
  return data;
}
const nodes = (connection: Answer): Answer[] => connection.edges.map((edge: Answer) => edge.node);

describe('the published operations', () => {
  test('each is here', () => {
    expect(OPERATIONS.map(({ name }) => name).toSorted()).toEqual([
      'Accounting', 'AutoImport', 'CancelSync', 'Clients', 'Contacts', 'CustomFields', 'DeadLetters', 'DealsWithErp', 'Links', 'Pipelines',
      'Receivables', 'RecordsChanged', 'Replay', 'RetrySync', 'Run', 'Runs', 'SaleById', 'Salespeople', 'SalesWithCrm', 'Schedules',
      'SetSchedule', 'StartSync', 'Summary', 'SyncProgress', 'TestConnection', 'Wallets',
    ].toSorted());
  });

  test('SalesWithCrm: sales of the ERP, joined to contacts and deals of the CRM', async () => {
    const { sales } = await ask('SalesWithCrm', { first: 50 });
    expect(sales.totalCount).toBeGreaterThanOrEqual(200);
    expect(sales.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const list = nodes(sales);
    expect(list).toHaveLength(50);
    for (const sale of list) {
      expect(sale).toMatchObject({ id: expect.any(String), total: expect.stringMatching(/^\d+\.\d{2,}$/), date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
      expect(sale.status).not.toBeNull();
      expect(sale.store).not.toBeNull();
      expect(sale.items.length).toBeGreaterThan(0);
    }
    const withCrm = list.filter((sale) => sale.salesperson?.contact != null);
    expect(withCrm.length).toBeGreaterThan(10);
    expect(withCrm.some((sale) => sale.salesperson.contact.deals.totalCount > 0 && sale.salesperson.contact.deals.edges[0].node.stage !== null)).toBe(true);
    expect(withCrm.some((sale) => sale.salesperson.contact.customFields.length > 0)).toBe(true);
    expect(list.some((sale) => sale.client?.contact != null)).toBe(true);
    expect(new Set(list.flatMap((sale) => sale.payments.map((payment: Answer) => payment.status))).size).toBeGreaterThan(1);
  });

  test('SalesWithCrm with the documented variables', async () => {
    const year = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const filter = { dateFrom: year(-400), dateTo: year(1), salespersonIds: [], clientIds: [], statusOutcomes: ['CONFIRMED'], kinds: ['PRODUCT'], storeIds: [], totalMin: '100.00' };
    const { sales } = await ask('SalesWithCrm', { first: 50, filter, orderBy: { field: 'TOTAL', direction: 'DESC' } });
    const list = nodes(sales);
    expect(list.length).toBeGreaterThan(5);
    for (const sale of list) expect(sale).toMatchObject({ kind: 'PRODUCT', status: { outcome: 'CONFIRMED' } });
    const totals = list.map((sale) => Number(sale.total));
    expect(totals).toEqual(totals.toSorted((a, b) => b - a));
    expect(Math.min(...totals)).toBeGreaterThanOrEqual(100);
  });

  test('the main query takes at most 12 statements, and no more for 50 sales than for 5', async () => {
    const count = async (first: number) => {
      const query = vi.spyOn(ponte.database.pool, 'query');
      await ask('SalesWithCrm', { first });
      const texts = query.mock.calls.map(([config]) => (typeof config === 'string' ? config : (config as unknown as { text: string }).text));
      query.mockRestore();
      return texts.filter((text) => /gestao_click\.|kommo\.|insights\./.test(text)).length;
    };
    const [few, many] = [await count(5), await count(50)];
    expect(many).toBeLessThanOrEqual(12);
    expect(many).toBeLessThanOrEqual(few);
  });

  test('SaleById, Clients, Salespeople', async () => {
    const { sales } = await ask('SalesWithCrm', { first: 1 });
    const [{ id, number }] = nodes(sales);
    const { sale } = await ask('SaleById', { id });
    expect(sale).toMatchObject({ id, number, metadata: { codigo: number } });
    expect((await ask('SaleById', { id: 'no such id' })).sale).toBeNull();

    const clients = nodes((await ask('Clients', { first: 20 })).clients);
    expect(clients).toHaveLength(20);
    const found = nodes((await ask('Clients', { search: clients[0].name.split(' ')[0].toLowerCase() })).clients);
    expect(found.map((client) => client.name)).toContain(clients[0].name);

    const people = nodes((await ask('Salespeople')).salespeople);
    expect(people.length).toBeGreaterThan(5);
    expect(people.filter((person) => person.crmUser !== null).length).toBeGreaterThan(people.length / 2);
    expect(people.filter((person) => person.contact !== null).length).toBeGreaterThan(people.length / 3);
    expect(new Set(people.map((person) => person.name)).size).toBe(people.length);
  });

  test('DealsWithErp: the same join the other way round', async () => {
    const { deals } = await ask('DealsWithErp', { first: 200 });
    const list = nodes(deals);
    expect(list.length).toBeGreaterThan(20);
    expect(new Set(list.map((deal) => deal.status))).toEqual(new Set(['OPEN', 'WON', 'LOST']));
    expect(list.some((deal) => deal.contacts.some((item: Answer) => item.contact.client?.sales.totalCount > 0))).toBe(true);
    expect(list.some((deal) => deal.contacts.some((item: Answer) => item.contact.salesperson !== null))).toBe(true);
    expect(list.some((deal) => deal.responsible?.salesperson != null)).toBe(true);
    const filter = { statuses: ['WON'], pipelineIds: [], stageIds: [], responsibleIds: [], updatedFrom: '2020-01-01T00:00:00Z', priceMin: '0', customFields: [{ code: 'ORIGEM', equals: 'Instagram' }] };
    const won = nodes((await ask('DealsWithErp', { filter, orderBy: { field: 'UPDATED_AT', direction: 'DESC' } })).deals);
    expect(won.length).toBeGreaterThan(0);
    for (const deal of won) {
      expect(deal.status).toBe('WON');
      expect(deal.customFields).toContainEqual(expect.objectContaining({ field: expect.objectContaining({ code: 'ORIGEM' }), values: [expect.objectContaining({ text: 'Instagram' })] }));
    }
  });

  test('Contacts, CustomFields, Pipelines', async () => {
    expect(nodes((await ask('Contacts', { first: 20 })).contacts)).toHaveLength(20);
    const { customFields } = await ask('CustomFields');
    expect(customFields.map((field: Answer) => field.code)).toEqual(expect.arrayContaining(['PHONE', 'EMAIL']));
    const { pipelines } = await ask('Pipelines');
    for (const pipeline of pipelines) expect(pipeline.stages.map((stage: Answer) => stage.kind)).toEqual(expect.arrayContaining(['WON', 'LOST']));
  });

  test('Receivables and Accounting', async () => {
    const { payments } = await ask('Receivables', { first: 200, filter: { direction: 'RECEIVABLE' } });
    const list = nodes(payments);
    expect(new Set(list.map((payment) => payment.direction))).toEqual(new Set(['RECEIVABLE']));
    expect(list.filter((payment) => payment.sale !== null).length).toBeGreaterThan(list.length / 2);
    expect(list.some((payment) => payment.client?.contact != null)).toBe(true);
    const overdue = nodes((await ask('Receivables', { filter: { direction: 'RECEIVABLE', statuses: ['OVERDUE'] } })).payments);
    expect(overdue.length).toBeGreaterThan(0);
    for (const payment of overdue) expect(payment).toMatchObject({ status: 'OVERDUE', daysOverdue: expect.any(Number), paidAt: null });
    const accounting = await ask('Accounting');
    for (const name of ['ledgerAccounts', 'costCenters', 'bankAccounts', 'paymentMethods']) expect(accounting[name].length).toBeGreaterThan(0);
  });

  test('Wallets, TestConnection, Schedules', async () => {
    const { wallets } = await ask('Wallets');
    expect(wallets.map((wallet: Answer) => [wallet.provider, wallet.status]).toSorted()).toEqual([['GESTAO_CLICK', 'CONNECTED'], ['KOMMO', 'CONNECTED']]);
    for (const wallet of wallets) {
      expect(wallet.freshness.every((item: Answer) => item.stale === false && item.lastSyncedAt !== null)).toBe(true);
      expect(wallet.lastRun.status).toBe('SUCCEEDED');
    }
    for (const provider of ['GESTAO_CLICK', 'KOMMO']) {
      const { testConnection } = await ask('TestConnection', { provider });
      expect(testConnection).toMatchObject({ ok: true, status: 'CONNECTED', account: { id: expect.any(String) } });
    }
    const { setSyncSchedule } = await ask('SetSchedule', { input: { provider: 'KOMMO', cron: '30 3 * * 1-5', timeZone: 'America/Sao_Paulo', mode: 'INCREMENTAL', enabled: true } });
    expect(setSyncSchedule).toMatchObject({ provider: 'KOMMO', cron: '30 3 * * 1-5', enabled: true });
    expect(new Date(setSyncSchedule.nextRunAt).toISOString()).toMatch(/T06:30:00.000Z$/);
    expect((await ask('Schedules')).syncSchedules).toContainEqual(expect.objectContaining({ cron: '30 3 * * 1-5' }));
  });

  test('Links and Summary', async () => {
    const linked = nodes((await ask('Links', { kind: 'CLIENT_CONTACT', status: 'LINKED', first: 50 })).identityLinks);
    expect(linked.length).toBeGreaterThan(10);
    for (const link of linked) {
      expect(link.reasons.length).toBeGreaterThan(0);
      expect(link.client.name).not.toBe('');
      expect(link.contact.name).not.toBe('');
    }
    const { identitySummary } = await ask('Summary');
    expect(identitySummary.map((row: Answer) => row.kind).toSorted()).toEqual(['CLIENT_CONTACT', 'SALESPERSON_CONTACT', 'SALESPERSON_USER']);
  });

  test('StartSync, Run, Runs, CancelSync, RetrySync, DeadLetters, Replay, AutoImport', async () => {
    const { startSync } = await ask('StartSync', { input: { provider: 'KOMMO', mode: 'INCREMENTAL', streams: ['contacts', 'deals'], since: null } });
    expect(startSync).toMatchObject({ started: true, run: { provider: 'KOMMO', mode: 'INCREMENTAL', trigger: 'MANUAL' } });
    await vi.waitFor(async () => expect((await ask('Run', { id: startSync.run.id })).syncRun.status).toBe('SUCCEEDED'), 15_000);
    const { syncRun } = await ask('Run', { id: startSync.run.id });
    expect(syncRun.streams.map((stream: Answer) => stream.name).toSorted()).toEqual(['contacts', 'deals']);
    expect(syncRun.progress.written).toBe(0);
    expect((await ask('Runs', { provider: 'KOMMO', first: 10 })).syncRuns.totalCount).toBeGreaterThanOrEqual(2);
    expect((await ask('CancelSync', { runId: syncRun.id })).cancelSync.status).toBe('SUCCEEDED');
    expect((await ask('DeadLetters')).deadLetters.totalCount).toBe(0);
    expect((await ask('Replay', { ids: ['unknown'] })).replayDeadLetters).toEqual({ replayed: 0, failed: 1 });
    const retry = await ponte.gateway.executeOperation({ query: FILES['sync.graphql']!, operationName: 'RetrySync', variables: { runId: syncRun.id } });
    expect(retry.errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT' });
    const { autoImport } = await ask('AutoImport', { provider: 'KOMMO' });
    expect(autoImport.runs).toMatchObject([{ provider: 'KOMMO', mode: 'FULL', trigger: 'AUTO_IMPORT' }]);
    await vi.waitFor(async () => expect((await ask('Run', { id: autoImport.runs[0].id })).syncRun.status).toBe('SUCCEEDED'), 15_000);
    expect((await ask('Run', { id: autoImport.runs[0].id })).syncRun.progress).toMatchObject({ written: 0, percent: 100 });
  });
});

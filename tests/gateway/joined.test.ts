// The main query and a stream that crosses the real subgraphs, in process and over HTTP: the same answers, at a cost in SQL
// that does not grow with the rows.
import { readFileSync } from 'node:fs';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { CRM, crmRows, ERP } from '../support/crm-rows.ts';
import { createErpFixture } from '../support/erp-fixture.ts';
import { startRealGateway, type RealGateway } from '../support/gateway-real.ts';
import { watch, type Topology } from '../support/gateway-server.ts';

const operations = (name: string) => readFileSync(new URL(`../../examples/operations/${name}.graphql`, import.meta.url), 'utf8');
const SALES = 60;

/** Sales with clients and salespeople, both known to the CRM under other ids. */
async function seed({ database }: RealGateway): Promise<{ sale: string; deal: string }> {
  const erp = createErpFixture(database);
  const crm = crmRows(database);
  await crm.wallet(ERP, 'GESTAO_CLICK');
  await crm.wallet(CRM, 'KOMMO');
  const status = erp.status('1', { outcome: 'CONFIRMED' });
  const salespeople = [1, 2].map((n) => erp.salesperson(String(n), { name: `Vendedor ${n}` }));
  const clients = [1, 2, 3, 4, 5].map((n) => erp.client(String(n), { name: `Cliente ${n}` }));
  const sales = Array.from({ length: SALES }, (_, n) => {
    const sale = erp.sale(String(n + 1), { client_id: clients[n % 5], salesperson_id: salespeople[n % 2], status_id: status, date: `2026-0${1 + (n % 6)}-10`, total: `${n + 1}.00` });
    erp.items(sale, [{ description: `line of ${n}` }]);
    return sale;
  });
  await erp.save();
  let deal = '';
  for (const [n, person] of [...salespeople, ...clients].entries()) {
    const contact = await crm.contact({ name: `Contato ${n}`, phones: [`+551199990000${n}`] });
    await crm.link({ kind: n < 2 ? 'SALESPERSON_CONTACT' : 'CLIENT_CONTACT', erpId: person, crmId: contact, status: 'LINKED' });
    deal = await crm.record('kommo.deal', 'deal', CRM, { name: `Pedido ${n}`, price: '10', status: 'OPEN', tags: [], search_text: '', source_created_at: '2026-02-01T00:00:00Z', source_updated_at: '2026-02-01T00:00:00Z' });
    await crm.insert('kommo.deal_contact', [{ deal_id: deal, position: 0, wallet_id: CRM, contact_id: contact, main: true }]);
  }
  return { sale: sales[0]!, deal };
}

const running: Partial<Record<Topology, RealGateway>> = {};
const ids: Partial<Record<Topology, { sale: string; deal: string }>> = {};
beforeAll(async () => {
  for (const topology of ['local', 'remote'] as const) {
    running[topology] = await startRealGateway(topology);
    ids[topology] = await seed(running[topology]);
  }
});
afterAll(async () => {
  await Promise.all(Object.values(running).map((real) => real.close()));
});

const salesWithCrm = (topology: Topology, first: number) =>
  running[topology]!.gateway.executeOperation({
    query: operations('sales-with-crm'),
    operationName: 'SalesWithCrm',
    variables: { first, filter: { statusOutcomes: ['CONFIRMED'], salespersonIds: [] }, orderBy: { field: 'TOTAL', direction: 'DESC' } },
  });

describe('the main query', () => {
  test('answers the same in process and over HTTP', async () => {
    const [local, remote] = [await salesWithCrm('local', 50), await salesWithCrm('remote', 50)];
    expect(local.errors).toBeUndefined();
    expect(remote).toEqual(local);
    const { sales } = local.data as { sales: { totalCount: number; edges: { node: Record<string, unknown> }[] } };
    expect(sales.totalCount).toBe(SALES);
    expect(sales.edges).toHaveLength(50);
    expect(sales.edges[0]!.node).toMatchObject({
      number: '60',
      client: { name: 'Cliente 5', contact: { name: 'Contato 6' } },
      salesperson: { name: 'Vendedor 2', contact: { name: 'Contato 1', deals: { totalCount: 1, edges: [{ node: { name: 'Pedido 1' } }] } } },
    });
  });

  test.each<Topology>(['local', 'remote'])('costs as many SQL statements for 50 sales as for 5, at most 12 (%s)', async (topology) => {
    const statements: string[] = [];
    const stop = running[topology]!.database.onStatement((text) => statements.push(text));
    await salesWithCrm(topology, 5);
    const few = statements.length;
    await salesWithCrm(topology, 50);
    stop();
    expect(few).toBeGreaterThan(3);
    expect(statements.length - few).toBeLessThanOrEqual(few);
    expect(statements.length - few).toBeLessThanOrEqual(12);
  });
});

describe.each<Topology>(['local', 'remote'])('records as they change, subgraphs %s', (topology) => {
  test('each event is joined across the systems', async () => {
    const { gateway, engine } = running[topology]!;
    const { sale, deal } = ids[topology]!;
    const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
    const fragmentless = /subscription RecordsChanged[\s\S]*?\n}/.exec(operations('sync'))![0];
    const seen = watch(client, fragmentless, { types: ['SALE', 'DEAL'] });
    await vi.waitFor(() => expect(engine.changes.readers).toBe(1));
    const at = '2026-03-01T10:00:00.000Z';
    engine.changes.publish({ walletId: CRM, type: 'DEAL', change: 'UPDATED', recordId: deal, at });
    engine.changes.publish({ walletId: ERP, type: 'SALE', change: 'CREATED', recordId: sale, at });
    engine.changes.publish({ walletId: CRM, type: 'DEAL', change: 'DELETED', recordId: '00000000-0000-4000-8000-000000000009', at });
    await vi.waitFor(() => expect(seen.events).toHaveLength(3));
    expect(seen.events).toEqual([
      {
        data: {
          recordsChanged: {
            type: 'DEAL', change: 'UPDATED', at, sale: null,
            deal: { id: deal, name: 'Pedido 6', status: 'OPEN', contacts: [{ contact: { id: expect.any(String), name: 'Contato 6', client: { id: expect.any(String), name: 'Cliente 5' } } }] },
          },
        },
      },
      { data: { recordsChanged: { type: 'SALE', change: 'CREATED', at, deal: null, sale: { id: sale, number: '1', total: '1.00', client: { id: expect.any(String), name: 'Cliente 1' } } } } },
      { data: { recordsChanged: { type: 'DEAL', change: 'DELETED', at, deal: null, sale: null } } },
    ]);
    seen.stop();
    await vi.waitFor(() => expect(engine.changes.readers).toBe(0));
    await client.dispose();
  });
});

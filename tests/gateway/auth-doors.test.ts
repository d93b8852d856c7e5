// Keys at the real doors of a gateway over the real subgraphs: HTTP, REST, WebSocket, SSE. What a key may not see is null with
// FORBIDDEN and is not fetched; what a key has opened ends with it.
import { request as httpRequest } from 'node:http';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createKeyStore, insertKey, revokeKey } from '../../cli/keys.ts';
import { createAuthenticator, type Scope } from '../../gateway/auth/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { recordId, walletId } from '../../lib/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createErpFixture } from '../support/erp-fixture.ts';
import { startRealGateway, type RealGateway } from '../support/gateway-real.ts';

let keys: TestDatabase;
let running: RealGateway;
const ERP = walletId('GESTAO_CLICK', '1');
beforeAll(async () => {
  keys = await createTestDatabase();
  running = await startRealGateway('local', { auth: createAuthenticator({ log: silentLogger, keys: createKeyStore(keys, silentLogger) }) });
  for (const account of ['1', '2']) {
    const erp = createErpFixture(running.database, account);
    erp.sale('1', { client_id: erp.client('1'), store_id: erp.store('1') });
    await erp.save();
  }
}, 60_000);
afterAll(async () => {
  await running?.close();
  await keys?.drop();
});

const keyFor = (scopes: readonly Scope[], wallets: 'all' | readonly string[] = 'all') => insertKey(keys, { name: scopes.join(), scopes, wallets, expiresAt: null });
interface Told {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; extensions: { code: string } }[];
}
async function ask(query: string, key?: string): Promise<{ status: number; body: Told }> {
  const response = await fetch(`${running.gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: (await response.json()) as Told };
}
const codes = ({ errors = [] }: Told) => errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`).toSorted();

describe('HTTP', () => {
  test.each([[undefined], ['ponte_00000000_nonsense'], ['a.b.c']])('%s is told 401 and who it has to be', async (key) => {
    const { status, body } = await ask('{ sales { totalCount } }', key);
    expect(status).toBe(401);
    expect(body.data).toBeFalsy();
    expect(body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('a key sees what its scopes say: the rest is null, FORBIDDEN, and not fetched', async () => {
    const { text } = await keyFor(['erp:read']);
    const statements: string[] = [];
    const stop = running.database.onStatement((statement) => statements.push(statement));
    const { status, body } = await ask('{ sales { nodes { number metadata client { name contact { name } } } } contacts { totalCount } wallets { name } identitySummary { total } }', text);
    stop();
    expect(status).toBe(200);
    expect(body.data).toEqual({
      sales: { nodes: Array.from({ length: 2 }, () => ({ number: '1', metadata: null, client: { name: 'Pessoa 1', contact: null } })) },
      contacts: null,
      wallets: null,
      identitySummary: null,
    });
    expect(new Set(codes(body).map((line) => line.replace(/\.\d+\./, '.N.')))).toEqual(
      new Set(['contacts FORBIDDEN', 'identitySummary FORBIDDEN', 'sales.nodes.N.client.contact FORBIDDEN', 'sales.nodes.N.metadata FORBIDDEN', 'wallets FORBIDDEN']),
    );
    expect(statements.join('\n')).not.toMatch(/kommo\.|insights\.|metadata/);
    expect(body.errors?.find(({ path }) => path?.[0] === 'contacts')?.message).toBe('Query.contacts needs the scope "crm:read"');
  });

  test('admin sees raw records; a key for one account only its own', async () => {
    const admin = await ask('{ sales { nodes { walletId metadata } } }', (await keyFor(['admin'])).text);
    expect(admin.body.errors).toBeUndefined();
    expect((admin.body.data!['sales'] as { nodes: { metadata: unknown }[] }).nodes.map(({ metadata }) => metadata)).toEqual([{ id: '1', of: 'sale' }, { id: '1', of: 'sale' }]);
    const one = await ask(`{ sales { totalCount nodes { walletId } } other: sale(id: "${recordId(walletId('GESTAO_CLICK', '2'), 'sale', '1')}") { id } }`, (await keyFor(['erp:read'], [ERP])).text);
    expect(one.body).toEqual({ data: { sales: { totalCount: 1, nodes: [{ walletId: ERP }] }, other: null } });
  });

  test('a mutation without its scope is not run', async () => {
    const { body } = await ask('mutation { testConnection(provider: GESTAO_CLICK) { ok } }', (await keyFor(['sync:read', 'erp:read'])).text);
    expect(body.data).toEqual({ testConnection: null });
    expect(codes(body)).toEqual(['testConnection FORBIDDEN']);
    expect(running.engine.calls).toEqual([]);
  });

  test('a name that does not belong to this machine is refused, key or not', async () => {
    const { text } = await keyFor(['admin']);
    const status = (host: string) =>
      new Promise<number>((resolve, reject) => {
        const sent = httpRequest(`${running.gateway.url}/graphql?query={__typename}`, { headers: { host, authorization: `Bearer ${text}`, 'x-apollo-operation-name': 'x' } }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        });
        sent.once('error', reject).end();
      });
    expect(await status(`localhost:${running.gateway.port}`)).toBe(200);
    for (const host of ['evil.example.com', 'localhost.evil.com', '10.0.0.1']) expect(await status(host)).toBeGreaterThanOrEqual(400);
  });
});

describe('REST', () => {
  const get = async (path: string, key?: string) => {
    const response = await fetch(`${running.gateway.url}${path}`, { headers: key === undefined ? {} : { 'x-api-key': key } });
    return { status: response.status, body: (await response.json()) as { success: boolean; code?: string } };
  };

  test('401 without a key, 403 without the scope, rows with it', async () => {
    const { text } = await keyFor(['erp:read']);
    expect(await get('/api/gestao-click/sales')).toMatchObject({ status: 401, body: { success: false, code: 'UNAUTHENTICATED' } });
    expect(await get('/api/kommo/deals', text)).toMatchObject({ status: 403, body: { success: false, code: 'FORBIDDEN' } });
    expect(await get('/api/gestao-click/sales', text)).toMatchObject({ status: 200, body: { success: true } });
  });
});

describe('WebSocket', () => {
  const connect = (connectionParams: Record<string, unknown>) => createClient({ url: `${running.gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams, lazy: true });
  const read = (client: ReturnType<typeof connect>, query: string) => {
    const events: Told[] = [];
    const ended = new Promise<unknown>((resolve) => {
      client.subscribe({ query }, { next: (event) => void events.push(event as Told), error: resolve, complete: () => resolve('complete') });
    });
    return { events, ended };
  };
  const STREAM = 'subscription { recordsChanged { type recordId sale { number } deal { id } } }';
  const change = () => running.engine.changes.publish({ walletId: ERP, type: 'SALE', change: 'UPDATED', recordId: recordId(ERP, 'sale', '1'), at: '2026-03-01T10:00:00.000Z' });

  test('nobody gets in without a key', async () => {
    for (const params of [{}, { authorization: 'Bearer nonsense' }]) {
      const client = connect(params);
      const { events, ended } = read(client, STREAM);
      expect(JSON.stringify(await ended.then((reason) => ({ reason, code: (reason as { code?: number }).code, text: (reason as { reason?: string }).reason })))).toMatch(/44\d\d|UNAUTHENTICATED/);
      expect(events).toEqual([]);
      await client.dispose();
    }
    expect(running.engine.changes.readers).toBe(0);
  });

  test('scopes hold for each event', async () => {
    const client = connect({ apiKey: (await keyFor(['sync:read', 'crm:read'])).text });
    const { events } = read(client, STREAM);
    await vi.waitFor(() => expect(running.engine.changes.readers).toBe(1));
    change();
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events[0]!.data).toEqual({ recordsChanged: { type: 'SALE', recordId: recordId(ERP, 'sale', '1'), sale: null, deal: null } });
    expect(codes(events[0]!)).toEqual(['recordsChanged.sale FORBIDDEN']);
    await client.dispose();
    await vi.waitFor(() => expect(running.engine.changes.readers).toBe(0));
  });

  test('a stream that its caller may not read is not opened', async () => {
    const client = connect({ Authorization: `Bearer ${(await keyFor(['erp:read'])).text}` });
    const { events, ended } = read(client, STREAM);
    expect(JSON.stringify(await ended)).toMatch(/FORBIDDEN/);
    expect(events).toEqual([]);
    expect(running.engine.changes.readers).toBe(0);
    await client.dispose();
  });

  test('a revoked key ends what it has opened, within a second, and nothing else', async () => {
    const [mine, other] = [await keyFor(['sync:read', 'erp:read']), await keyFor(['sync:read', 'erp:read'])];
    const [a, b] = [connect({ authorization: mine.text }), connect({ authorization: other.text })];
    const [one, two] = [read(a, STREAM), read(b, STREAM)];
    await vi.waitFor(() => expect(running.gateway.load.subscriptions).toBe(2));
    change();
    await vi.waitFor(() => expect([one.events.length, two.events.length]).toEqual([1, 1]));
    const began = performance.now();
    expect(await revokeKey(keys, mine.id)).toBe('revoked');
    await one.ended;
    expect(performance.now() - began).toBeLessThan(1_000);
    change();
    await vi.waitFor(() => expect(two.events).toHaveLength(2));
    expect(one.events.filter(({ data }) => data != null)).toHaveLength(1);
    expect((await ask('{ sales { totalCount } }', mine.text)).status).toBe(401);
    await Promise.all([a.dispose(), b.dispose()]);
  });
});

describe('SSE', () => {
  const open = (key?: string) =>
    fetch(`${running.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ query: 'subscription { recordsChanged { type sale { number } } }' }),
    });

  test('401 without a key; a revoked key ends the stream', async () => {
    const refused = await open();
    expect(refused.status).toBe(401);
    await refused.body?.cancel();
    const { text, id } = await keyFor(['sync:read', 'erp:read']);
    const response = await open(text);
    expect(response.status).toBe(200);
    const whole = response.text();
    await vi.waitFor(() => expect(running.engine.changes.readers).toBe(1));
    await revokeKey(keys, id);
    const told = await whole;
    expect(told).toMatch(/UNAUTHENTICATED|event: complete/);
    await vi.waitFor(() => expect(running.engine.changes.readers).toBe(0));
  });
});

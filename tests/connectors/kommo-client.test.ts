// Which host is asked, and what is made of pages that are not as they should be.
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { KommoClient, openConnections } from '../../connectors/kommo/client.ts';
import { readAccount } from '../../connectors/kommo/connection.ts';
import { silentLogger } from '../../lib/log.ts';
import { createWorld } from '../../simulators/index.ts';
import type { Json } from '../../sync/types.ts';
import { connectTo, contextOf, readAll, recordingGate, serve, startRig, streamOf, WALLET, type Rig } from './kommo-harness.ts';

const never = new AbortController().signal;
const KEY = await crypto.subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, false, ['sign', 'verify']);
const TOKEN = await new SignJWT({ account_id: 1, base_domain: 'kommo.com', scopes: ['crm'], api_domain: 'api-c.kommo.com' })
  .setProtectedHeader({ alg: 'RS256' })
  .setExpirationTime('1h')
  .sign(KEY.privateKey);

describe('the account has its own host', () => {
  let rig: Rig;
  let opened: string[];
  beforeAll(async () => {
    rig = await startRig({ world: createWorld({ preset: 'small' }) });
  });
  beforeEach(() => {
    rig.simulator.control.reset();
    rig.simulator.switches.discoveryDomain = 'documented';
    opened = [];
  });
  afterAll(() => rig.close());

  /** A client whose hosts all lead to the simulator: the shared one by the name `localhost`, which it can refuse. */
  const clientOf = (apiUrl: string): KommoClient => {
    const options = { token: rig.token, timeoutMs: 5_000, retryAttempts: 0, retryDelayMs: 1, debug: false, gate: recordingGate([]), log: silentLogger };
    const open = (baseUrl: string) => {
      opened.push(baseUrl);
      const shared = new URL(baseUrl).hostname.startsWith('api-');
      return openConnections(shared ? rig.simulator.url.replace('127.0.0.1', 'localhost') : rig.simulator.url, options, rig.token);
    };
    return new KommoClient({ ...options, apiUrl, open });
  };
  const own = (): string => `https://${rig.simulator.subdomain}.kommo.com`;
  const paths = (): string[] => rig.simulator.stats.arrivals().map(({ path }) => path);

  test('found once by the discovery route, used from then on, and told', async () => {
    rig.simulator.switches.sharedHost = 'unauthorized';
    const client = clientOf('https://api-c.kommo.com');
    expect(client.domain).toBeNull();
    const pages = await Promise.all([1, 2, 3].map((page) => client.list('/contacts', 'contacts', { signal: never, page, query: { page, limit: 50 } })));
    expect(pages.map(({ items }) => items.length)).toEqual([50, 50, 50]);
    expect(await readAccount(client, never)).toMatchObject({ key: String(rig.simulator.accountId), domain: `${rig.simulator.subdomain}.kommo.com` });
    expect(opened).toEqual(['https://api-c.kommo.com', own()]);
    expect(paths().filter((path) => path.startsWith('/oauth2'))).toEqual(['/oauth2/account/subdomain']);
    await client.close();
  });

  test('found by the account itself where that route is not known', async () => {
    rig.simulator.control.set({ kind: '404', path: '/oauth2' });
    const client = clientOf('https://api-c.kommo.com');
    await client.get('/account', { signal: never });
    expect(opened).toEqual(['https://api-c.kommo.com', own()]);
    expect(paths()).toEqual(['/oauth2/account/subdomain', '/api/v4/account', '/api/v4/account']);
    await client.close();
  });

  test('not looked for where the address is the account’s own', async () => {
    const client = clientOf(own());
    await client.get('/account', { signal: never });
    expect([opened, paths()]).toEqual([[own()], ['/api/v4/account']]);
    await client.close();
  });

  test('a refusal of both ways is told, and asked again next time', async () => {
    rig.simulator.control.set({ kind: '401', count: 2 });
    const client = clientOf('https://api-c.kommo.com');
    await expect(client.get('/account', { signal: never })).rejects.toMatchObject({ code: 'PROVIDER_UNAUTHORIZED' });
    expect(await client.get('/account', { signal: never })).toMatchObject({ id: rig.simulator.accountId });
    await client.close();
  });

  test('an outage is no reason to look elsewhere', async () => {
    rig.simulator.control.set({ kind: '500' });
    const client = clientOf('https://api-c.kommo.com');
    await expect(client.get('/account', { signal: never })).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(paths()).toEqual(['/oauth2/account/subdomain']);
    await client.close();
  });

  test('who waits for it is not cut off by the one who asked first', async () => {
    rig.simulator.control.set({ kind: 'timeout', path: '/oauth2', count: 1 });
    const client = clientOf('https://api-c.kommo.com');
    const first = new AbortController();
    const left = client.get('/account', { signal: first.signal });
    const stays = client.get('/account', { signal: never });
    await vi.waitFor(() => expect(rig.simulator.stats.requests).toBe(1));
    first.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(await stays).toMatchObject({ id: rig.simulator.accountId });
    await client.close();
  });
});

test('redirects are not followed, and the token goes nowhere else', async () => {
  const elsewhere = await serve(() => ({ body: { id: 1 } }));
  const server = await serve(() => ({ status: 301, headers: { location: `${elsewhere.url}/api/v4/account` } }));
  const connector = connectTo(server.url, TOKEN);
  await expect(connector.account(never)).rejects.toMatchObject({ code: 'PROVIDER_UNEXPECTED_RESPONSE', retryable: false, hint: expect.stringContaining('KOMMO_API_URL') });
  expect([server.asked.length, elsewhere.asked.length]).toEqual([1, 0]);
  await Promise.all([connector.close(), server.close(), elsewhere.close()]);
});

describe('pages', () => {
  const contact = (id: number | string, more: { readonly [key: string]: Json } = {}): { readonly [key: string]: Json } => ({ id, name: `n${id}`, created_at: 1_767_300_000, updated_at: 1_767_300_000, custom_fields_values: null, _embedded: { tags: [], companies: [] }, ...more });
  const list = (items: unknown, more: object = {}) => ({ _page: 1, _links: { self: { href: 'x' } }, _embedded: { contacts: items }, ...more });

  const read = async (body: unknown, status = 200) => {
    const server = await serve(() => ({ status, body }));
    const connector = connectTo(server.url, TOKEN);
    try {
      return await readAll(streamOf(connector, 'contacts'), contextOf());
    } finally {
      await Promise.all([connector.close(), server.close()]);
    }
  };

  test('204 is an empty list', async () => expect((await read(undefined, 204)).pages).toEqual([{ records: [], rejected: [], fetched: 0, next: null }]));

  test.each<[string, unknown, RegExp]>([
    ['a text instead of the list', list('no records'), /_embedded\.contacts is not a list/],
    ['an object instead of the list', list({ 0: contact(1) }), /_embedded\.contacts is not a list/],
    ['another list', { _page: 1, _embedded: { leads: [] } }, /_embedded\.contacts is not a list/],
    ['no envelope', [contact(1)], /record: /],
    ['an error inside a 200', { title: 'Error', status: 500 }, /_embedded: /],
    ['another page than asked', list([contact(1)], { _page: 2 }), /asked for page 1, got page 2/],
  ])('%s is an error, not an empty list', async (_, body, message) => {
    await expect(read(body)).rejects.toMatchObject({ code: 'PROVIDER_UNEXPECTED_RESPONSE', retryable: false, message: expect.stringMatching(message) });
  });

  test('a record of an unknown shape is set aside with its path, and the others come', async () => {
    const bad = [
      contact('x7'),
      contact(3, { custom_fields_values: [{ field_id: 1, values: [] }, { field_name: 'no id', values: [] }] }),
      contact(4, { created_at: null, updated_at: null }),
      'not a record',
      contact(5, { _embedded: { tags: [{ id: 1 }] } }),
    ];
    const { ids, pages, fetched } = await read(list([contact(1), ...bad, contact(2), contact(6, { is_deleted: true, name: null })]));
    expect([ids, fetched]).toEqual([['1', '2'], 8]);
    expect(pages[0]!.rejected.map(({ externalId, code, payload }) => [externalId, code, payload])).toEqual(
      ['x7', '3', '4', null, '5'].map((id, index) => [id, 'PROVIDER_UNEXPECTED_RESPONSE', bad[index]]),
    );
    expect(pages[0]!.rejected.map(({ message }) => message.split(': ')[0])).toEqual(['id', 'custom_fields_values.1.field_id', 'updated_at', 'record', '_embedded.tags.0.name']);
  });

  test('a dead letter can be parsed again once its cause is gone', async () => {
    const connector = connectTo('http://127.0.0.1:9', TOKEN);
    const stream = streamOf(connector, 'contacts');
    expect(() => stream.parse(WALLET, contact('x7'))).toThrow(/^id: /);
    expect(stream.parse(WALLET, contact(7)).externalId).toBe('7');
    const fields = streamOf(connector, 'custom_fields');
    expect(() => fields.parse(WALLET, { id: 1, name: 'Origem', type: 'select' })).toThrow(/entity_type/);
    expect(fields.parse(WALLET, { id: 1, name: 'Origem', type: 'select', entity_type: 'leads' }).row).toMatchObject({ entity: 'DEAL' });
    await connector.close();
  });

  test('a list by change that does not keep its order is not read by it', async () => {
    const server = await serve(() => ({ body: list([contact(1, { updated_at: 20 }), contact(2, { updated_at: 10 })]) }));
    const connector = connectTo(server.url, TOKEN);
    const reading = readAll(streamOf(connector, 'contacts'), contextOf({ mode: 'INCREMENTAL', watermark: { updatedAt: 5 } }));
    await expect(reading).rejects.toMatchObject({ code: 'PROVIDER_UNEXPECTED_RESPONSE', message: expect.stringContaining('order of updated_at') });
    await Promise.all([connector.close(), server.close()]);
  });
});

test('a transient failure in the middle of a list costs nothing', async () => {
  const rig = await startRig({ world: createWorld({ preset: 'small' }), retryAttempts: 3, timeoutMs: 2_000 });
  const whole = await readAll(streamOf(rig.connector, 'deals'));
  rig.simulator.control.set([
    { kind: '500', path: '/leads\\?', count: 1 },
    { kind: 'truncated', path: '/leads\\?.*page=2', count: 1 },
    { kind: 'half_closed', path: '/leads\\?.*page=2', count: 1 },
    { kind: '429_body', path: '/leads\\?', count: 1, retryAfter: 0 },
  ]);
  const again = await readAll(streamOf(rig.connector, 'deals'));
  expect(rig.simulator.control.faults()).toEqual([]);
  expect(again.ids).toEqual(whole.ids);
  expect(again.rows).toEqual(whole.rows);
  await rig.close();
});

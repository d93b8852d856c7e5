// Published operations and automatic persisted queries: what may be asked for by a hash, and what runs at all.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Principal } from '../../gateway/principal.ts';
import type { DocumentStore, TrustedDocument } from '../../gateway/protection/index.ts';
import { SALES } from '../../gateway/rest/operations.ts';
import { createDocuments } from '../../gateway/protection/documents.ts';
import { silentLogger } from '../../lib/log.ts';
import { authBy, startGateway, type Running } from '../support/gateway-server.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const document = (body: string): TrustedDocument => ({ hash: sha256(body), name: 'X', body });
const WALLETS = 'query Wallets { wallets }';
const SALE = 'query Sale($id: ID!) { sale(id: $id) { number } }';
const WATCH = 'subscription Watch { saleChanged { change } }';

/** A store that the test fills. */
function createStore(...bodies: string[]): DocumentStore & { bodies: string[]; changed: () => void; broken: boolean; closed: boolean } {
  const store = {
    bodies,
    broken: false,
    closed: false,
    changed: () => undefined as void,
    async all() {
      if (store.broken) throw new Error('The database is away');
      return store.bodies.map(document);
    },
    changes(signal: AbortSignal, onChange: () => void) {
      store.changed = onChange;
      return new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => {
          store.closed = true;
          resolve();
        }),
      );
    },
  };
  return store;
}

let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});
const caller = (...scopes: string[]): Principal => ({ id: 'key:test', scopes: new Set(scopes), wallets: 'all' });
const auth = authBy(({ headers }) => caller(...String(headers['x-scopes'] ?? 'erp:read').split(',')));
async function post(body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${running!.gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  return { status: response.status, ...((await response.json()) as { data?: unknown; errors?: { message: string; extensions: { code: string } }[] }) };
}
const persisted = (text: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text) } } });

describe('published operations', () => {
  test('allow: by documentId with and without its prefix, by Apollo’s hash, by GET; any text still runs', async () => {
    running = await startGateway('local', { auth, protection: { trust: 'allow', documents: createStore(WALLETS, SALE) } });
    expect(await post({ documentId: sha256(WALLETS) })).toMatchObject({ status: 200, data: { wallets: expect.anything() } });
    expect(await post({ documentId: `sha256:${sha256(SALE).toUpperCase()}`, variables: { id: 's1' } })).toMatchObject({ status: 200, data: { sale: { number: '101' } } });
    expect(await post(persisted(WALLETS))).toMatchObject({ status: 200, data: { wallets: expect.anything() } });
    const got = await fetch(`${running.gateway.url}/graphql?documentId=${sha256(SALE)}&variables=${encodeURIComponent('{"id":"s2"}')}`, { headers: { 'apollo-require-preflight': 'true' } });
    expect(await got.json()).toEqual({ data: { sale: { number: '102' } } });
    expect(await post({ query: '{ sale(id: "s1") { id } }' })).toMatchObject({ status: 200, data: { sale: { id: 's1' } } });
  });

  test.each([
    ['an unknown documentId', { documentId: sha256('?') }, 404, 'PERSISTED_QUERY_NOT_FOUND'],
    ['a documentId that is no hash', { documentId: '../../etc/passwd\0' }, 404, 'PERSISTED_QUERY_NOT_FOUND'],
    ['both a text and a documentId', { documentId: sha256(WALLETS), query: WALLETS }, 400, 'BAD_REQUEST'],
    ['another version of the extension', { extensions: { persistedQuery: { version: 2, sha256Hash: sha256(WALLETS) } } }, 400, 'BAD_REQUEST'],
    ['a hash that is none', { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }, 400, 'BAD_REQUEST'],
    ['a hash that does not fit', { query: '{ wallets }', ...persisted(WALLETS) }, 400, 'BAD_REQUEST'],
    ['an unknown hash', persisted('?'), 200, 'PERSISTED_QUERY_NOT_FOUND'],
  ])('%s is refused', async (_what, body, status, code) => {
    running = await startGateway('local', { protection: { trust: 'allow', documents: createStore(WALLETS) } });
    expect(await post(body)).toMatchObject({ status, errors: [{ extensions: { code } }] });
  });

  test('only: nothing else runs, except for admin, the REST routes and the house itself', async () => {
    running = await startGateway('local', { auth, protection: { trust: 'only', documents: createStore(WALLETS) } });
    expect(await post({ documentId: sha256(WALLETS) })).toMatchObject({ status: 200 });
    expect(await post({ query: WALLETS })).toMatchObject({ status: 200 });
    expect(await post({ query: WALLETS, ...persisted(WALLETS) })).toMatchObject({ status: 200 });
    expect(await post({ query: '{ wallets }' })).toMatchObject({ status: 403, errors: [{ message: 'Only published operations run here', extensions: { code: 'FORBIDDEN' } }] });
    expect(await post({ query: '{ sale(id: "s1") { id } }', ...persisted('{ sale(id: "s1") { id } }') })).toMatchObject({ status: 403 });
    expect(await post(persisted('{ sale(id: "s1") { id } }'))).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] });
    expect(await post({ query: '{ wallets }' }, { 'x-scopes': 'admin' })).toMatchObject({ status: 200 });
    expect((await running.gateway.executeOperation({ query: '{ wallets }' })).errors).toBeUndefined();
    // The route's own operation does not fit the small graph: it is read, and not forbidden.
    expect(await (await fetch(`${running.gateway.url}/api/gestao-click/sales`)).json()).not.toMatchObject({ code: 'FORBIDDEN' });
    expect((await post({ query: SALES })).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const client = running.connect();
    const refused = new Promise((resolve) => client.subscribe({ query: WATCH }, { next: () => undefined, error: resolve, complete: () => undefined }));
    expect(await refused).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  test('a published subscription can be asked for by its hash, over a WebSocket and as events', async () => {
    running = await startGateway('local', { auth, protection: { trust: 'only', documents: createStore(WATCH) } });
    const { graph, gateway } = running;
    const client = running.connect();
    const seen: unknown[] = [];
    client.subscribe({ query: '', ...persisted(WATCH) }, { next: (value) => seen.push(value), error: (error) => seen.push(error), complete: () => undefined });
    await vi.waitFor(() => expect(graph.changes.readers).toBe(1));
    graph.changes.publish({ change: 'CREATED', id: 's1' });
    await vi.waitFor(() => expect(seen).toEqual([{ data: { saleChanged: { change: 'CREATED' } } }]));
    const gone = new AbortController();
    const events = await fetch(`${gateway.url}/graphql/stream`, { method: 'POST', signal: gone.signal, headers: { 'content-type': 'application/json', accept: 'text/event-stream' }, body: JSON.stringify({ documentId: sha256(WATCH) }) });
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/);
    gone.abort();
  });

  test('what is published and retired is known at once; while the database is away, what was known stays', async () => {
    const store = createStore(WALLETS);
    running = await startGateway('local', { protection: { trust: 'allow', documents: store } });
    expect(await post({ documentId: sha256(WALLETS) })).toMatchObject({ status: 200 });
    store.bodies = [SALE];
    store.changed();
    await vi.waitFor(async () => expect((await post({ documentId: sha256(WALLETS) })).status).toBe(404));
    expect(await post({ documentId: sha256(SALE), variables: { id: 's1' } })).toMatchObject({ status: 200 });
    store.broken = true;
    store.changed();
    await vi.waitFor(() => expect(running!.log.lines.some(({ text }) => text.includes('could not be read'))).toBe(true));
    expect(await post({ documentId: sha256(SALE), variables: { id: 's1' } })).toMatchObject({ status: 200 });
    store.broken = false;
    store.bodies = [SALE, WATCH];
    await running.close();
    running = undefined;
    expect(store.closed).toBe(true);
  });

  test('before they could be read for the first time, who needs them is asked to come again', async () => {
    const store = createStore(WALLETS);
    store.broken = true;
    const documents = createDocuments({ trust: 'allow', store, automatic: false, own: new Set(), log: silentLogger });
    expect(documents.resolve({ query: WALLETS }, caller())).toBe(WALLETS);
    expect(await documents.resolve({ documentId: sha256(WALLETS) }, caller())).toMatchObject({ status: 503, retryAfter: 2 });
    store.broken = false;
    await vi.waitFor(async () => expect(await documents.resolve({ documentId: sha256(WALLETS) }, caller())).toBe(WALLETS), { timeout: 10_000 });
    await documents.close();
  });
});

describe('automatic persisted queries', () => {
  const apollo = () => {
    const bodies: { query?: string }[] = [];
    const watched: typeof fetch = (url, init) => {
      bodies.push(JSON.parse(String(init?.body)) as { query?: string });
      return fetch(url, init);
    };
    const link = ApolloLink.from([new PersistedQueryLink({ sha256 }), new HttpLink({ uri: `${running!.gateway.url}/graphql`, fetch: watched })]);
    return { bodies, client: new ApolloClient({ cache: new InMemoryCache(), link }) };
  };
  const query = gql`query Sales { sales(first: 1) { id number } }`;

  test('Apollo Client sends the hash, then the text once, and then never again', async () => {
    running = await startGateway('local');
    const { bodies, client } = apollo();
    for (let i = 0; i < 3; i++) expect((await client.query({ query, fetchPolicy: 'network-only' })).data).toMatchObject({ sales: [{ id: 's0' }] });
    expect(bodies.map(({ query: text }) => text !== undefined)).toEqual([false, true, false, false]);
    client.stop();
  });

  test('where they are off, Apollo Client is told, and sends texts', async () => {
    running = await startGateway('local', { protection: { automaticQueries: false } });
    expect(await post(persisted(WALLETS))).toMatchObject({ status: 200, errors: [{ message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }] });
    const { bodies, client } = apollo();
    for (let i = 0; i < 2; i++) expect((await client.query({ query, fetchPolicy: 'network-only' })).data).toMatchObject({ sales: [{ id: 's0' }] });
    expect(bodies.map(({ query: text }) => text !== undefined)).toEqual([false, true, true]);
    client.stop();
  });

  test('a mutation that was sent before does not run by GET', async () => {
    running = await startGateway('local');
    const rename = 'mutation { rename(id: "s1", number: "9") { number } }';
    expect(await post({ query: rename, ...persisted(rename) })).toMatchObject({ status: 200 });
    const extensions = encodeURIComponent(JSON.stringify(persisted(rename).extensions));
    expect((await fetch(`${running.gateway.url}/graphql?extensions=${extensions}`, { headers: { 'apollo-require-preflight': 'true' } })).status).toBe(405);
  });
});

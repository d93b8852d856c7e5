// The HTTP side of the gateway: health, index, the page in a browser, cross-origin rules, limits, and what is off in production.
import { createServer } from 'node:net';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createGateway, type Readiness } from '../../gateway/index.ts';
import { createGraph } from '../support/gateway-graph.ts';
import { authBy, createLogBook, startGateway, type Running } from '../support/gateway-server.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../support/tls.ts';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('in development', () => {
  let running: Running;
  let readiness: Readiness = { ok: true, checks: { database: { ok: true }, migrations: { ok: true } } };
  let url: string;
  beforeAll(async () => {
    running = await startGateway('remote', { readiness: async () => readiness, docsUrl: 'https://docs.example/?a=1&b=<2>' });
    url = running.gateway.url;
  });
  afterAll(() => running.close());
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') => fetch(`${url}${path}`, { method, headers, redirect: 'manual' });
  const post = (body: string, headers: Record<string, string> = {}) => fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

  test('a browser gets the Sandbox, pointed at this server', async () => {
    const response = await get('/graphql', HTML);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const page = await response.text();
    expect(page).toContain('https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js');
    expect(page).toContain('initialEndpoint: http');
    expect(page).toContain('includeCookies: false');
    for (const place of ['/schema.graphql', '/health/ready', 'POST /api/kommo/sync', 'graphql-transport-ws', '/graphql/stream', 'multipart/mixed', 'x-api-key']) expect(page).toContain(place);
    expect(page).toContain('https://docs.example/?a=1&#38;b=&#60;2&#62;');
    expect(response.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[\w+/=]+' https:\/\/embeddable-sandbox\.cdn\.apollographql\.com/);
  });

  test('the policy of the page allows its own script and no other', async () => {
    const response = await get('/graphql', HTML);
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(await response.text())!;
    const { createHash } = await import('node:crypto');
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${createHash('sha256').update(script!).digest('base64')}'`);
  });

  test('the index leads a browser to the page and tells a program where everything is', async () => {
    expect((await get('/', HTML)).headers.get('location')).toBe('/graphql');
    expect(await (await get('/')).json()).toMatchObject({ graphql: '/graphql', events: '/graphql/stream', schema: '/schema.graphql', health: ['/health/live', '/health/ready'] });
  });

  test('the schema can be fetched', async () => {
    const sdl = await (await get('/schema.graphql')).text();
    expect(sdl).toContain('type Sale {');
    expect(sdl).not.toContain('join__');
  });

  test('alive is alive, whatever the rest does', async () => {
    expect(await (await get('/health/live')).json()).toEqual({ status: 'ok' });
  });

  test('ready says what was looked at', async () => {
    const response = await get('/health/ready');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      checks: { database: { ok: true }, migrations: { ok: true }, 'subgraph:erp': { ok: true }, 'subgraph:crm': { ok: true } },
    });
    readiness = { ok: false, checks: { database: { ok: false, message: 'It does not answer' } } };
    const broken = await get('/health/ready');
    expect(broken.status).toBe(503);
    expect(await broken.json()).toMatchObject({ status: 'unavailable', checks: { database: { ok: false } } });
    readiness = { ok: true, checks: {} };
    await running.served['crm']!.close();
    const without = await get('/health/ready');
    expect(without.status).toBe(503);
    expect(await without.json()).toEqual({ status: 'unavailable', checks: { 'subgraph:erp': { ok: true }, 'subgraph:crm': { ok: false, message: 'It does not answer' } } });
  });

  test.each([
    ['https://studio.apollographql.com', true],
    ['https://sandbox.embed.apollographql.com', true],
    ['http://localhost:5173', true],
    ['http://127.0.0.1:8080', true],
    ['https://evil.example', false],
    ['https://studio.apollographql.com.evil.example', false],
  ])('a page of %s may call: %s', async (origin, allowed) => {
    const preflight = await get('/graphql', { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type', 'access-control-request-private-network': 'true' }, 'OPTIONS');
    expect(preflight.headers.get('access-control-allow-origin')).toBe(allowed ? origin : null);
    expect(preflight.headers.get('access-control-allow-private-network')).toBe(allowed ? 'true' : null);
    const answer = await post('{"query":"{ __typename }"}', { origin });
    expect(answer.headers.get('access-control-allow-origin')).toBe(allowed ? origin : null);
    expect(answer.headers.get('vary')).toContain('Origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('a form of another site cannot send a query', async () => {
    const response = await post('query=mutation', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(response.status).toBe(400);
    const simple = await fetch(`${url}/graphql?query={__typename}`);
    expect(simple.status).toBe(400);
    expect(await simple.text()).toContain('CSRF');
  });

  test('GET works for those who say that they are no form', async () => {
    const response = await get(`/graphql?query=${encodeURIComponent('{ __typename }')}`, { 'apollo-require-preflight': '1' });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test.each([
    ['{ "query": ', 400, 'BAD_REQUEST'],
    ['[{"query":"{ __typename }"}]', 400, 'BAD_REQUEST'],
    ['{}', 400, 'BAD_REQUEST'],
    [JSON.stringify({ query: `{ __typename } # ${'x'.repeat(1024 * 1024)}` }), 413, 'BAD_REQUEST'],
  ])('the body %.20s… is refused with %i', async (body, status, code) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: object }[] };
    expect(errors[0]!.extensions).toMatchObject({ code });
    expect(JSON.stringify(errors)).not.toMatch(/node_modules|at /);
  });

  test('an unknown place is told in JSON', async () => {
    const response = await get('/nowhere');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ success: false, code: 'NOT_FOUND', graphql: '/graphql' });
    expect(response.headers.get('x-powered-by')).toBeNull();
  });
});

describe('in production', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway('local', { production: true, corsOrigins: ['https://app.example'] });
  });
  afterAll(() => running.close());

  test('there is no page, no introspection, no schema and no suggestion', async () => {
    const { url } = running.gateway;
    const page = await fetch(`${url}/graphql`, { headers: HTML });
    expect(page.status).toBe(400);
    expect(await page.text()).not.toContain('<html');
    expect((await fetch(`${url}/schema.graphql`)).status).toBe(404);
    expect((await running.ask('{ __schema { types { name } } }')).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const { errors } = await running.ask('{ sale(id: "s0") { nummber } }');
    expect(JSON.stringify(errors)).not.toContain('Did you mean');
  });

  test('only the listed origin may call', async () => {
    for (const [origin, allowed] of [['https://app.example', true], ['https://studio.apollographql.com', false], ['http://localhost:3000', false]] as const) {
      const response = await fetch(`${running.gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
      expect(response.headers.get('access-control-allow-origin')).toBe(allowed ? origin : null);
    }
  });
});

describe('starting', () => {
  const options = (graph = createGraph()) => ({
    supergraphSdl: graph.supergraphSdl,
    subgraphs: { erp: { kind: 'local', subgraph: graph.erp }, crm: { kind: 'local', subgraph: graph.crm } } as const,
    log: createLogBook(),
    host: '127.0.0.1',
    port: 0,
    production: false,
  });

  test('a port that is taken is said', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(createGateway({ ...options(), port })).rejects.toThrow('EADDRINUSE');
    await new Promise((resolve) => other.close(resolve));
  });

  test('a subgraph without a place is said', async () => {
    const { subgraphs, ...rest } = options();
    await expect(createGateway({ ...rest, subgraphs: { erp: subgraphs.erp } })).rejects.toThrow(/crm/);
  });

  test('a refusal by the port of authorization reaches HTTP and WebSocket callers', async () => {
    const { PonteError } = await import('../../lib/errors.ts');
    const running = await startGateway('local', {
      auth: authBy(() => {
        throw new PonteError('UNAUTHENTICATED', 'A key is needed');
      }),
    });
    const { status, errors } = await running.ask('{ wallets }');
    expect(status).toBe(401);
    expect(errors).toEqual([{ message: 'A key is needed', extensions: { code: 'UNAUTHENTICATED' } }]);
    const { watch } = await import('../support/gateway-server.ts');
    expect(await watch(running.connect(), '{ wallets }').ended).toMatchObject({ error: { code: 4401 } });
    await running.close();
  });

  test('with a key and a certificate it speaks HTTPS and WSS', async () => {
    const gateway = await createGateway({ ...options(), tls: { key: TEST_KEY, cert: TEST_CERTIFICATE } });
    const dispatcher = new Agent({ connect: { ca: TEST_CERTIFICATE } });
    const { body } = await request(`${gateway.url}/health/live`, { dispatcher });
    expect(await body.json()).toEqual({ status: 'ok' });
    const socket = new WebSocket(`${gateway.url.replace('https', 'wss')}/graphql`, 'graphql-transport-ws', { ca: TEST_CERTIFICATE });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    await dispatcher.close();
    await gateway.close({ timeoutMs: 100 });
  });

  test('nothing stays open after the end', async () => {
    const gateway = await createGateway(options());
    const answer = await gateway.executeOperation({ query: '{ sale(id: "s0") { contact { name } } }' });
    expect(answer).toEqual({ data: { sale: { contact: { name: 'Pessoa 0' } } } });
    await gateway.close();
    await vi.waitFor(() => expect(fetch(gateway.url)).rejects.toThrow());
  });
});

// A subgraph as a server of its own: what the gateway and a health check see of it.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from 'graphql-ws';
import { serveSubgraph, type ServedSubgraph } from '../../lib/graphql/serve.ts';
import { SECRET_HEADER, WALLETS_HEADER } from '../../lib/graphql/subgraph.ts';
import { ConfigError } from '../../lib/errors.ts';
import { createGraph, type Graph } from '../support/gateway-graph.ts';
import { createLogBook, watch } from '../support/gateway-server.ts';

describe('a served subgraph', () => {
  let graph: Graph;
  let server: ServedSubgraph;
  let ready = true;
  const log = createLogBook();
  beforeAll(async () => {
    graph = createGraph();
    server = await serveSubgraph(graph.erp, {
      host: '127.0.0.1',
      port: 0,
      log,
      ready: async () => {
        if (!ready) throw new Error('the database is away');
        return true;
      },
    });
  });
  afterAll(() => server.close());

  const post = async (body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    return { status: response.status, body: (await response.json()) as { data?: unknown; errors?: { message: string; extensions: { code: string } }[] } };
  };

  test('says its SDL, and answers entities', async () => {
    expect(await post('{"query":"{ _service { sdl } }"}')).toMatchObject({ status: 200, body: { data: { _service: { sdl: expect.stringContaining('type Sale') } } } });
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Sale { number } } }';
    expect(await post(JSON.stringify({ query, variables: { r: [{ __typename: 'Sale', id: 's1' }, { __typename: 'Sale', id: 'none' }] } }))).toEqual({ status: 200, body: { data: { _entities: [{ number: '101' }, null] } } });
  });

  test('believes the header about the wallets, and shows nothing without it', async () => {
    expect((await post('{"query":"{ wallets }"}', { [WALLETS_HEADER]: 'all' })).body).toEqual({ data: { wallets: 'all' } });
    expect((await post('{"query":"{ wallets }"}', { [WALLETS_HEADER]: 'a,b' })).body).toEqual({ data: { wallets: 'a+b' } });
    expect((await post('{"query":"{ wallets }"}')).body).toEqual({ data: { wallets: '' } });
  });

  test.each([
    ['{', 400, 'BAD_REQUEST'],
    ['[]', 400, 'BAD_REQUEST'],
    ['{"query":"{ nothing }"}', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['{"query":"{"}', 400, 'GRAPHQL_PARSE_FAILED'],
    ['{"query":"subscription { saleChanged { change } }"}', 400, 'BAD_REQUEST'],
    ['{"query":"{ secretFailure }"}', 200, 'INTERNAL_SERVER_ERROR'],
    ['{"query":"query ($n: Int!) { sales(first: $n) { id } }"}', 200, 'BAD_USER_INPUT'],
  ])('%s: %i %s', async (body, status, code) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.body.errors?.[0]?.extensions.code).toBe(code);
    expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|stack|\.ts:/);
  });

  test('is ready when what it stands on is', async () => {
    const health = (path: string) => fetch(server.url.replace('/graphql', path)).then(({ status }) => status);
    expect([await health('/health/live'), await health('/health/ready'), await health('/elsewhere')]).toEqual([200, 200, 404]);
    ready = false;
    expect([await health('/health/live'), await health('/health/ready')]).toEqual([200, 503]);
  });

  test('streams to several subscribers of one socket, and forgets each that leaves', async () => {
    const client = createClient({ url: server.wsUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const [one, two] = [watch(client, 'subscription { saleChanged { change sale { number } } }'), watch(client, 'subscription { saleChanged { change } }')];
    await vi.waitFor(() => expect(graph.changes.readers).toBe(2));
    graph.changes.publish({ change: 'CREATED', id: 's0' });
    await vi.waitFor(() => expect([one.events, two.events]).toEqual([[{ data: { saleChanged: { change: 'CREATED', sale: { number: '100' } } } }], [{ data: { saleChanged: { change: 'CREATED' } } }]]));
    one.stop();
    await vi.waitFor(() => expect(graph.changes.readers).toBe(1));
    client.terminate();
    await vi.waitFor(() => expect(graph.changes.readers).toBe(0));
  });

  test('ends its streams when it ends', async () => {
    const other = await serveSubgraph(graph.erp, { host: '127.0.0.1', port: 0, log });
    const client = createClient({ url: other.wsUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const seen = watch(client, 'subscription { saleChanged { change } }');
    await vi.waitFor(() => expect(graph.changes.readers).toBe(1));
    await other.close({ timeoutMs: 1_000 });
    expect(await seen.ended).toEqual({ error: expect.objectContaining({ code: 1001 }) });
    await vi.waitFor(() => expect(graph.changes.readers).toBe(0));
  });

  test('answers in compact JSON, as long as the caller is there; errors are masked', async () => {
    const response = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ sales(first: 1) { id number } secretFailure }"}' });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const text = await response.text();
    expect(text).toContain('"data":{"sales":[{"id":"s0","number":"100"}],"secretFailure":null}');
    expect(text).toContain('"path":["secretFailure"]');
    expect(text).not.toMatch(/hunter2|stacktrace/);
    expect(text.trimEnd()).not.toContain('\n');
  });

  test('stops working for a caller who is gone', async () => {
    const slow = await serveSubgraph(graph.crm, { port: 0, log });
    graph.crmDelayMs = 60_000;
    const leave = new AbortController();
    const asked = fetch(slow.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ slow }"}', signal: leave.signal }).catch(() => 'left');
    await vi.waitFor(() => expect(graph.waiting).toBe(1));
    leave.abort();
    expect(await asked).toBe('left');
    await vi.waitFor(() => expect(graph.aborted).toBe(1));
    graph.crmDelayMs = 0;
    await slow.close();
  });
});

describe('a served subgraph with a secret', () => {
  const secret = 'between-us-0123456789abcdef0123456789';
  const graph = createGraph();
  const log = createLogBook();
  let server: ServedSubgraph;
  beforeAll(async () => {
    server = await serveSubgraph(graph.erp, { port: 0, log, secret });
  });
  afterAll(() => server.close());

  const post = (headers: Record<string, string>) => fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json', [WALLETS_HEADER]: 'all', ...headers }, body: '{"query":"{ wallets }"}' });

  test('answers the gateway', async () => {
    const response = await post({ [SECRET_HEADER]: secret });
    expect([response.status, await response.json()]).toEqual([200, { data: { wallets: 'all' } }]);
  });

  test.each([
    ['nothing', {}],
    ['an empty one', { [SECRET_HEADER]: '' }],
    ['a wrong one', { [SECRET_HEADER]: 'x'.repeat(secret.length) }],
    ['a part of it', { [SECRET_HEADER]: secret.slice(0, -1) }],
    ['more than it', { [SECRET_HEADER]: `${secret}x` }],
    ['it as a bearer', { authorization: `Bearer ${secret}` }],
  ])('%s is refused with 401, before the body is read', async (_what, headers) => {
    const response = await post(headers as Record<string, string>);
    expect([response.status, await response.json()]).toEqual([401, { errors: [{ message: 'This subgraph answers to its gateway only', extensions: { code: 'UNAUTHENTICATED' } }] }]);
  });

  test('health is open to everybody, and the rest of the house is not', async () => {
    const status = (path: string) => fetch(server.url.replace('/graphql', path)).then((response) => response.status);
    expect(await Promise.all(['/health/live', '/health/ready', '/', '/graphql', '/elsewhere'].map(status))).toEqual([200, 200, 401, 401, 401]);
  });

  test('a socket needs it too', async () => {
    const open = (headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(server.wsUrl, 'graphql-transport-ws', { headers });
        socket.once('open', () => {
          socket.close();
          resolve('open');
        });
        socket.once('error', ({ message }) => resolve(message));
      });
    expect(await open({})).toMatch(/401/);
    expect(await open({ [SECRET_HEADER]: 'wrong' })).toMatch(/401/);
    expect(await open({ [SECRET_HEADER]: secret })).toBe('open');
    expect(JSON.stringify(log.lines)).not.toContain(secret);
  });

  test('without one it listens to this machine only', async () => {
    await expect(serveSubgraph(graph.erp, { host: '0.0.0.0', port: 0, log })).rejects.toThrow(ConfigError);
    await expect(serveSubgraph(graph.erp, { host: '0.0.0.0', port: 0, log })).rejects.toThrow(/SUBGRAPH_SECRET is missing/);
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
  });
});

// A subgraph as a server of its own: what the gateway and a health check see of it.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from 'graphql-ws';
import { serveSubgraph, type ServedSubgraph } from '../../lib/graphql/serve.ts';
import { WALLETS_HEADER } from '../../lib/graphql/subgraph.ts';
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
});

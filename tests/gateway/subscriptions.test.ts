// Subscriptions through the gateway, across subgraphs, and that nothing stays open behind a client that left.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startGateway, watch, type Running, type Topology } from '../support/gateway-server.ts';

const CHANGES = 'subscription Changes($word: String!) { saleChanged { change sale { id number contact { name hello: greeting(word: $word) } } } }';

describe.each<Topology>(['local', 'remote'])('subscriptions, subgraphs %s', (topology) => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway(topology, { maxSubscriptionsPerConnection: 3, deadlineMs: 800 });
  });
  afterAll(() => running.close());
  beforeEach(() => Object.assign(running.graph, { crmDelayMs: 0, onContact: () => undefined }));

  const readers = (count: number) => vi.waitFor(() => expect(running.graph.changes.readers).toBe(count));

  test('an event carries fields of both subgraphs', async () => {
    const client = running.connect();
    const seen = watch(client, CHANGES, { word: 'Oi' });
    await readers(1);
    running.graph.changes.publish({ change: 'UPDATED', id: 's1' });
    running.graph.changes.publish({ change: 'UPDATED', id: 's4' });
    await vi.waitFor(() => expect(seen.events).toHaveLength(2));
    expect(seen.events).toEqual([
      { data: { saleChanged: { change: 'UPDATED', sale: { id: 's1', number: '101', contact: { name: 'Pessoa 1', hello: 'Oi, Pessoa 1' } } } } },
      { data: { saleChanged: { change: 'UPDATED', sale: { id: 's4', number: '104', contact: null } } } },
    ]);
    seen.stop();
    await expect(seen.ended).resolves.toBe('complete');
    await readers(0);
  });

  test('each event is read anew', async () => {
    const seen = watch(running.connect(), CHANGES, { word: 'Oi' });
    await readers(1);
    running.graph.contexts.crm = 0;
    running.graph.changes.publish({ change: 'UPDATED', id: 's0' });
    running.graph.changes.publish({ change: 'UPDATED', id: 's0' });
    await vi.waitFor(() => expect(seen.events).toHaveLength(2));
    expect(running.graph.contexts.crm).toBe(2);
    seen.stop();
    await readers(0);
  });

  test('clients who ask for the same share one stream; the last to leave closes it', async () => {
    const [one, two, other] = [running.connect(), running.connect(), running.connect()];
    const seen = [watch(one, CHANGES, { word: 'Oi' }), watch(two, CHANGES, { word: 'Oi' }), watch(other, CHANGES, { word: 'Olá' })];
    await vi.waitFor(() => expect(running.gateway.load).toMatchObject({ subscriptions: 3, upstreams: 1 }));
    await readers(1);
    running.graph.contexts.crm = 0;
    running.graph.changes.publish({ change: 'UPDATED', id: 's1' });
    await vi.waitFor(() => expect(seen.map(({ events }) => events.length)).toEqual([1, 1, 1]));
    const said = (word: string) => ({ data: { saleChanged: { change: 'UPDATED', sale: { id: 's1', number: '101', contact: { name: 'Pessoa 1', hello: `${word}, Pessoa 1` } } } } });
    expect(seen.map(({ events }) => events[0])).toEqual([said('Oi'), said('Oi'), said('Olá')]);
    expect(running.graph.contexts.crm).toBe(2);
    seen[0]!.stop();
    one.terminate();
    await vi.waitFor(() => expect(running.gateway.load).toMatchObject({ subscriptions: 2, upstreams: 1 }));
    expect(running.graph.changes.readers).toBe(1);
    seen[1]!.stop();
    seen[2]!.stop();
    await readers(0);
    expect(running.gateway.load).toMatchObject({ subscriptions: 0, upstreams: 0 });
  });

  test('aliases and fragments of the client keep their names', async () => {
    const seen = watch(running.connect(), 'subscription { s: saleChanged { ...C } } fragment C on SaleChange { what: change sale { c: contact { __typename n: name } } }');
    await readers(1);
    running.graph.changes.publish({ change: 'CREATED', id: 's0' });
    await vi.waitFor(() => expect(seen.events).toHaveLength(1));
    expect(seen.events[0]).toEqual({ data: { s: { what: 'CREATED', sale: { c: { __typename: 'Contact', n: 'Pessoa 0' } } } } });
    seen.stop();
    await readers(0);
  });

  test('a slow subgraph costs the fields of that event only', async () => {
    const seen = watch(running.connect(), CHANGES, { word: 'Oi' });
    await readers(1);
    running.graph.crmDelayMs = 60_000;
    running.graph.changes.publish({ change: 'UPDATED', id: 's0' });
    await vi.waitFor(() => expect(seen.events).toHaveLength(1), { timeout: 3_000 });
    expect(seen.events[0]?.data).toEqual({ saleChanged: { change: 'UPDATED', sale: { id: 's0', number: '100', contact: null } } });
    expect(seen.events[0]?.errors?.[0]).toMatchObject({ path: ['saleChanged', 'sale', 'contact', 'name'], extensions: { code: 'DEADLINE_EXCEEDED' } });
    running.graph.crmDelayMs = 0;
    running.graph.changes.publish({ change: 'UPDATED', id: 's0' });
    await vi.waitFor(() => expect(seen.events).toHaveLength(2));
    expect(seen.events[1]?.errors).toBeUndefined();
    seen.stop();
    await readers(0);
  });

  test('a socket that vanishes closes the streams behind it at once', async () => {
    const client = running.connect();
    watch(client, CHANGES, { word: 'Oi' });
    watch(client, 'subscription { saleChanged(id: "s1") { change } }');
    await readers(2);
    expect(running.gateway.load).toMatchObject({ subscriptions: 2 });
    client.terminate();
    await readers(0);
    await vi.waitFor(() => expect(running.gateway.load).toMatchObject({ subscriptions: 0, sockets: 0 }));
  });

  test('what the subgraph refuses reaches the client', async () => {
    const seen = watch(running.connect(), 'subscription { saleChanged(id: "refused") { change } }');
    const { error } = (await seen.ended) === 'complete' ? { error: seen.events[0]?.errors } : ((await seen.ended) as { error: unknown });
    expect(error).toEqual([expect.objectContaining({ message: 'There is no such sale', extensions: expect.objectContaining({ code: 'NOT_FOUND' }) })]);
    expect(running.gateway.load.subscriptions).toBe(0);
  });

  test.each([
    ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['subscription ($id: Int!) { saleChanged(id: $id) { change } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s is refused with %s', async (query, code) => {
    const seen = watch(running.connect(), query);
    expect(await seen.ended).toEqual({ error: [expect.objectContaining({ extensions: expect.objectContaining({ code }) })] });
  });

  test('a missing variable is refused before any stream is opened', async () => {
    const seen = watch(running.connect(), CHANGES);
    await seen.ended;
    expect(seen.events[0]?.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(running.graph.changes.readers).toBe(0);
  });

  test('one socket holds a limited number of streams', async () => {
    const client = running.connect();
    const held = [1, 2, 3].map(() => watch(client, CHANGES, { word: 'Oi' }));
    await vi.waitFor(() => expect(running.gateway.load.subscriptions).toBe(3));
    const refused = watch(client, CHANGES, { word: 'Oi' });
    expect(await refused.ended).toEqual({ error: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'QUERY_TOO_EXPENSIVE' }) })] });
    held.forEach(({ stop }) => stop());
    await readers(0);
  });

  test('queries and mutations travel over the socket too', async () => {
    const client = running.connect();
    const query = watch(client, '{ sale(id: "s0") { number contact { name } } nope: politeFailure }');
    await expect(query.ended).resolves.toBe('complete');
    expect(query.events).toEqual([
      {
        data: { sale: { number: '100', contact: { name: 'Pessoa 0' } }, nope: null },
        errors: [{ message: 'A run is under way', path: ['nope'], extensions: { code: 'CONFLICT', hint: 'Wait for it.' } }],
      },
    ]);
    const mutation = watch(client, 'mutation { rename(id: "s2", number: "777") { number } }');
    await mutation.ended;
    expect(mutation.events).toEqual([{ data: { rename: { number: '777' } } }]);
  });

  test('a query over the socket stops when the client leaves', async () => {
    running.graph.crmDelayMs = 60_000;
    running.graph.aborted = 0;
    const client = running.connect();
    watch(client, '{ sale(id: "s0") { contact { name } } }');
    await vi.waitFor(() => expect(running.graph.waiting).toBe(1));
    client.terminate();
    await vi.waitFor(() => expect(running.graph).toMatchObject({ waiting: 0, aborted: 1 }));
  });
});

describe('the handshake', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway('local', { keepAliveMs: 100 });
  });
  afterAll(() => running.close());

  const handshake = (url: string, origin?: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url, 'graphql-transport-ws', origin === undefined ? {} : { origin });
      socket.once('open', () => {
        resolve('open');
        socket.close();
      });
      socket.once('error', ({ message }) => resolve(message));
    });

  test.each([
    [undefined, 'open'],
    ['https://studio.apollographql.com', 'open'],
    ['http://localhost:5173', 'open'],
    ['https://evil.example', 'Unexpected server response: 403'],
    ['http://localhost.evil.example', 'Unexpected server response: 403'],
    ['null', 'Unexpected server response: 403'],
  ])('a page of %s: %s', async (origin, outcome) => {
    expect(await handshake(running.wsUrl, origin)).toBe(outcome);
  });

  test('other paths are not sockets', async () => {
    expect(await handshake(running.wsUrl.replace('/graphql', '/elsewhere'))).toBe('Unexpected server response: 404');
  });

  test('a peer that answers no ping is let go', async () => {
    const socket = new WebSocket(running.wsUrl, 'graphql-transport-ws', { autoPong: false });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await closed;
    await vi.waitFor(() => expect(running.gateway.load.sockets).toBe(0));
  });
});

describe('the end', () => {
  test.each<Topology>(['local', 'remote'])('a shutdown tells subscribers, closes their streams and ends in time (%s)', async (topology) => {
    const running = await startGateway(topology);
    const seen = watch(running.connect(), CHANGES, { word: 'Oi' });
    await vi.waitFor(() => expect(running.graph.changes.readers).toBe(1));
    const began = performance.now();
    await running.gateway.close({ timeoutMs: 2_000 });
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await seen.ended).toEqual({ error: expect.objectContaining({ code: 1001, reason: 'The server is shutting down' }) });
    await vi.waitFor(() => expect(running.graph.changes.readers).toBe(0));
    await running.close();
  });

  test('a request under way may finish', async () => {
    const running = await startGateway('local');
    running.graph.crmDelayMs = 300;
    const asked = running.ask('{ sale(id: "s0") { contact { name } } }');
    await vi.waitFor(() => expect(running.graph.waiting).toBe(1));
    const began = performance.now();
    await running.gateway.close({ timeoutMs: 10_000 });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await asked).data).toEqual({ sale: { contact: { name: 'Pessoa 0' } } });
  });

  test('a request that does not end is cut off with what is there', async () => {
    const running = await startGateway('local');
    running.graph.crmDelayMs = 60_000;
    const asked = running.ask('{ sale(id: "s0") { id contact { name } } }');
    await vi.waitFor(() => expect(running.graph.waiting).toBe(1));
    await running.gateway.close({ timeoutMs: 100 });
    const { data, errors } = await asked;
    expect(data).toEqual({ sale: { id: 's0', contact: null } });
    expect(errors?.[0]?.extensions.code).toBe('SUBGRAPH_UNAVAILABLE');
  });

  test('a stream whose subgraph does not come back ends with an error', async () => {
    const running = await startGateway('remote');
    await running.served['erp']!.close();
    const seen = watch(running.connect(), CHANGES, { word: 'Oi' });
    expect(await seen.ended).toBe('complete');
    expect(seen.events).toEqual([{ data: null, errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE' }) })] }]);
    expect(JSON.stringify(seen.events)).not.toMatch(/127\.0\.0\.1|ECONN/);
    await running.close();
  });

  test('a stream survives the restart of the subgraph behind it', async () => {
    const { serveSubgraph } = await import('../../lib/graphql/serve.ts');
    const running = await startGateway('remote');
    const seen = watch(running.connect(), CHANGES, { word: 'Oi' });
    await vi.waitFor(() => expect(running.graph.changes.readers).toBe(1));
    const { port } = running.served['erp']!;
    await running.served['erp']!.close();
    await vi.waitFor(() => expect(running.graph.changes.readers).toBe(0));
    const again = await serveSubgraph(running.graph.erp, { host: '127.0.0.1', port, log: running.log });
    await vi.waitFor(() => expect(running.graph.changes.readers).toBe(1), { timeout: 10_000 });
    running.graph.changes.publish({ change: 'UPDATED', id: 's1' });
    await vi.waitFor(() => expect(seen.events).toHaveLength(1));
    expect(seen.events[0]?.data).toMatchObject({ saleChanged: { sale: { contact: { name: 'Pessoa 1' } } } });
    seen.stop();
    await running.close();
    await again.close();
  });
});

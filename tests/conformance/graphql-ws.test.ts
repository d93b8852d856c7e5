// The protocol graphql-transport-ws against the whole gateway: each rule of its text that tests/gateway/websocket.test.ts does
// not ask the door alone about, and the course of a connection from its handshake to its end.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { startGateway, type Running, type Topology } from '../support/gateway-server.ts';
import { subscribe, talkTo } from '../support/talk.ts';

describe.each<Topology>(['local', 'remote'])('graphql-transport-ws over %s subgraphs', (topology) => {
  let running: Running;
  const sockets: WebSocket[] = [];
  beforeAll(async () => {
    running = await startGateway(topology);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.terminate();
    await running.close();
  });
  const talk = async (options?: Parameters<typeof talkTo>[1]) => {
    const talking = await talkTo(running.wsUrl, options);
    sockets.push(talking.socket);
    return talking;
  };
  const readers = (count: number) => vi.waitFor(() => expect(running.graph.changes.readers).toBe(count));
  const STREAM = 'subscription Changes { saleChanged { change sale { id contact { name } } } }';

  test.each([
    ['a payload of connection_init that is no object', { type: 'connection_init', payload: 7 }],
    ['a payload of ping that is no object', { type: 'ping', payload: 'x' }],
    ['an operation name that is no text', { id: '1', type: 'subscribe', payload: { query: '{ __typename }', operationName: 7 } }],
    ['extensions that are no object', { id: '1', type: 'subscribe', payload: { query: '{ __typename }', extensions: 7 } }],
    ['a complete without an id', { type: 'complete' }],
  ])('%s closes with 4400', async (_what, message) => {
    const { say, closed } = await talk({ init: false });
    say(message);
    expect((await closed).code).toBe(4400);
  });

  test('null in the place of an operation name, variables and extensions is as if they were absent', async () => {
    const { say, hear } = await talk();
    say({ id: '1', type: 'subscribe', payload: { query: '{ __typename }', operationName: null, variables: null, extensions: null } });
    await hear({ id: '1', type: 'next', payload: { data: { __typename: 'Query' } } });
    await hear({ id: '1', type: 'complete' });
  });

  test('of several operations the named one runs; none is an error', async () => {
    const { say, hear, heard } = await talk();
    say(subscribe('1', 'query A { a: __typename } query B { b: __typename }', { operationName: 'B' }));
    await hear({ id: '1', type: 'next', payload: { data: { b: 'Query' } } });
    say(subscribe('2', 'query A { a: __typename } query B { b: __typename }'));
    await vi.waitFor(() => expect(heard).toContainEqual({ id: '2', type: 'error', payload: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'OPERATION_RESOLUTION_FAILURE' }) })] }));
  });

  test('the acknowledgement comes first, and each message of an operation carries its id', async () => {
    const { say, heard } = await talk();
    for (const id of ['a', 'b', 'c']) say(subscribe(id, '{ sale(id: "s0") { id contact { name } } }'));
    await vi.waitFor(() => expect(heard.filter(({ type }) => type === 'complete')).toHaveLength(3));
    expect(heard[0]).toEqual({ type: 'connection_ack' });
    for (const id of ['a', 'b', 'c']) {
      expect(heard.filter((message) => message.id === id)).toEqual([
        { id, type: 'next', payload: { data: { sale: { id: 's0', contact: { name: 'Pessoa 0' } } } } },
        { id, type: 'complete' },
      ]);
    }
  });

  test('events flow between subscribe and complete, and none after it', async () => {
    const { say, hear, heard } = await talk();
    say(subscribe('1', STREAM));
    await readers(1);
    running.graph.changes.publish({ change: 'UPDATED', id: 's0' });
    await hear({ id: '1', type: 'next', payload: { data: { saleChanged: { change: 'UPDATED', sale: { id: 's0', contact: { name: 'Pessoa 0' } } } } } });
    say({ id: '1', type: 'complete' });
    await readers(0);
    running.graph.changes.publish({ change: 'DELETED', id: 's0' });
    say({ type: 'ping' });
    await hear({ type: 'pong' });
    expect(heard.filter(({ id }) => id === '1')).toHaveLength(1);
  });

  test('a normal closure by the client ends everything that it had opened', async () => {
    const { say, socket, closed } = await talk();
    say(subscribe('1', STREAM));
    say(subscribe('2', 'subscription { saleChanged { change } }'));
    await vi.waitFor(() => expect(running.gateway.load.subscriptions).toBe(2));
    socket.close(1000, 'Normal Closure');
    expect((await closed).code).toBe(1000);
    await readers(0);
    await vi.waitFor(() => expect(running.gateway.load.subscriptions).toBe(0));
  });

  test('@defer travels as one answer: the protocol has no parts', async () => {
    const { say, hear, heard } = await talk();
    say(subscribe('1', '{ sale(id: "s0") { id ... @defer { contact { name } } } }'));
    await hear({ id: '1', type: 'complete' });
    expect(heard.slice(1)).toEqual([
      { id: '1', type: 'next', payload: { data: { sale: { id: 's0', contact: { name: 'Pessoa 0' } } } } },
      { id: '1', type: 'complete' },
    ]);
  });
});

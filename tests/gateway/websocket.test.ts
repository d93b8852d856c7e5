// GraphQL over WebSocket, by the letter of its protocol: what may be said when, with which code a socket closes, and who its caller is.
import { createClient, type Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { OPEN } from '../../gateway/principal.ts';
import type { Result } from '../../gateway/result.ts';
import { PonteError } from '../../lib/errors.ts';
import { principal, startDoors, type OpenedDoors } from '../support/doors.ts';
import { subscribe, talkTo } from '../support/talk.ts';
import { watch } from '../support/watch.ts';

const LIMIT = 64 * 1024;

let doors: OpenedDoors;
const clients: Client[] = [];
const sockets: WebSocket[] = [];
beforeAll(async () => {
  doors = await startDoors({ maxBodyBytes: LIMIT, initTimeoutMs: 500, maxOperationsPerConnection: 3, hostAllowed: ({ host }) => host === `127.0.0.1:${doors?.port}` });
});
afterAll(() => doors.close({ timeoutMs: 100 }));
afterEach(async () => {
  for (const client of [...clients.splice(0), ...sockets.splice(0)]) client.terminate();
  await vi.waitFor(() => expect(doors.load.sockets).toBe(0));
  Object.assign(doors.engine, { caller: () => OPEN, admit: undefined, big: undefined });
});

async function talk({ url = doors.ws, ...options }: Parameters<typeof talkTo>[1] & { url?: string } = {}) {
  const talking = await talkTo(url, options);
  sockets.push(talking.socket);
  return talking;
}
const readers = (count: number) => vi.waitFor(() => expect(doors.engine.ticks.readers).toBe(count));
function connect(options: Partial<Parameters<typeof createClient>[0]> = {}): Client {
  const client = createClient({ url: doors.ws, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
  clients.push(client);
  return client;
}

describe('the protocol', () => {
  test.each([
    ['text that is no JSON', 'hello'],
    ['no object', '[]'],
    ['an unknown type', '{"type":"start"}'],
    ['a type that only a server sends', '{"id":"1","type":"next","payload":{}}'],
    ['a subscribe without an id', '{"type":"subscribe","payload":{"query":"{ hello }"}}'],
    ['a subscribe without a query', '{"id":"1","type":"subscribe","payload":{}}'],
    ['an id that is empty', '{"id":"","type":"subscribe","payload":{"query":"{ hello }"}}'],
    ['variables that are no object', '{"id":"1","type":"subscribe","payload":{"query":"{ hello }","variables":7}}'],
  ])('%s closes with 4400', async (_what, message) => {
    const { say, closed } = await talk();
    say(message);
    expect((await closed).code).toBe(4400);
  });

  test('bytes that are no text close with 4400', async () => {
    const { socket, closed } = await talk();
    socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect((await closed).code).toBe(4400);
  });

  test('an operation before the acknowledgement closes with 4401', async () => {
    const { say, closed } = await talk({ init: false });
    say(subscribe('1', '{ hello }'));
    expect(await closed).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  test('no initialisation in time closes with 4408', async () => {
    expect(await (await talk({ init: false })).closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  test('a second initialisation closes with 4429', async () => {
    const { say, closed } = await talk();
    say({ type: 'connection_init' });
    expect(await closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  test('an id that is in use closes with 4409; one that is over may be used again', async () => {
    const { say, hear, heard, closed } = await talk();
    say(subscribe('a', '{ hello }'));
    await hear({ id: 'a', type: 'complete' });
    say(subscribe('a', '{ hello }'));
    await vi.waitFor(() => expect(heard.filter(({ type }) => type === 'complete')).toHaveLength(2));
    say(subscribe('b'));
    await readers(1);
    say(subscribe('b'));
    expect(await closed).toEqual({ code: 4409, reason: 'Subscriber for b already exists' });
    await readers(0);
  });

  test('another subprotocol closes with 4406', async () => {
    const socket = new WebSocket(doors.ws);
    const code = await new Promise((resolve) => socket.once('close', resolve));
    expect(code).toBe(4406);
    const old = new WebSocket(doors.ws, 'graphql-ws');
    await new Promise((resolve) => old.once('error', resolve));
    expect(old.protocol).toBe('');
  });

  test('a ping is answered with its payload, before and after the acknowledgement', async () => {
    const { say, hear } = await talk({ init: false });
    say({ type: 'ping' });
    await hear({ type: 'pong' });
    say({ type: 'connection_init' });
    await hear({ type: 'connection_ack' });
    say({ type: 'ping', payload: { n: 1 } });
    await hear({ type: 'pong', payload: { n: 1 } });
    say({ type: 'pong' });
  });

  test('a query gives next and complete; text of any alphabet arrives as it is', async () => {
    const { say, hear, heard } = await talk();
    say(subscribe('é"1', 'query ($n: String) { hello(name: $n) }', { variables: { n: 'ção 😀 "payload":0}' } }));
    await hear({ id: 'é"1', type: 'complete' });
    expect(heard.slice(1)).toEqual([
      { id: 'é"1', type: 'next', payload: { data: { hello: 'Olá, ção 😀 "payload":0}' } } },
      { id: 'é"1', type: 'complete' },
    ]);
  });

  test('text that came as bytes arrives as text', async () => {
    const text = Buffer.from('{"data":{"hello":"ü😀"}}').toString('latin1');
    const execute = vi.spyOn(doors.engine, 'execute').mockResolvedValueOnce({ text, encoding: 'latin1', errors: [], refused: false });
    const { say, hear } = await talk();
    say(subscribe('1', '{ hello }'));
    await hear({ id: '1', type: 'next', payload: { data: { hello: 'ü😀' } } });
    execute.mockRestore();
  });

  test('what cannot run gives error, and nothing after it', async () => {
    const { say, hear, heard } = await talk();
    say(subscribe('1', '{'));
    await vi.waitFor(() => expect(heard.at(-1)).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] }));
    say(subscribe('2', 'subscription { nothing }'));
    await vi.waitFor(() => expect(heard.at(-1)).toMatchObject({ id: '2', type: 'error', payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }));
    say(subscribe('3', 'query ($n: Int!) { blob(size: $n) }'));
    await hear({ id: '3', type: 'complete' });
    expect(heard.filter(({ id }) => id !== '3').map(({ type }) => type)).toEqual(['connection_ack', 'error', 'error']);
    expect(heard).toContainEqual({ id: '3', type: 'next', payload: { errors: [expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } })] } });
  });

  test('complete by the client ends the stream at once, and is not echoed', async () => {
    const { say, heard } = await talk();
    say(subscribe('1'));
    await readers(1);
    say({ id: '1', type: 'complete' });
    await readers(0);
    doors.engine.ticks.publish({ ticks: 1 });
    say({ id: 'unknown', type: 'complete' });
    say(subscribe('2', '{ hello }'));
    await vi.waitFor(() => expect(heard.at(-1)).toEqual({ id: '2', type: 'complete' }));
    expect(heard.some(({ id }) => id === '1')).toBe(false);
  });

  test('complete by the client stops a query under way', async () => {
    const { say, heard } = await talk();
    const before = doors.engine.seen.aborted.length;
    const begun = doors.engine.seen.begun;
    say(subscribe('1', '{ slow }'));
    await vi.waitFor(() => expect(doors.engine.seen.begun).toBe(begun + 1));
    say({ id: '1', type: 'complete' });
    await vi.waitFor(() => expect(doors.engine.seen.aborted).toHaveLength(before + 1));
    await vi.waitFor(() => expect(doors.engine.seen.ended).toBe(doors.engine.seen.begun));
    say(subscribe('2', '{ hello }'));
    await vi.waitFor(() => expect(heard.at(-1)).toEqual({ id: '2', type: 'complete' }));
    expect(heard.some(({ id }) => id === '1')).toBe(false);
  });

  test('the end and the failure of a stream reach the client, without words of the source', async () => {
    const { say, hear } = await talk();
    doors.engine.big = (async function* () {
      yield { text: '{"data":{"big":"a"}}', encoding: 'utf8', errors: [], refused: false } satisfies Result;
    })();
    say(subscribe('1', 'subscription { big }'));
    await hear({ id: '1', type: 'complete' });
    doors.engine.big = (async function* () {
      yield await Promise.reject<Result>(new Error('postgres://secret'));
    })();
    say(subscribe('2', 'subscription { big }'));
    await hear({ id: '2', type: 'error', payload: [{ message: 'Something went wrong on our side', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
  });
});

describe('callers', () => {
  test('are known by what they said at the connection, for every operation', async () => {
    const asked: unknown[] = [];
    doors.engine.caller = (caller) => {
      asked.push(caller.connectionParams, caller.headers['x-from']);
      return principal({ id: 'key:a' });
    };
    const { say, hear } = await talk({ init: false, headers: { 'x-from': 'test', 'x-request-id': 'socket-1' } });
    say({ type: 'connection_init', payload: { authorization: 'Bearer a' } });
    await hear({ type: 'connection_ack' });
    say(subscribe('1', '{ hello }'));
    await hear({ id: '1', type: 'complete' });
    say(subscribe('2'));
    await readers(1);
    expect(asked).toEqual([{ authorization: 'Bearer a' }, 'test']);
    expect(doors.engine.seen.exchanges.at(-1)).toMatchObject({ id: 'socket-1', door: 'websocket' });
    expect(doors.engine.seen.streams.at(-1)).toMatchObject({ principal: { id: 'key:a' }, id: 'socket-1' });
    say({ id: '2', type: 'complete' });
  });

  test.each([
    ['UNAUTHENTICATED', 4401],
    ['FORBIDDEN', 4403],
    ['RATE_LIMITED', 1013],
    ['OVERLOADED', 1013],
  ] as const)('%s closes with %i', async (code, expected) => {
    doors.engine.caller = async () => {
      throw new PonteError(code, 'A key is needed');
    };
    const { say, closed } = await talk({ init: false });
    say({ type: 'connection_init' });
    expect(await closed).toEqual({ code: expected, reason: 'A key is needed' });
  });

  test('a failure of ours closes with 4500 and says nothing', async () => {
    doors.engine.caller = () => {
      throw new Error('postgres://secret');
    };
    const { say, closed } = await talk({ init: false });
    say({ type: 'connection_init' });
    expect(await closed).toEqual({ code: 4500, reason: 'Something went wrong on our side' });
  });

  test('a credential that ends closes the socket and everything on it; a new one brings the client back', async () => {
    const first = new AbortController();
    const second = new AbortController();
    const credentials = [first, second];
    doors.engine.caller = ({ connectionParams }) => principal({ ended: credentials[Number(connectionParams?.['n'])]!.signal });
    let n = 0;
    const client = connect({ retryAttempts: 3, retryWait: async () => undefined, connectionParams: () => ({ n: n++ }) });
    const seen = watch(client, 'subscription { ticks }');
    await readers(1);
    first.abort();
    await vi.waitFor(() => expect(n).toBe(2));
    await readers(1);
    doors.engine.ticks.publish({ ticks: 5 });
    await vi.waitFor(() => expect(seen.events).toEqual([{ data: { ticks: 5 } }]));
    const { say, closed, hear } = await talk({ init: false });
    say({ type: 'connection_init', payload: { n: 1 } });
    await hear({ type: 'connection_ack' });
    say(subscribe('1'));
    await readers(2);
    second.abort();
    expect(await closed).toEqual({ code: 4403, reason: 'Credential ended' });
    await readers(0);
  });
});

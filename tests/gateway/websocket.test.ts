// GraphQL over WebSocket, by the letter of its protocol: what may be said when, with which code a socket closes, and who holds it open.
import { createClient, type Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { OPEN } from '../../gateway/principal.ts';
import { refusal, type Result } from '../../gateway/result.ts';
import { PonteError } from '../../lib/errors.ts';
import { principal, startDoors, type OpenedDoors } from '../support/doors.ts';
import { watch } from '../support/watch.ts';

const PROTOCOL = 'graphql-transport-ws';
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

interface Closed {
  code: number;
  reason: string;
}
/** A socket that speaks the protocol by hand. */
async function talk({ protocol = PROTOCOL, url = doors.ws, init = true, ...options }: { protocol?: string; url?: string; init?: boolean } & ClientOptions = {}) {
  const socket = new WebSocket(url, protocol, options);
  sockets.push(socket);
  const heard: Record<string, unknown>[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data as Buffer)) as Record<string, unknown>));
  const closed = new Promise<Closed>((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const say = (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const hear = (message: unknown) => vi.waitFor(() => expect(heard).toContainEqual(message));
  if (init) {
    say({ type: 'connection_init' });
    await hear({ type: 'connection_ack' });
  }
  return { socket, heard, closed, say, hear };
}
const subscribe = (id: string, query = 'subscription { ticks }', more: object = {}) => ({ id, type: 'subscribe', payload: { query, ...more } });
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

describe('limits', () => {
  test('one socket has a limited number of operations under way', async () => {
    const { say, heard } = await talk();
    for (const id of ['1', '2', '3']) say(subscribe(id));
    await readers(3);
    say(subscribe('4'));
    await vi.waitFor(() => expect(heard.at(-1)).toMatchObject({ id: '4', type: 'error', payload: [{ extensions: { code: 'QUERY_TOO_EXPENSIVE' } }] }));
    say({ id: '1', type: 'complete' });
    await readers(2);
    say(subscribe('5'));
    await readers(3);
  });

  test('a message over the limit closes with 1009', async () => {
    const { say, closed } = await talk();
    say(subscribe('1', `{ hello } #${'x'.repeat(LIMIT)}`));
    expect((await closed).code).toBe(1009);
  });

  test('a socket with nothing under way is closed; one that listens stays', async () => {
    const idle = await startDoors({ keepAliveMs: 40, idleMs: 100 });
    const quiet = await talk({ url: idle.ws });
    const listening = await talk({ url: idle.ws });
    listening.say(subscribe('1'));
    expect(await quiet.closed).toEqual({ code: 1000, reason: 'Idle' });
    idle.engine.ticks.publish({ ticks: 1 });
    await listening.hear({ id: '1', type: 'next', payload: { data: { ticks: 1 } } });
    listening.say({ id: '1', type: 'complete' });
    expect((await listening.closed).reason).toBe('Idle');
    await idle.close({ timeoutMs: 100 });
  });

  test('a peer that answers no ping is let go', async () => {
    const strict = await startDoors({ keepAliveMs: 40 });
    const { say, closed } = await talk({ url: strict.ws, autoPong: false });
    say(subscribe('1'));
    expect((await closed).code).toBe(1006);
    await vi.waitFor(() => expect([strict.load.sockets, strict.engine.ticks.readers]).toEqual([0, 0]));
    await strict.close({ timeoutMs: 100 });
  });

  test('a client that does not read is not queued for, and its stream goes on when it reads', async () => {
    let pulled = 0;
    const text = JSON.stringify({ data: { big: 'x'.repeat(256 * 1024) } });
    doors.engine.big = (async function* () {
      for (;;) {
        pulled++;
        yield { text, encoding: 'utf8', errors: [], refused: false } satisfies Result;
      }
    })();
    const { socket, say } = await talk();
    say(subscribe('1', 'subscription { big }'));
    await vi.waitFor(() => expect(pulled).toBeGreaterThan(0));
    socket.pause();
    let before = -1;
    await vi.waitFor(
      () => {
        const stalled = pulled === before;
        before = pulled;
        expect(stalled).toBe(true);
      },
      { interval: 200, timeout: 10_000 },
    );
    socket.resume();
    await vi.waitFor(() => expect(pulled).toBeGreaterThan(before + 20));
    socket.terminate();
  });

  test('who does not read its pongs is not read either', async () => {
    const { socket, say, heard } = await talk();
    socket.pause();
    const payload = { x: 'x'.repeat(LIMIT / 2) };
    for (let i = 0; i < 400; i++) say({ type: 'ping', payload });
    // The client's own buffer stays full, because the server takes no more of it.
    let before = -1;
    await vi.waitFor(
      () => {
        const stalled = socket.bufferedAmount === before;
        before = socket.bufferedAmount;
        expect(stalled).toBe(true);
      },
      { interval: 200, timeout: 10_000 },
    );
    expect(before).toBeGreaterThan(0);
    socket.resume();
    await vi.waitFor(() => expect(heard.filter(({ type }) => type === 'pong')).toHaveLength(400), { timeout: 10_000 });
  });
});

describe('the handshake', () => {
  const outcome = (url: string, options: ClientOptions = {}) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url, PROTOCOL, options);
      socket.once('open', () => {
        resolve('open');
        socket.terminate();
      });
      socket.once('error', ({ message }) => resolve(message));
    });

  test.each([
    ['https://studio.apollographql.com', 'open'],
    ['http://localhost:5173', 'open'],
    ['https://evil.example', 'Unexpected server response: 403'],
    ['null', 'Unexpected server response: 403'],
  ])('a page of %s: %s', async (origin, expected) => {
    expect(await outcome(doors.ws, { origin })).toBe(expected);
  });

  test('a host name that is not ours is refused', async () => {
    expect(await outcome(doors.ws, { headers: { host: 'evil.example' } })).toBe('Unexpected server response: 403');
  });

  test('other paths are not sockets; a query string is none of the path', async () => {
    expect(await outcome(`${doors.ws}/elsewhere`)).toBe('Unexpected server response: 404');
    expect(await outcome(`${doors.ws}?a=1`)).toBe('open');
  });

  test('who is shed is told by the status', async () => {
    doors.engine.admit = () => refusal([{ message: 'Too much is going on' }], { status: 503 });
    expect(await outcome(doors.ws)).toBe('Unexpected server response: 503');
    doors.engine.admit = () => refusal([{ message: 'Slower' }], { status: 429 });
    expect(await outcome(doors.ws)).toBe('Unexpected server response: 429');
  });
});

describe('the end', () => {
  test('a reload sends the clients away, and they come back by themselves', async () => {
    const client = connect({ retryAttempts: 3, retryWait: async () => undefined });
    const seen = watch(client, 'subscription { ticks }');
    await readers(1);
    const { closed } = await talk();
    const before = doors.engine.seen.streams.length;
    doors.reload(`The graph has changed: ${'é'.repeat(100)}`);
    const { code, reason } = await closed;
    expect(code).toBe(1012);
    expect(reason).toMatch(/^The graph has changed: é+$/);
    await vi.waitFor(() => expect(doors.engine.seen.streams.length).toBe(before + 1));
    await readers(1);
    doors.engine.ticks.publish({ ticks: 9 });
    await vi.waitFor(() => expect(seen.events).toEqual([{ data: { ticks: 9 } }]));
    seen.stop();
    await readers(0);
  });

  test('a shutdown closes with 1001 and ends every stream', async () => {
    const ending = await startDoors();
    const { say, closed } = await talk({ url: ending.ws });
    say(subscribe('1'));
    await vi.waitFor(() => expect(ending.engine.ticks.readers).toBe(1));
    await ending.close({ timeoutMs: 1_000 });
    expect(await closed).toEqual({ code: 1001, reason: 'The server is shutting down' });
    await vi.waitFor(() => expect(ending.engine.ticks.readers).toBe(0));
  });

  test('a socket that vanishes ends what it held', async () => {
    const { socket, say } = await talk();
    say(subscribe('1'));
    say(subscribe('2'));
    await readers(2);
    socket.terminate();
    await readers(0);
  });
});

// How many WebSockets are held, how long, and for whom: limits, back-pressure, the handshake, and the end.
import { createClient, type Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { OPEN } from '../../gateway/principal.ts';
import { refusal, type Result } from '../../gateway/result.ts';
import { startDoors, type OpenedDoors } from '../support/doors.ts';
import { PROTOCOL, subscribe, talkTo } from '../support/talk.ts';
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

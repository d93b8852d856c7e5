// The HTTP/1.1 client against real sockets: keeping them, losing them, and never sending twice what must not be.
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Http1Client, type Http1Options, type HttpCall, type HttpClient } from '../../gateway/sources/http1.ts';
import { UndiciClient } from '../../gateway/sources/http1-undici.ts';

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<URL> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
}
const serve = (listener: RequestListener) => listen(createHttpServer(listener));

type ClientClass<T> = new (options: Http1Options) => T;
function client<T extends HttpClient>(Client: ClientClass<T>, url: URL, options: Partial<Http1Options> = {}): T {
  const made = new Client({ url, headers: [['content-type', 'application/json']], ...options });
  open.push(() => made.close());
  return made;
}
const call = (more: Partial<HttpCall> = {}): HttpCall => ({ headers: [], body: '{}', repeatable: true, ...more });
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

/** A raw server: `answer` gets each request's whole text (heads and bodies come together here) and the socket. */
async function raw(answer: (text: string, socket: Socket, count: number) => void): Promise<{ url: URL; seen: string[]; sockets: Socket[] }> {
  const seen: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (data) => {
      seen.push(data.toString('latin1'));
      answer(data.toString('latin1'), socket, seen.length);
    });
  });
  return { url: await listen(server), seen, sockets };
}
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe.each<[string, ClientClass<HttpClient>]>([
  ['ours', Http1Client],
  ['undici', UndiciClient],
])('%s', (_name, Client) => {
  test('sends bytes and headers, and gives bytes back', async () => {
    const url = await serve((req, res) => {
      const parts: Buffer[] = [];
      req.on('data', (part: Buffer) => parts.push(part));
      req.on('end', () => res.end(JSON.stringify({ method: req.method, path: req.url, wallets: req.headers['x-wallets'], type: req.headers['content-type'], body: Buffer.concat(parts).toString('utf8') })));
    });
    const body = Buffer.from('{"name":"São João €"}').toString('latin1');
    const answer = await client(Client, url).post(call({ body, headers: [['x-wallets', 'a,b']] }));
    expect(answer.status).toBe(200);
    expect(JSON.parse(Buffer.from(answer.body, 'latin1').toString('utf8'))).toEqual({
      method: 'POST',
      path: '/graphql',
      wallets: 'a,b',
      type: 'application/json',
      body: '{"name":"São João €"}',
    });
  });

  test('a header that could end its line is not sent', async () => {
    const { url, seen } = await raw((_text, socket) => socket.write(OK));
    const made = client(Client, url);
    await expect(made.post(call({ headers: [['x-a', '1\r\nx-b: 2']] }))).rejects.toMatchObject({ failure: 'protocol' });
    await expect(made.post(call({ headers: [['x-a:', '1']] }))).rejects.toMatchObject({ failure: 'protocol' });
    expect(seen).toEqual([]);
  });

  test('many calls at once each get their own answer, over no more sockets than allowed', async () => {
    let sockets = 0;
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', (part: Buffer) => (body += part.toString()));
      req.on('end', () => res.end(body.repeat(3_000)));
    });
    server.on('connection', () => sockets++);
    const made = client(Client, await listen(server), { connections: 4 });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => made.post(call({ body: `[${i}]` }))));
    answers.forEach(({ body }, i) => expect(body).toBe(`[${i}]`.repeat(3_000)));
    expect(sockets).toBe(4);
  });

  test('an abort ends the call with its own reason, and the server sees its socket close', async () => {
    let [asked, closed] = [false, false];
    const url = await serve((_req, res) => {
      asked = true;
      res.on('close', () => (closed = true));
    });
    const stop = new AbortController();
    const reason = new Error('enough');
    const answer = client(Client, url).post(call({ signal: stop.signal }));
    await until(() => asked);
    stop.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await until(() => closed);
    await expect(client(Client, url).post(call({ signal: stop.signal }))).rejects.toBe(reason);
  });

  test('what fails says how', async () => {
    const silent = await serve(() => undefined);
    await expect(client(Client, silent).post(call({ timeoutMs: 30 }))).rejects.toMatchObject({ failure: 'timeout', code: 'SUBGRAPH_UNAVAILABLE' });
    const free = createServer();
    const gone = await listen(free);
    await new Promise((resolve) => free.close(resolve));
    await expect(client(Client, gone).post(call())).rejects.toMatchObject({ failure: 'refused' });
    const rude = await raw((_text, socket) => socket.destroy());
    await expect(client(Client, rude.url).post(call())).rejects.toMatchObject({ failure: 'reset' });
    const big = await serve((_req, res) => res.end('x'.repeat(2_000)));
    await expect(client(Client, big, { maxBodyBytes: 1_000 }).post(call())).rejects.toMatchObject({ failure: 'too large' });
    const garbage = await raw((_text, socket) => socket.write('hello\r\n\r\n'));
    await expect(client(Client, garbage.url).post(call())).rejects.toMatchObject({ failure: 'protocol' });
  });
});

test('a query on a kept socket that the server closed is sent again once, on a new socket', async () => {
  const { url, seen, sockets } = await raw((_text, socket, count) => void (count === 2 ? socket.destroy() : socket.write(OK)));
  const made = client(Http1Client, url);
  await made.post(call({ body: 'one' }));
  await expect(made.post(call({ body: 'two' }))).resolves.toMatchObject({ body: 'ok' });
  expect(seen.map((text) => text.slice(-3))).toEqual(['one', 'two', 'two']);
  expect(sockets.length).toBe(2);
});

test('a mutation is never sent twice, nor is a query whose answer had begun', async () => {
  const { url, seen } = await raw((text, socket) => {
    if (text.endsWith('begin')) socket.write(OK);
    else if (text.endsWith('half')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab');
    else socket.destroy();
  });
  const made = client(Http1Client, url);
  await made.post(call({ body: 'begin' }));
  await expect(made.post(call({ body: 'change', repeatable: false }))).rejects.toMatchObject({ failure: 'stale' });
  await made.post(call({ body: 'begin' }));
  await expect(made.post(call({ body: 'half' }))).rejects.toMatchObject({ failure: 'reset' });
  expect(seen.length).toBe(4);
});

test('a socket is not used again after bytes that nobody asked for, a closing answer, or a rest period', async () => {
  const { url, sockets } = await raw((text, socket) => {
    socket.write(text.endsWith('more') ? `${OK}HTTP/1.1 200 OK\r\n` : text.endsWith('last') ? OK.replace('\r\n', '\r\nconnection: close\r\n') : OK);
  });
  const made = client(Http1Client, url, { idleMs: 40 });
  await made.post(call({ body: 'more' }));
  expect(made.load.connections).toBe(0);
  await made.post(call({ body: 'last' }));
  expect(made.load.connections).toBe(0);
  await made.post(call());
  await made.post(call());
  expect(sockets.length).toBe(3);
  sockets[2]!.write('unasked');
  await until(() => made.load.connections === 0);
  await made.post(call());
  const began = performance.now();
  await until(() => performance.now() - began > 60);
  await made.post(call());
  expect(sockets.length).toBe(5);
});

test('calls that wait for a socket go on when one is free or lost, and end with their signal or with the client', async () => {
  const held: Socket[] = [];
  const { url, seen } = await raw((text, socket) => void (text.endsWith('hold') ? held.push(socket) : socket.write(OK)));
  const made = client(Http1Client, url, { connections: 1 });
  const first = made.post(call({ body: 'hold' }));
  await until(() => held.length === 1);
  const stop = new AbortController();
  const [second, third] = [made.post(call({ signal: stop.signal })), made.post(call({ body: 'next' }))];
  expect(made.load.waiting).toBe(2);
  stop.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  held[0]!.destroy();
  await expect(first).rejects.toMatchObject({ failure: 'reset' });
  await expect(third).resolves.toMatchObject({ status: 200 });
  expect(seen.length).toBe(2);
  const [fourth, fifth] = [made.post(call({ body: 'hold' })), made.post(call())];
  await until(() => held.length === 2);
  const ends = Promise.allSettled([fourth, fifth]);
  await made.close();
  expect(await ends).toMatchObject([{ reason: { failure: 'closed' } }, { reason: { failure: 'closed' } }]);
  await expect(made.post(call())).rejects.toMatchObject({ failure: 'closed' });
});

test('an IPv6 address and a path with a query are understood', async () => {
  const server = createHttpServer((req, res) => res.end(`${req.headers.host} ${req.url}`));
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  open.push(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const probe = connect(port, '::1');
  await new Promise((resolve) => probe.once('connect', resolve));
  probe.destroy();
  const answer = await client(Http1Client, new URL(`http://[::1]:${port}/a?b=c`)).post(call());
  expect(answer.body).toBe(`[::1]:${port} /a?b=c`);
});

// The base client against real sockets: what it repeats, how it waits, what it says, and that no token ever comes out.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { createHttpClient, createProviderErrors, networkFailure, openGate, plainDialect, type Dialect, type HttpClient, type HttpClientOptions, type RequestGate } from '../../lib/http/index.ts';
import { createLogger, silentLogger } from '../../lib/log.ts';

const TOKEN = '8f14e45fceea167a5a36dedd4bea2543deadbeef';
const errors = createProviderErrors({ name: 'Testland' });
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

async function serve(handler: Handler): Promise<{ url: string; count: () => number; server: Server }> {
  let count = 0;
  const server = createServer((request, response) => handler(request, response, (count += 1)));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count, server };
}

function client(baseUrl: string, more: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({
    baseUrl,
    headers: { 'access-token': TOKEN },
    secrets: [TOKEN],
    errors,
    dialect: plainDialect,
    gate: openGate,
    log: silentLogger,
    timeoutMs: 5000,
    retryAttempts: 3,
    retryDelayMs: 1,
    random: () => 0,
    ...more,
  });
  open.push(() => made.close());
  return made;
}

/** A gate that remembers what it was asked and told. */
function watchedGate(): RequestGate & { acquired: number; penalties: [number, string][] } {
  const gate = {
    acquired: 0,
    penalties: [] as [number, string][],
    acquire: async () => {
      gate.acquired += 1;
    },
    penalize: async (waitMs: number, reason: string) => {
      gate.penalties.push([waitMs, reason]);
    },
  };
  return gate;
}

const json = (response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
const never = (): AbortSignal => new AbortController().signal;
const failure = async (promise: Promise<unknown>): Promise<PonteError> => {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PonteError);
  return error as PonteError;
};

describe('requests', () => {
  test('send headers, query and JSON body below the base path, and give the parsed answer', async () => {
    let seen: Record<string, unknown> = {};
    const { url } = await serve((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        seen = { url: request.url, method: request.method, token: request.headers['access-token'], body: Buffer.concat(parts).toString() };
        json(response, { ok: 1 });
      });
    });
    const reply = await client(`${url}/api/`).request({
      method: 'POST',
      path: '/deals',
      query: [['filter[updated_at][from]', 17], ['with', 'a b'], ['with', 'ç'], ['none', null]],
      body: { name: 'São' },
      signal: never(),
    });
    expect(seen).toEqual({ url: '/api/deals?filter[updated_at][from]=17&with=a%20b&with=%C3%A7', method: 'POST', token: TOKEN, body: '{"name":"São"}' });
    expect(reply).toMatchObject({ status: 200, body: { ok: 1 }, attempts: 1 });
  });

  test('read compressed answers and a byte order mark', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('\uFEFF{"nome":"José"}'));
    });
    expect((await client(url).request({ path: '/', signal: never() })).body).toEqual({ nome: 'José' });
  });

  test('keep connections alive', async () => {
    const { url, server } = await serve((_request, response) => json(response, {}));
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const http = client(url);
    for (let i = 0; i < 5; i += 1) await http.request({ path: '/', signal: never() });
    expect(connections).toBeLessThanOrEqual(2);
  });
});

describe('retries', () => {
  test.each([500, 502, 503, 504])('an HTTP %i is repeated until it passes, each attempt through the gate', async (status) => {
    const { url, count } = await serve((_request, response, n) => (n < 3 ? json(response, {}, status) : json(response, { n })));
    const gate = watchedGate();
    const reply = await client(url, { gate }).request({ path: '/', signal: never() });
    expect(reply).toMatchObject({ body: { n: 3 }, attempts: 3 });
    expect([count(), gate.acquired]).toEqual([3, 3]);
  });

  test('attempts are counted: one and its repetitions, then the error', async () => {
    const { url, count } = await serve((_request, response) => json(response, {}, 503));
    expect(await failure(client(url, { retryAttempts: 2 }).request({ path: '/', signal: never() }))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
    expect(count()).toBe(3);
  });

  test('a write is sent once', async () => {
    const { url, count } = await serve((_request, response) => json(response, {}, 503));
    await failure(client(url).request({ method: 'POST', path: '/', body: {}, signal: never() }));
    expect(count()).toBe(1);
  });

  test.each<[string, number, Handler]>([
    ['a reset socket', 1, (request) => request.socket.destroy()],
    ['half an answer', 1, (request, response) => { response.writeHead(200, { 'content-length': '100' }).write('{"a":'); setImmediate(() => request.socket.destroy()); }],
    ['cut JSON', 1, (_request, response) => response.end('{"a": [1, 2')],
    ['a web page with status 200', 1, (_request, response) => response.end('<!doctype html><pre class="cake-error">')],
    ['no body', 1, (_request, response) => response.end()],
  ])('%s is repeated', async (_what, times, misbehave) => {
    const { url, count } = await serve((request, response, n) => (n <= times ? misbehave(request, response, n) : json(response, { fine: true })));
    expect((await client(url).request({ path: '/', signal: never() })).body).toEqual({ fine: true });
    expect(count()).toBe(times + 1);
  });

  test('a 429 is told to the gate with the wait that was asked for, also after the last attempt', async () => {
    const { url } = await serve((_request, response, n) => (n === 1 ? json(response, {}, 429, { 'retry-after': '0' }) : json(response, {}, 429, { 'retry-after': '900' })));
    const gate = watchedGate();
    const error = await failure(client(url, { gate }).request({ path: '/', signal: never() }));
    expect(error).toMatchObject({ code: 'PROVIDER_RATE_LIMITED', retryAfterMs: 900_000 });
    expect(gate.penalties).toEqual([[0, 'PROVIDER_RATE_LIMITED'], [900_000, 'PROVIDER_RATE_LIMITED']]);
  });

  test('a gate that refuses ends the call: nothing is sent', async () => {
    const { url, count } = await serve((_request, response) => json(response, {}));
    const gate = { ...openGate, acquire: async () => { throw errors.rateLimited(60_000, 'the quota of the day is spent'); } };
    expect(await failure(client(url, { gate }).request({ path: '/', signal: never() }))).toMatchObject({ retryAfterMs: 60_000 });
    expect(count()).toBe(0);
  });

  test('a bug in the dialect is thrown as it is, once', async () => {
    const { url, count } = await serve((_request, response) => json(response, {}));
    const broken: Dialect = { judge: () => { throw new TypeError('undefined is not a function'); } };
    await expect(client(url, { dialect: broken }).request({ path: '/', signal: never() })).rejects.toThrow(TypeError);
    expect(count()).toBe(1);
  });
});

describe('time', () => {
  test('an answer that does not come in time is PROVIDER_TIMEOUT, repeated, with the hint to raise TIMEOUT', async () => {
    const { url, count } = await serve(() => {});
    const error = await failure(client(url, { timeoutMs: 40, retryAttempts: 1 }).request({ path: '/', signal: never() }));
    expect(error).toMatchObject({ code: 'PROVIDER_TIMEOUT', message: 'Testland did not answer within 40 ms.', retryable: true });
    expect(error.hint).toMatch(/Raise TIMEOUT/);
    expect(count()).toBe(2);
  });

  test('a body that never ends is a timeout too', async () => {
    const { url } = await serve((_request, response) => response.writeHead(200).write('{'));
    expect(await failure(client(url, { timeoutMs: 40, retryAttempts: 0 }).request({ path: '/', signal: never() }))).toMatchObject({ code: 'PROVIDER_TIMEOUT' });
  });

  test('an abort ends the attempt in flight with the reason that was given', async () => {
    const stop = new AbortController();
    const { url, count } = await serve(() => stop.abort(new Error('the process stops')));
    await expect(client(url).request({ path: '/', signal: stop.signal })).rejects.toThrow('the process stops');
    expect(count()).toBe(1);
  });

  test('an abort ends a pause between attempts', async () => {
    const stop = new AbortController();
    const { url, count } = await serve((_request, response) => json(response, {}, 429, { 'retry-after': '30' }));
    const gate = { ...openGate, penalize: async () => void setImmediate(() => stop.abort()) };
    await expect(client(url, { gate }).request({ path: '/', signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(count()).toBe(1);
  });

  test('a signal that is long aborted sends nothing', async () => {
    const { url, count } = await serve((_request, response) => json(response, {}));
    await expect(client(url).request({ path: '/', signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(count()).toBe(0);
  });
});

describe('errors', () => {
  test.each([
    [401, 'PROVIDER_UNAUTHORIZED'],
    [402, 'PROVIDER_PAYMENT_REQUIRED'],
    [403, 'PROVIDER_FORBIDDEN'],
    [422, 'PROVIDER_REJECTED'],
    [302, 'PROVIDER_UNEXPECTED_RESPONSE'],
  ])('HTTP %i is %s, said once, with a hint', async (status, code) => {
    const { url, count } = await serve((_request, response) => json(response, {}, status));
    const error = await failure(client(url).request({ path: '/', signal: never() }));
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.hint).toBeTruthy();
    expect(count()).toBe(1);
  });

  test('a refused connection is PROVIDER_UNAVAILABLE, and repeated', async () => {
    const { url, server } = await serve(() => {});
    await new Promise((done) => server.close(done));
    const gate = watchedGate();
    expect(await failure(client(url, { gate, retryAttempts: 1 }).request({ path: '/', signal: never() }))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(gate.acquired).toBe(2);
  });

  test.each([
    ['ECONNRESET', true],
    ['UND_ERR_SOCKET', true],
    ['HPE_INVALID_CONSTANT', true],
    ['EAI_AGAIN', true],
    ['ENOTFOUND', false],
    ['CERT_HAS_EXPIRED', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', false],
  ])('%s is known; a retry can help: %s', (code, retryable) => {
    const thrown = Object.assign(new Error('low level'), { code });
    expect(networkFailure(new Error('wrapped', { cause: thrown }), errors, 100)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable });
  });

  test('what the table of network failures does not know is no outage', () => {
    expect(networkFailure(new TypeError('x is undefined'), errors, 100)).toBeNull();
    expect(networkFailure(Object.assign(new Error('bad argument'), { code: 'UND_ERR_INVALID_ARG' }), errors, 100)).toBeNull();
  });
});

describe('secrets', () => {
  test('a server that echoes the request brings no token into error, log, answer or stack', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
    const echo: Handler = (request, response, n) => json(response, { erro: `you sent ${JSON.stringify(request.headers)}`, url: request.url }, n === 1 ? 200 : n === 2 ? 500 : 401);
    const wordy: Dialect = {
      judge(response, call) {
        if (response.status === 200) return { kind: 'ok', body: JSON.parse(response.text) };
        const error = response.status === 500 ? errors.unavailable(call.hide(response.text)) : errors.unauthorized(call.hide(response.text));
        return { kind: error.retryable ? 'retry' : 'fail', error };
      },
    };
    const { url } = await serve(echo);
    const http = client(url, { dialect: wordy, debug: true, log, harmlessQuery: ['pagina'] });
    const reply = await http.request({ path: '/vendas', query: { pagina: 2, chave: TOKEN }, signal: never() });
    const error = await failure(http.request({ path: '/vendas', query: { pagina: 2, chave: TOKEN }, signal: never() }));
    const everything = [JSON.stringify(reply), error.message, error.stack, JSON.stringify(error), String(error.cause), ...lines].join('\n');
    expect(everything).toContain('access-token');
    expect(everything).not.toContain(TOKEN);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { provider: 'Testland', method: 'GET', path: '/vendas', query: { pagina: '2', chave: '…' }, status: 200, attempt: 1, ms: expect.any(Number) },
      { status: 500, attempt: 1, error: 'PROVIDER_UNAVAILABLE' },
      { status: 401, attempt: 2, error: 'PROVIDER_UNAUTHORIZED' },
    ]);
  });

  test('without debug nothing is logged', async () => {
    const lines: string[] = [];
    const log = createLogger({ destination: { write: (line: string) => void lines.push(line) } });
    const { url } = await serve((_request, response) => json(response, {}));
    await client(url, { log }).request({ path: '/', signal: never() });
    expect(lines).toEqual([]);
  });
});

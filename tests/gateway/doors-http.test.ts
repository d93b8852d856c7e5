// The GraphQL endpoint over HTTP, without a graph behind it: what is read, what is refused and how, and what every answer carries.
import { auditServer } from 'graphql-http';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { OPEN } from '../../gateway/principal.ts';
import { refusal } from '../../gateway/result.ts';
import { PonteError } from '../../lib/errors.ts';
import { principal, startDoors, type OpenedDoors } from '../support/doors.ts';

const LIMIT = 64 * 1024;
const JSON_BODY = { 'content-type': 'application/json' };
const HELLO = '{"query":"{ hello }"}';

let doors: OpenedDoors;
beforeAll(async () => {
  doors = await startDoors({ maxBodyBytes: LIMIT, requestTimeoutMs: 1_000 });
});
afterAll(() => doors.close({ timeoutMs: 100 }));
afterEach(() => {
  Object.assign(doors.engine, { caller: () => OPEN, admit: undefined });
});

const post = (body: string | Buffer, headers: Record<string, string> = {}) => fetch(doors.graphql, { method: 'POST', headers: { ...JSON_BODY, ...headers }, body });
const get = (query: string, headers: Record<string, string> = { 'apollo-require-preflight': '1' }) => fetch(`${doors.graphql}?query=${encodeURIComponent(query)}`, { headers });
const codeOf = async (response: Response) => ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;

describe('GraphQL over HTTP', () => {
  test('passes every audit of graphql-http', async () => {
    // Audits send GET requests as a form of another site could: the header tells the server that they are none.
    const fetchFn = (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...(init.method === 'POST' ? {} : { 'apollo-require-preflight': '1' }) } });
    const results = await auditServer({ url: doors.graphql, fetchFn });
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results).toHaveLength(61);
  });

  test.each([
    [undefined, 'application/json', 400],
    ['*/*', 'application/json', 400],
    ['application/json', 'application/json', 200],
    ['application/graphql-response+json', 'application/graphql-response+json', 400],
    ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json', 400],
    ['application/json, application/graphql-response+json;q=0.5', 'application/json', 200],
    ['application/graphql-response+json;q=0, application/json', 'application/json', 200],
    ['text/html, application/*;q=0.8', 'application/json', 400],
    ['multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json', 400],
    ['application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed', 'application/graphql-response+json', 400],
  ])('with accept %s, a refusal is %s with status %i', async (accept, type, status) => {
    const response = await post('{"query":"{ nothing }"}', accept === undefined ? {} : { accept });
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(response.status).toBe(status);
  });

  test('who accepts nothing that is written here is told so', async () => {
    expect((await post(HELLO, { accept: 'image/png' })).status).toBe(406);
    expect((await post(HELLO, { accept: 'application/json; charset=latin1' })).status).toBe(406);
  });

  test.each([
    ['{"query": ', 400],
    ['', 400],
    ['null', 400],
    ['7', 400],
    ['"{ hello }"', 400],
    ['[{"query":"{ hello }"}]', 400],
    ['{}', 400],
    ['{"query":7}', 400],
    ['{"query":"{ hello }","variables":[]}', 400],
    ['{"query":"{ hello }","extensions":"x"}', 400],
    ['{"query":"{ hello }","operationName":{}}', 400],
    ['{"documentId":5}', 400],
    ['\u0000', 400],
    ['{"query":"{ hello }"}\u0000', 400],
  ])('the body %j is refused', async (body, status) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe('BAD_REQUEST');
  });

  test('malformed UTF-8 is refused; lone surrogates and NUL in escapes are values like others', async () => {
    expect((await post(Buffer.from([...Buffer.from('{"query":"{ hello(name: \\"'), 0xff, 0xfe, ...Buffer.from('\\") }"}')]))).status).toBe(400);
    const odd = await post('{"query":"query ($n: String) { hello(name: $n) }","variables":{"n":"\\ud800 \\u0000"}}');
    expect(odd.status).toBe(200);
    expect(await post('{"query":"{ hello(name: \\"é😀\\") }"}').then((r) => r.json())).toEqual({ data: { hello: 'Olá, é😀' } });
  });

  test('a document may be named instead of sent', async () => {
    await post('{"documentId":"sha256:abc"}');
    expect(doors.engine.seen.inquiries.at(-1)).toMatchObject({ documentId: 'sha256:abc', query: undefined });
    await post('{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc"}}}');
    expect(doors.engine.seen.inquiries.at(-1)).toMatchObject({ extensions: { persistedQuery: { sha256Hash: 'abc' } } });
  });

  test('text that came as bytes leaves as the same bytes', async () => {
    const text = '{"data":{"hello":"Olá 😀"}}';
    const execute = vi.spyOn(doors.engine, 'execute').mockResolvedValueOnce({ text: Buffer.from(text).toString('latin1'), encoding: 'latin1', errors: [], refused: false });
    const response = await post(HELLO);
    expect(await response.text()).toBe(text);
    expect(Number(response.headers.get('content-length'))).toBe(Buffer.byteLength(text));
    execute.mockRestore();
  });

  test('an engine that fails is not heard', async () => {
    const execute = vi.spyOn(doors.engine, 'execute').mockRejectedValueOnce(new Error('postgres://secret'));
    const response = await post(HELLO);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"errors":[{"message":"Something went wrong on our side","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}');
    execute.mockRestore();
  });
});

describe('methods', () => {
  test('mutations do not work by GET', async () => {
    const before = doors.engine.seen.mutations;
    const response = await get('mutation { count }');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST, OPTIONS');
    expect((await get('query Q { hello } mutation M { count }')).status).toBe(400);
    expect(doors.engine.seen.mutations).toBe(before);
    await get('{ hello }');
    expect(doors.engine.seen.inquiries.at(-1)).toMatchObject({ readOnly: true });
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('%s does not work', async (method) => {
    const request = new Request(doors.graphql, Object.assign({ headers: JSON_BODY, body: HELLO }, { method }));
    expect((await fetch(request)).status).toBe(405);
  });

  test('GET reads variables and extensions as JSON', async () => {
    const parameters = new URLSearchParams({ query: 'query ($n: String) { hello(name: $n) }', variables: '{"n":"Ana"}', extensions: '{"a":1}' });
    const response = await fetch(`${doors.graphql}?${parameters}`, { headers: { 'x-apollo-operation-name': 'x' } });
    expect(await response.json()).toEqual({ data: { hello: 'Olá, Ana' } });
    expect((await fetch(`${doors.graphql}?query={hello}&variables={`, { headers: JSON_BODY })).status).toBe(400);
  });
});

describe('forged requests (CSRF)', () => {
  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
    ['text', { 'content-type': 'text/plain;charset=UTF-8' }, 400],
    ['an upload', { 'content-type': 'multipart/form-data; boundary=x' }, 400],
    ['a form with a foreign origin', { 'content-type': 'text/plain', origin: 'https://evil.example' }, 400],
    ['a form that asked first', { 'content-type': 'text/plain', 'apollo-require-preflight': '1' }, 415],
  ])('%s: %o', async (_what, headers, status) => {
    const response = await fetch(doors.graphql, { method: 'POST', headers, body: HELLO });
    expect(response.status).toBe(status);
  });

  test('a GET without a sign that it is none is refused', async () => {
    const response = await get('{ hello }', {});
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('CSRF');
    expect((await get('{ hello }', { origin: 'https://evil.example' })).status).toBe(400);
    expect((await get('{ hello }', { origin: 'http://localhost:5173' })).status).toBe(200);
  });
});

describe('limits', () => {
  test('a body over the limit is refused, announced or not', async () => {
    const big = JSON.stringify({ query: `{ hello } #${'x'.repeat(LIMIT)}` });
    expect((await post(big)).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(big));
        controller.close();
      },
    });
    const chunked = await fetch(doors.graphql, { method: 'POST', headers: JSON_BODY, body: stream, duplex: 'half' } as RequestInit);
    expect(chunked.status).toBe(413);
    expect((await post(HELLO)).status).toBe(200);
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ] as const)('a body may be compressed with %s, and is bounded by what it becomes', async (encoding, compress) => {
    const headers = { 'content-encoding': encoding };
    expect(await post(compress(Buffer.from(HELLO)), headers).then((r) => r.json())).toEqual({ data: { hello: 'Olá, you' } });
    const bomb = compress(Buffer.alloc(20 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(LIMIT);
    expect((await post(bomb, headers)).status).toBe(413);
    expect((await post('no such bytes', headers)).status).toBe(400);
  });

  test.each(['zstd', 'gzip, gzip', 'constructor'])('the encoding %s is refused', async (encoding) => {
    expect((await post(HELLO, { 'content-encoding': encoding })).status).toBe(415);
  });

  test('a body that does not come to its end is cut off', async () => {
    const { port } = doors;
    const socket = connect(port, '127.0.0.1');
    const heard: Buffer[] = [];
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('data', (chunk) => heard.push(chunk));
    socket.write('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query"');
    await closed;
    expect(Buffer.concat(heard).toString()).toMatch(/^HTTP\/1\.1 408/);
  });

  test('what is shed is told when to come again, before its body is read', async () => {
    doors.engine.admit = () => refusal([{ message: 'Too much is going on', extensions: { code: 'OVERLOADED' } }], { status: 503, retryAfter: 2 });
    const response = await post(HELLO);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect((await fetch(`${doors.url}/api/kommo/deals`)).status).toBe(503);
  });
});

describe('callers', () => {
  test.each([
    ['UNAUTHENTICATED', 401],
    ['FORBIDDEN', 403],
    ['RATE_LIMITED', 429],
  ] as const)('%s is answered with %i', async (code, status) => {
    doors.engine.caller = () => {
      throw new PonteError(code, 'No', { hint: 'Try another key.', retryAfterMs: 1_500 });
    };
    const response = await post(HELLO, { accept: 'application/json' });
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    expect(await response.json()).toEqual({ errors: [{ message: 'No', extensions: { code, hint: 'Try another key.', retryAfterMs: 1_500 } }] });
  });

  test('a request ends exactly once, and is aborted when its client leaves', async () => {
    const { seen } = doors.engine;
    const [begun, ended] = [seen.begun, seen.ended];
    await (await post(HELLO)).text();
    await vi.waitFor(() => expect([seen.begun - begun, seen.ended - ended]).toEqual([1, 1]));
    const leaving = new AbortController();
    const asked = fetch(doors.graphql, { method: 'POST', headers: JSON_BODY, body: '{"query":"{ slow }"}', signal: leaving.signal });
    await vi.waitFor(() => expect(doors.load.requests).toBe(1));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await vi.waitFor(() => expect([seen.begun - begun, seen.ended - ended]).toEqual([2, 2]));
    expect(String(seen.aborted.at(-1))).toContain('The client closed the connection');
    expect(doors.load.requests).toBe(0);
  });

  test('the address behind trusted proxies is the caller’s', async () => {
    const proxied = await startDoors({ trustProxy: 1 });
    const addresses: (string | undefined)[] = [];
    proxied.engine.caller = ({ remoteAddress }) => {
      addresses.push(remoteAddress);
      return OPEN;
    };
    const ask = (headers: Record<string, string>) => fetch(proxied.graphql, { method: 'POST', headers: { ...JSON_BODY, ...headers }, body: HELLO });
    await ask({});
    await ask({ 'x-forwarded-for': '10.9.9.9, 203.0.113.7' });
    expect(addresses).toEqual(['127.0.0.1', '203.0.113.7']);
    await proxied.close({ timeoutMs: 100 });
  });
});

describe('headers', () => {
  test('every answer says what a browser may do with it, and keeps nothing', async () => {
    for (const response of [await post(HELLO), await fetch(`${doors.url}/health/live`), await fetch(`${doors.url}/nowhere`), await post('{')]) {
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      expect(response.headers.get('x-powered-by')).toBeNull();
      expect(response.headers.get('strict-transport-security')).toBeNull();
    }
  });

  test('a sane request id comes back, another is replaced', async () => {
    expect((await post(HELLO, { 'x-request-id': 'abc-123' })).headers.get('x-request-id')).toBe('abc-123');
    expect(doors.engine.seen.exchanges.at(-1)?.id).toBe('abc-123');
    expect((await post(HELLO, { 'x-request-id': 'a b"<script>' })).headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect((await fetch(`${doors.url}/health/live`, { headers: { 'x-request-id': 'live-1' } })).headers.get('x-request-id')).toBe('live-1');
  });

  test('a host name that is not ours is refused on every path', async () => {
    const guarded = await startDoors({ hostAllowed: ({ host }) => /^(localhost|127\.0\.0\.1):\d+$/.test(host ?? '') });
    const status = (path: string, host: string) =>
      new Promise((resolve) => httpRequest(`${guarded.url}${path}`, { headers: { host, ...JSON_BODY } }, (response) => resolve(response.resume().statusCode)).end());
    for (const path of ['/graphql?query={hello}', '/health/live', '/api/kommo/sync']) expect(await status(path, 'evil.example')).toBe(403);
    expect(await status('/graphql?query={hello}', `localhost:${guarded.port}`)).toBe(200);
    await guarded.close({ timeoutMs: 100 });
  });
});

describe('pages', () => {
  test('metrics are for administrators', async () => {
    expect(await (await fetch(`${doors.url}/`)).json()).toMatchObject({ graphql: '/graphql', events: '/graphql/stream', metrics: '/metrics' });
    expect(await (await fetch(`${doors.url}/metrics`)).text()).toBe('up 1\n');
    doors.engine.caller = () => principal({ scopes: new Set(['erp:read']) });
    expect((await fetch(`${doors.url}/metrics`)).status).toBe(403);
    doors.engine.caller = () => {
      throw new PonteError('UNAUTHENTICATED', 'A key is needed');
    };
    expect((await fetch(`${doors.url}/metrics`)).status).toBe(401);
  });

  test('health is for everybody', async () => {
    doors.engine.caller = () => {
      throw new PonteError('UNAUTHENTICATED', 'A key is needed');
    };
    expect(await (await fetch(`${doors.url}/health/ready`)).json()).toEqual({ status: 'ok', checks: { database: { ok: true } } });
  });

  test.each(['/%', '/api/%ff', '/graphql/%2e%2e%00', '/schema.graphql%'])('the path %s makes no server error', async (path) => {
    expect((await fetch(`${doors.url}${path}`)).status).toBeLessThan(500);
  });
});

describe('the end', () => {
  test('an answer under way may finish, and its connection closes', async () => {
    const ending = await startDoors();
    const asked = fetch(ending.graphql, { method: 'POST', headers: JSON_BODY, body: '{"query":"{ slow }"}' });
    await vi.waitFor(() => expect(ending.load.requests).toBe(1));
    const closed = ending.close({ timeoutMs: 5_000 });
    ending.engine.finish();
    expect(await (await asked).json()).toEqual({ data: { slow: 'done' } });
    await closed;
  });

  test('one that does not finish is aborted with a reason', async () => {
    const ending = await startDoors();
    const asked = fetch(ending.graphql, { method: 'POST', headers: JSON_BODY, body: '{"query":"{ slow }"}' });
    await vi.waitFor(() => expect(ending.load.requests).toBe(1));
    await ending.close({ timeoutMs: 50 });
    expect(JSON.stringify(await (await asked).json())).toContain('The server is shutting down');
  });
});

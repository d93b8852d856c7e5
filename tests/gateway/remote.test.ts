// A subgraph behind HTTP, as the executor sees it: answers, refusals, headers, and what is told of a failure.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { OPEN } from '../../gateway/principal.ts';
import { RequestContext } from '../../gateway/request.ts';
import { RemoteSource, type RemoteOptions } from '../../gateway/sources/remote.ts';
import { serveSubgraph } from '../../lib/graphql/serve.ts';
import { createLogger } from '../../lib/log.ts';
import { SECRET_HEADER, WALLETS_HEADER } from '../../lib/graphql/subgraph.ts';
import { createGraph } from '../support/gateway-graph.ts';

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Heard {
  headers: IncomingMessage['headers'];
  body: string;
}
const lines: string[] = [];

/** A server that answers as told, and a source in front of it. */
async function place(answer: (res: ServerResponse, heard: Heard, count: number) => void, options: Partial<RemoteOptions> = {}) {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (part: string) => (body += part));
    req.on('end', () => {
      heard.push({ headers: req.headers, body });
      answer(res, heard.at(-1)!, heard.length);
    });
  };
  const server = createServer(listener).on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lines.length = 0;
  const log = createLogger({ destination: { write: (line: string) => void lines.push(line) } });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const source = new RemoteSource({ name: 'crm', url, ...options }, log);
  open.push(
    () => source.close(),
    () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  );
  return { source, heard, url };
}
const json = (res: ServerResponse, value: unknown, status = 200) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const query = { operation: 'query Q($n: Int) { contact(n: $n) { name } }', operationName: 'Q', operationKind: 'query' } as const;
const mutation = { operation: 'mutation { go }', operationKind: 'mutation' } as const;

describe.each(['own', 'undici'] as const)('with the client: %s', (client) => {
  test('an operation travels with its variables and the caller’s wallets, and its answer comes back as objects', async () => {
    const { source, heard } = await place((res) => json(res, { data: { contact: { name: 'João €' } } }), { client, secret: 'between us' });
    const request = new RequestContext({ principal: { ...OPEN, wallets: ['w1', 'w2'] } });
    request.requestId = 'r-1';
    request.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await expect(source.prepare(query).run({ n: 1, word: 'São "x" \u{1F600}' }, request)).resolves.toEqual({ data: { contact: { name: 'João €' } } });
    expect(JSON.parse(heard[0]!.body)).toEqual({ query: query.operation, operationName: 'Q', variables: { n: 1, word: 'São "x" \u{1F600}' } });
    expect(heard[0]!.headers).toMatchObject({
      'content-type': 'application/json',
      [WALLETS_HEADER]: 'w1,w2',
      [SECRET_HEADER]: 'between us',
      'x-request-id': 'r-1',
      traceparent: request.traceparent,
    });
  });

  test('text goes in and out as bytes', async () => {
    const { source, heard } = await place((res) => json(res, { data: { contact: { name: 'João' } } }), { client });
    const variables = Buffer.from('{"n":1,"word":"ção"}').toString('latin1');
    const text = await source.prepare(query).exchange!(variables, new RequestContext());
    expect(Buffer.from(text, 'latin1').toString()).toBe('{"data":{"contact":{"name":"João"}}}');
    expect(JSON.parse(heard[0]!.body)).toMatchObject({ variables: { n: 1, word: 'ção' } });
  });

  test('a caller’s request id or trace that could break a header stays here', async () => {
    const { source, heard } = await place((res) => json(res, { data: {} }), { client });
    const request = new RequestContext();
    request.requestId = 'a\r\nx-evil: 1';
    request.traceparent = 'nonsense';
    await source.prepare(query).run({}, request);
    expect(Object.keys(heard[0]!.headers)).not.toEqual(expect.arrayContaining(['x-request-id']));
    expect(heard[0]!.headers).not.toHaveProperty('traceparent');
    expect(heard[0]!.headers).not.toHaveProperty('x-evil');
  });

  test('the deadline of the request ends a fetch with its own reason', async () => {
    const { source } = await place(() => undefined, { client });
    const request = new RequestContext({ deadlineMs: 30 });
    await expect(source.prepare(query).run({}, request)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(source.prepare(mutation).exchange!('{}', request)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(lines).toEqual([]);
  });
});

test.each<[string, number, string]>([
  ['a page of HTML', 200, '<html>'],
  ['another JSON', 200, '{"message":"x"}'],
  ['a list', 200, '[]'],
  ['a refusal of the whole fetch', 400, '{"errors":[{"message":"Cannot query field"}]}'],
  ['a broken server', 500, 'Internal Server Error'],
])('%s is no answer: one error without a URL, the reason in the log', async (_what, status, body) => {
  const { source, url } = await place((res) => res.writeHead(status).end(body));
  const error = await source.prepare(query).run({}, new RequestContext()).catch((e: unknown) => e as Error);
  expect(error).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true });
  expect((error as Error).message).not.toContain(new URL(url).port);
  expect(lines.join('')).toContain(`HTTP ${status}`);
  expect(lines.length).toBe(1);
});

test('an answer is one whatever its status, as objects and as text', async () => {
  const partial = { data: { contact: null }, errors: [{ message: 'x', path: ['contact'] }] };
  const { source } = await place((res) => json(res, partial, 500));
  await expect(source.prepare(query).run({}, new RequestContext())).resolves.toEqual(partial);
  await expect(source.prepare(query).exchange!('{}', new RequestContext())).resolves.toBe(JSON.stringify(partial));
});

test('a wrong value of the caller is the subgraph’s answer, not its failure', async () => {
  const wrong = { errors: [{ message: 'bad', extensions: { code: 'BAD_USER_INPUT' } }] };
  const { source } = await place((res) => json(res, wrong));
  await expect(source.prepare(query).run({}, new RequestContext())).resolves.toEqual(wrong);
});

test('a query is repeated over a hiccup; a mutation is sent once, and not ended by the time that a fetch may take', async () => {
  const { source, heard } = await place((res, { body }, count) => {
    if (body.includes('mutation')) setTimeout(() => json(res, { data: { go: 'late' } }), 400);
    else if (count === 1) res.writeHead(503, { 'retry-after': '0' }).end();
    else json(res, { data: {} });
  }, { timeoutMs: 300 });
  await expect(source.prepare(query).run({}, new RequestContext())).resolves.toEqual({ data: {} });
  expect(source.stats).toMatchObject({ retries: 1, breaker: 'closed' });
  await expect(source.prepare(mutation).run({}, new RequestContext())).resolves.toEqual({ data: { go: 'late' } });
  expect(heard.length).toBe(3);
  const broken = await place((res) => res.socket!.destroy());
  await expect(broken.source.prepare(mutation).run({}, new RequestContext())).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  expect(broken.heard.length).toBe(1);
});

test('a subgraph that fails all the time is soon not asked, while its check still looks', async () => {
  const { source, heard } = await place((res, { body }) => (body.includes('__typename') ? json(res, { data: { __typename: 'Query' } }) : res.writeHead(500).end()), {
    resilience: { retries: 0, breaker: { consecutive: 3 } },
  });
  for (let i = 0; i < 8; i++) await expect(source.prepare(query).run({}, new RequestContext())).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  expect(heard.length).toBe(3);
  expect(source.stats).toMatchObject({ breaker: 'open', refused: 5 });
  expect(lines.filter((line) => line.includes('not asked for a while')).length).toBe(1);
  await source.check(new AbortController().signal);
  expect(heard.length).toBe(4);
});

describe('a served subgraph with a secret', () => {
  const subscription = { operation: 'subscription { saleChanged { change sale { number } } }', operationKind: 'subscription' } as const;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };
  async function served(secret?: string) {
    const graph = createGraph();
    const log = createLogger({ level: 'silent' });
    const subgraph = await serveSubgraph(graph.erp, { port: 0, log, secret: 'between the two of us' });
    const source = new RemoteSource({ name: 'erp', url: subgraph.url, wsUrl: subgraph.wsUrl, secret }, log);
    open.push(
      () => subgraph.close(),
      () => source.close(),
    );
    return { graph, source };
  }

  test('answers and streams to who knows it, and the stream ends upstream with its reader', async () => {
    const { graph, source } = await served('between the two of us');
    await source.check(new AbortController().signal);
    const answer = await source.prepare({ operation: '{ wallets }', operationKind: 'query' }).run({}, new RequestContext({ principal: { ...OPEN, wallets: ['w1', 'w2'] } }));
    expect(answer).toEqual({ data: { wallets: 'w1+w2' } });
    const { events } = await source.open(subscription, {}, new RequestContext());
    const next = events.next();
    await until(() => graph.changes.readers === 1);
    graph.changes.publish({ change: 'paid', id: 's1' });
    const event = (await next).value as (request: RequestContext) => Promise<unknown>;
    expect(await event(new RequestContext())).toEqual({ data: { saleChanged: { change: 'paid', sale: { number: '101' } } } });
    await events.return!();
    await until(() => graph.changes.readers === 0);
  });

  test('is not there for who does not', async () => {
    const { source } = await served();
    await expect(source.prepare({ operation: '{ wallets }', operationKind: 'query' }).run({}, new RequestContext())).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    await expect(source.check(new AbortController().signal)).rejects.toThrow('401');
  });

  test('refuses a subscription by an event of its own', async () => {
    const { source } = await served('between the two of us');
    const { events } = await source.open({ ...subscription, operation: 'subscription { saleChanged(id: "refused") { change } }' }, {}, new RequestContext());
    const event = (await events.next()).value as (request: RequestContext) => Promise<unknown>;
    expect(await event(new RequestContext())).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });
});

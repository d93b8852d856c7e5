// Answers in parts over HTTP, read by Apollo Client's own link: subscriptions and `@defer`, and what happens when either side leaves.
import { ApolloClient, ApolloLink, CombinedProtocolErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { IncrementalResult } from '../../gateway/execution/executable.ts';
import { OPEN } from '../../gateway/principal.ts';
import { refusal, type Result } from '../../gateway/result.ts';
import { PonteError } from '../../lib/errors.ts';
import { principal, startDoors, type OpenedDoors } from '../support/doors.ts';

const SUBSCRIPTION_TYPE = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0';

let doors: OpenedDoors;
beforeAll(async () => {
  doors = await startDoors({ keepAliveMs: 50 });
});
afterAll(() => doors.close({ timeoutMs: 100 }));
afterEach(() => {
  Object.assign(doors.engine, { caller: () => OPEN, big: undefined, parts: undefined });
});

function clientOf(url = doors.graphql) {
  return new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache(), incrementalHandler: new Defer20220824Handler() });
}

interface Told {
  data?: unknown;
  error?: unknown;
}
function watch(client: ApolloClient, text = 'subscription { ticks }') {
  const told: Told[] = [];
  let complete = false;
  const subscription = client.subscribe({ query: gql(text) }).subscribe({
    next: ({ data, error }) => void told.push({ ...(data === undefined ? {} : { data }), ...(error === undefined ? {} : { error }) }),
    complete: () => (complete = true),
  });
  return { told, stop: () => subscription.unsubscribe(), completed: () => complete };
}
const readers = (count: number, of = doors) => vi.waitFor(() => expect(of.engine.ticks.readers).toBe(count));

describe('a subscription over multipart HTTP', () => {
  test('Apollo Client gets every event, with heartbeats between, and its leaving ends the stream', async () => {
    const seen = watch(clientOf());
    await readers(1);
    doors.engine.ticks.publish({ ticks: 1 });
    await vi.waitFor(() => expect(seen.told).toEqual([{ data: { ticks: 1 } }]));
    doors.engine.ticks.publish({ ticks: 2 });
    await vi.waitFor(() => expect(seen.told).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]));
    expect(doors.load.streams).toBe(1);
    seen.stop();
    await readers(0);
    await vi.waitFor(() => expect(doors.load.streams).toBe(0));
    expect(doors.engine.seen.streams.at(-1)).toMatchObject({ door: 'multipart', principal: OPEN });
    expect(doors.engine.seen.streams.at(-1)!.signal.aborted).toBe(true);
  });

  test('the bytes are those of the protocol', async () => {
    const body: string[] = [];
    const request = httpRequest(doors.graphql, { method: 'POST', headers: { 'content-type': 'application/json', accept: SUBSCRIPTION_TYPE } }, (response: IncomingMessage) => {
      expect(response.headers['content-type']).toBe('multipart/mixed; boundary="graphql"; subscriptionSpec=1.0');
      response.setEncoding('utf8').on('data', (text: string) => body.push(text));
    }).end('{"query":"subscription { ticks }"}');
    await readers(1);
    doors.engine.ticks.publish({ ticks: 7 });
    await vi.waitFor(() => expect(body.join('')).toContain('{}'));
    expect(body.join('').replaceAll(/content-type: application\/json; charset=utf-8\r\n\r\n\{\}\r\n--graphql\r\n/g, '')).toBe(
      '\r\n--graphql\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{"payload":{"data":{"ticks":7}}}\r\n--graphql\r\n',
    );
    request.destroy();
    await readers(0);
  });

  test('the end of the source completes the client', async () => {
    doors.engine.big = (async function* () {
      yield { text: '{"data":{"big":"é"}}', encoding: 'utf8', errors: [], refused: false } satisfies Result;
      yield { text: Buffer.from('{"data":{"big":"ü😀"}}').toString('latin1'), encoding: 'latin1', errors: [], refused: false } satisfies Result;
    })();
    const seen = watch(clientOf(), 'subscription { big }');
    await vi.waitFor(() => expect(seen.completed()).toBe(true));
    expect(seen.told).toEqual([{ data: { big: 'é' } }, { data: { big: 'ü😀' } }]);
  });

  test('a refusal is a plain answer with a status', async () => {
    const seen = watch(clientOf(), 'subscription { ticks(from: "x") }');
    await vi.waitFor(() => expect(seen.completed()).toBe(true));
    expect(String(seen.told[0]!.error)).toContain('Int cannot represent');
    doors.engine.caller = () => {
      throw new PonteError('UNAUTHENTICATED', 'A key is needed');
    };
    const response = await fetch(doors.graphql, { method: 'POST', headers: { 'content-type': 'application/json', accept: SUBSCRIPTION_TYPE }, body: '{"query":"subscription { ticks }"}' });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ message: 'A key is needed' }] });
  });

  test('a credential that ends, ends the stream with an error of the transport', async () => {
    const credential = new AbortController();
    doors.engine.caller = () => principal({ ended: credential.signal });
    const seen = watch(clientOf());
    await readers(1);
    credential.abort();
    await readers(0);
    await vi.waitFor(() => expect(seen.completed()).toBe(true));
    const { error } = seen.told[0]!;
    expect(CombinedProtocolErrors.is(error) && error.errors).toEqual([expect.objectContaining({ message: 'Credential ended', extensions: expect.objectContaining({ code: 'UNAUTHENTICATED' }) })]);
  });

  test('a reload and a shutdown end the stream with their reason', async () => {
    const other = await startDoors();
    const one = watch(clientOf(other.graphql));
    await readers(1, other);
    other.reload('The graph has changed');
    await readers(0, other);
    await vi.waitFor(() => expect(String(one.told[0]?.error)).toContain('The graph has changed'));
    expect((one.told[0]!.error as CombinedProtocolErrors).errors[0]?.extensions).toEqual({ code: 'GRAPH_RELOADED', retryable: true });
    const two = watch(clientOf(other.graphql));
    await readers(1, other);
    await other.close({ timeoutMs: 2_000 });
    await vi.waitFor(() => expect(String(two.told[0]?.error)).toContain('The server is shutting down'));
    await readers(0, other);
  });

  test('a client that reads slowly is not queued for: the source is asked again when there is room', async () => {
    let pulled = 0;
    const text = JSON.stringify({ data: { big: 'x'.repeat(256 * 1024) } });
    doors.engine.big = (async function* () {
      for (;;) {
        pulled++;
        yield { text, encoding: 'utf8', errors: [], refused: false } satisfies Result;
      }
    })();
    const response = await new Promise<IncomingMessage>((resolve) =>
      httpRequest(doors.graphql, { method: 'POST', headers: { 'content-type': 'application/json', accept: SUBSCRIPTION_TYPE } }, resolve).end('{"query":"subscription { big }"}'),
    );
    response.pause();
    // Full once the source is not asked again for many turns of the event loop.
    let before = -1;
    await vi.waitFor(
      () => {
        const stalled = pulled === before;
        before = pulled;
        expect(stalled && pulled > 0).toBe(true);
      },
      { interval: 200, timeout: 10_000 },
    );
    expect(pulled).toBeLessThan(100);
    response.resume();
    await vi.waitFor(() => expect(pulled).toBeGreaterThan(before + 20));
    response.destroy();
    await vi.waitFor(() => expect(doors.load.streams).toBe(0));
  });

  test('a subscription is not for who reads whole answers only', async () => {
    const response = await fetch(doors.graphql, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: '{"query":"subscription { ticks }"}' });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(doors.engine.ticks.readers).toBe(0);
  });
});

describe('@defer over multipart HTTP', () => {
  const DEFERRED = gql('query { hello ... @defer(label: "rest") { list { items } } }');
  const piece = (value: object, hasNext: boolean): IncrementalResult => ({ text: JSON.stringify({ ...value, hasNext }), encoding: 'utf8', errors: [], hasNext });

  test('Apollo Client reads the parts as they come', async () => {
    let deliver: () => void = () => undefined;
    doors.engine.parts = async function* () {
      yield piece({ data: { hello: 'é' } }, true);
      await new Promise<void>((resolve) => (deliver = resolve));
      yield piece({ incremental: [{ label: 'rest', path: [], data: { list: { items: [1, 2], __typename: 'List' } } }] }, false);
    };
    const told: unknown[] = [];
    const client = clientOf();
    const query = client.watchQuery({ query: DEFERRED, fetchPolicy: 'no-cache' });
    const subscription = query.subscribe(({ data, loading }) => void (loading && data === undefined ? 0 : told.push(data)));
    await vi.waitFor(() => expect(told).toEqual([{ hello: 'é' }]));
    deliver();
    await vi.waitFor(() => expect(told.at(-1)).toEqual({ hello: 'é', list: { items: [1, 2], __typename: 'List' } }));
    subscription.unsubscribe();
  });

  test('the bytes end with the closing delimiter, and the request ends with them', async () => {
    doors.engine.parts = async function* () {
      yield piece({ data: { hello: 'a' } }, true);
      yield piece({ incremental: [] }, false);
    };
    const { begun, ended } = doors.engine.seen;
    const response = await fetch(doors.graphql, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' }, body: '{"query":"{ hello ... @defer { list { items } } }"}' });
    expect(response.headers.get('content-type')).toBe('multipart/mixed; boundary="-"; deferSpec=20220824');
    const part = (text: string) => `content-type: application/json; charset=utf-8\r\n\r\n${text}\r\n`;
    expect(await response.text()).toBe(`\r\n---\r\n${part('{"data":{"hello":"a"},"hasNext":true}')}---\r\n${part('{"incremental":[],"hasNext":false}')}-----\r\n`);
    await vi.waitFor(() => expect([doors.engine.seen.begun - begun, doors.engine.seen.ended - ended]).toEqual([1, 1]));
  });

  test('who leaves between two parts stops the work', async () => {
    let stopped = false;
    let wait: () => void = () => undefined;
    doors.engine.parts = () => {
      const parts = [piece({ data: { hello: 'a' } }, true)];
      const generator = {
        next: () => (parts.length > 0 ? Promise.resolve({ done: false as const, value: parts.shift()! }) : new Promise<never>(() => wait())),
        return: async () => {
          stopped = true;
          return { done: true as const, value: undefined };
        },
        throw: (error: unknown) => Promise.reject(error),
        [Symbol.asyncIterator]: () => generator,
      };
      return generator as unknown as AsyncGenerator<IncrementalResult, void, void>;
    };
    const waiting = new Promise<void>((resolve) => (wait = resolve));
    const leaving = new AbortController();
    const response = await fetch(doors.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' },
      body: '{"query":"{ hello ... @defer { list { items } } }"}',
      signal: leaving.signal,
    });
    await waiting;
    leaving.abort();
    await vi.waitFor(() => expect(stopped).toBe(true));
    expect(response.status).toBe(200);
    await vi.waitFor(() => expect(String(doors.engine.seen.aborted.at(-1))).toContain('The client closed'));
  });

  test('a refusal is a plain answer', async () => {
    doors.engine.executeIncremental = async () => refusal([{ message: 'Too dear', extensions: { code: 'QUERY_TOO_EXPENSIVE' } }]);
    const link = new HttpLink({ uri: doors.graphql });
    const answer = new Promise((resolve) => {
      const observable = ApolloLink.execute(link, { query: DEFERRED, context: { http: { accept: ['multipart/mixed;deferSpec=20220824'] } } }, { client: clientOf() });
      observable.subscribe({ next: resolve, error: resolve });
    });
    expect(await answer).toEqual({ errors: [{ message: 'Too dear', extensions: { code: 'QUERY_TOO_EXPENSIVE' } }] });
  });
});

test('a GET may open a stream too', async () => {
  const response = await new Promise<IncomingMessage>((resolve) =>
    httpGet(`${doors.graphql}?query=${encodeURIComponent('subscription { ticks }')}`, { headers: { accept: SUBSCRIPTION_TYPE, 'apollo-require-preflight': '1' } }, resolve),
  );
  expect(response.headers['content-type']).toMatch(/^multipart/);
  response.destroy();
  await readers(0);
});

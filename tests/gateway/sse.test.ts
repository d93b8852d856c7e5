// Streams as server-sent events, read by graphql-sse's own client.
import { createClient, type Client } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { OPEN } from '../../gateway/principal.ts';
import type { Result } from '../../gateway/result.ts';
import { PonteError } from '../../lib/errors.ts';
import { principal, startDoors, type OpenedDoors } from '../support/doors.ts';

let doors: OpenedDoors;
const clients: Client[] = [];
beforeAll(async () => {
  doors = await startDoors({ keepAliveMs: 50 });
});
afterAll(async () => {
  for (const client of clients) client.dispose();
  await doors.close({ timeoutMs: 100 });
});
afterEach(() => {
  Object.assign(doors.engine, { caller: () => OPEN, big: undefined });
});

function watch(query: string, { url = doors.graphql, retryAttempts = 0, variables = {} }: { url?: string; retryAttempts?: number; variables?: Record<string, unknown> } = {}) {
  const client = createClient({ url, retryAttempts, retry: async () => undefined });
  clients.push(client);
  const events: unknown[] = [];
  let stop = () => {};
  const ended = new Promise<'complete' | { error: unknown }>((resolve) => {
    stop = client.subscribe({ query, variables }, { next: (event) => void events.push(event), error: (error) => resolve({ error }), complete: () => resolve('complete') });
  });
  return { events, ended, stop: () => stop() };
}
const readers = (count: number, of = doors) => vi.waitFor(() => expect(of.engine.ticks.readers).toBe(count));

test.each(['', '/stream'])('events arrive on /graphql%s, and leaving ends the stream', async (path) => {
  const seen = watch('subscription { ticks }', { url: `${doors.graphql}${path}` });
  await readers(1);
  doors.engine.ticks.publish({ ticks: 1 });
  doors.engine.ticks.publish({ ticks: 2 });
  await vi.waitFor(() => expect(seen.events).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]));
  expect(doors.engine.seen.streams.at(-1)).toMatchObject({ door: 'sse' });
  seen.stop();
  await readers(0);
  await vi.waitFor(() => expect(doors.load.streams).toBe(0));
});

test('queries and mutations travel as one event', async () => {
  const seen = watch('query ($n: String) { hello(name: $n) }', { variables: { n: 'Ana' } });
  expect(await seen.ended).toBe('complete');
  expect(seen.events).toEqual([{ data: { hello: 'Olá, Ana' } }]);
});

test('a document that is wrong is told in the stream, a caller that is unknown by the status', async () => {
  const wrong = watch('subscription { nothing }');
  expect(await wrong.ended).toBe('complete');
  expect(wrong.events).toEqual([{ errors: [expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })] }]);
  doors.engine.caller = () => {
    throw new PonteError('UNAUTHENTICATED', 'A key is needed');
  };
  const response = await fetch(doors.graphql, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream' }, body: '{"query":"subscription { ticks }"}' });
  expect(response.status).toBe(401);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
});

test('line breaks inside an answer do not break the event', async () => {
  doors.engine.big = (async function* () {
    yield { text: '{\n "data": {\r\n  "big": "a\\nb" }\n}', encoding: 'utf8', errors: [], refused: false } satisfies Result;
  })();
  const seen = watch('subscription { big }');
  expect(await seen.ended).toBe('complete');
  expect(seen.events).toEqual([{ data: { big: 'a\nb' } }]);
});

test('an EventSource reads it by GET, with heartbeats', async () => {
  const url = `${doors.graphql}/stream?query=${encodeURIComponent('subscription { ticks }')}`;
  expect((await fetch(url)).status).toBe(400);
  const leaving = new AbortController();
  // What the browser says of a page of the same origin.
  const response = await fetch(url, { headers: { 'sec-fetch-site': 'same-origin' }, signal: leaving.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.endsWith(':\n\n:\n\n')) text += (await reader.read()).value ?? '';
  leaving.abort();
  await readers(0);
});

test('a credential that ends completes the stream with the reason', async () => {
  const credential = new AbortController();
  doors.engine.caller = () => principal({ ended: credential.signal });
  const seen = watch('subscription { ticks }', { retryAttempts: 3 });
  await readers(1);
  credential.abort();
  expect(await seen.ended).toBe('complete');
  expect(seen.events).toEqual([{ errors: [expect.objectContaining({ message: 'Credential ended' })] }]);
  await readers(0);
});

test('after a reload the client is back by itself', async () => {
  const seen = watch('subscription { ticks }', { retryAttempts: 3 });
  await readers(1);
  const before = doors.engine.seen.streams.length;
  doors.reload('The graph has changed');
  await vi.waitFor(() => expect(doors.engine.seen.streams.length).toBe(before + 1));
  await readers(1);
  doors.engine.ticks.publish({ ticks: 3 });
  await vi.waitFor(() => expect(seen.events).toEqual([{ data: { ticks: 3 } }]));
  seen.stop();
  await readers(0);
});

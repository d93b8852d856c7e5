// `@defer` through the whole gateway: Apollo Client asks over HTTP, the plan crosses subgraphs, in this process or behind HTTP.
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type Running, type Topology } from '../support/gateway-server.ts';

describe.each<Topology>(['local', 'remote'])('subgraphs: %s', (topology) => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway(topology);
  });
  afterAll(() => running.close());

  const client = () =>
    new ApolloClient({ link: new HttpLink({ uri: `${running.gateway.url}/graphql` }), cache: new InMemoryCache(), incrementalHandler: new Defer20220824Handler() });

  test('Apollo Client shows what is there, then the rest', async () => {
    const query = gql('query Deferred($first: Int, $later: Boolean! = true) { sales(first: $first) { id number ... @defer(if: $later, label: "who") { contact { id name greeting(word: "Oi") } } } }');
    const seen: unknown[] = [];
    const reading = client();
    await new Promise<void>((resolve, reject) => {
      const watch = reading.watchQuery({ query, variables: { first: 2 } }).subscribe({
        next: ({ data, dataState, error }) => {
          if (error) reject(error);
          if (data !== undefined) seen.push(JSON.parse(JSON.stringify(data)));
          if (dataState === 'complete') {
            watch.unsubscribe();
            resolve();
          }
        },
        error: reject,
      });
    });
    reading.stop();
    expect(seen[0]).toMatchObject({ sales: [{ id: 's0', number: '100' }, { id: 's1', number: '101' }] });
    expect(JSON.stringify(seen[0])).not.toContain('Pessoa');
    expect(seen.at(-1)).toMatchObject({ sales: [{ contact: { name: 'Pessoa 0', greeting: expect.any(String) } }, { contact: { name: 'Pessoa 1' } }] });
  });

  test('who does not take parts gets everything at once', async () => {
    const { data } = await running.ask('{ sale(id: "s0") { id ... @defer { contact { name } } } }');
    expect(data).toEqual({ sale: { id: 's0', contact: { name: 'Pessoa 0' } } });
  });

  test('a client that leaves between two parts stops the work behind them', async () => {
    running.graph.crmDelayMs = 60_000;
    const aborted = running.graph.aborted;
    const leaving = new AbortController();
    const response = await fetch(`${running.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' },
      body: JSON.stringify({ query: '{ sale(id: "s1") { id ... @defer { contact { name } } } }' }),
      signal: leaving.signal,
    });
    const reader = response.body!.getReader();
    let text = '';
    while (!text.includes('{"data":{"sale":{"id":"s1"}},"hasNext":true}')) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`The answer ended early: ${text}`);
      text += new TextDecoder().decode(value);
    }
    await expect.poll(() => running.graph.waiting).toBe(1);
    leaving.abort();
    await expect.poll(() => running.graph.aborted).toBe(aborted + 1);
    running.graph.crmDelayMs = 0;
    await reader.cancel().catch(() => undefined);
  });
});

// Queries and mutations through the gateway: the same answers in process and over HTTP, and honest partial answers.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { OPEN } from '../../gateway/principal.ts';
import { SECRET } from '../support/gateway-graph.ts';
import { authBy, startGateway, type Running, type Topology } from '../support/gateway-server.ts';

const JOINED = '{ sales(first: 3) { id number total contact { id name sales { id } } } }';

describe.each<Topology>(['local', 'remote'])('queries, subgraphs %s', (topology) => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway(topology);
  });
  afterAll(() => running.close());
  beforeEach(() => {
    const { graph, log } = running;
    Object.assign(graph, { crmDelayMs: 0, onContact: () => undefined });
    graph.gone.clear();
    log.lines.length = 0;
  });

  test('a query joins both subgraphs', async () => {
    const { status, data, errors } = await running.ask(JOINED);
    expect(errors).toBeUndefined();
    expect(status).toBe(200);
    expect(data).toEqual({
      sales: [
        { id: 's0', number: '100', total: '00.50', contact: { id: 'c0', name: 'Pessoa 0', sales: [{ id: 's0' }, { id: 's2' }] } },
        { id: 's1', number: '101', total: '10.50', contact: { id: 'c1', name: 'Pessoa 1', sales: [{ id: 's1' }, { id: 's3' }] } },
        { id: 's2', number: '102', total: '20.50', contact: { id: 'c0', name: 'Pessoa 0', sales: [{ id: 's0' }, { id: 's2' }] } },
      ],
    });
  });

  test('aliases, fragments, variables and directives keep their meaning', async () => {
    const query = `query Q($word: String!, $no: Boolean!) {
      first: sale(id: "s0") { ...S } second: sale(id: "s1") { ...S }
    } fragment S on Sale { n: number contact { hello: greeting(word: $word) phones @skip(if: $no) __typename } }`;
    const { data, errors } = await running.ask(query, { word: 'Oi', no: true });
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      first: { n: '100', contact: { hello: 'Oi, Pessoa 0', __typename: 'Contact' } },
      second: { n: '101', contact: { hello: 'Oi, Pessoa 1', __typename: 'Contact' } },
    });
  });

  test('a mutation answers with joined fields', async () => {
    const { data, errors } = await running.ask('mutation { rename(id: "s3", number: "999") { number contact { name } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ rename: { number: '999', contact: { name: 'Pessoa 1' } } });
  });

  test('what a subgraph says on purpose reaches the client with its code and hint', async () => {
    const { data, errors } = await running.ask('{ politeFailure sale(id: "s0") { id } }');
    expect(data).toEqual({ politeFailure: null, sale: { id: 's0' } });
    expect(errors).toEqual([{ message: 'A run is under way', path: ['politeFailure'], extensions: { code: 'CONFLICT', hint: 'Wait for it.' } }]);
  });

  test('what a subgraph did not foresee is hidden from the client and kept in the log', async () => {
    const { data, errors } = await running.ask('{ secretFailure }');
    expect(data).toEqual({ secretFailure: null });
    expect(errors).toEqual([{ message: expect.any(String), path: ['secretFailure'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(JSON.stringify(errors)).not.toMatch(new RegExp(`ECONNREFUSED|hunter2|10\\.0\\.0\\.1|${SECRET}|at .*\\.ts`));
    expect(running.log.lines.filter(({ text }) => text.includes('ECONNREFUSED'))).toHaveLength(1);
  });

  test('a null in a place that allows none comes with an error', async () => {
    const { data, errors } = await running.ask('{ brokenPromise }');
    expect(data).toBeNull();
    expect(errors?.length).toBeGreaterThan(0);
    expect(errors![0]!.path).toEqual(['brokenPromise']);
  });

  test('a reference whose other end is gone is null, in silence', async () => {
    running.graph.gone.add('c0');
    const { data, errors } = await running.ask('{ sales(first: 2) { id contact { name } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ sales: [{ id: 's0', contact: null }, { id: 's1', contact: { name: 'Pessoa 1' } }] });
  });

  test('an answer that is lost because a reference is gone says so', async () => {
    const { data, errors } = await running.ask('{ vanished { name } }');
    expect(data).toBeNull();
    expect(errors).toEqual([expect.objectContaining({ path: ['vanished', 'name'], extensions: { code: 'NOT_FOUND' } })]);
  });

  test('an error inside an entity stands at its place in the answer', async () => {
    running.graph.onContact = (id) => {
      if (id === 'c1') throw new Error('broken row');
    };
    const { data, errors } = await running.ask('{ sales(first: 2) { id contact { name } } }');
    expect(data).toEqual({ sales: [{ id: 's0', contact: { name: 'Pessoa 0' } }, { id: 's1', contact: null }] });
    expect(errors).toHaveLength(1);
    expect(errors![0]!.path?.slice(0, 3)).toEqual(['sales', 1, 'contact']);
    expect(errors![0]!.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  });

  test('a context is made once per request and subgraph, however many fetches it takes', async () => {
    running.graph.contexts.erp = running.graph.contexts.crm = 0;
    await running.ask('{ contact(id: "c0") { name sales { contact { phones } } } }');
    // Two fetches of the crm: over HTTP each is a request of its own, in process they share one set of loaders.
    expect(running.graph.contexts).toEqual(topology === 'local' ? { erp: 1, crm: 1 } : { erp: 1, crm: 2 });
  });

  test.each([
    ['{ sales { nothing } }', 'GRAPHQL_VALIDATION_FAILED', 400],
    ['{ sales {', 'GRAPHQL_PARSE_FAILED', 400],
    ['query ($n: Int!) { sales(first: $n) { id } }', 'BAD_USER_INPUT', 400],
    ['subscription { saleChanged { change } }', 'BAD_USER_INPUT', 400],
  ])('%s is refused with %s', async (query, code, status) => {
    const answer = await running.ask(query);
    expect(answer.errors?.[0]?.extensions.code).toBe(code);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer)).not.toContain('stacktrace');
  });

  test('a client that leaves stops the work behind it', async () => {
    running.graph.crmDelayMs = 60_000;
    running.graph.aborted = 0;
    const leaving = new AbortController();
    const asked = fetch(`${running.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ sale(id: "s0") { contact { name } } }' }),
      signal: leaving.signal,
    });
    const refused = expect(asked).rejects.toThrow();
    await vi.waitFor(() => expect(running.graph.waiting).toBe(1));
    expect(running.gateway.load.requests).toBe(1);
    leaving.abort();
    await refused;
    await vi.waitFor(() => expect(running.graph).toMatchObject({ waiting: 0, aborted: 1 }));
    await vi.waitFor(() => expect(running.gateway.load.requests).toBe(0));
  });
});

describe.each<Topology>(['local', 'remote'])('deadlines, subgraphs %s', (topology) => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway(topology, { deadlineMs: 400 });
  });
  afterAll(() => running.close());

  test('a slow subgraph costs its own fields only, each told by its path', async () => {
    running.graph.crmDelayMs = 60_000;
    const { data, errors } = await running.ask('{ sales(first: 2) { id contact { id name phones } } }');
    expect(data).toEqual({ sales: [{ id: 's0', contact: null }, { id: 's1', contact: null }] });
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual([
      ['sales.0.contact.name', 'DEADLINE_EXCEEDED'],
      ['sales.0.contact.phones', 'DEADLINE_EXCEEDED'],
      ['sales.1.contact.name', 'DEADLINE_EXCEEDED'],
      ['sales.1.contact.phones', 'DEADLINE_EXCEEDED'],
    ]);
    await vi.waitFor(() => expect(running.graph.waiting).toBe(0));
    expect(running.gateway.load.requests).toBe(0);
  });

  test('a mutation may take longer: it may wait for a provider', async () => {
    running.graph.crmDelayMs = 700;
    expect(await running.ask('mutation { wait }')).toEqual({ status: 200, data: { wait: 'waited' } });
  });

  test('a root field of a slow subgraph is null beside the others', async () => {
    running.graph.crmDelayMs = 60_000;
    const { data, errors } = await running.ask('{ slow sale(id: "s0") { id } }');
    expect(data).toEqual({ slow: null, sale: { id: 's0' } });
    expect(errors).toEqual([expect.objectContaining({ path: ['slow'], extensions: expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }) })]);
  });
});

describe('a subgraph that is down', () => {
  test('gives partial data, one error per place, and no word about where it was', async () => {
    const running = await startGateway('remote');
    try {
      await running.served['crm']!.close();
      const { status, data, errors } = await running.ask('{ sales(first: 2) { id contact { id name } } slow }');
      expect(status).toBe(200);
      expect(data).toEqual({ sales: [{ id: 's0', contact: null }, { id: 's1', contact: null }], slow: null });
      expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual(
        expect.arrayContaining([
          ['slow', 'SUBGRAPH_UNAVAILABLE'],
          ['sales.0.contact.name', 'SUBGRAPH_UNAVAILABLE'],
          ['sales.1.contact.name', 'SUBGRAPH_UNAVAILABLE'],
        ]),
      );
      expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|ECONN|crm|serviceName|\.ts/);
      expect(running.log.lines.some(({ level, text }) => level === 'warn' && text.includes('did not answer'))).toBe(true);
    } finally {
      await running.close();
    }
  });

  test('answers that are not GraphQL count as no answer', async () => {
    const running = await startGateway('remote', {});
    try {
      const { port } = running.served['crm']!;
      await running.served['crm']!.close();
      const { createServer } = await import('node:http');
      const impostor = createServer((_req, res) => void res.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway at http://internal.host</html>'));
      await new Promise<void>((resolve) => impostor.listen(port, '127.0.0.1', resolve));
      const { data, errors } = await running.ask('{ sale(id: "s0") { id contact { name } } }');
      expect(data).toEqual({ sale: { id: 's0', contact: null } });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SUBGRAPH_UNAVAILABLE']);
      expect(JSON.stringify(errors)).not.toMatch(/internal|502|html/);
      impostor.closeAllConnections();
      await new Promise((resolve) => impostor.close(resolve));
    } finally {
      await running.close();
    }
  });
});

describe('who sees what', () => {
  test.each<Topology>(['local', 'remote'])('the wallets of the caller travel to subgraphs %s', async (topology) => {
    const running = await startGateway(topology, { auth: authBy(({ headers }) => ({ ...OPEN, wallets: headers['x-test'] === 'few' ? ['w1', 'w2'] : 'all' })) });
    try {
      expect((await running.ask('{ wallets }')).data).toEqual({ wallets: 'all' });
      expect((await running.ask('{ wallets }', {}, { 'x-test': 'few' })).data).toEqual({ wallets: 'w1+w2' });
    } finally {
      await running.close();
    }
  });

  test('a subgraph that is asked without the header shows nothing', async () => {
    const running = await startGateway('remote');
    try {
      const response = await fetch(running.served['erp']!.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ wallets }"}' });
      expect(await response.json()).toEqual({ data: { wallets: '' } });
    } finally {
      await running.close();
    }
  });
});

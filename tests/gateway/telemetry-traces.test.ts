// Traces from the client to the SQL, as a collector gets them over OTLP, in both topologies.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTracing, traceStatements } from '../../cli/tracing.ts';
import { createTelemetry } from '../../gateway/telemetry/index.ts';
import { serveSubgraph } from '../../lib/graphql/serve.ts';
import type { Tracing } from '../../lib/tracing.ts';
import { createGestaoClickSubgraph } from '../../subgraphs/gestao-click/index.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import { createGateway, type Gateway, type SubgraphPlace } from '../../gateway/index.ts';
import { compose } from '../../tools/compose.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createLogBook, type Topology } from '../support/gateway-server.ts';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}
interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly service: string;
}
interface Export {
  readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly Attribute[] }; readonly scopeSpans: readonly { readonly spans: readonly Omit<CollectedSpan, 'service'>[] }[] }[];
}

const spans: CollectedSpan[] = [];
const seenHeaders: unknown[] = [];
let collector: Server;
let endpoint: string;
let database: TestDatabase;
const log = createLogBook();

const of = (span: CollectedSpan, key: string) => span.attributes.find((one) => one.key === key)?.value.stringValue;

beforeAll(async () => {
  collector = createServer((req, res) => {
    void (async () => {
      seenHeaders.push(req.headers.authorization);
      const { resourceSpans } = JSON.parse(await text(req)) as Export;
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        for (const { spans: found } of scopeSpans) spans.push(...found.map((span) => ({ ...span, service })));
      }
      res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    })();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;
  database = await createTestDatabase();
});
afterAll(async () => {
  collector.close();
  await database.drop();
});

interface Stage {
  readonly gateway: Gateway;
  close(): Promise<void>;
}

async function open(topology: Topology, ratio = 1): Promise<Stage> {
  const start = (service: string): Tracing => startTracing({ endpoint, headers: { authorization: 'Bearer collector' }, ratio }, { service, version: '1' });
  const ofGateway = start('ponte-gateway');
  const ofSubgraphs = topology === 'local' ? ofGateway : start('ponte-subgraph');
  const stop = traceStatements(database, ofSubgraphs);
  const subgraphs = [createGestaoClickSubgraph({ database, log }), createKommoSubgraph({ database, log })];
  const served = topology === 'local' ? [] : await Promise.all(subgraphs.map((subgraph) => serveSubgraph(subgraph, { port: 0, log, tracing: ofSubgraphs })));
  const places = subgraphs.map((subgraph, i): [string, SubgraphPlace] => [subgraph.name, topology === 'local' ? { kind: 'local', subgraph } : { kind: 'remote', url: served[i]!.url }]);
  const telemetry = createTelemetry({ log, tracing: ofGateway, processMetrics: false });
  const gateway = await createGateway({ supergraphSdl: compose(subgraphs).supergraphSdl, subgraphs: Object.fromEntries(places), log, host: '127.0.0.1', port: 0, production: false, telemetry });
  return {
    gateway,
    async close() {
      await gateway.close({ timeoutMs: 500 });
      await Promise.all(served.map((server) => server.close({ timeoutMs: 500 })));
      stop();
      await Promise.all([ofGateway.close(), ofSubgraphs === ofGateway ? undefined : ofSubgraphs.close()]);
    },
  };
}

const ask = (gateway: Gateway, query: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables: { text: 'hunter22' } }) }).then((response) => response.json() as Promise<unknown>);

const TRACE = 'a'.repeat(32);
const QUERY = 'query Both($text: String) { sales(first: 2, filter: { search: $text }) { nodes { number } } pipelines { name } }';

describe.each(['local', 'remote'] as const)('a trace, %s', (topology) => {
  test('goes from the client to the SQL', async () => {
    spans.length = 0;
    const { gateway, close } = await open(topology);
    const answer = await ask(gateway, QUERY, { traceparent: `00-${TRACE}-${'b'.repeat(16)}-01`, 'x-request-id': 'req-7' });
    expect(answer).not.toHaveProperty('errors');
    await close();
    await vi.waitFor(() => expect(spans.some(({ name }) => name === 'query')).toBe(true));
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const operation = spans.find(({ name }) => name === 'query')!;
    expect(operation).toMatchObject({ traceId: TRACE, parentSpanId: 'b'.repeat(16), service: 'ponte-gateway' });
    expect([of(operation, 'graphql.operation.name'), of(operation, 'graphql.operation.type'), of(operation, 'graphql.operation.hash')]).toEqual(['Both', 'query', expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(JSON.stringify(operation.attributes)).toContain('req-7');
    const fetches = spans.filter(({ name }) => name.startsWith('fetch '));
    expect(fetches.map(({ name }) => name).sort()).toEqual(['fetch gestao-click', 'fetch kommo']);
    expect(fetches.every(({ parentSpanId }) => parentSpanId === operation.spanId)).toBe(true);
    const statements = spans.filter((span) => of(span, 'db.query.text') !== undefined);
    expect(statements.length).toBeGreaterThanOrEqual(2);
    for (const statement of statements) {
      expect([statement.traceId, statement.name]).toEqual([TRACE, 'SELECT']);
      const names: string[] = [];
      for (let at = byId.get(statement.parentSpanId ?? ''); at; at = byId.get(at.parentSpanId ?? '')) names.push(at.name.split(' ')[0]!);
      expect(names).toEqual(topology === 'local' ? ['fetch', 'query'] : ['subgraph', 'fetch', 'query']);
    }
    if (topology === 'remote') {
      // Fetches side by side each send their own span.
      const entrances = spans.filter(({ name }) => name.startsWith('subgraph '));
      expect(entrances.every(({ name, parentSpanId }) => byId.get(parentSpanId ?? '')?.name === name.replace('subgraph', 'fetch'))).toBe(true);
      expect(new Set(entrances.map(({ parentSpanId }) => parentSpanId)).size).toBe(2);
    }
    expect(JSON.stringify(spans)).not.toContain('hunter22');
    expect(seenHeaders.every((header) => header === 'Bearer collector')).toBe(true);
  });
});

describe('traces', () => {
  test('begin here where the caller has none or sends nonsense, and tell of failures', async () => {
    spans.length = 0;
    const { gateway, close } = await open('local');
    await ask(gateway, '{ nothing }', { traceparent: '00-zz-1' });
    await close();
    await vi.waitFor(() => expect(spans).toHaveLength(1));
    expect(spans[0]!.parentSpanId ?? '').toBe('');
    expect(of(spans[0]!, 'error.type')).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('are made for a share of the requests', async () => {
    spans.length = 0;
    const { gateway, close } = await open('local', 0);
    await ask(gateway, '{ pipelines { name } }');
    await close();
    expect(spans).toEqual([]);
  });

  test('a collector that is down costs nothing but the traces', async () => {
    const tracing = startTracing({ endpoint: 'http://127.0.0.1:9', headers: {}, ratio: 1 }, { service: 'x', version: '1' });
    tracing.begin('alone', 'internal').end();
    await tracing.close();
  });
});

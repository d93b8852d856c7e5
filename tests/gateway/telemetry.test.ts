// What the gateway tells about itself: lines in the log, figures for Prometheus, the plan for who may see it.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { OPEN, type Principal } from '../../gateway/principal.ts';
import { createTelemetry, type Telemetry } from '../../gateway/telemetry/index.ts';
import { OperationLabels, OTHER, safeName } from '../../gateway/telemetry/operation-labels.ts';
import { unauthenticated } from '../../gateway/auth/credential.ts';
import { authBy, createLogBook, startGateway, watch, type Running, type Topology } from '../support/gateway-server.ts';

const JOINED = 'query Joined($n: Int) { sales(first: $n) { id contact { name } } }';
const CALLERS: Readonly<Record<string, Principal>> = {
  reader: { id: 'key:reader', scopes: new Set(['erp:read']), wallets: ['w1', 'w2'] },
  scraper: { id: 'key:scraper', scopes: new Set(['metrics:read']), wallets: [] },
  admin: { id: 'key:admin', scopes: new Set(['admin']), wallets: 'all' },
};

/** The value of the first series whose line begins with this name and holds these labels. */
function figure(text: string, name: string, ...labels: string[]): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(name) && /[{ ]/.test(one[name.length]!) && labels.every((label) => one.includes(label)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

describe.each(['local', 'remote'] as const)('a gateway with telemetry, %s', (topology: Topology) => {
  let running: Running;
  let telemetry: Telemetry;
  const log = createLogBook();
  const told = () => log.lines.filter(({ text }) => text.startsWith('An operation was answered'));
  const last = () => JSON.parse(told().at(-1)!.text.slice('An operation was answered '.length)) as Record<string, unknown>;
  beforeAll(async () => {
    telemetry = createTelemetry({ log, operations: 'all', countedAfter: 1, processMetrics: false, version: '1.2.3', outside: async () => [{ name: 'ponte_sync_runs', help: 'Runs', values: [{ labels: { status: 'FAILED' }, value: 7 }] }] });
    const auth = authBy(({ headers }) => {
      const who = headers['x-who'];
      if (who === 'nobody') throw unauthenticated('Say who you are');
      return CALLERS[String(who)] ?? OPEN;
    });
    running = await startGateway(topology, { telemetry, auth });
  });
  afterAll(() => running.close());

  test('writes one line for an operation, with names and numbers, and no values of the client', async () => {
    await running.ask(JOINED, { n: 2 }, { 'x-who': 'reader', 'x-request-id': 'req-1' });
    expect(last()).toMatchObject({ request: 'req-1', door: 'http', kind: 'query', operation: 'Joined', principal: 'key:reader', wallets: ['w1', 'w2'], fetches: 2, hash: expect.stringMatching(/^[0-9a-f]{16}$/), ms: expect.any(Number) });
    expect(last()).not.toHaveProperty('codes');
    await running.ask('query Fails { a: politeFailure }', { secret: 'hunter22' });
    expect(last()).toMatchObject({ operation: 'Fails', codes: ['CONFLICT'] });
    await running.ask('{ nothing }');
    expect(last()).toMatchObject({ kind: 'unknown', codes: ['GRAPHQL_VALIDATION_FAILED'] });
    await running.ask(`query ${'N'.repeat(300)} { wallets }`);
    expect(String(last()['operation'])).toHaveLength(64);
    expect(JSON.stringify(log.lines)).not.toContain('hunter22');
  });

  test('counts operations, fetches and refusals', async () => {
    const before = await telemetry.metrics();
    await running.ask(JOINED, { n: 1 });
    await running.ask(JOINED, { n: 3 });
    expect((await running.ask(JOINED, { n: 1 }, { 'x-who': 'nobody' })).status).toBe(401);
    const after = await telemetry.metrics();
    const grown = (name: string, ...labels: string[]) => (figure(after, name, ...labels) ?? 0) - (figure(before, name, ...labels) ?? 0);
    expect(grown('ponte_requests_total', 'door="http"', 'kind="query"', 'code="OK"')).toBe(2);
    expect(grown('ponte_operation_duration_seconds_count', 'operation="Joined"', 'kind="query"')).toBe(2);
    expect(grown('ponte_fetches_total', 'subgraph="crm"', 'outcome="ok"')).toBe(2);
    expect(grown('ponte_fetch_duration_seconds_count', 'subgraph="erp"')).toBe(2);
    expect(grown('ponte_operation_hits_total')).toBe(2);
    expect(grown('ponte_turned_away_total', 'code="UNAUTHENTICATED"')).toBe(1);
    expect(figure(after, 'ponte_planning_duration_seconds_count')).toBeGreaterThan(0);
    expect(figure(after, 'ponte_build_info', 'version="1.2.3"')).toBe(1);
    expect(figure(after, 'ponte_supergraph_info', `hash="${running.gateway.graph.supergraph.hash}"`)).toBe(1);
    expect(figure(after, 'ponte_sync_runs', 'status="FAILED"')).toBe(7);
    if (topology === 'remote') expect(figure(after, 'ponte_subgraph_breaker', 'subgraph="crm"', 'state="closed"')).toBe(1);
    else expect(after).not.toContain('ponte_subgraph_breaker{');
  });

  test('counts a fetch that fails, and what is open', async () => {
    running.graph.onContact = () => {
      throw new Error('broken');
    };
    await running.ask(JOINED, { n: 1 });
    running.graph.onContact = () => undefined;
    const client = running.connect();
    const seen = watch(client, 'subscription Changes { saleChanged { change } }');
    await vi.waitFor(() => expect(running.graph.changes.readers).toBe(1));
    const open = await telemetry.metrics();
    expect([figure(open, 'ponte_subscriptions'), figure(open, 'ponte_subscription_primaries'), figure(open, 'ponte_websockets')]).toEqual([1, 1, 1]);
    expect(figure(open, 'ponte_fetches_total', 'subgraph="crm"', 'outcome="errors"')).toBe(1);
    seen.stop();
    await vi.waitFor(async () => expect(figure(await telemetry.metrics(), 'ponte_requests_total', 'door="websocket"', 'kind="subscription"', 'code="OK"')).toBe(1));
    expect(log.lines.filter(({ text }) => text.startsWith('A subscription ended') && text.includes('"Changes"'))).toHaveLength(1);
  });

  test('shows /metrics to admins and to who may read metrics, and to nobody else', async () => {
    const get = (who: string) => fetch(`${running.gateway.url}/metrics`, { headers: { 'x-who': who } });
    const [admin, scraper, other] = await Promise.all([get('admin'), get('scraper'), get('reader')]);
    expect([admin.status, scraper.status, other.status]).toEqual([200, 200, 403]);
    expect(await admin.text()).toContain('# TYPE ponte_requests_total counter');
  });

  test('shows the plan to admins who ask for it, in any tier', async () => {
    const ask = async (headers: Record<string, string>, more: object = {}) => {
      const response = await fetch(`${running.gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query: JOINED, variables: { n: 2 }, ...more }) });
      return (await response.json()) as { data: unknown; extensions?: { plan: { planner: string; tier: string; fetches: number; root: { kind: string; nodes: { service: string; operation: string; ms: number[] }[] } } } };
    };
    const plain = await ask({});
    for (let i = 0; i < 3; i++) {
      const { data, extensions } = await ask({ 'x-ponte-plan': '1' });
      expect(data).toEqual(plain.data);
      expect(extensions!.plan).toMatchObject({ planner: 'hive', fetches: 2, root: { kind: 'sequence', nodes: [{ kind: 'fetch', service: 'erp' }, { kind: 'entities', service: 'crm' }] } });
      expect(extensions!.plan.root.nodes.every(({ ms }) => ms.length === 1 && ms[0]! >= 0)).toBe(true);
    }
    expect((await ask({}, { extensions: { plan: true } })).extensions!.plan.fetches).toBe(2);
    expect(plain).not.toHaveProperty('extensions');
    expect(await ask({ 'x-ponte-plan': '1', 'x-who': 'reader' }, { extensions: { plan: true } })).not.toHaveProperty('extensions');
  });
});

describe('what the log tells of operations', () => {
  test.each([
    ['slow', 1, ['debug', 'info']],
    ['all', 1, ['info', 'info']],
    ['off', 0, []],
  ] as const)('%s', async (operations, _n, levels) => {
    const log = createLogBook();
    const running = await startGateway('local', { telemetry: createTelemetry({ log, operations, processMetrics: false }) });
    await running.ask('{ wallets }');
    await running.ask('{ politeFailure }');
    expect(log.lines.map(({ level }) => level)).toEqual(levels);
    await running.close();
  });

  test('a slow one is told at level info', async () => {
    const log = createLogBook();
    const running = await startGateway('local', { telemetry: createTelemetry({ log, slowMs: 0, processMetrics: false }) });
    await running.ask('{ wallets }');
    expect(log.lines.map(({ level }) => level)).toEqual(['info']);
    await running.close();
  });
});

describe('labels of operations', () => {
  test('are earned by coming back, and bounded', () => {
    const labels = new OperationLabels(2, 2);
    expect(labels.of('A', 'h1')).toBe(OTHER);
    expect(labels.of('A', 'h1')).toEqual({ operation: 'A', hash: 'h1' });
    expect(labels.of('A', 'h1')).toBe(labels.of('A', 'h1'));
    for (let i = 0; i < 10_000; i++) for (let j = 0; j < 2; j++) labels.of(`N${i}`, 'h2');
    expect(labels.size).toBe(2);
    expect(labels.of('Late', 'h9')).toBe(OTHER);
    expect(labels.of('A', 'h1').operation).toBe('A');
  });

  test('hold what a label may hold', () => expect(safeName(`a"}\n{${'x'.repeat(100)}`)).toMatch(/^a____x{59}$/));
});

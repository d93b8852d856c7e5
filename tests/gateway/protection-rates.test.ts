// Who asks too often is told when to come back; who comes while the process drowns is sent away at once.
import { request } from 'undici';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { SCOPES, type Principal } from '../../gateway/principal.ts';
import { Allowance, networkOf } from '../../gateway/protection/allowance.ts';
import type { RateExchange, Taken } from '../../gateway/protection/index.ts';
import { createRates } from '../../gateway/protection/rates.ts';
import { Overload } from '../../gateway/protection/overload.ts';
import { OPEN } from '../../gateway/principal.ts';
import { authBy, createLogBook, startGateway } from '../support/gateway-server.ts';

const principal = (id: string): Principal => ({ id, scopes: new Set(SCOPES), wallets: 'all' });

/** Keeps the event loop for itself. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('an allowance', () => {
  test('gives a minute at once, and then as it comes back', () => {
    let now = 1_000;
    const allowance = new Allowance(60, () => now);
    for (let i = 0; i < 60; i++) expect(allowance.take('a')).toBe(0);
    expect(allowance.take('a')).toBeCloseTo(1_000);
    expect(allowance.take('b')).toBe(0);
    now += 999;
    expect(allowance.take('a')).toBeCloseTo(1);
    now += 1;
    expect(allowance.take('a')).toBe(0);
    expect(allowance.take('a')).toBeCloseTo(1_000);
    now += 10 * 60_000;
    for (let i = 0; i < 60; i++) expect(allowance.take('a')).toBe(0);
    expect(allowance.take('a')).toBeGreaterThan(0);
  });

  test('a refusal takes nothing; what is larger than all waits for all', () => {
    let now = 0;
    const allowance = new Allowance(100, () => now);
    expect(allowance.take('a', 60)).toBe(0);
    for (let i = 0; i < 5; i++) expect(allowance.take('a', 60)).toBeCloseTo(12_000);
    expect(allowance.take('a', 40)).toBe(0);
    expect(allowance.take('a', 1_000)).toBeCloseTo(60_000);
    now = 60_000;
    expect(allowance.take('a', 1_000)).toBe(0);
  });

  test.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:0:1:a:b:c:d', '2001:db8:0:1::/64'],
    ['2001:DB8:0000:0001::9', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('rates', () => {
  const none = { perCaller: 0, perAddress: 0, pricePerCaller: 0 };
  test('a credential by requests and by price, each for itself; 0 is no limit', () => {
    let now = 0;
    const rates = createRates({ perCaller: 2, perAddress: 0, pricePerCaller: 1_000 }, { now: () => now });
    const [a, b] = [principal('key:a'), principal('key:b')];
    expect([rates.take(a, 1), rates.take(a, 1)]).toEqual([null, null]);
    expect(rates.take(a, 1)).toMatchObject({ status: 429, retryAfter: 30, refused: true, errors: [{ extensions: { code: 'RATE_LIMITED', retryable: true } }] });
    expect(rates.take(b, 900)).toBeNull();
    expect(rates.take(b, 900)).toMatchObject({ status: 429, retryAfter: 48 });
    expect(rates.refused).toBe(2);
    now = 60_000;
    expect(rates.take(a, 1)).toBeNull();
    const open = createRates(none);
    for (let i = 0; i < 5_000; i++) if (open.take(a, 1e9) || open.admit('10.0.0.1')) throw new Error('There is no limit');
  });

  test('several processes share one limit: what one let pass counts in all, and nobody waits for longer than a minute', () => {
    vi.useFakeTimers();
    try {
      const now = () => Date.now();
      const listeners = new Set<(taken: Taken) => void>();
      const told: Taken[] = [];
      const process = () => {
        let own: (taken: Taken) => void;
        const exchange: RateExchange = {
          // As it travels: a copy, to the others.
          tell(taken) {
            told.push(taken);
            for (const listener of listeners) if (listener !== own) listener(JSON.parse(JSON.stringify(taken)) as Taken);
          },
          hear: (listener) => void listeners.add((own = listener)),
        };
        return createRates({ perCaller: 10, perAddress: 10, pricePerCaller: 100 }, { exchange, now });
      };
      const [one, two, three] = [process(), process(), process()];
      const a = principal('key:a');
      for (let i = 0; i < 6; i++) expect(one.take(a, 1) ?? one.admit('10.0.0.1')).toBeNull();
      vi.advanceTimersByTime(1_000);
      for (let i = 0; i < 4; i++) expect(two.take(a, 20) ?? two.admit('10.0.0.1')).toBeNull();
      vi.advanceTimersByTime(1_000);
      expect(told).toEqual([
        { callers: [['key:a', 6]], prices: [['key:a', 6]], addresses: [['10.0.0.1', 6]] },
        { callers: [['key:a', 4]], prices: [['key:a', 80]], addresses: [['10.0.0.1', 4]] },
      ]);
      for (const rates of [one, two, three]) {
        expect(rates.take(a, 1)).toMatchObject({ status: 429 });
        expect(rates.admit('10.0.0.1')).toMatchObject({ status: 429 });
        expect(rates.admit('10.0.0.2')).toBeNull();
      }
      // What all three let pass in the same moment is beyond the limit, and still comes back within a minute.
      const b = principal('key:b');
      for (const rates of [one, two, three]) for (let i = 0; i < 10; i++) expect(rates.take(b, 1)).toBeNull();
      vi.advanceTimersByTime(1_000);
      expect(one.take(b, 1)).toMatchObject({ status: 429 });
      vi.advanceTimersByTime(60_000);
      for (let i = 0; i < 10; i++) expect(one.take(b, 1)).toBeNull();
      for (const rates of [one, two, three]) rates.close();
    } finally {
      vi.useRealTimers();
    }
  });

  test('who needs no credential is counted by address alone', () => {
    const rates = createRates({ perCaller: 1, perAddress: 3, pricePerCaller: 1 });
    for (let i = 0; i < 10; i++) expect(rates.take(OPEN, 1_000)).toBeNull();
    expect([1, 2, 3].map(() => rates.admit('10.0.0.1'))).toEqual([null, null, null]);
    expect(rates.admit('10.0.0.1')).toMatchObject({ status: 429, retryAfter: 20 });
    expect(rates.admit('10.0.0.2')).toBeNull();
  });

  test('on every door: HTTP, REST and the handshake of a WebSocket; health stays open', async () => {
    const running = await startGateway('local', { protection: { rates: { perAddress: 3 } } });
    const { url } = running.gateway;
    for (let i = 0; i < 3; i++) expect((await running.ask('{ wallets }')).status).toBe(200);
    const refused = await request(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ wallets }"}' });
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(await refused.body.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    const rest = await request(`${url}/api/kommo/deals`);
    expect([rest.statusCode, rest.headers['retry-after'], await rest.body.json()]).toMatchObject([429, expect.stringMatching(/^\d+$/), { success: false, code: 'RATE_LIMITED' }]);
    const socket = new WebSocket(running.wsUrl, 'graphql-transport-ws');
    const status = await new Promise<number | undefined>((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('error', () => undefined);
    });
    socket.terminate();
    expect(status).toBe(429);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(running.gateway.protection.refused.rate).toBeGreaterThanOrEqual(3);
    await running.close();
  });

  test('a credential takes its limit along from address to address and from door to door', async () => {
    const running = await startGateway('local', { auth: authBy(({ headers }) => principal(String(headers['x-name'] ?? 'ws'))), trustProxy: true, protection: { rates: { perCaller: 2, perAddress: 0 } } });
    const ask = (name: string, from: string) => running.ask('{ wallets }', {}, { 'x-name': name, 'x-forwarded-for': from });
    expect((await ask('a', '10.0.0.1')).status).toBe(200);
    expect((await ask('a', '10.0.0.2')).status).toBe(200);
    expect((await ask('a', '10.0.0.3')).status).toBe(429);
    expect((await ask('b', '10.0.0.1')).status).toBe(200);
    const client = running.connect({ 'x-name': 'c' });
    const once = () => new Promise<unknown>((resolve) => client.subscribe({ query: '{ wallets }' }, { next: resolve, error: resolve, complete: () => undefined }));
    expect(await once()).toMatchObject({ data: { wallets: expect.anything() } });
    expect(await once()).toMatchObject({ data: { wallets: expect.anything() } });
    expect(await once()).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    await running.close();
  });
});

describe('load shedding', () => {
  test('a late event loop with many who ask: refused until it is calm again, and not at the first calm moment', async () => {
    const log = createLogBook();
    let load = 0;
    const overload = new Overload({ lagMs: 150, requests: 0, load: () => load, log });
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    // Late, and nobody asks: nobody is refused.
    block(600);
    await turn();
    expect(overload.lagMs).toBeGreaterThan(150);
    expect(overload.admit()).toBeNull();
    load = 100;
    while (!overload.shedding) {
      block(600);
      await turn();
    }
    expect(overload.admit()).toMatchObject({ status: 503, retryAfter: 2, refused: true, errors: [{ extensions: { code: 'OVERLOADED', retryable: true } }] });
    await vi.waitFor(() => expect(overload.lagMs).toBeLessThan(140), { interval: 10, timeout: 20_000 });
    if (overload.lagMs > 75) expect(overload.shedding).toBe(true);
    await vi.waitFor(() => expect(overload.shedding).toBe(false), { interval: 20, timeout: 20_000 });
    expect(overload.admit()).toBeNull();
    expect(overload.refused).toBe(1);
    expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    overload.close();
  });

  test('too many requests under way: refused, and taken again at half of it; health and metrics answer', async () => {
    const running = await startGateway('local', { metrics: async () => 'ponte_up 1', protection: { overload: { requests: 4 } } });
    running.graph.crmDelayMs = 60_000;
    const gone = new AbortController();
    const ask = (signal?: AbortSignal) => fetch(`${running.gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ slow }"}', ...(signal ? { signal } : {}) });
    const waiting = [1, 2, 3, 4].map(() => ask(gone.signal).catch(() => null));
    await vi.waitFor(() => expect(running.graph.waiting).toBe(4));
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
    expect((await fetch(`${running.gateway.url}/api/gestao-click/sales`)).status).toBe(503);
    expect((await fetch(`${running.gateway.url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${running.gateway.url}/metrics`)).text()).toContain('ponte_up');
    gone.abort();
    await Promise.all(waiting);
    await vi.waitFor(() => expect(running.gateway.load.requests).toBe(0));
    expect((await running.ask('{ wallets }')).status).toBe(200);
    expect(running.gateway.protection).toMatchObject({ refused: { load: 2 }, shedding: false });
    await running.close();
  });
});

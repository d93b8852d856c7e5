// The simulator under limits and faults: what an outside party can see of them.
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../simulators/limiter.ts';
import { Faults } from '../../simulators/faults.ts';
import type { FaultRule } from '../../simulators/faults.ts';
import type { GestaoClickSimulator } from '../../simulators/gestao-click/index.ts';
import { call, everything, HEADERS, page, startSimulator } from './gestao-click-client.ts';
import type { ListBody } from './gestao-click-client.ts';

let sim: GestaoClickSimulator | undefined;
afterEach(async () => {
  await sim?.close();
  sim = undefined;
});

async function started(...args: Parameters<typeof startSimulator>): Promise<GestaoClickSimulator> {
  sim = await startSimulator(...args);
  return sim;
}

describe('the sliding window', () => {
  it('never lets more than its number into any 1,000 ms', () => {
    let now = 0;
    const window = new SlidingWindow({ perSecond: 3 }, { ms: () => now, day: () => 'd' });
    const admitted: number[] = [];
    for (; now < 20_000; now += 7) if (window.admit() === null) admitted.push(now);
    for (let i = 3; i < admitted.length; i++)
      expect((admitted[i] as number) - (admitted[i - 3] as number)).toBeGreaterThanOrEqual(1000);
    expect(admitted.length).toBeGreaterThan(55);
  });

  it('is no bucket: a burst at the end of one second closes the start of the next', () => {
    let now = 900;
    const window = new SlidingWindow({ perSecond: 3 }, { ms: () => now, day: () => 'd' });
    expect([window.admit(), window.admit(), window.admit()]).toEqual([null, null, null]);
    now = 1899;
    expect(window.admit()).toBe('second');
    now = 1900;
    expect(window.admit()).toBeNull();
  });

  it('counts the day apart, and starts anew with the next', () => {
    let now = 0;
    let day = '2026-11-20';
    const window = new SlidingWindow({ perSecond: 3, perDay: 5 }, { ms: () => now, day: () => day });
    const admit = (): string | null => window.admit();
    const results = Array.from({ length: 7 }, () => ((now += 400), admit()));
    expect(results).toEqual([null, null, null, null, null, 'day', 'day']);
    day = '2026-11-21';
    expect(admit()).toBeNull();
  });
});

describe('limits of the provider', () => {
  it('are 3 per second: the fourth in a burst is 429, without a hint', async () => {
    const simulator = await started({ limits: { perSecond: 3, perDay: 30_000 } });
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(simulator, '/lojas')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    const admitted = simulator.stats
      .arrivals()
      .filter(({ status }) => status === 200)
      .map(({ at }) => at);
    expect(admitted.length).toBeGreaterThanOrEqual(3);
    for (let i = 3; i < admitted.length; i++)
      expect((admitted[i] as number) - (admitted[i - 3] as number)).toBeGreaterThan(999);
    expect(refused[0]?.json).toEqual({
      code: 429,
      status: 'error',
      data: { erro: 'Too Many Requests', mensagem: 'O limite de requisicoes foi atingido' },
    });
    expect(refused[0]?.headers.has('retry-after')).toBe(false);
    expect(simulator.stats.snapshot()).toMatchObject({
      requests: 30,
      byPath: { '/lojas': 30 },
      byStatus: { 429: refused.length },
    });
    expect(simulator.stats.peak()).toBeGreaterThan(3);
  });

  it('are counted per day as well', async () => {
    const simulator = await started({ limits: { perSecond: 1000, perDay: 4 } });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await call(simulator, '/lojas')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  });
});

describe('faults', () => {
  const cases: [FaultRule['kind'], number, RegExp][] = [
    ['401', 401, /"code":401/],
    ['402', 402, /"code":402/],
    ['403', 403, /permiss/],
    ['403_html', 403, /<h1>403 Forbidden/],
    ['404', 404, /Controller class/],
    ['429', 429, /O limite de requisicoes/],
    ['500', 500, /"code":500/],
    ['504', 504, /504 Gateway/],
    ['html_200', 200, /cake-error/],
    ['string_list', 200, /"data":"Ocorreu/],
  ];
  it.each(cases)('%s is answered once, and then the truth again', async (kind, status, body) => {
    const simulator = await started();
    simulator.control.set({ kind, count: 1 });
    const bad = await call(simulator, '/clientes');
    expect(bad.status).toBe(status);
    expect(bad.text).toMatch(body);
    expect((await page(simulator, '/clientes')).data).toHaveLength(20);
    expect(simulator.control.faults()).toEqual([]);
  });

  it('429 can carry a hint in a header or in the body', async () => {
    const simulator = await started();
    simulator.control.set([
      { kind: '429_header', count: 1, retryAfter: 7 },
      { kind: '429_body', count: 1, retryAfter: 9 },
    ]);
    expect((await call(simulator, '/lojas')).headers.get('retry-after')).toBe('7');
    expect((await call(simulator, '/lojas')).json).toMatchObject({ code: 429, retry_after: 9 });
  });

  it('cuts JSON short, whole by its length; or the socket in the middle of the body', async () => {
    const simulator = await started();
    simulator.control.set({ kind: 'truncated', count: 1 });
    const cut = await call(simulator, '/clientes');
    expect(cut.status).toBe(200);
    expect(() => JSON.parse(cut.text) as unknown).toThrow(SyntaxError);
    simulator.control.set({ kind: 'half_closed', count: 1 });
    await expect(call(simulator, '/clientes')).rejects.toThrow();
    simulator.control.set({ kind: 'reset', count: 1 });
    await expect(call(simulator, '/clientes')).rejects.toThrow();
    expect((await call(simulator, '/clientes')).status).toBe(200);
  });

  it('never answers, until the caller gives up; and closes all the same', async () => {
    const simulator = await started();
    simulator.control.set({ kind: 'timeout', path: '^/vendas' });
    await expect(
      request(`${simulator.url}/vendas`, { headers: HEADERS, headersTimeout: 150 }),
    ).rejects.toThrow(/Timeout/);
    const waiting = request(`${simulator.url}/vendas`, { headers: HEADERS }).catch((error: unknown) => error);
    while (simulator.stats.requests < 2) await new Promise((resolve) => setImmediate(resolve));
    await simulator.close();
    expect(await waiting).toBeInstanceOf(Error);
  });

  it('is slow on demand, and by the documented figures', async () => {
    const simulator = await started({ latency: 'documented' });
    const timed = async (path: string): Promise<number> => {
      const start = performance.now();
      await call(simulator, path);
      return performance.now() - start;
    };
    const [small, titles] = await Promise.all([timed('/lojas'), timed('/recebimentos')]);
    expect(small).toBeGreaterThanOrEqual(145);
    expect(titles).toBeGreaterThanOrEqual(265);
    simulator.control.set({ kind: 'latency', latencyMs: 300, path: 'lojas' });
    expect(await timed('/lojas')).toBeGreaterThanOrEqual(445);
  });

  it('strikes by path, method, count and after a number of requests', async () => {
    const simulator = await started();
    simulator.control.set({ kind: '500', path: 'vendas.*pagina=2', skip: 1, count: 1, method: 'GET' });
    const statuses: number[] = [];
    for (const path of [
      '/vendas?pagina=1',
      '/vendas?pagina=2',
      '/clientes?pagina=2',
      '/vendas?pagina=2',
      '/vendas?pagina=2',
    ]) {
      statuses.push((await call(simulator, path)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 500, 200]);
  });

  it('strikes with a probability that the seed decides', () => {
    const outcomes = (seed: number): boolean[] => {
      const faults = new Faults(seed);
      faults.set({ kind: '500', probability: 0.3 });
      return Array.from({ length: 500 }, () => faults.decide('GET', '/x').rule !== null);
    };
    expect(outcomes(1)).toEqual(outcomes(1));
    expect(outcomes(1)).not.toEqual(outcomes(2));
    const struck = outcomes(1).filter(Boolean).length;
    expect(struck).toBeGreaterThan(110);
    expect(struck).toBeLessThan(190);
  });
});

describe('control over HTTP', () => {
  const control = (simulator: GestaoClickSimulator, action: string, body?: unknown): Promise<Response> =>
    fetch(
      `${simulator.url}/__control/${action}`,
      body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
    );

  it('sets faults, tells counts, resets, and refuses what it does not understand', async () => {
    const simulator = await started({ limits: { perSecond: 3 } });
    expect((await control(simulator, 'faults', [{ kind: '500', path: 'lojas' }])).status).toBe(200);
    expect((await call(simulator, '/lojas')).status).toBe(500);
    const stats = (await (await control(simulator, 'stats')).json()) as {
      byStatus: Record<string, number>;
      requests: number;
    };
    expect(stats).toMatchObject({ requests: 1, byStatus: { 500: 1 } });
    for (const bad of [[{ kind: 'nonsense' }], { kind: '500', path: '(' }])
      expect((await control(simulator, 'faults', bad)).status).toBe(400);
    expect((await control(simulator, 'mutate', { action: 'create', table: 'nothing' })).status).toBe(400);
    expect((await control(simulator, 'reset', {})).status).toBe(200);
    expect((await call(simulator, '/lojas')).status).toBe(200);
    expect(simulator.stats.requests).toBe(1);
  });

  it('changes records between the pages of a reader', async () => {
    const simulator = await started();
    const before = await everything(simulator, 'vendas');
    // A new sale while page 2 is on its way: the last row of page 1 comes again, as on the real system.
    simulator.control.set({
      kind: 'mutate',
      path: 'vendas.*pagina=2',
      count: 1,
      mutation: { action: 'create', table: 'vendas' },
    });
    const first = await page(simulator, '/vendas?limite=50&pagina=1');
    const second = await page(simulator, '/vendas?limite=50&pagina=2');
    expect(second.data[0]).toEqual(first.data[49]);
    const after = await everything(simulator, 'vendas');
    expect(after.total).toBe(before.total + 1);
    expect(after.rows.slice(1)).toEqual(before.rows);
    simulator.control.reset();
    expect((await everything(simulator, 'vendas')).rows).toEqual(before.rows);
  });

  it('moves a title into another window by paying it, deletes and updates', async () => {
    const simulator = await started();
    const march = '/recebimentos?data_inicio=2027-03-01&data_fim=2027-03-31&limite=100';
    const now = '/recebimentos?data_inicio=2026-11-01&data_fim=2026-11-30&limite=100';
    const [due, month] = await Promise.all([page(simulator, march), page(simulator, now)]);
    const title = due.data.find((row) => row['liquidado'] === '0');
    simulator.control.mutate({
      action: 'update',
      table: 'recebimentos',
      id: title?.['id'],
      fields: { liquidado: '1', data_liquidacao: '2026-11-20' },
    });
    const [later, paid] = await Promise.all([page(simulator, march), page(simulator, now)]);
    expect(later.meta['total_registros']).toBe(Number(due.meta['total_registros']) - 1);
    expect(paid.data.find((row) => row['id'] === title?.['id'])).toMatchObject({
      liquidado: '1',
      data_liquidacao: '2026-11-20',
    });
    expect(paid.meta['total_registros']).toBe(Number(month.meta['total_registros']) + 1);

    const { ids } = simulator.control.mutate({ action: 'delete', table: 'clientes', at: 3, count: 2 }) as {
      ids: string[];
    };
    expect((await page(simulator, '/clientes')).meta['total_registros']).toBe(198);
    expect((await call(simulator, `/clientes/${ids[0]}`)).status).toBe(404);
    simulator.control.mutate({
      action: 'update',
      table: 'vendas',
      where: { tipo: 'servico' },
      fields: { loja_id: '2002' },
    });
    simulator.control.mutate({ action: 'switch', fields: { emptyList: 'sentence' } });
    expect((await call<ListBody>(simulator, '/vendas?loja_id=77')).json.data).toBe('Não há dados!');
  });
});

// Each way in which the provider fails: what is repeated, what is said, and that a failure never becomes an empty list.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GestaoClickSimulator, FaultKind } from '../../simulators/index.ts';
import type { QuotaGate } from '../../sync/types.ts';
import { createLogger } from '../../lib/log.ts';
import { PonteError } from '../../lib/errors.ts';
import { Bench, context, read, streamOf, TODAY, TOKENS } from './gestao-click-reading.ts';

const bench = new Bench();
let simulator: GestaoClickSimulator;
beforeAll(async () => {
  simulator = await bench.simulator({}, { preset: 'small', today: TODAY, sales: 60, clients: 40, payables: 30 });
});
beforeEach(() => simulator.control.clear());
afterAll(() => bench.close());

const failure = async (promise: Promise<unknown>): Promise<PonteError> => {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PonteError);
  return error as PonteError;
};

const requests = (): number => simulator.stats.snapshot().requests;

describe('passing failures', () => {
  test.each<FaultKind>(['429', '429_body', '429_header', '500', '504', '404', 'reset', 'half_closed', 'truncated', 'html_200', 'string_list'])(
    '%s, once: the same records come',
    async (kind) => {
      const clean = await read(streamOf(bench.connector(simulator.url), 'clients'));
      simulator.control.set([{ kind, count: 1, path: '/clientes', retryAfter: 0 }]);
      const before = requests();
      const spoiled = await read(streamOf(bench.connector(simulator.url), 'clients'));
      expect(spoiled.records).toEqual(clean.records);
      expect(requests() - before).toBe(2);
    },
  );

  test('no answer, once: repeated after the timeout', async () => {
    simulator.control.set([{ kind: 'timeout', count: 1, path: '/clientes' }]);
    const reading = await read(streamOf(bench.connector(simulator.url, { timeoutMs: 500, retryAttempts: 5 }), 'clients'));
    expect(reading.fetched).toBe(40);
  });

  test('a 429 closes the gate for everybody: for as long as was asked, else for at least the window of one second', async () => {
    const penalties: number[] = [];
    const gate: QuotaGate = { acquire: async () => {}, penalize: async (waitMs) => void penalties.push(waitMs) };
    simulator.control.set([{ kind: '429_body', count: 1, path: '/lojas', retryAfter: 0 }]);
    await read(streamOf(bench.connector(simulator.url, { gate, retryDelayMs: 1 }), 'stores'));
    simulator.control.set([{ kind: '429', count: 1, path: '/lojas' }]);
    await read(streamOf(bench.connector(simulator.url, { gate, retryDelayMs: 1 }), 'stores'));
    expect(penalties[0]).toBeLessThan(10);
    expect(penalties[1]).toBeGreaterThanOrEqual(1000);
  });
});

describe('lasting failures', () => {
  test.each<[FaultKind, string, number, RegExp]>([
    ['401', 'PROVIDER_UNAUTHORIZED', 1, /Generate the tokens again/],
    ['402', 'PROVIDER_PAYMENT_REQUIRED', 1, /subscription/],
    ['403', 'PROVIDER_FORBIDDEN', 1, /permission/],
    ['403_html', 'PROVIDER_BLOCKED', 1, /wait/i],
    ['404', 'PROVIDER_UNAVAILABLE', 2, /GESTAO_CLICK_API_URL/],
    ['500', 'PROVIDER_UNAVAILABLE', 2, /some minutes/],
    ['html_200', 'PROVIDER_UNEXPECTED_RESPONSE', 2, /GESTAO_CLICK_API_URL/],
    ['string_list', 'PROVIDER_UNEXPECTED_RESPONSE', 2, /GESTAO_CLICK_API_URL/],
    ['truncated', 'PROVIDER_UNEXPECTED_RESPONSE', 2, /GESTAO_CLICK_API_URL/],
    ['timeout', 'PROVIDER_TIMEOUT', 2, /TIMEOUT/],
  ])('%s is %s after %i attempts, with a hint', async (kind, code, attempts, hint) => {
    simulator.control.set([{ kind }]);
    const before = requests();
    const error = await failure(read(streamOf(bench.connector(simulator.url, { retryAttempts: 1, ...(kind === 'timeout' ? { timeoutMs: 150 } : {}) }), 'clients')));
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(hint);
    expect(requests() - before).toBe(attempts);
  });

  test('what the provider says is in the message', async () => {
    simulator.control.set([{ kind: '403' }]);
    const error = await failure(read(streamOf(bench.connector(simulator.url), 'clients')));
    expect(error.message).toBe('Gestão Click does not allow this with these credentials: O usuário não possui permissão para acessar este recurso.');
  });

  test('stores that cannot be read fail the streams that need them, and are asked again the next time', async () => {
    const connector = bench.connector(simulator.url);
    simulator.control.set([{ kind: '401', path: '/lojas' }]);
    const about = context();
    expect((await failure(streamOf(connector, 'sales').partitions(about))).code).toBe('PROVIDER_UNAUTHORIZED');
    simulator.control.clear();
    expect((await streamOf(connector, 'sales').partitions(about)).length).toBe(6);
  });

  test('an abort is no failure of the provider', async () => {
    simulator.control.set([{ kind: 'timeout' }]);
    const stop = new AbortController();
    const reading = read(streamOf(bench.connector(simulator.url), 'clients'), context({ signal: stop.signal }));
    setImmediate(() => stop.abort());
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the connection test', () => {
  const of = (more: Parameters<Bench['connector']>[1] = {}) => bench.connector(simulator.url, more).test(new AbortController().signal);

  test('says who is connected and shows a first look', async () => {
    const connector = bench.connector(simulator.url);
    expect(connector.accountKey()).toBeNull();
    const result = await connector.test(new AbortController().signal);
    expect(result).toMatchObject({ ok: true, status: 'CONNECTED', hint: null, token: null, account: { domain: null, metadata: { stores: expect.any(Array) } } });
    expect(result.message).toBe(`Connected to Gestão Click: ${result.account?.name} and 1 more store.`);
    expect(result.sample.map(({ stream }) => stream)).toEqual(['sales', 'clients']);
    expect(result.sample[1]).toMatchObject({ count: 40, names: expect.arrayContaining([expect.any(String)]) });
    expect(result.sample[1]?.names).toHaveLength(3);
    expect(result.latencyMs).toBeGreaterThanOrEqual(0);
    expect(connector.accountKey()).toBe(result.account?.key);
    expect(await connector.account(new AbortController().signal)).toEqual(result.account);
  });

  test.each<[FaultKind, string, RegExp]>([
    ['401', 'UNAUTHORIZED', /Generate the tokens again in Gestão Click/],
    ['402', 'PAYMENT_REQUIRED', /unpaid/],
    ['403', 'FORBIDDEN', /permission/],
    ['403_html', 'BLOCKED', /support/],
    ['429', 'RATE_LIMITED', /3 requests a second/],
    ['500', 'UNREACHABLE', /some minutes/],
    ['reset', 'UNREACHABLE', /network/],
    ['timeout', 'TIMEOUT', /Raise GESTAO_CLICK_TIMEOUT/],
    ['html_200', 'UNEXPECTED_RESPONSE', /GESTAO_CLICK_API_URL/],
  ])('%s is %s, with one sentence and one hint, asked once', async (kind, status, hint) => {
    simulator.control.set([{ kind }]);
    const before = requests();
    const result = await of(kind === 'timeout' ? { timeoutMs: 150 } : {});
    expect(result).toMatchObject({ ok: false, status, account: null, sample: [] });
    expect(result.message).toMatch(/^Gestão Click [^\n]+\.?$/);
    expect(result.hint).toMatch(hint);
    expect(requests() - before).toBe(1);
  });

  test('tokens that are wrong are UNAUTHORIZED, and stand in no answer', async () => {
    const result = await of({ secretToken: 'f'.repeat(40) });
    expect(result.status).toBe('UNAUTHORIZED');
    expect(JSON.stringify(result)).not.toContain('f'.repeat(40));
  });

  test('an address where nobody listens is UNREACHABLE', async () => {
    const gone = await bench.simulator();
    await gone.close();
    expect((await bench.connector(gone.url).test(new AbortController().signal)).status).toBe('UNREACHABLE');
  });

  test('data that may not be read is told, with the account that was found', async () => {
    simulator.control.set([{ kind: '403', path: '/clientes' }]);
    expect(await of()).toMatchObject({ ok: false, status: 'FORBIDDEN', account: { key: expect.any(String) } });
  });

  test('an abort is thrown', async () => {
    await expect(bench.connector(simulator.url).test(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test('debug tells each request, and never a token', async () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  simulator.control.set([{ kind: '500', count: 1, path: '/vendas' }]);
  await read(streamOf(bench.connector(simulator.url, { debug: true, log }), 'sales'));
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told[0]).toMatchObject({ provider: 'Gestão Click', method: 'GET', path: '/lojas', status: 200, attempt: 1, records: 2 });
  expect(told[1]).toMatchObject({ path: '/vendas', status: 500, attempt: 1, error: 'PROVIDER_UNAVAILABLE' });
  expect(told[2]).toMatchObject({ path: '/vendas', status: 200, attempt: 2, query: { tipo: 'vendas_balcao', pagina: '1', limite: '100', ordenacao: 'id', direcao: 'asc' } });
  for (const token of Object.values(TOKENS)) expect(lines.join('')).not.toContain(token);
});

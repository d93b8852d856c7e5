// The connection test: one human sentence and one hint for every way in which Kommo can fail, and never a token in either.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createWorld } from '../../simulators/index.ts';
import type { ConnectionTest } from '../../sync/types.ts';
import { connectTo, contextOf, readAll, serve, startRig, streamOf, type Rig } from './kommo-harness.ts';

const world = createWorld({ preset: 'small' });
const never = new AbortController().signal;
let rig: Rig;
const told: ConnectionTest[] = [];
const errors: unknown[] = [];
beforeAll(async () => {
  rig = await startRig({ world, timeoutMs: 300, retryAttempts: 1 });
});
afterEach(() => {
  rig.simulator.control.reset();
  rig.penalties.length = 0;
});
afterAll(() => rig.close());

const ask = async (): Promise<ConnectionTest> => {
  const answer = await rig.connector.test(never);
  told.push(answer);
  return answer;
};

test('a good connection names the account, its address, the token and the first records', async () => {
  const answer = await ask();
  expect(answer).toMatchObject({
    ok: true,
    status: 'CONNECTED',
    hint: null,
    account: { key: String(rig.simulator.accountId), domain: `${rig.simulator.subdomain}.kommo.com` },
    token: { missingScopes: [], daysLeft: expect.any(Number), expiresAt: expect.stringMatching(/T00:00:00\.000Z$/) },
    sample: [{ stream: 'contacts', count: null }, { stream: 'deals', count: null }],
  });
  expect(answer.message).toBe(`Connected to the Kommo account "${answer.account!.name}" (${answer.account!.domain}).`);
  for (const { names } of answer.sample) expect(names.length).toBe(5);
  expect(answer.account!.metadata).toMatchObject({ id: rig.simulator.accountId, currency: 'BRL' });
  expect(rig.connector.accountKey()).toBe(answer.account!.key);
});

describe('what can go wrong', () => {
  test.each([
    ['401', 'UNAUTHORIZED', /does not accept the credentials/, /Generate a new long-lived token/],
    ['402', 'PAYMENT_REQUIRED', /not paid for/, /Renew the subscription/],
    ['403', 'FORBIDDEN', /required scope/, /scope "crm"/],
    ['403_html', 'BLOCKED', /blocked requests from this address/, /15 minutes/],
    ['429', 'RATE_LIMITED', /request limit/, /7 requests a second/],
    ['429_body', 'RATE_LIMITED', /request limit/, /7 requests a second/],
    ['500', 'UNREACHABLE', /HTTP 500/, /KOMMO_API_URL/],
    ['504', 'UNREACHABLE', /HTTP 504/, /KOMMO_API_URL/],
    ['404', 'UNEXPECTED_RESPONSE', /HTTP 404/, /./],
    ['timeout', 'TIMEOUT', /did not answer within 300 ms/, /KOMMO_TIMEOUT/],
    ['reset', 'UNREACHABLE', /cannot be reached/, /KOMMO_API_URL/],
    ['half_closed', 'UNREACHABLE', /cannot be reached/, /KOMMO_API_URL/],
    ['truncated', 'UNEXPECTED_RESPONSE', /cut off/, /KOMMO_API_URL/],
    ['html_200', 'UNEXPECTED_RESPONSE', /web page, not JSON/, /KOMMO_API_URL/],
  ] as const)('%s is %s', async (kind, status, message, hint) => {
    rig.simulator.control.set({ kind, retryAfter: 600 });
    const answer = await ask();
    expect(answer).toMatchObject({ ok: false, status, account: null, sample: [] });
    expect(answer.message).toMatch(message);
    expect(answer.hint).toMatch(hint);
    expect(answer.token?.missingScopes).toEqual([]);
  });

  test('a block holds everybody back for a long time, a 429 for as long as its body says', async () => {
    rig.simulator.control.set({ kind: '403_html' });
    await ask();
    expect(rig.penalties).toMatchObject([{ reason: 'PROVIDER_BLOCKED' }]);
    expect(rig.penalties[0]!.waitMs).toBeGreaterThanOrEqual(15 * 60_000);
    expect(rig.simulator.stats.requests, 'a block is not asked again').toBe(1);
    rig.penalties.length = 0;
    rig.simulator.control.set({ kind: '429_body', retryAfter: 300 });
    await ask();
    expect(rig.penalties[0]!.waitMs).toBeGreaterThanOrEqual(300_000);
    await expect(streamOf(rig.connector, 'users').page(contextOf(), { key: 'all', start: { page: 1 }, params: { entity: 'all' }, parallel: false }, { page: 1 })).rejects.toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      retryAfterMs: 300_000,
    });
  });

  test('a failure after the account is told with the account', async () => {
    rig.simulator.control.set({ kind: '403', path: '/leads' });
    expect(await ask()).toMatchObject({ ok: false, status: 'FORBIDDEN', account: { key: String(rig.simulator.accountId) } });
  });

  test('nobody there is UNREACHABLE', async () => {
    const connector = connectTo('http://127.0.0.1:9', rig.token);
    expect(await connector.test(never)).toMatchObject({ ok: false, status: 'UNREACHABLE', latencyMs: expect.any(Number) });
    await connector.close();
  });

  test('an answer from another account is not taken', async () => {
    const other = await startRig({ world: createWorld({ preset: 'small', seed: 99 }) });
    const server = await serve(() => ({ body: { id: other.simulator.accountId, name: 'Other', subdomain: 'other' } }));
    const connector = connectTo(server.url, rig.token);
    expect(await connector.test(never)).toMatchObject({ ok: false, status: 'UNEXPECTED_RESPONSE', message: expect.stringContaining(String(other.simulator.accountId)) });
    await Promise.all([connector.close(), server.close(), other.close()]);
  });

  test('the signal ends a test at once', async () => {
    const stop = new AbortController();
    rig.simulator.control.set({ kind: 'timeout' });
    const testing = rig.connector.test(stop.signal);
    stop.abort();
    await expect(testing).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('tokens', () => {
  test.each([
    ['expired', { expiresInDays: -3 }, 'UNAUTHORIZED', /expired on/],
    ['not yet valid', { notBefore: new Date(Date.now() + 86_400_000) }, 'UNAUTHORIZED', /not valid before/],
  ] as const)('an %s one is told without asking Kommo', async (_, options, status, message) => {
    const connector = connectTo(rig.simulator.url, await rig.simulator.token(options));
    const answer = await connector.test(never);
    told.push(answer);
    expect(answer).toMatchObject({ ok: false, status, latencyMs: expect.any(Number) });
    expect(answer.message).toMatch(message);
    await expect(connector.account(never)).rejects.toMatchObject({ code: 'PROVIDER_UNAUTHORIZED' });
    await expect(readAll(streamOf(connector, 'contacts'))).rejects.toMatchObject({ code: 'PROVIDER_UNAUTHORIZED' });
    expect(rig.simulator.stats.requests).toBe(0);
    await connector.close();
  });

  test('garbage is told without asking Kommo', async () => {
    const connector = connectTo(rig.simulator.url, 'a-very-secret-text-that-is-no-token');
    const answer = await connector.test(never);
    expect(answer).toMatchObject({ ok: false, status: 'UNAUTHORIZED', token: null });
    expect(JSON.stringify(answer)).not.toContain('very-secret');
    expect([connector.token(), connector.accountKey(), rig.simulator.stats.requests]).toEqual([null, null, 0]);
    await connector.close();
  });

  test('without the scope nothing is read', async () => {
    const connector = connectTo(rig.simulator.url, await rig.simulator.token({ scopes: ['files'] }));
    expect(await connector.test(never)).toMatchObject({ ok: false, status: 'FORBIDDEN', token: { missingScopes: ['crm'] }, hint: expect.stringContaining('crm') });
    rig.simulator.control.reset();
    await expect(readAll(streamOf(connector, 'deals'))).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
    expect(rig.simulator.stats.requests).toBe(0);
    await connector.close();
  });

  test('one that ends soon works, with a word about it', async () => {
    const connector = connectTo(rig.simulator.url, await rig.simulator.token({ expiresInDays: 10 }));
    expect(await connector.test(never)).toMatchObject({ ok: true, status: 'CONNECTED', hint: expect.stringMatching(/expires in \d+ days?\. Generate/) });
    await connector.close();
  });

  test('a revoked one is only known to Kommo', async () => {
    const token = await rig.simulator.token();
    rig.simulator.revoke(token);
    const connector = connectTo(rig.simulator.url, token);
    expect(connector.token()).toMatchObject({ missingScopes: [] });
    expect(await connector.test(never)).toMatchObject({ ok: false, status: 'UNAUTHORIZED' });
    await connector.close();
  });
});

test('no token in any line of the log, in any answer or error, though a server repeats it', async () => {
  const echo = await serve((request) => ({ status: 400, body: { title: 'Bad', detail: `you sent ${request.headers.authorization}`, status: 400 } }));
  const connector = connectTo(echo.url, rig.token);
  told.push(await connector.test(never));
  errors.push(await connector.account(never).catch((error: unknown) => error));
  await Promise.all([connector.close(), echo.close()]);
  expect(told.at(-1)!.message).toContain('you sent');
  const everything = [rig.logged(), JSON.stringify(told), ...errors.map((error) => `${(error as Error).message} ${(error as Error).stack} ${JSON.stringify(error)}`)].join('\n');
  expect(everything).toContain('Provider request');
  expect(everything.length).toBeGreaterThan(2_000);
  for (const part of [rig.token, ...rig.token.split('.')]) expect(everything).not.toContain(part);
});

// The REST door without a graph behind it: how callers are let in, what a reader may keep, and how refusals are told.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { OPEN } from '../../gateway/principal.ts';
import { refusal, type Result } from '../../gateway/result.ts';
import { PonteError } from '../../lib/errors.ts';
import { principal, startDoors, type OpenedDoors } from '../support/doors.ts';

let doors: OpenedDoors;
beforeAll(async () => {
  doors = await startDoors();
});
afterAll(() => doors.close({ timeoutMs: 100 }));
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(doors.engine, { caller: () => OPEN, admit: undefined });
});

const written = (answer: object, more: Partial<Result> = {}): Result => ({ text: JSON.stringify(answer), encoding: 'utf8', errors: [], refused: false, ...more });
const deals = (names: readonly string[]) => written({ data: { list: { edges: names.map((name) => ({ node: { name } })), totalCount: names.length } } });
const answer = (result: Result) => vi.spyOn(doors.engine, 'execute').mockResolvedValue(result);
const get = (headers: Record<string, string> = {}) => fetch(`${doors.url}/api/kommo/deals`, { headers });

describe('what a reader may keep', () => {
  test('a read is marked, and not sent again to who has it', async () => {
    answer(deals(['é']));
    const first = await get();
    expect(Object.fromEntries(first.headers)).toMatchObject({ 'cache-control': 'private, no-cache', 'content-type': 'application/json; charset=utf-8' });
    expect(first.headers.get('vary')).toMatch(/Origin.*Authorization/);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect(await first.json()).toMatchObject({ success: true, data: [{ name: 'é' }] });
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get({ 'if-none-match': given });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
    }
    expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
    answer(deals(['é', 'ü']));
    const changed = await get({ 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  test('every read is made for its caller, who is asked who it is first', async () => {
    answer(deals(['a']));
    const etag = (await get()).headers.get('etag')!;
    doors.engine.caller = ({ headers }) => {
      if (headers.authorization === 'Bearer good') return principal({ id: 'key:good' });
      throw new PonteError('UNAUTHENTICATED', 'A key is needed');
    };
    const refused = await get({ 'if-none-match': etag });
    expect(refused.status).toBe(401);
    expect(Object.fromEntries(refused.headers)).toMatchObject({ 'cache-control': 'no-store', 'www-authenticate': 'Bearer' });
    expect(refused.headers.get('etag')).toBeNull();
    const allowed = await get({ 'if-none-match': etag, authorization: 'Bearer good', 'x-request-id': 'r-1' });
    expect(allowed.status).toBe(304);
    expect(doors.engine.seen.exchanges.at(-1)).toMatchObject({ id: 'r-1', door: 'rest', caller: { remoteAddress: '127.0.0.1' } });
  });

  test('what failed, and what changes something, is kept by nobody', async () => {
    answer(refusal([{ message: 'No', extensions: { code: 'FORBIDDEN' } }]));
    const failed = await get();
    expect([failed.status, failed.headers.get('etag'), failed.headers.get('cache-control')]).toEqual([403, null, 'no-store']);
    answer(written({ data: { startSync: { started: true, run: { id: '1' } } } }));
    const changed = await fetch(`${doors.url}/api/kommo/sync`, { method: 'POST' });
    expect([changed.status, changed.headers.get('etag'), changed.headers.get('cache-control')]).toEqual([202, null, 'no-store']);
  });
});

describe('callers', () => {
  test('a bare POST with a key is enough, but not from a page of another site', async () => {
    answer(written({ data: { startSync: { started: true, run: { id: '1' } } } }));
    const post = (headers: Record<string, string>) => fetch(`${doors.url}/api/kommo/sync`, { method: 'POST', headers });
    expect((await post({ authorization: 'Bearer good' })).status).toBe(202);
    const calls = vi.mocked(doors.engine.execute).mock.calls.length;
    const foreign = await post({ origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(await foreign.json()).toMatchObject({ success: false, code: 'FORBIDDEN' });
    expect(vi.mocked(doors.engine.execute).mock.calls.length).toBe(calls);
  });

  test.each([
    ['while running', 'execute'],
    ['at the door', 'admit'],
  ])('who asks too much is told when to come again (%s)', async (_when, where) => {
    const limited = refusal([{ message: 'Slower', extensions: { code: 'RATE_LIMITED' } }], { status: 429, retryAfter: 7 });
    if (where === 'admit') doors.engine.admit = () => limited;
    else answer(limited);
    const response = await get();
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({ success: false, code: 'RATE_LIMITED', message: 'Slower' });
  });

  test('an engine that fails is not heard', async () => {
    vi.spyOn(doors.engine, 'execute').mockRejectedValue(new Error('postgres://secret'));
    const response = await get();
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });

  test('the work ends with the answer, and stops when the caller leaves', async () => {
    const { seen } = doors.engine;
    const [begun, ended] = [seen.begun, seen.ended];
    answer(deals([]));
    await (await get()).text();
    await vi.waitFor(() => expect([seen.begun - begun, seen.ended - ended]).toEqual([1, 1]));
    vi.spyOn(doors.engine, 'execute').mockImplementation(
      (_inquiry, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(refusal([{ message: 'gone' }])))),
    );
    const leaving = new AbortController();
    const asked = fetch(`${doors.url}/api/kommo/deals`, { signal: leaving.signal });
    await vi.waitFor(() => expect(doors.load.requests).toBe(1));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await vi.waitFor(() => expect([seen.begun - begun, seen.ended - ended]).toEqual([2, 2]));
  });
});

// The quota gate: strict in every sliding second, across processes, and on the database's clock.
import { setMaxListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { walletId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { createDatabase, type Database } from '../../prisma/index.ts';
import { createEngine, createQuotaGate } from '../../sync/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/sync.ts';

let database: TestDatabase;
let other: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  other = createDatabase({ url: database.url });
});
afterAll(async () => {
  await other.close();
  await database.drop();
});

const gate = (on: Database, account: string, perSecond: number, perDay: number | null = null) =>
  createQuotaGate({ database: on, provider: 'KOMMO', account: () => account, limits: { perSecond, perDay }, log: silentLogger });
const never = new AbortController().signal;
setMaxListeners(0, never);

/** The most points in any second. */
function mostInASecond(points: readonly number[]): number {
  const sorted = points.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((from, index) => sorted.slice(index).filter((at) => at - from < 1000).length));
}

describe('quota gate', () => {
  test('two gates on one account together never pass the limit, and are granted 95 % of it', async () => {
    const gates = [gate(database, 'a', 10), gate(other, 'a', 10)];
    const passed: number[] = [];
    const callers = gates.flatMap((one) =>
      Array.from({ length: 24 }, async () => {
        const left = await one.acquire(never);
        passed.push(performance.now());
        left?.();
      }),
    );
    // All have asked, and most wait: what was granted does not depend on how punctually they wake.
    const { spanMs, kept } = await until(async () => {
      const { rows } = await database.pool.query<{ used: number; kept: number; spanMs: number }>(
        `SELECT used_today AS used, cardinality(grants) AS kept, extract(epoch FROM grants[cardinality(grants)] - grants[1])::float8 * 1000 AS "spanMs" FROM sync.quota WHERE account = 'KOMMO:a'`,
      );
      return (rows[0]?.used ?? 0) >= 48 && rows[0];
    });
    expect(kept).toBe(11); // a window, and one
    expect(spanMs).toBeGreaterThan(1_000);
    expect(spanMs).toBeLessThan(1_000 / 0.95);
    await Promise.all(callers);
    expect(passed).toHaveLength(48);
    expect(mostInASecond(passed)).toBeLessThanOrEqual(10);
  });

  test('accounts do not slow each other', async () => {
    const started = performance.now();
    await Promise.all(Array.from({ length: 5 }, (_, n) => gate(database, `own ${n}`, 1).acquire(never)));
    expect(performance.now() - started).toBeLessThan(900);
  });

  test('a spent day is refused, with the time until midnight in São Paulo', async () => {
    const wallet = walletId('KOMMO', 'day');
    await database.prisma.wallet.create({ data: { id: wallet, workspaceId: wallet, provider: 'KOMMO', name: 'Kommo', externalAccountId: 'day' } });
    const engine = createEngine({ database, log: silentLogger });
    expect(await engine.quotas([wallet])).toEqual([]);
    const daily = gate(database, 'day', 100, 3);
    for (let call = 0; call < 3; call++) await daily.acquire(never);
    const error = (await daily.acquire(never).catch((e: unknown) => e)) as { code: string; retryAfterMs: number };
    expect(error.code).toBe('PROVIDER_RATE_LIMITED');
    const { rows } = await database.pool.query<{ ms: number }>(
      `SELECT extract(epoch FROM (((now() AT TIME ZONE 'America/Sao_Paulo')::date + 1)::timestamp AT TIME ZONE 'America/Sao_Paulo') - now())::float8 * 1000 AS ms`,
    );
    expect(Math.abs(error.retryAfterMs - rows[0]!.ms)).toBeLessThan(5_000);
    expect(await engine.quotas([wallet])).toEqual([{ walletId: wallet, perSecond: 100, perDay: 3, usedToday: 3, resetsAt: expect.stringMatching(/T03:00:00/) }]);
    await database.pool.query(`UPDATE sync.quota SET day = day - 1 WHERE account = 'KOMMO:day'`);
    await daily.acquire(never); // a new day
    expect(await engine.quotas([wallet])).toMatchObject([{ usedToday: 1 }]);
    await engine.close();
  });

  test('a penalty holds every process back; a long one is given to the caller instead of slept through', async () => {
    const [mine, theirs] = [gate(database, 'p', 100), gate(other, 'p', 100)];
    await mine.acquire(never);
    await mine.penalize(400, 'Too many requests');
    const started = performance.now();
    await theirs.acquire(never);
    expect(performance.now() - started).toBeGreaterThan(350);
    await mine.penalize(120_000, 'Too many requests');
    await expect(theirs.acquire(never)).rejects.toMatchObject({ code: 'PROVIDER_RATE_LIMITED', message: expect.stringContaining('Too many requests') });
    const { rows } = await database.pool.query<{ used_today: number }>(`SELECT used_today FROM sync.quota WHERE account = 'KOMMO:p'`);
    expect(rows[0]!.used_today).toBe(2);
  });

  test('a call that leaves late moves the window after it', async () => {
    const slow = gate(database, 'late', 2);
    const first = await slow.acquire(never);
    (await slow.acquire(never))?.();
    const third = slow.acquire(never);
    const delay = new Promise((resolve) => setTimeout(resolve, 400)); // its connection takes that long
    await delay;
    const left = performance.now();
    first?.();
    await third;
    expect(performance.now() - left).toBeGreaterThanOrEqual(1_000);
  });

  test('an aborted caller leaves at once', async () => {
    const slow = gate(database, 'abort', 1);
    await slow.acquire(never);
    const abort = new AbortController();
    const waiting = slow.acquire(abort.signal);
    const started = performance.now();
    setImmediate(() => abort.abort());
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(performance.now() - started).toBeLessThan(500);
  });
});

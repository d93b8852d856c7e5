// A provider that has blocked our address: nobody asks it again before the pause is over, and the run says so and waits.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/log.ts';
import { createQuotaGate, type Provider } from '../../sync/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createLogBook } from '../support/log-book.ts';
import { FINAL, WALLET, createHarness, type Harness } from '../support/sync.ts';

const blocked = () => new PonteError('PROVIDER_BLOCKED', 'Gestão Click has blocked requests from this address.', { hint: 'Stop asking.', retryAfterMs: 900_000 });

describe('a run whose provider blocks the address', () => {
  let h: Harness;
  afterEach(() => h.close());

  test('waits, says why and what to do, and goes on by itself from its checkpoint', async () => {
    h = await createHarness();
    let shut = true;
    h.connector.onPage = (stream, cursor) => {
      if (shut && stream === 'sales' && Number(cursor['page']) === 3) throw blocked();
    };
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const waiting = await h.reaches(run.id, 'WAITING', ...FINAL);
    expect(waiting).toMatchObject({
      status: 'WAITING',
      waitingFor: 'Gestão Click to lift its block of this address',
      error: { code: 'PROVIDER_BLOCKED', message: 'Gestão Click has blocked requests from this address.', hint: 'Stop asking.', retryable: true },
    });
    const leftMs = Date.parse(waiting.resumesAt!) - Date.now();
    expect(leftMs).toBeGreaterThan(850_000);
    expect(leftMs).toBeLessThan(910_000);
    expect(waiting.streams.find((one) => one.name === 'sales')).toMatchObject({ status: 'RUNNING', fetched: 200 });
    expect((await h.database.prisma.wallet.findUniqueOrThrow({ where: { id: WALLET } })).status).toBe('CONNECTED');
    shut = false;
    const before = h.connector.asked.length;
    await h.database.pool.query('UPDATE sync.run SET resumes_at = now() WHERE id = $1', [run.id]); // the pause is over
    expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED', waitingFor: null, error: null, progress: { fetched: 1302, written: 1302 } });
    expect(h.connector.asked.slice(before)).toHaveLength(4);
  });

  test('that is cancelled meanwhile shows no failure', async () => {
    h = await createHarness();
    h.connector.onPage = () => {
      throw blocked();
    };
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await h.reaches(run.id, 'WAITING', ...FINAL);
    expect(await h.engine.cancelSync(run.id)).toMatchObject({ status: 'CANCELLED', error: null, resumesAt: null });
  });
});

describe('the quota gates of a blocked address', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await createTestDatabase()));
  afterAll(() => database.drop());
  const never = new AbortController().signal;
  const gate = (account: string, provider: Provider = 'KOMMO', log = silentLogger) =>
    createQuotaGate({ database, provider, account: () => account, limits: { perSecond: 7, perDay: null }, log });

  test('close together, for all accounts of that provider in this process; the log says it once', async () => {
    const log = createLogBook();
    const [one, two, other] = [gate('1', 'KOMMO', log), gate('2', 'KOMMO', log), gate('1', 'GESTAO_CLICK', log)];
    for (const each of [one, two, other]) (await each.acquire(never))?.();
    await Promise.all([one.penalize(900_000, 'PROVIDER_BLOCKED'), one.penalize(900_000, 'PROVIDER_BLOCKED'), two.penalize(900_000, 'PROVIDER_BLOCKED')]);
    for (const each of [one, two]) {
      await expect(each.acquire(never)).rejects.toMatchObject({
        code: 'PROVIDER_BLOCKED',
        message: 'Kommo has blocked requests from this address.',
        hint: expect.stringMatching(/^Stop all integrations on this address/),
        retryAfterMs: expect.any(Number),
      });
    }
    (await other.acquire(never))?.();
    expect(log.lines).toEqual([{ level: 'warn', text: expect.stringMatching(/^Kommo has blocked this address/) }]);
    await expect(gate('3').acquire(never), 'an account that comes later').rejects.toMatchObject({ code: 'PROVIDER_BLOCKED' });
  });

  test('a pause that concerns one account leaves the others alone', async () => {
    const [one, two] = [gate('4', 'GESTAO_CLICK'), gate('5', 'GESTAO_CLICK')];
    await one.penalize(900_000, 'PROVIDER_RATE_LIMITED');
    await expect(one.acquire(never)).rejects.toMatchObject({ code: 'PROVIDER_RATE_LIMITED' });
    (await two.acquire(never))?.();
  });
});

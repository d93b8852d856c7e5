// What fails, fails no further than it must; what can go on, goes on by itself.
import { afterEach, describe, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { FINAL, WALLET, createHarness, door, idOf, until, type Harness } from '../support/sync.ts';

let h: Harness;
afterEach(() => h.close());

const streamsOf = (run: { streams: readonly { name: string; status: string }[] }) => Object.fromEntries(run.streams.map(({ name, status }) => [name, status]));

describe('a provider that fails', () => {
  test('is tried again from the last checkpoint, and no record is lost or read into two', async () => {
    h = await createHarness();
    let left = 4;
    h.connector.onPage = (stream, cursor) => {
      if (stream === 'sales' && Number(cursor['page']) === 2 && left-- > 0) throw new PonteError('PROVIDER_UNAVAILABLE', 'Answered 504.', { retryable: true });
    };
    const run = await h.sync();
    expect(run).toMatchObject({ status: 'SUCCEEDED', progress: { fetched: 1302, written: 1302 } });
    expect(await h.count('gestao_click.sale')).toBe(600);
    const { rows } = await h.database.pool.query('SELECT failures FROM sync.run');
    expect(rows[0]).toEqual({ failures: 0 }); // progress forgives
  });

  test('in one stream only ends the run PARTIAL; a retry reads that stream alone, from its checkpoint', async () => {
    h = await createHarness();
    h.connector.onPage = (stream, cursor) => {
      if (stream === 'sales' && Number(cursor['page']) === 3) throw new PonteError('PROVIDER_UNAVAILABLE', 'Answered 500.', { retryable: true });
    };
    const run = await h.sync();
    expect(run.status).toBe('PARTIAL');
    expect(streamsOf(run)).toEqual({ stores: 'SUCCEEDED', costCenters: 'SUCCEEDED', clients: 'SUCCEEDED', sales: 'FAILED' });
    expect(run.streams[3]).toMatchObject({ errorCode: 'PROVIDER_UNAVAILABLE', message: 'Answered 500.', fetched: 200 });
    expect(run.error).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', message: '1 of 4 streams could not be read.', retryable: true });
    h.connector.onPage = () => {};
    const before = h.connector.asked.length;
    const again = await h.engine.retrySync(run.id);
    expect(again).toMatchObject({ trigger: 'RETRY', retryOfId: run.id });
    const done = await h.reaches(again.id, ...FINAL);
    expect(done.status).toBe('SUCCEEDED');
    expect(streamsOf(done)).toEqual({ sales: 'SUCCEEDED' });
    expect(h.connector.asked.slice(before)).toHaveLength(4); // page 3 of PRODUCT, three of SERVICE
    expect(await h.count('gestao_click.sale')).toBe(600);
    await expect(h.engine.retrySync(done.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('a stream that is forbidden says that it cannot be read; a bug in a mapper fails its stream alone', async () => {
    h = await createHarness();
    h.connector.onPage = (stream) => {
      if (stream === 'costCenters') throw new PonteError('PROVIDER_FORBIDDEN', 'This user may not read cost centers.');
      if (stream === 'stores') throw new TypeError("Cannot read properties of undefined (reading 'x')");
    };
    const run = await h.sync();
    expect(run.status).toBe('PARTIAL');
    expect(run.streams.find((one) => one.name === 'costCenters')).toMatchObject({ status: 'FAILED', outcome: 'NOTHING_READABLE', errorCode: 'PROVIDER_FORBIDDEN' });
    expect(run.streams.find((one) => one.name === 'stores')).toMatchObject({ status: 'FAILED', errorCode: 'INTERNAL_SERVER_ERROR' });
    expect(h.connector.asked.filter((one) => one.stream === 'costCenters')).toHaveLength(1); // not tried again
    expect(await h.count('gestao_click.sale')).toBe(600); // an order, never a condition
  });

  test('that refuses the token stops the run at once, and marks the wallet', async () => {
    h = await createHarness();
    h.connector.unauthorized = true;
    const run = await h.sync();
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'PROVIDER_UNAUTHORIZED', message: 'The token was refused.', hint: 'Create a new token.' } });
    expect(Object.values(streamsOf(run)).toSorted()).toContain('SKIPPED');
    const wallet = await h.database.prisma.wallet.findUniqueOrThrow({ where: { id: WALLET } });
    expect(wallet.status).toBe('UNAUTHORIZED');
    h.connector.unauthorized = false;
    const again = await h.reaches((await h.engine.retrySync(run.id)).id, ...FINAL);
    expect(again.status).toBe('SUCCEEDED');
    expect((await h.database.prisma.wallet.findUniqueOrThrow({ where: { id: WALLET } })).status).toBe('CONNECTED');
  });

  test('an expired token is refused without asking', async () => {
    h = await createHarness();
    h.connector.token = () => ({ expiresAt: '2026-01-01T00:00:00.000Z', daysLeft: -1, scopes: [], missingScopes: [] });
    const run = await h.sync();
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'PROVIDER_UNAUTHORIZED', message: 'The Gestão Click token expired on 2026-01-01.' } });
    expect(h.connector.asked).toHaveLength(0);
    expect((await h.database.prisma.wallet.findUniqueOrThrow({ where: { id: WALLET } })).status).toBe('EXPIRED');
  });
});

describe('a quota that is spent', () => {
  test('makes the run wait and say for what; it goes on by itself from its checkpoint', async () => {
    h = await createHarness();
    let spent = true;
    h.connector.onPage = (stream, cursor) => {
      if (spent && stream === 'sales' && Number(cursor['page']) === 3) throw new PonteError('PROVIDER_RATE_LIMITED', 'Spent.', { retryable: true, retryAfterMs: 3_600_000 });
    };
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const waiting = await h.reaches(run.id, 'WAITING');
    expect(waiting.waitingFor).toBe('Gestão Click quota');
    expect(Date.parse(waiting.resumesAt!) - Date.now()).toBeGreaterThan(3_500_000);
    expect(waiting.streams.find((one) => one.name === 'sales')).toMatchObject({ fetched: 200 });
    expect((await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' })).started).toBe(false);
    spent = false;
    const before = h.connector.asked.length;
    await h.database.pool.query('UPDATE sync.run SET resumes_at = now() WHERE id = $1', [run.id]); // midnight
    const done = await h.reaches(run.id, ...FINAL);
    expect(done).toMatchObject({ status: 'SUCCEEDED', waitingFor: null, progress: { fetched: 1302, written: 1302 } });
    expect(h.connector.asked.slice(before)).toHaveLength(4);
  });
});

describe('cancelling', () => {
  test('ends a run in the middle of a page, keeps what was read, and may be retried', async () => {
    h = await createHarness();
    const reached = door();
    h.connector.onPage = (stream, cursor, { signal }) => {
      if (stream !== 'sales' || Number(cursor['page']) < 2) return undefined;
      reached.open();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
    };
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await reached.opened;
    const started = performance.now();
    await h.engine.cancelSync(run.id);
    const done = await h.reaches(run.id, ...FINAL);
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(done.status).toBe('CANCELLED');
    expect(streamsOf(done)).toMatchObject({ clients: 'SUCCEEDED', sales: 'CANCELLED' });
    expect(await h.engine.cancelSync(run.id)).toMatchObject({ status: 'CANCELLED' }); // nothing more to do
    h.connector.onPage = () => {};
    const again = await h.reaches((await h.engine.retrySync(run.id)).id, ...FINAL);
    expect(again).toMatchObject({ status: 'SUCCEEDED' });
    expect(streamsOf(again)).toEqual({ sales: 'SUCCEEDED' });
    expect(await h.count('gestao_click.sale')).toBe(600);
  });

  test('a run that nobody works on ends at once', async () => {
    h = await createHarness();
    await h.worker.stop();
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    expect(await h.engine.cancelSync(run.id)).toMatchObject({ status: 'CANCELLED', finishedAt: expect.any(String) });
  });
});

describe('dead letters', () => {
  test('keep a record that cannot be read, count its tries, and let go when it can', async () => {
    h = await createHarness();
    h.connector.broken.add('client:3').add('client:4');
    const run = await h.sync();
    expect(run.status).toBe('SUCCEEDED');
    expect(run.streams.find((one) => one.name === 'clients')).toMatchObject({ fetched: 450, written: 448, rejected: 2 });
    const letters = () => h.database.prisma.deadLetter.findMany({ orderBy: { externalId: 'asc' } });
    expect(await letters()).toMatchObject([
      { externalId: '3', code: 'INVALID', message: 'email: expected an e-mail, got 7', attempts: 1, runId: run.id, payload: { id: 3 }, resolvedAt: null },
      { externalId: '4', attempts: 1 },
    ]);
    await h.sync('FULL', ['clients']);
    expect(await letters()).toMatchObject([{ attempts: 2 }, { attempts: 2 }]);
    h.connector.broken.delete('client:3');
    await h.sync('FULL', ['clients']);
    expect((await letters()).map((one) => one.resolvedAt !== null)).toEqual([true, false]);
  });

  test('are replayed by a worker: some go in, some stay, with the reason of today', async () => {
    h = await createHarness();
    h.connector.broken.add('client:3').add('client:4');
    await h.sync('FULL', ['clients']);
    h.connector.broken.delete('client:3');
    const letters = await h.database.prisma.deadLetter.findMany({ orderBy: { externalId: 'asc' } });
    const answer = await h.engine.replayDeadLetters([...letters.map((one) => one.id), idOf('letter', 99)]);
    expect(answer).toEqual({ replayed: 1, failed: 2 });
    expect(await h.count(`gestao_click.client WHERE external_id = '3'`)).toBe(1);
    const after = await h.database.prisma.deadLetter.findMany({ orderBy: { externalId: 'asc' } });
    expect(after).toMatchObject([{ attempts: 1, resolvedAt: expect.any(Date) }, { attempts: 2, resolvedAt: null }]);
  });

  test('also hold what the database refuses, and the rest of the batch goes in', async () => {
    h = await createHarness();
    const clients = h.connector.streams.find((stream) => stream.name === 'clients')!;
    const page = clients.page.bind(clients);
    clients.page = async (...args) => {
      const result = await page(...args);
      return { ...result, records: result.records.map((one) => (one.externalId === '42' ? { ...one, row: { ...one.row, name: null } } : one)) };
    };
    const run = await h.sync('FULL', ['clients']);
    expect(run.streams[0]).toMatchObject({ status: 'SUCCEEDED', written: 449, rejected: 1 });
    expect(await h.database.prisma.deadLetter.findFirstOrThrow()).toMatchObject({ externalId: '42', code: 'NOT_STORABLE', message: expect.stringContaining('"name"') });
  });
});

describe('the database', () => {
  test('that drops every connection in the middle of a run delays it, no more', async () => {
    h = await createHarness({ latencyMs: 10 });
    let dropped = false;
    h.connector.onPage = async (stream, cursor) => {
      if (dropped || stream !== 'sales' || Number(cursor['page']) !== 2) return;
      dropped = true;
      await h.database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    };
    const { run: queued } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const run = await until(async () => {
      const state = await h.engine.run(queued.id).catch(() => null); // this connection may be one of them
      return state && FINAL.includes(state.status) ? state : null;
    });
    expect(dropped).toBe(true);
    expect(run).toMatchObject({ status: 'SUCCEEDED', progress: { fetched: 1302, written: 1302 } });
  });
});

describe('a batch that is lost with its connection', () => {
  test('is read again from the checkpoint, within seconds', async () => {
    h = await createHarness();
    const locker = await h.database.connectDirect();
    await locker.query('BEGIN; LOCK TABLE gestao_click.sale IN EXCLUSIVE MODE');
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await until(async () => {
      const { rowCount } = await h.database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO "gestao_click"."sale"%'`,
      );
      return rowCount === 1;
    });
    await locker.end();
    const started = performance.now();
    expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED', progress: { fetched: 1302, written: 1302 } });
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(await h.count('gestao_click.sale')).toBe(600);
  });
});

describe('errands', () => {
  test('a connection test is answered by a worker; without one, the answer says so', async () => {
    h = await createHarness();
    expect(await h.engine.testConnection({ provider: 'GESTAO_CLICK' })).toMatchObject({ ok: true, status: 'CONNECTED', account: { key: '77' } });
    expect(await h.engine.testConnection({ provider: 'KOMMO' })).toMatchObject({ ok: false, status: 'NOT_CONFIGURED' });
    h.connector.unauthorized = true;
    expect(await h.engine.testConnection({ walletId: WALLET })).toMatchObject({ ok: false, status: 'UNAUTHORIZED', hint: 'Create a new token.' });
    await expect(h.engine.autoImport()).rejects.toMatchObject({ code: 'PROVIDER_UNAUTHORIZED' });
    h.connector.unauthorized = false;
    const imported = await h.engine.autoImport();
    expect(imported.runs).toMatchObject([{ trigger: 'AUTO_IMPORT', mode: 'FULL' }]);
    await h.reaches(imported.runs[0]!.id, 'SUCCEEDED');
    await h.worker.stop();
    await expect(h.engine.testConnection({ provider: 'GESTAO_CLICK' })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', hint: expect.stringContaining('ponte worker') });
    expect(await until(async () => (await h.database.prisma.errand.count({ where: { status: 'ASKED' } })) === 0)).toBe(true);
  });
});

test('a step after the streams that fails leaves the records in, and the run PARTIAL', async () => {
  const seen: string[] = [];
  h = await createHarness({
    worker: {
      settle: [
        { name: 'match people', run: async () => { throw new Error('boom'); } },
        { name: 'after it', run: async ({ walletId, mode }) => void seen.push(`${walletId} ${mode}`) },
      ],
    },
  });
  const run = await h.sync();
  expect(run).toMatchObject({ status: 'PARTIAL', error: { message: expect.stringContaining('match people') } });
  expect(run.streams.every((stream) => stream.status === 'SUCCEEDED')).toBe(true);
  expect(seen).toEqual([`${WALLET} FULL`]);
});

test('a page that fails while a batch is being written is met later, and takes nobody down', async () => {
  h = await createHarness({ pageSize: 6_000, clients: 7_000 }); // a page fills a batch
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  const locker = await h.database.connectDirect();
  await locker.query('BEGIN; LOCK TABLE gestao_click.client IN EXCLUSIVE MODE');
  const stuck = door();
  let failed = false;
  h.connector.onPage = async (stream, cursor) => {
    if (stream !== 'clients' || Number(cursor['page']) !== 2 || failed) return;
    await stuck.opened; // the batch of the page before it is behind the lock
    failed = true;
    throw new PonteError('PROVIDER_UNAVAILABLE', 'Answered 502.', { retryable: true });
  };
  const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL', streams: ['clients'] });
  await until(async () => (await h.database.pool.query('SELECT 1 FROM sync.run WHERE id = $1 AND status = $2', [run.id, 'RUNNING'])).rowCount === 1);
  await until(async () => {
    const { rowCount } = await h.database.pool.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    return rowCount === 1;
  });
  stuck.open();
  await until(() => failed); // and looks again some turns of the event loop later, when whoever waits for the page has met it
  await locker.end();
  expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED', progress: { fetched: 7_000 } });
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

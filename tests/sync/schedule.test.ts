// Schedules: what is due starts once, however late and however many workers look.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../lib/log.ts';
import { DEFAULT_SCHEDULE, nextRun } from '../../sync/index.ts';
import { startDue } from '../../sync/schedule.ts';
import { FINAL, WALLET, createHarness, idOf, until, type Harness } from '../support/sync.ts';

describe('the next point in time', () => {
  test.each([
    ['0 2 * * *', 'America/Sao_Paulo', '2026-03-10T04:59:59Z', '2026-03-10T05:00:00.000Z'],
    ['0 2 * * *', 'America/Sao_Paulo', '2026-03-10T05:00:00Z', '2026-03-11T05:00:00.000Z'],
    ['30 2 * * 1-5', 'America/Sao_Paulo', '2026-03-13T12:00:00Z', '2026-03-16T05:30:00.000Z'],
    ['*/15 * * * *', 'UTC', '2026-03-10T10:07:00Z', '2026-03-10T10:15:00.000Z'],
  ])('%s in %s after %s', (cron, zone, after, expected) => {
    expect(nextRun(cron, zone, new Date(after)).toISOString()).toBe(expected);
  });

  test.each([
    ['0 2 * *', 'America/Sao_Paulo', 'cron'],
    ['61 2 * * *', 'America/Sao_Paulo', 'cron'],
    ['every day', 'America/Sao_Paulo', 'cron'],
    ['0 0 2 * * *', 'America/Sao_Paulo', 'cron'],
    ['0 2 * * *', 'America/Sampa', 'timeZone'],
  ])('"%s" in "%s" is refused, naming %s', (cron, zone, field) => {
    expect(() => nextRun(cron, zone, new Date())).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', field }));
  });
});

let h: Harness;
afterEach(() => h?.close());

describe('a schedule', () => {
  test('that was missed for days starts one run, and then waits for its next time', async () => {
    h = await createHarness();
    await h.addWorker(); // a second supervisor looks at the same rows
    const schedule = await h.engine.setSchedule({ walletId: WALLET, cron: '0 2 * * *', mode: 'FULL' });
    expect(schedule).toMatchObject({ cron: '0 2 * * *', timeZone: 'America/Sao_Paulo', mode: 'FULL', enabled: true, lastRunId: null });
    expect(Date.parse(schedule.nextRunAt!)).toBeGreaterThan(Date.now());
    await h.database.pool.query(`UPDATE sync.schedule SET next_run_at = next_run_at - interval '5 days'`);
    const row = await until(async () => {
      const found = await h.database.prisma.syncSchedule.findFirstOrThrow();
      return found.lastRunId ? found : null;
    });
    expect(row.nextRunAt!.toISOString()).toBe(schedule.nextRunAt);
    expect(await h.reaches(row.lastRunId!, ...FINAL)).toMatchObject({ status: 'SUCCEEDED', trigger: 'SCHEDULE', mode: 'FULL' });
    expect(await h.database.prisma.syncRun.count()).toBe(1);
  });

  test('is claimed by one of many who look at once', async () => {
    h = await createHarness({ startWorker: false });
    const worker = await h.addWorker();
    await worker.stop();
    await h.engine.setSchedule({ walletId: WALLET, cron: '0 2 * * *' });
    await h.database.pool.query(`UPDATE sync.schedule SET next_run_at = now() - interval '1 minute'`);
    const started = await Promise.all(Array.from({ length: 8 }, () => startDue(h.database, [WALLET], silentLogger)));
    expect(started.reduce((all, count) => all + count, 0)).toBe(1);
  });

  test('that is switched off never runs; one that meets a live run does not start another', async () => {
    h = await createHarness({ startWorker: false });
    const worker = await h.addWorker();
    await worker.stop();
    expect(await h.engine.setSchedule({ walletId: WALLET, cron: '0 2 * * *', enabled: false })).toMatchObject({ enabled: false, nextRunAt: null });
    expect(await startDue(h.database, [WALLET], silentLogger)).toBe(0);
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await h.engine.setSchedule({ walletId: WALLET, cron: '0 2 * * *' });
    await h.database.pool.query(`UPDATE sync.schedule SET next_run_at = now() - interval '1 second'`);
    expect(await startDue(h.database, [WALLET], silentLogger)).toBe(0);
    expect((await h.database.prisma.syncSchedule.findFirstOrThrow()).lastRunId).toBe(run.id);
  });

  test('a new wallet gets the default one, and a changed one is left alone', async () => {
    h = await createHarness({ startWorker: false, worker: { defaultSchedule: DEFAULT_SCHEDULE } });
    const first = await h.addWorker();
    const row = await h.database.prisma.syncSchedule.findFirstOrThrow();
    expect(row).toMatchObject({ cron: '0 2 * * *', timeZone: 'America/Sao_Paulo', mode: 'INCREMENTAL', enabled: true, fullCron: '0 1 * * 0' });
    expect(row.fullNextRunAt!.toISOString()).toBe(nextRun('0 1 * * 0', 'America/Sao_Paulo', new Date()).toISOString());
    expect(row.fullNextRunAt!.getUTCDay()).toBe(0);
    await h.engine.setSchedule({ walletId: WALLET, cron: '15 4 * * *', enabled: false, fullCron: null });
    await first.stop();
    await h.addWorker();
    expect(await h.database.prisma.syncSchedule.findFirstOrThrow()).toMatchObject({ cron: '15 4 * * *', enabled: false, nextRunAt: null, fullCron: null, fullNextRunAt: null });
  });
});

describe('the full run beside it', () => {
  const due = (column: 'next_run_at' | 'full_next_run_at', ago = '1 minute') => h.database.pool.query(`UPDATE sync.schedule SET ${column} = now() - $1::interval`, [ago]);
  const runs = async () => (await h.database.prisma.syncRun.findMany({ orderBy: { queuedAt: 'asc' } })).map(({ mode, trigger, status }) => `${trigger} ${mode} ${status}`);
  const begin = async () => {
    h = await createHarness({ startWorker: false });
    const worker = await h.addWorker();
    await worker.stop();
    return h.engine.setSchedule({ walletId: WALLET, cron: '0 2 * * *', fullCron: '0 1 * * 0' });
  };
  const look = () => startDue(h.database, [WALLET], silentLogger);
  const end = () => h.database.pool.query(`UPDATE sync.run SET status = 'SUCCEEDED', finished_at = now() WHERE status = 'QUEUED'`);

  test('is set, left as it was, moved to another zone, switched off with the rest, and taken away', async () => {
    const first = await begin();
    expect(first).toMatchObject({ fullCron: '0 1 * * 0', fullNextRunAt: nextRun('0 1 * * 0', 'America/Sao_Paulo', new Date()).toISOString() });
    const moved = await h.engine.setSchedule({ walletId: WALLET, cron: '0 3 * * *', timeZone: 'America/Manaus' });
    expect(moved).toMatchObject({ cron: '0 3 * * *', fullCron: '0 1 * * 0', fullNextRunAt: nextRun('0 1 * * 0', 'America/Manaus', new Date()).toISOString() });
    expect(await h.engine.setSchedule({ walletId: WALLET, cron: '0 3 * * *', enabled: false })).toMatchObject({ fullCron: '0 1 * * 0', fullNextRunAt: null, nextRunAt: null });
    expect(await h.engine.setSchedule({ walletId: WALLET, cron: '0 3 * * *', fullCron: null })).toMatchObject({ fullCron: null, fullNextRunAt: null });
    await expect(h.engine.setSchedule({ walletId: WALLET, cron: '0 3 * * *', fullCron: 'sundays' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'fullCron' });
  });

  test('starts once however many look, and waits for its next time', async () => {
    const { fullNextRunAt } = await begin();
    await due('full_next_run_at', '9 days');
    const started = await Promise.all(Array.from({ length: 8 }, look));
    expect(started.reduce((all, count) => all + count, 0)).toBe(1);
    expect(await runs()).toEqual(['SCHEDULE FULL QUEUED']);
    const row = await h.database.prisma.syncSchedule.findFirstOrThrow();
    expect(row.fullNextRunAt!.toISOString()).toBe(fullNextRunAt);
    expect(row.nextRunAt!.getTime()).toBeGreaterThan(Date.now());
  });

  test('takes the place of the ordinary one where both are due', async () => {
    await begin();
    await due('next_run_at');
    await due('full_next_run_at');
    expect(await look()).toBe(1);
    await end();
    expect(await look()).toBe(0);
    expect(await runs()).toEqual(['SCHEDULE FULL SUCCEEDED']);
  });

  test('comes after a run that does not read everything', async () => {
    await begin();
    await due('next_run_at');
    expect(await look()).toBe(1);
    await due('full_next_run_at');
    expect(await look()).toBe(0);
    await end();
    expect(await look()).toBe(1);
    expect(await runs()).toEqual(['SCHEDULE INCREMENTAL SUCCEEDED', 'SCHEDULE FULL QUEUED']);
  });

  test('comes after a full run of some streams, and lets one of all streams take its place', async () => {
    await begin();
    await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL', streams: ['clients'] });
    await due('full_next_run_at');
    expect(await look()).toBe(0);
    await end();
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    expect(await look()).toBe(0);
    const row = await h.database.prisma.syncSchedule.findFirstOrThrow();
    expect(row).toMatchObject({ lastRunId: run.id });
    expect(row.fullNextRunAt!.getTime()).toBeGreaterThan(Date.now());
    await end();
    expect(await look()).toBe(0);
  });
});

describe('the step of the database that brings it', () => {
  const sql = readFileSync(new URL('../../prisma/migrations/20261124000000_full_schedule/migration.sql', import.meta.url), 'utf8');

  test('gives it to accounts whose schedule nobody has changed', async () => {
    h = await createHarness({ startWorker: false });
    const wallets = { untouched: "'0 2 * * *', 'America/Sao_Paulo', 'INCREMENTAL', true", later: "'0 4 * * *', 'America/Sao_Paulo', 'INCREMENTAL', true", full: "'0 2 * * *', 'America/Sao_Paulo', 'FULL', true", off: "'0 2 * * *', 'America/Sao_Paulo', 'INCREMENTAL', false" };
    await h.database.pool.query('ALTER TABLE sync.schedule DROP COLUMN full_cron, DROP COLUMN full_next_run_at');
    for (const [name, values] of Object.entries(wallets)) {
      await h.database.pool.query(`INSERT INTO sync.schedule (id, wallet_id, provider, cron, time_zone, mode, enabled) VALUES ($1, $2, 'KOMMO', ${values})`, [idOf('schedule', name.length), idOf('wallet', name.length)]);
    }
    await h.database.pool.query(sql);
    const rows = await h.database.prisma.syncSchedule.findMany({ where: { fullCron: { not: null } } });
    expect(rows.map(({ walletId }) => walletId)).toEqual([idOf('wallet', 'untouched'.length)]);
    expect(rows[0]).toMatchObject({ fullCron: '0 1 * * 0', fullNextRunAt: nextRun('0 1 * * 0', 'America/Sao_Paulo', new Date()) });
  });
});

// Schedules: what is due starts once, however late and however many workers look.
import { afterEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../lib/log.ts';
import { nextRun } from '../../sync/index.ts';
import { startDue } from '../../sync/schedule.ts';
import { FINAL, WALLET, createHarness, until, type Harness } from '../support/sync.ts';

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
    h = await createHarness({ startWorker: false, worker: { defaultSchedule: { cron: '0 2 * * *', timeZone: 'America/Sao_Paulo', mode: 'INCREMENTAL' } } });
    const first = await h.addWorker();
    expect(await h.database.prisma.syncSchedule.findFirstOrThrow()).toMatchObject({ cron: '0 2 * * *', timeZone: 'America/Sao_Paulo', mode: 'INCREMENTAL', enabled: true });
    await h.engine.setSchedule({ walletId: WALLET, cron: '15 4 * * *', enabled: false });
    await first.stop();
    await h.addWorker();
    expect(await h.database.prisma.syncSchedule.findFirstOrThrow()).toMatchObject({ cron: '15 4 * * *', enabled: false, nextRunAt: null });
  });
});

// Figures of the synchronisation, after real runs of the engine on a database of their own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProcessMetrics } from '../../cli/process-metrics.ts';
import { readSyncMetrics } from '../../cli/metrics.ts';
import { sql } from '../../lib/sql.ts';
import { createHarness, WALLET, type Harness } from '../support/sync.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness();
});
afterAll(() => harness.close());

test('an empty database gives no figures, and no failure', async () => {
  const readings = await readSyncMetrics(harness.database);
  expect(readings.find(({ name }) => name === 'ponte_sync_runs')?.values).toEqual([]);
});

test('runs, records, ages, dead letters and quota are told as the tables have them', async () => {
  const { id, streams } = await harness.sync('FULL');
  const { database } = harness;
  await database.rows(sql`INSERT INTO sync.quota (account, per_second, per_day, grants, day, used_today, blocked_until)
    VALUES ('GESTAO_CLICK:77', 3, 30000, '{}', (now() AT TIME ZONE 'America/Sao_Paulo')::date, 1200, now() + interval '1 minute'),
           ('GESTAO_CLICK:78', 3, 30000, '{}', (now() AT TIME ZONE 'America/Sao_Paulo')::date - 1, 29000, NULL), ('KOMMO:9', 7, NULL, '{}', now()::date, 5, NULL)
    ON CONFLICT (account) DO UPDATE SET used_today = excluded.used_today, blocked_until = excluded.blocked_until, per_day = excluded.per_day, day = excluded.day`);
  await database.rows(sql`INSERT INTO sync.dead_letter (id, wallet_id, run_id, provider, stream, code, message, payload)
    VALUES (gen_random_uuid(), ${WALLET}::uuid, ${id}::uuid, 'GESTAO_CLICK', 'sales', 'X', 'x', '{}')`);
  const readings = new Map((await readSyncMetrics(database)).map(({ name, values }) => [name, values]));
  const value = (name: string, labels: object) => readings.get(name)?.find((one) => Object.entries(labels).every(([key, text]) => one.labels[key] === text))?.value;
  expect(value('ponte_sync_runs', { provider: 'GESTAO_CLICK', status: 'SUCCEEDED' })).toBe(1);
  for (const { name, written, fetched } of streams) {
    expect(value('ponte_sync_records', { stream: name, outcome: 'written' })).toBe(written);
    expect(value('ponte_sync_records', { stream: name, outcome: 'fetched' })).toBe(fetched);
    expect(value('ponte_sync_stream_age_seconds', { stream: name })).toBeLessThan(60);
  }
  expect(streams.some(({ written }) => written > 0)).toBe(true);
  expect(value('ponte_dead_letters', { stream: 'sales' })).toBe(1);
  expect(value('ponte_provider_quota_left', { account: 'GESTAO_CLICK:77' })).toBe(28_800);
  // Yesterday's calls do not count today.
  expect([value('ponte_provider_quota_left', { account: 'GESTAO_CLICK:78' }), value('ponte_provider_quota_used', { account: 'GESTAO_CLICK:78' })]).toEqual([30_000, 0]);
  expect([value('ponte_provider_quota_left', { account: 'KOMMO:9' }), value('ponte_provider_blocked_seconds', { account: 'KOMMO:9' })]).toEqual([undefined, 0]);
  expect(value('ponte_provider_blocked_seconds', { account: 'GESTAO_CLICK:77' })).toBeGreaterThan(50);
});

test('a worker shows them beside its own', async () => {
  const metrics = createProcessMetrics(harness.database);
  await metrics();
  const text = await metrics();
  expect(text).toMatch(/^ponte_sync_runs\{provider="GESTAO_CLICK",status="SUCCEEDED"\} 1$/m);
  expect(text).toContain('process_cpu_seconds_total');
  const down = createProcessMetrics({ rows: () => Promise.reject(new Error('down')) });
  expect(await down()).not.toContain('ponte_sync_runs{');
});

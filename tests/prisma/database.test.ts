import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../lib/sql.ts';
import { migrate } from '../../prisma/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe('database', () => {
  test('values come as the API wants them', async () => {
    const [row] = await db.rows(sql`SELECT 12.3400::numeric AS amount, '2026-03-01'::date AS day,
      '2026-03-01 10:00:00.5-03'::timestamptz AS instant, '{2026-03-01}'::date[] AS days, 9007199254740993::int8 AS big`);
    expect(row).toEqual({ amount: '12.3400', day: '2026-03-01', instant: '2026-03-01T13:00:00.500Z', days: ['2026-03-01'], big: '9007199254740993' });
  });

  test('a failed transaction leaves nothing behind and gives its connection back', async () => {
    const insert = `INSERT INTO sync.errand (id, kind, provider, input, status) VALUES (gen_random_uuid(), 'X', 'KOMMO', '{}', 'ASKED')`;
    await expect(db.transaction(async (client) => { await client.query(insert); throw new Error('no'); })).rejects.toThrow('no');
    expect(await db.prisma.errand.count()).toBe(0);
    await db.transaction((client) => client.query(insert));
    expect(await db.prisma.errand.count()).toBe(1);
    expect(db.pool.idleCount).toBe(db.pool.totalCount);
  });

  test('migrations that are applied are not applied again, also by two at once', async () => {
    expect(await Promise.all([migrate(db.url), migrate(db.url)])).toEqual([[], []]);
  });

  test('one live run for each wallet is enforced by the database', async () => {
    const run = (id: string, status: string) => db.rows(sql`INSERT INTO sync.run (id, wallet_id, provider, mode, trigger, status)
      VALUES (${id}::uuid, '00000000-0000-4000-8000-000000000001', 'KOMMO', 'FULL', 'MANUAL', ${status})`);
    await run('00000000-0000-4000-8000-00000000000a', 'QUEUED');
    await run('00000000-0000-4000-8000-00000000000b', 'SUCCEEDED');
    await expect(run('00000000-0000-4000-8000-00000000000c', 'WAITING')).rejects.toThrow(/run_one_live_per_wallet/);
  });
});

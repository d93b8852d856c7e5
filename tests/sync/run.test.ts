// A run from its start to its end, against a fake provider and a real database.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slotsFor } from '../../sync/slots.ts';
import { createHarness, idOf, until, WALLET, type Harness } from '../support/sync.ts';

let h: Harness;
beforeAll(async () => {
  h = await createHarness();
});
afterAll(() => h.close());

describe('a full run', () => {
  test('reads every record of every stream once, and counts them', async () => {
    const run = await h.sync();
    expect(run.error).toBeNull();
    expect(run.status).toBe('SUCCEEDED');
    expect(run.streams.map(({ name, status, fetched, written, outcome }) => ({ name, status, fetched, written, outcome }))).toEqual([
      { name: 'stores', status: 'SUCCEEDED', fetched: 2, written: 2, outcome: 'CHANGED' },
      { name: 'costCenters', status: 'SUCCEEDED', fetched: 250, written: 250, outcome: 'CHANGED' },
      { name: 'clients', status: 'SUCCEEDED', fetched: 450, written: 450, outcome: 'CHANGED' },
      { name: 'sales', status: 'SUCCEEDED', fetched: 600, written: 600, outcome: 'CHANGED' },
    ]);
    expect(run.progress).toMatchObject({ percent: 100, basis: 'COUNTED', fetched: 1302, written: 1302, total: 1302, etaSeconds: 0 });
    expect(await h.count('gestao_click.client')).toBe(450);
    expect(await h.count('gestao_click.sale_item')).toBe(1200);
    expect(await h.count(`gestao_click.payment WHERE origin = 'INSTALMENT'`)).toBe(600);
    expect(await h.count('gestao_click.salesperson')).toBe(5);
  });

  test('sales wait for the streams they come after, and no page is asked for twice', () => {
    const firstSale = h.connector.asked.findIndex((one) => one.stream === 'sales');
    const lastClient = h.connector.asked.findLastIndex((one) => one.stream === 'clients');
    expect(firstSale).toBeGreaterThan(lastClient);
    const keys = h.connector.asked.map(({ stream, partition, cursor }) => JSON.stringify([stream, partition, cursor]));
    expect(new Set(keys).size).toBe(keys.length);
    const beyond = h.connector.asked.filter((one) => one.stream === 'clients' && Number(one.cursor['page']) > 5);
    expect(beyond.length).toBeLessThanOrEqual(slotsFor(200, 20) - 1); // one window, in which the last page was under way too
  });

  test('nothing is rewritten where nothing changed, and the words say so', async () => {
    const before = await h.database.pool.query('SELECT max(synced_at) AS at FROM gestao_click.sale');
    const run = await h.sync();
    expect(run.progress).toMatchObject({ written: 0, unchanged: 1302, fetched: 1302 });
    expect(run.streams.every((stream) => stream.outcome === 'NOTHING_NEW')).toBe(true);
    expect((await h.database.pool.query('SELECT max(synced_at) AS at FROM gestao_click.sale')).rows).toEqual(before.rows);
  });

  test('a changed record replaces its children, within their scope only', async () => {
    const sale = idOf('sale', 7);
    await h.database.pool.query(
      `INSERT INTO gestao_click.payment (id, wallet_id, external_id, origin, direction, amount, net_amount, due_date, sale_id, search_text, metadata, content_hash)
       VALUES (gen_random_uuid(), $1, 't1', 'TITLE', 'RECEIVABLE', 10, 10, '2026-01-01', $2, '', '{}', 'x')`,
      [WALLET, sale],
    );
    h.connector.versions.set('sale:7', 5);
    const run = await h.sync();
    expect(run.progress).toMatchObject({ written: 1, unchanged: 1301 });
    const items = await h.database.pool.query('SELECT description FROM gestao_click.sale_item WHERE sale_id = $1 ORDER BY position', [sale]);
    expect(items.rows.map((row) => row.description)).toEqual(['item 0 v5', 'item 1 v5', 'item 2 v5']);
    const payments = await h.database.pool.query('SELECT origin, count(*)::int AS count FROM gestao_click.payment WHERE sale_id = $1 GROUP BY 1 ORDER BY 1', [sale]);
    expect(payments.rows).toEqual([{ origin: 'INSTALMENT', count: 3 }, { origin: 'TITLE', count: 1 }]);
    h.connector.versions.set('sale:7', 3); // fewer children again
    await h.sync('FULL', ['sales']);
    expect(await h.count(`gestao_click.payment WHERE sale_id = '${sale}' AND origin = 'INSTALMENT'`)).toBe(1);
  });

  test('records that changed are told, by type', async () => {
    const { rows } = await h.database.pool.query(`SELECT created, updated, deleted FROM sync.change_event WHERE type = 'PAYMENT' ORDER BY id DESC LIMIT 1`);
    expect(rows[0]).toEqual({ created: [], updated: [idOf('instalment', '7-0' as never)], deleted: expect.arrayContaining([idOf('instalment', '7-1' as never), idOf('instalment', '7-2' as never)]) });
  });

  test('who keeps answers hears of every wallet whose rows changed, also of records that no subscriber is told of', async () => {
    const client = await h.database.connectDirect();
    const heard: (string | undefined)[] = [];
    client.on('notification', ({ payload }) => heard.push(payload));
    await client.query('LISTEN ponte_change');
    h.connector.versions.set('cost_center:3', 9);
    expect((await h.sync('FULL', ['costCenters'])).streams[0]).toMatchObject({ written: 1 });
    await until(() => heard.length > 0);
    expect(new Set(heard)).toEqual(new Set([WALLET]));
    heard.length = 0;
    expect((await h.sync('FULL', ['costCenters'])).streams[0]).toMatchObject({ written: 0 });
    // What was sent before this is heard before its answer.
    await client.query('SELECT 1');
    expect(heard).toEqual([]);
    await client.end();
  });

  test('far fewer records than usual are called so, and none at all too', async () => {
    h.connector.world.costCenters = 100;
    h.connector.world.clients = 0;
    const run = await h.sync('FULL', ['costCenters', 'clients']);
    expect(run.streams.map(({ name, outcome }) => [name, outcome])).toEqual([['costCenters', 'FEWER_THAN_USUAL'], ['clients', 'NOTHING_READABLE']]);
    expect(run.streams[0]?.message).toContain('250');
    expect(await h.count('gestao_click.client')).toBe(450);
    h.connector.world.clients = 450;
  });

  test('an unknown stream is refused by name, an unknown wallet too', async () => {
    await expect(h.engine.startSync({ walletId: WALLET, mode: 'FULL', streams: ['deals'], trigger: 'MANUAL' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('clients') });
    await expect(h.engine.startSync({ walletId: idOf('wallet', 1), mode: 'FULL', trigger: 'MANUAL' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('after a complete read, freshness and watermark are kept', async () => {
    const { rows } = await h.database.pool.query('SELECT watermark, last_synced_at, last_full_at, records FROM sync.stream_state WHERE stream = $1', ['sales']);
    expect(rows[0]).toMatchObject({ watermark: { at: expect.stringMatching(/^\d{4}-/) }, records: 600 });
    expect(rows[0]!.last_full_at).not.toBeNull();
  });
});

// The write path: both ways of sending rows give the same tables; what Postgres cannot hold is cleaned, not lost.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { walletId } from '../../lib/ids.ts';
import type { ParsedRecord, ReadContext } from '../../sync/index.ts';
import { writeRecords } from '../../sync/writer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { CLIENT, INSTALMENT, SALE, SALESPERSON, SALE_ITEM, createFakeConnector } from '../support/fake-connector.ts';

const WALLET = walletId('GESTAO_CLICK', 'writer');
const TABLES = [SALE, SALE_ITEM, INSTALMENT, SALESPERSON];
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(() => db.pool.query('TRUNCATE gestao_click.sale, gestao_click.sale_item, gestao_click.payment, gestao_click.salesperson, gestao_click.client'));

async function read(stream: string, count: number, versions: Record<string, number> = {}): Promise<ParsedRecord[]> {
  const connector = createFakeConnector({ pageSize: count, sales: count, clients: count });
  for (const [key, version] of Object.entries(versions)) connector.versions.set(key, version);
  const found = connector.streams.find(({ name }) => name === stream)!;
  const context: ReadContext = { walletId: WALLET, mode: 'FULL', watermark: null, since: null, startedAt: new Date(), signal: new AbortController().signal };
  const [partition] = await found.partitions(context);
  return [...(await found.page(context, partition!, { page: 1 })).records];
}
const write = (records: readonly ParsedRecord[], jsonRows?: number, tables = TABLES) =>
  db.transaction((client) => writeRecords(client, tables, records, jsonRows === undefined ? {} : { jsonRows }));

/** All rows of a table, without the instant of storing. */
async function dump(table: string): Promise<unknown[]> {
  const { rows } = await db.pool.query<{ row: unknown }>(`SELECT to_jsonb(t) - 'synced_at' AS row FROM ${table} t ORDER BY to_jsonb(t)::text`);
  return rows.map(({ row }) => row);
}

describe('COPY and JSON', () => {
  test('write the same rows: inserts, updates and children', async () => {
    const dumps: unknown[][] = [];
    for (const jsonRows of [100_000, 0]) {
      await db.pool.query('TRUNCATE gestao_click.sale, gestao_click.sale_item, gestao_click.payment, gestao_click.salesperson, gestao_click.client');
      expect(await write(await read('sales', 300), jsonRows)).toMatchObject({ written: 300, unchanged: 0 });
      expect(await write(await read('clients', 50), jsonRows, [CLIENT])).toMatchObject({ written: 50 });
      const second = await write(await read('sales', 300, { 'sale:4': 1, 'sale:200': 2 }), jsonRows);
      expect(second).toMatchObject({ written: 2, unchanged: 298 });
      dumps.push((await Promise.all(['sale', 'sale_item', 'payment', 'salesperson', 'client'].map((name) => dump(`gestao_click.${name}`)))).flat());
    }
    expect(dumps[0]!.length).toBe(300 + 601 + 303 + 5 + 50);
    expect(dumps[1]).toEqual(dumps[0]);
  });

  test('leave unchanged rows untouched, down to their place on disk', async () => {
    await write(await read('sales', 20));
    const where = async () => (await db.pool.query('SELECT ctid::text, xmin::text, xmax::text FROM gestao_click.sale ORDER BY id')).rows;
    const before = await where();
    for (const jsonRows of [100, 0]) expect(await write(await read('sales', 20), jsonRows)).toMatchObject({ written: 0, unchanged: 20 });
    expect(await where()).toEqual(before);
  });
});

describe('one batch', () => {
  test('with a record twice stores the last of them, once', async () => {
    const [first] = await read('sales', 1);
    const [second] = await read('sales', 1, { 'sale:1': 3 });
    expect(await write([first!, second!])).toMatchObject({ written: 1, unchanged: 0 });
    expect((await db.pool.query('SELECT name FROM gestao_click.salesperson')).rowCount).toBe(1);
    expect((await db.pool.query(`SELECT metadata->>'version' AS version FROM gestao_click.sale`)).rows).toEqual([{ version: '3' }]);
  });

  test('with characters that Postgres refuses stores the rest of the text, and stays unchanged when it comes again', async () => {
    const [record] = await read('clients', 1);
    const dirty = { ...record!, row: { ...record!.row, name: 'a\u0000b\ud800c', metadata: { note: 'x\u0000y', ['k\u0000']: '\udc00' } } };
    for (const [jsonRows, expected] of [[100, { written: 1 }], [0, { written: 0, unchanged: 1 }]] as const) expect(await write([dirty], jsonRows, [CLIENT])).toMatchObject(expected);
    expect((await db.pool.query('SELECT name, metadata FROM gestao_click.client')).rows).toEqual([{ name: 'ab\ufffdc', metadata: { note: 'xy', k: '\ufffd' } }]);
  });

  test('never overwrites a row that another stream owns with a placeholder, and the owner replaces the placeholder', async () => {
    const records = await read('sales', 5);
    await write(records);
    const owner = { ...SALESPERSON, write: 'upsert' } as const;
    const row = records[0]!.others![SALESPERSON.name]![0]!;
    expect(await write([{ externalId: '1', row: { ...row, name: 'The real name', source: 'USER' } }], undefined, [owner])).toMatchObject({ written: 1 });
    await write(await read('sales', 5, { 'sale:1': 9 }));
    expect((await db.pool.query('SELECT name FROM gestao_click.salesperson WHERE id = $1', [row['id']])).rows).toEqual([{ name: 'The real name' }]);
  });

  test('for a table that lacks a column is refused with its name', async () => {
    const wrong = { ...CLIENT, columns: { ...CLIENT.columns, shoe_size: 'int4' } } as const;
    await expect(write(await read('clients', 1), undefined, [wrong])).rejects.toMatchObject({ message: expect.stringContaining('shoe_size') });
  });
});

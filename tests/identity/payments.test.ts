// Titles find their sale where exactly one fits; planned instalments are shown until the sale has titles.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { payments } from '../../identity/index.ts';
import { recordId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { sql } from '../../lib/sql.ts';
import { crmRows, ERP, WORKSPACE, type CrmRows } from '../support/crm-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
let add: CrmRows;
beforeEach(async () => {
  db = await createTestDatabase();
  add = crmRows(db);
});
afterEach(() => db.drop());

const CLIENT = recordId(ERP, 'client', '1');
const OTHER = recordId(ERP, 'client', '2');
const NORTH = recordId(ERP, 'store', '1');
const SOUTH = recordId(ERP, 'store', '2');

const settle = () =>
  payments.run({
    database: db,
    walletId: ERP,
    provider: 'GESTAO_CLICK',
    workspaceId: WORKSPACE,
    mode: 'FULL',
    signal: new AbortController().signal,
    log: silentLogger,
  });
const one = async (id: string) =>
  (
    await db.rows<{ sale_id: string | null; visible: boolean; xmin: string }>(
      sql`SELECT sale_id, visible, xmin::text FROM gestao_click.payment WHERE id = ${id}::uuid`,
    )
  )[0];
const tied = async (id: string) => {
  await settle();
  return (await one(id))?.sale_id;
};
const shown = async (id: string) => {
  await settle();
  return (await one(id))?.visible;
};

describe('a title', () => {
  test('belongs to the sale of its number, client and store', async () => {
    await add.sale({ number: '15', client_id: OTHER, store_id: NORTH });
    await add.sale({ number: '15', client_id: CLIENT, store_id: SOUTH });
    const sale = await add.sale({ number: '15', client_id: CLIENT, store_id: NORTH });
    expect(await tied(await add.payment({ sale_number: '15', client_id: CLIENT, store_id: NORTH }))).toBe(sale);
  });

  test('belongs to none where two fit, until one of them is gone', async () => {
    const sale = await add.sale({ number: '15', client_id: CLIENT, store_id: NORTH, kind: 'PRODUCT' });
    const twin = await add.sale({ number: '15', client_id: CLIENT, store_id: NORTH, kind: 'SERVICE' });
    const title = await add.payment({ sale_number: '15', client_id: CLIENT, store_id: NORTH });
    expect(await tied(title)).toBeNull();
    await db.rows(sql`DELETE FROM gestao_click.sale WHERE id = ${twin}::uuid`);
    expect(await tied(title)).toBe(sale);
  });

  test('of another client, of no client, or without a number belongs to none; a wrong tie is taken back', async () => {
    const sale = await add.sale({ number: '15', client_id: CLIENT });
    expect(await tied(await add.payment({ sale_number: '15', client_id: OTHER }))).toBeNull();
    expect(await tied(await add.payment({ sale_number: '15', client_id: null }))).toBeNull();
    expect(await tied(await add.payment({ sale_number: null, client_id: CLIENT, sale_id: sale }))).toBeNull();
  });

  test('at the counter, without a client, is decided by the amount of an instalment', async () => {
    const a = await add.sale({ number: '15', store_id: NORTH, kind: 'COUNTER' });
    const b = await add.sale({ number: '15', store_id: NORTH, kind: 'PRODUCT' });
    await add.payment({ origin: 'INSTALMENT', sale_id: a, amount: '50.00' });
    await add.payment({ origin: 'INSTALMENT', sale_id: b, amount: '70.00' });
    const fifty = await add.payment({ sale_number: '15', store_id: NORTH, amount: '50.00' });
    const sixty = await add.payment({ sale_number: '15', store_id: NORTH, amount: '60.00' });
    expect(await tied(fifty)).toBe(a);
    expect(await tied(sixty)).toBeNull();
    await add.payment({ origin: 'INSTALMENT', sale_id: b, amount: '50.00' });
    expect(await tied(fifty)).toBeNull();
  });

  test('to be paid is never a sale’s', async () => {
    await add.sale({ number: '15', client_id: CLIENT });
    expect(await tied(await add.payment({ direction: 'PAYABLE', sale_number: '15', client_id: CLIENT }))).toBeNull();
  });
});

describe('a planned instalment', () => {
  test('is shown until its sale launches', async () => {
    const open = await add.sale({ launched: false });
    const planned = await add.payment({ origin: 'INSTALMENT', sale_id: open, visible: false });
    expect(await shown(planned)).toBe(true);
    await db.rows(sql`UPDATE gestao_click.sale SET launched = true`);
    expect(await shown(planned)).toBe(false);
  });

  test('is hidden when the sale is cancelled, or gone', async () => {
    const cancelled = await add.sale({ status_id: await add.saleStatus('Cancelada', 'CANCELLED') });
    expect(await shown(await add.payment({ origin: 'INSTALMENT', sale_id: cancelled }))).toBe(false);
    expect(await shown(await add.payment({ origin: 'INSTALMENT', sale_id: recordId(ERP, 'sale', 'none') }))).toBe(
      false,
    );
  });

  test('never stands beside a title of its sale', async () => {
    const sale = await add.sale({ number: '15', client_id: CLIENT });
    const planned = await add.payment({ origin: 'INSTALMENT', sale_id: sale });
    expect(await shown(planned)).toBe(true);
    await add.payment({ sale_number: '15', client_id: CLIENT });
    expect(await shown(planned)).toBe(false);
  });
});

test('rows that do not change are not written', async () => {
  const sale = await add.sale({ number: '15', client_id: CLIENT });
  const rows = [
    await add.payment({ sale_number: '15', client_id: CLIENT }),
    await add.payment({ origin: 'INSTALMENT', sale_id: sale }),
    await add.payment({}),
  ];
  await settle();
  const before = await Promise.all(rows.map(one));
  await settle();
  expect(await Promise.all(rows.map(one))).toEqual(before);
});

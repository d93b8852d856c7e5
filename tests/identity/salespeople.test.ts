// Who sells: whose id stands on a sale, decided by evidence, and nobody twice.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { salespeople } from '../../identity/index.ts';
import { recordId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { sql } from '../../lib/sql.ts';
import { walletId } from '../../lib/ids.ts';
import { CRM, crmRows, ERP, WORKSPACE, type CrmRows } from '../support/crm-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
let add: CrmRows;
beforeEach(async () => {
  db = await createTestDatabase();
  add = crmRows(db);
});
afterEach(() => db.drop());

interface Row {
  id: string;
  external_id: string;
  name: string;
  source: string;
  email: string | null;
  phone_keys: string[];
  document: string | null;
  active: boolean;
  metadata: unknown;
  xmin: string;
}
const settle = async (wallet = ERP): Promise<Row[]> => {
  await salespeople.run({
    database: db,
    walletId: wallet,
    provider: 'GESTAO_CLICK',
    workspaceId: WORKSPACE,
    mode: 'FULL',
    signal: new AbortController().signal,
    log: silentLogger,
  });
  return db.rows<Row>(sql`SELECT *, xmin::text FROM gestao_click.salesperson ORDER BY external_id`);
};
const idOf = (externalId: string, wallet = ERP) => recordId(wallet, 'salesperson', externalId);
/** A sale of somebody, as the connector writes it. */
const sold = (externalId: string | null, name: string | null, more = {}) =>
  add.sale({
    salesperson_external_id: externalId,
    salesperson_name: name,
    salesperson_id: idOf(externalId ?? `name:${name}`),
    ...more,
  });

describe('which table the ids point to', () => {
  test('users, where ids and names agree there', async () => {
    await add.erpUser({
      externalId: '7',
      name: 'Rita Alves',
      email: 'Rita@X.com',
      phones: ['(11) 98765-0001'],
      document: '529.982.247-25',
      active: false,
    });
    await add.employee({ externalId: '7', name: 'Outra Pessoa' });
    await sold('7', 'RITA ALVES');
    const [rita, ...more] = await settle();
    expect(more).toEqual([]);
    expect(rita).toMatchObject({
      id: idOf('7'),
      external_id: '7',
      name: 'Rita Alves',
      source: 'USER',
      email: 'Rita@X.com',
      email_keys: ['rita@x.com'],
      phone_keys: ['1187650001'],
      document: '52998224725',
      active: false,
      metadata: { id: '7', nome: 'Rita Alves' },
    });
  });

  test('employees, where they agree there: a user with the same id is somebody else', async () => {
    await add.erpUser({ externalId: '7', name: 'Outra Pessoa', email: 'outra@x.com' });
    await add.employee({ externalId: '7', name: 'Rita Alves' });
    await sold('7', 'Rita Alves');
    expect(await settle()).toMatchObject([{ external_id: '7', name: 'Rita Alves', source: 'EMPLOYEE', email: null }]);
  });

  test('employees have no e-mail: it comes from the only user of that full name', async () => {
    await add.employee({ externalId: '7', name: 'Rita Alves' });
    await add.employee({ externalId: '8', name: 'José Santos' });
    await add.erpUser({ externalId: '301', name: 'Rita Alves', email: 'rita@x.com' });
    await add.erpUser({ externalId: '302', name: 'José Santos', email: 'jose1@x.com' });
    await add.erpUser({ externalId: '303', name: 'Jose Santos', email: 'jose2@x.com' });
    await sold('7', 'Rita Alves');
    await sold('8', 'José Santos');
    expect(await settle()).toMatchObject([
      { name: 'Rita Alves', source: 'EMPLOYEE', email: 'rita@x.com' },
      { name: 'José Santos', source: 'EMPLOYEE', email: null },
    ]);
  });

  test('neither: known from sales only, under the newest name', async () => {
    await add.erpUser({ externalId: '7', name: 'Outra Pessoa', email: 'outra@x.com' });
    await sold('7', 'Rita', { date: '2026-01-01' });
    await sold('7', 'Rita Alves Lima', { date: '2026-02-01' });
    expect(await settle()).toMatchObject([{ id: idOf('7'), name: 'Rita Alves Lima', source: 'SALE', email: null }]);
  });

  test('a renamed user is believed where the table has proved right, not where it has proved wrong', async () => {
    await add.erpUser({ externalId: '1', name: 'Ana Lima', email: 'ana@x.com' });
    await add.erpUser({ externalId: '2', name: 'Bia Nova', email: 'bia@x.com' });
    await sold('1', 'Ana Lima');
    await sold('2', 'Bia Velha');
    expect((await settle()).map(({ email }) => email)).toEqual(['ana@x.com', 'bia@x.com']);
    await add.erpUser({ externalId: '3', name: 'Zeca', email: 'zeca@x.com' });
    await sold('3', 'Caio');
    expect((await settle()).map(({ name, email }) => [name, email])).toEqual([
      ['Ana Lima', 'ana@x.com'],
      ['Bia Velha', null],
      ['Caio', null],
    ]);
  });
});

describe('names without an id', () => {
  test('are one salesperson for each normalised name', async () => {
    await sold(null, 'João da Silva');
    await sold(null, 'JOAO  DA SILVA');
    const [joao, ...more] = await settle();
    expect(more).toEqual([]);
    expect(joao).toMatchObject({ id: idOf('name:joao da silva'), external_id: 'name:joao da silva', source: 'SALE' });
    expect(await db.rows(sql`SELECT DISTINCT salesperson_id AS id FROM gestao_click.sale`)).toEqual([{ id: joao?.id }]);
  });

  test('are the salesperson with an id who bears that name: nobody appears twice', async () => {
    await sold('7', 'Rita Alves');
    const nameless = await sold(null, 'rita alves');
    const quote = await add.quote({ salesperson_name: 'RITA ALVES', salesperson_id: idOf('name:rita alves') });
    expect((await settle()).map(({ id }) => id)).toEqual([idOf('7')]);
    expect(await db.rows(sql`SELECT salesperson_id AS id FROM gestao_click.sale WHERE id = ${nameless}::uuid`)).toEqual(
      [{ id: idOf('7') }],
    );
    expect(await db.rows(sql`SELECT salesperson_id AS id FROM gestao_click.quote WHERE id = ${quote}::uuid`)).toEqual([
      { id: idOf('7') },
    ]);
  });

  test('are a person of their own where two ids bear the name, also after a time when only one did', async () => {
    await sold('7', 'Rita Alves');
    await sold(null, 'Rita Alves');
    await settle();
    await sold('8', 'Rita Alves');
    expect((await settle()).map(({ external_id }) => external_id)).toEqual(['7', '8', 'name:rita alves']);
    const counts = await db.rows<{ n: string }>(
      sql`SELECT count(*) AS n FROM gestao_click.sale GROUP BY salesperson_id`,
    );
    expect(counts.map(({ n }) => n)).toEqual(['1', '1', '1']);
  });
});

test('only who stands on a sale or a quote; who stands on none any more goes', async () => {
  await add.erpUser({ externalId: '1', name: 'Never Sold' });
  await add.quote({ salesperson_external_id: '2', salesperson_name: 'Only Quotes', salesperson_id: idOf('2') });
  const sale = await sold('3', 'Leaves Soon');
  await add.sale({});
  expect((await settle()).map(({ name }) => name)).toEqual(['Only Quotes', 'Leaves Soon']);
  await db.rows(sql`DELETE FROM gestao_click.sale WHERE id = ${sale}::uuid`);
  expect((await settle()).map(({ name }) => name)).toEqual(['Only Quotes']);
});

test('unchanged rows are not written; a changed one is', async () => {
  await add.erpUser({ externalId: '1', name: 'Ana Lima', email: 'ana@x.com' });
  await sold('1', 'Ana Lima');
  await sold(null, 'Bia');
  const first = await settle();
  expect(await settle()).toEqual(first);
  await db.rows(sql`UPDATE gestao_click.erp_user SET email = 'new@x.com'`);
  const changed = await settle();
  expect(changed.map(({ email }) => email)).toEqual(['new@x.com', null]);
  expect(changed[1]?.xmin).toBe(first[1]?.xmin);
  expect(changed[0]?.xmin).not.toBe(first[0]?.xmin);
});

test('wallets are apart, and a CRM account has no salespeople to settle', async () => {
  const other = walletId('GESTAO_CLICK', '2');
  await sold('7', 'Rita Alves');
  await add.sale({
    wallet: other,
    salesperson_external_id: '7',
    salesperson_name: 'Other Rita',
    salesperson_id: idOf('7', other),
  });
  await settle();
  expect((await settle(other)).map(({ name }) => name).toSorted()).toEqual(['Other Rita', 'Rita Alves']);
  await db.rows(sql`DELETE FROM gestao_click.salesperson`);
  await salespeople.run({
    database: db,
    walletId: CRM,
    provider: 'KOMMO',
    workspaceId: WORKSPACE,
    mode: 'FULL',
    signal: new AbortController().signal,
    log: silentLogger,
  });
  expect(await db.rows(sql`SELECT id FROM gestao_click.salesperson`)).toEqual([]);
});

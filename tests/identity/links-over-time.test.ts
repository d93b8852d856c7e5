// What persons decide goes before every rule, and links follow the records as they change: nothing is written twice.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { links } from '../../identity/index.ts';
import { walletId, workspaceId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { sql } from '../../lib/sql.ts';
import { CRM, crmRows, ERP, WORKSPACE, type CrmRows } from '../support/crm-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settleLinks, statuses, type Link } from '../support/links.ts';

// Valid documents, made up.
const CPF_A = '529.982.247-25';
const CNPJ_A = '11.222.333/0001-81';

let db: TestDatabase;
let add: CrmRows;
beforeEach(async () => {
  db = await createTestDatabase();
  add = crmRows(db);
  await add.wallet(ERP, 'GESTAO_CLICK');
  await add.wallet(CRM, 'KOMMO');
});
afterEach(() => db.drop());

const settle = (workspace?: string): Promise<Link[]> => settleLinks(db, workspace);
const versions = () => db.rows<{ xmin: string }>(sql`SELECT xmin::text FROM insights.identity_link ORDER BY id`);
const setStatus = (status: string, id: string) =>
  db.rows(sql`UPDATE insights.identity_link SET status = ${status}, decided_by = 'ana' WHERE id = ${id}::uuid`);

describe('decisions of persons', () => {
  test('a rejected pair stays rejected, and the candidate that is left is linked', async () => {
    await add.client({ name: 'Ana', emails: ['a@x.com'] });
    const wrong = await add.contact({ name: 'Rui', emails: ['a@x.com'] });
    const right = await add.contact({ name: 'Ana', emails: ['a@x.com'] });
    const first = await settle();
    await setStatus('REJECTED', first.find((link) => link.crm_id === wrong)?.id ?? '');
    const found = await settle();
    expect(Object.fromEntries(found.map((link) => [link.crm_id, link.status]))).toEqual({
      [wrong]: 'REJECTED',
      [right]: 'LINKED',
    });
    expect(found.find((link) => link.crm_id === wrong)?.decided_by).toBe('ana');
  });

  test('a confirmed link keeps its end from every rule', async () => {
    const erp = await add.client({ name: 'Ana', document: CPF_A });
    const chosen = await add.contact({ name: 'Ana do Zé' });
    await add.contact({ name: 'Ana', documents: [CPF_A] });
    await add.link({ kind: 'CLIENT_CONTACT', erpId: erp, crmId: chosen, status: 'CONFIRMED' });
    const seller = await add.salesperson({ name: 'Rui', emails: ['rui@x.com'] });
    const taken = await add.user({ name: 'Rui', emails: ['rui@x.com'] });
    const other = await add.salesperson({ name: 'Leo' });
    await add.link({ kind: 'SALESPERSON_USER', erpId: other, crmId: taken, status: 'CONFIRMED' });
    const found = await settle();
    expect(found.map(({ erp_id, crm_id, status }) => [erp_id, crm_id, status])).toEqual([
      [erp, chosen, 'CONFIRMED'],
      [other, taken, 'CONFIRMED'],
    ]);
    expect(found.some((link) => link.erp_id === seller)).toBe(false);
  });

  test('once a person has said which client a contact is, other clients are suggested only', async () => {
    const contact = await add.contact({ name: 'Ana', documents: [CNPJ_A], emails: ['a@x.com'] });
    const first = await add.client({ name: 'Ana', emails: ['a@x.com'] });
    const second = await add.client({ name: 'Lima ME', document: CNPJ_A });
    const third = await add.client({ name: 'Rui', emails: ['a@x.com'] });
    await add.link({ kind: 'CLIENT_CONTACT', erpId: first, crmId: contact, status: 'CONFIRMED' });
    expect((await settle()).map(({ erp_id, status }) => [erp_id, status])).toEqual([
      [first, 'CONFIRMED'],
      [second, 'SUGGESTED'],
      [third, 'SUGGESTED'],
    ]);
  });

  test('a decision whose end is gone is hidden, and comes back with it', async () => {
    const erp = await add.client({ name: 'Ana' });
    const crm = await add.contact({ name: 'Bia', externalId: '77' });
    await add.link({ kind: 'CLIENT_CONTACT', erpId: erp, crmId: crm, status: 'CONFIRMED' });
    await db.rows(sql`DELETE FROM kommo.contact`);
    expect((await settle()).map(({ status, present }) => [status, present])).toEqual([['CONFIRMED', false]]);
    await add.contact({ name: 'Bia', externalId: '77' });
    expect((await settle()).map(({ status, present }) => [status, present])).toEqual([['CONFIRMED', true]]);
  });
});

describe('over time', () => {
  test('nothing changed: nothing is written', async () => {
    await add.client({ name: 'Ana Lima', document: CPF_A });
    await add.contact({ name: 'Ana Lima', documents: [CPF_A] });
    await add.client({ name: 'José Santos' });
    await add.contact({ name: 'José Santos' });
    const first = await settle();
    const before = await versions();
    expect(await settle()).toEqual(first);
    expect(await versions()).toEqual(before);
  });

  test('a second candidate takes the link back; when it goes, the link returns', async () => {
    await add.client({ name: 'Ana', emails: ['a@x.com'] });
    await add.contact({ name: 'Ana', emails: ['a@x.com'] });
    expect(statuses(await settle())).toEqual(['LINKED']);
    const rival = await add.contact({ name: 'Bia', emails: ['a@x.com'] });
    expect(statuses(await settle())).toEqual(['SUGGESTED', 'SUGGESTED']);
    await db.rows(sql`DELETE FROM kommo.contact WHERE id = ${rival}::uuid`);
    expect(statuses(await settle())).toEqual(['LINKED']);
  });

  test('a link whose end is gone is removed', async () => {
    await add.client({ name: 'Ana', emails: ['a@x.com'] });
    await add.contact({ name: 'Ana', emails: ['a@x.com'] });
    await settle();
    await db.rows(sql`DELETE FROM gestao_click.client`);
    expect(await settle()).toEqual([]);
  });

  test('the day of the newest purchase is kept, cancelled sales aside', async () => {
    const client = await add.client({ name: 'Ana', emails: ['a@x.com'] });
    await add.contact({ name: 'Ana', emails: ['a@x.com'] });
    expect((await settle())[0]?.last_purchase_on).toBeNull();
    await add.sale({ client_id: client, date: '2026-03-01' });
    await add.sale({
      client_id: client,
      date: '2026-09-01',
      status_id: await add.saleStatus('Cancelada', 'CANCELLED'),
    });
    expect((await settle())[0]?.last_purchase_on).toBe('2026-03-01');
  });
});

test('workspaces are apart', async () => {
  const elsewhere = workspaceId('elsewhere');
  const otherCrm = walletId('KOMMO', '2');
  await add.wallet(otherCrm, 'KOMMO', elsewhere);
  await add.client({ name: 'Ana Lima', document: CPF_A });
  await add.contact({ wallet: otherCrm, name: 'Ana Lima', documents: [CPF_A] });
  expect(await settle()).toEqual([]);
  expect(await settle(elsewhere)).toEqual([]);
  await add.contact({ name: 'Ana Lima', documents: [CPF_A] });
  expect(statuses(await settle())).toEqual(['LINKED']);
});

test('two at once take turns', async () => {
  for (let i = 0; i < 20; i++) {
    await add.client({ name: `Ana ${i}`, emails: [`a${i}@x.com`] });
    await add.contact({ name: `Ana ${i}`, emails: [`a${i}@x.com`] });
  }
  await Promise.all([settle(), settle()]);
  expect(statuses(await settle())).toEqual(Array.from({ length: 20 }, () => 'LINKED'));
});

test('an aborted run does not wait for the database', async () => {
  const holder = await db.connectDirect();
  await holder.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`identity-links:${WORKSPACE}`]);
  const controller = new AbortController();
  const waiting = links.run({
    database: db,
    walletId: ERP,
    provider: 'KOMMO',
    workspaceId: WORKSPACE,
    mode: 'FULL',
    signal: controller.signal,
    log: silentLogger,
  });
  const blocked = async () =>
    (await db.rows(sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`))
      .length > 0;
  await expect.poll(blocked, { timeout: 10_000 }).toBe(true);
  controller.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
  await holder.end();
  expect(await settle()).toEqual([]);
});

test('an aborted run leaves the links as they were', async () => {
  await add.client({ name: 'Ana', emails: ['a@x.com'] });
  await add.contact({ name: 'Ana', emails: ['a@x.com'] });
  const signal = AbortSignal.abort();
  await expect(
    links.run({
      database: db,
      walletId: ERP,
      provider: 'KOMMO',
      workspaceId: WORKSPACE,
      mode: 'FULL',
      signal,
      log: silentLogger,
    }),
  ).rejects.toThrow();
  expect(await db.rows(sql`SELECT id FROM insights.identity_link`)).toEqual([]);
});

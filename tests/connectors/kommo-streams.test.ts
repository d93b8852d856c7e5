// Every stream of Kommo, read from a simulated account: each record once, rows that fit the tables, soft references that meet.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordId } from '../../lib/ids.ts';
import { createWorld } from '../../simulators/index.ts';
import type { Row } from '../../sync/types.ts';
import { contextOf, readAll, startRig, streamOf, WALLET, type Reading, type Rig } from './kommo-harness.ts';

const world = createWorld({ preset: 'small', clients: 400, leads: 300, seed: 7 });
let rig: Rig;
const read = new Map<string, Reading>();
const of = (name: string): Reading => read.get(name)!;
const column = (rows: readonly Row[], name: string): unknown[] => rows.map((row) => row[name]);

beforeAll(async () => {
  rig = await startRig({ world, switches: { lossReason: 'object', minorUnits: true, userFlags: true } });
  for (const stream of rig.connector.streams) read.set(stream.name, await readAll(stream));
});
afterAll(() => rig.close());

test('the streams stand in an order in which what is pointed to comes first', () => {
  const names = rig.connector.streams.map(({ name }) => name);
  expect(names).toEqual(['users', 'pipelines', 'custom_fields', 'tags', 'loss_reasons', 'companies', 'contacts', 'deals']);
  for (const [index, { after }] of rig.connector.streams.entries()) {
    for (const name of after) expect(names.indexOf(name)).toBeLessThan(index);
    for (const name of after) expect(names).toContain(name);
  }
});

test('nothing is rejected, and no record comes twice', () => {
  for (const [name, reading] of read) {
    expect(reading.pages.flatMap((page) => page.rejected), name).toEqual([]);
    expect(new Set(column(reading.rows, 'id')).size, name).toBe(reading.rows.length);
    expect(reading.fetched, name).toBe(reading.rows.length);
    expect(reading.rows.length, name).toBeGreaterThan(0);
  }
});

test('all records of the account come', async () => {
  const { crm } = rig.simulator;
  expect(of('contacts').rows.length).toBe(world.contactCount);
  expect(of('users').ids.toSorted()).toEqual(crm.users.map(({ id }) => String(id)).toSorted());
  expect(of('pipelines').rows.length).toBe(crm.pipelines.length);
  expect(of('loss_reasons').rows.length).toBe(crm.lossReasons.length);
  expect(of('deals').rows.length).toBeGreaterThan(250);
  for (const type of ['contacts', 'leads', 'companies'] as const) {
    const name = type === 'leads' ? 'deals' : type;
    const known = crm.cards[type].select({ order: 'id', descending: false, offset: 0, limit: 100_000 }).rows;
    expect(of(name).ids).toEqual(known.map(({ id }) => String(id)));
  }
});

/** Columns of a table as the data model declares them, without those that the engine fills. */
function columnsOf(table: string): string[] {
  const schema = readFileSync(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8');
  const name = table.replace('kommo.', '');
  const model = schema.split(/^model /m).find((text) => text.includes(`@@map("${name}")`) && text.includes('@@schema("kommo")'))!;
  return model
    .split('\n')
    .filter((line) => /^ {2}[a-z]/.test(line))
    .map((line) => /@map\("(\w+)"\)/.exec(line)?.[1] ?? line.trim().split(/\s+/)[0]!)
    .filter((column) => !['content_hash', 'synced_at'].includes(column))
    .toSorted();
}

test('the tables have the columns of the data model, and every row fills exactly them', () => {
  for (const stream of rig.connector.streams) {
    for (const table of stream.tables) {
      const declared = Object.keys(table.columns).toSorted();
      expect(declared, table.name).toEqual(columnsOf(table.name));
      const rows = table === stream.tables[0] ? of(stream.name).rows : of(stream.name).others(table.name);
      expect(rows.length, table.name).toBeGreaterThan(0);
      for (const row of rows) expect(Object.keys(row).toSorted()).toEqual(declared);
      const keys = rows.map((row) => table.key.map((name) => row[name]).join('|'));
      expect(new Set(keys).size, table.name).toBe(keys.length);
    }
    expect(stream.tables[0]!.write).toBe('upsert');
  }
});

test('references meet: stages, users, companies, fields, options, contacts of deals', () => {
  const ids = (name: string, table?: string) => new Set(column(table ? of(name).others(table) : of(name).rows, 'id'));
  const [stages, users, companies, contacts, reasons] = [ids('pipelines', 'kommo.stage'), ids('users'), ids('companies'), ids('contacts'), ids('loss_reasons')];
  for (const deal of of('deals').rows) {
    expect(stages.has(deal['stage_id'])).toBe(true);
    expect(users.has(deal['responsible_id'])).toBe(true);
    if (deal['company_id'] !== null) expect(companies.has(deal['company_id'])).toBe(true);
    if (deal['loss_reason_id'] !== null) expect(reasons.has(deal['loss_reason_id'])).toBe(true);
    expect(deal['loss_reason'] === null).toBe(deal['loss_reason_id'] === null);
    expect(deal['loss_reason_id'] === null || deal['status'] === 'LOST').toBe(true);
  }
  const links = of('deals').others('kommo.deal_contact');
  for (const link of links) expect(contacts.has(link['contact_id'])).toBe(true);
  expect(links.some((link) => link['main'] === true)).toBe(true);
  expect(of('contacts').rows.some((row) => row['company_id'] !== null)).toBe(true);

  const fields = ids('custom_fields');
  const options = new Set(column(of('custom_fields').others('kommo.custom_field_option'), 'id'));
  const values = ['contacts', 'deals', 'companies'].flatMap((name) => of(name).others('kommo.custom_field_value'));
  expect(values.length).toBeGreaterThan(1000);
  for (const value of values) {
    expect(fields.has(value['field_id'])).toBe(true);
    expect(value['text']).not.toBe('');
    if (value['option_id'] !== null) expect(options.has(value['option_id'])).toBe(true);
  }
  expect(new Set(column(values, 'owner_type'))).toEqual(new Set(['CONTACT', 'DEAL', 'COMPANY']));
});

test('won and lost are known by status in every pipeline, and each pipeline has stages of its own', () => {
  const stages = of('pipelines').others('kommo.stage');
  const kinds = new Map<unknown, unknown[]>();
  for (const stage of stages) kinds.set(stage['pipeline_id'], [...(kinds.get(stage['pipeline_id']) ?? []), stage['kind']]);
  for (const found of kinds.values()) expect(found.filter((kind) => kind === 'WON' || kind === 'LOST').toSorted()).toEqual(['LOST', 'WON']);
  expect(stages.some((stage) => stage['kind'] === 'INCOMING')).toBe(true);
  const kindOf = new Map(stages.map((stage) => [stage['id'], stage['kind']]));
  for (const deal of of('deals').rows) {
    const kind = kindOf.get(deal['stage_id']);
    expect(deal['status']).toBe(kind === 'INCOMING' ? 'OPEN' : kind);
  }
  expect(new Set(column(of('deals').rows, 'status'))).toEqual(new Set(['OPEN', 'WON', 'LOST']));
});

test('definitions and tags know their entity; options their field', () => {
  const fields = of('custom_fields').rows;
  expect(new Set(column(fields, 'entity'))).toEqual(new Set(['CONTACT', 'DEAL', 'COMPANY']));
  const origin = fields.find((row) => row['code'] === 'ORIGEM' && row['entity'] === 'DEAL')!;
  expect(origin).toMatchObject({ type: 'SELECT', name: 'Origem', predefined: false });
  expect(origin['metadata']).not.toHaveProperty('_list');
  const options = of('custom_fields').others('kommo.custom_field_option').filter((row) => row['field_id'] === origin['id']);
  expect(options.map((row) => row['value'])).toContain('Instagram');
  expect(new Set(column(of('tags').rows, 'entity'))).toEqual(new Set(['CONTACT', 'DEAL', 'COMPANY']));
  expect(of('tags').rows[0]!['metadata']).not.toHaveProperty('_list');
});

describe('contacts', () => {
  test('most carry the keys by which people are matched', () => {
    const rows = of('contacts').rows as unknown as { phones: string[]; phone_keys: string[]; email_keys: string[]; document_keys: string[]; name_key: string; search_text: string }[];
    const share = (test: (row: (typeof rows)[number]) => boolean) => rows.filter(test).length / rows.length;
    expect(share((row) => row.phone_keys.length > 0)).toBeGreaterThan(0.4);
    expect(share((row) => row.email_keys.length > 0)).toBeGreaterThan(0.3);
    expect(share((row) => row.document_keys.length > 0)).toBeGreaterThan(0.05);
    expect(rows.some((row) => row.document_keys.some((document) => /[A-Z]/.test(document)))).toBe(true);
    for (const row of rows) {
      for (const key of row.phone_keys) expect(key).toMatch(/^\d{10}$/);
      expect(row.name_key).toMatch(/^[a-z0-9 ]*$/);
      expect(row.search_text).toContain(row.name_key.split(' ')[0]);
    }
  });

  test('a contact is the same row on whichever page and host: links keep their path only', () => {
    for (const { metadata, external_id: id } of of('contacts').rows.slice(0, 300) as { metadata: { _links: unknown }; external_id: string }[]) {
      expect(metadata._links).toEqual({ self: { href: `/api/v4/contacts/${id}` } });
      expect(JSON.stringify(metadata)).not.toContain('127.0.0.1');
    }
  });

  test('a stored record is parsed again into the same rows', () => {
    for (const name of read.keys()) {
      const stream = streamOf(rig.connector, name);
      const { row } = of(name).pages[0]!.records[0]!;
      const payload = row['metadata'] as { [key: string]: string };
      const entity = { CONTACT: 'contacts', DEAL: 'leads', COMPANY: 'companies' }[String(row['entity'])];
      expect(stream.parse(WALLET, name === 'tags' ? { ...payload, _list: entity! } : payload).row).toEqual(row);
    }
  });
});

test('ids are those of every other reading of the same account', () => {
  const contact = of('contacts').rows[0]!;
  expect(contact['id']).toBe(recordId(WALLET, 'contact', String(contact['external_id'])));
  const stage = of('pipelines').others('kommo.stage')[0]!;
  expect(stage['id']).toBe(recordId(WALLET, 'stage', String(stage['external_id'])));
  expect(String(stage['external_id'])).toMatch(/^\d+:\d+$/);
});

test('big lists are read by id in pages of 250 that can be asked for at the same time', async () => {
  const contacts = streamOf(rig.connector, 'contacts');
  const context = contextOf();
  const [partition] = await contacts.partitions(context);
  expect(partition).toMatchObject({ key: 'by-id', parallel: true, start: { page: 1 } });
  const pages = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((page) => contacts.page(context, partition!, { page })));
  const ids = pages.flatMap((page) => page.records.map((record) => record.externalId));
  expect(ids).toEqual(of('contacts').ids);
  expect(pages[0]!.fetched).toBe(250);
  expect(pages.at(-1)).toMatchObject({ fetched: 0, next: null, records: [] });
  expect(rig.simulator.stats.byPath.get('/api/v4/contacts')).toBeGreaterThan(0);
});

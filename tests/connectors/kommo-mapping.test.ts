// What Kommo's JSON becomes: custom fields of every type, names, phones, documents, prices. Tables of cases from kommo.md 4.5.
import { describe, expect, test } from 'vitest';
import { mapCompany } from '../../connectors/kommo/streams/companies.ts';
import { mapContact } from '../../connectors/kommo/streams/contacts.ts';
import { mapDeal } from '../../connectors/kommo/streams/deals.ts';
import { mapPipeline } from '../../connectors/kommo/streams/pipelines.ts';
import { mapUser } from '../../connectors/kommo/streams/users.ts';
import { recordId } from '../../lib/ids.ts';
import type { Json, Row } from '../../sync/types.ts';
import { WALLET } from './kommo-harness.ts';

type Fields = { readonly [key: string]: Json };
const contact = (more: Fields = {}): Json => ({ id: 50117743, name: 'Marina Prado', first_name: 'Marina', last_name: 'Prado', responsible_user_id: 10423377, created_at: 1767300000, updated_at: 1767391200, is_deleted: false, custom_fields_values: null, _embedded: { tags: [], companies: [] }, ...more });
const entry = (type: string, values: Json, more: Fields = {}): Json => ({ field_id: 812977, field_name: 'Campo', field_code: null, field_type: type, values, ...more });
const valuesOf = (type: string, values: Json, more: Fields = {}): readonly Row[] =>
  mapContact(WALLET, contact({ custom_fields_values: [entry(type, values, more)] })).others!['kommo.custom_field_value']!;
const option = (enumId: number) => recordId(WALLET, 'custom_field_option', `812977:${enumId}`);

describe('one value of each type', () => {
  test.each<[string, Json, Partial<Record<'text' | 'number' | 'date' | 'option_id' | 'code', string | null>>]>([
    ['text', { value: 'abc' }, { text: 'abc', number: null, date: null, option_id: null, code: null }],
    ['textarea', { value: ' duas\nlinhas ' }, { text: 'duas\nlinhas' }],
    ['url', { value: 'https://x.example' }, { text: 'https://x.example' }],
    ['streetaddress', { value: 'Rua A, 10' }, { text: 'Rua A, 10' }],
    ['tracking_data', { value: 'cpc' }, { text: 'cpc' }],
    ['numeric', { value: '12.50' }, { text: '12.50', number: '12.5' }],
    ['numeric', { value: 7 }, { text: '7', number: '7' }],
    ['numeric', { value: 'doze' }, { text: 'doze', number: null }],
    ['numeric', { value: '1e30' }, { text: '1e30', number: null }],
    ['numeric', { value: '0.12345678' }, { text: '0.12345678', number: '0.123457' }],
    ['price', { value: '199.90' }, { text: '199.90', number: '199.9' }],
    ['monetary', { value: '-199.90' }, { text: '-199.90', number: '-199.9' }],
    ['checkbox', { value: true }, { text: 'true', number: null }],
    ['checkbox', { value: false }, { text: 'false' }],
    ['checkbox', { value: '1' }, { text: 'true' }],
    ['checkbox', { value: '0' }, { text: 'false' }],
    ['select', { value: 'Retail', enum_id: 701, enum_code: null }, { text: 'Retail', option_id: option(701), code: null }],
    ['radiobutton', { value: 'Yes', enum_id: 711, enum_code: 'YES' }, { text: 'Yes', option_id: option(711), code: 'YES' }],
    ['category', { value: 'Shoes', enum_id: '720' }, { text: 'Shoes', option_id: option(720) }],
    ['multitext', { value: '+5511987650001', enum_id: 640011, enum_code: 'WORK' }, { text: '+5511987650001', option_id: null, code: 'WORK' }],
    ['multitext', { value: 'a@b.co', enum: 'PRIV' }, { text: 'a@b.co', code: 'PRIV' }],
    ['date', { value: 1767225600 }, { text: '2026-01-01', date: '2026-01-01T00:00:00.000Z' }],
    ['date', { value: 1767236400 }, { text: '2026-01-01', date: '2026-01-01T03:00:00.000Z' }],
    ['date', { value: '1767225600' }, { text: '2026-01-01' }],
    ['date', { value: '2026-01-01T00:00:00-03:00' }, { text: '2026-01-01', date: '2026-01-01T03:00:00.000Z' }],
    ['birthday', { value: -58147200 }, { text: '1968-02-28', date: '1968-02-28T00:00:00.000Z' }],
    ['birthday', { value: 0 }, { text: '1970-01-01' }],
    ['date_time', { value: 1767280530 }, { text: '2026-01-01 12:15', date: '2026-01-01T15:15:30.000Z' }],
    ['date', { value: 'amanhã' }, { text: 'amanhã', date: null }],
    ['date', { value: 99999999999999 }, { text: '99999999999999', date: null }],
    ['smart_address', { value: 'Rua A, 10', enum_id: 1, enum_code: 'address_line_1' }, { text: 'Rua A, 10', code: 'address_line_1', option_id: null }],
    ['legal_entity', { value: { name: 'ACME Ltda', entity_type: 2, vat_id: '11.222.333/0001-81', address: 'Rua A' } }, { text: 'ACME Ltda (11.222.333/0001-81), Rua A' }],
    ['legal_entity', { value: { name: 'ACME Ltda', entity_type: 2 } }, { text: 'ACME Ltda' }],
    ['items', { value: { sku: 'SN-42', description: 'Sneaker', unit_price: 399, quantity: 2 } }, { text: '2 x Sneaker (SN-42) at 399' }],
    ['linked_entity', { value: { name: 'Marina', entity_id: 1, entity_type: 'contacts', catalog_id: null } }, { text: 'Marina' }],
    ['chained_list', { catalog_id: 3321, catalog_element_id: 4410 }, { text: 'list 3321, element 4410' }],
    ['file', { value: { file_uuid: 'u', version_uuid: 'v', file_name: 'a.pdf', file_size: 1024 } }, { text: 'a.pdf' }],
    ['payer', { value: { name: 'Ana' } }, { text: 'Ana' }],
    ['something_new', { value: { a: 1 } }, { text: '{"a":1}' }],
    ['something_new', { value: [1, 'x'] }, { text: '[1,"x"]' }],
  ])('%s %j', (type, value, expected) => {
    expect(valuesOf(type, [value])).toEqual([expect.objectContaining(expected)]);
  });

  test('a row knows its owner, its field and its place', () => {
    const rows = valuesOf('multiselect', [{ value: 'A', enum_id: 1 }, { value: 'B', enum_id: 2 }]);
    const owner = { owner_id: recordId(WALLET, 'contact', '50117743'), wallet_id: WALLET, owner_type: 'CONTACT', field_id: recordId(WALLET, 'custom_field', '812977') };
    expect(rows).toMatchObject([{ ...owner, position: 0, text: 'A', option_id: option(1) }, { ...owner, position: 1, text: 'B', option_id: option(2) }]);
  });

  test('nothing is left of empty values, whatever they are', () => {
    for (const values of [null, [], [{ value: '' }], [{ value: null }], [{}], [{ value: '  ' }]] as Json[]) expect(valuesOf('text', values)).toEqual([]);
    expect(valuesOf('text', [{ value: 'a' }], { field_type: null })).toMatchObject([{ text: 'a' }]);
  });

  test('a long text is cut so that it fits an index, and stays whole in the record', () => {
    const long = 'é👍'.repeat(2_000);
    const parsed = mapContact(WALLET, contact({ name: long, custom_fields_values: [entry('textarea', [{ value: long }])] }));
    const text = String(parsed.others!['kommo.custom_field_value']![0]!['text']);
    expect(Buffer.byteLength(text)).toBeLessThan(2_600);
    expect(text).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
    expect(Buffer.byteLength(String(parsed.row['name']))).toBeLessThan(2_600);
    expect(JSON.stringify(parsed.row['metadata'])).toContain(long);
  });
});

describe('contacts', () => {
  const phones = (...values: string[]): Json => entry('multitext', values.map((value) => ({ value, enum_code: 'WORK' })), { field_code: 'PHONE', field_id: 1 });
  const emails = (...values: string[]): Json => entry('multitext', values.map((value) => ({ value })), { field_code: 'EMAIL', field_id: 2 });

  test('keep all phones and e-mails, shown well, and their keys once', () => {
    const { row } = mapContact(WALLET, contact({ custom_fields_values: [phones('+5511987650001', '(11) 8765-0001', 'recado com a Ana', ' '), emails('Marina@Example.com', 'marina@example.com ', 'sem e-mail')] }));
    expect(row).toMatchObject({
      phones: ['(11) 98765-0001', '(11) 8765-0001', 'recado com a Ana'],
      phone_keys: ['1187650001'],
      emails: ['Marina@Example.com', 'marina@example.com', 'sem e-mail'],
      email_keys: ['marina@example.com'],
      search_text: 'marina prado marina@example.com sem e-mail (11) 98765-0001 11987650001 (11) 8765-0001 1187650001 recado com a ana',
    });
  });

  test.each<[Fields, string]>([
    [{ name: '  Ana  ' }, 'Ana'],
    [{ name: '', first_name: 'Ana', last_name: 'Lima' }, 'Ana Lima'],
    [{ name: null, first_name: '', last_name: 'Lima' }, 'Lima'],
    [{ name: null, first_name: null, last_name: '', custom_fields_values: [phones('+5511987650001'), emails('a@b.co')] }, '(11) 98765-0001'],
    [{ name: ' ', first_name: null, last_name: null, custom_fields_values: [emails('a@b.co')] }, 'a@b.co'],
    [{ name: null, first_name: null, last_name: null }, '#50117743'],
  ])('%j is called %s', (more, name) => expect(mapContact(WALLET, contact(more)).row['name']).toBe(name));

  test.each<[string, Json, string[]]>([
    ['a field named CPF', entry('text', [{ value: '529.982.247-25' }], { field_name: 'CPF' }), ['52998224725']],
    ['named in other words', entry('text', [{ value: '529.982.247-25' }], { field_name: 'Nº do Documento (CPF/CNPJ)' }), ['52998224725']],
    ['known by its code', entry('text', [{ value: '12.abc.345/01de-35' }], { field_code: 'CLIENT_CNPJ' }), ['12ABC34501DE35']],
    ['a number field', entry('numeric', [{ value: '52998224725' }], { field_name: 'cpf' }), ['52998224725']],
    ['two in one field', entry('text', [{ value: '529.982.247-25, 11.222.333/0001-81' }], { field_name: 'Documentos' }), ['52998224725', '11222333000181']],
    ['a legal entity of any name', entry('legal_entity', [{ value: { name: 'ACME', vat_id: '11.222.333/0001-81' } }]), ['11222333000181']],
    ['wrong check digits', entry('text', [{ value: '529.982.247-26' }], { field_name: 'CPF' }), []],
    ['a field that says nothing of documents', entry('text', [{ value: '52998224725' }], { field_name: 'Celular' }), []],
    ['a word that only contains it', entry('text', [{ value: '529.982.247-25' }], { field_name: 'Documentário' }), []],
  ])('documents: %s', (_, field, documents) => {
    expect(mapContact(WALLET, contact({ custom_fields_values: [field] })).row['document_keys']).toEqual(documents);
  });

  test('a document is found by search with and without its mask', () => {
    const text = String(mapContact(WALLET, contact({ custom_fields_values: [entry('text', [{ value: '52998224725' }], { field_name: 'CPF' })] })).row['search_text']);
    expect(text).toContain('529.982.247-25');
    expect(text).toContain('52998224725');
  });

  test('point to their company and user; the robot is nobody', () => {
    const { row } = mapContact(WALLET, contact({ _embedded: { tags: [{ id: 1, name: 'vip', color: null }], companies: [{ id: 50118800 }] } }));
    expect(row).toMatchObject({ tags: ['vip'], company_id: recordId(WALLET, 'company', '50118800'), responsible_id: recordId(WALLET, 'crm_user', '10423377') });
    expect(mapContact(WALLET, contact({ responsible_user_id: 0, _embedded: null })).row).toMatchObject({ responsible_id: null, company_id: null, tags: [] });
  });

  test('one instant stands for the other where it is missing', () => {
    expect(mapContact(WALLET, contact({ created_at: null })).row).toMatchObject({ source_created_at: '2026-01-02T22:00:00.000Z', source_updated_at: '2026-01-02T22:00:00.000Z' });
    expect(mapContact(WALLET, contact({ updated_at: null })).row['source_updated_at']).toBe('2026-01-01T20:40:00.000Z');
  });
});

test('a company takes its document from its tax data', () => {
  const record: Json = { id: 5, name: 'Prado Comércio', responsible_user_id: 1, created_at: 1767300000, updated_at: null, custom_fields_values: [entry('legal_entity', [{ value: { name: 'P', vat_id: '11.222.333/0001-81' } }])], _embedded: { tags: [] } };
  expect(mapCompany(WALLET, record).row).toMatchObject({ name: 'Prado Comércio', document: '11222333000181', phones: [], source_updated_at: null });
});

describe('deals', () => {
  const deal = (more: Fields = {}): Json => ({ id: 7788123, name: 'Order 1042', price: 1890, responsible_user_id: 1, status_id: 60110002, pipeline_id: 6011000, loss_reason_id: null, created_at: 1767300100, updated_at: 1767390000, closed_at: null, custom_fields_values: null, _embedded: { tags: [], companies: [] }, ...more });
  const row = (more: Fields = {}) => mapDeal(WALLET, deal(more)).row;
  const reason = { id: 190077, name: 'Too expensive', sort: 100000 };

  test.each<[Fields, string]>([
    [{ price: 1890 }, '1890'],
    [{ price: null }, '0'],
    [{ price: '1890.50' }, '1890.5'],
    [{ price: 1890, price_with_minor_units: 1890.45 }, '1890.45'],
    [{ price: 1891, price_with_minor_units: '1890.55' }, '1890.55'],
    [{ price: 1890, price_with_minor_units: 189045 }, '1890'],
    [{ price: 1890, price_with_minor_units: null }, '1890'],
  ])('the price of %j is %s', (more, price) => expect(row(more)['price']).toBe(price));

  test.each<[Fields, Record<string, unknown>]>([
    [{ status_id: 142, closed_at: 1767390000 }, { status: 'WON', closed_at: '2026-01-02T21:40:00.000Z', stage_id: recordId(WALLET, 'stage', '6011000:142') }],
    [{ status_id: 143, loss_reason_id: 190077, _embedded: { loss_reason: [reason] } }, { status: 'LOST', loss_reason: 'Too expensive', loss_reason_id: recordId(WALLET, 'loss_reason', '190077') }],
    [{ status_id: 143, loss_reason_id: 190077, _embedded: { loss_reason: reason } }, { status: 'LOST', loss_reason: 'Too expensive' }],
    [{ _embedded: { loss_reason: [] } }, { status: 'OPEN', loss_reason: null, loss_reason_id: null }],
    [{ _embedded: { loss_reason: null } }, { loss_reason: null }],
    [{ name: '' }, { name: '#7788123' }],
    [{ pipeline_id: null }, { pipeline_id: null, stage_id: null }],
  ])('%j', (more, expected) => expect(row(more)).toMatchObject(expected));

  test('contacts stand in their order, with the main one marked', () => {
    const { others } = mapDeal(WALLET, deal({ _embedded: { contacts: [{ id: 2, is_main: false }, { id: 1, is_main: true }, { id: 3 }] } }));
    const of = (id: string) => recordId(WALLET, 'contact', id);
    expect(others!['kommo.deal_contact']).toMatchObject([{ position: 0, contact_id: of('2'), main: false }, { position: 1, contact_id: of('1'), main: true }, { position: 2, contact_id: of('3'), main: false }]);
  });

  test('a price that no column holds is refused with its path', () => {
    expect(() => row({ price: 1e15 })).toThrow(/^price: /);
    expect(() => row({ price: 'caro' })).toThrow(/^price: /);
    expect(() => row({ status_id: null })).toThrow(/^status_id: /);
  });
});

test('a stage of an unknown shape is told with its place', () => {
  const stage = { id: 142, name: 'Won', sort: 10000, color: '#CCFF66', type: 0 };
  const pipeline = (statuses: Json): Json => ({ id: 6011000, name: 'Sales', sort: 1, is_main: true, is_archive: false, _embedded: { statuses } });
  expect(mapPipeline(WALLET, pipeline([stage, { id: 1, name: 'In', sort: 10, color: '#c1c1c1', type: 1 }, { id: 2, name: 'Open', sort: 20, color: null, type: 0 }])).others!['kommo.stage']).toMatchObject([
    { kind: 'WON', external_id: '6011000:142' }, { kind: 'INCOMING' }, { kind: 'OPEN', color: null },
  ]);
  expect(() => mapPipeline(WALLET, pipeline([stage, { id: 2, sort: 20 }]))).toThrow(/^_embedded\.statuses\.1\.name: /);
});

test('a user who is a seller can be matched by e-mail and phone', () => {
  expect(mapUser(WALLET, { id: 9, name: 'Rita Álves', email: 'Rita@Example.com', phone_number: '+55 11 98765-0001', rights: { is_admin: true, is_active: false } }).row).toMatchObject({
    name_key: 'rita alves', email: 'Rita@Example.com', email_keys: ['rita@example.com'], phone_keys: ['1187650001'], active: false, is_admin: true,
  });
  expect(mapUser(WALLET, { id: 9, name: '', email: null }).row).toMatchObject({ name: '#9', email_keys: [], phone_keys: [], active: true, is_admin: false });
});

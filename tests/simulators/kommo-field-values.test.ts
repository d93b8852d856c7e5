// Values of custom fields and tags as they are written to the Kommo simulator, and what comes back.
import { describe, expect, it } from 'vitest';
import { fieldOf, problems, useKommo, writerOf } from './kommo-client.ts';

const kommo = useKommo();
const { newContact, newLead, read } = writerOf(kommo);
const PHONE = 812001;
const SEGMENT = 812981;

describe('field values', () => {
  it('replace all values of a sent field and leave the others', async () => {
    const id = await newContact({
      custom_fields_values: [
        {
          field_id: PHONE,
          values: [
            { value: '+5511900000001', enum_code: 'WORK' },
            { value: '+5511900000002', enum_code: 'MOB' },
          ],
        },
        { field_id: SEGMENT, values: [{ value: 'Varejo' }] },
      ],
    });
    await kommo.send('PATCH', `/contacts/${id}`, {
      custom_fields_values: [{ field_id: PHONE, values: [{ value: '+5511900000003' }] }],
    });
    const card = await read(`/contacts/${id}`);
    expect(fieldOf(card, PHONE)).toEqual([{ value: '+5511900000003', enum_id: expect.any(Number), enum_code: 'WORK' }]);
    expect(fieldOf(card, SEGMENT)).toMatchObject([{ value: 'Varejo' }]);
    await kommo.send('PATCH', `/contacts/${id}`, {
      custom_fields_values: [
        { field_id: PHONE, values: null },
        { field_id: SEGMENT, values: [] },
      ],
    });
    expect((await read(`/contacts/${id}`)).custom_fields_values).toBeNull();
  });

  it('come back in the stored form', async () => {
    const id = await newLead({
      custom_fields_values: [
        { field_id: 814003, values: [{ value: 12.5 }] },
        { field_id: 814007, values: [{ value: '2026-03-01T00:00:00-03:00' }] },
        { field_id: 814013, values: [{ value: true }] },
        { field_code: 'ORIGEM', values: [{ value: 'Google' }] },
        { field_id: 814023, values: [{ value: 'Rua A, 10', enum_code: 'address_line_1' }] },
        { field_id: 814027, values: [{ value: { name: 'ACME Ltda', entity_type: 2 } }] },
        { field_id: 814029, values: [{ catalog_id: 3323, catalog_element_id: 4428 }] },
      ],
    });
    const card = await read(`/leads/${id}`);
    expect(fieldOf(card, 814003)).toEqual([{ value: '12.5' }]);
    expect(fieldOf(card, 814007)).toEqual([{ value: Date.parse('2026-03-01T03:00:00Z') / 1000 }]);
    expect(fieldOf(card, 814013)).toEqual([{ value: true }]);
    expect(fieldOf(card, 814001)).toMatchObject([{ value: 'Google' }]);
    expect(fieldOf(card, 814023)).toEqual([{ value: 'Rua A, 10', enum_id: 1, enum_code: 'address_line_1' }]);
    expect(fieldOf(card, 814029)).toEqual([{ catalog_id: 3323, catalog_element_id: 4428 }]);
  });

  it('tags: a set replaces, null clears, lists edit, and a name makes one tag', async () => {
    const id = await newContact({ tags_to_add: [{ name: 'erp' }, { name: 'vip' }] });
    const tags = async (): Promise<string[]> =>
      (await read(`/contacts/${id}`))._embedded.tags.map(({ name }: { name: string }) => name).sort();
    expect(await tags()).toEqual(['erp', 'vip']);
    await kommo.send('PATCH', `/contacts/${id}`, {
      tags_to_delete: [{ name: 'vip' }],
      tags_to_add: [{ name: 'novo' }],
    });
    expect(await tags()).toEqual(['erp', 'novo']);
    await kommo.send('PATCH', `/contacts/${id}`, {
      _embedded: { tags: [{ name: 'site' }] },
      tags_to_add: [{ name: 'ignored' }],
    });
    expect(await tags()).toEqual(['site']);
    await kommo.send('PATCH', `/contacts/${id}`, { _embedded: { tags: null } });
    expect(await tags()).toEqual([]);
    const twice = [
      await kommo.send('POST', '/leads/tags', [{ name: 'dupla' }]),
      await kommo.send('POST', '/leads/tags', [{ name: 'dupla' }]),
    ];
    expect(new Set(twice.map(({ json }) => json._embedded.tags[0].id)).size).toBe(1);
  });

  it('definitions can be made, renamed and used by code', async () => {
    const made = await kommo.send('POST', '/leads/custom_fields', [
      { name: 'Canal', type: 'select', code: 'CANAL', enums: [{ value: 'A' }, { value: 'B' }] },
    ]);
    expect(made.status).toBe(201);
    const field = made.json._embedded.custom_fields[0];
    const id = await newLead({
      custom_fields_values: [{ field_code: 'CANAL', values: [{ enum_id: field.enums[1].id }] }],
    });
    await kommo.send('PATCH', `/leads/custom_fields/${field.id}`, { name: 'Canal de venda' });
    const entry = (await read(`/leads/${id}`)).custom_fields_values[0];
    expect(entry).toMatchObject({ field_name: 'Canal de venda', field_code: 'CANAL', values: [{ value: 'B' }] });
    expect(problems(await kommo.send('POST', '/leads/custom_fields', [{ name: 'x', type: 'price' }]))).toEqual([
      '0 NotSupportedChoice type',
    ]);
  });
});

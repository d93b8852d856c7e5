// Writes to the Kommo simulator: bodies, refusals, replace semantics, what changes with them.
import { describe, expect, it } from 'vitest';
import { useKommo } from './kommo-client.ts';
import type { Answer } from './kommo-client.ts';

const kommo = useKommo();
const PHONE = 812001;
const SEGMENT = 812981;

/** Code and path of every validation error, with the item it belongs to. */
const problems = (answer: Answer): string[] =>
  answer.json['validation-errors'].flatMap((item: { request_id: string; errors: { code: string; path: string }[] }) =>
    item.errors.map(({ code, path }) => `${item.request_id} ${code} ${path}`),
  );

async function newLead(item: object = {}): Promise<number> {
  const { json } = await kommo.send('POST', '/leads', [{ name: 'Teste', ...item }]);
  return json._embedded.leads[0].id;
}

async function newContact(item: object = {}): Promise<number> {
  const { json } = await kommo.send('POST', '/contacts', [{ name: 'Marina Prado', ...item }]);
  return json._embedded.contacts[0].id;
}

const read = async (path: string): Promise<Answer['json']> => (await kommo.get(path)).json;
const fieldOf = (card: Answer['json'], id: number): unknown =>
  card.custom_fields_values?.find((entry: { field_id: number }) => entry.field_id === id)?.values;

describe('bodies', () => {
  it('collections take an array, single records an object, neither takes nothing', async () => {
    const bare = await kommo.send('POST', '/contacts', { name: 'x' });
    expect([bare.status, bare.json.detail, problems(bare)]).toEqual([
      400,
      'Request validation failed',
      ['0 InvalidType '],
    ]);
    const empty = await kommo.send('POST', '/contacts');
    expect([empty.status, empty.json.detail]).toEqual([400, 'Request data can not be empty']);
    const id = await newContact();
    expect((await kommo.send('PATCH', `/contacts/${id}`, [{ name: 'x' }])).status).toBe(400);
    const many = await kommo.send(
      'POST',
      '/leads',
      Array.from({ length: 251 }, () => ({ name: 'x' })),
    );
    expect([many.status, many.json.detail]).toEqual([422, 'Limit 250 per page']);
  });

  it('answers echo request ids or the index, and never field values', async () => {
    const { json } = await kommo.send('POST', '/contacts', [
      {
        name: 'A',
        request_id: 'erp-17',
        custom_fields_values: [{ field_code: 'PHONE', values: [{ value: '+5511987650001', enum_code: 'WORK' }] }],
      },
      { first_name: 'B', last_name: 'C' },
    ]);
    expect(json._embedded.contacts.map((item: { request_id: string }) => item.request_id)).toEqual(['erp-17', '1']);
    expect(Object.keys(json._embedded.contacts[0]).sort()).toEqual([
      '_links',
      'id',
      'is_deleted',
      'is_unsorted',
      'request_id',
    ]);
    expect((await read(`/contacts/${json._embedded.contacts[1].id}`)).name).toBe('B C');
  });

  it('a PATCH of one card answers it at the root, or embedded', async () => {
    const id = await newContact();
    const root = await kommo.send('PATCH', `/contacts/${id}`, { name: 'X' });
    kommo.sim.switches.patchByIdAnswer = 'embedded';
    const embedded = await kommo.send('PATCH', `/contacts/${id}`, { name: 'Y' });
    kommo.sim.switches.patchByIdAnswer = 'root';
    expect(root.json).toMatchObject({ id, name: 'X', is_deleted: false });
    expect(embedded.json._embedded.contacts[0]).toMatchObject({ id, name: 'Y' });
  });
});

describe('refusals', () => {
  it('name the item, the code and the dotted path', async () => {
    const inactive = kommo.sim.crm.users.find((user) => !user.is_active)?.id;
    const answer = await kommo.send('POST', '/contacts', [
      { name: 'good' },
      {
        name: 7,
        nickname: 'x',
        responsible_user_id: inactive,
        request_id: 'r2',
        custom_fields_values: [
          { field_id: SEGMENT, values: [{ value: 'varejo' }] },
          { field_id: 1, values: [{ value: 'x' }] },
          { field_code: 'PHONE', values: [{ value: '1', enum: 'WORK' }] },
          { field_id: 812991, values: [{ value: 'many' }] },
          { field_id: 812989 },
        ],
      },
    ]);
    expect(answer.status).toBe(400);
    expect(answer.type).toBe('application/problem+json');
    expect(problems(answer)).toEqual([
      'r2 InvalidType name',
      'r2 FieldNotExpected nickname',
      'r2 NotSupportedChoice responsible_user_id',
      'r2 NotSupportedChoice custom_fields_values.0.values.0.value',
      'r2 NotSupportedChoice custom_fields_values.1.field_id',
      'r2 FieldNotExpected custom_fields_values.2.values.0.enum',
      'r2 InvalidType custom_fields_values.3.values.0.value',
      'r2 FieldMissing custom_fields_values.4.values',
    ]);
  });

  it('reject the whole batch, or only the bad items', async () => {
    const before = kommo.sim.crm.cards.contacts.size;
    const batch = [{ name: 'good' }, { name: 1 }];
    expect((await kommo.send('POST', '/contacts', batch)).status).toBe(400);
    expect((await kommo.send('POST', '/contacts', [{ tags_to_add: [{ name: 'refused' }] }, { name: 1 }])).status).toBe(
      400,
    );
    expect(kommo.sim.crm.cards.contacts.size).toBe(before);
    expect(kommo.sim.crm.tags.contacts.some(({ name }) => name === 'refused')).toBe(false);
    kommo.sim.switches.batch = 'partial';
    const partial = await kommo.send('POST', '/contacts', batch);
    kommo.sim.switches.batch = 'whole';
    expect([partial.status, partial.json._embedded.contacts.length]).toEqual([200, 1]);
  });

  it('cover pipelines, stages, loss reasons, tasks and notes', async () => {
    expect(
      problems(
        await kommo.send('POST', '/leads', [
          { pipeline_id: 1 },
          { pipeline_id: 6011000, status_id: 60111042 },
          { loss_reason_id: 190077 },
        ]),
      ),
    ).toEqual([
      '0 NotSupportedChoice pipeline_id',
      '1 NotSupportedChoice status_id',
      '2 NotSupportedChoice loss_reason_id',
    ]);
    expect(problems(await kommo.send('POST', '/tasks', [{ text: 'x' }]))).toEqual(['0 FieldMissing complete_till']);
    expect(problems(await kommo.send('POST', '/leads/notes', [{ note_type: 'common', params: {} }]))).toEqual([
      '0 FieldMissing entity_id',
      '0 FieldMissing params.text',
    ]);
    expect(problems(await kommo.send('PATCH', '/leads', [{ name: 'x' }]))).toEqual(['0 FieldMissing id']);
  });
});

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

describe('leads', () => {
  it('start in the first usable stage, and keep closed_at, loss reason and updated_at', async () => {
    const id = await newLead({ price: 500 });
    const open = await read(`/leads/${id}`);
    expect(open).toMatchObject({ pipeline_id: 6011000, status_id: 60110002, closed_at: null, price: 500 });
    await kommo.send('PATCH', `/leads/${id}`, { status_id: 143, loss_reason_id: 190077 });
    const lost = await read(`/leads/${id}?with=loss_reason`);
    expect(lost.closed_at).toBeGreaterThanOrEqual(open.created_at);
    expect(lost._embedded.loss_reason).toMatchObject([{ id: 190077 }]);
    await kommo.send('PATCH', `/leads/${id}`, { status_id: 60110003 });
    expect(await read(`/leads/${id}`)).toMatchObject({ closed_at: null, loss_reason_id: null });
    const types = (await read(`/events?filter[entity]=lead&filter[entity_id][]=${id}`))._embedded.events.map(
      ({ type }: { type: string }) => type,
    );
    expect(types).toEqual(['lead_status_changed', 'lead_status_changed', 'lead_added']);
  });

  it('complex: makes contact and company on the way, answers a bare array', async () => {
    const { status, json } = await kommo.send('POST', '/leads/complex', [
      {
        name: 'Order 1043',
        price: 500,
        request_id: 'o-1',
        _embedded: {
          contacts: [
            {
              first_name: 'Davi',
              custom_fields_values: [{ field_code: 'PHONE', values: [{ value: '+5521998760002', enum_code: 'MOB' }] }],
            },
          ],
          companies: [{ name: 'Davi ME' }],
        },
      },
      { name: 'alone' },
    ]);
    expect(status).toBe(200);
    expect(json).toEqual([
      {
        id: expect.any(Number),
        contact_id: expect.any(Number),
        company_id: expect.any(Number),
        request_id: ['o-1'],
        merged: false,
      },
      { id: expect.any(Number), contact_id: null, company_id: null, request_id: ['1'], merged: false },
    ]);
    const lead = await read(`/leads/${json[0].id}?with=contacts`);
    expect(lead._embedded.contacts).toMatchObject([{ id: json[0].contact_id, is_main: true }]);
    expect((await read(`/contacts/${json[0].contact_id}`))._embedded.companies).toMatchObject([
      { id: json[0].company_id },
    ]);
    expect(
      (
        await kommo.send(
          'POST',
          '/leads/complex',
          Array.from({ length: 51 }, () => ({ name: 'x' })),
        )
      ).status,
    ).toBe(422);
    kommo.sim.switches.duplicateControl = true;
    const again = await kommo.send('POST', '/leads/complex', [
      {
        name: 'again',
        _embedded: {
          contacts: [{ custom_fields_values: [{ field_code: 'PHONE', values: [{ value: '21998760002' }] }] }],
        },
      },
    ]);
    kommo.sim.switches.duplicateControl = false;
    expect(again.json).toMatchObject([{ id: json[0].id, merged: true }]);
  });

  it('links: written as is_main, read as main_contact, twice is a 500', async () => {
    const [lead, first, second] = [await newLead(), await newContact(), await newContact()];
    const link = (id: number, main: boolean): Promise<Answer> =>
      kommo.send('POST', `/leads/${lead}/link`, [
        { to_entity_id: id, to_entity_type: 'contacts', metadata: { is_main: main } },
      ]);
    expect((await link(first, false)).status).toBe(200);
    expect((await link(second, true)).status).toBe(200);
    const links = (await read(`/leads/${lead}/links`))._embedded.links;
    expect(links.map((one: { to_entity_id: number; metadata: unknown }) => [one.to_entity_id, one.metadata])).toEqual([
      [first, { main_contact: false }],
      [second, { main_contact: true }],
    ]);
    const repeated = await link(first, false);
    expect([repeated.status, repeated.json.title]).toEqual([500, 'ErrInternalServer']);
    expect(
      (await kommo.send('POST', `/leads/${lead}/unlink`, [{ to_entity_id: second, to_entity_type: 'contacts' }]))
        .status,
    ).toBe(204);
    expect((await read(`/leads/${lead}?with=contacts`))._embedded.contacts).toMatchObject([
      { id: first, is_main: true },
    ]);
    expect((await read(`/contacts/${second}?with=leads`))._embedded.leads).toEqual([]);
  });

  it('incoming ones are accepted into a stage or declined', async () => {
    const { json } = await kommo.send('POST', '/leads/unsorted/forms', [
      {
        source_uid: 's',
        source_name: 'Site',
        metadata: { form_id: 'f' },
        _embedded: { leads: [{ name: 'Pedido do site' }], contacts: [{ name: 'Ana' }] },
      },
    ]);
    const made = json._embedded.unsorted[0];
    expect((await read(`/leads/unsorted/${made.uid}`))._embedded.leads).toHaveLength(1);
    const leadId = made._embedded.leads[0].id;
    await kommo.send('POST', `/leads/unsorted/${made.uid}/accept`, { status_id: 60110003 });
    expect(await read(`/leads/${leadId}`)).toMatchObject({ status_id: 60110003, name: 'Pedido do site' });
    expect((await kommo.get(`/leads/unsorted/${made.uid}`)).status).toBe(204);
    const [other] = (await read('/leads/unsorted'))._embedded.unsorted;
    expect((await kommo.send('DELETE', `/leads/unsorted/${other.uid}/decline`)).status).toBe(200);
    expect((await kommo.get(`/leads/${other._embedded.leads[0].id}`)).status).toBe(204);
  });
});

describe('tasks and notes', () => {
  it('a task moves the closest task of its card, and is completed with a result', async () => {
    const lead = await newLead();
    const made = await kommo.send('POST', '/tasks', [
      { text: 'Ligar', complete_till: 1_900_000_000, entity_id: lead, entity_type: 'leads' },
    ]);
    const id = made.json._embedded.tasks[0].id;
    expect((await read(`/leads/${lead}`)).closest_task_at).toBe(1_900_000_000);
    expect((await read(`/tasks/${id}`)).result).toEqual([]);
    await kommo.send('PATCH', `/tasks/${id}`, { is_completed: true, result: { text: 'Feito' } });
    expect(await read(`/tasks/${id}`)).toMatchObject({ is_completed: true, result: { text: 'Feito' } });
    expect((await read(`/leads/${lead}`)).closest_task_at).toBeNull();
    expect((await read(`/tasks?filter[entity_type]=leads&filter[entity_id][]=${lead}`))._embedded.tasks).toHaveLength(
      1,
    );
  });

  it('notes live below their card', async () => {
    const contact = await newContact();
    const made = await kommo.send('POST', `/contacts/${contact}/notes`, [
      { note_type: 'common', params: { text: 'Prefere tarde' } },
    ]);
    const id = made.json._embedded.notes[0].id;
    expect((await read(`/contacts/${contact}/notes`))._embedded.notes).toMatchObject([
      { id, params: { text: 'Prefere tarde' } },
    ]);
    expect((await kommo.send('POST', `/contacts/notes/${id}/pin`)).status).toBe(204);
    expect((await read(`/contacts/notes/${id}?with=is_pinned`)).is_pinned).toBe(true);
  });

  it('a call becomes a note of the card with the same last ten digits', async () => {
    const contact = await newContact({
      custom_fields_values: [{ field_code: 'PHONE', values: [{ value: '+55 (31) 97654-0099' }] }],
    });
    const sent = { direction: 'inbound', duration: 60, source: 'PABX', uniq: 'c-1' };
    const answer = await kommo.send('POST', '/calls', [
      { ...sent, phone: '031976540099' },
      { ...sent, phone: '1' },
    ]);
    expect(answer.json).toMatchObject({
      _total_items: 1,
      errors: [{ request_id: '1' }],
      _embedded: { calls: [{ entity_id: contact }] },
    });
    expect((await read(`/contacts/${contact}/notes`))._embedded.notes).toMatchObject([{ note_type: 'call_in' }]);
  });

  it('what read fine is refused once its user has left, and the audit log finds the change of owner', async () => {
    const [one, two] = kommo.sim.crm.users.filter((user) => user.is_active && !user.is_admin);
    const lead = await newLead({ responsible_user_id: one?.id });
    await kommo.send('PATCH', `/leads/${lead}`, { responsible_user_id: two?.id });
    const events = await read(`/events?filter[value_after][responsible_user_id]=${two?.id}&filter[entity]=lead`);
    expect(events._embedded.events).toMatchObject([{ type: 'entity_responsible_changed', entity_id: lead }]);
    kommo.sim.control.mutate({ do: 'user', id: two?.id, set: { is_active: false } });
    const { name, responsible_user_id: owner, created_by: author } = await read(`/leads/${lead}`);
    const echo = await kommo.send('PATCH', `/leads/${lead}`, { name, responsible_user_id: owner, created_by: author });
    expect(problems(echo)).toEqual(['0 NotSupportedChoice responsible_user_id']);
  });

  it('stages can be added and removed, system ones cannot', async () => {
    const made = await kommo.send('POST', '/leads/pipelines/6011000/statuses', [{ name: 'Extra', sort: 70 }]);
    const stage = made.json._embedded.statuses[0].id;
    const lead = await newLead({ status_id: stage });
    expect((await kommo.send('DELETE', '/leads/pipelines/6011000/statuses/142')).status).toBe(422);
    expect((await kommo.send('DELETE', `/leads/pipelines/6011000/statuses/${stage}`)).status).toBe(204);
    expect((await read(`/leads/${lead}`)).status_id).toBe(60110002);
  });
});

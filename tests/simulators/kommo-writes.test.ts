// Writes to the Kommo simulator, whatever is written: bodies, answers and refusals.
import { describe, expect, it } from 'vitest';
import { problems, useKommo, writerOf } from './kommo-client.ts';

const kommo = useKommo();
const { newContact, newLead, read } = writerOf(kommo);
const SEGMENT = 812981;

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
});

// What hangs on a card of the Kommo simulator: tasks, notes and calls.
import { describe, expect, it } from 'vitest';
import { useKommo, writerOf } from './kommo-client.ts';

const kommo = useKommo();
const { newContact, newLead, read } = writerOf(kommo);

describe('tasks, notes and calls', () => {
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
});

// Leads of the Kommo simulator as they are written: stages, complex, links, incoming ones.
import { describe, expect, it } from 'vitest';
import { useKommo, writerOf } from './kommo-client.ts';
import type { Answer } from './kommo-client.ts';

const kommo = useKommo();
const { newContact, newLead, read } = writerOf(kommo);

describe('leads and their stages', () => {
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

  it('stages can be added and removed, system ones cannot', async () => {
    const made = await kommo.send('POST', '/leads/pipelines/6011000/statuses', [{ name: 'Extra', sort: 70 }]);
    const stage = made.json._embedded.statuses[0].id;
    const lead = await newLead({ status_id: stage });
    expect((await kommo.send('DELETE', '/leads/pipelines/6011000/statuses/142')).status).toBe(422);
    expect((await kommo.send('DELETE', `/leads/pipelines/6011000/statuses/${stage}`)).status).toBe(204);
    expect((await read(`/leads/${lead}`)).status_id).toBe(60110002);
  });
});

// Lists of the Kommo simulator: envelopes, paging, filters, orders, and the records in them.
import { describe, expect, it } from 'vitest';
import { openKommo, useKommo } from './kommo-client.ts';

const kommo = useKommo();

interface Item {
  id: number;
  updated_at: number;
  created_at: number;
}

describe('envelopes', () => {
  it.each([
    'leads',
    'contacts',
    'companies',
    'tasks',
    'leads/notes',
    'leads/tags',
    'events',
    'catalogs',
    'catalogs/3321/elements',
    'leads/unsorted',
  ])('family A has pages and no totals: %s', async (path) => {
    const { status, json, type } = await kommo.get(`/${path}?limit=1`);
    expect(status).toBe(200);
    expect(type).toBe('application/hal+json');
    expect(Object.keys(json).sort()).toEqual(['_embedded', '_links', '_page']);
    expect(json._links.next.href).toContain('page=2');
  });

  it.each([
    'contacts/custom_fields',
    'leads/custom_fields',
    'companies/custom_fields',
    'users',
    'roles',
    'leads/custom_fields/groups',
  ])('family B has pages and totals: %s', async (path) => {
    const { json } = await kommo.get(`/${path}?limit=1`);
    expect(json).toMatchObject({ _page: 1, _page_count: json._total_items });
    expect(json._links.last.href).toContain(`page=${json._total_items}`);
  });

  it.each(['leads/pipelines', 'leads/pipelines/6011000/statuses', 'sources', 'leads/loss_reasons', 'events/types'])(
    'family C is one whole list: %s',
    async (path) => {
      const { json } = await kommo.get(`/${path}`);
      expect(Object.keys(json).sort()).toEqual(['_embedded', '_links', '_total_items']);
      expect(Object.values<unknown[]>(json._embedded)[0]).toHaveLength(json._total_items);
    },
  );

  it.each([
    'leads?page=999',
    'contacts?page=999',
    'users?page=999',
    'webhooks',
    'contacts/1',
    'leads?filter[id][]=1',
    'leads?filter[updated_at]=1700000000',
  ])('nothing is 204 without a body: %s', async (path) => {
    const answer = await kommo.get(`/${path}`);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
  });

  it('says what it does not know', async () => {
    const unknown = await kommo.get('/notes');
    expect(unknown.status).toBe(404);
    expect(unknown.json.detail).toMatch(/^Cannot GET http/);
    expect((await kommo.send('DELETE', '/leads/1')).status).toBe(405);
    const broken = await kommo.send('POST', '/leads', '{"name":');
    expect(broken.status).toBe(400);
  });
});

describe('paging', () => {
  it.each([
    ['leads', 7],
    ['contacts', 33],
    ['companies', 20],
  ] as const)('covers every id of %s once', async (type, limit) => {
    const ids = (await kommo.all(`/${type}?limit=${limit}`, type)).map((row: Item) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(kommo.sim.crm.cards[type].size);
    expect(ids).toEqual([...ids].sort((a: number, b: number) => a - b));
  });

  it('gives 50 by default, at most 250, and keeps the other parameters in its links', async () => {
    expect((await kommo.get('/leads')).json._embedded.leads).toHaveLength(50);
    expect((await kommo.get('/leads?limit=9999')).json._embedded.leads).toHaveLength(250);
    const { json } = await kommo.get(
      '/leads?limit=2&page=2&with=contacts&filter[pipeline_id][]=6011000&order[updated_at]=desc',
    );
    const next = new URL(json._links.next.href).searchParams;
    expect(next.get('with')).toBe('contacts');
    expect([...next.keys()].filter((key) => key.startsWith('filter'))).toEqual(['filter[pipeline_id][0]']);
    expect(json._links.prev.href).toContain('page=1');
    expect(json._embedded.leads[0]._links.self.href).toContain('?page=2&limit=2');
  });

  it('the last page has no next', async () => {
    const { size } = kommo.sim.crm.cards.contacts;
    const last = await kommo.get(`/contacts?limit=10&page=${Math.ceil(size / 10)}`);
    expect(last.status).toBe(200);
    expect(last.json._links).not.toHaveProperty('next');
  });
});

describe('filters and orders', () => {
  it('orders by updated_at with ties, and the filter takes its bound', async () => {
    const rows: Item[] = await kommo.all('/leads?order[updated_at]=asc&limit=100', 'leads');
    const times = rows.map((row) => row.updated_at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBeLessThan(times.length);
    const bound = times[Math.floor(times.length / 2)] as number;
    const later: Item[] = await kommo.all(
      `/leads?filter[updated_at][from]=${bound}&order[updated_at]=asc&limit=100`,
      'leads',
    );
    expect(later.map(({ id }) => id)).toEqual(rows.filter((row) => row.updated_at >= bound).map(({ id }) => id));
    const between = await kommo.all(
      `/leads?filter[updated_at][from]=${bound}&filter[updated_at][to]=${bound + 86_400}&limit=100`,
      'leads',
    );
    expect(between.map(({ id }: Item) => id).sort()).toEqual(
      rows
        .filter((row) => row.updated_at >= bound && row.updated_at <= bound + 86_400)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('shows a changed record at its new place', async () => {
    const own = await openKommo();
    const first = (await own.get('/contacts?order[updated_at]=asc&limit=1')).json._embedded.contacts[0];
    await own.send('PATCH', `/contacts/${first.id}`, { name: 'Outra Pessoa' });
    const last = (await own.get('/contacts?order[updated_at]=desc&limit=1')).json._embedded.contacts[0];
    expect(last).toMatchObject({ id: first.id, name: 'Outra Pessoa' });
    const ids = (await own.all('/contacts?order[updated_at]=asc&limit=40', 'contacts')).map(({ id }: Item) => id);
    expect(new Set(ids).size).toBe(own.sim.crm.cards.contacts.size);
    await own.sim.close();
  });

  it('filters leads by stage pair, owner, price and id', async () => {
    const won = await kommo.all(
      '/leads?filter[statuses][0][pipeline_id]=6011000&filter[statuses][0][status_id]=142&limit=250',
      'leads',
    );
    expect(won.length).toBeGreaterThan(10);
    expect(won.every((lead) => lead.pipeline_id === 6011000 && lead.status_id === 142 && lead.closed_at !== null)).toBe(
      true,
    );
    const owner = won[0].responsible_user_id;
    const owned = await kommo.all(
      `/leads?filter[responsible_user_id][]=${owner}&filter[price][from]=1000&limit=250`,
      'leads',
    );
    expect(owned.length).toBeGreaterThan(0);
    expect(owned.every((lead) => lead.responsible_user_id === owner && lead.price >= 1000)).toBe(true);
    const ids = won.slice(0, 3).map(({ id }) => id);
    const named = await kommo.all(
      `/leads?filter[id][]=${ids[0]}&filter[id][]=${ids[1]}&filter[id][]=${ids[2]}`,
      'leads',
    );
    expect(named.map(({ id }) => id)).toEqual(ids);
  });

  it('ignores parameters that it does not know', async () => {
    const ids = (answer: { json: { _embedded: { leads: Item[] } } }): number[] =>
      answer.json._embedded.leads.map(({ id }) => id);
    expect(ids(await kommo.get('/leads?pipeline_id=5&limit=20'))).toEqual(ids(await kommo.get('/leads?limit=20')));
  });

  it('refuses, ignores or honors a filter by custom field, as the switch says', async () => {
    const path = '/leads?filter[custom_fields_values][814001][]=Instagram&limit=250';
    const refused = await kommo.get(path);
    expect([refused.status, refused.json.detail]).toEqual([400, 'Invalid filter for current account']);
    kommo.sim.switches.customFieldFilter = 'ignore';
    const ignored = await kommo.all(path, 'leads');
    kommo.sim.switches.customFieldFilter = 'honor';
    const honored = await kommo.all(path, 'leads');
    kommo.sim.switches.customFieldFilter = 'reject';
    expect(ignored).toHaveLength(kommo.sim.crm.cards.leads.size);
    expect(honored.length).toBeGreaterThan(5);
    expect(honored.length).toBeLessThan(ignored.length);
  });

  it('finds text in any filled field, a phone by its digits', async () => {
    const contacts = await kommo.all('/contacts?limit=250', 'contacts');
    const withPhone = contacts.find((contact) =>
      contact.custom_fields_values?.some((entry: { field_code: string }) => entry.field_code === 'PHONE'),
    );
    const phone: string = withPhone.custom_fields_values.find(
      (entry: { field_code: string }) => entry.field_code === 'PHONE',
    ).values[0].value;
    const hits = await kommo.all(`/contacts?query=${phone.replace(/\D/g, '').slice(-8)}`, 'contacts');
    expect(hits.map(({ id }) => id)).toContain(withPhone.id);
    expect(hits.length).toBeLessThan(contacts.length / 10);
  });
});

describe('records', () => {
  it('hold every type of custom field, each with its own shape', async () => {
    const shapes = new Map<string, unknown>();
    for (const type of ['contacts', 'leads', 'companies']) {
      for (const card of await kommo.all(`/${type}?limit=250`, type)) {
        for (const entry of card.custom_fields_values ?? []) shapes.set(entry.field_type, entry.values[0]);
      }
    }
    for (const element of [
      ...(await kommo.all('/catalogs/3321/elements', 'elements')),
      ...(await kommo.all('/catalogs/3322/elements', 'elements')),
    ]) {
      for (const entry of element.custom_fields_values ?? []) shapes.set(entry.field_type, entry.values[0]);
    }
    expect([...shapes.keys()].sort()).toEqual(
      [
        'text',
        'textarea',
        'url',
        'streetaddress',
        'tracking_data',
        'numeric',
        'price',
        'monetary',
        'checkbox',
        'select',
        'radiobutton',
        'multiselect',
        'category',
        'multitext',
        'date',
        'date_time',
        'birthday',
        'smart_address',
        'legal_entity',
        'items',
        'linked_entity',
        'chained_list',
        'file',
      ].sort(),
    );
    expect(shapes.get('numeric')).toEqual({ value: expect.stringMatching(/^\d/) });
    expect(shapes.get('checkbox')).toEqual({ value: expect.any(Boolean) });
    expect(shapes.get('date')).toEqual({ value: expect.any(Number) });
    expect(shapes.get('select')).toEqual({ value: expect.any(String), enum_id: expect.any(Number), enum_code: null });
    expect(shapes.get('chained_list')).toEqual({ catalog_id: 3323, catalog_element_id: expect.any(Number) });
    expect(shapes.get('legal_entity')).toMatchObject({ value: { entity_type: 2, name: expect.any(String) } });
  });

  it('embed what `with` names, and only that', async () => {
    const plain = (await kommo.get('/leads?limit=1')).json._embedded.leads[0];
    expect(Object.keys(plain._embedded).sort()).toEqual(['companies', 'tags']);
    expect(plain).not.toHaveProperty('source_id');
    const leads = await kommo.all(
      '/leads?limit=250&with=contacts,loss_reason,source_id,catalog_elements,is_price_modified_by_robot',
      'leads',
    );
    expect(
      leads.every(
        (lead) => lead._embedded.contacts.filter((contact: { is_main: boolean }) => contact.is_main).length === 1,
      ),
    ).toBe(true);
    expect(leads.some((lead) => lead._embedded.contacts.length > 1)).toBe(true);
    expect(leads.some((lead) => lead.status_id === 143 && lead._embedded.loss_reason.length === 1)).toBe(true);
    const contacts = await kommo.all('/contacts?limit=250&with=leads', 'contacts');
    const fromLeads = leads.flatMap((lead) => lead._embedded.contacts.map(({ id }: Item) => `${lead.id}:${id}`));
    const fromContacts = contacts.flatMap((contact) =>
      contact._embedded.leads.map(({ id }: Item) => `${id}:${contact.id}`),
    );
    expect(fromContacts.sort()).toEqual(fromLeads.sort());
  });

  it('tell open leads from closed ones by stage and closed_at', async () => {
    const leads = await kommo.all('/leads?limit=250', 'leads');
    for (const lead of leads) expect(lead.closed_at === null).toBe(![142, 143].includes(lead.status_id));
    const { json } = await kommo.get('/leads/pipelines');
    const pipelines = json._embedded.pipelines as {
      id: number;
      is_archive: boolean;
      _embedded: { statuses: { id: number; type: number }[] };
    }[];
    expect(pipelines.filter((pipeline) => pipeline.is_archive)).toHaveLength(1);
    for (const {
      _embedded: { statuses },
    } of pipelines) {
      expect(statuses.map(({ id }) => id)).toEqual(expect.arrayContaining([142, 143]));
      expect(statuses.filter(({ type }) => type === 1)).toHaveLength(1);
    }
    const stages = new Set(
      pipelines.flatMap((pipeline) => pipeline._embedded.statuses.map(({ id }) => `${pipeline.id}:${id}`)),
    );
    expect(leads.every((lead) => stages.has(`${lead.pipeline_id}:${lead.status_id}`))).toBe(true);
  });

  it('agree with their single GET, but for the href', async () => {
    const { json } = await kommo.get('/contacts?limit=3&with=leads');
    for (const listed of json._embedded.contacts) {
      const single = (await kommo.get(`/contacts/${listed.id}?with=leads`)).json;
      expect({ ...listed, _links: null }).toEqual({ ...single, _links: null });
      expect(single._links.self.href).not.toContain('page=');
    }
  });

  it('lists deleted cards as stubs, apart from the others', async () => {
    const own = await openKommo();
    const [first, second, third] = (await own.get('/leads?limit=3')).json._embedded.leads;
    own.sim.control.mutate({ do: 'delete', entity: 'leads', id: first.id });
    own.sim.control.mutate({ do: 'merge', entity: 'leads', winner: third.id, loser: second.id });
    const ids = (await own.all('/leads?limit=250', 'leads')).map(({ id }: Item) => id);
    expect(ids).not.toContain(first.id);
    expect(ids).not.toContain(second.id);
    expect((await own.get(`/leads/${first.id}`)).status).toBe(204);
    const stubs = (await own.get('/leads?with=only_deleted')).json._embedded.leads;
    expect(stubs).toHaveLength(1);
    expect(stubs[0]).toMatchObject({
      id: first.id,
      is_deleted: true,
      name: null,
      price: null,
      account_id: own.sim.accountId,
    });
    const events = (await own.get('/events?limit=2')).json._embedded.events;
    expect(events.map(({ type }: { type: string }) => type)).toEqual(['entity_merged', 'lead_deleted']);
    await own.sim.close();
  });
});

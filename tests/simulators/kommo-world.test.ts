// The CRM view of the world: the same seed gives the same records, at any size, and they fit the ERP's people.
import { describe, expect, it } from 'vitest';
import { Crm } from '../../simulators/world/crm.ts';
import { Table } from '../../simulators/world/crm-table.ts';
import type { Row } from '../../simulators/world/crm-table.ts';
import { createWorld } from '../../simulators/world/index.ts';
import { TODAY, openKommo, smallWorld } from './kommo-client.ts';

const pages = async (seed: number): Promise<string[]> => {
  const kommo = await openKommo({ world: smallWorld(seed) });
  const texts: string[] = [];
  for (const path of [
    '/leads?limit=250&with=contacts,loss_reason',
    '/contacts?limit=250&page=1&with=leads',
    '/companies?limit=250',
    '/users',
    '/events?limit=20',
  ]) {
    texts.push((await kommo.get(path)).text.replaceAll(kommo.sim.url, ''));
  }
  await kommo.sim.close();
  return texts;
};

describe('determinism', () => {
  it('two simulators of one seed answer alike, those of two seeds do not', async () => {
    const [first, again, other] = [await pages(1), await pages(1), await pages(2)];
    expect(again).toEqual(first);
    expect(other[0]).not.toEqual(first[0]);
  });

  it('a record does not depend on which ones were read before it', () => {
    const [one, two] = [new Crm(smallWorld()), new Crm(smallWorld())];
    const id = one.cards.leads.select({ offset: 200, limit: 1 }).rows[0]?.id as number;
    two.cards.leads.select({ offset: 0, limit: 250 });
    expect(two.card('leads', id)).toEqual(one.card('leads', id));
  });
});

describe('people', () => {
  it('the demo has the size of a real small account', () => {
    const crm = new Crm(createWorld({ today: TODAY }));
    expect(crm.cards.contacts.size).toBeGreaterThan(700);
    expect(crm.cards.leads.size).toBeGreaterThan(1400);
    expect(crm.cards.leads.size).toBeLessThan(1700);
    expect(crm.cards.companies.size).toBeGreaterThan(50);
  });

  it('most salespeople are contacts, and these have deals of their own', () => {
    const world = smallWorld();
    const crm = new Crm(world);
    const contacts = world.salespeople.flatMap(({ contactIndex }) =>
      contactIndex === null ? [] : [world.parties.contactId(contactIndex)],
    );
    expect(contacts.length).toBeGreaterThan(world.salespeople.length / 2);
    expect(contacts.every((id) => crm.relations.leadsOfContact(id).length > 0)).toBe(true);
  });

  it('contacts say what the world says of them, users too', () => {
    const world = smallWorld();
    const crm = new Crm(world);
    for (let index = 0; index < world.contactCount; index += 1) {
      const view = world.crmContact(index);
      const contact = crm.card('contacts', world.parties.contactId(index));
      const values = (id: number): unknown[] =>
        contact?.custom_fields_values?.find((entry) => entry.field_id === id)?.values.map(({ value }) => value) ?? [];
      expect(contact?.name).toBe(view.name);
      expect(values(812001)).toEqual(view.phones);
      expect(values(812003)).toEqual(view.emails);
      expect(values(812977)).toEqual(view.document === null ? [] : [view.document]);
    }
    for (const salesperson of world.salespeople) {
      const user = crm.users.find(({ id }) => id === salesperson.crmUserId);
      expect(user?.email ?? null).toBe(world.crmUser(salesperson)?.email ?? null);
    }
  });

  it('a company card tells no more of a client than the contact does', () => {
    const world = smallWorld();
    const crm = new Crm(world);
    for (const company of crm.cards.companies.select({ offset: 0, limit: 10_000 }).rows) {
      const [contact] = crm.relations.contactsOfCompany(company.id);
      const origin = world.contact(world.parties.contactOfId(contact?.id ?? 0) ?? 0);
      const told = (company.custom_fields_values ?? []).map(({ field_id: id }) => id);
      if (origin.kind === 'client' && origin.recipe !== 'document')
        expect(told.filter((id) => id === 815009 || id === 815011 || id === 815001)).toEqual([]);
    }
  });
});

describe('scale', () => {
  it('page N of half a million rows is made without making the others', () => {
    let made = 0;
    let glanced = 0;
    const row = (index: number): Row => ({
      id: index * 3,
      created_at: index,
      updated_at: 1_700_000_000 + ((index * 7919) % 400_000),
    });
    const table = new Table<Row, Row>({
      count: 500_000,
      idOf: (index) => index * 3,
      indexOf: (id) => (id % 3 === 0 && id / 3 < 500_000 ? id / 3 : -1),
      brief: (index) => ((glanced += 1), row(index)),
      at: (index) => ((made += 1), row(index)),
    });
    expect(table.select({ offset: 499_900, limit: 250 })).toMatchObject({ rows: { length: 100 }, more: false });
    expect([made, glanced]).toEqual([100, 0]);
    // the order by update costs one glance per row, once, and a write does not repeat it
    table.select({ order: 'updated_at', offset: 250_000, limit: 250 });
    table.replace({ ...row(5), updated_at: 1_900_000_000 });
    expect(table.select({ order: 'updated_at', offset: 499_750, limit: 250 }).rows.at(-1)).toMatchObject({
      id: 15,
      updated_at: 1_900_000_000,
    });
    expect(
      table.select({ order: 'updated_at', descending: true, updatedFrom: 1_700_399_999, offset: 0, limit: 10 }).rows[0],
    ).toMatchObject({ id: 15 });
    expect([made, glanced]).toEqual([100 + 250 + 249 + 1, 500_000]);
  });

  it('the largest world opens at once', () => {
    const crm = new Crm(createWorld({ preset: 'huge', today: TODAY }), { deals: 500_000 });
    expect(crm.cards.contacts.size).toBeGreaterThan(250_000);
    expect(crm.cards.leads.select({ offset: 499_900, limit: 250 }).rows).toHaveLength(100);
  });

  it('many records share a second', () => {
    const crm = new Crm(createWorld({ preset: 'large', today: TODAY }));
    const counts = new Map<number, number>();
    for (const { updated_at: at } of crm.cards.leads.select({ offset: 0, limit: 20_000 }).rows)
      counts.set(at, (counts.get(at) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBeGreaterThan(50);
  });
});

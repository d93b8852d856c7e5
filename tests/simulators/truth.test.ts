// The answer key is right: what it says two views have in common, they have; what it calls unrelated, is.
// The comparison here is written from scratch, on purpose: bare documents, lower case e-mails, area code + last 8 digits.
import { describe, expect, it } from 'vitest';
import { createWorld } from '../../simulators/world/index.ts';
import type { PartyView } from '../../simulators/world/index.ts';

const world = createWorld({ clients: 1200, leads: 500, salespeople: 28, today: '2026-11-20' });

const bareDocument = (text: string): string => text.replace(/[^0-9a-z]/gi, '').toUpperCase();

function phoneKey(text: string): string {
  let digits = text.replace(/\D/g, '');
  if (digits.length >= 12 && digits.startsWith('55')) digits = digits.slice(2);
  if (digits.startsWith('0')) digits = digits.slice(1);
  return digits.slice(0, 2) + digits.slice(-8);
}

const nameKey = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

function keysOf(view: PartyView): Record<'document' | 'email' | 'phone' | 'name', string[]> {
  return {
    document: view.document === null ? [] : [bareDocument(view.document)],
    email: view.emails.map((email) => email.trim().toLowerCase()),
    phone: view.phones.map(phoneKey),
    name: [nameKey(view.name)],
  };
}

const RULES = ['document', 'email', 'phone', 'name'] as const;
type Rule = (typeof RULES)[number];

function indexOf(views: PartyView[]): Record<Rule, Map<string, Set<number>>> {
  const index = { document: new Map(), email: new Map(), phone: new Map(), name: new Map() } as Record<
    Rule,
    Map<string, Set<number>>
  >;
  views.forEach((view, i) => {
    const keys = keysOf(view);
    for (const rule of RULES)
      for (const key of keys[rule]) index[rule].set(key, (index[rule].get(key) ?? new Set()).add(i));
  });
  return index;
}

const clientViews = Array.from({ length: 1200 }, (_, i) => world.erpClient(i) as PartyView);
const contactViews = Array.from({ length: world.contactCount }, (_, i) => world.crmContact(i));
const clientIndex = indexOf(clientViews);
const contactIndex = indexOf(contactViews);

/** The strongest rule by which two views agree. */
function strongest(a: PartyView, b: PartyView): Rule | 'none' {
  const [left, right] = [keysOf(a), keysOf(b)];
  return RULES.find((rule) => left[rule].some((key) => right[rule].includes(key))) ?? 'none';
}

/** Everybody in `index` who shares a key of `rule` with `view`. */
function candidates(view: PartyView, index: Record<Rule, Map<string, Set<number>>>, rule: Rule): Set<number> {
  return new Set(keysOf(view)[rule].flatMap((key) => [...(index[rule].get(key) ?? [])]));
}

describe('the truth about clients and contacts', () => {
  it('names the strongest rule that their views satisfy', () => {
    const seen = new Set<string>();
    for (const standing of world.truth.clients()) {
      const client = world.client(standing.index);
      if (client.contactIndex === null) {
        expect(standing.contactLink).toBeNull();
        continue;
      }
      expect(standing.crmContactIds[0]).toBe(world.parties.contactId(client.contactIndex));
      expect({
        client: standing.index,
        rule: strongest(
          clientViews[standing.index] as PartyView,
          contactViews[client.contactIndex] as PartyView,
        ),
      }).toEqual({ client: standing.index, rule: standing.contactLink?.rule });
      seen.add(`${standing.contactLink?.rule}${standing.contactLink?.ambiguous ? '*' : ''}`);
    }
    expect([...seen].sort()).toEqual(['document', 'document*', 'email', 'name', 'none', 'phone', 'phone*']);
  });

  it('calls ambiguous exactly the pairs that have another candidate by that rule', () => {
    for (const standing of world.truth.clients()) {
      const link = standing.contactLink;
      const { contactIndex: own } = world.client(standing.index);
      if (!link || own === null || link.rule === 'none' || link.rule === 'name') continue;
      const contacts = candidates(clientViews[standing.index] as PartyView, contactIndex, link.rule);
      const clients = candidates(contactViews[own] as PartyView, clientIndex, link.rule);
      expect({ client: standing.index, ambiguous: contacts.size > 1 || clients.size > 1 }).toEqual({
        client: standing.index,
        ambiguous: link.ambiguous,
      });
    }
  });

  it('leaves leads without document, e-mail or telephone of anybody in the ERP', () => {
    let leads = 0;
    let namesakes = 0;
    for (let i = 0; i < world.contactCount; i++) {
      if (world.contact(i).kind !== 'lead') continue;
      leads += 1;
      const view = contactViews[i] as PartyView;
      for (const rule of ['document', 'email', 'phone'] as const)
        expect(candidates(view, clientIndex, rule).size).toBe(0);
      if (candidates(view, clientIndex, 'name').size > 0) namesakes += 1;
    }
    expect(leads).toBeGreaterThan(400);
    expect(namesakes).toBeGreaterThan(0);
  });

  it('finds the client of a contact and the contact of a client, both ways', () => {
    for (let i = 0; i < world.contactCount; i++) {
      const origin = world.contact(i);
      expect(world.parties.contactOfId(world.parties.contactId(i))).toBe(i);
      if (origin.kind !== 'client') continue;
      const client = world.client(origin.of);
      expect(origin.duplicate ? client.duplicateContactIndex : client.contactIndex).toBe(i);
    }
    for (let i = 0; i < 1200; i++) expect(world.parties.clientOfId(world.parties.clientId(i))).toBe(i);
  });
});

describe('the truth about salespeople', () => {
  it('names the rule that joins the ERP user to the CRM contact, and to the CRM user', () => {
    for (const standing of world.truth.salespeople()) {
      const salesperson = world.salespeople[standing.index];
      if (!salesperson) throw new Error('no salesperson');
      const erp = world.erpUser(salesperson);
      if (salesperson.contactIndex === null) expect(standing.contactLink).toBeNull();
      else
        expect(strongest(erp, contactViews[salesperson.contactIndex] as PartyView)).toBe(
          standing.contactLink?.rule,
        );
      const user = world.crmUser(salesperson);
      expect(user === null).toBe(standing.crmUserId === null);
      if (!user) continue;
      const sameEmail = erp.emails.some((email) => email.toLowerCase() === user.email.toLowerCase());
      expect(sameEmail ? 'email' : nameKey(erp.name) === nameKey(user.name) ? 'name' : 'none').toBe(
        standing.userLink?.rule,
      );
    }
  });

  it('has most of them in the CRM as contacts, and some not at all', () => {
    const standings = world.truth.salespeople();
    const contacts = standings.filter((standing) => standing.crmContactIds.length > 0).length;
    expect(contacts / standings.length).toBeGreaterThan(0.7);
    expect(contacts).toBeLessThan(standings.length);
    expect(standings.some((standing) => standing.crmUserId === null)).toBe(true);
  });
});

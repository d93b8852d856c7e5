// `POST /leads/complex` (kommo.md 5): up to 50 leads, each with at most one contact and one company made on the way.
// The answer is a bare array, not HAL, and each `request_id` is an array.
import type { Card, Contact, FieldEntry } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { createCard, checkCard } from './card-write.ts';
import { cardTable } from './cards.ts';
import type { FieldProblem, Reply } from './problem.ts';
import type { Checked, Json } from './validation.ts';
import { arrayBody, isObject, settle, wrongType } from './validation.ts';

const MAX_LEADS = 50;
const MAX_FIELDS = 40;

interface Draft {
  lead: Partial<Card>;
  contact: Partial<Card> | number | undefined;
  company: Partial<Card> | number | undefined;
}

function checkItem(call: Call, item: Json): Checked<Draft> {
  const embedded = isObject(item['_embedded']) ? item['_embedded'] : {};
  const { contacts, companies, ...others } = embedded;
  const problems: FieldProblem[] = [];
  const lead = checkCard(call, 'leads', { ...item, _embedded: others }, undefined);
  if ('problems' in lead) problems.push(...lead.problems);
  for (const [key, sent] of [
    ['', item],
    ['_embedded.contacts.0.', first(contacts)],
    ['_embedded.companies.0.', first(companies)],
  ] as const) {
    const fields = isObject(sent) ? sent['custom_fields_values'] : undefined;
    if (Array.isArray(fields) && fields.length > MAX_FIELDS)
      problems.push({
        code: 'TooMany',
        path: `${key}custom_fields_values`,
        detail: `This collection should contain ${MAX_FIELDS} elements or less.`,
      });
  }
  const side = (type: 'contacts' | 'companies', sent: unknown): Draft['contact'] => {
    if (sent === undefined) return undefined;
    const path = `_embedded.${type}`;
    if (!Array.isArray(sent) || sent.length > 1) return void problems.push(wrongType(path, 'array'));
    const [one] = sent as unknown[];
    if (!isObject(one)) return undefined;
    if (typeof one['id'] === 'number') {
      if (cardTable(call, type).has(one['id'])) return one['id'];
      return void problems.push({
        code: 'NotSupportedChoice',
        path: `${path}.0.id`,
        detail: 'The value you selected is not a valid choice.',
      });
    }
    const checked = checkCard(call, type, one, undefined, `${path}.0.`);
    if ('value' in checked) return checked.value;
    problems.push(...checked.problems);
    return undefined;
  };
  const contact = side('contacts', contacts);
  const company = side('companies', companies);
  if (problems.length > 0 || 'problems' in lead) return { problems };
  return { value: { lead: lead.value, contact, company } };
}

const first = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined);

function phonesOf(entries: readonly FieldEntry[] | null | undefined): string[] {
  return (entries ?? [])
    .filter((entry) => entry.field_code === 'PHONE')
    .flatMap((entry) => entry.values.map(({ value }) => String(value).replace(/\D/g, '').slice(-10)));
}

/** With duplicate control on: an open lead of a contact with the same phone. Not within one batch, as documented. */
function twin(call: Call, contact: Draft['contact'], before: number): { lead: number; contact: number } | undefined {
  if (!call.sim.switches.duplicateControl || contact === undefined || typeof contact === 'number') return undefined;
  const phones = phonesOf(contact.custom_fields_values);
  if (phones.length === 0) return undefined;
  const found = cardTable(call, 'contacts').select({
    whereFull: (card) =>
      card.id < before && phonesOf(card.custom_fields_values).some((phone) => phones.includes(phone)),
    key: `phones:${phones.join()}:${before}`,
    offset: 0,
    limit: 10,
  });
  for (const { id } of found.rows) {
    const lead = call.sim.crm.relations.leadsOfContact(id).find(({ closed_at: closed }) => closed === null);
    if (lead) return { lead: lead.id, contact: id };
  }
  return undefined;
}

function create(call: Call): Reply {
  const settled = settle(call, arrayBody(call, MAX_LEADS), (item) => checkItem(call, item));
  const firstNew = cardTable(call, 'contacts').nextId();
  const answers = settled.map(({ value, requestId }) => {
    const known = twin(call, value.contact, firstNew);
    if (known)
      return { id: known.lead, contact_id: known.contact, company_id: null, request_id: [requestId], merged: true };
    const companyId = store(call, 'companies', value.company);
    const contactId = store(call, 'contacts', value.contact, companyId);
    const lead = createCard(call, 'leads', {
      ...value.lead,
      ...({
        company_id: companyId,
        contacts: contactId === null ? [] : [{ id: contactId, is_main: true }],
      } as Partial<Card>),
    });
    return { id: lead.id, contact_id: contactId, company_id: companyId, request_id: [requestId], merged: false };
  });
  return { status: 200, body: answers, contentType: 'application/json' };
}

function store(
  call: Call,
  type: 'contacts' | 'companies',
  draft: Draft['contact'],
  companyId: number | null = null,
): number | null {
  if (draft === undefined) return null;
  if (typeof draft === 'number') return draft;
  const extra: Partial<Contact> = type === 'contacts' ? { company_id: companyId } : {};
  return createCard(call, type, { ...draft, ...extra }).id;
}

export const complexRoutes: readonly Route[] = [['POST', '/leads/complex', create]];

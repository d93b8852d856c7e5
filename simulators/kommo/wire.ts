// Stored records as the provider's JSON (kommo.md section 4).
import type { Card, Company, Contact, ElementLink, EntityType, FieldEntry, Lead, Tag } from '../world/crm-records.ts';
import type { Call } from './call.ts';
import { selfLink } from './call.ts';
import { itemLinks } from './envelope.ts';

type Json = Record<string, unknown>;

/** Entries with the names that the definitions have now; values of deleted fields are gone. */
export function fieldEntries(call: Call, entries: FieldEntry[] | null): FieldEntry[] | null {
  if (entries === null) return null;
  const live = entries.flatMap((entry): FieldEntry[] => {
    const field = call.sim.crm.fields.get(entry.field_id);
    return field ? [{ ...entry, field_name: field.name, field_code: field.code }] : [];
  });
  return live.length > 0 ? live : null;
}

const tagJson = (tag: Tag): Json => ({ id: tag.id, name: tag.name, color: tag.color });

const refs = (call: Call, type: EntityType, ids: readonly number[]): Json[] =>
  ids.map((id) => ({ id, _links: selfLink(call, `/${type}/${id}`) }));

const elementJson = ({ id, quantity, catalog_id, price_id }: ElementLink): Json => ({
  id,
  metadata: { quantity, catalog_id, ...(price_id === null ? {} : { price_id }) },
});

function common(call: Call, card: Card): Json {
  return {
    responsible_user_id: card.responsible_user_id,
    group_id: card.group_id,
    created_by: card.created_by,
    updated_by: card.updated_by,
    created_at: card.created_at,
    updated_at: card.updated_at,
    closest_task_at: card.closest_task_at,
    is_deleted: card.is_deleted,
    custom_fields_values: fieldEntries(call, card.custom_fields_values),
    account_id: call.sim.crm.account.id,
  };
}

export function contactJson(call: Call, contact: Contact, wanted: ReadonlySet<string>, inList: boolean): Json {
  const { relations } = call.sim.crm;
  return {
    id: contact.id,
    name: contact.name,
    first_name: contact.first_name,
    last_name: contact.last_name,
    ...common(call, contact),
    is_unsorted: contact.is_unsorted,
    _links: itemLinks(call, `/contacts/${contact.id}`, inList),
    _embedded: {
      tags: contact.tags.map(tagJson),
      companies: refs(call, 'companies', contact.company_id === null ? [] : [contact.company_id]),
      ...(wanted.has('leads')
        ? {
            leads: refs(
              call,
              'leads',
              relations.leadsOfContact(contact.id).map(({ id }) => id),
            ),
          }
        : {}),
      ...(wanted.has('customers') ? { customers: [] } : {}),
      ...(wanted.has('catalog_elements') ? { catalog_elements: contact.catalog_elements.map(elementJson) } : {}),
    },
  };
}

export function companyJson(call: Call, company: Company, wanted: ReadonlySet<string>, inList: boolean): Json {
  const { relations } = call.sim.crm;
  return {
    id: company.id,
    name: company.name,
    ...common(call, company),
    _links: itemLinks(call, `/companies/${company.id}`, inList),
    _embedded: {
      tags: company.tags.map(tagJson),
      ...(wanted.has('contacts')
        ? {
            contacts: refs(
              call,
              'contacts',
              relations.contactsOfCompany(company.id).map(({ id }) => id),
            ),
          }
        : {}),
      ...(wanted.has('leads')
        ? {
            leads: refs(
              call,
              'leads',
              relations.leadsOfCompany(company.id).map(({ id }) => id),
            ),
          }
        : {}),
      ...(wanted.has('customers') ? { customers: [] } : {}),
      ...(wanted.has('catalog_elements') ? { catalog_elements: company.catalog_elements.map(elementJson) } : {}),
    },
  };
}

export function leadJson(call: Call, lead: Lead, wanted: ReadonlySet<string>, inList: boolean): Json {
  const { switches } = call.sim;
  return {
    id: lead.id,
    name: lead.name,
    price: Math.round(lead.price),
    ...(switches.minorUnits ? { price_with_minor_units: lead.price } : {}),
    status_id: lead.status_id,
    pipeline_id: lead.pipeline_id,
    loss_reason_id: lead.loss_reason_id,
    ...(wanted.has('source_id') ? { source_id: lead.source_id } : {}),
    closed_at: lead.closed_at,
    ...common(call, lead),
    score: lead.score,
    labor_cost: lead.labor_cost,
    is_price_computed: lead.is_price_computed,
    ...(wanted.has('is_price_modified_by_robot')
      ? { is_price_modified_by_robot: lead.is_price_modified_by_robot }
      : {}),
    _links: itemLinks(call, `/leads/${lead.id}`, inList),
    _embedded: {
      tags: lead.tags.map(tagJson),
      companies: refs(call, 'companies', lead.company_id === null ? [] : [lead.company_id]),
      ...(wanted.has('contacts')
        ? {
            contacts: lead.contacts.map(({ id, is_main }) => ({
              id,
              is_main,
              _links: selfLink(call, `/contacts/${id}`),
            })),
          }
        : {}),
      ...(wanted.has('loss_reason') ? { loss_reason: lossReason(call, lead) } : {}),
      ...(wanted.has('catalog_elements') ? { catalog_elements: lead.catalog_elements.map(elementJson) } : {}),
      ...(wanted.has('source') ? { source: lead.source_id === null ? null : { id: lead.source_id } } : {}),
    },
  };
}

function lossReason(call: Call, lead: Lead): unknown {
  const reason = call.sim.crm.lossReasons.find(({ id }) => id === lead.loss_reason_id);
  if (call.sim.switches.lossReason === 'object') return reason ?? null;
  return reason ? [reason] : [];
}

/** What `with=only_deleted` shows of a removed card: everything but these is null. */
export function deletedStub(call: Call, type: EntityType, card: Card): Json {
  const full = cardJson(call, type, card, new Set(), true);
  const kept = new Set(['id', 'updated_by', 'updated_at', 'is_deleted', 'account_id', '_links']);
  return Object.fromEntries(
    Object.entries(full).map(([key, value]) => [key, kept.has(key) ? value : key === '_embedded' ? {} : null]),
  );
}

export function cardJson(call: Call, type: EntityType, card: Card, wanted: ReadonlySet<string>, inList: boolean): Json {
  if (type === 'leads') return leadJson(call, card as Lead, wanted, inList);
  if (type === 'contacts') return contactJson(call, card as Contact, wanted, inList);
  return companyJson(call, card, wanted, inList);
}

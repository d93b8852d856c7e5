// Bodies of webhooks: the older, v2-like shape in PHP form encoding (kommo.md 6.2, 6.3), with its oddities. Companies
// travel under `contacts`; a date value is bare; a radio button's `values` is an object; deletes are thin.
import { stringify } from 'qs';
import type { Card, Contact, EntityType, FieldEntry, FieldValue, Lead, Note, Task } from '../world/crm-records.ts';
import { singular } from '../world/crm-records.ts';
import type { CardChange, CrmChange, TaskChange, UnsortedChange } from '../world/crm-changes.ts';
import type { Crm } from '../world/crm.ts';
import type { Json } from './validation.ts';

/** One event of a webhook: its code, where it stands in the body, and the item. */
export interface HookEvent {
  code: string;
  root: string;
  action: string;
  item: Json;
}

/** PHP's spelling: `leads[status][0][id]=..`, spaces as plus signs, nulls left out. `origin` is the account's address. */
export function encodeHook(crm: Crm, origin: string, event: HookEvent): string {
  const body = {
    [event.root]: { [event.action]: [event.item] },
    account: { subdomain: crm.account.subdomain, id: crm.account.id, _links: { self: origin } },
  };
  return stringify(body, { arrayFormat: 'indices', format: 'RFC1738', skipNulls: true });
}

export function hookEvents(crm: Crm, change: CrmChange): HookEvent[] {
  switch (change.kind) {
    case 'card':
      return cardEvents(crm, change);
    case 'task':
      return taskEvents(crm, change);
    case 'note':
      return noteEvents(crm, change.type, change.note);
    case 'unsorted':
      return [unsortedEvent(crm, change)];
    case 'merge':
      return [
        {
          code: `delete_${singular(change.type)}`,
          root: rootOf(change.type),
          action: 'delete',
          item: { id: change.loser, ...(change.type === 'leads' ? {} : { type: singular(change.type) }) },
        },
      ];
  }
}

const rootOf = (type: EntityType): string => (type === 'leads' ? 'leads' : 'contacts');

function cardEvents(crm: Crm, change: CardChange): HookEvent[] {
  const { type, before, after, action } = change;
  const entity = singular(type);
  const root = rootOf(type);
  if (action === 'delete') {
    const item: Json =
      type === 'leads'
        ? { id: after.id, status_id: (after as Lead).status_id, pipeline_id: (after as Lead).pipeline_id }
        : { id: after.id, type: entity };
    return [{ code: `delete_${entity}`, root, action, item }];
  }
  const item =
    type === 'leads' ? leadItem(crm, after as Lead, before as Lead | undefined) : personItem(crm, type, after, before);
  const events: HookEvent[] = [{ code: `${action}_${entity}`, root, action, item }];
  if (action !== 'update' || !before) return events;
  if (before.responsible_user_id !== after.responsible_user_id) {
    // a contact's change of owner arrives as its update only
    if (type === 'leads') events.push({ code: 'responsible_lead', root, action: 'responsible', item });
    else events.push({ code: `responsible_${entity}`, root, action: 'update', item });
  }
  if (type === 'leads') {
    const [now, then] = [after as Lead, before as Lead];
    if (now.status_id !== then.status_id || now.pipeline_id !== then.pipeline_id)
      events.unshift({ code: 'status_lead', root, action: 'status', item });
  }
  return events;
}

function shared(crm: Crm, card: Card, before: Card | undefined): Json {
  return {
    responsible_user_id: card.responsible_user_id,
    ...(before && before.responsible_user_id !== card.responsible_user_id
      ? { old_responsible_user_id: before.responsible_user_id }
      : {}),
    date_create: card.created_at,
    last_modified: card.updated_at,
    created_user_id: card.created_by,
    modified_user_id: card.updated_by,
    account_id: crm.account.id,
    ...(card.tags.length > 0 ? { tags: card.tags.map(({ id, name }) => ({ id, name })) } : {}),
    ...(card.custom_fields_values ? { custom_fields: card.custom_fields_values.map(fieldItem) } : {}),
    created_at: card.created_at,
    updated_at: card.updated_at,
  };
}

function leadItem(crm: Crm, lead: Lead, before: Lead | undefined): Json {
  const moved = before && before.status_id !== lead.status_id;
  const otherPipeline = before && before.pipeline_id !== lead.pipeline_id;
  return {
    id: lead.id,
    name: lead.name,
    status_id: lead.status_id,
    ...(moved || otherPipeline ? { old_status_id: before.status_id } : {}),
    price: lead.price,
    pipeline_id: lead.pipeline_id,
    ...(otherPipeline ? { old_pipeline_id: before.pipeline_id } : {}),
    loss_reason_id: lead.loss_reason_id,
    ...shared(crm, lead, before),
  };
}

function personItem(crm: Crm, type: EntityType, card: Card, before: Card | undefined): Json {
  const leads = type === 'contacts' ? crm.relations.leadsOfContact(card.id) : crm.relations.leadsOfCompany(card.id);
  const company = type === 'contacts' ? (card as Contact).company_id : null;
  return {
    id: card.id,
    name: card.name,
    type: singular(type),
    ...(company === null
      ? {}
      : { linked_company_id: company, company_name: crm.card('companies', company)?.name ?? '' }),
    ...(leads.length > 0 ? { linked_leads_id: Object.fromEntries(leads.map(({ id }) => [id, { ID: id }])) } : {}),
    ...shared(crm, card, before),
  };
}

function fieldItem(entry: FieldEntry): Json {
  return { id: entry.field_id, name: entry.field_name, code: entry.field_code, values: oldValues(entry) };
}

function oldValues(entry: FieldEntry): unknown {
  const [first] = entry.values;
  if (!first) return [];
  switch (entry.field_type) {
    case 'date':
    case 'date_time':
      return [first.value];
    case 'radiobutton':
      return { value: first.value, enum: first.enum_id };
    case 'checkbox':
      return [{ value: first.value === true ? '1' : '0' }];
    case 'birthday':
      return [{ value: dotted(Number(first.value)) }];
    case 'smart_address':
      return entry.values.map(({ value, enum_code: subtype }) => ({ value, subtype }));
    default:
      return entry.values.map(oldValue);
  }
}

function oldValue(value: FieldValue): Json {
  if (value.catalog_element_id !== undefined)
    return { catalog_id: value.catalog_id, catalog_element_id: value.catalog_element_id };
  return { value: value.value, ...(value.enum_id === undefined ? {} : { enum: value.enum_id }) };
}

/** dd.mm.yyyy */
function dotted(seconds: number): string {
  const [year, month, day] = new Date(seconds * 1000).toISOString().slice(0, 10).split('-');
  return `${day ?? ''}.${month ?? ''}.${year ?? ''}`;
}

/** Y-m-d H:i:s in the account's zone (-03:00). */
const clock = (seconds: number): string =>
  new Date((seconds - 3 * 3600) * 1000).toISOString().slice(0, 19).replace('T', ' ');

const ELEMENT_TYPES = { contacts: 1, leads: 2, companies: 3, customers: 12 } as const;

function taskEvents(crm: Crm, { action, before, after: task }: TaskChange): HookEvent[] {
  const item: Json = {
    id: task.id,
    element_id: task.entity_id,
    element_type: task.entity_type === null ? 0 : ELEMENT_TYPES[task.entity_type],
    task_type: task.task_type_id,
    date_create: clock(task.created_at),
    text: task.text,
    ...(before && before.text !== task.text ? { old_text: before.text } : {}),
    status: task.is_completed ? 1 : 0,
    account_id: crm.account.id,
    created_user_id: task.created_by,
    modified_by: task.updated_by,
    main_user: task.responsible_user_id,
    last_modified: clock(task.updated_at),
    responsible_user_id: task.responsible_user_id,
    ...(before && before.responsible_user_id !== task.responsible_user_id
      ? { old_responsible_user_id: before.responsible_user_id }
      : {}),
    complete_till: clock(task.complete_till),
    complete_before: task.complete_till,
    action_close: task.is_completed ? 1 : 0,
    ...(task.result ? { result: { id: resultId(task), text: task.result.text } } : {}),
    created_at: task.created_at,
    updated_at: task.updated_at,
  };
  const owner = before && before.responsible_user_id !== task.responsible_user_id;
  return [
    { code: `${action}_task`, root: 'task', action, item },
    ...(owner ? [{ code: 'responsible_task', root: 'task', action: 'update', item }] : []),
  ];
}

const resultId = (task: Task): number => task.id + 1;

/** Numbers for types that this knows; the key `attachement` is spelled as the provider spells it. */
const NOTE_NUMBERS: Record<string, number> = {
  common: 4,
  attachment: 5,
  call_in: 10,
  call_out: 11,
  sms_in: 102,
  sms_out: 103,
  service_message: 25,
};

function noteEvents(crm: Crm, type: EntityType, note: Note): HookEvent[] {
  const entity = singular(type);
  const inner: Json = {
    id: note.id,
    element_id: note.entity_id,
    element_type: ELEMENT_TYPES[type],
    note_type: NOTE_NUMBERS[note.note_type] ?? 25,
    text: typeof note.params['text'] === 'string' ? note.params['text'] : JSON.stringify(note.params),
    attachement: typeof note.params['file_name'] === 'string' ? note.params['file_name'] : '',
    metadata: JSON.stringify({ event_source: { type: 5, author_name: 'API' } }),
    main_user_id: note.responsible_user_id,
    responsible_user_id: note.responsible_user_id,
    group_id: note.group_id,
    date_create: clock(note.created_at),
    date_modify: clock(note.updated_at),
    created_by: note.created_by,
    modified_by: note.updated_by,
    account_id: crm.account.id,
  };
  const event: HookEvent = {
    code: `note_${entity}`,
    root: rootOf(type),
    action: 'note',
    item: { note: inner, type: entity },
  };
  // a note with a file gives two
  return note.note_type === 'attachment' ? [event, event] : [event];
}

function unsortedEvent(crm: Crm, { action, item, by, at }: UnsortedChange): HookEvent {
  const base: Json = {
    uid: item.uid,
    category: item.category,
    pipeline_id: item.pipeline_id,
    lead_id: item.lead_id,
    created_at: item.created_at,
  };
  if (action === 'add')
    return {
      code: 'add_unsorted',
      root: 'unsorted',
      action: 'add',
      item: {
        ...base,
        source: item.source_name,
        source_uid: item.source_uid,
        date_create: item.created_at,
        account_id: crm.account.id,
      },
    };
  return {
    code: 'delete_unsorted',
    root: 'unsorted',
    action: 'delete',
    item: { ...base, action, [`${action}_result`]: { leads: [item.lead_id] }, modified_user_id: by, last_modified: at },
  };
}

// What a write means: the events that the audit log keeps of it (kommo.md 4.13). Webhooks are made from the same changes.
import type {
  Card,
  Contact,
  CrmEvent,
  EntityType,
  EventEntity,
  FieldEntry,
  Lead,
  Note,
  Task,
  Unsorted,
} from './crm-records.ts';
import { singular } from './crm-records.ts';

export interface CardChange {
  kind: 'card';
  type: EntityType;
  action: 'add' | 'update' | 'delete' | 'restore';
  before: Card | undefined;
  after: Card;
  by: number;
  at: number;
}

export interface TaskChange {
  kind: 'task';
  action: 'add' | 'update';
  before: Task | undefined;
  after: Task;
  by: number;
  at: number;
}

/** An incoming lead that came, was taken or was refused. */
export interface UnsortedChange {
  kind: 'unsorted';
  action: 'add' | 'accept' | 'decline';
  item: Unsorted;
  by: number;
  at: number;
}

export type CrmChange =
  | UnsortedChange
  | CardChange
  | TaskChange
  | { kind: 'note'; type: EntityType; note: Note; by: number; at: number }
  | { kind: 'merge'; type: EntityType; winner: number; loser: number; by: number; at: number };

type Draft = Omit<CrmEvent, 'id'>;
type Side = Record<string, unknown>[];

/** `field_type` of `custom_field_value`: a number there, a name everywhere else. */
const FIELD_TYPE_NUMBERS: Partial<Record<FieldEntry['field_type'], number>> = {
  text: 1,
  numeric: 2,
  checkbox: 3,
  select: 4,
  multiselect: 5,
  date: 6,
  url: 7,
  multitext: 8,
  textarea: 9,
  radiobutton: 10,
  streetaddress: 11,
  smart_address: 13,
  birthday: 14,
  legal_entity: 15,
  items: 16,
  date_time: 19,
  monetary: 20,
  tracking_data: 21,
};

export function describeChange(change: CrmChange): Draft[] {
  switch (change.kind) {
    case 'card':
      return cardEvents(change);
    case 'task':
      return taskEvents(change);
    case 'note': {
      const type = NOTE_EVENTS[change.note.note_type] ?? 'service_note_added';
      return [
        draft(type, singular(change.type), change.note.entity_id, change, [{ note: { id: change.note.id } }], []),
      ];
    }
    case 'unsorted':
      return [];
    case 'merge':
      return [
        draft(
          'entity_merged',
          singular(change.type),
          change.winner,
          change,
          [{ link: { entity: { type: singular(change.type), id: change.loser } } }],
          [],
        ),
      ];
  }
}

const NOTE_EVENTS: Record<string, string> = {
  common: 'common_note_added',
  attachment: 'attachment_note_added',
  geolocation: 'geo_note_added',
  call_in: 'incoming_call',
  call_out: 'outgoing_call',
  sms_in: 'incoming_sms',
  sms_out: 'outgoing_sms',
};

function draft(
  type: string,
  entity: EventEntity,
  id: number,
  change: { by: number; at: number },
  after: Side,
  before: Side,
): Draft {
  return {
    type,
    entity_id: id,
    entity_type: entity,
    created_by: change.by,
    created_at: change.at,
    value_after: after,
    value_before: before,
  };
}

type Put = (name: string, now: Side, then: Side) => Draft;

function cardEvents(change: CardChange): Draft[] {
  const { before, after, type } = change;
  const entity = singular(type);
  const put: Put = (name, now, then) => draft(name, entity, after.id, change, now, then);
  if (change.action === 'add') return [put(`${entity}_added`, [{ note: { id: after.id } }], [])];
  if (change.action === 'delete') return [put(`${entity}_deleted`, [], [])];
  if (change.action === 'restore') return [put(`${entity}_restored`, [], [])];
  if (!before) return [];
  const owner = (card: Card): Side => [{ responsible_user: { id: card.responsible_user_id } }];
  const name = (card: Card): Side => [{ name_field_value: { name: card.name } }];
  return [
    ...(type === 'leads' ? leadEvents(before as Lead, after as Lead, put) : []),
    ...(type === 'companies' ? [] : companyEvents(before as Contact | Lead, after as Contact | Lead, put)),
    ...(before.responsible_user_id === after.responsible_user_id
      ? []
      : [put('entity_responsible_changed', owner(after), owner(before))]),
    ...(before.name === after.name ? [] : [put('name_field_changed', name(after), name(before))]),
    ...missingFrom(after.tags, before.tags).map(({ id, name: text }) =>
      put('entity_tag_added', [{ tag: { name: text, id } }], []),
    ),
    ...missingFrom(before.tags, after.tags).map(({ id, name: text }) =>
      put('entity_tag_deleted', [], [{ tag: { name: text, id } }]),
    ),
    ...fieldEvents(before, after, put),
  ];
}

/** Members of `list` whose id the other list does not have. */
function missingFrom<T extends { id: number }>(list: readonly T[], other: readonly T[]): T[] {
  return list.filter((member) => !other.some(({ id }) => id === member.id));
}

const linkSide = (id: number, type: EventEntity): Side => [{ link: { entity: { type, id } } }];

function leadEvents(before: Lead, after: Lead, put: Put): Draft[] {
  const status = (lead: Lead): Side => [{ lead_status: { id: lead.status_id, pipeline_id: lead.pipeline_id } }];
  const sale = (lead: Lead): Side => [{ sale_field_value: { sale: lead.price } }];
  const moved = before.status_id !== after.status_id || before.pipeline_id !== after.pipeline_id;
  return [
    ...(moved ? [put('lead_status_changed', status(after), status(before))] : []),
    ...(before.price === after.price ? [] : [put('sale_field_changed', sale(after), sale(before))]),
    ...missingFrom(after.contacts, before.contacts).map(({ id }) => put('entity_linked', linkSide(id, 'contact'), [])),
    ...missingFrom(before.contacts, after.contacts).map(({ id }) =>
      put('entity_unlinked', [], linkSide(id, 'contact')),
    ),
  ];
}

function companyEvents(before: Contact | Lead, after: Contact | Lead, put: Put): Draft[] {
  if (before.company_id === after.company_id) return [];
  return [
    ...(before.company_id === null ? [] : [put('entity_unlinked', [], linkSide(before.company_id, 'company'))]),
    ...(after.company_id === null ? [] : [put('entity_linked', linkSide(after.company_id, 'company'), [])]),
  ];
}

function fieldEvents(before: Card, after: Card, put: Put): Draft[] {
  const entries = [...(before.custom_fields_values ?? []), ...(after.custom_fields_values ?? [])];
  return [...new Set(entries.map((entry) => entry.field_id))].flatMap((field) => {
    const now = sideOf(after, field);
    const then = sideOf(before, field);
    return JSON.stringify(now) === JSON.stringify(then) ? [] : [put(`custom_field_${field}_value_changed`, now, then)];
  });
}

function sideOf(card: Card, fieldId: number): Side {
  const entry = card.custom_fields_values?.find((candidate) => candidate.field_id === fieldId);
  return (entry?.values ?? []).map((value) => ({
    custom_field_value: {
      field_id: fieldId,
      field_type: FIELD_TYPE_NUMBERS[entry?.field_type ?? 'text'] ?? 1,
      enum_id: value.enum_id ?? null,
      text: textOf(value.value),
    },
  }));
}

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value ?? ''));

function taskEvents(change: TaskChange): Draft[] {
  const { before, after } = change;
  const put = (name: string, now: Side, then: Side): Draft => draft(name, 'task', after.id, change, now, then);
  if (!before) return [put('task_added', [], [])];
  const events: Draft[] = [];
  if (!before.is_completed && after.is_completed) events.push(put('task_completed', [], []));
  if (before.text !== after.text)
    events.push(put('task_text_changed', [{ task: { text: after.text } }], [{ task: { text: before.text } }]));
  if (before.complete_till !== after.complete_till) {
    events.push(
      put(
        'task_deadline_changed',
        [{ task_deadline: { timestamp: after.complete_till } }],
        [{ task_deadline: { timestamp: before.complete_till } }],
      ),
    );
  }
  if (before.task_type_id !== after.task_type_id)
    events.push(
      put(
        'task_type_changed',
        [{ task_type: { id: after.task_type_id } }],
        [{ task_type: { id: before.task_type_id } }],
      ),
    );
  if (after.result && before.result?.text !== after.result.text)
    events.push(put('task_result_added', [{ note: { id: after.id } }], []));
  return events;
}

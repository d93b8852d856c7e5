// What happens around cards in the base: tasks and notes of one lead in six, notes of one contact in ten, and the audit
// log, in which every base lead has its `lead_added` and every closed one its `lead_status_changed`.
import type { Contact, CardBrief, CrmEvent, Lead, LeadBrief, Note, Task } from './crm-records.ts';
import { LOST, WON } from './crm-records.ts';
import type { BaseRows } from './crm-table.ts';
import { spacedIds } from './crm-table.ts';
import type { Seed } from './rng.ts';

const DAY = 86_400;
const PER_TASK = 6;
const PER_NOTE = 6;
const PER_CONTACT_NOTE = 10;

const OVERDUE = 30 * DAY;

const leadOfTask = (seed: Seed, task: number): number =>
  task * PER_TASK + (seed.draw(seed.salt('task-lead'), task) % PER_TASK);

const taskDue = (seed: Seed, task: number, leadCreated: number): number =>
  leadCreated + (1 + (seed.draw(seed.salt('task-due'), task) % 30)) * DAY + 20 * 3600;

/** When the open task of an open lead is due; null where it has none. */
export function closestTask(
  seed: Seed,
  lead: number,
  leads: number,
  leadCreated: number,
  nowSeconds: number,
): number | null {
  const task = Math.floor(lead / PER_TASK);
  if (task >= Math.floor(leads / PER_TASK) || leadOfTask(seed, task) !== lead) return null;
  const due = taskDue(seed, task, leadCreated);
  return due < nowSeconds - OVERDUE ? null : due;
}

export function taskRows(seed: Seed, leads: BaseRows<Lead, LeadBrief>, nowSeconds: number): BaseRows<Task, Task> {
  const ids = spacedIds(Math.floor(leads.count / PER_TASK), 991_201, (index) =>
    seed.draw(seed.salt('task-gap'), index),
  );
  const at = (index: number): Task => {
    const rng = seed.rng('crm-task', index);
    const lead = leads.brief(leadOfTask(seed, index));
    const till = taskDue(seed, index, lead.created_at);
    const done = lead.closed_at !== null || till < nowSeconds - OVERDUE;
    return {
      id: ids.idOf(index),
      created_by: lead.responsible_user_id,
      updated_by: lead.responsible_user_id,
      created_at: lead.created_at + 300,
      updated_at: done ? Math.min(nowSeconds - 60, till) : lead.created_at + 300,
      responsible_user_id: lead.responsible_user_id,
      group_id: 0,
      entity_id: lead.id,
      entity_type: 'leads',
      duration: 0,
      is_completed: done,
      task_type_id: rng.int(1, 2),
      text: rng.pick(['Ligar de volta', 'Enviar proposta', 'Confirmar entrega', 'Cobrar retorno']),
      result: done ? { text: rng.pick(['Feito', 'Cliente vai retornar']) } : null,
      complete_till: till,
    };
  };
  return { ...ids, brief: at, at };
}

function noteRow(seed: Seed, card: CardBrief, id: number, index: number): Note {
  const rng = seed.rng('crm-note', id + index);
  const kind = rng.weighted([70, 15, 10, 5]);
  const call = {
    uniq: `call-${id}`,
    duration: rng.int(10, 900),
    source: 'PABX',
    link: `https://gravacoes.example/${id}.mp3`,
    phone: '+5531990000000',
  };
  const shapes: [string, Record<string, unknown>][] = [
    ['common', { text: rng.pick(['Prefere contato à tarde', 'Pediu desconto', 'Vai decidir na semana que vem']) }],
    [rng.chance(0.5) ? 'call_in' : 'call_out', call],
    ['service_message', { service: 'Integração ERP', text: 'Pedido faturado' }],
    ['geolocation', { text: 'Visita', address: 'Rua Tiradentes, 100', longitude: '-43.93', latitude: '-19.92' }],
  ];
  const [note_type, params] = shapes[kind] as [string, Record<string, unknown>];
  return {
    id,
    entity_id: card.id,
    created_by: card.responsible_user_id,
    updated_by: card.responsible_user_id,
    created_at: card.created_at + 400,
    updated_at: card.created_at + 400,
    responsible_user_id: card.responsible_user_id,
    group_id: 0,
    note_type,
    params,
    is_pinned: false,
  };
}

export function leadNoteRows(seed: Seed, leads: BaseRows<Lead, LeadBrief>): BaseRows<Note, Note> {
  const ids = spacedIds(Math.floor(leads.count / PER_NOTE), 4_455_001, (index) =>
    seed.draw(seed.salt('note-gap'), index),
  );
  const at = (index: number): Note =>
    noteRow(seed, leads.brief(index * PER_NOTE + (seed.draw(7, index) % PER_NOTE)), ids.idOf(index), index);
  return { ...ids, brief: at, at };
}

export function contactNoteRows(seed: Seed, contacts: BaseRows<Contact, CardBrief>): BaseRows<Note, Note> {
  const ids = spacedIds(Math.floor(contacts.count / PER_CONTACT_NOTE), 94_455_001, (index) =>
    seed.draw(seed.salt('note-gap'), index),
  );
  const at = (index: number): Note => noteRow(seed, contacts.brief(index * PER_CONTACT_NOTE), ids.idOf(index), index);
  return { ...ids, brief: at, at };
}

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

function base32(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place += 1) {
    text = BASE32.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** An id that sorts by time, 26 characters like a ULID; the tail is the number of the event, so an id leads back to it. */
export function eventId(seconds: number, serial: number, salt: number): string {
  return base32(seconds * 1000, 10) + base32(salt, 7) + base32(serial, 9);
}

export function serialOf(id: string): number {
  if (!/^[0-9a-hjkmnp-tv-z]{26}$/.test(id)) return -1;
  let serial = 0;
  for (const letter of id.slice(17)) serial = serial * 32 + BASE32.indexOf(letter);
  return serial;
}

/** Events of the base: two slots per lead, the second one empty while the lead is open. */
export interface BaseEvents {
  slots: number;
  at(slot: number): CrmEvent | undefined;
}

export function baseEvents(
  seed: Seed,
  leads: BaseRows<Lead, LeadBrief>,
  firstStage: (pipeline: number) => number,
): BaseEvents {
  const salt = seed.draw(seed.salt('event'), 0);
  return {
    slots: leads.count * 2,
    at(slot) {
      const lead = leads.brief(slot >> 1);
      const before = { lead_status: { id: firstStage(lead.pipeline_id), pipeline_id: lead.pipeline_id } };
      if (slot % 2 === 0) {
        return {
          id: eventId(lead.created_at, slot, salt),
          type: 'lead_added',
          entity_id: lead.id,
          entity_type: 'lead',
          created_by: lead.created_by,
          created_at: lead.created_at,
          value_after: [{ note: { id: lead.id } }],
          value_before: [],
        };
      }
      if (lead.closed_at === null || (lead.status_id !== WON && lead.status_id !== LOST)) return undefined;
      return {
        id: eventId(lead.closed_at, slot, salt),
        type: 'lead_status_changed',
        entity_id: lead.id,
        entity_type: 'lead',
        created_by: lead.responsible_user_id,
        created_at: lead.closed_at,
        value_after: [{ lead_status: { id: lead.status_id, pipeline_id: lead.pipeline_id } }],
        value_before: [before],
      };
    },
  };
}

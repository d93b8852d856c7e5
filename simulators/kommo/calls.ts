// `POST /calls` (kommo.md 4.10): a call becomes a note of the card whose phone ends in the same ten digits, contacts
// before companies. The shape of the answer for an unknown number is an assumption: it is in no source.
import type { EntityType } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { hal, selfLink } from './call.ts';
import { cardTable } from './cards.ts';
import { addNote } from './notes.ts';
import type { Reply } from './problem.ts';
import type { FieldKind, Json } from './validation.ts';
import { FieldCheck, arrayBody, badChoice, settle } from './validation.ts';

const KEYS: Record<string, FieldKind> = {
  direction: 'string',
  phone: 'string',
  duration: 'int',
  source: 'string',
  uniq: 'string',
  link: 'string',
  call_result: 'string',
  call_status: 'int',
  call_responsible: 'any',
  responsible_user_id: 'int',
  created_by: 'int',
  created_at: 'int',
  request_id: 'string',
};
const DIGITS = 10;

const tail = (phone: unknown): string => String(phone).replace(/\D/g, '').slice(-DIGITS);

function cardOfPhone(call: Call, phone: string): { type: EntityType; id: number } | undefined {
  const wanted = tail(phone);
  if (wanted.length < DIGITS) return undefined;
  for (const type of ['contacts', 'companies'] as const) {
    const found = cardTable(call, type).select({
      whereFull: (card) =>
        (card.custom_fields_values ?? []).some(
          (entry) => entry.field_code === 'PHONE' && entry.values.some(({ value }) => tail(value) === wanted),
        ),
      key: `call:${wanted}`,
      offset: 0,
      limit: 1,
    });
    const [card] = found.rows;
    if (card) return { type, id: card.id };
  }
  return undefined;
}

function create(call: Call): Reply {
  const settled = settle<Json>(call, arrayBody(call), (item) => {
    const check = new FieldCheck(item, KEYS).require('direction', 'phone', 'duration', 'source');
    const { direction, call_status: status } = item;
    if (typeof direction === 'string' && direction !== 'inbound' && direction !== 'outbound')
      check.add(badChoice('direction'));
    if (typeof status === 'number' && (status < 1 || status > 7)) check.add(badChoice('call_status'));
    return check.problems.length > 0 ? { problems: check.problems } : { value: item };
  });
  const calls: Json[] = [];
  const errors: Json[] = [];
  for (const { value, requestId } of settled) {
    const card = cardOfPhone(call, String(value['phone']));
    if (card) calls.push({ ...store(call, card.type, card.id, value), request_id: requestId });
    else
      errors.push({
        request_id: requestId,
        title: 'Entity not found',
        status: 263,
        detail: 'No entity has this phone',
      });
  }
  return hal({ _total_items: calls.length, errors, _embedded: { calls } });
}

function store(call: Call, type: EntityType, id: number, item: Json): Json {
  const { uniq, duration, source, link, phone, call_result: result, call_status: status } = item;
  const { crm } = call.sim;
  const note = addNote(call, type, item, {
    entity_id: id,
    note_type: item['direction'] === 'inbound' ? 'call_in' : 'call_out',
    params: { uniq: uniq ?? `call-${crm.nowSeconds()}`, duration, source, link: link ?? null, phone, call_result: result, call_status: status },
  });
  return {
    id: note.id,
    entity_id: id,
    entity_type: type === 'contacts' ? 'contact' : 'company',
    account_id: crm.account.id,
    _links: selfLink(call, `/${type}/${id}/notes/${note.id}`),
  };
}

export const callRoutes: readonly Route[] = [['POST', '/calls', create]];

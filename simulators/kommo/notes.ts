// Notes (kommo.md 4.10), always below an entity type; a top-level /notes does not exist.
import type { EntityType, Note } from '../world/crm-records.ts';
import { ENTITY_TYPES } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { hal, idParam, selfLink } from './call.ts';
import { cardTable } from './cards.ts';
import { itemLinks, missing, pagedList } from './envelope.ts';
import { filterOf, inList, listOf, numbersOf, orderOf, pageOf, rangeOf, withOf } from './filters.ts';
import type { FieldProblem, Reply } from './problem.ts';
import { NO_CONTENT, validationFailed } from './problem.ts';
import type { FieldKind, Json } from './validation.ts';
import { FieldCheck, absent, arrayBody, badChoice, isObject, objectBody, settle } from './validation.ts';

/** Parameters that a type cannot do without. */
const NEEDED: Record<string, readonly string[]> = {
  common: ['text'],
  call_in: ['uniq', 'duration', 'source', 'phone'],
  call_out: ['uniq', 'duration', 'source', 'phone'],
  service_message: ['service', 'text'],
  extended_service_message: ['service', 'text'],
  geolocation: ['longitude', 'latitude'],
  sms_in: ['text', 'phone'],
  sms_out: ['text', 'phone'],
  attachment: ['version_uuid', 'file_uuid', 'file_name'],
};
const KEYS: Record<string, FieldKind> = {
  id: 'int',
  entity_id: 'int',
  note_type: 'string',
  params: 'object',
  responsible_user_id: 'int',
  created_by: 'int',
  updated_by: 'int',
  created_at: 'int',
  updated_at: 'int',
  is_need_to_trigger_digital_pipeline: 'bool',
  request_id: 'string',
};

function noteJson(call: Call, type: EntityType, note: Note, inListing: boolean): Json {
  const { is_pinned: pinned, ...rest } = note;
  return {
    ...rest,
    ...(withOf(call).has('is_pinned') ? { is_pinned: pinned } : {}),
    account_id: call.sim.crm.account.id,
    _links: itemLinks(call, `/${type}/${note.entity_id}/notes/${note.id}`, inListing),
  };
}

function list(call: Call, type: EntityType, entityId?: number): Reply {
  const ids = numbersOf(filterOf(call, 'id'));
  const kinds = listOf(filterOf(call, 'note_type'));
  const entities = entityId === undefined ? numbersOf(filterOf(call, 'entity_id')) : [entityId];
  const updated = rangeOf(filterOf(call, 'updated_at'));
  const page = pageOf(call);
  const found = call.sim.crm.notes[type].select({
    ...orderOf(call, ['updated_at', 'id']),
    ...(updated ? { updatedFrom: updated.from ?? updated.exact ?? 0, updatedTo: updated.to ?? 2 ** 32 - 1 } : {}),
    where: (note) =>
      inList(note.id, ids) && inList(note.entity_id, entities) && (!kinds || kinds.includes(note.note_type)),
    key: JSON.stringify([entityId ?? null, call.query['filter'] ?? {}]),
    offset: page.offset,
    limit: page.limit,
  });
  return pagedList(
    call,
    'notes',
    found.rows.map((note) => noteJson(call, type, note, true)),
    found.more,
  );
}

function problemsOf(call: Call, type: EntityType, item: Json, stored?: Note): FieldProblem[] {
  const check = new FieldCheck(item, KEYS);
  if (!stored) check.require('entity_id', 'note_type', 'params');
  const kind = item['note_type'] ?? stored?.note_type;
  if (typeof kind === 'string') {
    const needed = NEEDED[kind];
    const { params } = item;
    if (!needed) check.add(badChoice('note_type'));
    else if (isObject(params))
      for (const key of needed) if (params[key] === undefined) check.add(absent(`params.${key}`));
  }
  if (typeof item['entity_id'] === 'number' && !cardTable(call, type).has(item['entity_id']))
    check.add(badChoice('entity_id'));
  return check.problems;
}

/** Stores a new note. Who made it, when, and who answers for it may stand in what was sent. */
export function addNote(call: Call, type: EntityType, sent: Json, content: Pick<Note, 'entity_id' | 'note_type' | 'params'>): Note {
  const { crm } = call.sim;
  const now = crm.nowSeconds();
  const note: Note = {
    id: crm.notes[type].nextId(),
    ...content,
    created_by: Number(sent['created_by'] ?? call.userId),
    updated_by: call.userId,
    created_at: Number(sent['created_at'] ?? now),
    updated_at: now,
    responsible_user_id: Number(sent['responsible_user_id'] ?? call.userId),
    group_id: 0,
    is_pinned: false,
  };
  crm.addNote(type, note);
  return note;
}

function create(call: Call, type: EntityType, entityId?: number): Reply {
  const bodies = arrayBody(call).map((item) => (entityId === undefined ? item : { ...item, entity_id: entityId }));
  const settled = settle<Json>(call, bodies, (item) => {
    const problems = problemsOf(call, type, item);
    return problems.length > 0 ? { problems } : { value: item };
  });
  const items = settled.map(({ value, requestId }) => {
    const note = addNote(call, type, value, { entity_id: Number(value['entity_id']), note_type: String(value['note_type']), params: value['params'] as Json });
    return {
      id: note.id,
      entity_id: note.entity_id,
      request_id: requestId,
      _links: selfLink(call, `/${type}/${note.entity_id}/notes/${note.id}`),
    };
  });
  return hal({ _links: { self: { href: `${call.origin}${call.path}` } }, _embedded: { notes: items } });
}

function apply(call: Call, type: EntityType, note: Note, item: Json): Json {
  const changed: Note = {
    ...note,
    note_type: String(item['note_type'] ?? note.note_type),
    params: (item['params'] as Json | undefined) ?? note.params,
    updated_at: call.sim.crm.nowSeconds(),
    updated_by: call.userId,
  };
  call.sim.crm.notes[type].replace(changed);
  return {
    id: note.id,
    entity_id: note.entity_id,
    updated_at: changed.updated_at,
    _links: selfLink(call, `/${type}/${note.entity_id}/notes/${note.id}`),
  };
}

function patchMany(call: Call, type: EntityType): Reply {
  const settled = settle<{ note: Note; item: Json }>(call, arrayBody(call), (item) => {
    const note = call.sim.crm.notes[type].get(Number(item['id']));
    if (item['id'] === undefined || item['entity_id'] === undefined)
      return { problems: [absent(item['id'] === undefined ? 'id' : 'entity_id')] };
    if (!note || note.entity_id !== item['entity_id']) return { problems: [badChoice('id')] };
    const problems = problemsOf(call, type, item, note);
    return problems.length > 0 ? { problems } : { value: { note, item } };
  });
  return hal({
    _links: { self: { href: `${call.origin}${call.path}` } },
    _embedded: { notes: settled.map(({ value }) => apply(call, type, value.note, value.item)) },
  });
}

function patchOne(call: Call, type: EntityType, note: Note): Reply {
  const body = objectBody(call);
  const problems = problemsOf(call, type, body, note);
  for (const key of ['note_type', 'params']) if (body[key] === undefined) problems.push(absent(key));
  if (problems.length > 0) throw validationFailed([{ request_id: '0', errors: problems }]);
  return hal(apply(call, type, note, body));
}

function pin(call: Call, type: EntityType, note: Note, pinned: boolean): Reply {
  call.sim.crm.notes[type].replace({ ...note, is_pinned: pinned });
  return NO_CONTENT;
}

export const noteRoutes: readonly Route[] = ENTITY_TYPES.flatMap((type): Route[] => {
  const withNote =
    (reply: (call: Call, note: Note) => Reply) =>
    (call: Call): Reply => {
      const note = call.sim.crm.notes[type].get(idParam(call, 'nid'));
      return note ? reply(call, note) : missing(call);
    };
  const withCard =
    (reply: (call: Call, id: number) => Reply) =>
    (call: Call): Reply => {
      const id = idParam(call, 'id');
      return cardTable(call, type).has(id) ? reply(call, id) : missing(call);
    };
  return [
    ['GET', `/${type}/notes`, (call) => list(call, type)],
    ['POST', `/${type}/notes`, (call) => create(call, type)],
    ['PATCH', `/${type}/notes`, (call) => patchMany(call, type)],
    ['GET', `/${type}/notes/:nid`, withNote((call, note) => hal(noteJson(call, type, note, false)))],
    ['PATCH', `/${type}/notes/:nid`, withNote((call, note) => patchOne(call, type, note))],
    ['POST', `/${type}/notes/:nid/pin`, withNote((call, note) => pin(call, type, note, true))],
    ['POST', `/${type}/notes/:nid/unpin`, withNote((call, note) => pin(call, type, note, false))],
    ['GET', `/${type}/:id/notes`, withCard((call, id) => list(call, type, id))],
    ['POST', `/${type}/:id/notes`, withCard((call, id) => create(call, type, id))],
    ['GET', `/${type}/:id/notes/:nid`, withNote((call, note) => hal(noteJson(call, type, note, false)))],
    ['PATCH', `/${type}/:id/notes/:nid`, withNote((call, note) => patchOne(call, type, note))],
  ];
});

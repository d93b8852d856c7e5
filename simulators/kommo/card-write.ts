// Writing of leads, contacts and companies: POST and PATCH of collections (arrays) and of one card (an object).
// Answers never echo field values (kommo.md 5). There is no DELETE.
import { firstEditableStage } from '../world/crm-pipelines.ts';
import type { Card, Company, Contact, EntityType, Lead } from '../world/crm-records.ts';
import { ENTITY_TYPES, LOST } from '../world/crm-records.ts';
import type { CardOf } from '../world/crm.ts';
import type { Call, Route } from './call.ts';
import { hal, href, idParam, selfLink } from './call.ts';
import { cardTable } from './cards.ts';
import { missing } from './envelope.ts';
import { fieldChanges, mergeFields } from './field-values.ts';
import type { FieldProblem, Reply } from './problem.ts';
import { validationFailed } from './problem.ts';
import { tagPatch } from './tags.ts';
import type { Checked, FieldKind, Json } from './validation.ts';
import { FieldCheck, absent, arrayBody, badChoice, isObject, objectBody, settle, wrongType } from './validation.ts';

const CARD_KEYS: Record<string, FieldKind> = {
  id: 'int',
  name: 'string',
  responsible_user_id: 'int',
  group_id: 'int',
  created_by: 'int',
  updated_by: 'int',
  created_at: 'int',
  updated_at: 'int',
  custom_fields_values: 'array?',
  tags_to_add: 'array',
  tags_to_delete: 'array',
  _embedded: 'object',
  request_id: 'string',
};
const KEYS: Record<EntityType, Record<string, FieldKind>> = {
  contacts: { ...CARD_KEYS, first_name: 'string', last_name: 'string' },
  companies: CARD_KEYS,
  leads: {
    ...CARD_KEYS,
    price: 'number',
    status_id: 'int',
    pipeline_id: 'int',
    loss_reason_id: 'int?',
    closed_at: 'int?',
    source_id: 'int?',
    score: 'int?',
    visitor_uid: 'string',
  },
};
const EMBEDDED: Record<EntityType, readonly string[]> = {
  contacts: ['tags', 'companies'],
  companies: ['tags'],
  leads: ['tags', 'contacts', 'companies', 'source', 'metadata'],
};

/** Checks one item. `stored`: the card that a PATCH changes; the value is what becomes of it. */
export function checkCard(
  call: Call,
  type: EntityType,
  item: Json,
  stored: Card | undefined,
  prefix = '',
): Checked<Partial<Card>> {
  const check = new FieldCheck(item, KEYS[type], prefix);
  check.add(...userProblems(call, item, prefix));
  const fields = fieldChanges(call, type, item['custom_fields_values'], prefix);
  check.add(...fields.problems);
  const embedded = isObject(item['_embedded']) ? item['_embedded'] : {};
  for (const key of Object.keys(embedded)) {
    if (!EMBEDDED[type].includes(key))
      check.add({
        code: 'FieldNotExpected',
        path: `${prefix}_embedded.${key}`,
        detail: 'This field was not expected.',
      });
  }
  const lead =
    type === 'leads'
      ? leadPatch(call, item, stored as Lead | undefined, embedded, prefix)
      : { patch: {}, problems: [] };
  const company = companyPatch(call, embedded, prefix);
  check.add(...lead.problems, ...company.problems);
  if (check.problems.length > 0) return { problems: check.problems };
  const { name, first_name: first, last_name: last } = item;
  const patch: Json = {
    ...pick(item, ['responsible_user_id', 'group_id', 'created_by', 'updated_by', 'created_at', 'updated_at']),
    ...lead.patch,
    ...company.patch,
  };
  if (name !== undefined) patch['name'] = name;
  if (type === 'contacts') Object.assign(patch, contactNames(item, stored as Contact | undefined));
  else if (name === undefined && (first !== undefined || last !== undefined))
    patch['name'] = `${String(first ?? '')} ${String(last ?? '')}`.trim();
  if (fields.entries.length > 0)
    patch['custom_fields_values'] = mergeFields(stored?.custom_fields_values ?? null, fields.entries);
  const tags = tagPatch(call, type, item, stored?.tags ?? []);
  if (tags) patch['tags'] = tags;
  if (
    stored &&
    call.sim.switches.olderUpdate === 'keep' &&
    typeof patch['updated_at'] === 'number' &&
    patch['updated_at'] < stored.updated_at
  )
    delete patch['updated_at'];
  return { value: patch as Partial<Card> };
}

const pick = (item: Json, keys: readonly string[]): Json =>
  Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]));

/** Only one name, or only first and last: the other side is made from it. */
function contactNames(item: Json, stored: Contact | undefined): Json {
  const { name, first_name: first, last_name: last } = item;
  if (first === undefined && last === undefined) {
    // a full name alone leaves first and last as they are
    return name === undefined && !stored ? { name: '', first_name: '', last_name: '' } : {};
  }
  const both = {
    first_name: String(first ?? stored?.first_name ?? ''),
    last_name: String(last ?? stored?.last_name ?? ''),
  };
  return { ...both, name: name ?? `${both.first_name} ${both.last_name}`.trim() };
}

/** Inactive and unknown users are refused, also where a reader only echoes what it read (kommo.md 5). 0 is the robot. */
function userProblems(call: Call, item: Json, prefix: string): FieldProblem[] {
  return ['responsible_user_id', 'created_by', 'updated_by'].flatMap((key) => {
    const id = item[key];
    if (typeof id !== 'number' || (id === 0 && key !== 'responsible_user_id')) return [];
    const user = call.sim.crm.users.find((candidate) => candidate.id === id);
    return user?.is_active ? [] : [badChoice(prefix + key)];
  });
}

interface Part {
  patch: Json;
  problems: FieldProblem[];
}

function companyPatch(call: Call, embedded: Json, prefix: string): Part {
  const list = embedded['companies'];
  if (list === undefined) return { patch: {}, problems: [] };
  const path = `${prefix}_embedded.companies`;
  if (!Array.isArray(list) || list.length > 1) return { patch: {}, problems: [wrongType(path, 'array')] };
  const id: unknown = isObject(list[0]) ? list[0]['id'] : undefined;
  if (list.length === 0) return { patch: { company_id: null }, problems: [] };
  if (id === undefined) return { patch: {}, problems: [absent(`${path}.0.id`)] };
  return cardTable(call, 'companies').has(Number(id))
    ? { patch: { company_id: Number(id) }, problems: [] }
    : { patch: {}, problems: [badChoice(`${path}.0.id`)] };
}

function leadPatch(call: Call, item: Json, stored: Lead | undefined, embedded: Json, prefix: string): Part {
  const { crm } = call.sim;
  const problems: FieldProblem[] = [];
  const patch: Json = pick(item, ['price', 'loss_reason_id', 'source_id', 'score', 'closed_at']);
  const pipeline = crm.pipelineOf(Number(item['pipeline_id'] ?? stored?.pipeline_id ?? crm.mainPipeline().id));
  if (!pipeline) problems.push(badChoice(`${prefix}pipeline_id`));
  else {
    const moved = pipeline.id !== stored?.pipeline_id;
    // another pipeline without a stage: its first one that people can use (assumed, kommo.md 5)
    const status = Number(item['status_id'] ?? (moved ? firstEditableStage(pipeline).id : stored?.status_id));
    if (!pipeline.stages.some(({ id }) => id === status)) problems.push(badChoice(`${prefix}status_id`));
    Object.assign(patch, { pipeline_id: pipeline.id, status_id: status });
    const reason = item['loss_reason_id'];
    if (typeof reason === 'number' && (status !== LOST || !crm.lossReasons.some(({ id }) => id === reason)))
      problems.push(badChoice(`${prefix}loss_reason_id`));
  }
  const contacts = embedded['contacts'];
  if (contacts !== undefined) {
    const path = `${prefix}_embedded.contacts`;
    if (!Array.isArray(contacts)) return { patch, problems: [...problems, wrongType(path, 'array')] };
    contacts.forEach((contact: unknown, index) => {
      const id = isObject(contact) ? contact['id'] : undefined;
      if (id === undefined) problems.push(absent(`${path}.${index}.id`));
      else if (!cardTable(call, 'contacts').has(Number(id))) problems.push(badChoice(`${path}.${index}.id`));
    });
    const main = contacts.findIndex((contact: unknown) => isObject(contact) && contact['is_main'] === true);
    patch['contacts'] = contacts.map((contact: Json, index) => ({
      id: Number(contact['id']),
      is_main: index === Math.max(0, main),
    }));
  }
  return { patch, problems };
}

/** Stores a checked new card and gives it its id. */
export function createCard<E extends EntityType>(call: Call, type: E, patch: Partial<Card>): CardOf[E] {
  const { crm } = call.sim;
  const now = crm.nowSeconds();
  const base: Company = {
    id: cardTable(call, type).nextId(),
    name: '',
    responsible_user_id: call.userId,
    group_id: 0,
    created_by: call.userId,
    updated_by: call.userId,
    created_at: now,
    updated_at: now,
    closest_task_at: null,
    is_deleted: false,
    custom_fields_values: null,
    tags: [],
    catalog_elements: [],
  };
  const rest: Json =
    type === 'leads'
      ? {
          price: 0,
          closed_at: null,
          loss_reason_id: null,
          source_id: null,
          score: null,
          labor_cost: null,
          is_price_computed: false,
          is_price_modified_by_robot: false,
          company_id: null,
          contacts: [],
        }
      : type === 'contacts'
        ? { first_name: '', last_name: '', is_unsorted: false, company_id: null }
        : {};
  const card = { ...base, ...rest, ...patch } as CardOf[EntityType];
  if (type === 'leads' && [142, 143].includes((card as Lead).status_id) && (card as Lead).closed_at === null)
    (card as Lead).closed_at = now;
  return crm.addCard(type, card as CardOf[E], call.userId);
}

function create(call: Call, type: EntityType): Reply {
  const settled = settle(call, arrayBody(call), (item) => checkCard(call, type, item, undefined));
  const items = settled.map(({ value, requestId }) => {
    const card = createCard(call, type, value);
    const flags =
      type === 'leads' ? {} : type === 'contacts' ? { is_deleted: false, is_unsorted: false } : { is_deleted: false };
    return { id: card.id, ...flags, request_id: requestId, _links: selfLink(call, `/${type}/${card.id}`) };
  });
  return hal({ _links: { self: { href: href(call, `/${type}`) } }, _embedded: { [type]: items } });
}

function patched(call: Call, type: EntityType, card: Card): Json {
  const names =
    type === 'leads'
      ? {}
      : { name: card.name, is_deleted: false, ...(type === 'contacts' ? { is_unsorted: false } : {}) };
  return { id: card.id, ...names, updated_at: card.updated_at, _links: selfLink(call, `/${type}/${card.id}`) };
}

function patchMany(call: Call, type: EntityType): Reply {
  const settled = settle(call, arrayBody(call), (item) => {
    if (item['id'] === undefined) return { problems: [absent('id')] };
    const stored = cardTable(call, type).get(Number(item['id']));
    if (!stored) return { problems: [{ code: 'NotFound', path: 'id', detail: 'Entity not found' }] };
    const checked = checkCard(call, type, item, stored);
    return 'value' in checked ? { value: { id: stored.id, patch: checked.value } } : checked;
  });
  const items = settled.map(({ value }) =>
    patched(call, type, call.sim.crm.changeCard(type, value.id, value.patch, call.userId) as Card),
  );
  return hal({ _links: { self: { href: href(call, `/${type}`) } }, _embedded: { [type]: items } });
}

function patchOne(call: Call, type: EntityType): Reply {
  const stored = cardTable(call, type).get(idParam(call, 'id'));
  const body = objectBody(call);
  if (!stored) return missing(call);
  const checked = checkCard(call, type, body, stored);
  if ('problems' in checked) throw validationFailed([{ request_id: '0', errors: checked.problems }]);
  const item = patched(call, type, call.sim.crm.changeCard(type, stored.id, checked.value, call.userId) as Card);
  return hal(
    call.sim.switches.patchByIdAnswer === 'root'
      ? item
      : { _links: selfLink(call, `/${type}/${stored.id}`), _embedded: { [type]: [item] } },
  );
}

export const cardWriteRoutes: readonly Route[] = ENTITY_TYPES.flatMap((type): Route[] => [
  ['POST', `/${type}`, (call) => create(call, type)],
  ['PATCH', `/${type}`, (call) => patchMany(call, type)],
  ['PATCH', `/${type}/:id`, (call) => patchOne(call, type)],
]);

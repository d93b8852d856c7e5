// Definitions of custom fields and their groups (kommo.md 4.4), family B. List items carry the same keys as single ones.
import { FIELD_TYPES } from '../world/crm-records.ts';
import type { FieldDefinition, FieldEnum, FieldOwner, FieldType } from '../world/crm-records.ts';
import { requireAdmin } from './account.ts';
import type { Call, Route } from './call.ts';
import { hal, idParam, selfLink } from './call.ts';
import { countedList, itemLinks, missing } from './envelope.ts';
import { filterOf, listOf, part } from './filters.ts';
import type { FieldProblem, Reply } from './problem.ts';
import { NO_CONTENT, refuse, validationFailed } from './problem.ts';
import type { FieldKind, Json } from './validation.ts';
import { FieldCheck, absent, arrayBody, badChoice, isObject, objectBody, settle } from './validation.ts';

const OWNERS: readonly Exclude<FieldOwner, 'catalogs'>[] = ['leads', 'contacts', 'companies', 'customers'];
const CATALOG_ONLY: ReadonlySet<string> = new Set(['price', 'category', 'items', 'linked_entity']);
const NOT_IN_CATALOGS: ReadonlySet<string> = new Set([
  'birthday',
  'smart_address',
  'legal_entity',
  'tracking_data',
  'chained_list',
]);
const TYPES: ReadonlySet<string> = new Set(FIELD_TYPES);
const KEYS: Record<string, FieldKind> = {
  id: 'int',
  name: 'string',
  type: 'string',
  code: 'string?',
  sort: 'int',
  group_id: 'string?',
  is_api_only: 'bool',
  enums: 'array?',
  currency: 'string?',
  remind: 'string?',
  required_statuses: 'array',
  hidden_statuses: 'array',
  chained_lists: 'array?',
  tracking_callback: 'string?',
  settings: 'array?',
  is_visible: 'bool',
  is_required: 'bool',
  request_id: 'string',
};

interface Scope {
  owner: FieldOwner;
  catalogId: number | null;
  path: string;
}

function fieldsOf(call: Call, scope: Scope): FieldDefinition[] {
  return [...call.sim.crm.fields.values()].filter(
    (field) => field.entity_type === scope.owner && field.catalog_id === scope.catalogId,
  );
}

function fieldJson(call: Call, scope: Scope, field: FieldDefinition, inList: boolean): Json {
  const { catalog_id, tracking_callback, ...rest } = field;
  return {
    ...rest,
    account_id: call.sim.crm.account.id,
    tracking_callback,
    triggers: [],
    ...(scope.catalogId === null ? {} : { catalog_id, is_visible: true, is_required: false, nested: null }),
    _links: itemLinks(call, `${scope.path}/custom_fields/${field.id}`, inList),
  };
}

function list(call: Call, scope: Scope): Reply {
  const types = listOf(filterOf(call, 'type'));
  const fields = fieldsOf(call, scope).filter((field) => !types || types.includes(field.type));
  const bySort = part(call.query['order'], 'sort');
  const byId = part(call.query['order'], 'id');
  const key = typeof byId === 'string' ? 'id' : 'sort';
  fields.sort((a, b) => a[key] - b[key] || a.id - b.id);
  if (byId === 'desc' || bySort === 'desc') fields.reverse();
  return countedList(call, 'custom_fields', fields, (field) => fieldJson(call, scope, field, true));
}

const find = (call: Call, scope: Scope): FieldDefinition | undefined =>
  fieldsOf(call, scope).find(({ id }) => id === idParam(call, 'fid'));

function problemsOf(scope: Scope, item: Json, isNew: boolean): FieldProblem[] {
  const check = new FieldCheck(item, KEYS);
  if (isNew) check.require('name', 'type');
  const type = item['type'];
  const allowed =
    typeof type !== 'string' ||
    (TYPES.has(type) && (scope.owner === 'catalogs' ? !NOT_IN_CATALOGS.has(type) : !CATALOG_ONLY.has(type)));
  if (!allowed) check.add(badChoice('type'));
  if (Array.isArray(item['enums'])) {
    item['enums'].forEach((option: unknown, index) => {
      if (!isObject(option) || typeof option['value'] !== 'string') check.add(absent(`enums.${index}.value`));
    });
  }
  return check.problems;
}

/** Options sent with their id stay themselves; without it they are new ones, even where the text is the same. */
function enumsFrom(call: Call, sent: unknown, stored: readonly FieldEnum[] | null): FieldEnum[] | null {
  if (!Array.isArray(sent)) return stored === null ? null : [...stored];
  return (sent as Json[]).map((option, index) => {
    const known = stored?.find(({ id }) => id === option['id']);
    return {
      ...known,
      id: known?.id ?? call.sim.crm.newId(),
      value: String(option['value']),
      sort: Number(option['sort'] ?? (index + 1) * 10),
    };
  });
}

function create(call: Call, scope: Scope): Reply {
  requireAdmin(call);
  const settled = settle<Json>(call, arrayBody(call), (item) => {
    const problems = problemsOf(scope, item, true);
    return problems.length > 0 ? { problems } : { value: item };
  });
  const made = settled.map(({ value, requestId }) => {
    const field: FieldDefinition = {
      code: null,
      sort: 500 + fieldsOf(call, scope).length * 10,
      is_api_only: false,
      group_id: null,
      required_statuses: [],
      hidden_statuses: [],
      currency: null,
      remind: null,
      tracking_callback: null,
      chained_lists: null,
      ...(value as Partial<FieldDefinition>),
      id: call.sim.crm.newId(),
      name: String(value['name']),
      type: value['type'] as FieldType,
      entity_type: scope.owner,
      catalog_id: scope.catalogId,
      is_deletable: true,
      is_predefined: false,
      enums: enumsFrom(call, value['enums'], null),
    };
    delete (field as unknown as Json)['request_id'];
    call.sim.crm.fields.set(field.id, field);
    return { ...fieldJson(call, scope, field, false), request_id: requestId };
  });
  if (call.sim.switches.fieldPostAnswer === 'bare' && made.length === 1) return hal(made[0], 201);
  return hal({ _total_items: made.length, _embedded: { custom_fields: made } }, 201);
}

function change(call: Call, field: FieldDefinition, body: Json): FieldDefinition {
  const { request_id: _request, type: _type, id: _id, enums, ...rest } = body;
  const changed = { ...field, ...(rest as Partial<FieldDefinition>), enums: enumsFrom(call, enums, field.enums) };
  call.sim.crm.fields.set(field.id, changed);
  return changed;
}

function patchMany(call: Call, scope: Scope): Reply {
  requireAdmin(call);
  const settled = settle<{ field: FieldDefinition; item: Json }>(call, arrayBody(call), (item) => {
    const field = fieldsOf(call, scope).find(({ id }) => id === item['id']);
    const problems = field
      ? problemsOf(scope, item, false)
      : [item['id'] === undefined ? absent('id') : badChoice('id')];
    return field && problems.length === 0 ? { value: { field, item } } : { problems };
  });
  const fields = settled.map(({ value, requestId }) => ({
    ...fieldJson(call, scope, change(call, value.field, value.item), false),
    request_id: requestId,
  }));
  return hal({ _total_items: fields.length, _embedded: { custom_fields: fields } });
}

function patchOne(call: Call, scope: Scope): Reply {
  requireAdmin(call);
  const field = find(call, scope);
  const body = objectBody(call);
  if (!field) return missing(call);
  const problems = problemsOf(scope, body, false);
  if (problems.length > 0) throw validationFailed([{ request_id: '0', errors: problems }]);
  return hal(fieldJson(call, scope, change(call, field, body), false));
}

function remove(call: Call, scope: Scope): Reply {
  if (!call.sim.switches.deleteCustomField) throw refuse(405, 'Method Not Allowed');
  requireAdmin(call);
  const field = find(call, scope);
  if (!field) return missing(call);
  if (!field.is_deletable) throw refuse(400, 'The field cannot be deleted');
  call.sim.crm.fields.delete(field.id);
  return NO_CONTENT;
}

function groups(call: Call, scope: Scope): Reply {
  const ids = [...new Set(fieldsOf(call, scope).map(({ group_id: group }) => group ?? 'default'))];
  const names: Record<string, string> = { default: 'Geral', statistic: 'Estatísticas' };
  return countedList(call, 'custom_field_groups', ids, (id) => ({
    id,
    name: names[id] ?? id,
    is_predefined: true,
    type: id === 'default' ? 'custom_fields' : 'tracking_data',
    entity_type: scope.owner,
    sort: 0,
    _links: selfLink(call, `${scope.path}/custom_fields/groups/${id}`),
  }));
}

function routesOf(prefix: string, scopeOf: (call: Call) => Scope | undefined): Route[] {
  const inScope =
    (handler: (call: Call, scope: Scope) => Reply) =>
    (call: Call): Reply => {
      const scope = scopeOf(call);
      return scope ? handler(call, scope) : missing(call);
    };
  const path = `${prefix}/custom_fields`;
  return [
    ['GET', path, inScope(list)],
    ['POST', path, inScope(create)],
    ['PATCH', path, inScope(patchMany)],
    ['GET', `${path}/groups`, inScope(groups)],
    [
      'GET',
      `${path}/:fid`,
      inScope((call, scope) => {
        const field = find(call, scope);
        return field ? hal(fieldJson(call, scope, field, false)) : missing(call);
      }),
    ],
    ['PATCH', `${path}/:fid`, inScope(patchOne)],
    ['DELETE', `${path}/:fid`, inScope(remove)],
  ];
}

export const customFieldRoutes: readonly Route[] = [
  ...OWNERS.flatMap((owner) => routesOf(`/${owner}`, () => ({ owner, catalogId: null, path: `/${owner}` }))),
  ...routesOf('/catalogs/:cid', (call) => {
    const catalogId = idParam(call, 'cid');
    return call.sim.crm.catalogs.some(({ id }) => id === catalogId)
      ? { owner: 'catalogs', catalogId, path: `/catalogs/${catalogId}` }
      : undefined;
  }),
];

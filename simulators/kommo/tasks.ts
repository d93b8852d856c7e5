// Tasks (kommo.md 4.9). `entity_type` is plural here; `result` is `[]` when empty and an object when set. No DELETE.
import type { EntityType, Task } from '../world/crm-records.ts';
import { taskTypes } from './account.ts';
import type { Call, Route } from './call.ts';
import { hal, href, idParam, selfLink } from './call.ts';
import { cardTable } from './cards.ts';
import { itemLinks, missing, pagedList } from './envelope.ts';
import { filterOf, inList, listOf, numbersOf, orderOf, pageOf, rangeOf } from './filters.ts';
import type { FieldProblem, Reply } from './problem.ts';
import { invalidFilter, validationFailed } from './problem.ts';
import type { FieldKind, Json } from './validation.ts';
import { FieldCheck, absent, arrayBody, badChoice, isObject, objectBody, settle } from './validation.ts';

const KEYS: Record<string, FieldKind> = {
  id: 'int',
  text: 'string',
  complete_till: 'int',
  responsible_user_id: 'int',
  entity_id: 'int?',
  entity_type: 'string?',
  is_completed: 'bool',
  task_type_id: 'int',
  duration: 'int',
  result: 'object',
  created_by: 'int',
  updated_by: 'int',
  created_at: 'int',
  updated_at: 'int',
  request_id: 'string',
};

function taskJson(call: Call, task: Task, inListing: boolean): Json {
  return {
    ...task,
    result: task.result ?? [],
    account_id: call.sim.crm.account.id,
    _links: itemLinks(call, `/tasks/${task.id}`, inListing),
  };
}

function list(call: Call): Reply {
  const { order, descending } = orderOf(call, ['created_at', 'complete_till', 'id']);
  const ids = numbersOf(filterOf(call, 'id'));
  const owners = numbersOf(filterOf(call, 'responsible_user_id'));
  const types = numbersOf(filterOf(call, 'task_type')) ?? numbersOf(filterOf(call, 'task_type_id'));
  const entities = numbersOf(filterOf(call, 'entity_id'));
  const entityTypes = listOf(filterOf(call, 'entity_type'));
  const completed = listOf(filterOf(call, 'is_completed'))?.[0];
  const updated = rangeOf(filterOf(call, 'updated_at'));
  if (entities && !entityTypes) throw invalidFilter();
  // a scalar means "later than" here
  const from = updated?.exact ?? updated?.from ?? 0;
  const to = updated?.to ?? Number.MAX_SAFE_INTEGER;
  const page = pageOf(call);
  const where = (task: Task): boolean =>
    inList(task.id, ids) &&
    inList(task.responsible_user_id, owners) &&
    inList(task.task_type_id, types) &&
    inList(task.entity_id, entities) &&
    (!entityTypes || (task.entity_type !== null && entityTypes.includes(task.entity_type))) &&
    (completed === undefined || task.is_completed === (completed === '1')) &&
    task.updated_at >= from &&
    task.updated_at <= to;
  const key = JSON.stringify(call.query['filter'] ?? {});
  if ((order as string) === 'complete_till') {
    const all = call.sim.crm.tasks.select({ where, key, offset: 0, limit: Number.MAX_SAFE_INTEGER }).rows;
    all.sort((a, b) => (descending ? -1 : 1) * (a.complete_till - b.complete_till || a.id - b.id));
    const rows = all.slice(page.offset, page.offset + page.limit);
    return pagedList(
      call,
      'tasks',
      rows.map((task) => taskJson(call, task, true)),
      page.offset + rows.length < all.length,
    );
  }
  const found = call.sim.crm.tasks.select({ order, descending, where, key, offset: page.offset, limit: page.limit });
  return pagedList(
    call,
    'tasks',
    found.rows.map((task) => taskJson(call, task, true)),
    found.more,
  );
}

function problemsOf(call: Call, item: Json, isNew: boolean): FieldProblem[] {
  const check = new FieldCheck(item, KEYS);
  if (isNew) check.require('text', 'complete_till');
  for (const key of ['responsible_user_id', 'created_by', 'updated_by']) {
    const id = item[key];
    if (typeof id !== 'number' || (id === 0 && key !== 'responsible_user_id')) continue;
    if (!call.sim.crm.users.some((user) => user.id === id && user.is_active)) check.add(badChoice(key));
  }
  const { entity_type: type, entity_id: id, task_type_id: kind } = item;
  if (typeof type === 'string' && !['leads', 'contacts', 'companies', 'customers'].includes(type))
    check.add(badChoice('entity_type'));
  else if (
    typeof id === 'number' &&
    typeof type === 'string' &&
    type !== 'customers' &&
    !cardTable(call, type as EntityType).has(id)
  )
    check.add(badChoice('entity_id'));
  if (typeof kind === 'number' && !taskTypes.some((known) => known.id === kind)) check.add(badChoice('task_type_id'));
  const result = item['result'];
  if (isObject(result) && typeof result['text'] !== 'string') check.add(absent('result.text'));
  return check.problems;
}

function create(call: Call): Reply {
  const settled = settle<Json>(call, arrayBody(call), (item) => {
    const problems = problemsOf(call, item, true);
    return problems.length > 0 ? { problems } : { value: item };
  });
  const { crm } = call.sim;
  const items = settled.map(({ value, requestId }) => {
    const now = crm.nowSeconds();
    const { request_id: _request, ...sent } = value;
    const task: Task = {
      created_by: call.userId,
      updated_by: call.userId,
      created_at: now,
      updated_at: now,
      responsible_user_id: call.userId,
      group_id: 0,
      entity_id: null,
      entity_type: null,
      duration: 0,
      is_completed: false,
      task_type_id: 1,
      text: '',
      result: null,
      complete_till: 0,
      ...(sent as Partial<Task>),
      id: crm.tasks.nextId(),
    };
    crm.addTask(task);
    return { id: task.id, request_id: requestId, _links: selfLink(call, `/tasks/${task.id}`) };
  });
  return hal({ _links: { self: { href: href(call, '/tasks') } }, _embedded: { tasks: items } });
}

function apply(call: Call, id: number, item: Json): Json {
  const { request_id: _request, id: _id, ...patch } = item;
  const task = call.sim.crm.changeTask(id, patch as Partial<Task>, call.userId) as Task;
  return { id: task.id, updated_at: task.updated_at, _links: selfLink(call, `/tasks/${task.id}`) };
}

function patchMany(call: Call): Reply {
  const settled = settle<Json>(call, arrayBody(call), (item) => {
    const problems = problemsOf(call, item, false);
    if (item['id'] === undefined) problems.push(absent('id'));
    else if (!call.sim.crm.tasks.has(Number(item['id']))) problems.push(badChoice('id'));
    return problems.length > 0 ? { problems } : { value: item };
  });
  const items = settled.map(({ value, requestId }) => ({
    ...apply(call, Number(value['id']), value),
    request_id: requestId,
  }));
  return hal({ _links: { self: { href: href(call, '/tasks') } }, _embedded: { tasks: items } });
}

export const taskRoutes: readonly Route[] = [
  ['GET', '/tasks', list],
  ['POST', '/tasks', create],
  ['PATCH', '/tasks', patchMany],
  [
    'GET',
    '/tasks/:id',
    (call) => {
      const task = call.sim.switches.taskById ? call.sim.crm.tasks.get(idParam(call, 'id')) : undefined;
      return task ? hal(taskJson(call, task, false)) : missing(call);
    },
  ],
  [
    'PATCH',
    '/tasks/:id',
    (call) => {
      const body = objectBody(call);
      const id = idParam(call, 'id');
      if (!call.sim.crm.tasks.has(id)) return missing(call);
      const problems = problemsOf(call, body, false);
      if (problems.length > 0) throw validationFailed([{ request_id: '0', errors: problems }]);
      return hal(apply(call, id, body));
    },
  ],
];

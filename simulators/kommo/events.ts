// The audit log (kommo.md 4.13), read only. Entity types are singular here; there is no order parameter.
import type { CrmEvent, EventEntity } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { hal, selfLink } from './call.ts';
import { cardTable } from './cards.ts';
import { itemLinks, missing, pagedList, wholeList } from './envelope.ts';
import { filterOf, listOf, numbersOf, pageOf, part, rangeOf, withOf } from './filters.ts';
import type { Reply } from './problem.ts';
import { refuse } from './problem.ts';
import type { Json } from './validation.ts';

const PLURAL: Record<EventEntity, string> = {
  lead: 'leads',
  contact: 'contacts',
  company: 'companies',
  task: 'tasks',
  customer: 'customers',
};
const MAX_VALUES = 10;

const TYPE_KEYS: readonly string[] = [
  ...['lead', 'contact', 'company'].flatMap((entity) =>
    ['added', 'deleted', 'restored', 'linked', 'unlinked'].map((action) => `${entity}_${action}`),
  ),
  'lead_status_changed',
  ...['added', 'deleted', 'completed', 'type_changed', 'text_changed', 'deadline_changed', 'result_added'].map(
    (action) => `task_${action}`,
  ),
  ...['incoming', 'outgoing'].flatMap((way) => ['call', 'mail', 'chat_message', 'sms'].map((kind) => `${way}_${kind}`)),
  'entity_direct_message',
  'entity_tag_added',
  'entity_tag_deleted',
  'entity_linked',
  'entity_unlinked',
  'entity_responsible_changed',
  'entity_merged',
  'sale_field_changed',
  'name_field_changed',
  'ltv_field_changed',
  'custom_field_value_changed',
  ...['common', 'attachment', 'geo', 'service', 'site_visit', 'targeting_in', 'targeting_out'].map(
    (kind) => `${kind}_note_added`,
  ),
  'common_note_deleted',
  'talk_created',
  'talk_closed',
  'conversation_answered',
  'nps_rate_added',
  'ai_result',
  'robot_replied',
];

function eventJson(call: Call, event: CrmEvent, inListing: boolean): Json {
  const path = `/${PLURAL[event.entity_type]}/${event.entity_id}`;
  const name = nameOf(call, event);
  return {
    ...event,
    account_id: call.sim.crm.account.id,
    _links: itemLinks(call, `/events/${event.id}`, inListing),
    _embedded: {
      entity: { id: event.entity_id, ...(name === undefined ? {} : { name }), _links: selfLink(call, path) },
    },
  };
}

/** Only with `with=lead_name` and the like. */
function nameOf(call: Call, event: CrmEvent): string | undefined {
  const type = event.entity_type;
  if (type === 'task' || type === 'customer' || !withOf(call).has(`${type}_name`)) return undefined;
  return cardTable(call, PLURAL[type] as 'leads').get(event.entity_id)?.name;
}

function list(call: Call): Reply {
  const ids = listOf(filterOf(call, 'id'));
  const created = rangeOf(filterOf(call, 'created_at'));
  const authors = numbersOf(filterOf(call, 'created_by'));
  const entities = listOf(filterOf(call, 'entity'));
  const entityIds = numbersOf(filterOf(call, 'entity_id'));
  const types = listOf(filterOf(call, 'type'));
  if ((authors?.length ?? 0) > MAX_VALUES || (entityIds?.length ?? 0) > MAX_VALUES)
    throw refuse(400, `Filter takes at most ${MAX_VALUES} values`);
  if (entityIds && entities?.length !== 1) throw refuse(400, 'Filter entity_id needs one entity');
  const after = sideFilter(call, 'value_after');
  const before = sideFilter(call, 'value_before');
  const page = pageOf(call);
  const from = created?.exact === undefined ? created?.from : created.exact + 1;
  const found = call.sim.crm.events.list({
    ...(from === undefined ? {} : { from }),
    ...(created?.to === undefined ? {} : { to: created.to }),
    newestFirst: call.sim.switches.eventOrder === 'newest',
    where: (event) =>
      (!ids || ids.includes(event.id)) &&
      (!authors || authors.includes(event.created_by)) &&
      (!entities || entities.includes(event.entity_type)) &&
      (!entityIds || entityIds.includes(event.entity_id)) &&
      (!types || types.some((type) => type === event.type || isFieldChange(type, event.type))) &&
      after(event.value_after) &&
      before(event.value_before),
    offset: page.offset,
    limit: page.limit,
  });
  return pagedList(
    call,
    'events',
    found.rows.map((event) => eventJson(call, event, true)),
    found.more,
  );
}

const isFieldChange = (wanted: string, type: string): boolean =>
  wanted === 'custom_field_value_changed' && /^custom_field_\d+_value_changed$/.test(type);

type SideTest = (values: CrmEvent['value_after']) => boolean;

/** Filters of one side of the change: stages (as pairs) and responsible users. */
function sideFilter(call: Call, side: 'value_after' | 'value_before'): SideTest {
  const filter = filterOf(call, side);
  const tests: SideTest[] = [];
  const statuses = part(filter, 'leads_statuses');
  if (statuses !== undefined && typeof statuses === 'object') {
    const pairs = Object.values(statuses).map((pair) =>
      typeof pair === 'object' && !Array.isArray(pair)
        ? `${String(pair['pipeline_id'])}:${String(pair['status_id'])}`
        : '',
    );
    tests.push((values) =>
      values.some((value) => {
        const status = value['lead_status'] as { id: number; pipeline_id: number } | undefined;
        return status !== undefined && pairs.includes(`${status.pipeline_id}:${status.id}`);
      }),
    );
  }
  const users = numbersOf(part(filter, 'responsible_user_id'));
  if (users) {
    tests.push((values) =>
      values.some((value) => users.includes((value['responsible_user'] as { id: number } | undefined)?.id ?? -1)),
    );
  }
  return (values) => tests.every((test) => test(values));
}

export const eventRoutes: readonly Route[] = [
  ['GET', '/events', list],
  [
    'GET',
    '/events/types',
    (call) =>
      wholeList(
        call,
        'events_types',
        TYPE_KEYS.map((key, index) => ({ key, type: index + 1, lang: key.replaceAll('_', ' ') })),
      ),
  ],
  [
    'GET',
    '/events/:eid',
    (call) => {
      const event = call.sim.crm.events.get(call.params['eid'] ?? '');
      return event ? hal(eventJson(call, event, false)) : missing(call);
    },
  ],
];

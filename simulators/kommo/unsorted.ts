// Incoming leads (kommo.md 4.2): leads in the type-1 stage of a pipeline, seen as requests that somebody has to accept
// or decline. Accepting moves the lead on; declining removes it.
import { createHash } from 'node:crypto';
import { firstEditableStage } from '../world/crm-pipelines.ts';
import type { Card, Lead, Pipeline, Unsorted } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { hal, href, selfLink } from './call.ts';
import { checkCard, createCard } from './card-write.ts';
import { missing, sliceList } from './envelope.ts';
import { filterOf, inList, listOf, numbersOf, part } from './filters.ts';
import type { FieldProblem, Reply } from './problem.ts';
import { validationFailed } from './problem.ts';
import type { Json } from './validation.ts';
import { FieldCheck, arrayBody, badChoice, isObject, objectBody, settle } from './validation.ts';

const CATEGORIES = ['forms', 'sip', 'mail', 'chats'] as const;

const incomingStage = (pipeline: Pipeline): number => pipeline.stages.find(({ type }) => type === 1)?.id ?? -1;

const uidOf = (call: Call, leadId: number): string =>
  createHash('sha256').update(`${call.sim.crm.account.id}:${leadId}`).digest('hex').slice(0, 60);

function fromLead(call: Call, lead: Lead): Unsorted {
  const category = CATEGORIES[lead.id % CATEGORIES.length] as Unsorted['category'];
  return {
    uid: uidOf(call, lead.id),
    source_uid: `src-${lead.id % 7}`,
    source_name: 'Site da loja',
    category,
    pipeline_id: lead.pipeline_id,
    created_at: lead.created_at,
    metadata:
      category === 'sip'
        ? {
            from: '+5531990000000',
            phone: '+553133330000',
            called_at: lead.created_at,
            duration: 30,
            link: null,
            service_code: 'pabx',
          }
        : {
            form_id: `form-${lead.id % 3}`,
            form_name: 'Orçamento',
            form_page: 'https://loja.example/orcamento',
            form_sent_at: lead.created_at,
            ip: '203.0.113.7',
            referer: null,
          },
    lead_id: lead.id,
    contact_id: lead.contacts[0]?.id ?? null,
    company_id: lead.company_id,
  };
}

function all(call: Call): Unsorted[] {
  const { crm } = call.sim;
  const stages = new Set(crm.pipelines.map(incomingStage));
  const found = crm.cards.leads.select({
    where: (lead) => stages.has(lead.status_id),
    key: 'unsorted',
    offset: 0,
    limit: Number.MAX_SAFE_INTEGER,
  });
  return found.rows.map((lead) => fromLead(call, lead));
}

function unsortedJson(call: Call, item: Unsorted): Json {
  const ref = (type: string, id: number | null): Json[] =>
    id === null ? [] : [{ id, _links: selfLink(call, `/${type}/${id}`) }];
  const { lead_id: lead, contact_id: contact, company_id: company, ...rest } = item;
  return {
    ...rest,
    account_id: call.sim.crm.account.id,
    _links: selfLink(call, `/leads/unsorted/${item.uid}`),
    _embedded: { contacts: ref('contacts', contact), leads: ref('leads', lead), companies: ref('companies', company) },
  };
}

function matching(call: Call): Unsorted[] {
  const uids = listOf(filterOf(call, 'uid'));
  const categories = listOf(filterOf(call, 'category'));
  const pipelines = numbersOf(filterOf(call, 'pipeline_id'));
  return all(call).filter(
    (item) =>
      (!uids || uids.includes(item.uid)) &&
      (!categories || categories.includes(item.category)) &&
      inList(item.pipeline_id, pipelines),
  );
}

function list(call: Call): Reply {
  const items = matching(call);
  if (part(call.query['order'], 'created_at') === 'desc') items.reverse();
  return sliceList(call, 'unsorted', items, (item) => unsortedJson(call, item));
}

function summary(call: Call): Reply {
  const items = matching(call);
  return hal({
    total: items.length,
    accepted: 0,
    declined: 0,
    average_sort_time: 0,
    categories: Object.fromEntries(
      CATEGORIES.map((category) => [category, { total: items.filter((item) => item.category === category).length }]),
    ),
  });
}

function create(call: Call, category: 'forms' | 'sip'): Reply {
  const { crm } = call.sim;
  const settled = settle<{ pipeline: Pipeline; lead: Partial<Card>; contact: Partial<Card> | undefined }>(
    call,
    arrayBody(call),
    (item) => {
      const check = new FieldCheck(item, {
        source_uid: 'string',
        source_name: 'string',
        pipeline_id: 'int',
        created_at: 'int',
        metadata: 'object',
        _embedded: 'object',
        request_id: 'string',
      });
      check.require('source_uid', 'source_name', 'metadata');
      const pipeline =
        item['pipeline_id'] === undefined ? crm.mainPipeline() : crm.pipelineOf(Number(item['pipeline_id']));
      if (!pipeline) check.add(badChoice('pipeline_id'));
      const embedded = isObject(item['_embedded']) ? item['_embedded'] : {};
      const checked = (type: 'leads' | 'contacts'): Partial<Card> | undefined => {
        const sent: unknown = Array.isArray(embedded[type]) ? embedded[type][0] : undefined;
        if (!isObject(sent)) return undefined;
        const result = checkCard(call, type, sent, undefined, `_embedded.${type}.0.`);
        if ('value' in result) return result.value;
        check.add(...result.problems);
        return undefined;
      };
      const lead = checked('leads') ?? {};
      const contact = checked('contacts');
      return check.problems.length > 0 || !pipeline
        ? { problems: check.problems }
        : { value: { pipeline, lead, contact } };
    },
  );
  const items = settled.map(({ value, requestId }) => {
    const contactId = value.contact
      ? createCard(call, 'contacts', { ...value.contact, ...({ is_unsorted: true } as Partial<Card>) }).id
      : null;
    const patch: Json = {
      ...value.lead,
      pipeline_id: value.pipeline.id,
      status_id: incomingStage(value.pipeline),
      contacts: contactId === null ? [] : [{ id: contactId, is_main: true }],
    };
    const lead = createCard(call, 'leads', patch as Partial<Card>);
    const item = fromLead(call, lead);
    crm.tellUnsorted({ action: 'add', item, by: call.userId });
    return { ...unsortedJson(call, { ...item, category }), request_id: requestId };
  });
  return hal({ _links: { self: { href: href(call, `/leads/unsorted/${category}`) } }, _embedded: { unsorted: items } });
}

function decide(call: Call, action: 'accept' | 'decline'): Reply {
  const { crm } = call.sim;
  const item = all(call).find(({ uid }) => uid === call.params['uid']);
  if (!item) return missing(call);
  const body = call.body === undefined ? {} : objectBody(call);
  const problems: FieldProblem[] = [];
  const user = body['user_id'];
  if (user !== undefined && !crm.users.some((known) => known.id === user && known.is_active))
    problems.push(badChoice('user_id'));
  const pipeline = crm.pipelineOf(item.pipeline_id) as Pipeline;
  const status = body['status_id'] ?? firstEditableStage(pipeline).id;
  if (action === 'accept' && !pipeline.stages.some(({ id }) => id === status)) problems.push(badChoice('status_id'));
  if (problems.length > 0) throw validationFailed([{ request_id: '0', errors: problems }]);
  const by = typeof user === 'number' ? user : call.userId;
  if (action === 'accept') {
    crm.changeCard('leads', item.lead_id, { status_id: Number(status), responsible_user_id: by }, by);
    if (item.contact_id !== null) crm.changeCard('contacts', item.contact_id, { is_unsorted: false }, by);
  } else crm.removeCard('leads', item.lead_id, by);
  crm.tellUnsorted({ action, item, by });
  return hal({
    uid: item.uid,
    pipeline_id: item.pipeline_id,
    category: item.category,
    created_at: item.created_at,
    _embedded: unsortedJson(call, item)['_embedded'],
  });
}

/** Joins the request to a lead that is there already. */
function link(call: Call): Reply {
  const { crm } = call.sim;
  const item = all(call).find(({ uid }) => uid === call.params['uid']);
  if (!item) return missing(call);
  const target = objectBody(call)['link'];
  const id = isObject(target) && target['entity_type'] === 'leads' ? Number(target['entity_id']) : Number.NaN;
  const lead = crm.card('leads', id);
  if (!lead || lead.id === item.lead_id)
    throw validationFailed([{ request_id: '0', errors: [badChoice('link.entity_id')] }]);
  const fresh = item.contact_id !== null && !lead.contacts.some((contact) => contact.id === item.contact_id);
  if (fresh)
    crm.changeCard(
      'leads',
      lead.id,
      { contacts: [...lead.contacts, { id: item.contact_id as number, is_main: lead.contacts.length === 0 }] },
      call.userId,
    );
  crm.mergeCards('leads', lead.id, item.lead_id, call.userId);
  return hal({
    uid: item.uid,
    pipeline_id: item.pipeline_id,
    category: item.category,
    created_at: item.created_at,
    _embedded: { leads: [{ id: lead.id, _links: selfLink(call, `/leads/${lead.id}`) }] },
  });
}

export const unsortedRoutes: readonly Route[] = [
  ['GET', '/leads/unsorted', list],
  ['GET', '/leads/unsorted/summary', summary],
  ['POST', '/leads/unsorted/forms', (call) => create(call, 'forms')],
  ['POST', '/leads/unsorted/sip', (call) => create(call, 'sip')],
  [
    'GET',
    '/leads/unsorted/:uid',
    (call) => {
      const item = all(call).find(({ uid }) => uid === call.params['uid']);
      return item ? hal(unsortedJson(call, item)) : missing(call);
    },
  ],
  ['POST', '/leads/unsorted/:uid/accept', (call) => decide(call, 'accept')],
  ['DELETE', '/leads/unsorted/:uid/decline', (call) => decide(call, 'decline')],
  ['POST', '/leads/unsorted/:uid/link', link],
];

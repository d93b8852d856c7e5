// Links between cards (kommo.md 4.12): written with `is_main`, read as `main_contact`; linking a pair twice is a 500.
import type { Contact, EntityType, Lead } from '../world/crm-records.ts';
import { ENTITY_TYPES } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { hal, idParam } from './call.ts';
import { cardTable } from './cards.ts';
import { missing, wholeList } from './envelope.ts';
import { filterOf, listOf, numbersOf } from './filters.ts';
import type { FieldProblem, Reply } from './problem.ts';
import { NO_CONTENT, Refusal, internalError, validationFailed } from './problem.ts';
import type { Json } from './validation.ts';
import { FieldCheck, arrayBody, badChoice, isObject } from './validation.ts';

interface Link {
  entity_id: number;
  entity_type: EntityType;
  to_entity_id: number;
  to_entity_type: EntityType | 'catalog_elements';
  metadata: Json | null;
}

function linksOf(call: Call, type: EntityType, id: number): Link[] {
  const { relations } = call.sim.crm;
  const card = cardTable(call, type).get(id);
  if (!card) return [];
  const link = (to_entity_type: Link['to_entity_type'], to_entity_id: number, metadata: Json | null): Link => ({
    entity_id: id,
    entity_type: type,
    to_entity_id,
    to_entity_type,
    metadata,
  });
  const toCompany = (companyId: number | null): Link[] =>
    companyId === null ? [] : [link('companies', companyId, null)];
  const toLeads = (leads: readonly Lead[]): Link[] =>
    leads.map((lead) =>
      link(
        'leads',
        lead.id,
        type === 'contacts'
          ? { main_contact: lead.contacts.some((contact) => contact.id === id && contact.is_main) }
          : null,
      ),
    );
  const elements = card.catalog_elements.map((element) =>
    link('catalog_elements', element.id, { quantity: element.quantity, catalog_id: element.catalog_id }),
  );
  if (type === 'leads') {
    const lead = card as Lead;
    return [
      ...lead.contacts.map((contact) => link('contacts', contact.id, { main_contact: contact.is_main })),
      ...toCompany(lead.company_id),
      ...elements,
    ];
  }
  if (type === 'contacts')
    return [...toCompany((card as Contact).company_id), ...toLeads(relations.leadsOfContact(id)), ...elements];
  return [
    ...relations.contactsOfCompany(id).map((contact) => link('contacts', contact.id, null)),
    ...toLeads(relations.leadsOfCompany(id)),
    ...elements,
  ];
}

function list(call: Call, type: EntityType, ids: readonly number[]): Reply {
  const toIds = numbersOf(filterOf(call, 'to_entity_id'));
  const toTypes = listOf(filterOf(call, 'to_entity_type'));
  const catalogs = numbersOf(filterOf(call, 'to_catalog_id'));
  const links = ids
    .flatMap((id) => linksOf(call, type, id))
    .filter(
      (link) =>
        (!toIds || toIds.includes(link.to_entity_id)) &&
        (!toTypes || toTypes.includes(link.to_entity_type)) &&
        (!catalogs || catalogs.includes(Number(link.metadata?.['catalog_id']))),
    );
  return wholeList(
    call,
    'links',
    links.map((link) => ({ ...link })),
  );
}

interface Wish {
  id: number;
  toType: Link['to_entity_type'];
  toId: number;
  metadata: Json;
}

function wishes(call: Call, type: EntityType): Wish[] {
  const fixed = call.params['id'] === undefined ? undefined : idParam(call, 'id');
  return arrayBody(call).map((item, index): Wish => {
    const check = new FieldCheck(item, {
      entity_id: 'int',
      entity_type: 'string',
      to_entity_id: 'int',
      to_entity_type: 'string',
      metadata: 'object?',
      request_id: 'string',
    });
    check.require('to_entity_id', 'to_entity_type', ...(fixed === undefined ? ['entity_id'] : []));
    const id = fixed ?? Number(item['entity_id']);
    const toType = item['to_entity_type'] as Link['to_entity_type'];
    const toId = Number(item['to_entity_id']);
    const metadata = isObject(item['metadata']) ? item['metadata'] : {};
    check.add(...targetProblems(call, type, id, toType, toId, metadata));
    if (check.problems.length > 0) throw validationFailed([{ request_id: String(index), errors: check.problems }]);
    return { id, toType, toId, metadata };
  });
}

function targetProblems(
  call: Call,
  type: EntityType,
  id: number,
  toType: Link['to_entity_type'],
  toId: number,
  metadata: Json,
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!cardTable(call, type).has(id)) problems.push(badChoice('entity_id'));
  const reachable = toType === 'catalog_elements' || (ENTITY_TYPES.includes(toType) && toType !== type);
  if (!reachable) problems.push(badChoice('to_entity_type'));
  else if (
    toType === 'catalog_elements'
      ? !call.sim.crm.elements.some((element) => element.id === toId)
      : !cardTable(call, toType).has(toId)
  )
    problems.push(badChoice('to_entity_id'));
  const by = metadata['updated_by'];
  if (by !== undefined && !call.sim.crm.users.some((user) => user.id === by && user.is_active))
    problems.push(badChoice('metadata.updated_by'));
  return problems;
}

/** Every link is stored on one side: lead -> contacts, lead -> company, contact -> company. */
function put(call: Call, type: EntityType, wish: Wish, linked: boolean): void {
  const { crm, switches } = call.sim;
  const quiet = !switches.linksTouch;
  const { id, toType, toId, metadata } = wish;
  if (toType === 'catalog_elements') {
    const card = cardTable(call, type).get(id);
    const catalogId = call.sim.crm.elements.find((element) => element.id === toId)?.catalog_id ?? 0;
    const others = (card?.catalog_elements ?? []).filter((element) => element.id !== toId);
    const element = { id: toId, catalog_id: catalogId, quantity: Number(metadata['quantity'] ?? 1), price_id: null };
    crm.changeCard(type, id, { catalog_elements: linked ? [...others, element] : others }, call.userId, quiet);
    return;
  }
  const pair = new Map<EntityType, number>([
    [type, id],
    [toType, toId],
  ]);
  const leadId = pair.get('leads');
  const contactId = pair.get('contacts');
  const companyId = pair.get('companies');
  if (leadId !== undefined && contactId !== undefined) {
    const lead = crm.card('leads', leadId) as Lead;
    const others = lead.contacts.filter((contact) => contact.id !== contactId);
    const main = linked && (metadata['is_main'] === true || others.length === 0);
    const rest = others.map((contact, index) => ({
      ...contact,
      is_main: main ? false : contact.is_main || (!linked && index === 0 && !others.some((other) => other.is_main)),
    }));
    crm.changeCard(
      'leads',
      leadId,
      { contacts: linked ? [...rest, { id: contactId, is_main: main }] : rest },
      call.userId,
      quiet,
    );
  } else if (leadId !== undefined)
    crm.changeCard('leads', leadId, { company_id: linked ? (companyId as number) : null }, call.userId, quiet);
  else if (contactId !== undefined)
    crm.changeCard('contacts', contactId, { company_id: linked ? (companyId as number) : null }, call.userId, quiet);
}

const exists = (call: Call, type: EntityType, wish: Wish): boolean =>
  linksOf(call, type, wish.id).some((link) => link.to_entity_type === wish.toType && link.to_entity_id === wish.toId);

function link(call: Call, type: EntityType): Reply {
  const wanted = wishes(call, type);
  if (
    call.sim.switches.repeatedLink === 500 &&
    wanted.some((wish) => wish.toType !== 'catalog_elements' && exists(call, type, wish))
  ) {
    throw new Refusal(internalError(`link-${wanted[0]?.id ?? 0}`));
  }
  for (const wish of wanted) put(call, type, wish, true);
  const links = wanted.flatMap((wish) =>
    linksOf(call, type, wish.id).filter((one) => one.to_entity_type === wish.toType && one.to_entity_id === wish.toId),
  );
  return hal({
    _total_items: links.length,
    _links: { self: { href: `${call.origin}${call.path}` } },
    _embedded: { links },
  });
}

function unlink(call: Call, type: EntityType): Reply {
  for (const wish of wishes(call, type)) put(call, type, wish, false);
  return NO_CONTENT;
}

export const linkRoutes: readonly Route[] = ENTITY_TYPES.flatMap((type): Route[] => [
  ['GET', `/${type}/links`, (call) => list(call, type, numbersOf(filterOf(call, 'entity_id')) ?? [])],
  [
    'GET',
    `/${type}/:id/links`,
    (call) =>
      cardTable(call, type).has(idParam(call, 'id')) ? list(call, type, [idParam(call, 'id')]) : missing(call),
  ],
  ['POST', `/${type}/link`, (call) => link(call, type)],
  ['POST', `/${type}/unlink`, (call) => unlink(call, type)],
  ['POST', `/${type}/:id/link`, (call) => link(call, type)],
  ['POST', `/${type}/:id/unlink`, (call) => unlink(call, type)],
]);

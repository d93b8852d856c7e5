// Base leads ("deals"). Number and date grow together; who, where and how much are draws of their own, so that a filter
// over half a million leads reads numbers and makes no record. Leads of salespeople (referrals, partner sales) stand in
// the partner pipeline, hang on the salesperson's own contact, and are what joins the ERP's sellers with the CRM.
import { closestTask } from './crm-activity.ts';
import { companyIdOf, tagsFor } from './crm-contacts.ts';
import type { CardDeps } from './crm-contacts.ts';
import { UTM_FIELDS } from './crm-fields.ts';
import { AFTER_SALES_PIPELINE, ARCHIVED_PIPELINE, MAIN_PIPELINE, PARTNER_PIPELINE } from './crm-pipelines.ts';
import type { Contact, Lead, LeadBrief, LossReason, Pipeline, Stage } from './crm-records.ts';
import { LOST, WON } from './crm-records.ts';
import { hasCompany } from './crm-source.ts';
import type { CrmSource } from './crm-source.ts';
import type { BaseRows } from './crm-table.ts';
import { spacedIds } from './crm-table.ts';
import { Timeline } from './crm-timeline.ts';
import { EntryList, addressValues, fileValue } from './crm-values.ts';
import { maskDocument } from './documents.ts';
import type { Rng } from './rng.ts';

const FIRST_LEAD = 7_788_123;
const DAY = 86_400;
const HISTORY_DAYS = 540;

export interface LeadDeps extends CardDeps {
  pipelines: readonly Pipeline[];
  lossReasons: readonly LossReason[];
  sourceIds: readonly number[];
  products: readonly { id: number; catalog_id: number; price_id: number | null }[];
  /** Elements of the list that the chained field chooses from. */
  categories: readonly { id: number; catalog_id: number }[];
}

export interface LeadRows extends BaseRows<Lead, LeadBrief> {
  /** Indices of a lead's contacts, the main one first. */
  contactsOf(index: number): number[];
}

export function leadRows(deps: LeadDeps): LeadRows {
  const { source } = deps;
  const { seed } = source;
  const team = source.salespeople.filter((salesperson) => salesperson.contactIndex !== null).length;
  const timeline = new Timeline(seed, 'lead', source.deals, source.nowSeconds, HISTORY_DAYS);
  const salts = {
    gap: seed.salt('lead-gap'),
    who: seed.salt('lead-contact'),
    more: seed.salt('lead-more-contacts'),
    place: seed.salt('lead-pipeline'),
    fate: seed.salt('lead-fate'),
    speed: seed.salt('lead-speed'),
    price: seed.salt('lead-price'),
    owner: seed.salt('lead-owner'),
  };
  const stages = new Map(
    deps.pipelines.map((pipeline) => [
      pipeline.id,
      pipeline.stages.filter((stage) => stage.id !== WON && stage.id !== LOST),
    ]),
  );
  const ids = spacedIds(source.deals, FIRST_LEAD, (index) => seed.draw(salts.gap, index));
  const isPartner = (index: number): boolean => team > 0 && seed.unit(salts.who, index) < 0.1;

  /** Contacts known when the lead came in; squared, so that some contacts have many leads. */
  const drawContact = (salt: number, index: number): number => {
    if (isPartner(index)) return seed.draw(salts.more, index) % team;
    const known =
      team +
      Math.max(
        1,
        Math.floor((source.contactCount - team) * (0.6 + 0.4 * timeline.progress(timeline.createdAt(index)))),
      );
    return Math.min(source.contactCount - 1, team + Math.floor(seed.unit(salt, index + 7) ** 1.3 * (known - team)));
  };

  const contactsOf = (index: number): number[] => {
    if (source.contactCount === 0) return [];
    const main = drawContact(salts.who, index);
    const draw = seed.unit(salts.more, index);
    const list = [main];
    if (draw < 0.14) list.push((main + 1) % source.contactCount);
    if (draw < 0.04) list.push((main + 5) % source.contactCount);
    return [...new Set(list)];
  };

  const pipelineOf = (index: number): number => {
    if (isPartner(index)) return PARTNER_PIPELINE;
    const draw = seed.unit(salts.place, index);
    if (index < source.deals * 0.15 && draw < 0.3) return ARCHIVED_PIPELINE;
    return draw < 0.88 ? MAIN_PIPELINE : AFTER_SALES_PIPELINE;
  };

  const brief = (index: number): LeadBrief => {
    const created = timeline.createdAt(index);
    const pipeline = pipelineOf(index);
    const fate = fateOf(seed.unit(salts.fate, index), (source.nowSeconds - created) / DAY);
    const closed =
      fate === 'open'
        ? null
        : Math.min(timeline.end, Math.floor(created + 3600 + seed.unit(salts.speed, index) ** 2 * 60 * DAY));
    const open = stages.get(pipeline) as Stage[];
    const stage = open[Math.min(open.length - 1, Math.floor(seed.unit(salts.speed, index) * open.length))] as Stage;
    const seller = deps.sellers[seed.draw(salts.owner, index) % deps.sellers.length] as { id: number };
    return {
      id: ids.idOf(index),
      created_at: created,
      updated_at: timeline.updatedAt(index, closed ?? created),
      responsible_user_id: seller.id,
      created_by: seed.unit(salts.owner, index) < 0.25 ? 0 : seller.id,
      updated_by: seed.unit(salts.price, index) < 0.2 ? 0 : seller.id,
      closest_task_at: closed === null ? closestTask(seed, index, source.deals, created, source.nowSeconds) : null,
      price: priceOf(seed.unit(salts.price, index), seed.draw(salts.price, index)),
      pipeline_id: pipeline,
      status_id: fate === 'open' ? stage.id : fate === 'won' ? WON : LOST,
      closed_at: closed,
    };
  };

  return {
    ...ids,
    contactsOf,
    brief,
    at(index) {
      const rng = seed.rng('crm-lead', index);
      const row = brief(index);
      const contacts = contactsOf(index);
      const main = contacts[0];
      const origin = main === undefined ? undefined : source.contact(main);
      const order = 1000 + index;
      return {
        ...row,
        name: leadName(rng, row.pipeline_id, order),
        group_id: 0,
        is_deleted: false,
        // people forget to say why, as they do
        loss_reason_id: row.status_id === LOST && rng.chance(0.8) ? rng.pick(deps.lossReasons).id : null,
        source_id: deps.sourceIds.length > 0 && rng.chance(0.3) ? rng.pick(deps.sourceIds) : null,
        score: null,
        labor_cost: null,
        is_price_computed: false,
        is_price_modified_by_robot: rng.chance(0.05),
        company_id: main !== undefined && origin && hasCompany(origin) ? companyIdOf(main) : null,
        contacts: contacts.map((contact, place) => ({ id: source.contactId(contact), is_main: place === 0 })),
        custom_fields_values: fieldsOf(deps, row, order, main, rng),
        tags: tagsFor(deps.tags, rng),
        catalog_elements:
          deps.products.length > 0 && rng.chance(0.2) ? [{ ...rng.pick(deps.products), quantity: rng.int(1, 6) }] : [],
      };
    },
  };
}

function fateOf(draw: number, ageDays: number): 'open' | 'won' | 'lost' {
  const open = ageDays < 30 ? 0.7 : ageDays < 90 ? 0.35 : 0.08;
  if (draw < open) return 'open';
  return (draw - open) / (1 - open) < 0.46 ? 'won' : 'lost';
}

/** Whole reais; some deals have no price yet. */
function priceOf(unit: number, draw: number): number {
  if (unit < 0.08) return 0;
  const price = Math.round(120 * Math.exp(unit * 4.6));
  return draw % 3 === 0 ? Math.round(price / 10) * 10 : price;
}

function leadName(rng: Rng, pipeline: number, order: number): string {
  if (pipeline === PARTNER_PIPELINE) return `${rng.pick(['Indicação', 'Parceria', 'Venda em conjunto'])} ${order}`;
  if (rng.chance(0.04)) return '';
  return `${rng.pick(['Pedido', 'Orçamento', 'Negócio', 'Reposição'])} ${order}`;
}

function fieldsOf(
  deps: LeadDeps,
  row: LeadBrief,
  order: number,
  main: Contact['id'] | undefined,
  rng: Rng,
): Lead['custom_fields_values'] {
  const entries = new EntryList(deps.fields);
  const day = row.created_at - (row.created_at % DAY);
  const origin = rng.weighted([30, 22, 18, 8, 10, 4, 5, 3]);
  if (rng.chance(0.75)) entries.choose(814001, origin);
  if (rng.chance(0.4)) entries.value(814003, String(rng.chance(0.15) ? rng.int(1, 40) + 0.5 : rng.int(1, 60)));
  if (rng.chance(0.25)) entries.value(814005, (row.price * 0.05).toFixed(2));
  if (rng.chance(0.35)) entries.value(814007, day + rng.int(5, 60) * DAY);
  if (rng.chance(0.15)) entries.value(814009, day + rng.int(2, 30) * DAY + rng.int(8, 18) * 3600);
  if (rng.chance(0.3)) entries.choose(814011, ...(rng.chance(0.4) ? [rng.int(0, 1), rng.int(2, 4)] : [rng.int(0, 4)]));
  if (rng.chance(0.3)) entries.value(814013, rng.chance(0.3));
  if (rng.chance(0.2)) entries.value(814015, `https://orcamentos.example/${order}`);
  if (rng.chance(0.3)) entries.choose(814017, rng.int(0, 2));
  if (row.status_id === WON && rng.chance(0.5)) entries.value(814019, String(order));
  if (rng.chance(0.1))
    entries.value(
      814021,
      rng.pick(['Entregar pela manhã.', 'Falar com o financeiro.\nEnviar boleto.', 'Precisa para sexta.']),
    );
  const party = main !== undefined && rng.chance(0.12) ? sourceParty(deps.source, main) : undefined;
  if (party) entries.add(814023, ...addressValues(party.address, true));
  if (party && rng.chance(0.3)) entries.value(814025, `${party.address.street}, ${party.address.number}`);
  if (party?.vatId) entries.add(814027, { value: { name: party.name, entity_type: 2, vat_id: party.vatId } });
  if (rng.chance(0.08)) entries.add(814029, categoryOf(deps, rng));
  if (rng.chance(0.04)) entries.add(814031, fileValue(rng, 'proposta.pdf'));
  if (rng.chance(0.2)) entries.choose(814033, rng.int(0, 3));
  if (origin < 2 && rng.chance(0.5)) {
    const values = [origin === 0 ? 'instagram' : 'google', 'cpc', 'campanha-2026', `anuncio-${rng.int(1, 9)}`, 'loja'];
    values.forEach((value, index) => entries.value(814101 + index * 2, value));
    if (rng.chance(0.3)) entries.value(814101 + UTM_FIELDS.indexOf('gclid') * 2, `Cj0${rng.digits(16)}`);
  }
  return entries.done();
}

function sourceParty(
  source: CrmSource,
  contact: number,
): { name: string; vatId: string | undefined; address: Parameters<typeof addressValues>[0] } {
  const origin = source.contact(contact);
  const { organization, person } = origin;
  // a tax number here would tell what the contact hides
  const shown = origin.kind === 'lead' || origin.recipe === 'document';
  return organization
    ? {
        name: organization.legalName,
        vatId: shown ? maskDocument(organization.cnpj) : undefined,
        address: organization.address,
      }
    : { name: person.name, vatId: undefined, address: person.address };
}

function categoryOf(deps: LeadDeps, rng: Rng): { catalog_id: number; catalog_element_id: number } {
  const element = rng.pick(deps.categories);
  return { catalog_id: element.catalog_id, catalog_element_id: element.id };
}

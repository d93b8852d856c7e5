// Base contacts: first most salespeople of the ERP (the team entered itself when the account was opened, and the
// deals they bring hang on these contacts), then a shuffle of clients of the ERP and of people only the CRM knows.
import type { CardBrief, Contact, CrmUser, Tag } from './crm-records.ts';
import type { CrmSource } from './crm-source.ts';
import { CRM_ONLY_UID, shuffle } from './crm-source.ts';
import type { BaseRows } from './crm-table.ts';
import { spacedIds } from './crm-table.ts';
import { Timeline } from './crm-timeline.ts';
import type { Fields } from './crm-values.ts';
import { EntryList, addressValues, fileValue, typedDocument, typedEmail, typedName, typedPhone } from './crm-values.ts';
import { dayOf } from './days.ts';
import type { Organization, Person } from './people.ts';
import { personOf } from './people.ts';
import type { Rng } from './rng.ts';

const FIRST_CONTACT = 50_117_743;

/** Who stands behind a contact: a salesperson or client of the ERP by number, or a stranger to it. */
export interface Behind {
  kind: 'salesperson' | 'client' | 'stranger';
  index: number;
}

export interface ContactRows extends BaseRows<Contact, CardBrief> {
  behind(index: number): Behind;
  /** How many contacts, from the first on, are salespeople. */
  salespeople: number;
}

export interface ContactDeps {
  source: CrmSource;
  fields: Fields;
  sellers: readonly CrmUser[];
  managerId: number;
  tags: readonly Tag[];
  /** Id of the contact's company, or null. */
  companyOf: (index: number) => number | null;
}

/** Who stands behind each contact, without making any of them. */
export function contactPlan(source: CrmSource): (index: number) => Behind {
  const { seed } = source;
  const team = teamOf(source);
  const rest = Math.max(0, source.contacts - team.length);
  const clients = Math.min(Math.floor(source.clients * 0.72), Math.floor(rest * 0.66));
  const place = shuffle(rest, seed.salt('crm-contact-place'));
  const chosen = shuffle(source.clients, seed.salt('crm-contact-client'));
  return (index) => {
    if (index < team.length) return { kind: 'salesperson', index: team[index] as number };
    const position = place(index - team.length);
    return position < clients ? { kind: 'client', index: chosen(position) } : { kind: 'stranger', index: position - clients };
  };
}

function teamOf(source: CrmSource): number[] {
  const salt = source.seed.salt('crm-team');
  const wanted = Math.min(source.salespeople, Math.floor(source.contacts / 4));
  return Array.from({ length: wanted }, (_, index) => index).filter((index) => source.seed.unit(salt, index) < 0.85);
}

export function contactRows(deps: ContactDeps): ContactRows {
  const { source } = deps;
  const { seed } = source;
  const behind = contactPlan(source);
  const team = teamOf(source).length;
  const timeline = new Timeline(seed, 'contact', source.contacts, source.nowSeconds, 1080);
  const owner = seed.salt('contact-owner');
  const gap = seed.salt('contact-gap');

  const brief = (index: number): CardBrief & { id: number } => {
    const created = timeline.createdAt(index);
    const seller = deps.sellers[seed.draw(owner, index) % deps.sellers.length] as CrmUser;
    return {
      id: ids.idOf(index),
      created_at: created,
      updated_at: timeline.updatedAt(index, created),
      responsible_user_id: seller.id,
      created_by: index < team ? deps.managerId : seller.id,
      updated_by: seed.unit(owner, index) < 0.2 ? 0 : seller.id,
      closest_task_at: null,
    };
  };
  const ids = spacedIds(source.contacts, FIRST_CONTACT, (index) => seed.draw(gap, index));

  return {
    ...ids,
    behind,
    salespeople: team,
    brief,
    at(index) {
      const rng = seed.rng('contact', index);
      const who = behind(index);
      const entries = new EntryList(deps.fields);
      const names = fill(who, source, entries, rng);
      more(entries, rng, brief(index).created_at);
      return {
        ...brief(index),
        ...names,
        group_id: 0,
        is_deleted: false,
        is_unsorted: false,
        company_id: deps.companyOf(index),
        custom_fields_values: entries.done(),
        tags: tagsFor(deps.tags, rng, who.kind),
        catalog_elements: [],
      };
    },
  };
}

type Names = Pick<Contact, 'name' | 'first_name' | 'last_name'>;

function fill(who: Behind, source: CrmSource, entries: EntryList, rng: Rng): Names {
  if (who.kind === 'salesperson') {
    const person = source.salesperson(who.index);
    // a colleague: e-mail or phone nearly always, the document sometimes
    entries.text(811999, rng.pick(['Vendedor', 'Vendas', 'Representante', 'Consultor comercial']));
    reach(entries, person, rng, rng.chance(0.92), rng.chance(0.95));
    if (rng.chance(0.35)) entries.text(812977, typedDocument(person.cpf, rng));
    return rng.chance(0.75) ? { name: person.name, first_name: person.firstName, last_name: person.lastName } : typedName(person.firstName, person.lastName, rng);
  }
  if (who.kind === 'client') {
    const party = source.client(who.index);
    if (party.kind === 'organization') return spokesperson(party.organization, entries, rng);
    reach(entries, party.person, rng, rng.chance(0.88), rng.chance(0.72));
    if (rng.chance(0.55)) entries.text(812977, typedDocument(party.person.cpf, rng));
    if (rng.chance(0.3)) entries.text(812979, dayOf(party.person.birthDate) * 86_400);
    if (rng.chance(0.25)) entries.add(813001, ...addressValues(party.person.address, rng));
    return typedName(party.person.firstName, party.person.lastName, rng);
  }
  // strangers: some bear a client's name, some live with a client and share the landline
  const other = rng.int(0, Math.max(0, source.clients - 1));
  const party = source.clients > 0 ? source.client(other) : undefined;
  const uid = party?.kind === 'person' ? party.person.uid : undefined;
  const namesake = uid !== undefined && rng.chance(0.03) ? uid : undefined;
  const family = uid !== undefined && rng.chance(0.04) ? uid : undefined;
  const person = personOf(source.seed, CRM_ONLY_UID + who.index, {
    ...(namesake === undefined ? {} : { namesake }),
    ...(family === undefined ? {} : { family }),
  });
  reach(entries, person, rng, rng.chance(0.9), rng.chance(0.5), family !== undefined);
  if (rng.chance(0.1)) entries.text(812977, typedDocument(person.cpf, rng));
  return typedName(person.firstName, person.lastName, rng);
}

/** Phones and e-mails of a person; `home` puts the landline, which a family shares, beside the mobile. */
function reach(entries: EntryList, person: Person, rng: Rng, phone: boolean, email: boolean, home = false): void {
  const phones: [string, string][] = [];
  if (phone) phones.push([typedPhone(person.mobile, rng), rng.chance(0.6) ? 'MOB' : 'WORK']);
  if (person.secondMobile && rng.chance(0.5)) phones.push([typedPhone(person.secondMobile, rng), 'OTHER']);
  if (person.landline && (home || rng.chance(0.25))) phones.push([typedPhone(person.landline, rng), 'HOME']);
  entries.multi(812001, phones);
  if (!email) return;
  const [first, second] = person.emails as [string, string | undefined];
  const emails: [string, string][] = [[typedEmail(second && rng.chance(0.2) ? second : first, rng), 'WORK']];
  if (second && rng.chance(0.3)) emails.push([typedEmail(second, rng), 'PRIV']);
  entries.multi(812003, emails);
}

function spokesperson(organization: Organization, entries: EntryList, rng: Rng): Names {
  const { contact } = organization;
  const phones: [string, string][] = [[typedPhone(rng.chance(0.6) ? contact.mobile : organization.landline, rng), 'WORK']];
  entries.text(811999, rng.pick(['Compras', 'Financeiro', 'Sócio', 'Gerente', 'Proprietária']));
  entries.multi(812001, phones);
  if (rng.chance(0.8)) entries.multi(812003, [[typedEmail(rng.chance(0.55) ? organization.email : (contact.emails[0] as string), rng), 'WORK']]);
  if (rng.chance(0.5)) entries.text(812977, typedDocument(organization.cnpj, rng));
  if (rng.chance(0.2)) entries.add(813001, ...addressValues(organization.address, rng));
  return rng.chance(0.7) ? typedName(contact.firstName, contact.lastName, rng) : { name: organization.tradeName, first_name: organization.tradeName, last_name: '' };
}

/** Marketing fields that have nothing to do with who the person is. */
function more(entries: EntryList, rng: Rng, createdAt: number): void {
  const day = Math.floor(createdAt / 86_400) * 86_400;
  if (rng.chance(0.6)) entries.choose(812983, rng.weighted([30, 22, 18, 8, 10, 4, 5, 3]));
  if (rng.chance(0.4)) entries.choose(812981, rng.int(0, 5));
  if (rng.chance(0.25)) entries.choose(812985, ...(rng.chance(0.5) ? [rng.int(0, 2), rng.int(3, 4)] : [rng.int(0, 4)]));
  if (rng.chance(0.3)) entries.choose(812987, rng.int(0, 2));
  if (rng.chance(0.5)) entries.text(812989, rng.chance(0.7));
  if (rng.chance(0.2)) entries.text(812991, String(rng.chance(0.2) ? rng.int(0, 400) + 0.5 : rng.int(0, 4000)));
  if (rng.chance(0.15)) entries.text(812993, `${rng.int(1, 80) * 100}.${rng.pick(['00', '50', '90'])}`);
  if (rng.chance(0.2)) entries.text(812995, day);
  if (rng.chance(0.15)) entries.text(812997, createdAt + rng.int(0, 86_400));
  if (rng.chance(0.08)) entries.text(812999, `https://social.example/perfil${rng.int(1000, 999_999)}`);
  if (rng.chance(0.12)) entries.text(813003, rng.pick(['Prefere contato à tarde.', 'Cliente antigo da loja.', 'Pede nota fiscal sempre.\nPagamento à vista.']));
  if (rng.chance(0.02)) entries.add(813007, fileValue(rng, 'documento.pdf'));
}

function tagsFor(tags: readonly Tag[], rng: Rng, kind: Behind['kind']): Tag[] {
  if (kind === 'salesperson') return tags.filter((tag) => tag.name === 'equipe');
  if (!rng.chance(0.35)) return [];
  const first = rng.pick(tags);
  const second = rng.pick(tags);
  return first.id === second.id || rng.chance(0.7) ? [first] : [first, second];
}

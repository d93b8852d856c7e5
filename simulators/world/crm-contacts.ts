// Base contacts: most salespeople of the ERP first (the deals they bring hang on these), then clients of the ERP, then
// people that only the CRM knows. Who they are comes from the world; the marketing fields around them are made here.
import type { CardBrief, Contact, CrmUser, Tag } from './crm-records.ts';
import { hasCompany } from './crm-source.ts';
import type { CrmSource } from './crm-source.ts';
import type { BaseRows } from './crm-table.ts';
import { Timeline } from './crm-timeline.ts';
import type { Fields } from './crm-values.ts';
import { EntryList, addressValues, fileValue } from './crm-values.ts';
import { dayOf } from './days.ts';
import type { ContactOrigin } from './parties.ts';
import type { Rng } from './rng.ts';
import type { PartyView } from './views.ts';

export interface CardDeps {
  source: CrmSource;
  fields: Fields;
  sellers: readonly CrmUser[];
  managerId: number;
  tags: readonly Tag[];
}

/** Companies stand one to one behind the contacts that speak for an organization. */
const FIRST_COMPANY = 70_118_801;
export const companyIdOf = (contactIndex: number): number => FIRST_COMPANY + contactIndex * 2;
export const contactOfCompany = (companyId: number): number => (companyId - FIRST_COMPANY) / 2;

export function contactRows(deps: CardDeps): BaseRows<Contact, CardBrief> {
  const { source } = deps;
  const { seed } = source;
  const timeline = new Timeline(seed, 'contact', source.contactCount, source.nowSeconds, 1500);
  const owner = seed.salt('contact-owner');

  const brief = (index: number): CardBrief => {
    const created = timeline.createdAt(index);
    const seller = deps.sellers[seed.draw(owner, index) % deps.sellers.length] as CrmUser;
    return {
      id: source.contactId(index),
      created_at: created,
      updated_at: timeline.updatedAt(index, created),
      responsible_user_id: seller.id,
      created_by: seed.unit(owner, index) < 0.1 ? 0 : deps.managerId,
      updated_by: seed.unit(owner, index) < 0.2 ? 0 : seller.id,
      closest_task_at: null,
    };
  };

  return {
    count: source.contactCount,
    idOf: (index) => source.contactId(index),
    indexOf: (id) => source.contactOfId(id) ?? -1,
    brief,
    at(index) {
      const rng = seed.rng('crm-contact', index);
      const origin = source.contact(index);
      const view = source.view(origin);
      const entries = new EntryList(deps.fields);
      identify(entries, origin, view, rng);
      const row = brief(index);
      describe(entries, row.created_at, rng);
      return {
        ...row,
        name: view.name,
        first_name: view.firstName,
        last_name: view.lastName,
        group_id: 0,
        is_deleted: false,
        is_unsorted: false,
        company_id: hasCompany(origin) ? companyIdOf(index) : null,
        custom_fields_values: entries.done(),
        tags:
          origin.kind === 'salesperson' ? deps.tags.filter((tag) => tag.name === 'equipe') : tagsFor(deps.tags, rng),
        catalog_elements: [],
      };
    },
  };
}

/** What tells who the person is: position, phones, e-mails, document, birthday, address. */
function identify(entries: EntryList, origin: ContactOrigin, view: PartyView, rng: Rng): void {
  const position =
    origin.kind === 'salesperson'
      ? rng.pick(['Vendedor', 'Vendas', 'Representante'])
      : rng.pick(['Compras', 'Financeiro', 'Gerente']);
  if (origin.kind === 'salesperson' || (origin.organization && rng.chance(0.6))) entries.value(811999, position);
  entries.multi(
    812001,
    view.phones.map((phone, index) => [phone, index > 0 ? 'OTHER' : rng.chance(0.6) ? 'MOB' : 'WORK'] as const),
  );
  entries.multi(
    812003,
    view.emails.map((email, index) => [email, index > 0 ? 'PRIV' : 'WORK'] as const),
  );
  if (view.document !== null) entries.value(812977, view.document);
  if (origin.organization === null && rng.chance(0.3)) entries.value(812979, dayOf(origin.person.birthDate) * 86_400);
  if (rng.chance(0.25))
    entries.add(813001, ...addressValues((origin.organization ?? origin.person).address, rng.chance(0.7)));
}

/** What has nothing to do with who the person is. */
function describe(entries: EntryList, createdAt: number, rng: Rng): void {
  const day = createdAt - (createdAt % 86_400);
  if (rng.chance(0.6)) entries.choose(812983, rng.weighted([30, 22, 18, 8, 10, 4, 5, 3]));
  if (rng.chance(0.4)) entries.choose(812981, rng.int(0, 5));
  if (rng.chance(0.25)) entries.choose(812985, ...(rng.chance(0.5) ? [rng.int(0, 2), rng.int(3, 4)] : [rng.int(0, 4)]));
  if (rng.chance(0.3)) entries.choose(812987, rng.int(0, 2));
  if (rng.chance(0.5)) entries.value(812989, rng.chance(0.7));
  if (rng.chance(0.2)) entries.value(812991, String(rng.chance(0.2) ? rng.int(0, 400) + 0.5 : rng.int(0, 4000)));
  if (rng.chance(0.15)) entries.value(812993, `${rng.int(1, 80) * 100}.${rng.pick(['00', '50', '90'])}`);
  if (rng.chance(0.2)) entries.value(812995, day);
  if (rng.chance(0.15)) entries.value(812997, createdAt + rng.int(0, 86_400));
  if (rng.chance(0.08)) entries.value(812999, `https://social.example/perfil${rng.int(1000, 999_999)}`);
  if (rng.chance(0.12))
    entries.value(
      813003,
      rng.pick(['Prefere contato à tarde.', 'Cliente antigo da loja.', 'Pede nota fiscal sempre.\nPagamento à vista.']),
    );
  if (rng.chance(0.03)) entries.add(813007, fileValue(rng, 'documento.pdf'));
}

export function tagsFor(tags: readonly Tag[], rng: Rng): Tag[] {
  if (tags.length === 0 || !rng.chance(0.35)) return [];
  const first = rng.pick(tags);
  const second = rng.pick(tags);
  return first.id === second.id || rng.chance(0.7) ? [first] : [first, second];
}

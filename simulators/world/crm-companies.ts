// Base companies: one behind each contact that speaks for an organization. The list of those contacts is made once,
// on first use, and is four bytes per company.
import { companyIdOf, contactOfCompany, tagsFor } from './crm-contacts.ts';
import type { CardDeps } from './crm-contacts.ts';
import type { CardBrief, Company, Contact } from './crm-records.ts';
import { hasCompany } from './crm-source.ts';
import type { CrmSource } from './crm-source.ts';
import type { BaseRows } from './crm-table.ts';
import { EntryList, addressValues } from './crm-values.ts';
import { maskDocument } from './documents.ts';
import type { ContactOrigin } from './parties.ts';
import type { Organization } from './people.ts';
import type { Rng } from './rng.ts';

export function companyRows(deps: CardDeps, contacts: BaseRows<Contact, CardBrief>): BaseRows<Company, CardBrief> {
  const { source } = deps;
  let list: Int32Array | undefined;
  const members = (): Int32Array => (list ??= Int32Array.from(contactsWithCompany(source)));
  const contactIndex = (index: number): number => members()[index] as number;

  const brief = (index: number): CardBrief => {
    const contact = contacts.brief(contactIndex(index));
    return { ...contact, id: companyIdOf(contactIndex(index)) };
  };

  return {
    get count() {
      return members().length;
    },
    idOf: (index) => companyIdOf(contactIndex(index)),
    indexOf(id) {
      const wanted = contactOfCompany(id);
      let low = 0;
      let high = members().length - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const found = contactIndex(middle);
        if (found === wanted) return middle;
        if (found < wanted) low = middle + 1;
        else high = middle - 1;
      }
      return -1;
    },
    brief,
    at(index) {
      const rng = source.seed.rng('crm-company', contactIndex(index));
      const origin = source.contact(contactIndex(index));
      const organization = origin.organization as Organization;
      return {
        ...brief(index),
        name: rng.chance(0.75) ? organization.tradeName : organization.legalName,
        group_id: 0,
        is_deleted: false,
        custom_fields_values: fieldsOf(deps, organization, reachable(origin), rng),
        tags: tagsFor(deps.tags, rng),
        catalog_elements: [],
      };
    },
  };
}

function* contactsWithCompany(source: CrmSource): Generator<number> {
  for (let index = 0; index < source.contactCount; index += 1) if (hasCompany(source.contact(index))) yield index;
}

/** The company card must not tell more than the contact does: what the world hides there stays hidden here. */
function reachable(origin: ContactOrigin): { document: boolean; email: boolean } {
  const stranger = origin.kind === 'lead';
  return {
    document: stranger || origin.recipe === 'document',
    email: stranger || origin.recipe === 'document' || origin.recipe === 'email',
  };
}

function fieldsOf(
  deps: CardDeps,
  organization: Organization,
  shown: { document: boolean; email: boolean },
  rng: Rng,
): Company['custom_fields_values'] {
  const { landline, address, cnpj } = organization;
  const entries = new EntryList(deps.fields);
  if (shown.document && rng.chance(0.6)) entries.multi(815001, [[`+55${landline.area}${landline.subscriber}`, 'WORK']]);
  if (shown.email && rng.chance(0.5)) entries.multi(815003, [[organization.email, 'WORK']]);
  if (rng.chance(0.3)) entries.value(815005, `https://www.${organization.email.split('@')[1] as string}`);
  if (rng.chance(0.3))
    entries.value(815007, `${address.street}, ${address.number}\n${address.city.name} - ${address.city.state}`);
  if (shown.document && rng.chance(0.35)) {
    entries.add(815009, {
      value: {
        name: organization.legalName,
        entity_type: 2,
        vat_id: maskDocument(cnpj),
        address: `${address.street}, ${address.number}`,
      },
    });
  }
  if (shown.document && rng.chance(0.4)) entries.value(815011, rng.chance(0.5) ? cnpj : maskDocument(cnpj));
  if (rng.chance(0.5)) entries.choose(815013, rng.int(0, 5));
  if (rng.chance(0.2)) entries.value(815015, `${rng.int(8, 900) * 10_000}.00`);
  if (rng.chance(0.25)) entries.value(815017, String(rng.int(1, 180)));
  if (rng.chance(0.3)) entries.value(815019, rng.chance(0.5));
  if (rng.chance(0.15)) entries.value(815021, (20_000 + rng.int(0, 900)) * 86_400);
  if (rng.chance(0.2)) entries.add(815023, ...addressValues(address, true));
  return entries.done();
}

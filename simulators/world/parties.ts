// Who stands where: salespeople, clients of the ERP, contacts and users of the CRM, and how (if at all) the two
// systems could recognise one another's people. Everything is index arithmetic: no list of people is kept.
import { dayOf } from './days.ts';
import { organizationOf, personOf } from './people.ts';
import type { Organization, Person, PersonLinks } from './people.ts';
import type { Seed } from './rng.ts';
import type { WorldSizes } from './options.ts';

/**
 * What the two views of one person have in common, strongest first. `family`: only a telephone that relatives share;
 * `name`: only the name; `none`: nothing by which anybody could tell.
 */
export type Recipe = 'document' | 'email' | 'phone' | 'family' | 'name' | 'none';

/** What identity matching should make of a pair that is the same person in truth. */
export interface ExpectedLink {
  /** The strongest rule that the two views satisfy. */
  rule: 'document' | 'email' | 'phone' | 'name' | 'none';
  /** More than one candidate satisfies that rule: it must not be linked without a person. */
  ambiguous: boolean;
}

export interface Salesperson {
  index: number;
  person: Person;
  /** Index of the store where most of the sales are made. */
  store: number;
  /** Id in the ERP's `usuarios`. */
  erpUserId: string;
  /** Id in the ERP's `funcionarios`. */
  erpEmployeeId: string;
  active: boolean;
  /** Index among the CRM contacts; null for who is not a contact there. */
  contactIndex: number | null;
  contactRecipe: Recipe | null;
  /** Id among the CRM users; null for who has no login. */
  crmUserId: number | null;
  /** `email`: the login has an e-mail that the ERP knows; `name`: another one. */
  userRecipe: 'email' | 'name' | null;
}

export interface Client {
  index: number;
  /** Id in the ERP. */
  erpId: string;
  person: Person;
  /** Set for companies (PJ); `person` is then who speaks for it. */
  organization: Organization | null;
  recipe: Recipe;
  /** Shares its landline with a relative who is a client too. */
  hasFamily: boolean;
  /** Index among the CRM contacts; null for who is known to the ERP only. */
  contactIndex: number | null;
  /** A second CRM contact for the same person: a duplicate. */
  duplicateContactIndex: number | null;
}

/** A contact of the CRM: a salesperson, a client of the ERP, or a lead that the ERP has never seen. */
export interface ContactOrigin {
  index: number;
  kind: 'salesperson' | 'client' | 'lead';
  /** Index among the salespeople, clients or leads. */
  of: number;
  person: Person;
  organization: Organization | null;
  recipe: Recipe;
  /** True for the second contact of a client who has one already. */
  duplicate: boolean;
}

const CONTACT_CYCLE: readonly (Recipe | null)[] = [
  'document',
  'email',
  'document',
  'phone',
  'document',
  'email',
  'name',
  'document',
  null,
  'phone',
  'email',
  'document',
  'none',
  null,
];
const USER_CYCLE: readonly ('email' | 'name' | null)[] = [
  'email',
  'email',
  'email',
  'email',
  'name',
  'email',
  'email',
  'email',
  'email',
  'email',
  'email',
  null,
  'email',
  'email',
];

const BLOCK = 20;
const IN_CRM_PER_BLOCK = 12;
const CLIENT_UID = 10_000;
const LEAD_UID = 1_000_000;
const CLIENT_ID = 8_100_001;

export class Parties {
  readonly clientContacts: number;
  readonly contactCount: number;
  readonly salespeople: readonly Salesperson[];
  readonly #seed: Seed;
  readonly #sizes: WorldSizes;
  readonly #salespersonOfContact: number[] = [];
  readonly #salts: { presence: number; recipe: number; company: number };
  readonly #firstDay: number;
  readonly #days: number;

  constructor(seed: Seed, sizes: WorldSizes, today: string) {
    this.#seed = seed;
    this.#sizes = sizes;
    this.#salts = {
      presence: seed.salt('client-in-crm'),
      recipe: seed.salt('recipe'),
      company: seed.salt('is-company'),
    };
    this.#firstDay = dayOf(today) - 1500;
    this.#days = 1500;
    this.salespeople = Array.from({ length: sizes.salespeople }, (_, index) => this.#salesperson(index));
    this.clientContacts = Math.floor(sizes.clients / BLOCK) * IN_CRM_PER_BLOCK;
    this.contactCount = this.#salespersonOfContact.length + this.clientContacts + sizes.leads;
  }

  #salesperson(index: number): Salesperson {
    const recipe = CONTACT_CYCLE[index % CONTACT_CYCLE.length] ?? null;
    const userRecipe = USER_CYCLE[index % USER_CYCLE.length] ?? null;
    let contactIndex: number | null = null;
    if (recipe) contactIndex = this.#salespersonOfContact.push(index) - 1;
    return {
      index,
      person: personOf(this.#seed, index),
      store: index % this.#sizes.stores,
      erpUserId: String(357_001 + index * 2),
      erpEmployeeId: String(5501 + index),
      active: index % 14 !== 11,
      contactIndex,
      contactRecipe: recipe,
      crmUserId: userRecipe ? 10_423_377 + index * 4 : null,
      userRecipe,
    };
  }

  isCompany(client: number): boolean {
    return this.#seed.unit(this.#salts.company, client) < 0.3;
  }

  /** The ranks of a block of clients: those below IN_CRM_PER_BLOCK are in the CRM. */
  #rank(client: number): number {
    const block = client - (client % BLOCK);
    if (block + BLOCK > this.#sizes.clients) return BLOCK;
    const own = this.#seed.draw(this.#salts.presence, client);
    let rank = 0;
    for (let i = block; i < block + BLOCK; i++) {
      const other = this.#seed.draw(this.#salts.presence, i);
      if (other < own || (other === own && i < client)) rank++;
    }
    return rank;
  }

  /** Index among the CRM contacts, or null. */
  contactOfClient(client: number): number | null {
    const rank = this.#rank(client);
    if (rank >= IN_CRM_PER_BLOCK) return null;
    return this.#salespersonOfContact.length + Math.floor(client / BLOCK) * IN_CRM_PER_BLOCK + rank;
  }

  #clientOfContact(slot: number): number {
    const block = Math.floor(slot / IN_CRM_PER_BLOCK) * BLOCK;
    for (let i = block; i < block + BLOCK; i++) if (this.#rank(i) === slot % IN_CRM_PER_BLOCK) return i;
    throw new RangeError(`No client has CRM slot ${slot}`);
  }

  /** The client whose landline and home this one shares, or null. */
  #familyHead(client: number): number | null {
    if (client % 10 !== 1 || this.isCompany(client) || this.isCompany(client - 1)) return null;
    return client - 1;
  }

  #links(client: number): PersonLinks {
    const next = client + 1;
    const isHead = next < this.#sizes.clients && this.#familyHead(next) === client;
    const head = isHead ? client : this.#familyHead(client);
    return {
      ...(head === null ? {} : { family: CLIENT_UID + head }),
      ...(client % 40 === 39 ? { namesake: CLIENT_UID + client - 3 } : {}),
    };
  }

  #recipe(client: number): Recipe {
    const head = this.#familyHead(client);
    if (head !== null && this.contactOfClient(head) === null) return 'family';
    const unit = this.#seed.unit(this.#salts.recipe, client);
    if (unit < 0.32) return 'document';
    if (unit < 0.58) return 'email';
    if (unit < 0.78) return 'phone';
    return unit < 0.88 ? 'name' : 'none';
  }

  clientId(client: number): string {
    return String(CLIENT_ID + client * 3);
  }

  clientOfId(id: string): number | null {
    const offset = Number(id) - CLIENT_ID;
    return Number.isInteger(offset) && offset >= 0 && offset % 3 === 0 && offset / 3 < this.#sizes.clients
      ? offset / 3
      : null;
  }

  /** The person of a client alone: cheaper than `client`, for names on documents. */
  clientPerson(client: number): Person {
    return personOf(this.#seed, CLIENT_UID + client, this.#links(client));
  }

  client(index: number): Client {
    const organization = this.isCompany(index) ? organizationOf(this.#seed, CLIENT_UID + index) : null;
    const contactIndex = this.contactOfClient(index);
    const recipe = this.#recipe(index);
    return {
      index,
      erpId: this.clientId(index),
      person: organization?.contact ?? this.clientPerson(index),
      organization,
      recipe,
      hasFamily: organization === null && this.#links(index).family !== undefined,
      contactIndex,
      duplicateContactIndex: contactIndex === null ? null : this.#duplicateOf(contactIndex, recipe),
    };
  }

  /** One in fifteen client contacts that carry a document stands in the CRM twice. */
  #duplicateOf(contactIndex: number, recipe: Recipe): number | null {
    const slot = contactIndex - this.#salespersonOfContact.length;
    if (recipe !== 'document' || slot % 15 !== 7 || slot >= this.#sizes.leads) return null;
    return this.#salespersonOfContact.length + this.clientContacts + slot;
  }

  /** Day on which client `index` was registered: ascending over the last 1,500 days. */
  clientDay(index: number): number {
    return this.#firstDay + Math.floor((index * this.#days) / this.#sizes.clients);
  }

  /** How many clients were registered before the end of `day`; at least one. */
  clientsUntil(day: number): number {
    const share = (day - this.#firstDay) / this.#days;
    return Math.max(1, Math.min(this.#sizes.clients, Math.floor(this.#sizes.clients * share)));
  }

  contact(index: number): ContactOrigin {
    const salespeople = this.#salespersonOfContact.length;
    if (index < salespeople) {
      const salesperson = this.salespeople[this.#salespersonOfContact[index] as number] as Salesperson;
      const { person, contactRecipe } = salesperson;
      return {
        index,
        kind: 'salesperson',
        of: salesperson.index,
        person,
        organization: null,
        recipe: contactRecipe ?? 'none',
        duplicate: false,
      };
    }
    const slot = index - salespeople;
    if (slot < this.clientContacts) return this.#clientContact(index, this.#clientOfContact(slot), false);
    const lead = slot - this.clientContacts;
    if (lead < this.clientContacts) {
      const client = this.#clientOfContact(lead);
      if (this.#duplicateOf(salespeople + lead, this.#recipe(client)) === index)
        return this.#clientContact(index, client, true);
    }
    const uid = LEAD_UID + lead;
    const namesake = lead % 45 === 7 && lead < this.#sizes.clients ? { namesake: CLIENT_UID + lead } : {};
    const organization =
      this.#seed.unit(this.#salts.company, uid) < 0.2 ? organizationOf(this.#seed, uid) : null;
    return {
      index,
      kind: 'lead',
      of: lead,
      person: organization?.contact ?? personOf(this.#seed, uid, namesake),
      organization,
      recipe: 'none',
      duplicate: false,
    };
  }

  #clientContact(index: number, of: number, duplicate: boolean): ContactOrigin {
    const { person, organization, recipe } = this.client(of);
    return { index, kind: 'client', of, person, organization, recipe, duplicate };
  }

  /** Id of a contact in the CRM. */
  contactId(index: number): number {
    return 50_117_001 + index * 2;
  }

  contactOfId(id: number): number | null {
    const offset = (id - 50_117_001) / 2;
    return Number.isInteger(offset) && offset >= 0 && offset < this.contactCount ? offset : null;
  }
}

// The answer key: for every person, where it stands in both systems and whether a link should be found. It comes from
// how the views are made, never from comparing them, so that identity matching can be measured against it.
import type { ExpectedLink, Parties, Recipe } from './parties.ts';

/** One person or company, and its ids on both sides; null or empty where it does not stand there. */
export interface Standing {
  kind: 'salesperson' | 'client';
  index: number;
  name: string;
  erpClientId: string | null;
  /** Id in `usuarios`. */
  erpUserId: string | null;
  /** Id in `funcionarios`. */
  erpEmployeeId: string | null;
  /** More than one where the CRM holds duplicates. */
  crmContactIds: number[];
  crmUserId: number | null;
  /** What matching should make of the ERP record and the CRM contact; null where one of them does not exist. */
  contactLink: ExpectedLink | null;
  /** The same for the ERP record and the CRM user. */
  userLink: ExpectedLink | null;
}

function expected(recipe: Recipe, duplicated: boolean): ExpectedLink {
  if (recipe === 'family') return { rule: 'phone', ambiguous: true };
  return { rule: recipe, ambiguous: duplicated };
}

export class Truth {
  readonly #parties: Parties;
  readonly #clients: number;

  constructor(parties: Parties, clients: number) {
    this.#parties = parties;
    this.#clients = clients;
  }

  salesperson(index: number): Standing {
    const salesperson = this.#parties.salespeople[index];
    if (!salesperson) throw new RangeError(`No salesperson ${index}`);
    const { contactIndex, contactRecipe, crmUserId, userRecipe } = salesperson;
    return {
      kind: 'salesperson',
      index,
      name: salesperson.person.name,
      erpClientId: null,
      erpUserId: salesperson.erpUserId,
      erpEmployeeId: salesperson.erpEmployeeId,
      crmContactIds: contactIndex === null ? [] : [this.#parties.contactId(contactIndex)],
      crmUserId,
      contactLink: contactRecipe ? expected(contactRecipe, false) : null,
      userLink: userRecipe ? { rule: userRecipe, ambiguous: false } : null,
    };
  }

  client(index: number): Standing {
    const client = this.#parties.client(index);
    const contacts = [client.contactIndex, client.duplicateContactIndex].filter(
      (contact) => contact !== null,
    );
    return {
      kind: 'client',
      index,
      name: client.organization?.tradeName ?? client.person.name,
      erpClientId: client.erpId,
      erpUserId: null,
      erpEmployeeId: null,
      crmContactIds: contacts.map((contact) => this.#parties.contactId(contact)),
      crmUserId: null,
      contactLink: contacts.length > 0 ? expected(client.recipe, contacts.length > 1) : null,
      userLink: null,
    };
  }

  salespeople(): Standing[] {
    return this.#parties.salespeople.map(({ index }) => this.salesperson(index));
  }

  *clients(): Generator<Standing> {
    for (let index = 0; index < this.#clients; index++) yield this.client(index);
  }
}

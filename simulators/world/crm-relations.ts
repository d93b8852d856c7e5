// Who hangs on whom, read backwards: the leads of a contact or company, the contacts of a company. Base links are kept
// as two arrays of numbers, made on first use; later links are added, and each hit is checked against the row as it is.
import { contactOfCompany } from './crm-contacts.ts';
import type { CardBrief, Contact, Lead, LeadBrief } from './crm-records.ts';
import type { CrmSource } from './crm-source.ts';
import type { Table } from './crm-table.ts';
import type { LeadRows } from './crm-leads.ts';

/** For every key below `keys`, the members that point at it: `members[starts[key] .. starts[key + 1]]`. */
interface Inverted {
  starts: Int32Array;
  members: Int32Array;
}

export class Relations {
  readonly #source: CrmSource;
  readonly #rows: LeadRows;
  readonly #leads: Table<Lead, LeadBrief>;
  readonly #contacts: Table<Contact, CardBrief>;
  readonly #laterLeads = new Map<string, Set<number>>();
  readonly #laterContacts = new Map<number, Set<number>>();
  #inverted: Inverted | undefined;

  constructor(source: CrmSource, rows: LeadRows, leads: Table<Lead, LeadBrief>, contacts: Table<Contact, CardBrief>) {
    this.#source = source;
    this.#rows = rows;
    this.#leads = leads;
    this.#contacts = contacts;
  }

  /** To be called whenever a lead is written. */
  noteLead(lead: Lead): void {
    for (const { id } of lead.contacts) added(this.#laterLeads, `contact:${id}`, lead.id);
    if (lead.company_id !== null) added(this.#laterLeads, `company:${lead.company_id}`, lead.id);
  }

  /** To be called whenever a contact is written. */
  noteContact(contact: Contact): void {
    if (contact.company_id !== null) added(this.#laterContacts, contact.company_id, contact.id);
  }

  leadsOfContact(contactId: number): Lead[] {
    const index = this.#source.contactOfId(contactId);
    return this.#leadsAt(index, this.#laterLeads.get(`contact:${contactId}`), (lead) =>
      lead.contacts.some(({ id }) => id === contactId),
    );
  }

  leadsOfCompany(companyId: number): Lead[] {
    const index = contactOfCompany(companyId);
    return this.#leadsAt(index, this.#laterLeads.get(`company:${companyId}`), (lead) => lead.company_id === companyId);
  }

  contactsOfCompany(companyId: number): Contact[] {
    const index = contactOfCompany(companyId);
    const ids = new Set(this.#laterContacts.get(companyId) ?? []);
    if (Number.isInteger(index) && index >= 0 && index < this.#source.contactCount)
      ids.add(this.#source.contactId(index));
    return live(ids, this.#contacts).filter((contact) => contact.company_id === companyId);
  }

  #leadsAt(index: number | null, later: ReadonlySet<number> | undefined, holds: (lead: Lead) => boolean): Lead[] {
    const ids = new Set(later ?? []);
    if (index !== null && Number.isInteger(index) && index >= 0 && index < this.#source.contactCount) {
      const { starts, members } = (this.#inverted ??= this.#invert());
      for (let place = starts[index] as number; place < (starts[index + 1] as number); place += 1)
        ids.add(this.#rows.idOf(members[place] as number));
    }
    return live(ids, this.#leads).filter(holds);
  }

  #invert(): Inverted {
    const starts = new Int32Array(this.#source.contactCount + 1);
    const each = (visit: (contact: number, lead: number) => void): void => {
      for (let lead = 0; lead < this.#rows.count; lead += 1)
        for (const contact of this.#rows.contactsOf(lead)) visit(contact, lead);
    };
    each((contact) => {
      starts[contact + 1] = (starts[contact + 1] as number) + 1;
    });
    for (let contact = 1; contact < starts.length; contact += 1)
      starts[contact] = (starts[contact] as number) + (starts[contact - 1] as number);
    const members = new Int32Array(starts.at(-1) as number);
    const next = starts.slice();
    each((contact, lead) => {
      const place = next[contact] as number;
      members[place] = lead;
      next[contact] = place + 1;
    });
    return { starts, members };
  }
}

function added<K>(map: Map<K, Set<number>>, key: K, id: number): void {
  const set = map.get(key);
  if (set) set.add(id);
  else map.set(key, new Set([id]));
}

function live<T>(ids: ReadonlySet<number>, table: { get(id: number): T | undefined }): T[] {
  return [...ids].sort((a, b) => a - b).flatMap((id) => table.get(id) ?? []);
}

// What a system knows of somebody: the same truth, written down by different hands on different days.
import { maskDocument } from './documents.ts';
import { withoutAccents } from './people.ts';
import type { Phone } from './people.ts';
import type { Rng } from './rng.ts';

/** A person or company as one of the two systems has it. Texts are exactly as stored there, noise included. */
export interface PartyView {
  name: string;
  firstName: string;
  lastName: string;
  /** CPF or CNPJ, masked or bare; null where nobody asked. */
  document: string | null;
  emails: string[];
  phones: string[];
  /** The company that the person speaks for, where there is one. */
  companyName: string | null;
}

const four = (digits: string): string => `${digits.slice(0, -4)}-${digits.slice(-4)}`;

/** As the ERP writes telephones: masked, without country code, often from before the ninth digit. */
export function erpPhone(rng: Rng, phone: Phone): string {
  const { area, subscriber } = phone;
  if (subscriber.length === 8)
    return rng.chance(0.9) ? `(${area}) ${four(subscriber)}` : `${area}${subscriber}`;
  switch (rng.weighted([50, 25, 15, 10])) {
    case 0:
      return `(${area}) 9 ${four(subscriber.slice(1))}`;
    case 1:
      return `(${area}) ${four(subscriber)}`;
    case 2:
      return `(${area}) ${four(subscriber.slice(1))}`;
    default:
      return `${area}${subscriber}`;
  }
}

/** As a CRM gets telephones: from chats (+55, at times without the ninth digit), forms and people. */
export function crmPhone(rng: Rng, phone: Phone): string {
  const { area, subscriber } = phone;
  const mobile = subscriber.length === 9;
  switch (rng.weighted([40, 15, 15, 15, 10, 5])) {
    case 0:
      return `+55${area}${subscriber}`;
    case 1:
      return `+55 (${area}) ${four(subscriber)}`;
    case 2:
      return `+55${area}${mobile ? subscriber.slice(1) : subscriber}`;
    case 3:
      return `(${area}) ${four(subscriber)}`;
    case 4:
      return `${area} ${mobile ? four(subscriber.slice(1)) : four(subscriber)}`;
    default:
      return `0${area}${subscriber}`;
  }
}

/** As the ERP writes documents: masked, as its form demands; old imports came without the mask. */
export function erpDocument(rng: Rng, document: string): string {
  return rng.chance(0.9) ? maskDocument(document) : document;
}

/** As a free text field of a CRM holds documents. */
export function crmDocument(rng: Rng, document: string): string {
  switch (rng.weighted([45, 40, 10, 5])) {
    case 0:
      return document;
    case 1:
      return maskDocument(document);
    case 2:
      return ` ${maskDocument(document)} `;
    default:
      return maskDocument(document).toLowerCase();
  }
}

/** A name as typed: as it is, in capitals, or without accents. */
export function typedName(rng: Rng, name: string): string {
  switch (rng.weighted([55, 25, 20])) {
    case 0:
      return name;
    case 1:
      return name.toUpperCase();
    default:
      return withoutAccents(name);
  }
}

/** An e-mail as typed: capitals do not matter to the post, but they do to `=`. */
export function typedEmail(rng: Rng, email: string): string {
  if (rng.chance(0.75)) return email;
  return rng.chance(0.5) ? email.toUpperCase() : email.slice(0, 1).toUpperCase() + email.slice(1);
}

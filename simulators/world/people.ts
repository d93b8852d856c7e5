// Persons and organizations: what is true about them. What a system knows of them, with its noise, is a view (views.ts).
// Document, phone numbers and e-mails of a `uid` belong to nobody else; names repeat, as they do in life.
import { cnpjOf, cpfOf } from './documents.ts';
import { dateOf } from './days.ts';
import {
  CITIES,
  DISTRICTS,
  FEMALE_NAMES,
  LAST_NAMES,
  LEGAL_FORMS,
  MAIL_HOSTS,
  MALE_NAMES,
  MIDDLE_NAMES,
  PARTICLES,
  STREETS,
  TRADES,
  TRADE_NAMES,
} from './names.ts';
import type { City } from './names.ts';
import type { Rng, Seed } from './rng.ts';

export interface Phone {
  /** Area code (DDD), two digits. */
  area: string;
  /** Nine digits for a mobile (the first is the ninth digit, 9), eight for a landline. */
  subscriber: string;
}

export interface Address {
  postalCode: string;
  street: string;
  number: string;
  complement: string;
  district: string;
  city: City;
}

export interface Person {
  uid: number;
  sex: 'F' | 'M';
  firstName: string;
  lastName: string;
  name: string;
  /** Eleven digits, valid. */
  cpf: string;
  /** One or two; lower case. */
  emails: string[];
  mobile: Phone;
  /** A number of which the ERP never hears. */
  secondMobile: Phone;
  landline: Phone | null;
  /** YYYY-MM-DD */
  birthDate: string;
  address: Address;
}

export interface Organization {
  uid: number;
  tradeName: string;
  legalName: string;
  /** Fourteen positions, valid; about one in four alphanumeric. */
  cnpj: string;
  email: string;
  landline: Phone;
  address: Address;
  /** The person who speaks for it. */
  contact: Person;
}

/** Drops accents and cedillas. */
export function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '');
}

function slug(text: string): string {
  return withoutAccents(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '');
}

function addressOf(rng: Rng, city: City): Address {
  return {
    postalCode: `${city.postal}${rng.digits(3)}-${rng.digits(3)}`,
    street: rng.pick(STREETS),
    number: String(rng.int(1, 2400)),
    complement: rng.chance(0.3) ? `Apto ${rng.int(11, 184)}` : '',
    district: rng.pick(DISTRICTS),
    city,
  };
}

function mobileOf(seed: Seed, uid: number, area: string): Phone {
  return { area, subscriber: `9${60_000_000 + seed.scramble('mobile', uid, 40_000_000)}` };
}

function landlineOf(seed: Seed, uid: number, area: string): Phone {
  return { area, subscriber: String(20_000_000 + seed.scramble('landline', uid, 40_000_000)) };
}

export interface PersonLinks {
  /** The uid whose name this person also bears: a homonym on purpose. */
  namesake?: number;
  /** The uid with whom this person shares city and landline: a family. */
  family?: number;
}

/** Person `uid` (0 to 19,999,999). */
export function personOf(seed: Seed, uid: number, links: PersonLinks = {}): Person {
  const naming = seed.rng('person-name', links.namesake ?? uid);
  const sex = naming.chance(0.5) ? 'F' : 'M';
  const first = naming.pick(sex === 'F' ? FEMALE_NAMES : MALE_NAMES);
  const firstName = naming.chance(0.25) ? `${first} ${naming.pick(MIDDLE_NAMES[sex])}` : first;
  const middle = naming.chance(0.45) ? `${naming.pick(LAST_NAMES)} ` : '';
  const lastName = `${middle}${naming.pick(PARTICLES)}${naming.pick(LAST_NAMES)}`;

  const home = seed.rng('person-home', links.family ?? uid);
  const address = addressOf(home, home.pick(CITIES));
  const hasLandline = links.family !== undefined || home.chance(0.35);

  const rng = seed.rng('person', uid);
  const last = lastName.split(' ').at(-1) as string;
  const emails = [`${slug(first)}.${slug(last)}${uid}@${rng.pick(MAIL_HOSTS)}`];
  if (rng.chance(0.4)) emails.push(`${slug(first).slice(0, 1)}${slug(last)}.${uid}@trabalho.example`);
  return {
    uid,
    sex,
    firstName,
    lastName,
    name: `${firstName} ${lastName}`,
    cpf: cpfOf(seed.scramble('cpf', uid, 1_000_000_000)),
    emails,
    mobile: mobileOf(seed, uid, address.city.area),
    secondMobile: mobileOf(seed, uid + 20_000_000, address.city.area),
    landline: hasLandline ? landlineOf(seed, links.family ?? uid, address.city.area) : null,
    birthDate: dateOf(rng.int(-10_000, 13_000)),
    address,
  };
}

/** Organization `uid` (0 to 19,999,999); its contact is the person of the same uid. */
export function organizationOf(seed: Seed, uid: number): Organization {
  const rng = seed.rng('organization', uid);
  const trade = rng.pick(TRADES);
  const name = rng.pick(TRADE_NAMES);
  const address = addressOf(rng, rng.pick(CITIES));
  return {
    uid,
    tradeName: `${trade} ${name}`,
    legalName: `${name} ${rng.chance(0.5) ? 'Comércio' : 'Serviços'} ${rng.pick(LEGAL_FORMS)}`,
    cnpj: cnpjOf(seed.scramble('cnpj', uid, 100_000_000), rng.chance(0.25) ? rng.int(1, 1_000_000) : 0),
    email: `${rng.pick(['contato', 'compras', 'financeiro'])}@${slug(name)}${uid}.example`,
    landline: landlineOf(seed, uid + 20_000_000, address.city.area),
    address,
    contact: personOf(seed, uid),
  };
}

// The views that the two systems have of the parties, made so that each recipe holds: what the recipe names is in both
// views (in different spelling), what is stronger than it is missing from one of them.
import type { Client, ContactOrigin, Recipe, Salesperson } from './parties.ts';
import type { Organization, Person, Phone } from './people.ts';
import type { Rng, Seed } from './rng.ts';
import { crmDocument, crmPhone, erpDocument, erpPhone, typedEmail, typedName } from './views.ts';
import type { PartyView } from './views.ts';

/** An ERP client as registered: `contacts` are the people in its list of contacts, each with an e-mail. */
export interface ErpClientView extends PartyView {
  landline: string;
  mobile: string;
  contacts: { name: string; email: string }[];
}

/** A CRM login. */
export interface CrmUserView {
  name: string;
  email: string;
  phone: string | null;
}

export function erpClientView(seed: Seed, client: Client): ErpClientView {
  const { person, organization, recipe } = client;
  const rng = seed.rng('erp-view', client.index);
  const document =
    recipe === 'document' || rng.chance(0.9) ? erpDocument(rng, organization?.cnpj ?? person.cpf) : null;
  const known = organization ? [organization.email, ...person.emails] : person.emails;
  const withEmails = recipe === 'email' || rng.chance(0.7);
  const landline = organization?.landline ?? person.landline;
  const landlineText = landline && (client.hasFamily || rng.chance(0.9)) ? erpPhone(rng, landline) : '';
  const mobileText = recipe === 'phone' || rng.chance(0.85) ? erpPhone(rng, person.mobile) : '';
  const name = typedName(rng, organization?.tradeName ?? person.name);
  const contacts = withEmails
    ? known.slice(1).map((email) => ({ name: person.firstName, email: typedEmail(rng, email) }))
    : [];
  const emails = withEmails
    ? [typedEmail(rng, known[0] as string), ...contacts.map((contact) => contact.email)]
    : [];
  return {
    name,
    firstName: person.firstName,
    lastName: person.lastName,
    document,
    emails,
    phones: [landlineText, mobileText].filter((phone) => phone !== ''),
    companyName: organization?.tradeName ?? null,
    landline: landlineText,
    mobile: mobileText,
    contacts,
  };
}

interface Known {
  emails: readonly string[];
  document: string;
  landline: Phone | null;
}

function crmFields(
  rng: Rng,
  recipe: Recipe,
  person: Person,
  known: Known,
): { document: string | null; emails: string[]; phones: string[] } {
  // Draw the e-mail before the rest: a person with two is often in the CRM under the second one only.
  const email = typedEmail(
    rng,
    rng.chance(0.5) ? (known.emails.at(-1) as string) : (known.emails[0] as string),
  );
  const mobile = crmPhone(rng, person.mobile);
  const other = crmPhone(rng, person.secondMobile);
  switch (recipe) {
    case 'document':
      return {
        document: crmDocument(rng, known.document),
        emails: rng.chance(0.6) ? [email] : [],
        phones: rng.chance(0.8) ? [mobile] : [other],
      };
    case 'email':
      return {
        document: null,
        emails: [email],
        phones: rng.chance(0.5) ? [mobile] : rng.chance(0.5) ? [other] : [],
      };
    case 'phone':
      return {
        document: null,
        emails: rng.chance(0.3) ? [`${person.uid}.pessoal@mail.example`] : [],
        phones: rng.chance(0.2) ? [other, mobile] : [mobile],
      };
    case 'family':
      return { document: null, emails: [], phones: [crmPhone(rng, known.landline ?? person.mobile)] };
    case 'name':
      return { document: null, emails: [], phones: rng.chance(0.6) ? [other] : [] };
    case 'none':
      return { document: null, emails: [], phones: rng.chance(0.5) ? [other] : [] };
  }
}

const NICKNAMES = [
  'Cliente Instagram',
  'Contato do site',
  'Visitante feira',
  'Lead WhatsApp',
  'Indicação balcão',
] as const;

/** A contact as the CRM has it. Leads have everything of their own, and nothing of anybody in the ERP but, rarely, the name. */
export function crmContactView(seed: Seed, origin: ContactOrigin): PartyView {
  const { person, organization, recipe, kind } = origin;
  const rng = seed.rng('crm-view', origin.index);
  const companyName = organization?.tradeName ?? null;
  if (kind === 'lead') {
    return {
      name: person.name,
      firstName: person.firstName,
      lastName: person.lastName,
      companyName,
      document: rng.chance(0.15) ? crmDocument(rng, organization?.cnpj ?? person.cpf) : null,
      emails: rng.chance(0.5) ? [typedEmail(rng, person.emails[0] as string)] : [],
      phones: rng.chance(0.85) ? [crmPhone(rng, person.mobile)] : [],
    };
  }
  const fields = crmFields(rng, recipe, person, knownOf(person, organization, kind));
  if (recipe === 'none') {
    const name = `${rng.pick(NICKNAMES)} ${origin.index + 1}`;
    return { ...fields, name, firstName: name, lastName: '', companyName: null };
  }
  if (recipe === 'name' && organization) {
    const name = typedName(rng, organization.tradeName);
    return { ...fields, name, firstName: name, lastName: '', companyName };
  }
  const name = typedName(rng, person.name);
  const words = name.split(' ');
  const split = person.firstName.split(' ').length;
  return {
    ...fields,
    name,
    firstName: words.slice(0, split).join(' '),
    lastName: words.slice(split).join(' '),
    companyName,
  };
}

function knownOf(
  person: Person,
  organization: Organization | null,
  kind: 'salesperson' | 'client' | 'lead',
): Known {
  // The ERP's table of users has one e-mail per person: a salesperson's second one is unknown to it.
  if (kind === 'salesperson')
    return { emails: person.emails.slice(0, 1), document: person.cpf, landline: null };
  if (organization)
    return {
      emails: [organization.email, ...person.emails],
      document: organization.cnpj,
      landline: organization.landline,
    };
  return { emails: person.emails, document: person.cpf, landline: person.landline };
}

/** A salesperson in the ERP's table of users. */
export function erpUserView(seed: Seed, salesperson: Salesperson): PartyView & { mobile: string } {
  const { person, contactRecipe, userRecipe } = salesperson;
  const rng = seed.rng('erp-user', salesperson.index);
  const document = contactRecipe === 'document' || rng.chance(0.8) ? erpDocument(rng, person.cpf) : null;
  const mobile = contactRecipe === 'phone' || rng.chance(0.8) ? erpPhone(rng, person.mobile) : '';
  const emails =
    contactRecipe === 'email' || userRecipe === 'email' || rng.chance(0.8)
      ? [typedEmail(rng, person.emails[0] as string)]
      : [];
  return {
    name: person.name,
    firstName: person.firstName,
    lastName: person.lastName,
    companyName: null,
    document,
    emails,
    phones: mobile === '' ? [] : [mobile],
    mobile,
  };
}

/** A salesperson as a user of the CRM; null for who has no login. */
export function crmUserView(seed: Seed, salesperson: Salesperson): CrmUserView | null {
  const { person, userRecipe } = salesperson;
  if (!userRecipe) return null;
  const rng = seed.rng('crm-user', salesperson.index);
  if (userRecipe === 'name')
    return {
      name: typedName(rng, person.name),
      email: `vendas${salesperson.index}@empresa.example`,
      phone: null,
    };
  return {
    name: typedName(rng, person.name),
    email: person.emails[0] as string,
    phone: rng.chance(0.4) ? crmPhone(rng, person.mobile) : null,
  };
}

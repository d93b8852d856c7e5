// The world as the CRM needs it: who stands behind each contact, and as which text the CRM has it.
// Base records end at `nowSeconds`; what is written later goes into the overlay.
import { unixOf } from './days.ts';
import type { ContactOrigin, Salesperson } from './parties.ts';
import type { Seed } from './rng.ts';
import { crmContactView } from './sightings.ts';
import type { CrmUserView } from './sightings.ts';
import type { PartyView } from './views.ts';
import type { World } from './world.ts';

export interface CrmSource {
  seed: Seed;
  companyName: string;
  /** Unix seconds at which the base ends: midnight in São Paulo before the world's day. */
  nowSeconds: number;
  salespeople: readonly Salesperson[];
  userView(salesperson: Salesperson): CrmUserView | null;
  contactCount: number;
  contactId(index: number): number;
  contactOfId(id: number): number | null;
  contact(index: number): ContactOrigin;
  /** Name, phones, e-mails and document, typed as a CRM holds them. */
  view(origin: ContactOrigin): PartyView;
  /** Number of deals. */
  deals: number;
}

const COMPANY_NAME = 'Ponte Demonstração Comércio';
/** Deals per contact where no number is given: about 1,500 in the demo. */
const DEALS_PER_CONTACT = 1.95;

export function crmSource(world: World, deals?: number): CrmSource {
  return {
    seed: world.seed,
    companyName: COMPANY_NAME,
    nowSeconds: unixOf(world.day, 0),
    salespeople: world.salespeople,
    userView: (salesperson) => world.crmUser(salesperson),
    contactCount: world.contactCount,
    contactId: (index) => world.parties.contactId(index),
    contactOfId: (id) => world.parties.contactOfId(id),
    contact: (index) => world.contact(index),
    view: (origin) => crmContactView(world.seed, origin),
    deals: deals ?? Math.round(world.contactCount * DEALS_PER_CONTACT),
  };
}

/** True where the CRM keeps a company card behind the contact: who left no name of a company has none. */
export const hasCompany = (origin: ContactOrigin): boolean =>
  origin.organization !== null && (origin.kind === 'lead' || origin.recipe !== 'none');

// What the CRM view needs to know about the world: who the clients and salespeople are in truth. The CRM then shows
// them with its own noise. Base records end at `nowSeconds`; what is written later goes into the overlay.
import type { Organization, Person } from './people.ts';
import type { Seed } from './rng.ts';

/** A client in truth: a person, or an organization with the person who speaks for it. */
export type Party = { kind: 'person'; person: Person } | { kind: 'organization'; organization: Organization };

export interface CrmSource {
  seed: Seed;
  companyName: string;
  /** Unix seconds of the moment at which the world was made. */
  nowSeconds: number;
  clients: number;
  client(index: number): Party;
  /** Cheap: asked for every contact when the companies are counted. */
  isOrganization(client: number): boolean;
  salespeople: number;
  salesperson(index: number): Person;
  isActiveSalesperson(index: number): boolean;
  contacts: number;
  leads: number;
}

/** uids of persons and organizations that only the CRM knows; the ERP uses the numbers below. */
export const CRM_ONLY_UID = 15_000_000;

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** A one-to-one shuffle of [0, size): position -> member. Members below a cut make a fair sample of fixed size. */
export function shuffle(size: number, salt: number): (position: number) => number {
  if (size <= 1) return () => 0;
  let factor = 1 + (salt % (size - 1));
  while (greatestCommonDivisor(factor, size) !== 1) factor = (factor % size) + 1;
  const shift = salt % size;
  return (position) => (factor * position + shift) % size;
}

// The door of the world: one seeded company that both simulators show.
import { WORLD_PRESETS } from './options.ts';
import type { WorldOptions, WorldPreset } from './options.ts';
import { World } from './world.ts';

/** A world from a seed; `preset` gives the sizes that are not set (default: the demo's company). */
export function createWorld(options: WorldOptions & { preset?: WorldPreset } = {}): World {
  const { preset, ...rest } = options;
  return new World({ ...(preset ? WORLD_PRESETS[preset] : {}), ...rest });
}

export { WORLD_PRESETS } from './options.ts';
export type { WorldOptions, WorldPreset, WorldSizes } from './options.ts';
export { World } from './world.ts';
export { Rng, Seed, hashText } from './rng.ts';
export {
  dateOf,
  dayOf,
  isDate,
  monthOf,
  nowInZone,
  timestampOf,
  todayInZone,
  unixOf,
  weekdayOf,
} from './days.ts';
export { isValidDocument, maskDocument } from './documents.ts';
export type { Address, Organization, Person, Phone } from './people.ts';
export { organizationOf, personOf, withoutAccents } from './people.ts';
export type { Client, ContactOrigin, ExpectedLink, Recipe, Salesperson } from './parties.ts';
export type { CrmUserView, ErpClientView } from './sightings.ts';
export type { PartyView } from './views.ts';
export type { Standing } from './truth.ts';
export * as company from './company.ts';
export { PRODUCT_GROUPS } from './catalog.ts';
export type { Product, Service } from './catalog.ts';
export { MAX_INSTALMENTS, SALE_KINDS } from './sales.ts';
export type { PaymentPlan, SaleKind, SaleSeries } from './sales.ts';
export { splitCents } from './sale-record.ts';
export type { SaleLine, SaleRecord } from './sale-record.ts';
export type { Title, TitleRef, Titles } from './titles.ts';
export type { AttributeDefinition, SaleStatus } from './company.ts';
export { CITIES } from './names.ts';
export type { City } from './names.ts';

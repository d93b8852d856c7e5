// One company, seen by both simulators. A record is a pure function of (seed, today, collection, index): nothing is kept
// but small tables, so a million sales cost no memory until somebody asks for them. The world never changes; what a
// simulator's API changes lives in that simulator.
import { Catalog } from './catalog.ts';
import { dayOf } from './days.ts';
import { storesOf } from './company.ts';
import type { Store } from './company.ts';
import { resolveOptions } from './options.ts';
import type { WorldOptions, WorldSizes } from './options.ts';
import { Parties } from './parties.ts';
import type { Client, ContactOrigin, Salesperson } from './parties.ts';
import { Seed } from './rng.ts';
import type { Rng } from './rng.ts';
import { QUOTE_NUMBERING, SALE_NUMBERING, SaleSeries } from './sales.ts';
import { SaleRecords } from './sale-record.ts';
import { crmContactView, crmUserView, erpClientView, erpUserView } from './sightings.ts';
import type { CrmUserView, ErpClientView } from './sightings.ts';
import { Titles } from './titles.ts';
import { Truth } from './truth.ts';
import type { PartyView } from './views.ts';

export class World {
  readonly seed: Seed;
  /** YYYY-MM-DD; `day` is the same as a day number. */
  readonly today: string;
  readonly day: number;
  readonly sizes: WorldSizes;
  readonly stores: readonly Store[];
  readonly parties: Parties;
  readonly truth: Truth;
  readonly catalog: Catalog;
  /** What is known of sales without making them, and the sales themselves; the same for quotes. */
  readonly sales: SaleSeries;
  readonly saleRecords: SaleRecords;
  readonly quotes: SaleSeries;
  readonly quoteRecords: SaleRecords;
  readonly titles: Titles;

  constructor(options: WorldOptions = {}) {
    const { seed, today, sizes } = resolveOptions(options);
    this.seed = new Seed(seed);
    this.today = today;
    this.day = dayOf(today);
    this.sizes = sizes;
    this.stores = storesOf(sizes.stores);
    this.parties = new Parties(this.seed, sizes, today);
    this.truth = new Truth(this.parties, sizes.clients);
    this.catalog = new Catalog(this.seed);
    const quoteSeed = new Seed(`quotes:${this.seed.value}`);
    const span = { stores: sizes.stores, today: this.day, months: sizes.months };
    const shared = {
      people: this.seed,
      parties: this.parties,
      catalog: this.catalog,
      sizes,
      today: this.day,
    };
    this.sales = new SaleSeries(this.seed, this.parties, { ...span, ...SALE_NUMBERING, count: sizes.sales });
    this.saleRecords = new SaleRecords({ ...shared, seed: this.seed, series: this.sales });
    this.quotes = new SaleSeries(quoteSeed, this.parties, {
      ...span,
      ...QUOTE_NUMBERING,
      count: sizes.quotes,
    });
    this.quoteRecords = new SaleRecords({ ...shared, seed: quoteSeed, series: this.quotes });
    this.titles = new Titles({ ...shared, seed: this.seed, series: this.sales, records: this.saleRecords });
  }

  /** The random sequence of one record: `world.rng('kommo-lead', 17)`. */
  rng(collection: string, index: number): Rng {
    return this.seed.rng(collection, index);
  }

  get salespeople(): readonly Salesperson[] {
    return this.parties.salespeople;
  }

  client(index: number): Client {
    return this.parties.client(index);
  }

  /** How many contacts the CRM has; `contact(i)` takes 0 to this minus 1. */
  get contactCount(): number {
    return this.parties.contactCount;
  }

  /** Who CRM contact `index` is in truth; its id in the CRM is `parties.contactId(index)`. */
  contact(index: number): ContactOrigin {
    return this.parties.contact(index);
  }

  /** CRM contact `index` as the CRM has it. */
  crmContact(index: number): PartyView {
    return crmContactView(this.seed, this.parties.contact(index));
  }

  /** A salesperson as a CRM user, or null. Its id is `salesperson.crmUserId`. */
  crmUser(salesperson: Salesperson): CrmUserView | null {
    return crmUserView(this.seed, salesperson);
  }

  /** Client `index` as the ERP has it. */
  erpClient(index: number): ErpClientView {
    return erpClientView(this.seed, this.parties.client(index));
  }

  /** A salesperson in the ERP's table of users. */
  erpUser(salesperson: Salesperson): PartyView & { mobile: string } {
    return erpUserView(this.seed, salesperson);
  }
}

// How big the company is. Every size may be set by itself; presets name the usual ones.
import { todayInZone } from './days.ts';

export interface WorldSizes {
  /** Sales of all three kinds over the last `months` months. */
  sales: number;
  clients: number;
  stores: number;
  salespeople: number;
  products: number;
  services: number;
  quotes: number;
  /** Payables: suppliers, carriers, employees and others. */
  payables: number;
  /** Receivables that come from no sale. */
  otherReceivables: number;
  /** CRM contacts that the ERP does not know. */
  leads: number;
  /** Months of history. */
  months: number;
}

export interface WorldOptions extends Partial<WorldSizes> {
  seed?: number | string;
  /** YYYY-MM-DD; default: today in America/Sao_Paulo. */
  today?: string;
}

/** The demo's company: two stores, a year of sales. */
export const DEMO: WorldSizes = {
  sales: 1600,
  clients: 800,
  stores: 2,
  salespeople: 14,
  products: 180,
  services: 24,
  quotes: 160,
  payables: 2000,
  otherReceivables: 60,
  leads: 280,
  months: 12,
};

export const WORLD_PRESETS = {
  /** A company for tests: small, with every case in it. */
  small: {
    sales: 300,
    clients: 200,
    stores: 2,
    salespeople: 14,
    products: 40,
    services: 12,
    quotes: 30,
    payables: 120,
    otherReceivables: 12,
    leads: 80,
  },
  demo: DEMO,
  /** Enough pages for measuring a synchronisation. */
  large: {
    sales: 30_000,
    clients: 10_000,
    stores: 3,
    salespeople: 40,
    products: 1200,
    services: 60,
    quotes: 2000,
    payables: 12_000,
    otherReceivables: 800,
    leads: 4000,
  },
  /** A million sales. */
  huge: {
    sales: 1_000_000,
    clients: 300_000,
    stores: 4,
    salespeople: 400,
    products: 20_000,
    services: 300,
    quotes: 50_000,
    payables: 300_000,
    otherReceivables: 20_000,
    leads: 100_000,
  },
} as const satisfies Record<string, Partial<WorldSizes>>;

export type WorldPreset = keyof typeof WORLD_PRESETS;

export interface ResolvedOptions {
  seed: number | string;
  today: string;
  sizes: WorldSizes;
}

/** Fills in defaults. Sizes that follow from others (quotes, payables, leads) scale with sales and clients. */
export function resolveOptions(options: WorldOptions): ResolvedOptions {
  const { seed = 1, today = todayInZone(), ...given } = options;
  const sales = given.sales ?? DEMO.sales;
  const clients = given.clients ?? DEMO.clients;
  const scaled = {
    quotes: Math.ceil((DEMO.quotes * sales) / DEMO.sales),
    payables: Math.ceil((DEMO.payables * sales) / DEMO.sales),
    otherReceivables: Math.ceil((DEMO.otherReceivables * sales) / DEMO.sales),
    leads: Math.ceil((DEMO.leads * clients) / DEMO.clients),
  };
  const sizes = { ...DEMO, ...scaled, ...given };
  for (const [name, value] of Object.entries(sizes)) {
    const least =
      name === 'stores' ||
      name === 'clients' ||
      name === 'salespeople' ||
      name === 'products' ||
      name === 'services' ||
      name === 'months'
        ? 1
        : 0;
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`World size "${name}" must be an integer of at least ${least}`);
  }
  if (sizes.months > 60) throw new RangeError('World size "months" must be 60 at most');
  return { seed, today, sizes };
}

// One whole sale (or quote): items, discounts, freight and instalments. All money is integer cents, and
// total = lines after their discounts - discount + freight = sum of the instalments, to the cent.
import type { Catalog } from './catalog.ts';
import { CHANNELS, COST_CENTERS, SALE_ATTRIBUTES } from './company.ts';
import type { AttributeDefinition, SaleStatus } from './company.ts';
import type { Parties, Salesperson } from './parties.ts';
import type { Rng, Seed } from './rng.ts';
import type { PaymentPlan, SaleKind, SaleSeries } from './sales.ts';
import { erpClientView, erpUserView } from './sightings.ts';
import type { WorldSizes } from './options.ts';

export interface SaleLine {
  kind: 'product' | 'service';
  /** Id of the product or service; null where the product was deleted since. */
  itemId: string | null;
  variationId: string | null;
  name: string;
  unit: string | null;
  /** Hundredths. */
  quantity: number;
  costCents: number;
  priceCents: number;
  discountKind: 'R$' | '%';
  /** What the line's discount takes off. */
  discountCents: number;
  /** Hundredths of a percent, where the discount was given as a percentage. */
  discountPercent: number | null;
  totalCents: number;
}

export interface SaleRecord {
  index: number;
  id: number;
  code: number;
  kind: SaleKind;
  /** Index of the store. */
  store: number;
  day: number;
  second: number;
  clientId: string | null;
  clientName: string;
  /** Index of the salesperson; null where the sale has none, or has only a name. */
  salesperson: number | null;
  salespersonName: string;
  technicianName: string | null;
  status: SaleStatus;
  deliveryDay: number | null;
  lines: SaleLine[];
  productsCents: number;
  servicesCents: number;
  costCents: number;
  discountCents: number;
  /** Hundredths of a percent. */
  discountPercent: number | null;
  freightCents: number;
  totalCents: number;
  channel: string;
  costCenter: { id: string; name: string } | null;
  carrier: { id: string; name: string } | null;
  plan: PaymentPlan;
  instalments: { dueDay: number; cents: number }[];
  attributes: { definition: AttributeDefinition; text: string }[];
  notes: string;
  modifiedDay: number;
}

/** `cents` in `count` parts: equal, what is left over on the last. */
export function splitCents(cents: number, count: number): number[] {
  const part = Math.floor(cents / count);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? cents - part * (count - 1) : part));
}

export class SaleRecords {
  readonly #seed: Seed;
  /** The seed of the people, where the series has one of its own. */
  readonly #people: Seed;
  readonly #series: SaleSeries;
  readonly #parties: Parties;
  readonly #catalog: Catalog;
  readonly #sizes: WorldSizes;
  readonly #today: number;
  /** The salespeople of each store; all of them for a store without any. */
  readonly #teams: readonly (readonly Salesperson[])[];

  constructor(deps: {
    seed: Seed;
    people: Seed;
    series: SaleSeries;
    parties: Parties;
    catalog: Catalog;
    sizes: WorldSizes;
    today: number;
  }) {
    this.#seed = deps.seed;
    this.#people = deps.people;
    this.#series = deps.series;
    this.#parties = deps.parties;
    this.#catalog = deps.catalog;
    this.#sizes = deps.sizes;
    this.#today = deps.today;
    const people = deps.parties.salespeople;
    this.#teams = Array.from({ length: deps.sizes.stores }, (_, store) => {
      const team = people.filter((person) => person.store === store);
      return team.length > 0 ? team : people;
    });
  }

  record(index: number): SaleRecord {
    const series = this.#series;
    const rng = this.#seed.rng('sale', index);
    const kind = series.kind(index);
    const day = series.day(index);
    const plan = series.plan(index);
    const lines = this.#lines(rng, kind);
    const sum = (of: 'product' | 'service'): number =>
      lines.reduce((total, line) => total + (line.kind === of ? line.totalCents : 0), 0);
    const productsCents = sum('product');
    const servicesCents = sum('service');
    const discountPercent = rng.chance(0.06) ? rng.pick([250, 500, 1000]) : null;
    const discountCents =
      discountPercent !== null
        ? Math.round(((productsCents + servicesCents) * discountPercent) / 10_000)
        : rng.chance(0.07)
          ? Math.min(rng.int(1, 40) * 50, Math.floor((productsCents + servicesCents) / 10))
          : 0;
    const freightCents = kind === 'produto' && rng.chance(0.25) ? rng.int(500, 9000) : 0;
    const totalCents = productsCents + servicesCents - discountCents + freightCents;
    const modifiedDay = Math.min(this.#today, day + (rng.chance(0.4) ? rng.int(1, 40) : 0));
    return {
      index,
      id: series.id(index),
      code: series.code(index),
      kind,
      store: series.store(index),
      day,
      second: series.calendar.secondOf(index),
      ...this.#client(rng, index),
      ...this.#salesperson(rng, series.store(index), series.client(index)),
      technicianName:
        kind === 'servico' && rng.chance(0.3) ? rng.pick(['Equipe técnica', 'Élcio Técnico']) : null,
      status: series.status(index),
      deliveryDay: kind === 'vendas_balcao' || rng.chance(0.3) ? null : day + rng.int(1, 12),
      lines,
      productsCents,
      servicesCents,
      costCents: lines.reduce((total, line) => total + Math.round((line.costCents * line.quantity) / 100), 0),
      discountCents,
      discountPercent,
      freightCents,
      totalCents,
      channel: kind === 'vendas_balcao' ? 'Presencial' : rng.pick(CHANNELS),
      costCenter: rng.chance(0.35) ? rng.pick(COST_CENTERS) : null,
      carrier: freightCents > 0 && rng.chance(0.6) ? this.#carrier(rng) : null,
      plan,
      instalments: splitCents(totalCents, plan.count).map((cents, i) => ({
        dueDay: series.dueDay(plan, i),
        cents,
      })),
      attributes: this.#attributes(rng, day),
      notes: rng.chance(0.12) ? 'Entregar no período da manhã / avisar antes' : '',
      modifiedDay,
    };
  }

  /** The total alone, for titles. */
  totalCents(index: number): number {
    return this.record(index).totalCents;
  }

  #client(rng: Rng, index: number): { clientId: string | null; clientName: string } {
    const client = this.#series.client(index);
    if (client !== null) {
      return {
        clientId: this.#parties.clientId(client),
        clientName: erpClientView(this.#people, this.#parties.client(client)).name,
      };
    }
    const first = rng.pick(['Maria', 'José', 'D. Lúcia', 'Seu Antônio', 'Cliente balcão', 'Marcão']);
    return {
      clientId: null,
      clientName: rng.chance(0.5) ? `${first} - (31) 9 ${rng.digits(4)}-${rng.digits(4)}` : first,
    };
  }

  #salesperson(
    rng: Rng,
    store: number,
    client: number | null,
  ): { salesperson: number | null; salespersonName: string } {
    // A client mostly keeps one salesperson; salespeople stay in their store.
    const team = this.#teams[store] ?? this.#parties.salespeople;
    const chosen = client !== null && rng.chance(0.7) ? team[client % team.length] : rng.pick(team);
    if (!chosen || rng.chance(0.03)) return { salesperson: null, salespersonName: '' };
    // The name without the id: a salesperson who was removed and made again.
    const name = erpUserView(this.#people, chosen).name;
    return { salesperson: rng.chance(0.03) ? null : chosen.index, salespersonName: name };
  }

  #carrier(rng: Rng): { id: string; name: string } {
    const carrier = this.#catalog.carrier(rng.int(0, 5));
    return { id: carrier.id, name: carrier.tradeName };
  }

  #lines(rng: Rng, kind: SaleKind): SaleLine[] {
    const lines: SaleLine[] = [];
    if (kind !== 'servico') {
      const count = 1 + rng.weighted([40, 28, 16, 10, 6]);
      for (let i = 0; i < count; i++) lines.push(this.#productLine(rng));
    }
    const services =
      kind === 'servico' ? 1 + rng.weighted([60, 30, 10]) : kind === 'produto' && rng.chance(0.1) ? 1 : 0;
    for (let i = 0; i < services; i++) {
      const service = this.#catalog.service(rng.int(0, this.#sizes.services - 1));
      lines.push(
        priced(rng, {
          kind: 'service',
          itemId: service.id,
          variationId: null,
          name: service.name,
          unit: null,
          quantity: 100,
          costCents: 0,
          priceCents: service.priceCents,
        }),
      );
    }
    return lines;
  }

  #productLine(rng: Rng): SaleLine {
    const unit = rng.unit();
    const product = this.#catalog.product(Math.floor(unit * unit * this.#sizes.products));
    const deleted = rng.chance(0.03);
    return priced(rng, {
      kind: 'product',
      itemId: deleted ? null : product.id,
      variationId: deleted ? null : product.variationId,
      name: product.name,
      unit: product.unit,
      quantity: product.unit === 'KG' ? rng.int(25, 1500) : rng.int(1, 6) * 100,
      costCents: product.costCents,
      priceCents: product.priceCents,
    });
  }

  #attributes(rng: Rng, day: number): SaleRecord['attributes'] {
    return SALE_ATTRIBUTES.filter(() => rng.chance(0.3)).map((definition) => ({
      definition,
      text: definition.options.length > 0 ? rng.pick(definition.options) : String(day % 10_000),
    }));
  }
}

type Unpriced = Omit<SaleLine, 'discountKind' | 'discountCents' | 'discountPercent' | 'totalCents'>;

function priced(rng: Rng, line: Unpriced): SaleLine {
  const gross = Math.round((line.quantity * line.priceCents) / 100);
  const discountPercent = rng.chance(0.07) ? rng.pick([500, 1000, 1250]) : null;
  const discountCents =
    discountPercent !== null
      ? Math.round((gross * discountPercent) / 10_000)
      : rng.chance(0.07)
        ? Math.min(rng.int(1, 20) * 25, Math.floor(gross / 5))
        : 0;
  return {
    ...line,
    discountKind: discountPercent !== null ? '%' : 'R$',
    discountCents,
    discountPercent,
    totalCents: gross - discountCents,
  };
}

// Sales and quotes. What lists need of a million of them at once (store, kind, status, client, plan) is drawn without
// making the record; the record itself, with items and instalments, is made when it is asked for.
import { Calendar } from './calendar.ts';
import { PAYMENT_METHODS, SALE_STATUSES } from './company.ts';
import type { PaymentMethod, SaleStatus } from './company.ts';
import type { Parties } from './parties.ts';
import { weightedIndex } from './rng.ts';
import type { Seed } from './rng.ts';

/** The ERP's `tipo`: product, service and counter sales. */
export const SALE_KINDS = ['produto', 'servico', 'vendas_balcao'] as const;
export type SaleKind = (typeof SALE_KINDS)[number];

/** How a sale is to be paid. */
export interface PaymentPlan {
  method: PaymentMethod;
  /** 1 to MAX_INSTALMENTS. */
  count: number;
  intervalDays: number;
  firstDay: number;
  /** One instalment, on the day of the sale. */
  upfront: boolean;
}

export const MAX_INSTALMENTS = 6;

const COUNT_WEIGHTS: Record<SaleKind, readonly number[]> = {
  produto: [20, 15, 25, 12, 8, 20],
  servico: [50, 20, 30],
  vendas_balcao: [80, 10, 10],
};
// Indexes of PAYMENT_METHODS: boleto, pix, credit card, debit card, cash, transfer, client credit, other.
const UPFRONT_WEIGHTS = [12, 34, 16, 14, 16, 5, 2, 1] as const;

// Over SALE_STATUSES: open, in progress, confirmed, done, cancelled, awaiting pick-up.
const STATUS_WEIGHTS = {
  counter: [0, 0, 0, 96, 4, 0],
  week: [22, 15, 28, 25, 3, 7],
  recent: [5, 4, 14, 70, 5, 2],
  old: [1, 0, 3, 89, 7, 0],
} as const;

export interface SeriesOptions {
  count: number;
  stores: number;
  /** Day number. */
  today: number;
  months: number;
  firstId: number;
  firstCode: number;
  /** Over SALE_KINDS. */
  kindWeights: readonly number[];
}

export const SALE_NUMBERING = { firstId: 40_000_001, firstCode: 1001, kindWeights: [62, 16, 22] } as const;
/** Quotes are made for products and services only. */
export const QUOTE_NUMBERING = { firstId: 20_000_001, firstCode: 501, kindWeights: [75, 25, 0] } as const;

/** The drawn facts of sales; `index` is 0 to count - 1, oldest first. */
export class SaleSeries {
  readonly count: number;
  readonly calendar: Calendar;
  readonly #seed: Seed;
  readonly #parties: Parties;
  readonly #today: number;
  readonly #options: SeriesOptions;
  readonly #storeWeights: readonly number[];
  readonly #salt: Record<
    'store' | 'kind' | 'client' | 'status' | 'count' | 'method' | 'code' | 'walkIn',
    number
  >;

  constructor(seed: Seed, parties: Parties, options: SeriesOptions) {
    this.#options = options;
    this.#seed = seed;
    this.#parties = parties;
    this.#today = options.today;
    this.count = options.count;
    this.calendar = new Calendar(
      options.today - Math.round(options.months * 30.42),
      options.today,
      options.count,
    );
    this.#storeWeights = Array.from({ length: options.stores }, (_, i) => 1 / (1 + i * 0.5));
    const salt = (name: string): number => seed.salt(`sale-${name}`);
    this.#salt = {
      store: salt('store'),
      kind: salt('kind'),
      client: salt('client'),
      status: salt('status'),
      count: salt('count'),
      method: salt('method'),
      code: salt('code'),
      walkIn: salt('walk-in'),
    };
  }

  id(index: number): number {
    return this.#options.firstId + index * 3;
  }

  indexOfId(id: number): number | null {
    const index = (id - this.#options.firstId) / 3;
    return Number.isInteger(index) && index >= 0 && index < this.count ? index : null;
  }

  store(index: number): number {
    return weightedIndex(this.#storeWeights, this.#seed.unit(this.#salt.store, index));
  }

  kind(index: number): SaleKind {
    return SALE_KINDS[
      weightedIndex(this.#options.kindWeights, this.#seed.unit(this.#salt.kind, index))
    ] as SaleKind;
  }

  /**
   * True where the sale repeats the number of the one before it, which is of another store or another kind: about one
   * sale in 80. Both are then of one client; a title that names the number fits both, unless its store tells them apart.
   */
  repeatsCode(index: number): boolean {
    if (index === 0 || this.#seed.draw(this.#salt.code, index) % 50 !== 0 || this.#drawsRepeat(index - 1))
      return false;
    if (this.#isWalkIn(index - 1)) return false;
    return this.store(index) !== this.store(index - 1) || this.kind(index) !== this.kind(index - 1);
  }

  #drawsRepeat(index: number): boolean {
    return this.#seed.draw(this.#salt.code, index) % 50 === 0;
  }

  /** `codigo`: ascending, with the repetitions of `repeatsCode`. */
  code(index: number): number {
    return this.#options.firstCode + index - (this.repeatsCode(index) ? 1 : 0);
  }

  /** The sales that bear a number: none, one or two. */
  indexesOfCode(code: number): number[] {
    const index = code - this.#options.firstCode;
    return [index, index + 1].filter((i) => i >= 0 && i < this.count && this.code(i) === code);
  }

  day(index: number): number {
    return this.calendar.dayOf(index);
  }

  #isWalkIn(index: number): boolean {
    return this.kind(index) === 'vendas_balcao' && this.#seed.unit(this.#salt.walkIn, index) < 0.55;
  }

  /** Index of the client; null for a counter sale to somebody who is not registered. */
  client(index: number): number | null {
    const source = this.repeatsCode(index) ? index - 1 : index;
    if (this.#isWalkIn(source)) return null;
    // Some clients buy much more often than others, and nobody buys before being registered.
    const unit = this.#seed.unit(this.#salt.client, source);
    return Math.floor(unit * Math.sqrt(unit) * this.#parties.clientsUntil(this.day(source)));
  }

  status(index: number): SaleStatus {
    const unit = this.#seed.unit(this.#salt.status, index);
    const age = this.#today - this.day(index);
    const weights =
      this.kind(index) === 'vendas_balcao'
        ? STATUS_WEIGHTS.counter
        : age <= 7
          ? STATUS_WEIGHTS.week
          : age <= 45
            ? STATUS_WEIGHTS.recent
            : STATUS_WEIGHTS.old;
    return SALE_STATUSES[weightedIndex(weights, unit)] as SaleStatus;
  }

  /** True where the sale's instalments became titles. */
  launched(index: number): boolean {
    const { launches } = this.status(index);
    return launches === 1 || launches === 3;
  }

  plan(index: number): PaymentPlan {
    const day = this.day(index);
    const count =
      weightedIndex(COUNT_WEIGHTS[this.kind(index)], this.#seed.unit(this.#salt.count, index)) + 1;
    const unit = this.#seed.unit(this.#salt.method, index);
    const at = count === 1 ? weightedIndex(UPFRONT_WEIGHTS, unit) : unit < 0.55 ? 0 : 2;
    const method = PAYMENT_METHODS[at] as PaymentMethod;
    const wait =
      method.kind === 'CC' ? 30 : method.kind === 'BB' ? (count === 1 ? 14 : unit < 0.2 ? 0 : 30) : 0;
    return { method, count, intervalDays: 30, firstDay: day + wait, upfront: count === 1 && wait === 0 };
  }

  /** Due day of instalment `number` (0 to count - 1). */
  dueDay(plan: PaymentPlan, number: number): number {
    return plan.firstDay + number * plan.intervalDays;
  }
}

// Titles: what is to be received and to be paid. Receivables of sales are made from the sale's plan; others, and all
// payables, are records of their own. A title of a sale is addressed by key = sale index * STRIDE + instalment.
import type { Catalog } from './catalog.ts';
import { LEDGER_ACCOUNTS, PAYMENT_METHODS, COST_CENTERS, BANK_ACCOUNTS } from './company.ts';
import type { LedgerAccount, PaymentMethod } from './company.ts';
import type { Parties } from './parties.ts';
import type { Seed } from './rng.ts';
import type { SaleRecords } from './sale-record.ts';
import type { PaymentPlan, SaleSeries } from './sales.ts';
import { erpClientView, erpUserView } from './sightings.ts';
import type { WorldSizes } from './options.ts';

export interface Title {
  id: number;
  code: string;
  description: string;
  valueCents: number;
  interestCents: number;
  discountCents: number;
  bankFeeCents: number;
  cardFeeCents: number;
  /** value + interest - discount - both fees. */
  totalCents: number;
  account: LedgerAccount;
  costCenter: { id: string; name: string } | null;
  bankAccount: { id: string; name: string };
  method: PaymentMethod;
  /** C client, F supplier, T carrier, U employee, O other (no id). */
  party: { kind: 'C' | 'F' | 'T' | 'U' | 'O'; id: string; name: string };
  dueDay: number;
  /** null: open. */
  paidDay: number | null;
  accrualDay: number;
  createdDay: number;
  second: number;
  store: number;
  userId: string;
  userName: string;
}

/** Keys of a sale's titles lie STRIDE apart. */
export const STRIDE = 8;
const RECEIVABLE_ID = 100_000_001;
const OTHER_RECEIVABLE_ID = 500_000_001;
const PAYABLE_ID = 700_000_001;
const HORIZON_DAYS = 175;

/** Where a title stands: a sale's instalment, another receivable, or a payable. */
export type TitleRef =
  { of: 'sale'; sale: number; instalment: number } | { of: 'other' | 'payable'; index: number };

export class Titles {
  readonly #seed: Seed;
  readonly #series: SaleSeries;
  readonly #records: SaleRecords;
  readonly #parties: Parties;
  readonly #catalog: Catalog;
  readonly #sizes: WorldSizes;
  readonly #today: number;
  readonly #salt: Record<'paid' | 'lag' | 'store' | 'due', number>;

  constructor(deps: {
    seed: Seed;
    series: SaleSeries;
    records: SaleRecords;
    parties: Parties;
    catalog: Catalog;
    sizes: WorldSizes;
    today: number;
  }) {
    this.#seed = deps.seed;
    this.#series = deps.series;
    this.#records = deps.records;
    this.#parties = deps.parties;
    this.#catalog = deps.catalog;
    this.#sizes = deps.sizes;
    this.#today = deps.today;
    const salt = (name: string): number => deps.seed.salt(`title-${name}`);
    this.#salt = { paid: salt('paid'), lag: salt('lag'), store: salt('store'), due: salt('due') };
  }

  id(ref: TitleRef): number {
    if (ref.of === 'sale') return RECEIVABLE_ID + ref.sale * STRIDE + ref.instalment;
    return (ref.of === 'other' ? OTHER_RECEIVABLE_ID : PAYABLE_ID) + ref.index;
  }

  refOfId(id: number): TitleRef | null {
    if (id >= PAYABLE_ID)
      return id - PAYABLE_ID < this.#sizes.payables ? { of: 'payable', index: id - PAYABLE_ID } : null;
    if (id >= OTHER_RECEIVABLE_ID) {
      const index = id - OTHER_RECEIVABLE_ID;
      return index < this.#sizes.otherReceivables ? { of: 'other', index } : null;
    }
    const key = id - RECEIVABLE_ID;
    const sale = Math.floor(key / STRIDE);
    if (key < 0 || sale >= this.#series.count || !this.#series.launched(sale)) return null;
    return key % STRIDE < this.#series.plan(sale).count
      ? { of: 'sale', sale, instalment: key % STRIDE }
      : null;
  }

  /** Day on which a sale's instalment was paid, or null. Drawn without making the record. */
  paidDay(plan: PaymentPlan, sale: number, instalment: number): number | null {
    const due = this.#series.dueDay(plan, instalment);
    const key = sale * STRIDE + instalment;
    const unit = this.#seed.unit(this.#salt.paid, key);
    if (plan.method.kind !== 'BB') {
      // Cards pay on their day; the rest at the counter, but for the odd transfer that never came.
      return due <= this.#today && (plan.method.kind === 'CC' || unit < 0.98) ? due : null;
    }
    const lag = this.#seed.draw(this.#salt.lag, key) % 28;
    if (due > this.#today) return unit < 0.04 ? Math.max(this.#series.day(sale), this.#today - lag) : null;
    const paid =
      unit < 0.8 ? Math.max(this.#series.day(sale), due - (lag % 4)) : unit < 0.92 ? due + 1 + lag : null;
    return paid !== null && paid <= this.#today ? paid : null;
  }

  /** Store (index) and effective day (paid day, else due day) of a title that is not of a sale. */
  placement(ref: { of: 'other' | 'payable'; index: number }): {
    store: number;
    dueDay: number;
    paidDay: number | null;
  } {
    const key = ref.of === 'other' ? -1 - ref.index : ref.index;
    const back = Math.round(this.#sizes.months * 30.42);
    const dueDay = this.#today - back + (this.#seed.draw(this.#salt.due, key) % (back + HORIZON_DAYS));
    const unit = this.#seed.unit(this.#salt.paid, key * 7 + 3);
    const lag = this.#seed.draw(this.#salt.lag, key * 7 + 3) % 12;
    const late = unit > 0.86 && unit <= 0.94;
    const paid = unit <= 0.86 ? dueDay : late ? dueDay + 1 + lag : null;
    return {
      store: this.#seed.draw(this.#salt.store, key) % this.#sizes.stores,
      dueDay,
      paidDay: paid !== null && paid <= this.#today ? paid : null,
    };
  }

  title(ref: TitleRef): Title {
    return ref.of === 'sale'
      ? this.#ofSale(ref.sale, ref.instalment)
      : ref.of === 'other'
        ? this.#other(ref.index)
        : this.#payable(ref.index);
  }

  #ofSale(index: number, instalment: number): Title {
    const sale = this.#records.record(index);
    const { dueDay, cents } = sale.instalments[instalment] as { dueDay: number; cents: number };
    const paidDay = this.paidDay(sale.plan, index, instalment);
    const id = this.id({ of: 'sale', sale: index, instalment });
    const seller = sale.salesperson === null ? null : this.#parties.salespeople[sale.salesperson];
    return {
      id,
      code: String(id % 100_000_000),
      description: `Venda de nº ${sale.code}`,
      ...this.#amounts(cents, dueDay, paidDay, sale.plan.method, id),
      account: LEDGER_ACCOUNTS[sale.kind === 'servico' ? 2 : 1] as LedgerAccount,
      costCenter: sale.costCenter,
      bankAccount: BANK_ACCOUNTS[sale.plan.method.kind === 'DI' ? 2 : 0],
      method: sale.plan.method,
      party: { kind: 'C', id: sale.clientId ?? '', name: sale.clientName },
      dueDay,
      paidDay,
      accrualDay: sale.day,
      createdDay: sale.day,
      second: sale.second,
      store: sale.store,
      userId: seller?.erpUserId ?? '131001',
      userName: seller ? erpUserView(this.#seed, seller).name : 'Administrador',
    };
  }

  #amounts(cents: number, dueDay: number, paidDay: number | null, method: PaymentMethod, id: number) {
    const late = paidDay === null ? 0 : Math.max(0, paidDay - dueDay);
    const interestCents = late > 0 ? Math.round(cents * 0.02) + Math.round((cents * late * 33) / 100_000) : 0;
    const early = paidDay !== null && paidDay < dueDay - 1 && id % 5 === 0;
    const discountCents = early ? Math.round(cents * 0.01) : 0;
    const bankFeeCents = paidDay !== null && method.kind === 'BB' ? Math.min(250, Math.floor(cents / 10)) : 0;
    const cardFeeCents =
      paidDay === null
        ? 0
        : method.kind === 'CC'
          ? Math.round((cents * 319) / 10_000)
          : method.kind === 'CD'
            ? Math.round((cents * 159) / 10_000)
            : 0;
    const totalCents = cents + interestCents - discountCents - bankFeeCents - cardFeeCents;
    return { valueCents: cents, interestCents, discountCents, bankFeeCents, cardFeeCents, totalCents };
  }

  #other(index: number): Title {
    const rng = this.#seed.rng('other-receivable', index);
    const ref = { of: 'other', index } as const;
    const { store, dueDay, paidDay } = this.placement(ref);
    const client = rng.chance(0.5) ? this.#parties.client(rng.int(0, this.#sizes.clients - 1)) : null;
    // Some name a sale that does not exist any more, or a document of another kind with a number that a sale has too.
    const description =
      index % 12 === 5
        ? `Venda de nº ${900_000 + index}`
        : index % 12 === 8
          ? `Ordem de serviço de nº ${1001 + index}`
          : rng.pick([
              'Venda de sucata',
              'Aporte de sócio',
              'Reembolso de frete',
              'Aluguel do anexo',
              'Rendimento / aplicação',
            ]);
    return this.#plain({
      id: this.id(ref),
      description,
      cents: rng.int(2000, 400_000),
      dueDay,
      paidDay,
      store,
      account: LEDGER_ACCOUNTS[3] as LedgerAccount,
      method: rng.pick(PAYMENT_METHODS.slice(1, 6)),
      party: client
        ? { kind: 'C', id: client.erpId, name: erpClientView(this.#seed, client).name }
        : { kind: 'O', id: '', name: '' },
    });
  }

  #payable(index: number): Title {
    const rng = this.#seed.rng('payable', index);
    const ref = { of: 'payable', index } as const;
    const { store, dueDay, paidDay } = this.placement(ref);
    const at = rng.weighted([50, 20, 12, 18]);
    const cents = rng.int(3000, 900_000);
    const base = {
      id: this.id(ref),
      cents,
      dueDay,
      paidDay,
      store,
      method: rng.pick([PAYMENT_METHODS[0], PAYMENT_METHODS[1], PAYMENT_METHODS[5]]),
    };
    if (at === 0) {
      const supplier = this.#catalog.supplier(rng.int(0, 39));
      return this.#plain({
        ...base,
        description: `Compra de nº ${2000 + index}`,
        account: LEDGER_ACCOUNTS[5] as LedgerAccount,
        party: { kind: 'F', id: supplier.id, name: supplier.tradeName },
      });
    }
    if (at === 1) {
      const employee = rng.pick(this.#parties.salespeople);
      return this.#plain({
        ...base,
        description: 'Comissão sobre vendas',
        account: LEDGER_ACCOUNTS[6] as LedgerAccount,
        party: { kind: 'U', id: employee.erpEmployeeId, name: erpUserView(this.#seed, employee).name },
      });
    }
    if (at === 2) {
      const carrier = this.#catalog.carrier(rng.int(0, 5));
      return this.#plain({
        ...base,
        description: 'Frete',
        account: LEDGER_ACCOUNTS[7] as LedgerAccount,
        party: { kind: 'T', id: carrier.id, name: carrier.tradeName },
      });
    }
    const account = LEDGER_ACCOUNTS[rng.pick([8, 9])] as LedgerAccount;
    return this.#plain({
      ...base,
      description: account.name,
      account,
      party: { kind: 'O', id: '', name: '' },
    });
  }

  #plain(
    facts: Pick<
      Title,
      'id' | 'description' | 'dueDay' | 'paidDay' | 'store' | 'account' | 'method' | 'party'
    > & { cents: number },
  ): Title {
    const { cents, ...rest } = facts;
    const rng = this.#seed.rng('plain-title', facts.id);
    const createdDay = Math.min(this.#today, facts.dueDay - rng.int(0, 40));
    return {
      ...rest,
      code: String(facts.id % 100_000_000),
      ...this.#amounts(cents, facts.dueDay, facts.paidDay, facts.method, facts.id),
      costCenter: rng.chance(0.4) ? rng.pick(COST_CENTERS) : null,
      bankAccount: BANK_ACCOUNTS[0],
      accrualDay: createdDay,
      createdDay,
      second: rng.int(8 * 3600, 18 * 3600),
      userId: '131001',
      userName: 'Administrador',
    };
  }
}

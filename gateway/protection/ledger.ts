// Makes the limits of several processes on one port one limit: what each of them let pass is told to the others a few times a
// second, and counts there as if it had been let pass there. Between two tellings each decides by what it knows: a caller who
// is quick gets no more than what the processes let pass in that time beyond a limit, and pays it back.
import type { Allowance } from './allowance.ts';

export const RATE_KINDS = ['callers', 'prices', 'addresses'] as const;
export type RateKind = (typeof RATE_KINDS)[number];

/** By kind: names and points, as they travel between processes. */
export type Taken = Readonly<Partial<Record<RateKind, readonly (readonly [string, number])[]>>>;

/** The way to the other processes. */
export interface RateExchange {
  tell(taken: Taken): void;
  /** Called with what another process told. */
  hear(listener: (taken: Taken) => void): void;
}

const EVERY_MS = 200;

export class Ledger {
  readonly #exchange: RateExchange;
  readonly #taken = new Map<RateKind, Map<string, number>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(exchange: RateExchange, allowances: Readonly<Record<RateKind, Allowance | null>>) {
    this.#exchange = exchange;
    exchange.hear((taken) => {
      for (const kind of RATE_KINDS) for (const [name, points] of taken[kind] ?? []) allowances[kind]?.charge(name, points);
    });
  }

  note(kind: RateKind, name: string, points: number): void {
    let names = this.#taken.get(kind);
    if (!names) this.#taken.set(kind, (names = new Map()));
    names.set(name, (names.get(name) ?? 0) + points);
    this.#timer ??= setTimeout(() => this.#tell(), EVERY_MS).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    this.#timer = undefined;
    const taken = Object.fromEntries([...this.#taken].map(([kind, names]) => [kind, [...names]]));
    this.#taken.clear();
    this.#exchange.tell(taken);
  }
}

// One simulated account at run time: its tables, switches and clock, and what writes need to know of each other.
import { nowInZone } from '../world/index.ts';
import type { World } from '../world/index.ts';
import { DEFAULT_SWITCHES } from './switches.ts';
import type { GestaoClickSwitches } from './switches.ts';
import { createTables } from './tables/index.ts';
import type { Entry, TableStore, Tables } from './tables/index.ts';
import { Refused } from './dialect.ts';

export class Account {
  readonly world: World;
  readonly switches: GestaoClickSwitches;
  readonly tables: Tables;
  readonly #given: GestaoClickSwitches;
  /** Titles launched by sales that were created or changed here: sale id -> title ids. */
  readonly launched = new Map<number, number[]>();
  #codes = 0;

  constructor(world: World, switches: Partial<GestaoClickSwitches> = {}) {
    this.world = world;
    this.#given = { ...DEFAULT_SWITCHES, ...switches };
    this.switches = { ...this.#given };
    this.tables = createTables({ world, switches: this.switches });
  }

  table(name: string): TableStore {
    const table = this.tables.get(name);
    if (!table) throw new RangeError(`No table "${name}"`);
    return table;
  }

  /** The record that a body's id points to, or null. */
  find(table: string, id: string): Entry | null {
    return /^\d+$/.test(id) ? this.table(table).get(Number(id)) : null;
  }

  /** The same, for ids that must exist. */
  need(table: string, id: string, field: string): Entry {
    const entry = this.find(table, id);
    if (!entry) throw new Refused(`O ${field} informado não foi encontrado.`);
    return entry;
  }

  /** A number for a new sale: above all that exist. */
  nextCode(table: 'vendas' | 'orcamentos'): string {
    const series = table === 'vendas' ? this.world.sales : this.world.quotes;
    do this.#codes += 1;
    while (this.codeInUse(table, String(series.code(series.count - 1) + this.#codes)));
    return String(series.code(series.count - 1) + this.#codes);
  }

  codeInUse(table: 'vendas' | 'orcamentos', code: string): boolean {
    const series = table === 'vendas' ? this.world.sales : this.world.quotes;
    const store = this.table(table);
    return (
      series
        .indexesOfCode(Number(code))
        .some((index) => store.get(series.id(index))?.row['codigo'] === code) ||
      store.changed().some(({ row }) => row['codigo'] === code)
    );
  }

  /** `2026-08-12 14:03:22`, by the wall clock on the world's day. */
  now(): string {
    return `${this.world.today} ${nowInZone().slice(11)}`;
  }

  /** Turns switches; pages that were selected by the old ones are forgotten. */
  turn(switches: Partial<GestaoClickSwitches>): void {
    Object.assign(this.switches, switches);
    for (const table of this.tables.values()) table.forget();
  }

  /** The account as it was at the start. */
  reset(): void {
    Object.assign(this.switches, this.#given);
    this.launched.clear();
    this.#codes = 0;
    for (const table of this.tables.values()) table.reset();
  }
}

// A table as the API serves it: the world's rows under what was created, changed and deleted since. Pages are cut out of
// arrays of ids; only the rows of the page asked for are made.
import { setImmediate } from 'node:timers/promises';
import type { Entry, Filter, Part, Query, Table } from './table.ts';

/** Rows made at a time. */
const STEP = 5;

export interface Listing {
  total: number;
  /** Rows `offset` to `offset + limit - 1`. */
  rows(offset: number, limit: number): Entry[];
  /** The same in small steps with room for other requests between them: making a page takes long enough to be noticed. */
  rowsInSteps(offset: number, limit: number): Promise<Entry[]>;
}

const CACHED_SELECTIONS = 64;

export class TableStore {
  readonly table: Table;
  /** Changed and created rows; null: deleted. */
  readonly #changes = new Map<number, Entry | null>();
  readonly #selections = new Map<string, Int32Array>();
  #nextId: number;

  constructor(table: Table) {
    this.table = table;
    this.#nextId = table.firstFreeId;
  }

  get(id: number): Entry | null {
    const changed = this.#changes.get(id);
    return changed === undefined ? this.table.make(id) : changed;
  }

  /** Writes a row, new or old. */
  put(entry: Entry): void {
    this.#changes.set(entry.id, entry);
    this.#selections.clear();
  }

  /** False where there was nothing to delete. */
  remove(id: number): boolean {
    if (this.get(id) === null) return false;
    this.#changes.set(id, null);
    this.#selections.clear();
    return true;
  }

  /** An id that no row has or had. */
  newId(): number {
    return this.#nextId++;
  }

  /** Selections made so far are made again when they are next asked for. */
  forget(): void {
    this.#selections.clear();
  }

  /** Forgets every change. */
  reset(): void {
    this.#changes.clear();
    this.#selections.clear();
    this.#nextId = this.table.firstFreeId;
  }

  /** Rows that were changed or created and still exist. */
  changed(): Entry[] {
    return [...this.#changes.values()].filter((entry) => entry !== null);
  }

  list(query: Query): Listing {
    const ids = this.#select(query);
    const field = query.get('ordenacao') ?? '';
    const natural = field === '' || this.table.ordered.includes(field);
    const descending = field === '' ? this.table.newestFirst : query.get('direcao')?.toLowerCase() === 'desc';
    const sorted = natural ? ids : this.#sorted(ids, field, query);
    const rows = (offset: number, limit: number): Entry[] => {
      const made: Entry[] = [];
      const end = Math.min(sorted.length, offset + limit);
      for (let at = offset; at < end; at++) {
        const entry = this.get(sorted[descending ? sorted.length - 1 - at : at] as number);
        if (entry) made.push(entry);
      }
      return made;
    };
    return {
      total: sorted.length,
      rows,
      async rowsInSteps(offset, limit) {
        const made: Entry[] = [];
        for (let done = 0; done < limit; done += STEP) {
          made.push(...rows(offset + done, Math.min(STEP, limit - done)));
          await setImmediate();
        }
        return made;
      },
    };
  }

  #select(query: Query): Int32Array {
    const part = this.table.part(query);
    const filters = this.#filters(query);
    if (filters.length === 0 && this.#changes.size === 0) return part.ids;
    return this.#cached(
      `${part.key}|${filters.map(({ name, value }) => `${name}=${value}`).join('&')}`,
      () => {
        const passes = (entry: Entry): boolean =>
          filters.every(({ filter, value }) => filter.test(entry, value));
        const kept = this.#unchanged(part, filters);
        const added = this.changed()
          .filter((entry) => this.table.inPart(entry, query) && passes(entry))
          .sort((a, b) => this.table.order(a) - this.table.order(b) || a.id - b.id);
        return this.#merge(kept, added);
      },
    );
  }

  #filters(query: Query): { name: string; value: string; filter: Filter }[] {
    const active: { name: string; value: string; filter: Filter }[] = [];
    for (const [name, filter] of Object.entries(this.table.filters)) {
      const value = query.get(name);
      if (value !== undefined && value !== '') active.push({ name, value, filter });
    }
    return active;
  }

  #unchanged(part: Part, filters: { value: string; filter: Filter }[]): Int32Array {
    return part.ids.filter((id) => {
      if (this.#changes.has(id)) return false;
      let entry: Entry | null = null;
      return filters.every(({ filter, value }) => {
        if (filter.quick) return filter.quick(id, value);
        entry ??= this.table.make(id);
        return entry !== null && filter.test(entry, value);
      });
    });
  }

  /** `kept` with the few `added` rows at their places. */
  #merge(kept: Int32Array, added: Entry[]): Int32Array {
    if (added.length === 0) return kept;
    const merged = new Int32Array(kept.length + added.length);
    let from = 0;
    let to = 0;
    for (const entry of added) {
      const order = this.table.order(entry);
      let low = from;
      let high = kept.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.table.orderOf(kept[middle] as number) <= order) low = middle + 1;
        else high = middle;
      }
      merged.set(kept.subarray(from, low), to);
      to += low - from;
      merged[to++] = entry.id;
      from = low;
    }
    merged.set(kept.subarray(from), to);
    return merged;
  }

  /** By a field of the rows: numbers as numbers, texts by code point, equal ones in the table's order. */
  #sorted(ids: Int32Array, field: string, query: Query): Int32Array {
    const scope = [...query].filter(([name]) => !['pagina', 'limite', 'limit', 'direcao'].includes(name));
    return this.#cached(`sorted|${this.table.part(query).key}|${JSON.stringify(scope)}`, () => {
      const keyed = Array.from(ids, (id, at) => ({ id, at, value: String(this.get(id)?.row[field] ?? '') }));
      const numeric = keyed.every(({ value }) => value !== '' && Number.isFinite(Number(value)));
      keyed.sort(
        (a, b) =>
          (numeric
            ? Number(a.value) - Number(b.value)
            : a.value < b.value
              ? -1
              : a.value > b.value
                ? 1
                : 0) || a.at - b.at,
      );
      return Int32Array.from(keyed, ({ id }) => id);
    });
  }

  #cached(key: string, make: () => Int32Array): Int32Array {
    const known = this.#selections.get(key);
    if (known) return known;
    const made = make();
    if (this.#selections.size >= CACHED_SELECTIONS)
      this.#selections.delete(this.#selections.keys().next().value as string);
    this.#selections.set(key, made);
    return made;
  }
}

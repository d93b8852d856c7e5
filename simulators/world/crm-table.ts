// A table of the simulated CRM: base rows that are a pure function of their index, and an overlay of what was
// written since (inserts, changes, removals). Rows are made when they are asked for; what is kept for the whole
// table is at most one number per row and order, so half a million rows cost a few megabytes.

/** What every row of a table has. Ids grow with the index, and so does `created_at` (unix seconds). */
export interface Row {
  id: number;
  created_at: number;
  updated_at: number;
}

/** Base rows. `brief` is the cheap part of `at`: enough to filter and order by. */
export interface BaseRows<Full extends Brief, Brief extends Row> {
  count: number;
  idOf(index: number): number;
  /** Index of an id, or -1 where no base row has it. */
  indexOf(id: number): number;
  brief(index: number): Brief;
  at(index: number): Full;
}

export type OrderField = 'id' | 'created_at' | 'updated_at';

export interface Selection<Full, Brief> {
  order?: OrderField;
  descending?: boolean;
  /** Inclusive bounds of `updated_at`, found by binary search when the order is `updated_at`. */
  updatedFrom?: number;
  updatedTo?: number;
  /** Cheap filter, tried first. */
  where?: (row: Brief) => boolean;
  /** Filter that needs the whole row (free text). */
  whereFull?: (row: Full) => boolean;
  /** Same key, same filter: lets page N reuse the scan of page 1. Required with `where` and `whereFull`. */
  key?: string;
  offset: number;
  limit: number;
}

export interface Selected<Full> {
  rows: Full[];
  /** True where rows follow the last one returned. */
  more: boolean;
}

/** `updated_at` and slot in one double: slots below 2^21, seconds below 2^32, so the sum stays exact. */
const SLOTS = 2 ** 21;
const CACHED_SCANS = 24;

export class Table<Full extends Brief, Brief extends Row> {
  /** Raised by every write; scans made before are thrown away. */
  version = 0;
  #base: BaseRows<Full, Brief>;
  #changed = new Map<number, Full>();
  #removed = new Map<number, Full>();
  #added: Full[] = [];
  #addedSlot = new Map<number, number>();
  #nextId: number | undefined;
  #baseByUpdate: Float64Array | undefined;
  #scans = new Map<string, Float64Array>();

  constructor(base: BaseRows<Full, Brief>, options: { firstNewId?: number } = {}) {
    this.#base = base;
    this.#nextId = options.firstNewId;
  }

  /** Number of live rows. */
  get size(): number {
    return this.#base.count + this.#added.length - this.#removed.size;
  }

  /** The live row with that id. */
  get(id: number): Full | undefined {
    if (this.#removed.has(id)) return undefined;
    const changed = this.#changed.get(id);
    if (changed) return changed;
    const index = this.#base.indexOf(id);
    return index < 0 ? undefined : this.#base.at(index);
  }

  has(id: number): boolean {
    return !this.#removed.has(id) && (this.#changed.has(id) || this.#base.indexOf(id) >= 0);
  }

  /** Rows that were removed since the start, newest last. */
  removed(): Full[] {
    return [...this.#removed.values()];
  }

  nextId(): number {
    // asked late: the number of base rows may cost a scan
    const { count } = this.#base;
    const id = this.#nextId ?? (count === 0 ? 1 : this.#base.idOf(count - 1) + 7);
    this.#nextId = id + 2;
    return id;
  }

  insert(row: Full): void {
    this.#addedSlot.set(row.id, this.#base.count + this.#added.length);
    this.#added.push(row);
    this.#changed.set(row.id, row);
    this.#touch();
  }

  replace(row: Full): void {
    this.#changed.set(row.id, row);
    this.#touch();
  }

  /** Takes a row out of the lists; `row` is kept as it was at its end. */
  remove(row: Full): void {
    this.#removed.set(row.id, row);
    this.#touch();
  }

  restore(row: Full): void {
    this.#removed.delete(row.id);
    this.#changed.set(row.id, row);
    this.#touch();
  }

  /** A page of live rows in a total order: the order field, then the id. */
  select(selection: Selection<Full, Brief>): Selected<Full> {
    const slots = this.#slots(selection);
    const total = slots === undefined ? this.#base.count + this.#added.length : slots.length;
    const rows: Full[] = [];
    const end = Math.min(total, selection.offset + selection.limit);
    for (let position = selection.offset; position < end; position += 1) {
      const place = selection.descending ? total - 1 - position : position;
      rows.push(this.#full(slots === undefined ? place : (slots[place] as number)));
    }
    return { rows, more: end < total };
  }

  /** How many live rows pass; counts without making pages. */
  count(selection: Omit<Selection<Full, Brief>, 'offset' | 'limit'>): number {
    return this.#slots({ ...selection, offset: 0, limit: 0 })?.length ?? this.size;
  }

  #touch(): void {
    this.version += 1;
    this.#scans.clear();
  }

  #idOf(slot: number): number {
    return slot < this.#base.count ? this.#base.idOf(slot) : (this.#added[slot - this.#base.count] as Full).id;
  }

  #brief(slot: number): Brief {
    if (this.#changed.size > 0) {
      const changed = this.#changed.get(this.#idOf(slot));
      if (changed) return changed;
    }
    return this.#base.brief(slot);
  }

  #full(slot: number): Full {
    const changed = this.#changed.size > 0 ? this.#changed.get(this.#idOf(slot)) : undefined;
    return changed ?? this.#base.at(slot);
  }

  #alive(slot: number): boolean {
    return this.#removed.size === 0 || !this.#removed.has(this.#idOf(slot));
  }

  /** Slots in ascending order, or undefined where position and slot are the same. */
  #slots(selection: Selection<Full, Brief>): Float64Array | undefined {
    const byUpdate = selection.order === 'updated_at';
    const bounded = selection.updatedFrom !== undefined || selection.updatedTo !== undefined;
    const filtered = selection.where !== undefined || selection.whereFull !== undefined;
    if (!byUpdate && !bounded && !filtered && this.#removed.size === 0) return undefined;
    const scanKey = [byUpdate, selection.updatedFrom, selection.updatedTo, selection.key ?? ''].join('|');
    const known = this.#scans.get(scanKey);
    if (known) return known;
    let slots = byUpdate || bounded ? this.#byUpdate(selection.updatedFrom, selection.updatedTo) : undefined;
    if (slots && !byUpdate) slots = slots.sort();
    const found: number[] = [];
    const total = slots?.length ?? this.#base.count + this.#added.length;
    for (let place = 0; place < total; place += 1) {
      const slot = slots?.[place] ?? place;
      if (!this.#alive(slot)) continue;
      if (selection.where && !selection.where(this.#brief(slot))) continue;
      if (selection.whereFull && !selection.whereFull(this.#full(slot))) continue;
      found.push(slot);
    }
    const scan = Float64Array.from(found);
    if (this.#scans.size >= CACHED_SCANS) this.#scans.delete(this.#scans.keys().next().value as string);
    this.#scans.set(scanKey, scan);
    return scan;
  }

  /** Slots by (updated_at, slot) inside the bounds, changed rows merged in at their new place. */
  #byUpdate(from = 0, to = 2 ** 32 - 1): Float64Array {
    this.#baseByUpdate ??= this.#sortBase();
    const base = this.#baseByUpdate;
    const fresh: number[] = [];
    for (const row of this.#changed.values()) {
      if (row.updated_at < from || row.updated_at > to) continue;
      fresh.push(row.updated_at * SLOTS + (this.#addedSlot.get(row.id) ?? this.#base.indexOf(row.id)));
    }
    fresh.sort((a, b) => a - b);
    const start = lowerBound(base, from * SLOTS);
    const end = lowerBound(base, (to + 1) * SLOTS);
    const merged = new Float64Array(end - start + fresh.length);
    let length = 0;
    let next = 0;
    for (let place = start; place < end; place += 1) {
      const key = base[place] as number;
      if (this.#changed.size > 0 && this.#changed.has(this.#base.idOf(key % SLOTS))) continue;
      while (next < fresh.length && (fresh[next] as number) < key) merged[length++] = (fresh[next++] as number) % SLOTS;
      merged[length++] = key % SLOTS;
    }
    while (next < fresh.length) merged[length++] = (fresh[next++] as number) % SLOTS;
    return merged.subarray(0, length);
  }

  #sortBase(): Float64Array {
    const keys = new Float64Array(this.#base.count);
    for (let index = 0; index < keys.length; index += 1)
      keys[index] = this.#base.brief(index).updated_at * SLOTS + index;
    return keys.sort();
  }
}

function lowerBound(keys: Float64Array, wanted: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ids of base rows: every third number with a jump of 0 or 1, as real accounts leave gaps. */
export function spacedIds(
  count: number,
  first: number,
  jump: (index: number) => number,
): Pick<BaseRows<never, never>, 'count' | 'idOf' | 'indexOf'> {
  const idOf = (index: number): number => first + index * 3 + (jump(index) & 1);
  return {
    count,
    idOf,
    indexOf(id) {
      const index = Math.floor((id - first) / 3);
      return index >= 0 && index < count && idOf(index) === id ? index : -1;
    },
  };
}

/** Base of a table that starts empty. */
export const noBase: BaseRows<never, never> = {
  count: 0,
  idOf: () => 0,
  indexOf: () => -1,
  brief: absent,
  at: absent,
};

function absent(): never {
  throw new RangeError('the table has no base rows');
}

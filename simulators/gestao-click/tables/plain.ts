// Tables without store, kind or dates: clients, products, and the small ones.
import type { Row } from '../wire.ts';
import type { Entry, Filter, Query, Table } from './table.ts';

export interface PlainOptions {
  name: string;
  wrapper?: string;
  count: number;
  /** Id of the first row, and the step to the next. */
  firstId: number;
  step: number;
  row(index: number): Row;
  filters?: Readonly<Record<string, Filter>>;
  detail?(entry: Entry): Row;
}

/** A table whose ids are an arithmetic series: row `i` has id `firstId + i * step`. */
export function plainTable(options: PlainOptions): Table {
  const { firstId, step, count } = options;
  let all: Int32Array | null = null;
  return {
    ...shared(options),
    part: () => {
      all ??= Int32Array.from({ length: count }, (_, i) => firstId + i * step);
      return { key: 'all', ids: all };
    },
    make: (id) => {
      const index = (id - firstId) / step;
      return Number.isInteger(index) && index >= 0 && index < count ? bare(id, options.row(index)) : null;
    },
    firstFreeId: firstId + count * step,
  };
}

export interface SmallOptions {
  name: string;
  wrapper?: string;
  /** All rows; read at each listing, since switches change some. */
  rows(): Row[];
  filters?: Readonly<Record<string, Filter>>;
  detail?(entry: Entry): Row;
}

/** A table of a few rows with any ids. */
export function smallTable(options: SmallOptions): Table {
  let rows: Map<number, Row> | null = null;
  const read = (): Map<number, Row> => new Map(options.rows().map((row) => [Number(row['id']), row]));
  return {
    ...shared(options),
    part: () => {
      rows = read();
      return { key: `all:${rows.size}`, ids: Int32Array.from(rows.keys()).sort() };
    },
    make: (id) => {
      rows ??= read();
      const row = rows.get(id);
      return row ? bare(id, row) : null;
    },
    firstFreeId: Math.max(0, ...options.rows().map((row) => Number(row['id']))) + 1000,
  };
}

const bare = (id: number, row: Row): Entry => ({ id, row, storeId: '', kind: '' });

function shared(options: Pick<PlainOptions, 'name' | 'wrapper' | 'filters' | 'detail'>) {
  return {
    name: options.name,
    ...(options.wrapper ? { wrapper: options.wrapper } : {}),
    ...(options.detail ? { detail: options.detail } : {}),
    newestFirst: false,
    inPart: (_entry: Entry, _query: Query) => true,
    filters: options.filters ?? {},
    order: (entry: Entry) => entry.id,
    orderOf: (id: number) => id,
    ordered: ['id'],
  };
}

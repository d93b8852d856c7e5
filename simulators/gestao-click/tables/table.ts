// What a table of the API is: rows that are made on demand, in an order that is known without making them.
import type { GestaoClickSwitches } from '../switches.ts';
import type { World } from '../../world/index.ts';
import type { Row } from '../wire.ts';

/** Query parameters of one request; the last of repeated ones wins, as in PHP. */
export type Query = ReadonlyMap<string, string>;

/** A row, and what the API knows of it but does not write into it. */
export interface Entry {
  id: number;
  row: Row;
  /** Id of the store that it belongs to; '' for what all stores share. */
  storeId: string;
  /** The `tipo` of a sale or quote; '' elsewhere. */
  kind: string;
}

/** The part of a table that a request's scope (store, `tipo`, dates) leaves, ascending in the table's order. */
export interface Part {
  /** Equal for requests with equal parts. */
  key: string;
  ids: Int32Array;
}

export interface Filter {
  /** Decides on a row. */
  test(entry: Entry, value: string): boolean;
  /** Decides by id, without making the row; only for rows that nobody changed. */
  quick?(id: number, value: string): boolean;
}

export interface Table {
  /** Path segment: `vendas`. */
  name: string;
  /** Key that wraps each row of the list: `FormasPagamento`. */
  wrapper?: string;
  /** True where the list comes newest first unless asked otherwise. */
  newestFirst: boolean;
  part(query: Query): Part;
  /** Whether a changed row is in the part that the query's scope leaves. */
  inPart(entry: Entry, query: Query): boolean;
  filters: Readonly<Record<string, Filter>>;
  /** A number by which the table's order ascends; `order(entry)` equals `orderOf(entry.id)` for unchanged rows. */
  order(entry: Entry): number;
  orderOf(id: number): number;
  /** Fields by which the rows ascend in the table's order anyway. */
  ordered: readonly string[];
  /** The unchanged row, or null where there is none of that id. */
  make(id: number): Entry | null;
  /** What GET by id shows beyond the row of the list. */
  detail?(entry: Entry): Row;
  /** The first id for records that are created. */
  firstFreeId: number;
}

/** What tables are made of. Switches are read at each use: they may be turned at any time. */
export interface TableDeps {
  world: World;
  switches: GestaoClickSwitches;
}

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

/** `field` equals the value, as texts. */
export const equals = (field: string): Filter => ({
  test: ({ row }, value) => String(row[field] ?? '') === value,
});

/** One of the fields contains the value; case and accents do not matter. */
export const contains = (...fields: string[]): Filter => ({
  test: ({ row }, value) => fields.some((field) => fold(String(row[field] ?? '')).includes(fold(value))),
});

/** One of the fields contains the value's digits and letters, whatever the punctuation. */
export const containsBare = (...fields: string[]): Filter => {
  const bare = (text: unknown): string =>
    String(text ?? '')
      .replace(/[^0-9A-Za-z]/g, '')
      .toUpperCase();
  return { test: ({ row }, value) => fields.some((field) => bare(row[field]).includes(bare(value))) };
};

/** The decimal number in `field` is at least (1) or at most (-1) the value. */
export const bound = (field: string, direction: 1 | -1): Filter => ({
  test: ({ row }, value) => (Number(row[field]) - Number(value)) * direction >= 0,
});

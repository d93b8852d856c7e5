// How a type of the graph is read from its table: which column feeds which property, what a field needs, which other
// rows and lists hang on it.
import { raw, type Sql } from '../sql.ts';
import type { AllowedWallets } from './subgraph.ts';
import { inWallets } from './where.ts';

/** A row that another row points to. */
export interface ToOne {
  readonly source: () => Source<never>;
  /** Property that holds the other row's id. */
  readonly key: string;
}

/** A small bounded list of rows that name their parent in a column: `saleItem` of a sale. */
export interface ToMany {
  readonly source: () => Source<never>;
  /** Column of the child that holds the parent's id. */
  readonly parent: string;
  /** Properties of the child that it is ordered by. */
  readonly orderBy: readonly string[];
  /** Condition over `t` (trusted text), besides the child's own. */
  readonly where?: string;
}

/** A table as a type. Statements call it `t`. */
export interface Source<Row extends object> {
  /** With its schema: `gestao_click.sale`. */
  readonly table: string;
  /** Property to column. `metadata` stays out: it is big, and read only when it is selected. */
  readonly columns: Readonly<Record<string, string>>;
  /** Properties that are read whatever is selected: `id`, and what resolvers of other fields or orders look at. */
  readonly always: readonly string[];
  /** Properties that a field reads besides (or instead of) the one of its own name. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** Fields that are rows of another table, joined when they are selected; null where the other row has not arrived. */
  readonly toOne: Readonly<Record<string, ToOne>>;
  /** Fields that are lists of another table, read together with the row when they are selected. */
  readonly toMany: Readonly<Record<string, ToMany>>;
  /** Properties that are decimals: inside JSON they travel as text, because a JSON number is read as a float. */
  readonly decimals: readonly string[];
  readonly hasMetadata: boolean;
  /** Columns that must hold an allowed wallet. */
  readonly walletColumns: readonly string[];
  /** Condition over `t` (trusted text) that every row of the type meets: `t.visible`. */
  readonly condition?: string;
  readonly row?: (row: Row) => void;
}

export interface SourceOptions {
  table: string;
  columns: Readonly<Record<string, string>>;
  always?: readonly string[];
  needs?: Readonly<Record<string, readonly string[]>>;
  toOne?: Readonly<Record<string, ToOne>>;
  toMany?: Readonly<Record<string, ToMany>>;
  decimals?: readonly string[];
  /** Default true: the table has a column `metadata`. */
  hasMetadata?: boolean;
  /** Default `wallet_id`. */
  walletColumns?: readonly string[];
  /** Condition over `t` (trusted text) that every row of the type meets; joins to the type do not check it. */
  condition?: string;
}

/** Conditions over `t`: rows that are of the type, in wallets that the caller may see. */
export const rowsSeen = (source: Source<never>, allowed: AllowedWallets): readonly Sql[] => [
  ...inWallets(allowed, source.walletColumns),
  ...(source.condition === undefined ? [] : [raw(source.condition)]),
];

/** Declares a source of rows of the given shape; `id` is read always, where the table has it. */
export const defineSource = <Row extends object>(options: SourceOptions): Source<Row> => ({
  needs: {},
  toOne: {},
  toMany: {},
  decimals: [],
  hasMetadata: true,
  walletColumns: ['wallet_id'],
  ...options,
  always: [...new Set([...('id' in options.columns ? ['id'] : []), ...(options.always ?? [])])],
});

/** Columns named like their properties, in snake case: `unitPrice` is `unit_price`. */
export const snakeColumns = (...properties: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    properties.map((property) => [property, property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
  );

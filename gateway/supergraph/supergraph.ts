// What the gateway knows of the graph: the text that planners read, the schema that clients see, and the rules on its fields.
// Made by `readSupergraph` (read.ts).
import type { GraphQLSchema } from 'graphql';

/** What a caller must hold for one coordinate. */
export interface Requirement {
  /** `@authenticated`: any caller that is known. */
  readonly authenticated: boolean;
  /** `@requiresScopes(scopes:)`: all of at least one of these sets. Empty: no scope is asked. */
  readonly anyOf: readonly (readonly string[])[];
}

/** `@cacheControl` of a field or a type. Seconds. */
export interface CacheHint {
  readonly maxAge?: number;
  readonly scope?: 'PUBLIC' | 'PRIVATE';
  readonly inheritMaxAge?: boolean;
}

/** `@listSize` of a field: how many elements its list may have. */
export interface ListSize {
  readonly assumedSize?: number;
  readonly slicingArguments?: readonly string[];
  readonly sizedFields?: readonly string[];
  /** Left out it means true. */
  readonly requireOneSlicingArgument?: boolean;
}

export interface Supergraph {
  /** sha256 of the text as it was given. */
  readonly hash: string;
  /** Without the security links, definitions and applications: what planners and Apollo's gateway are given. */
  readonly sdl: string;
  /** Without what is `@inaccessible`; with `@defer`, so that clients may send it. */
  readonly apiSchema: GraphQLSchema;
  /** By coordinate: `Sale.metadata`, or `DeadLetter` for every field that returns the type. */
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly cacheHints: ReadonlyMap<string, CacheHint>;
  /** `@cost(weight:)` by coordinate: `Sale.items`, `Sale`, `Query.sales(filter:)`, `SaleFilter.search`. */
  readonly costs: ReadonlyMap<string, { readonly weight: number }>;
  /** By coordinate of a field. */
  readonly listSizes: ReadonlyMap<string, ListSize>;
  /** Names of the subgraphs. */
  readonly subgraphs: readonly string[];
}

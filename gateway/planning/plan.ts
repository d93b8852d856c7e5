// The one representation of query plans: every planner's own format is turned into it, and only it is executed.

/** Whole plan of one operation; `root` is null where nothing has to be fetched (only `__typename` or introspection). */
export interface Plan {
  readonly planner: 'hive' | 'apollo';
  readonly root: PlanNode | null;
}

export type PlanNode = FetchNode | EntitiesNode | SequenceNode | ParallelNode | ConditionNode | SubscriptionNode | DeferNode;

export interface FetchBase {
  /** Key of `sources`: the subgraph's name in the supergraph. */
  readonly service: string;
  readonly operation: string;
  readonly operationName?: string;
  /** Client variables that the fetch passes on (those that the client gave). */
  readonly variableUsages: readonly string[];
  /** Name under which deferred blocks depend on this fetch. */
  readonly id?: string;
}

/** Root fields. With `path` (a Query type below the root) its data is merged into each object found there. */
export interface FetchNode extends FetchBase {
  readonly kind: 'fetch';
  readonly operationKind: 'query' | 'mutation' | 'subscription';
  readonly path?: PlanPath;
  readonly outputRewrites: readonly Rewrite[];
}

/** A flattened fetch, or a batch of them: one operation with one `_entities` list per group. */
export interface EntitiesNode extends FetchBase {
  readonly kind: 'entities';
  readonly groups: readonly EntityGroup[];
}
export interface EntityGroup {
  /** Response key of this group's `_entities`: `_entities`, or `_e0` … in a batch. */
  readonly alias: string;
  /** Variable that takes its representations. */
  readonly variable: string;
  /** Where in the answer the entities stand. One path in a plain flatten. */
  readonly paths: readonly PlanPath[];
  readonly requires: readonly Requirement[];
  readonly inputRewrites: readonly Rewrite[];
  readonly outputRewrites: readonly Rewrite[];
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly nodes: readonly PlanNode[];
}
export interface ParallelNode {
  readonly kind: 'parallel';
  readonly nodes: readonly PlanNode[];
}
export interface ConditionNode {
  readonly kind: 'condition';
  /** Name of a Boolean variable. */
  readonly variable: string;
  readonly ifTrue: PlanNode | null;
  readonly ifFalse: PlanNode | null;
}
/** Root of a subscription's plan: the stream, and what is executed for each of its events. */
export interface SubscriptionNode {
  readonly kind: 'subscription';
  readonly primary: FetchNode;
  readonly rest: PlanNode | null;
}
/** Root of a plan with `@defer` (below conditions, where `if:` is a variable), or of one of its deferred blocks. */
export interface DeferNode {
  readonly kind: 'defer';
  readonly primary: { readonly subselection: string | null; readonly node: PlanNode | null };
  readonly deferred: readonly DeferredBlock[];
}
export interface DeferredBlock {
  /** Ids of fetches of the enclosing plan that must be over. */
  readonly depends: readonly string[];
  readonly label?: string;
  /** Response keys from the root to the fragment (no list positions). */
  readonly queryPath: readonly string[];
  readonly subselection: string | null;
  readonly node: PlanNode | null;
}

/** A response key; every element of a list; or only objects of these types (an abstract type stands with the object types that belong to it). */
export type PathStep = { readonly field: string } | '@' | { readonly types: readonly string[] };
export type PlanPath = readonly PathStep[];

/** What of an object becomes its representation. */
export type Requirement =
  | { readonly kind: 'field'; readonly name: string; readonly alias?: string; readonly selections?: readonly Requirement[] }
  | {
      readonly kind: 'fragment';
      readonly type: string | null;
      /** Where `type` is abstract: it, and the object types that belong to it. */
      readonly types?: readonly string[];
      /** Names of Boolean variables: without `includeIf`, or with `skipIf`, the selections do not count. */
      readonly includeIf?: string;
      readonly skipIf?: string;
      readonly selections: readonly Requirement[];
    };

export type RewriteStep = { readonly key: string } | { readonly types: readonly string[] };
export type Rewrite =
  | { readonly kind: 'set'; readonly path: readonly RewriteStep[]; readonly value: unknown }
  | { readonly kind: 'rename'; readonly path: readonly RewriteStep[]; readonly to: string };

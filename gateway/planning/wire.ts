// Query plans as the planners write them: both formats have the same nodes, and differ in how paths and rewrites are said.

export interface WirePlan {
  readonly kind: 'QueryPlan';
  readonly node?: WireNode | null;
}

export type WireNode = WireFetch | WireBatch | WireFlatten | WireList | WireCondition | WireSubscription | WireDefer;

interface WireFetchBase {
  readonly serviceName: string;
  readonly operation: string;
  readonly operationName?: string | null;
  readonly operationKind?: 'query' | 'mutation' | 'subscription';
  readonly variableUsages?: readonly string[];
  readonly id?: string | null;
}
/** `kind` is not said where a fetch is the primary of a subscription. */
export interface WireFetch extends WireFetchBase {
  readonly kind: 'Fetch';
  readonly requires?: readonly WireRequirement[];
  readonly inputRewrites?: readonly unknown[];
  readonly outputRewrites?: readonly unknown[];
}
/** Hive: one operation with several lists of entities. */
export interface WireBatch extends WireFetchBase {
  readonly kind: 'BatchFetch';
  readonly entityBatch: {
    readonly aliases: readonly {
      readonly alias: string;
      readonly representationsVariableName: string;
      readonly paths: readonly (readonly unknown[])[];
      readonly requires: readonly WireRequirement[];
      readonly inputRewrites?: readonly unknown[];
      readonly outputRewrites?: readonly unknown[];
    }[];
  };
}
export interface WireFlatten {
  readonly kind: 'Flatten';
  readonly path: readonly unknown[];
  readonly node: WireNode;
}
export interface WireList {
  readonly kind: 'Sequence' | 'Parallel';
  readonly nodes: readonly WireNode[];
}
export interface WireCondition {
  readonly kind: 'Condition';
  readonly condition: string;
  readonly ifClause?: WireNode | null;
  readonly elseClause?: WireNode | null;
}
/** Apollo says the rest here, Hive beside it in a Sequence. */
export interface WireSubscription {
  readonly kind: 'Subscription';
  readonly primary: Omit<WireFetch, 'kind'>;
  readonly rest?: WireNode | null;
}
export interface WireDefer {
  readonly kind: 'Defer';
  readonly primary: { readonly subselection?: string | null; readonly node?: WireNode | null };
  readonly deferred: readonly {
    readonly depends: readonly { readonly id: string }[];
    readonly label?: string | null;
    readonly queryPath: readonly string[];
    readonly subselection?: string | null;
    readonly node?: WireNode | null;
  }[];
}

export type WireRequirement =
  | { readonly kind: 'Field'; readonly name: string; readonly alias?: string | null; readonly selections?: readonly WireRequirement[] | null }
  | {
      readonly kind: 'InlineFragment';
      readonly typeCondition?: string | null;
      readonly selections: readonly WireRequirement[];
      readonly skipIf?: string | null;
      readonly includeIf?: string | null;
    }
  | { readonly kind: 'FragmentSpread'; readonly value: string };

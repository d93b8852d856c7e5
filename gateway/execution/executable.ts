// The port between the compiler and whoever runs operations: what an operation is compiled from, and what it becomes.
import type { DocumentNode, GraphQLFormattedError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Answer } from '../../lib/graphql/run.ts';
import type { FetchBase, Plan } from '../planning/plan.ts';
import type { RequestContext } from '../request.ts';
import type { Result } from '../result.ts';
import type { SourceEvent, Sources, Variables } from '../sources/source.ts';
import type { ClientKeys } from './client-keys.ts';

/** A field that the caller may not see: it is not in the plan, and written as null with this error at its path. */
export interface Refusal {
  readonly code: 'FORBIDDEN' | 'UNAUTHENTICATED';
  readonly message: string;
}

export interface CompileInput {
  /** The schema that clients see. */
  readonly schema: GraphQLSchema;
  /** Valid; holds the fields as the client asked for them, refused ones included. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly plan: Plan;
  /** By coordinate (`Sale.metadata`), as the concrete type has it. */
  readonly refused: ReadonlyMap<string, Refusal>;
  /** Response keys that stand for those of many clients: each execution brings its own (`ExecuteInput.keys`). Names of no field. */
  readonly canonical?: readonly string[] | undefined;
  readonly sources: Sources;
  /** What may leave of an error of a subgraph (see gateway/errors.ts). Called with the path of the client's answer. */
  readonly formatError: (error: GraphQLFormattedError) => GraphQLFormattedError;
}

export interface ExecuteInput {
  /** Coerced against the operation's definitions: defaults filled in, what the client left out left out. Decide conditions by these. */
  readonly coerced: Variables;
  /** As the client sent them: these travel to the subgraphs. */
  readonly raw: Variables;
  readonly request: RequestContext;
  /** What stands in this answer for the canonical keys, where the operation was compiled for such. */
  readonly keys?: ClientKeys | undefined;
}

/** Which path an answer took. `text` may end as `object`, which is counted as a fallback. */
export type Tier = 'local' | 'text' | 'object';

/** A compiled operation. Never rejects: whatever happens becomes errors of the answer. */
export interface Executable {
  readonly tier: Tier;
  execute(input: ExecuteInput): Promise<Result>;
}

/**
 * Answers that are at hand, by the node of the plan (the very object) that would have fetched them: each is taken once, in
 * place of that node's fetch, as if the source had just returned it. The answer of an entities node holds one list per group, under the group's
 * alias, and stands for these representations: paths in the plan's order, objects in the order of the answer, each distinct
 * representation once, where it is met first; objects without a key (all fields of `requires` are null
 * or missing), or for which an earlier fetch brought nothing, left out. A list of another length is not believed, and fetched again.
 */
export type AnswersAtHand = ReadonlyMap<FetchBase, Answer>;

/** The object tier: what other tiers fall back to, with the answers that they already have. */
export interface ObjectExecutable extends Executable {
  execute(input: ExecuteInput, given?: AnswersAtHand): Promise<Result>;
}

/** A compiled subscription: its stream is opened by the caller, each event is completed here. */
export interface StreamExecutable {
  readonly tier: Tier;
  /** Service, operation and variables of the primary stream. */
  readonly primary: Plan['root'] & { readonly kind: 'fetch' };
  /** The event's own data, then the rest of the plan. */
  execute(event: SourceEvent, input: ExecuteInput): Promise<Result>;
}

/** A compiled operation with `@defer`: the first part, then each deferred one as soon as it is there. */
export interface IncrementalExecutable {
  readonly tier: Tier;
  execute(input: ExecuteInput): AsyncGenerator<IncrementalResult, void, void>;
}
/** Payload in the form of `multipart/mixed; deferSpec=20220824`: `{data,errors?,hasNext}` first, then `{incremental:[…],hasNext}`. */
export interface IncrementalResult {
  readonly text: string;
  readonly encoding: 'utf8' | 'latin1';
  readonly errors: readonly GraphQLFormattedError[];
  readonly hasNext: boolean;
}

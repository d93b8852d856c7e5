// The port between the gateway and one subgraph, wherever it runs.
import type { Answer } from '../../lib/graphql/run.ts';
import type { RequestContext } from '../request.ts';
import type { SourceStats } from './resilience.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** One operation that a plan sends to a subgraph. Prepared once per compiled operation, run for each request. */
export interface PlannedFetch {
  readonly operation: string;
  readonly operationName?: string | undefined;
  readonly operationKind: 'query' | 'mutation' | 'subscription';
}

export interface PreparedFetch {
  /**
   * The subgraph's answer: `data` may be partial, `errors` carry the subgraph's own paths. Rejects with a PonteError
   * (SUBGRAPH_UNAVAILABLE, DEADLINE_EXCEEDED …) where there is none, or with the reason of the request's signal.
   * In process the objects may be shared by nobody else: the caller may write into them.
   */
  run(variables: Variables, request: RequestContext): Promise<Answer>;
  /**
   * The same as text, where the subgraph is remote: `variables` is a JSON object, the answer the body of a 200, both as
   * `latin1` strings that hold UTF-8 bytes. Rejects as `run` does; a body that is not an answer is for the caller to find.
   */
  readonly exchange?: (variables: string, request: RequestContext) => Promise<string>;
}

/** One event of a subscription: resolved within the request that is made for it. */
export type SourceEvent = (request: RequestContext) => Promise<Answer>;

export interface Source {
  /** Name in the supergraph. */
  readonly name: string;
  /** `local`: in this process, answers are objects that were never serialised. */
  readonly kind: 'local' | 'remote';
  /** Of a remote source, for metrics. */
  readonly stats?: SourceStats;
  prepare(fetch: PlannedFetch): PreparedFetch;
  /** Opens the primary stream of a subscription. `stream` lives as long as the stream, and is aborted at its end. */
  open(fetch: PlannedFetch, variables: Variables, stream: RequestContext): Promise<{ events: AsyncIterator<SourceEvent> } | { refusal: Answer }>;
  /** Resolves when the subgraph answers; rejects otherwise. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
export type Sources = Readonly<Record<string, Source>>;

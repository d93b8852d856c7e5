// The port between the gateway and one subgraph, wherever it runs.
import type { GraphQLDataSource } from '@apollo/gateway';
import type { Answer } from '../../lib/graphql/run.ts';
import type { RequestContext } from '../request.ts';

/** What the query planner sends to a subgraph. */
export interface Fetch {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** One event of a subscription: resolved within the request that is made for it. */
export type SourceEvent = (request: RequestContext) => Promise<Answer>;

export interface Source extends GraphQLDataSource {
  /** Opens the primary stream of a subscription. `stream` lives as long as the stream, and is aborted at its end. */
  open(fetch: Fetch, stream: RequestContext): Promise<{ events: AsyncIterator<SourceEvent> } | { refusal: Answer }>;
  /** Resolves when the subgraph answers; rejects otherwise. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

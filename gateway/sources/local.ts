// A subgraph in this process: no HTTP, no serialisation, and one context (its loaders) for all fetches of a request.
import type { GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { PonteError } from '../../lib/errors.ts';
import { Documents } from '../../lib/graphql/documents.ts';
import { openEvents, runOperation, type Answer } from '../../lib/graphql/run.ts';
import { mapStream } from '../../lib/graphql/stream.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import type { Logger } from '../../lib/log.ts';
import type { GatewayContext, RequestContext } from '../request.ts';
import { failedFetch, hasUnknownEntities, unavailable } from './failure.ts';
import type { Fetch, Source, SourceEvent } from './source.ts';

export class LocalSource implements Source {
  readonly #subgraph: Subgraph;
  readonly #log: Logger;
  /** The planner's own texts: trusted, so not validated. */
  readonly #documents = new Documents();

  constructor(subgraph: Subgraph, log: Logger) {
    this.#subgraph = subgraph;
    this.#log = log.child({ subgraph: subgraph.name });
  }

  async process(options: GraphQLDataSourceProcessOptions): Promise<Answer> {
    const { query = '', variables, operationName } = options.request;
    const { request } = options.context as GatewayContext;
    const document = this.#documents.parse(query);
    try {
      const operation = { document, variables, operationName };
      const answer = await runOperation(this.#subgraph, operation, { context: request.contextOf(this.#subgraph), signal: request.signal, log: this.#log });
      if (hasUnknownEntities(answer) && 'pathInIncomingRequest' in options) request.markGone(options.pathInIncomingRequest ?? []);
      return answer;
    } catch (error) {
      if (error instanceof PonteError) return failedFetch(document, variables, error);
      if (!request.signal.aborted) this.#log.error({ error }, 'A subgraph failed unexpectedly');
      return failedFetch(document, variables, unavailable(error));
    }
  }

  async open({ query, variables, operationName }: Fetch, stream: RequestContext): Promise<{ events: AsyncIterator<SourceEvent> } | { refusal: Answer }> {
    const operation = { document: this.#documents.parse(query), variables, operationName };
    const opened = await openEvents(this.#subgraph, operation, { context: stream.contextOf(this.#subgraph), signal: stream.signal, log: this.#log });
    if ('refusal' in opened) return opened;
    const resolve = (event: unknown): SourceEvent => (request) =>
      runOperation(this.#subgraph, operation, { context: request.contextOf(this.#subgraph), signal: request.signal, log: this.#log, event });
    return { events: mapStream(opened.events, { map: resolve }) };
  }

  async check(): Promise<void> {
    // In this process: it answers as long as the process does.
  }

  async close(): Promise<void> {
    // Nothing of its own is open.
  }
}

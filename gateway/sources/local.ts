// A subgraph in this process: no HTTP, no serialisation, and one context (its loaders) for all fetches of a request.
import { openEvents, type Answer } from '../../lib/graphql/run.ts';
import { Recent } from '../../lib/graphql/documents.ts';
import { prepareOperation, type PreparedOperation, type RunInput } from '../../lib/graphql/prepared.ts';
import { mapStream } from '../../lib/graphql/stream.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import type { Logger } from '../../lib/log.ts';
import { PonteError } from '../../lib/errors.ts';
import type { RequestContext } from '../request.ts';
import { unavailable } from './failure.ts';
import type { PlannedFetch, PreparedFetch, Source, SourceEvent, Variables } from './source.ts';

export class LocalSource implements Source {
  readonly name: string;
  readonly kind = 'local';
  readonly #subgraph: Subgraph;
  readonly #log: Logger;
  /** Operations of streams: many streams differ in their variables only. */
  readonly #streamed = new Recent<string, PreparedOperation>(200);

  constructor(subgraph: Subgraph, log: Logger) {
    this.name = subgraph.name;
    this.#subgraph = subgraph;
    this.#log = log.child({ subgraph: subgraph.name });
  }

  #input(variables: Variables, request: RequestContext, event?: unknown): RunInput {
    return { variables, context: request.contextOf(this.#subgraph), signal: request.cancel, log: this.#log, event };
  }

  /** The planner's own texts are trusted, so they are not validated. Nothing is shared between the answers of two runs. */
  prepare({ operation, operationName }: PlannedFetch): PreparedFetch {
    const prepared = prepareOperation(this.#subgraph, operation, operationName, this.#log);
    return {
      run: async (variables, request) => {
        try {
          return await prepared.run(this.#input(variables, request));
        } catch (error) {
          throw this.#failure(error, request);
        }
      },
    };
  }

  /** An answer that the subgraph could not give at all; what goes wrong inside a field is an error of the answer. */
  #failure(error: unknown, { cancel }: RequestContext): unknown {
    if (cancel.aborted) return cancel.reason;
    if (error instanceof PonteError) return error;
    this.#log.error({ error }, 'A subgraph failed unexpectedly');
    return unavailable(error);
  }

  async open({ operation, operationName }: PlannedFetch, variables: Variables, stream: RequestContext): Promise<{ events: AsyncIterator<SourceEvent> } | { refusal: Answer }> {
    const key = `${operationName ?? ''}\n${operation}`;
    const prepared = this.#streamed.get(key) ?? prepareOperation(this.#subgraph, operation, operationName, this.#log);
    this.#streamed.set(key, prepared);
    const { document } = prepared;
    const opened = await openEvents(
      this.#subgraph,
      { document, variables, operationName },
      { context: stream.contextOf(this.#subgraph), signal: stream.cancel, log: this.#log },
    );
    if ('refusal' in opened) return opened;
    const resolve = (event: unknown): SourceEvent => (request) => prepared.run(this.#input(variables, request, event));
    return { events: mapStream(opened.events, { map: resolve }) };
  }

  async check(): Promise<void> {
    // In this process: it answers as long as the process does.
  }

  async close(): Promise<void> {
    // Nothing of its own is open.
  }
}

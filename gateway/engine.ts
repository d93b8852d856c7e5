// What every door hands its operations to: finds the text, prepares it for the caller, runs it within the request, and tells
// whoever watches. It never rejects: whatever happens is an answer with errors.
import { GraphQLError } from 'graphql';
import { PonteError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Inquiry } from './doors/port.ts';
import { createErrorFormatter, formatWith } from './errors.ts';
import type { IncrementalResult } from './execution/index.ts';
import type { Graphs } from './graph.ts';
import type { Prepared } from './operations/index.ts';
import type { Principal } from './principal.ts';
import type { RequestContext } from './request.ts';
import { refusal, type Result } from './result.ts';
import type { Streams } from './streams/index.ts';

/** Where the text of an operation comes from: the request itself, a trusted document, or one that was sent before. */
export interface DocumentSource {
  resolve(inquiry: Inquiry, principal: Principal): Promise<string | Result> | string | Result;
}

/** Keeps whole answers of queries for a while. `run` is called where it has none. */
export interface AnswerStore {
  answer(prepared: Prepared, request: RequestContext, run: () => Promise<Result>): Promise<Result>;
}

/** Watches operations. Everything it is told is over when `end` is called. */
export interface OperationWatch {
  prepared(prepared: Prepared): void;
  end(result: { readonly errors: Result['errors']; readonly refused: boolean }): void;
}
export interface Watcher {
  begin(request: RequestContext, inquiry: Inquiry): OperationWatch;
}

export interface EngineOptions {
  readonly graphs: Graphs;
  readonly streams: Streams;
  readonly documents: DocumentSource;
  readonly answers?: AnswerStore | undefined;
  readonly watcher?: Watcher | undefined;
  readonly mutationDeadlineMs: number;
  readonly log: Logger;
}

export type Engine = ReturnType<typeof createEngine>;

const notHere = new PonteError('BAD_USER_INPUT', 'Subscriptions do not travel in a plain HTTP answer', {
  hint: 'Use graphql-transport-ws on the same path, or send accept: text/event-stream or multipart/mixed;subscriptionSpec=1.0.',
});
const notAStream = new PonteError('BAD_USER_INPUT', 'This operation is not a subscription', { hint: 'Send it as an ordinary request.' });

const isResult = (value: Prepared | Result): value is Result => 'text' in value;

export function createEngine({ graphs, streams, documents, answers, watcher, mutationDeadlineMs, log }: EngineOptions) {
  const formatter = createErrorFormatter(log);
  const refuse = (error: unknown): Result => refusal([formatWith(formatter, error)]);

  /** Ready to run, or the refusal. */
  async function prepare(inquiry: Inquiry, principal: Principal, defer: boolean): Promise<Prepared | Result> {
    try {
      const query = await documents.resolve(inquiry, principal);
      if (typeof query !== 'string') return query;
      return await graphs.current.operations.prepare({ query, operationName: inquiry.operationName, variables: inquiry.variables }, principal, { defer });
    } catch (error) {
      return refuse(error);
    }
  }

  async function run(inquiry: Inquiry, request: RequestContext, defer: boolean): Promise<Result | AsyncGenerator<IncrementalResult>> {
    const watch = watcher?.begin(request, inquiry);
    const done = (result: Result): Result => {
      watch?.end(result);
      return result;
    };
    const prepared = await prepare(inquiry, request.principal, defer);
    if (isResult(prepared)) return done(prepared);
    watch?.prepared(prepared);
    const { compiled, kind, coerced, raw } = prepared;
    if (kind === 'mutation') {
      if (inquiry.readOnly) return done(refuse(new PonteError('BAD_USER_INPUT', 'A GET request changes nothing: mutations need POST')));
      request.setDeadline(mutationDeadlineMs);
    }
    if (compiled.kind === 'stream') return done(refuse(notHere));
    const input = { coerced, raw, request };
    if (compiled.kind === 'incremental') {
      const parts = compiled.executable.execute(input);
      return watch ? watched(parts, watch) : parts;
    }
    const { executable } = compiled;
    request.tally.tier = executable.tier;
    const execute = () => executable.execute(input);
    return done(await (kind === 'query' && answers ? answers.answer(prepared, request, execute) : execute()));
  }

  return {
    /** A query or mutation; `@defer` is not asked for: everything comes at once. */
    async execute(inquiry: Inquiry, request: RequestContext): Promise<Result> {
      try {
        return (await run(inquiry, request, false)) as Result;
      } catch (error) {
        return refuse(error);
      }
    },

    /** The same for a client that takes the answer in parts. */
    async executeIncremental(inquiry: Inquiry, request: RequestContext): Promise<Result | AsyncGenerator<IncrementalResult>> {
      try {
        return await run(inquiry, request, true);
      } catch (error) {
        return refuse(error);
      }
    },

    /** A subscription: its events, ready to leave, or the reason why there are none. `return()` ends it upstream at once. */
    async subscribe(inquiry: Inquiry, { principal, signal }: { principal: Principal; signal?: AbortSignal }): Promise<AsyncGenerator<Result> | Result> {
      const prepared = await prepare(inquiry, principal, false);
      if (isResult(prepared)) return prepared;
      const { compiled, coerced, raw, shareKey } = prepared;
      if (compiled.kind !== 'stream') return refuse(notAStream);
      try {
        return await streams.open({ executable: compiled.executable, coerced, raw, principal, shareKey, ...(signal ? { signal } : {}) });
      } catch (error) {
        return refuse(error);
      }
    },

    /** What an operation is, without running it; null where it cannot be told from its text alone. */
    operationKind(inquiry: Inquiry, defer = false): Prepared['kind'] | 'incremental' | null {
      return inquiry.query === undefined ? null : graphs.current.operations.kindOf({ query: inquiry.query, operationName: inquiry.operationName }, defer);
    },

    refuse,
  };
}

/** The parts of a deferred answer; the watch ends with the last of them, or when the reader leaves. */
async function* watched(parts: AsyncGenerator<IncrementalResult>, watch: OperationWatch): AsyncGenerator<IncrementalResult, void, void> {
  const errors: IncrementalResult['errors'][number][] = [];
  try {
    for await (const part of parts) {
      errors.push(...part.errors);
      yield part;
    }
  } finally {
    watch.end({ errors, refused: false });
  }
}

/** The text as it was sent; nothing else is known. */
export const asSent: DocumentSource = {
  resolve({ query }) {
    if (query !== undefined) return query;
    const error = new GraphQLError('The request holds no query', { extensions: { code: 'BAD_REQUEST' } });
    return refusal([{ message: error.message, extensions: error.extensions }], { status: 400 });
  },
};

// What every door hands its operations to: finds the text, prepares it for the caller, runs it within the request, and tells
// whoever watches. It never rejects: whatever happens is an answer with errors.
import type { Cancel } from '../lib/cancel.ts';
import { PonteError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Engine, Exchange, Inquiry, OperationKind, StreamRequest } from './doors/port.ts';
import { createErrorFormatter, formatWith, refusalWith } from './errors.ts';
import type { IncrementalResult } from './execution/index.ts';
import type { Graphs } from './graph.ts';
import type { Prepared } from './operations/index.ts';
import type { Principal } from './principal.ts';
import type { RequestContext } from './request.ts';
import { refusal, type Result } from './result.ts';
import type { Streams } from './streams/index.ts';
import { explain, mayExplain, withExtensions } from './telemetry/index.ts';

/** Where the text of an operation comes from: the request itself, a trusted document, or one that was sent before. */
export interface DocumentSource {
  /** The text, where it can be told at once. Default: the one of the request. */
  peek?(inquiry: Inquiry): string | undefined;
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
  /** A subscription, from its opening to its end. */
  stream?(inquiry: Inquiry, request: StreamRequest): OperationWatch;
}

/** Says no to a caller who asks for too much in too short a time; null lets the operation pass. */
export interface Throttle {
  take(principal: Principal, price: number): Result | null | Promise<Result | null>;
}

/** The requests under way. */
export interface Requests {
  begin(principal: Principal, exchange: Exchange): RequestContext;
  end(request: RequestContext): void;
}

export interface EngineOptions extends Requests, Pick<Engine, 'admit' | 'authenticate' | 'readiness' | 'metrics'> {
  readonly graphs: Graphs;
  readonly streams: Streams;
  readonly documents: DocumentSource;
  readonly answers?: AnswerStore | undefined;
  readonly watcher?: Watcher | undefined;
  readonly throttle?: Throttle | undefined;
  readonly mutationDeadlineMs: number;
  readonly log: Logger;
}

const notHere = new PonteError('BAD_USER_INPUT', 'Subscriptions do not travel in a plain HTTP answer', {
  hint: 'Use graphql-transport-ws on the same path, or send accept: text/event-stream or multipart/mixed;subscriptionSpec=1.0.',
});
const notAStream = new PonteError('BAD_USER_INPUT', 'This operation is not a subscription', { hint: 'Send it as an ordinary request.' });

const isResult = (value: Prepared | Result): value is Result => 'text' in value;

export function createEngine(options: EngineOptions): Engine {
  const { graphs, streams, documents, answers, watcher, throttle, mutationDeadlineMs, log } = options;
  const formatter = createErrorFormatter(log);
  const refuse = (error: unknown): Result => refusal([formatWith(formatter, error)]);
  /** What went wrong on the way: its status says whose fault it is. */
  const failed = (error: unknown): Result => refusalWith([formatWith(formatter, error)]);

  /** Ready to run, and paid for; or the refusal. */
  async function prepare(inquiry: Inquiry, principal: Principal, defer: boolean, cancel?: Cancel): Promise<Prepared | Result> {
    try {
      const query = await documents.resolve(inquiry, principal);
      if (typeof query !== 'string') return query;
      const prepared = await graphs.current.operations.prepare({ query, operationName: inquiry.operationName, variables: inquiry.variables }, principal, { defer, cancel });
      return (isResult(prepared) ? null : await throttle?.take(principal, prepared.price)) ?? prepared;
    } catch (error) {
      return failed(error);
    }
  }

  async function run(inquiry: Inquiry, request: RequestContext, defer: boolean): Promise<Result | AsyncGenerator<IncrementalResult>> {
    const watch = watcher?.begin(request, inquiry);
    const done = (result: Result): Result => {
      watch?.end(result);
      return result;
    };
    const prepared = await prepare(inquiry, request.principal, defer, request.cancel);
    if (isResult(prepared)) return done(prepared);
    watch?.prepared(prepared);
    if (inquiry.extensions?.['plan'] === true && mayExplain(request.principal)) request.fetchTimes ??= new Map();
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
    let result: Result;
    try {
      result = await (kind === 'query' && answers ? answers.answer(prepared, request, execute) : execute());
    } catch (error) {
      return done(failed(error));
    }
    return done(request.fetchTimes ? withExtensions(result, { plan: explain(compiled.plan, executable.tier, request) }) : result);
  }

  return {
    /** A query or mutation; `@defer` is not asked for: everything comes at once. */
    async execute(inquiry: Inquiry, request: RequestContext): Promise<Result> {
      try {
        return (await run(inquiry, request, false)) as Result;
      } catch (error) {
        return failed(error);
      }
    },

    /** The same for a client that takes the answer in parts. */
    async executeIncremental(inquiry: Inquiry, request: RequestContext): Promise<Result | AsyncGenerator<IncrementalResult>> {
      try {
        return await run(inquiry, request, true);
      } catch (error) {
        return failed(error);
      }
    },

    /** A subscription: its events, ready to leave, or the reason why there are none. `return()` ends it upstream at once. */
    async subscribe(inquiry: Inquiry, stream: StreamRequest): Promise<AsyncGenerator<Result> | Result> {
      const { principal, signal } = stream;
      const watch = watcher?.stream?.(inquiry, stream);
      const refused = (result: Result): Result => {
        watch?.end(result);
        return result;
      };
      const prepared = await prepare(inquiry, principal, false, signal);
      if (isResult(prepared)) return refused(prepared);
      watch?.prepared(prepared);
      const { compiled, coerced, raw, shareKey } = prepared;
      if (compiled.kind !== 'stream') return refused(refuse(notAStream));
      try {
        const opened = await streams.open({ executable: compiled.executable, coerced, raw, principal, shareKey, signal });
        if ('text' in opened) return refused(opened);
        return watch ? endTold(opened, watch) : opened;
      } catch (error) {
        return refused(refuse(error));
      }
    },

    /** What an operation is, without running it; null where it cannot be told from its text alone. */
    operationKind(inquiry: Inquiry): OperationKind | null {
      const { operationName } = inquiry;
      const query = documents.peek ? documents.peek(inquiry) : inquiry.query;
      return query === undefined ? null : graphs.current.operations.kindOf({ query, operationName });
    },

    begin: (principal, exchange) => options.begin(principal, exchange),
    end: (request) => options.end(request),
    authenticate: (caller) => options.authenticate(caller),
    readiness: () => options.readiness(),
    ...(options.admit ? { admit: (caller) => options.admit!(caller) } : {}),
    ...(options.metrics ? { metrics: () => options.metrics!() } : {}),
  };
}

/** A stream whose end, however it comes, is told once. Nothing is put between the reader and the events. */
function endTold(events: AsyncGenerator<Result>, watch: OperationWatch): AsyncGenerator<Result> {
  let told = false;
  const tell = <T extends IteratorResult<Result, unknown>>(result: T): T => {
    if (result.done && !told) {
      told = true;
      watch.end({ errors: [], refused: false });
    }
    return result;
  };
  return {
    next: () => events.next().then(tell),
    return: (value) => events.return(value).then(tell),
    throw: (error) => events.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  } as AsyncGenerator<Result>;
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

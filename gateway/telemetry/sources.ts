// A source that is watched: each fetch is timed, counted by how it went, and has a span of its own where traces are on. The answers pass
// through untouched.
import { PonteError } from '../../lib/errors.ts';
import type { Tracing } from '../../lib/tracing.ts';
import type { RequestContext } from '../request.ts';
import type { PlannedFetch, PreparedFetch, Source, Sources } from '../sources/source.ts';

/** How a fetch went. `errors`: an answer with errors in it. */
export type FetchOutcome = 'ok' | 'errors' | 'unavailable' | 'deadline' | 'aborted' | 'failed';

export interface FetchWatcher {
  /** Called once for each operation that is prepared; what it gives is called for each fetch. */
  fetching(subgraph: string, kind: PlannedFetch['operationKind']): (ms: number, outcome: FetchOutcome) => void;
  readonly tracing?: Tracing | undefined;
}

const OUTCOMES: Readonly<Record<string, FetchOutcome>> = { SUBGRAPH_UNAVAILABLE: 'unavailable', DEADLINE_EXCEEDED: 'deadline' };

function outcomeOf(error: unknown, { cancel }: RequestContext): FetchOutcome {
  const reason = cancel.aborted ? cancel.reason : error;
  if (reason instanceof PonteError) return OUTCOMES[reason.code] ?? 'failed';
  return cancel.aborted ? 'aborted' : 'failed';
}

/** Texts are not parsed for it: servers write the errors first, as the specification advises. */
const beginsWithErrors = (text: string): boolean => text.startsWith('{"errors"');

/** Under which the times of a fetch are kept (`RequestContext.fetchTimes`). */
export const timesKey = (subgraph: string, operation: string): string => `${subgraph}\n${operation}`;

function observePrepared(inner: PreparedFetch, { name }: Source, { operation, operationKind, operationName }: PlannedFetch, watcher: FetchWatcher | undefined): PreparedFetch {
  const told = watcher?.fetching(name, operationKind);
  const key = timesKey(name, operation);
  const tracing = watcher?.tracing;

  function traced<T>(tracing: Tracing, request: RequestContext, work: () => Promise<T>): Promise<T> {
    const span = tracing.begin(`fetch ${name}`, 'client', request.span, {
      'ponte.subgraph': name,
      'graphql.operation.type': operationKind,
      ...(operationName === undefined ? {} : { 'graphql.operation.name': operationName }),
    });
    // Sources read it before they wait for anything, so that fetches side by side each send their own.
    const above = request.traceparent;
    request.traceparent = span.traceparent;
    try {
      const answer = tracing.within(span, work);
      answer.then(
        () => span.end(),
        (error: unknown) => span.end(outcomeOf(error, request)),
      );
      return answer;
    } finally {
      if (above === undefined) delete request.traceparent;
      else request.traceparent = above;
    }
  }

  /** `work` gives a promise, and does not throw. */
  function watch<T>(request: RequestContext, work: () => Promise<T>, hasErrors: (answer: T) => boolean): Promise<T> {
    const { fetchTimes } = request;
    if (!told && !fetchTimes) return work();
    const began = performance.now();
    const over = (outcome: FetchOutcome) => {
      const ms = performance.now() - began;
      told?.(ms, outcome);
      if (fetchTimes) fetchTimes.set(key, [...(fetchTimes.get(key) ?? []), ms]);
    };
    return (tracing && request.span ? traced(tracing, request, work) : work()).then(
      (answer) => {
        over(hasErrors(answer) ? 'errors' : 'ok');
        return answer;
      },
      (error: unknown) => {
        over(outcomeOf(error, request));
        throw error;
      },
    );
  }

  const { exchange } = inner;
  return {
    run: (variables, request) => watch(request, () => inner.run(variables, request), ({ errors }) => errors !== undefined && errors.length > 0),
    ...(exchange ? { exchange: (variables: string, request: RequestContext) => watch(request, () => exchange(variables, request), beginsWithErrors) } : {}),
  };
}

function observe(source: Source, watcher: FetchWatcher | undefined): Source {
  const observed: Source = {
    name: source.name,
    kind: source.kind,
    prepare: (fetch) => observePrepared(source.prepare(fetch), source, fetch, watcher),
    open: (fetch, variables, stream) => source.open(fetch, variables, stream),
    check: (signal) => source.check(signal),
    close: () => source.close(),
  };
  if (source.stats !== undefined) Object.defineProperty(observed, 'stats', { get: () => source.stats, enumerable: true });
  return observed;
}

/** The same sources, watched. Without a watcher their fetches are timed only for requests that want to know. */
export const observeSources = (sources: Sources, watcher: FetchWatcher | undefined): Sources => Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, observe(source, watcher)]));

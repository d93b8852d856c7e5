// A stage for the streams: one subgraph played by the test, which holds every stream that is open there, and an executable
// that writes what the event gives.
import { createStreams, type Streams, type StreamsOptions } from '../../gateway/streams/index.ts';
import type { StreamExecutable } from '../../gateway/execution/executable.ts';
import type { FetchNode } from '../../gateway/planning/plan.ts';
import { OPEN, type Principal } from '../../gateway/principal.ts';
import { toAnswer, type Result } from '../../gateway/result.ts';
import type { RequestContext } from '../../gateway/request.ts';
import type { PlannedFetch, Source, SourceEvent, Variables } from '../../gateway/sources/source.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import type { Logger } from '../../lib/log.ts';

/** `run` streams states (its type has an `id`), `tick` changes; `odd` states whose id the subgraph does not have. */
const SDL = `
schema @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query subscription: Subscription }
enum join__Graph { SYNC @join__graph(name: "sync", url: "") OTHER @join__graph(name: "other", url: "") }
type Query @join__type(graph: SYNC) { a: Int }
type Subscription @join__type(graph: SYNC) { run(id: ID): Run! tick: Tick! odd: Odd! }
type Run @join__type(graph: SYNC) { id: ID! n: Int }
type Tick @join__type(graph: SYNC) { n: Int }
type Odd @join__type(graph: SYNC) @join__type(graph: OTHER) { id: ID! @join__field(graph: OTHER) n: Int }
`;

/** One stream that is open at the subgraph. */
export interface Opened {
  readonly fetch: PlannedFetch;
  readonly variables: Variables;
  readonly stream: RequestContext;
  closed: boolean;
  say(data: Answer['data'] | Answer): void;
  /** An event whose data is there when `ready` is. */
  sayLater(data: Answer['data'], ready: Promise<void>): void;
  end(): void;
  fail(error: unknown): void;
}

export interface Stage {
  readonly streams: Streams;
  /** What was logged. */
  readonly lines: string[];
  /** Every stream that was ever opened, oldest first. */
  readonly opened: Opened[];
  /** Those that are open now. */
  readonly open: () => Opened[];
  /** How often an event was executed, with which principal and context. */
  readonly executed: RequestContext[];
  /** Called before each opening; may throw, wait, or give a refusal. */
  onOpen: () => Promise<Answer | void> | Answer | void;
  /** Called before each execution. */
  onExecute: (request: RequestContext) => Promise<void> | void;
  /** Opens a subscription and reads it until it ends. */
  listen(options?: ListenOptions): Promise<Heard>;
  /** The same, read by the test. */
  take(options?: ListenOptions): Promise<AsyncGenerator<Result, undefined, undefined> | Result>;
}

export interface ListenOptions {
  readonly operation?: string;
  readonly shareKey?: string;
  readonly raw?: Variables;
  readonly principal?: Principal;
  readonly signal?: AbortSignal;
}

export interface Heard {
  /** Data of each event, or its errors. */
  readonly events: unknown[];
  readonly texts: string[];
  ended: boolean;
  leave(): Promise<unknown>;
}

export const RUN = 'subscription($id: ID) { run(id: $id) { id n } }';
export const TICK = 'subscription { tick { n } }';
export const run = (id: string, n: number): Answer['data'] => ({ run: { id, n } });

const isAnswer = (given: Answer['data'] | Answer): given is Answer => given != null && ('data' in given || 'errors' in given);

export function createStage(options: Partial<StreamsOptions> & { readonly kind?: Source['kind'] } = {}): Stage {
  const opened: Opened[] = [];
  const executed: RequestContext[] = [];
  const lines: string[] = [];
  const line = (_attributes: object, sentence: string) => void lines.push(sentence);
  const log: Logger = { error: line, warn: line, info: line, debug: line, child: () => log };
  const { kind = 'remote', ...rest } = options;

  async function open(fetch: PlannedFetch, variables: Variables, stream: RequestContext) {
    const refusal = await stage.onOpen();
    if (refusal) return { refusal };
    const queue: (() => Promise<IteratorResult<SourceEvent>>)[] = [];
    let wake: (() => void) | undefined;
    const over = { value: undefined, done: true } as const;
    const put = (step: () => Promise<IteratorResult<SourceEvent>>) => {
      queue.push(step);
      wake?.();
    };
    const one: Opened = {
      fetch,
      variables,
      stream,
      closed: false,
      say: (given) => put(async () => ({ value: async () => structuredClone(isAnswer(given) ? given : { data: given ?? null }), done: false })),
      sayLater: (data, ready) => put(async () => ({ value: () => ready.then(() => ({ data: structuredClone(data ?? null) })), done: false })),
      end: () => put(async () => over),
      fail: (error) => put(() => Promise.reject(error)),
    };
    opened.push(one);
    const events: AsyncIterator<SourceEvent> = {
      async next() {
        while (queue.length === 0 && !one.closed) await new Promise<void>((resolve) => (wake = resolve));
        return one.closed ? over : queue.shift()!();
      },
      async return() {
        one.closed = true;
        wake?.();
        return over;
      },
    };
    return { events };
  }
  const source: Source = { name: 'sync', kind, open, prepare: () => ({ run: () => Promise.reject(new Error('Nothing but streams here')) }), check: async () => {}, close: async () => {} };
  const graph = { sdl: SDL };
  const streams = createStreams({ sources: { sync: source }, supergraph: () => graph, log, deadlineMs: 1_000, ...rest });

  const executables = new Map<string, StreamExecutable>();
  function executableOf(operation: string): StreamExecutable {
    const variableUsages = [...operation.matchAll(/\$(\w+):/g)].map(([, name]) => name!);
    const primary: FetchNode = { kind: 'fetch', service: 'sync', operation, operationKind: 'subscription', variableUsages, outputRewrites: [] };
    return {
      tier: 'object',
      primary,
      async execute(event, { request }) {
        executed.push(request);
        await stage.onExecute(request);
        const { data = null, errors = [] } = await event(request);
        const answer = { ...(errors.length > 0 ? { errors } : {}), data };
        return { text: JSON.stringify(answer), encoding: 'utf8', errors, refused: false };
      },
    };
  }

  const take: Stage['take'] = ({ operation = RUN, shareKey = operation, raw = {}, principal = OPEN, signal } = {}) => {
    let executable = executables.get(operation);
    if (!executable) executables.set(operation, (executable = executableOf(operation)));
    return streams.open({ executable, coerced: raw, raw, principal, shareKey, ...(signal ? { signal } : {}) });
  };

  const stage: Stage = {
    streams,
    lines,
    opened,
    open: () => opened.filter(({ closed }) => !closed),
    executed,
    onOpen: () => undefined,
    onExecute: () => undefined,
    take,
    async listen(wanted) {
      const given = await take(wanted);
      if ('text' in given) throw new Error(`Refused: ${given.text}`);
      const heard: Heard = { events: [], texts: [], ended: false, leave: () => given.return(undefined) };
      void (async () => {
        for await (const result of given) {
          const { data, errors } = toAnswer(result);
          heard.texts.push(result.text);
          heard.events.push(errors ? { data, errors } : data);
        }
        heard.ended = true;
      })();
      return heard;
    },
  };
  return stage;
}

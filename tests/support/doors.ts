// Doors over an engine of a few lines: graphql-js on a small schema, streams that the test feeds, and callers that it decides.
import { buildSchema, execute, getOperationAST, parse, subscribe, validate, type ExecutionResult, type GraphQLError } from 'graphql';
import type { IncrementalResult } from '../../gateway/execution/executable.ts';
import { createOriginRule, openDoors, type Doors, type DoorsOptions, type Engine, type Exchange, type Inquiry, type StreamRequest } from '../../gateway/doors/index.ts';
import type { Caller } from '../../gateway/options.ts';
import { OPEN, type Principal } from '../../gateway/principal.ts';
import { refusal, type Result } from '../../gateway/result.ts';
import { RequestContext } from '../../gateway/request.ts';
import { Bus } from './gateway-graph.ts';
import { createLogBook } from './log-book.ts';

const schema = buildSchema(`
  directive @defer(if: Boolean, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  type Query { hello(name: String = "you"): String slow: String blob(size: Int!): String list: List! }
  type List { items: [Int!]! }
  type Mutation { count: Int! }
  type Subscription { ticks(from: Int): Int big: String }
`);

export interface FakeEngine extends Engine {
  /** What `ticks` streams. */
  readonly ticks: Bus<{ ticks: number }>;
  /** What `big` streams, and how many of them the doors have taken. */
  big: AsyncGenerator<Result, void, void> | undefined;
  readonly seen: { exchanges: Exchange[]; inquiries: Inquiry[]; begun: number; ended: number; aborted: unknown[]; streams: StreamRequest[]; mutations: number };
  /** Replaced by tests. */
  caller: (caller: Caller) => Principal | Promise<Principal>;
  parts: (() => AsyncGenerator<IncrementalResult, void, void>) | undefined;
  /** Ends the `slow` field. */
  finish: () => void;
}

const written = (result: ExecutionResult, refused: boolean): Result => ({
  text: JSON.stringify(result),
  encoding: 'utf8',
  errors: (result.errors ?? []).map((error: GraphQLError) => error.toJSON()),
  refused,
});
const problems = (errors: readonly GraphQLError[], code: string): Result => refusal(errors.map((error) => ({ ...error.toJSON(), extensions: { code } })));

export function createFakeEngine(): FakeEngine {
  const engine: FakeEngine = {
    ticks: new Bus(),
    big: undefined,
    seen: { exchanges: [], inquiries: [], begun: 0, ended: 0, aborted: [], streams: [], mutations: 0 },
    caller: () => OPEN,
    parts: undefined,
    finish: () => undefined,
    authenticate: (caller) => engine.caller(caller),
    operationKind({ query = '' }) {
      try {
        const operation = getOperationAST(parse(query));
        return operation ? { operation: operation.operation, incremental: query.includes('@defer') } : null;
      } catch {
        return null;
      }
    },
    begin(principal, exchange) {
      engine.seen.begun++;
      engine.seen.exchanges.push(exchange);
      const request = new RequestContext({ principal, ...(exchange.signal ? { parent: exchange.signal } : {}) });
      request.signal.addEventListener('abort', () => engine.seen.aborted.push(request.signal.reason));
      return request;
    },
    end(request) {
      engine.seen.ended++;
      request.end();
    },
    async execute(inquiry, request) {
      engine.seen.inquiries.push(inquiry);
      const prepared = prepare(inquiry);
      if ('text' in prepared) return prepared;
      const slow = () =>
        new Promise<string>((resolve, reject) => {
          engine.finish = () => resolve('done');
          request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
        });
      const rootValue = {
        hello: ({ name }: { name: string }) => `Olá, ${name}`,
        slow,
        blob: ({ size }: { size: number }) => 'x'.repeat(size),
        list: { items: [1, 2] },
        count: () => ++engine.seen.mutations,
      };
      const result = await execute({ schema, document: prepared, rootValue, variableValues: inquiry.variables ?? {}, operationName: inquiry.operationName ?? null });
      return result.data === undefined ? problems(result.errors ?? [], 'BAD_USER_INPUT') : written(result, false);
    },
    async executeIncremental(inquiry, request) {
      return engine.parts?.() ?? engine.execute(inquiry, request);
    },
    async subscribe(inquiry, request) {
      engine.seen.streams.push(request);
      const prepared = prepare(inquiry);
      if ('text' in prepared) return prepared;
      if (engine.big && inquiry.query!.includes('big')) return engine.big;
      const events = await subscribe({ schema, document: prepared, rootValue: { ticks: () => engine.ticks.read() }, variableValues: inquiry.variables ?? {} });
      if (!(Symbol.asyncIterator in events)) return problems(events.errors ?? [], 'BAD_USER_INPUT');
      const results = {
        next: async () => {
          const { done, value } = await events.next();
          return done ? { done: true, value: undefined } : { done: false, value: written(value, false) };
        },
        return: () => events.return(undefined),
        throw: (error: unknown) => events.throw(error),
        [Symbol.asyncIterator]: () => results,
      };
      return results as unknown as AsyncGenerator<Result, void, void>;
    },
    readiness: async () => ({ ok: true, checks: { database: { ok: true } } }),
    metrics: async () => 'up 1\n',
  };
  return engine;
}

function prepare({ query = '' }: Inquiry): ReturnType<typeof parse> | Result {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return problems([error as GraphQLError], 'GRAPHQL_PARSE_FAILED');
  }
  const errors = validate(schema, document);
  return errors.length > 0 ? problems(errors, 'GRAPHQL_VALIDATION_FAILED') : document;
}

export interface OpenedDoors extends Doors {
  readonly engine: FakeEngine;
  readonly log: ReturnType<typeof createLogBook>;
  readonly graphql: string;
  readonly ws: string;
}

export async function startDoors(options: Partial<DoorsOptions> = {}): Promise<OpenedDoors> {
  const engine = createFakeEngine();
  const log = createLogBook();
  const doors = await openDoors({ engine, log, host: '127.0.0.1', port: 0, originAllowed: createOriginRule(undefined, false), sandbox: true, apiSdl: () => 'type Query', ...options });
  return Object.assign(Object.create(doors) as Doors, { engine, log, graphql: `${doors.url}/graphql`, ws: `${doors.url.replace('http', 'ws')}/graphql` });
}

/** A principal that may do nothing but be known. */
export const principal = (more: Partial<Principal> = {}): Principal => ({ id: 'key:test', scopes: new Set(), wallets: 'all', ...more });

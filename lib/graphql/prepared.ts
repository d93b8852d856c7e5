// An operation that a subgraph runs again and again: executed by graphql-js while it is new, by code that graphql-jit
// generates once it has come back. Both give the same answers; which one runs is never seen from outside.
import {
  defaultFieldResolver,
  execute,
  getOperationAST,
  getNullableType,
  GraphQLError,
  isListType,
  isObjectType,
  parse,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { orAborted, type Cancel } from '../cancel.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isPromise } from '../promises.ts';
import { compilable } from './compilable.ts';
import { answerOf, type Answer } from './run.ts';
import type { Subgraph } from './subgraph.ts';

/**
 * Executions before an operation is compiled: compiling costs as much as some ten executions save, so a text that comes once
 * must not pay for it, and one that comes a fourth time will come more often.
 */
export const COMPILE_AFTER = 3;

export interface RunInput {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: object;
  readonly signal?: Cancel | undefined;
  readonly log: Logger;
  /** The event of a subscription, which is its root value. */
  readonly event?: unknown;
}

export interface PreparedOperation {
  /** For `createSourceEventStream`. */
  readonly document: DocumentNode;
  /** `waiting`: new; `never`: graphql-jit cannot give what graphql-js gives, or failed. */
  readonly state: 'waiting' | 'compiled' | 'never';
  /** Rejects only when aborted. */
  run(input: RunInput): Promise<Answer>;
  /** Compiles now instead of later. */
  compile(): void;
}

type Run = (input: RunInput) => ExecutionResult | Promise<ExecutionResult>;

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const settled = new WeakSet<GraphQLSchema>();

/**
 * Makes the resolvers of a schema fit for compiled code, which reads a field without a resolver as a plain property and puts
 * a list element that rejects in the wrong place. An element that *is* an error means the same to graphql-js.
 */
function settle({ schema, plainRows }: Subgraph): void {
  if (settled.has(schema)) return;
  settled.add(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = field.resolve ?? (plainRows ? undefined : defaultFieldResolver);
      if (resolve === undefined) continue;
      if (!isListType(getNullableType(field.type))) {
        field.resolve = resolve;
        continue;
      }
      const settleItems = (list: unknown): unknown =>
        Array.isArray(list) && list.some(isPromise) ? list.map((item: unknown) => (isPromise(item) ? item.catch(toError) : item)) : list;
      field.resolve = (source, args, context, info) => {
        const list: unknown = resolve(source, args, context, info);
        if (!isPromise(list)) return settleItems(list);
        return plainRows && field.name !== '_entities' ? list : list.then(settleItems);
      };
    }
  }
}

/** Takes what was left out by a condition out of an answer of compiled code. */
function withoutUndefined(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) withoutUndefined(item);
  } else if (value !== null && typeof value === 'object') {
    const object = value as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      if (object[key] === undefined) delete object[key];
      else withoutUndefined(object[key]);
    }
  }
}

/** graphql-jit's errors have no extensions where graphql-js's have empty ones. */
const toGraphQL = ({ message, path, originalError, extensions }: GraphQLError): GraphQLError =>
  new GraphQLError(message, { path, originalError, extensions: extensions as GraphQLError['extensions'] | undefined });

/** Prepares a valid operation. Throws a GraphQLError on a text that does not parse. */
export function prepareOperation(subgraph: Subgraph, text: string, operationName: string | undefined, log: Logger): PreparedOperation {
  const { schema } = subgraph;
  // Positions in a text that a planner wrote say nothing to a client.
  const document = parse(text, { noLocation: true });
  const interpret: Run = ({ variables, context, event }) =>
    execute({ schema, document, contextValue: context, variableValues: variables, operationName: operationName ?? null, rootValue: event });
  let state: PreparedOperation['state'] = 'waiting';
  let run = interpret;
  let runs = 0;

  const give = (reason: string) => {
    state = 'never';
    log.debug({ reason, operation: text.slice(0, 200) }, 'An operation is not compiled');
  };
  function compile(): void {
    if (state !== 'waiting') return;
    try {
      tryToCompile();
    } catch (error) {
      give(messageOf(error)); // nobody waits for it: it must not end the process
    }
  }
  function tryToCompile(): void {
    const operation = getOperationAST(document, operationName);
    const verdict = operation ? compilable(schema, document, operation) : { reason: 'There is no such operation' };
    if ('reason' in verdict) return give(verdict.reason);
    settle(subgraph);
    // A document of its own: graphql-jit writes into the nodes.
    const compiled = compileQuery(schema, parse(text, { noLocation: true }), operationName, {
      disablingCapturingStackErrors: true,
      useExperimentalPathBasedSkipInclude: true,
    });
    if (!isCompiledQuery(compiled)) return give(compiled.errors?.map(messageOf).join('; ') ?? 'No reason');
    const finish = (result: ExecutionResult, input: RunInput): ExecutionResult | Promise<ExecutionResult> => {
      // Nothing has run: the variables do not fit, which graphql-js tells better.
      if (!('data' in result)) return interpret(input);
      if (verdict.conditional) withoutUndefined(result.data);
      return result.errors ? { data: result.data ?? null, errors: result.errors.map(toGraphQL) } : result;
    };
    state = 'compiled';
    run = (input) => {
      if (verdict.needed.some((name) => !Object.hasOwn(input.variables, name))) return interpret(input);
      const result = compiled.query(input.event, input.context, input.variables) as ExecutionResult | Promise<ExecutionResult>;
      return isPromise(result) ? result.then((done) => finish(done, input)) : finish(result, input);
    };
  }

  return {
    document,
    get state() {
      return state;
    },
    compile,
    async run(input) {
      input.signal?.throwIfAborted();
      if (state === 'waiting' && (runs += 1) > COMPILE_AFTER) {
        runs = -Infinity; // once
        setImmediate(compile);
      }
      return answerOf(await orAborted(run(input), input.signal), input.log);
    },
  };
}

// Runs operations on a subgraph in this process. Used by whoever serves it: the gateway in process, or an HTTP server.
import {
  createSourceEventStream,
  execute,
  GraphQLError,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import { orAborted, type Cancel } from '../cancel.ts';
import type { Logger } from '../log.ts';
import { toGraphQLErrors } from './errors.ts';
import type { Subgraph } from './subgraph.ts';

export interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An answer that may leave: its errors are masked. */
export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
  extensions?: Record<string, unknown>;
}

/** The result of an execution, ready to leave. */
export const answerOf = ({ data, errors }: ExecutionResult, log: Logger): Answer => ({
  ...(data === undefined ? {} : { data: data as Record<string, unknown> | null }),
  ...(errors ? { errors: toGraphQLErrors(errors, log).map((error) => error.toJSON()) } : {}),
});

const args = (subgraph: Subgraph, operation: Operation, context: object) => ({
  schema: subgraph.schema,
  document: operation.document,
  contextValue: context,
  variableValues: operation.variables ?? {},
  operationName: operation.operationName ?? null,
});

/** A query or mutation, or the resolution of one event (`event` is then the root value). Rejects only when aborted. */
export async function runOperation(
  subgraph: Subgraph,
  operation: Operation,
  { context, signal, log, event }: { context: object; signal?: Cancel | undefined; log: Logger; event?: unknown },
): Promise<Answer> {
  signal?.throwIfAborted();
  return answerOf(await orAborted(execute({ ...args(subgraph, operation, context), rootValue: event }), signal), log);
}

/** The source events of a subscription, not yet resolved (each is resolved with a context of its own), or the refusal. */
export async function openEvents(
  subgraph: Subgraph,
  operation: Operation,
  { context, signal, log }: { context: object; signal?: Cancel | undefined; log: Logger },
): Promise<{ events: AsyncIterator<unknown> } | { refusal: Answer }> {
  const opened = await orAborted(createSourceEventStream(args(subgraph, operation, context)), signal);
  if (Symbol.asyncIterator in opened) return { events: opened[Symbol.asyncIterator]() };
  const errors = opened.errors ?? [new GraphQLError('The subscription could not be opened')];
  return { refusal: answerOf({ errors }, log) };
}

// One compiled node of a plan: does its work on an execution, and never rejects.
import type { GraphQLSchema } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import type { FetchBase } from '../planning/plan.ts';
import type { PreparedFetch, Sources, Variables } from '../sources/source.ts';
import type { Execution } from './execution.ts';
import type { FailureContext } from './failures.ts';
import type { IsObjectType } from './merge.ts';
import { write } from './slots.ts';

/** Undefined where nothing has to be waited for. */
export type Step = (execution: Execution) => Promise<void> | undefined;

export interface StepContext extends FailureContext {
  readonly schema: GraphQLSchema;
  readonly sources: Sources;
  readonly isObjectType: IsObjectType;
}

export function prepare(node: FetchBase, operationKind: 'query' | 'mutation' | 'subscription', { sources }: StepContext): PreparedFetch {
  const source = sources[node.service];
  if (!source) throw new PonteError('INTERNAL_SERVER_ERROR', `The plan names the subgraph ${node.service}, and nobody said where it is`);
  return source.prepare({ operation: node.operation, operationName: node.operationName, operationKind });
}

const NONE: Variables = Object.freeze({});

/** The client's variables that a fetch passes on: those that were given, as they were given. */
export function variablesOf(names: readonly string[], raw: Variables): Variables {
  if (names.length === 0) return NONE;
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(raw, name)) write(picked, name, raw[name]);
  return picked;
}

/**
 * Gets the answer of a node: the one at hand where it `fits`, or the source's. After an abort nothing is sent any more. `received` and
 * `failed` are called in its place in time, and must not throw.
 */
export function obtain(
  { node, prepared, execution, fits }: { readonly node: FetchBase; readonly prepared: PreparedFetch; readonly execution: Execution; readonly fits?: (given: Answer) => boolean },
  variables: () => Variables,
  received: (answer: Answer) => void,
  failed: (reason: unknown) => void,
): Promise<void> | undefined {
  const given = execution.take(node);
  if (given && (fits === undefined || fits(given))) {
    received(given);
    return undefined;
  }
  const { request } = execution;
  if (request.cancel.aborted) {
    failed(request.cancel.reason);
    return undefined;
  }
  request.tally.fetches++;
  try {
    return prepared.run(variables(), request).then(received, failed);
  } catch (reason) {
    failed(reason);
    return undefined;
  }
}

// From an operation to something that runs: planned by the planner that its directives ask for, then compiled for the fastest
// tier that can answer it.
import type { GraphQLFormattedError } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import { compile, compileStream, type CompileInput } from '../execution/index.ts';
import { needsApollo, type Planner } from '../planning/index.ts';
import type { Sources } from '../sources/source.ts';
import type { Supergraph } from '../supergraph/index.ts';
import type { Compiled, Compiler } from './variants.ts';

export interface Planners {
  /** For everything but `@defer`. */
  readonly main: Planner;
  /** Plans `@defer`. */
  readonly incremental: Planner;
}

export interface CompilerOptions {
  readonly supergraph: Supergraph;
  readonly sources: Sources;
  readonly planners: Planners;
  readonly formatError: (error: GraphQLFormattedError) => GraphQLFormattedError;
  /** False: remote answers are always taken as objects. */
  readonly textTier: boolean;
  /** How long one plan was made, in milliseconds. */
  onPlan?(planner: Planner['name'], ms: number): void;
}

export function createCompiler({ supergraph, sources, planners, formatError, onPlan }: CompilerOptions): Compiler {
  return async ({ document, operation, allowed, refused, text }): Promise<Compiled> => {
    const planner = needsApollo(allowed) ? planners.incremental : planners.main;
    const began = performance.now();
    const plan = await planner.plan({ text });
    onPlan?.(planner.name, performance.now() - began);
    const input: CompileInput = { schema: supergraph.apiSchema, document, operation, plan, refused, sources, formatError };
    if (operation.operation === 'subscription') {
      if (plan.root?.kind !== 'subscription') throw new PonteError('INTERNAL_SERVER_ERROR', 'The planner gave no stream for a subscription');
      return { kind: 'stream', executable: compileStream(input) };
    }
    return { kind: 'single', executable: compile(input) };
  };
}

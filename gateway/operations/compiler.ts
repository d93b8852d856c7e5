// From an operation to something that runs: planned by the planner that its directives ask for, then compiled for the fastest
// tier that can answer it.
import type { DocumentNode, GraphQLFormattedError } from 'graphql';
import { messageOf, PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { compileIncremental } from '../execution/defer.ts';
import { compile, compileStream, type CompileInput } from '../execution/index.ts';
import { isIncremental, needsApollo, type Plan, type Planner } from '../planning/index.ts';
import type { Sources } from '../sources/source.ts';
import { compileSplice } from '../splice/index.ts';
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
  readonly log: Logger;
  /** How long one plan was made, in milliseconds. */
  onPlan?(planner: Planner['name'], ms: number): void;
}

export function createCompiler({ supergraph, sources, planners, formatError, textTier, log, onPlan }: CompilerOptions): Compiler {
  async function planWith(planner: Planner, document: DocumentNode, text: string): Promise<Plan> {
    const began = performance.now();
    const plan = await planner.plan({ text, document });
    onPlan?.(planner.name, performance.now() - began);
    return plan;
  }

  /** What the main planner cannot plan for a reason of its own, the other one may. */
  async function makePlan(document: DocumentNode, text: string): Promise<Plan> {
    const { main, incremental } = planners;
    if (main === incremental || needsApollo(document)) return planWith(incremental, document, text);
    try {
      return await planWith(main, document, text);
    } catch (error) {
      if (!(error instanceof PonteError) || error.code !== 'INTERNAL_SERVER_ERROR') throw error;
      log.warn({ planner: main.name, reason: messageOf(error.cause ?? error) }, 'A planner could not plan an operation, and the other one is asked');
      return planWith(incremental, document, text);
    }
  }

  return async ({ document, operation, allowed, refused, text, canonical }): Promise<Compiled> => {
    const plan = await makePlan(allowed, text);
    const input: CompileInput = { schema: supergraph.apiSchema, document, operation, plan, refused, canonical, sources, formatError };
    if (operation.operation === 'subscription') {
      if (plan.root?.kind !== 'subscription') throw new PonteError('INTERNAL_SERVER_ERROR', 'The planner gave no stream for a subscription');
      return { kind: 'stream', plan, executable: compileStream(input) };
    }
    if (isIncremental(plan)) return { kind: 'incremental', plan, executable: compileIncremental(input) };
    // Texts of subgraphs are copied with the keys that they have: canonical ones are no client's.
    const splice = textTier && canonical === undefined ? compileSplice(input) : null;
    return { kind: 'single', plan, executable: splice ?? compile(input) };
  };
}

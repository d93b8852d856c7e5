// An operation and its plan become an executable: run the plan, write the data, tell the errors first.
import { isObjectType } from 'graphql';
import type { Answer } from '../../lib/graphql/run.ts';
import type { FetchNode, PlanNode } from '../planning/plan.ts';
import type { Result } from '../result.ts';
import type { SourceEvent } from '../sources/source.ts';
import type { AnswersAtHand, CompileInput, Executable, ExecuteInput, ObjectExecutable, StreamExecutable, Tier } from './executable.ts';
import { Execution } from './execution.ts';
import { failureOfReason } from './failures.ts';
import { RootFetch } from './fetch-step.ts';
import { createRunner } from './runner.ts';
import { fragmentsOf } from './selection.ts';
import type { StepContext } from './step.ts';
import { createWriter, type Writer } from './writer.ts';

/** What the steps of a plan need to know of the operation. */
export function stepContext({ schema, document, operation, sources, formatError }: CompileInput): StepContext {
  const types = schema.getTypeMap();
  return {
    schema,
    sources,
    operation,
    fragments: fragmentsOf(document),
    formatError,
    isObjectType: (name) => typeof name === 'string' && isObjectType(types[name]),
  };
}

function servicesOf(node: PlanNode | null): string[] {
  switch (node?.kind) {
    case 'fetch':
    case 'entities':
      return [node.service];
    case 'sequence':
    case 'parallel':
      return node.nodes.flatMap(servicesOf);
    case 'condition':
      return [...servicesOf(node.ifTrue), ...servicesOf(node.ifFalse)];
    case 'subscription':
      return [node.primary.service, ...servicesOf(node.rest)];
    case 'defer':
      return [...servicesOf(node.primary.node), ...node.deferred.flatMap((block) => servicesOf(block.node))];
    case undefined:
      return [];
  }
}

/** `local` where every source of the plan is in this process. */
export const tierOf = ({ plan, sources }: CompileInput): Tier =>
  servicesOf(plan.root).every((service) => sources[service]?.kind === 'local') ? 'local' : 'object';

/** The finished answer: errors stand before the data. */
function finish(execution: Execution, writer: Writer): Result {
  const data = writer.write(execution.data, execution) ?? 'null';
  const { errors } = execution.troubles;
  const text = errors.length === 0 ? `{"data":${data}}` : `{"errors":${JSON.stringify(errors)},"data":${data}}`;
  return { text, encoding: 'utf8', errors, refused: false };
}

/** A fault of ours: nothing of what it says may leave. */
function broken({ formatError }: CompileInput, reason: unknown): Result {
  const { message, extensions } = failureOfReason('', reason);
  const errors = [formatError({ message, extensions })];
  return { text: JSON.stringify({ errors, data: null }), encoding: 'utf8', errors, refused: false };
}

/**
 * Compiles a query or a mutation for the object tier. Throws a PonteError where the plan cannot be executed at all (it names
 * a subgraph that has no source); the executable itself never rejects.
 */
export function compileObject(input: CompileInput): ObjectExecutable {
  const runner = createRunner(input.plan.root, stepContext(input));
  const writer = createWriter(input);
  return {
    tier: tierOf(input),
    async execute(given: ExecuteInput, answers?: AnswersAtHand): Promise<Result> {
      try {
        const execution = new Execution(given, answers);
        const running = runner.run(execution);
        if (running) await running;
        return finish(execution, writer);
      } catch (reason) {
        return broken(input, reason);
      }
    },
  };
}

export const compile = (input: CompileInput): Executable => compileObject(input);

/** The root of a subscription's plan: its primary fetch, and what follows each event. */
function streamOf({ root }: CompileInput['plan']): { primary: FetchNode; rest: PlanNode | null } {
  if (root?.kind === 'subscription') return root;
  if (root?.kind === 'fetch') return { primary: root, rest: null };
  throw new Error('The plan of a subscription begins with its stream');
}

/** Compiles a subscription: each event is completed by the rest of the plan and written as one answer. */
export function compileStream(input: CompileInput): StreamExecutable {
  const { primary, rest } = streamOf(input.plan);
  const context = stepContext(input);
  const root = new RootFetch(primary, context);
  const runner = createRunner(rest, context, input.plan.root);
  const writer = createWriter(input);
  return {
    tier: tierOf(input),
    primary,
    async execute(event: SourceEvent, given: ExecuteInput): Promise<Result> {
      try {
        const execution = new Execution(given);
        await event(given.request).then(
          (answer: Answer) => root.receive(execution, answer),
          (reason: unknown) => root.fail(execution, failureOfReason(primary.service, reason)),
        );
        const running = runner.run(execution);
        if (running) await running;
        return finish(execution, writer);
      } catch (reason) {
        return broken(input, reason);
      }
    },
  };
}

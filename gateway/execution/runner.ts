// A plan, compiled: fetches in the order that the plan says, each on the data that is there when its turn comes.
import type { EntitiesNode, FetchNode, PlanNode, PlanPath } from '../planning/plan.ts';
import { EntityFetch } from './entities-step.ts';
import type { Execution } from './execution.ts';
import { FetchFields } from './failures.ts';
import { RootFetch } from './fetch-step.ts';
import type { Step, StepContext } from './step.ts';

export interface Runner {
  /** Resolves when every fetch is in the execution's data, or its failure among its errors. Undefined where nothing is awaited. */
  run: Step;
}

const keysOf = (path: PlanPath) => path.flatMap((step) => (step !== '@' && 'field' in step ? [step.field] : []));

function fetchesOf(node: PlanNode | null): (FetchNode | EntitiesNode)[] {
  switch (node?.kind) {
    case 'fetch':
    case 'entities':
      return [node];
    case 'sequence':
    case 'parallel':
      return node.nodes.flatMap(fetchesOf);
    case 'condition':
      return [...fetchesOf(node.ifTrue), ...fetchesOf(node.ifFalse)];
    case 'subscription':
      return [node.primary, ...fetchesOf(node.rest)];
    case 'defer':
      return [...fetchesOf(node.primary.node), ...node.deferred.flatMap((block) => fetchesOf(block.node))];
    case undefined:
      return [];
  }
}

/** True where a text selects objects below its entities (or root fields): only such a fetch writes into objects of others. */
function selectsObjects(node: FetchNode | EntitiesNode): boolean {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < node.operation.length; i++) {
    const code = node.operation.charCodeAt(i);
    if (code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d) depth--;
  }
  return deepest > (node.kind === 'entities' ? 3 : 1);
}

const pathsOf = (node: FetchNode | EntitiesNode): readonly PlanPath[] =>
  node.kind === 'entities' ? node.groups.flatMap(({ paths }) => paths) : [node.path ?? []];

/** True where both may write into the same objects. A fetch without a path writes below the root fields that it selects. */
function meet(other: FetchNode | EntitiesNode, path: readonly string[]): boolean {
  if (other.kind === 'fetch' && !other.path) return new FetchFields(other).roots().includes(path[0]!);
  return pathsOf(other).some((steps) => keysOf(steps).every((key, i) => path[i] === key));
}

/**
 * Equal entities of one path may be one object in the answer as long as no other fetch writes different things into it:
 * that is, none at the same path or above it, unless it selects no objects, or was over before any entity was there.
 */
function mayShare(node: EntitiesNode, plan: PlanNode | null): boolean {
  const first = plan?.kind === 'sequence' ? plan.nodes[0] : plan;
  const others = fetchesOf(plan).filter((other) => other !== node && other !== first && selectsObjects(other));
  return pathsOf(node).every((path) => !others.some((other) => meet(other, keysOf(path))));
}

function sequence(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0]!;
  const from = (first: number, execution: Execution): Promise<void> | undefined => {
    for (let i = first; i < steps.length; i++) {
      const waiting = steps[i]!(execution);
      if (waiting) return i === steps.length - 1 ? waiting : waiting.then(() => from(i + 1, execution));
    }
    return undefined;
  };
  return (execution) => from(0, execution);
}

function parallel(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0]!;
  return (execution) => {
    const waiting: Promise<void>[] = [];
    for (const step of steps) {
      const pending = step(execution);
      if (pending) waiting.push(pending);
    }
    if (waiting.length <= 1) return waiting[0];
    return Promise.all(waiting).then(() => undefined);
  };
}

/** Says when a fetch is over that deferred blocks depend on. */
function announced(step: Step, { id }: FetchNode | EntitiesNode): Step {
  if (id === undefined) return step;
  return (execution) => {
    const waiting = step(execution);
    if (waiting) return waiting.then(() => execution.over(id));
    execution.over(id);
    return undefined;
  };
}

const nothing: Step = () => undefined;

/**
 * Compiles a node of a plan. `plan` is the root of the whole plan, where the node is only a part of it (a deferred block, the
 * rest of a subscription). Throws a PonteError where the plan names a subgraph that is not there. A `defer` node runs its
 * primary part; a `subscription` node only what follows the event.
 */
export function createRunner(node: PlanNode | null, context: StepContext, plan: PlanNode | null = node): Runner {
  const compile = (part: PlanNode | null): Step => {
    switch (part?.kind) {
      case undefined:
        return nothing;
      case 'fetch':
        return announced(new RootFetch(part, context).step(), part);
      case 'entities':
        return new EntityFetch(part, context, mayShare(part, plan)).step();
      case 'sequence':
        return sequence(part.nodes.map(compile));
      case 'parallel':
        return parallel(part.nodes.map(compile));
      case 'condition': {
        const [yes, no] = [compile(part.ifTrue), compile(part.ifFalse)];
        return (execution) => (execution.coerced[part.variable] === true ? yes : no)(execution);
      }
      case 'subscription':
        return compile(part.rest);
      case 'defer':
        return compile(part.primary.node);
    }
  };
  return { run: compile(node) };
}

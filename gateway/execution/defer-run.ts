// Runs the fetches of a plan with deferred blocks: each block as soon as the fetches that it depends on are over, all on the
// same data, each with errors of its own.
import type { PlanNode } from '../planning/plan.ts';
import type { ExecuteInput } from './executable.ts';
import { Execution, type Failure } from './execution.ts';
import { createRunner, type Runner } from './runner.ts';
import type { StepContext } from './step.ts';

/** The part that comes first, and what follows it. */
export interface Blocks {
  readonly runner: Runner;
  /** Ids of its own fetches: over at its end at the latest, also where a condition left them out. */
  readonly ids: readonly string[];
  readonly inside: readonly Block[];
}

/** One block of the plan, compiled. */
export interface Block extends Blocks {
  readonly label: string | undefined;
  readonly depends: readonly string[];
}

/** Ids of the fetches of a part, without those of the blocks inside. */
function idsOf(node: PlanNode | null): readonly string[] {
  switch (node?.kind) {
    case 'fetch':
    case 'entities':
      return node.id === undefined ? [] : [node.id];
    case 'sequence':
    case 'parallel':
      return node.nodes.flatMap(idsOf);
    case 'condition':
      return [...idsOf(node.ifTrue), ...idsOf(node.ifFalse)];
    case 'defer':
      return idsOf(node.primary.node);
    default:
      return [];
  }
}

export function compileBlocks(root: PlanNode | null, context: StepContext): Blocks {
  const known = new Set<string>();
  const part = (node: PlanNode | null): Blocks => {
    const ids = idsOf(node);
    for (const id of ids) known.add(id);
    const inside = node?.kind === 'defer' ? node.deferred.map((block): Block => ({ label: block.label, depends: block.depends, ...part(block.node) })) : [];
    return { runner: createRunner(node, context, root), ids, inside };
  };
  // An id that no fetch has would be waited for without end.
  const withKnown = (blocks: readonly Block[]): Block[] =>
    blocks.map((block) => ({ ...block, depends: block.depends.filter((id) => known.has(id)), inside: withKnown(block.inside) }));
  const first = part(root);
  return { ...first, inside: withKnown(first.inside) };
}

/** Which fetches are over. */
class Fetches {
  readonly #over = new Map<string, { readonly done: Promise<void>; readonly resolve: () => void }>();

  #of(id: string) {
    let entry = this.#over.get(id);
    if (!entry) {
      const { promise, resolve } = withResolvers();
      this.#over.set(id, (entry = { done: promise, resolve }));
    }
    return entry;
  }

  end(id: string): void {
    this.#of(id).resolve();
  }

  all(ids: readonly string[]): Promise<unknown> {
    return Promise.all(ids.map((id) => this.#of(id).done));
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** The execution of the first part or of a block: the data is everybody's, the errors are its own. */
export class PartExecution extends Execution {
  readonly #fetches: Fetches;
  readonly #parent: PartExecution | undefined;

  constructor(input: ExecuteInput, parent?: PartExecution) {
    super(input, undefined, parent?.data);
    this.#parent = parent;
    this.#fetches = parent ? parent.#fetches : new Fetches();
  }

  override over(id: string): void {
    this.#fetches.end(id);
  }

  whenOver(ids: readonly string[]): Promise<unknown> {
    return this.#fetches.all(ids);
  }

  // What was missing or failed in the part before is missing here for the same reason.
  override isGone(target: unknown): boolean {
    return super.isGone(target) || this.#parent?.isGone(target) === true;
  }

  override failureOf(target: object): Failure | undefined {
    return super.failureOf(target) ?? this.#parent?.failureOf(target);
  }
}

/** A part that is being executed. */
export interface Part {
  readonly execution: PartExecution;
  /** Its own fetches are over; those of the blocks inside need not be. */
  readonly done: Promise<void>;
}
export interface Parts {
  readonly first: Part;
  /** Every block of the plan, however deep. */
  readonly byLabel: ReadonlyMap<string, Part>;
}

/** Starts a plan. After an abort of the request its parts end soon, with errors: nothing more is sent. */
export function startParts(blocks: Blocks, input: ExecuteInput): Parts {
  const byLabel = new Map<string, Part>();
  const start = ({ runner, ids, inside }: Blocks, execution: PartExecution, before?: Promise<unknown>): Part => {
    const run = async () => {
      await before;
      try {
        await runner.run(execution);
      } finally {
        for (const id of ids) execution.over(id);
      }
    };
    const done = run();
    // Who waits for it hears of it; a part that nobody waits for any more must not bring the process down.
    done.catch(() => undefined);
    for (const block of inside) {
      const part = start(block, new PartExecution(input, execution), execution.whenOver(block.depends));
      if (block.label !== undefined) byLabel.set(block.label, part);
    }
    return { execution, done };
  };
  return { first: start(blocks, new PartExecution(input)), byLabel };
}

// An operation for the text tier. Code is generated when the operation comes back: one that is sent once is answered sooner by
// the object tier, whose parts are warm. Where texts misfit again and again, they are left alone for a while.
import { compileObject, type CompileInput, type Executable, type ExecuteInput, type ObjectExecutable, type Tier } from '../execution/index.ts';
import type { PlanNode } from '../planning/plan.ts';
import type { Result } from '../result.ts';
import type { Sources } from '../sources/source.ts';
import { layOut } from './places.ts';
import { Program } from './program.ts';
import { Unsuited } from './unsuited.ts';

export interface SpliceOptions {
  /** Executions that the object tier serves before code is generated. Default 2; 0 compiles at once. */
  readonly after?: number;
  /** Executions that the object tier serves after texts misfitted eight times in a row. Default 256. */
  readonly rest?: number;
}

/** Misfits in a row after which texts are not tried. */
const MISFITS = 8;

const plain = (node: PlanNode | null, sources: Sources): boolean => {
  switch (node?.kind) {
    case 'fetch':
    case 'entities':
      return sources[node.service]?.kind === 'remote';
    case 'sequence':
    case 'parallel':
      return node.nodes.every((part) => plain(part, sources));
    default:
      return false;
  }
};

function compileProgram(input: CompileInput): Program | null {
  try {
    return new Program(layOut(input), input);
  } catch (error) {
    if (error instanceof Unsuited) return null;
    throw error;
  }
}

class Splice implements Executable {
  readonly #input: CompileInput;
  #program: Program | null | undefined;
  #object: ObjectExecutable | undefined;
  /** Executions that the object tier still serves. */
  #rest: number;
  #misfits = 0;
  readonly #restAfter: number;

  constructor(input: CompileInput, after: number, restAfter: number) {
    this.#input = input;
    this.#rest = after;
    this.#restAfter = restAfter;
    if (after === 0) this.#program = compileProgram(input);
  }

  get suited(): boolean {
    return this.#program !== null;
  }

  /** What the next execution is tried on. */
  get tier(): Tier {
    return this.#rest > 0 || this.#program === null ? 'object' : 'text';
  }

  async execute(given: ExecuteInput): Promise<Result> {
    if (this.#program === null) return this.#objects().execute(given);
    if (this.#rest > 0) {
      this.#rest--;
      return this.#objects().execute(given);
    }
    if (this.#program === undefined && (this.#program = compileProgram(this.#input)) === null) return this.#objects().execute(given);
    const outcome = await this.#program.run(given);
    if ('text' in outcome) {
      this.#misfits = 0;
      return { text: outcome.text, encoding: 'latin1', errors: [], refused: false };
    }
    given.request.tally.fallback = outcome.reason;
    if (++this.#misfits >= MISFITS) {
      this.#misfits = 0;
      this.#rest = this.#restAfter;
    }
    return this.#objects().execute(given, outcome.answers);
  }

  #objects(): ObjectExecutable {
    return (this.#object ??= compileObject(this.#input));
  }
}

/** Null where the operation is for the object tier from the start: not a query, a source in this process, conditions. */
export function compileSplice(input: CompileInput, { after = 2, rest = 256 }: SpliceOptions = {}): Executable | null {
  if (input.operation.operation !== 'query' || !plain(input.plan.root, input.sources)) return null;
  const splice = new Splice(input, after, rest);
  return splice.suited ? splice : null;
}

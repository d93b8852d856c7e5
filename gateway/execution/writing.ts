// What the generated writer calls when a value is not as the schema promises: the slow, rare half of writing.
import { GraphQLError } from 'graphql';
import type { Execution } from './execution.ts';
import type { Refusal } from './executable.ts';
import type { Path } from './troubles.ts';

/** A place in the selection: a response key, or the position in the list of that depth, below another place. */
export interface Site {
  readonly above: Site | undefined;
  readonly step: string | number;
  /** `Sale.client`: the field whose value this is, or is part of. */
  readonly coordinate: string;
}

export interface LeafSite extends Site {
  /** Text of an unusual value; throws for one that the type cannot hold. */
  readonly slow: (value: unknown) => string;
}

const internal = { code: 'INTERNAL_SERVER_ERROR' } as const;

const NO_LABELS: readonly string[] = [];

/** One writing of one shape. Positions in lists are noted by the generated code, in `positions` by depth. */
export class Writing {
  readonly #execution: Execution;
  readonly #positions: readonly number[];
  readonly #prefix: Path;
  /** Root fields that graphql-js answers from the schema: JSON by response key. */
  readonly introspection: ReadonlyMap<string, string>;
  /** `"sum":` for each canonical key: what the client has there. */
  readonly labels: readonly string[];
  /** Nulls that are by design: told only when the whole answer is lost by them. */
  readonly #gone: Path[] = [];

  constructor(execution: Execution, positions: readonly number[], prefix: Path, introspection: ReadonlyMap<string, string>) {
    this.#execution = execution;
    this.#positions = positions;
    this.#prefix = prefix;
    this.introspection = introspection;
    this.labels = execution.keys?.labels ?? NO_LABELS;
  }

  #path(site: Site): Path {
    const path: (string | number)[] = [];
    for (let at: Site | undefined = site; at; at = at.above) path.push(typeof at.step === 'number' ? this.#positions[at.step]! : at.step);
    return [...this.#prefix, ...path.reverse()];
  }

  #tell(message: string, path: Path, extensions: { readonly code: string } = internal): void {
    const { troubles } = this.#execution;
    troubles.add({ message, path: troubles.clientPath(path), extensions }, path);
  }

  /** A null where the schema has none. `parent` is the object that lacks it. */
  missing(site: Site, parent: unknown): null {
    const path = this.#path(site);
    const { troubles } = this.#execution;
    if (troubles.explains(path)) return null;
    if (this.#execution.isGone(parent)) this.#gone.push(path);
    else this.#tell(`Cannot return null for non-nullable field ${site.coordinate}.`, path);
    return null;
  }

  /** A value that the type cannot hold becomes null. */
  wrong(site: Site, message: string): null {
    this.#tell(message, this.#path(site));
    return null;
  }

  /** A value where an object or a list should be, and is none. */
  misshapen(site: Site): null {
    return this.wrong(site, `The value of ${site.coordinate} is not of its type.`);
  }

  /** Text of a value that the generated code did not know how to write, or null. */
  leaf(site: LeafSite, value: unknown, parent?: unknown): string | null {
    if (value === null || value === undefined) return this.missing(site, parent);
    try {
      return site.slow(value);
    } catch (error) {
      return this.wrong(site, error instanceof GraphQLError ? error.message : 'The value cannot be written as JSON');
    }
  }

  refused(site: Site, { message, code }: Refusal): void {
    this.#tell(message, this.#path(site), { code });
  }

  /** An object without a type of the schema: none is told where the entity itself is gone. */
  untyped(site: Site, name: unknown, abstract: string): void {
    const path = this.#path(site);
    if (this.#execution.troubles.explains(path)) return;
    const what = typeof name === 'string' ? 'a type that is not one of its own' : 'no type';
    this.wrong(site, `Abstract type "${abstract}" was resolved to ${what} for field ${site.coordinate}.`);
  }

  /** The whole answer is null: whatever was kept quiet is told now, so that it is never null without a reason. */
  lost(): void {
    const { troubles } = this.#execution;
    for (const path of this.#gone) this.#tell('What this field refers to does not exist any more', path, { code: 'NOT_FOUND' });
    if (troubles.isEmpty) troubles.add({ message: 'The answer is not complete', extensions: internal });
  }
}

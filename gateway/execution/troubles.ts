// The errors of one answer, and which of its places they explain: a null in a non-null place needs an error of its own only
// where no other tells of it.
import type { GraphQLFormattedError } from 'graphql';
import type { ClientKeys } from './client-keys.ts';

export type Path = readonly (string | number)[];

interface Place {
  told: boolean;
  below: Map<string | number, Place> | undefined;
}

const place = (): Place => ({ told: false, below: undefined });

export class Troubles {
  /** With the client's keys in their paths. */
  readonly errors: GraphQLFormattedError[] = [];
  /** Tree of the places that errors speak of. */
  readonly #root = place();
  readonly #known = new Set<string>();

  readonly #keys: ClientKeys | undefined;

  constructor(keys?: ClientKeys) {
    this.#keys = keys;
  }

  /** A place of the execution, as the client has to read it. */
  clientPath(path: Path): Path {
    return this.#keys ? this.#keys.path(path) : path;
  }

  /** Adds an error, unless the very same one is there; says whether it was added. `at`: its place by the execution's own keys. */
  add(error: GraphQLFormattedError, at: Path | undefined = error.path): boolean {
    const identity = JSON.stringify([at ?? null, error.message, error.extensions?.['code']]);
    if (this.#known.has(identity)) return false;
    this.#known.add(identity);
    this.errors.push(error);
    if (at) this.explain(at);
    return true;
  }

  /** An empty place is accounted for, without an error that names it. The root of the answer never is. */
  explain(path: Path): void {
    if (path.length === 0) return;
    let current = this.#root;
    for (const step of path) {
      current.below ??= new Map();
      let next = current.below.get(step);
      if (!next) current.below.set(step, (next = place()));
      current = next;
    }
    current.told = true;
  }

  /** True where an error speaks of this place, of one below it, or of one around it. */
  explains(path: Path): boolean {
    let current: Place | undefined = this.#root;
    for (const step of path) {
      current = current.below?.get(step);
      if (!current) return false;
      if (current.told) return true;
    }
    return path.length > 0 || this.errors.length > 0;
  }

  get isEmpty(): boolean {
    return this.errors.length === 0;
  }
}

// The response keys of one client's text, where it runs on an operation that was compiled for canonical ones: two texts that
// differ only in their aliases then share plan and code. Every execution brings the keys that stand in its own answer.
import type { Path } from './troubles.ts';

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** A GraphQL name as JSON text, and as a JavaScript literal: nothing in it can end either. Throws for anything else. */
export function quoted(name: string): string {
  if (!NAME.test(name)) throw new Error('Not a GraphQL name');
  return JSON.stringify(name);
}

export class ClientKeys {
  readonly #canonical: readonly string[];
  readonly #own: readonly string[];
  /** `"sum":` for each canonical key, in their order: what the writer puts before a value. */
  readonly labels: readonly string[];

  /** `own[i]` takes the place of `canonical[i]`, which is the name of no field. */
  constructor(canonical: readonly string[], own: readonly string[]) {
    this.#canonical = canonical;
    this.#own = own;
    this.labels = own.map((key) => `${quoted(key)}:`);
  }

  /** A path of the execution, as the client has to read it. */
  path(path: Path): Path {
    return path.map((step) => {
      const at = typeof step === 'string' ? this.#canonical.indexOf(step) : -1;
      return at < 0 ? step : this.#own[at]!;
    });
  }
}

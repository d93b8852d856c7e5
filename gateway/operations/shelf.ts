// How much of what was compiled is kept, over all operations and all their variants: what was used last, within a number of
// selections. An operation that selects little takes little; a number of operations alone would let those who send large
// ones fill the memory.
import { LRUCache } from 'lru-cache';

/** A compiled selection takes up to 3 KB (measured), with what was parsed: about 100 MB. */
const MOST_SELECTIONS = 30_000;

export class Shelf {
  readonly #most: number;
  readonly #kept: LRUCache<object, () => void>;

  constructor(most = MOST_SELECTIONS) {
    this.#most = most;
    this.#kept = new LRUCache({ maxSize: most, dispose: (drop, _thing, reason) => reason === 'evict' && drop() });
  }

  /** Selections of all that is kept. */
  get size(): number {
    return this.#kept.calculatedSize;
  }

  /** `drop` is called when it has to leave. */
  put(thing: object, selections: number, drop: () => void): void {
    this.#kept.set(thing, drop, { size: Math.max(1, Math.min(this.#most, selections)) });
  }

  /** It left by itself. */
  remove(thing: object): void {
    this.#kept.delete(thing);
  }

  /** It was used now. */
  use(thing: object): void {
    this.#kept.get(thing);
  }
}

// Which operations have figures of their own. Clients choose names and texts, and each label is a time series for ever: so an operation
// earns its label by coming back, the first ones keep theirs, and all others are `other`.
import { LRUCache } from 'lru-cache';

export interface OperationLabel {
  readonly operation: string;
  readonly hash: string;
}

export const OTHER: OperationLabel = { operation: 'other', hash: '' };

/** Operations that are counted until they have come often enough. */
const CANDIDATES = 2_000;
const LONGEST_NAME = 64;

/** A name that clients gave, fit for a label or a log line: names of GraphQL hold letters, digits and underscores only. */
export const safeName = (name: string | undefined): string => (name === undefined ? '' : name.slice(0, LONGEST_NAME).replace(/\W/g, '_'));

export class OperationLabels {
  readonly #most: number;
  readonly #after: number;
  readonly #known = new Map<string, OperationLabel>();
  readonly #candidates = new LRUCache<string, number>({ max: CANDIDATES });

  /** `most`: labels at all. `after`: executions before an operation has one. */
  constructor(most: number, after: number) {
    this.#most = most;
    this.#after = after;
  }

  get size(): number {
    return this.#known.size;
  }

  /** `hash`: of the normalised text. The same object for the same operation. */
  of(name: string | undefined, hash: string): OperationLabel {
    const key = name === undefined ? hash : `${hash}${name}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= this.#most) return OTHER;
    const seen = (this.#candidates.get(key) ?? 0) + 1;
    if (seen < this.#after) {
      this.#candidates.set(key, seen);
      return OTHER;
    }
    this.#candidates.delete(key);
    const label: OperationLabel = { operation: safeName(name), hash };
    this.#known.set(key, label);
    return label;
  }
}

// Counters that cost next to nothing to raise: a number in an object. The metrics library hears of them when somebody reads.
import { Counter, type Registry } from 'prom-client';

/** Raise `n`. */
export interface Count {
  n: number;
}

/** Different sets of labels that one counter may have; beyond, all that is new is counted as `other`. */
const MOST = 500;

export class Counts {
  readonly #labels: readonly string[];
  readonly #counts = new Map<string, Count & { readonly labels: Readonly<Record<string, string>> }>();

  constructor(registry: Registry, { name, help, labels }: { name: string; help: string; labels: readonly string[] }) {
    this.#labels = labels;
    const counts = this.#counts;
    new Counter({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const count of counts.values()) this.inc(count.labels, count.n);
      },
    });
  }

  /** The count for these values of the labels, in their order. */
  of(...values: readonly string[]): Count {
    const key = values.join('\n');
    const known = this.#counts.get(key);
    if (known) return known;
    if (this.#counts.size >= MOST && values.some((value) => value !== 'other')) return this.of(...values.map(() => 'other'));
    const count = { n: 0, labels: Object.fromEntries(this.#labels.map((label, i) => [label, values[i]!])) };
    this.#counts.set(key, count);
    return count;
  }
}

// How long the last queries took: the time after which a second attempt is worth its cost.

/** Answers that are remembered; the percentile is taken anew after each quarter of them. */
const REMEMBERED = 128;

export class Latencies {
  readonly #ms = new Float64Array(REMEMBERED);
  #count = 0;
  #p95: number | undefined;

  add(ms: number): void {
    this.#ms[this.#count++ % REMEMBERED] = ms;
    if (this.#count % (REMEMBERED / 4) === 0) {
      const known = this.#ms.slice(0, Math.min(this.#count, REMEMBERED)).sort();
      this.#p95 = known[Math.ceil(known.length * 0.95) - 1]!;
    }
  }

  /** Undefined until enough is known. */
  p95(): number | undefined {
    return this.#p95;
  }
}

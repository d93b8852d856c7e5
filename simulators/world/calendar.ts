// How many records of a year-long series fall on each day: few on Sundays, more before Christmas, a little growth.
// The series is ascending, so "records of a day" is a range of indexes.
import { dateOf, weekdayOf } from './days.ts';

const WEEKDAY_WEIGHTS = [0.15, 1, 1, 1.05, 1.05, 1.1, 0.7] as const;

export class Calendar {
  readonly first: number;
  readonly last: number;
  /** starts[d] = how many records lie before day `first + d`. */
  readonly #starts: Int32Array;

  constructor(first: number, last: number, records: number) {
    this.first = first;
    this.last = last;
    const days = last - first + 1;
    const weights = Array.from({ length: days }, (_, d) => {
      const day = first + d;
      const december = dateOf(day).slice(5, 7) === '12' ? 1.3 : 1;
      return (WEEKDAY_WEIGHTS[weekdayOf(day)] as number) * december * (1 + (0.2 * d) / days);
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#starts = new Int32Array(days + 1);
    let sum = 0;
    weights.forEach((weight, d) => {
      sum += weight;
      this.#starts[d + 1] = Math.round((records * sum) / total);
    });
  }

  /** The day of record `index`. */
  dayOf(index: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) <= index) low = middle;
      else high = middle;
    }
    return this.first + low;
  }

  /** Indexes of the records from day `from` to day `to`, both included: `[start, end)`. */
  range(from: number, to: number): { start: number; end: number } {
    const at = (day: number): number =>
      this.#starts[Math.max(0, Math.min(this.#starts.length - 1, day - this.first))] as number;
    const start = at(from);
    return { start, end: Math.max(start, at(to + 1)) };
  }

  /** Second of the day of record `index`: ascending within the day, in opening hours. */
  secondOf(index: number): number {
    const day = this.dayOf(index);
    const { start, end } = this.range(day, day);
    return 8 * 3600 + Math.floor(((index - start) * 10 * 3600) / Math.max(1, end - start));
  }
}

// A strict sliding window: at no moment have more than `perSecond` requests been let in during the last 1,000 ms, and
// never more than `perDay` since local midnight. Refused requests do not count.
import { todayInZone } from './world/index.ts';

export interface Limits {
  perSecond: number;
  perDay?: number;
}

export type Refusal = 'second' | 'day';

export interface LimiterClock {
  /** Monotonic milliseconds. */
  ms(): number;
  /** The calendar day that the daily quota belongs to. */
  day(): string;
}

const REAL_CLOCK: LimiterClock = { ms: () => performance.now(), day: () => todayInZone() };

export class SlidingWindow {
  readonly limits: Limits;
  readonly #clock: LimiterClock;
  /** Arrival times of the last `perSecond` admitted requests, as a ring. */
  #recent: Float64Array;
  #next = 0;
  #day = '';
  #today = 0;

  constructor(limits: Limits, clock: LimiterClock = REAL_CLOCK) {
    this.limits = limits;
    this.#clock = clock;
    this.#recent = new Float64Array(limits.perSecond).fill(-Infinity);
  }

  /** Lets a request in (null), or says which quota is spent. */
  admit(): Refusal | null {
    const day = this.#clock.day();
    if (day !== this.#day) {
      this.#day = day;
      this.#today = 0;
    }
    if (this.limits.perDay !== undefined && this.#today >= this.limits.perDay) return 'day';
    const now = this.#clock.ms();
    // The slot to be overwritten holds the oldest of the last `perSecond`: it must have left the window.
    if (now - (this.#recent[this.#next] as number) < 1000) return 'second';
    this.#recent[this.#next] = now;
    this.#next = (this.#next + 1) % this.#recent.length;
    this.#today += 1;
    return null;
  }

  /** Forgets the past. */
  reset(): void {
    this.#recent.fill(-Infinity);
    this.#today = 0;
  }
}

// Refuses new requests while the process is busier than it can bear, so that those under way are answered in time. Two signs:
// the event loop comes round late while many ask, or too many requests are under way. States: open, shedding; it opens again
// only well below the limit, so that it does not flap.
import { PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { Result } from '../result.ts';
import { refuseWith } from './refused.ts';

export interface OverloadLimits {
  /** Lateness of the event loop, smoothed over about a second; it counts only while many ask. Default 500 ms; 0: not looked at. */
  readonly lagMs: number;
  /** Requests under way. Default 1,000; 0: any number. */
  readonly requests: number;
}
export const OVERLOAD_LIMITS: OverloadLimits = { lagMs: 500, requests: 1_000 };

const EVERY_MS = 100;
/** A pause of this length moves the smoothed lag by 63 %. */
const SMOOTH_MS = 1_000;
/** It opens again below this part of a limit. */
const CALM = 0.5;
const RETRY_MS = 2_000;
/** Fewer are not why the loop is late, and to refuse them would help nobody: asking in a second, or under way. */
const MANY_ASKING = 50;
const MANY_UNDER_WAY = 20;

export interface OverloadOptions extends OverloadLimits {
  /** Requests under way now. */
  load(): number;
  readonly log: Logger;
}

export class Overload {
  readonly #options: OverloadOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #last = performance.now();
  #lag = 0;
  /** Who asked since the last look, and about how many ask in a second. */
  #asked = 0;
  #asking = 0;
  #shedding: 'lag' | 'requests' | null = null;
  /** Work of our own that is known to hold the event loop up. */
  #excused = 0;
  refused = 0;

  constructor(options: OverloadOptions) {
    this.#options = options;
    if (options.lagMs > 0) this.#timer = setInterval(() => this.#sample(), EVERY_MS).unref();
  }

  get shedding(): boolean {
    return this.#shedding !== null;
  }

  /** Milliseconds, smoothed. */
  get lagMs(): number {
    return this.#lag;
  }

  /** The refusal of a new request; null lets it in. */
  admit(): Result | null {
    const { requests, load } = this.#options;
    this.#asked++;
    if (this.#shedding === null && requests > 0 && load() >= requests) this.#turn('requests');
    else if (this.#shedding === 'requests' && load() < requests * CALM) this.#turn(null);
    if (this.#shedding === null) return null;
    this.refused++;
    return busy();
  }

  /** Until the returned function is called, the lateness of the event loop is no sign of too many requests. */
  excuse(): () => void {
    this.#excused++;
    return () => {
      this.#excused--;
      this.#last = performance.now();
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const now = performance.now();
    const took = this.#excused > 0 ? EVERY_MS : now - this.#last;
    this.#last = now;
    const weight = 1 - Math.exp(-took / SMOOTH_MS);
    this.#lag += (Math.max(0, took - EVERY_MS) - this.#lag) * weight;
    this.#asking += ((this.#asked * 1_000) / Math.max(took, 1) - this.#asking) * weight;
    this.#asked = 0;
    const { lagMs, load } = this.#options;
    const many = this.#asking > MANY_ASKING || load() > MANY_UNDER_WAY;
    if (this.#shedding === null && many && this.#lag > lagMs) this.#turn('lag');
    else if (this.#shedding === 'lag' && this.#lag < lagMs * CALM) this.#turn(null);
  }

  #turn(reason: 'lag' | 'requests' | null): void {
    const { log, load } = this.#options;
    const state = { reason: reason ?? this.#shedding, lagMs: Math.round(this.#lag), requests: load() };
    this.#shedding = reason;
    if (reason === null) log.info(state, 'New requests are taken again');
    else log.warn(state, 'Too busy: new requests are refused for now');
  }
}

const busy = (): Result =>
  refuseWith(new PonteError('OVERLOADED', 'The server is too busy to take this request', { hint: 'Try again in a moment.', retryable: true, retryAfterMs: RETRY_MS }));

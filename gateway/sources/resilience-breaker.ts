// Stops asking a subgraph that is down, and finds out when it is back. States: closed (asked), open (not asked), half-open
// (one call is let through to see). Counting is cockatiel's; the states are ours, because its policy lets every other call wait
// behind the probe, and takes a probe that its client gave up for a sign of health.
import { CircuitState, ConsecutiveBreaker, SamplingBreaker } from 'cockatiel';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Failures in a row that open it. Default 5. */
  readonly consecutive?: number | undefined;
  /** Share of failures within 10 s that opens it, from one call a second on. Default 0.5. */
  readonly ratio?: number | undefined;
  /** First rest before a probe; doubled with each failed one, up to 30 s. Default 1 s. */
  readonly restMs?: number | undefined;
}

/** How a call that was let through ended. `neither`: its caller gave up, so it tells nothing. */
export type Outcome = 'success' | 'failure' | 'neither';

const LONGEST_REST_MS = 30_000;
const WINDOW_MS = 10_000;
/** A probe that is silent for so long (a mutation may wait for a provider) no longer keeps the next one back. */
const PROBE_PATIENCE_MS = 5_000;

export class Breaker {
  readonly #inARow: ConsecutiveBreaker;
  readonly #share: SamplingBreaker;
  readonly #restMs: number;
  readonly #changed: (state: BreakerState) => void;
  readonly #now: () => number;
  #state: BreakerState = 'closed';
  #rests = 0;
  #probeFrom = 0;
  /** Raised with each change: what was let through in an older state says nothing about this one. */
  #era = 0;

  constructor({ consecutive = 5, ratio = 0.5, restMs = 1_000 }: BreakerOptions, changed: (state: BreakerState) => void, now = () => performance.now()) {
    this.#inARow = new ConsecutiveBreaker(consecutive);
    this.#share = new SamplingBreaker({ threshold: ratio, duration: WINDOW_MS, minimumRps: 1 });
    this.#restMs = restMs;
    this.#changed = changed;
    this.#now = now;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** A ticket for `settle`, or undefined where the subgraph is not to be asked now. */
  admit(): number | undefined {
    if (this.#state === 'closed') return this.#era;
    if (this.#now() < this.#probeFrom) return undefined;
    this.#probeFrom = this.#now() + PROBE_PATIENCE_MS;
    this.#become('half-open');
    return this.#era;
  }

  /** To be called once for each ticket. */
  settle(ticket: number, outcome: Outcome): void {
    if (ticket !== this.#era) return;
    if (outcome === 'neither') {
      if (this.#state !== 'half-open') return;
      this.#probeFrom = this.#now();
      this.#become('open');
    } else if (outcome === 'success') {
      const known = this.#state === 'half-open' ? CircuitState.HalfOpen : CircuitState.Closed;
      this.#inARow.success();
      this.#share.success(known);
      if (this.#state === 'closed') return;
      this.#rests = 0;
      this.#become('closed');
    } else if (this.#state === 'half-open') {
      this.#open();
    } else {
      // Both count every failure.
      const inARow = this.#inARow.failure();
      const share = this.#share.failure(CircuitState.Closed);
      if (inARow || share) this.#open();
    }
  }

  #open(): void {
    this.#probeFrom = this.#now() + Math.min(LONGEST_REST_MS, this.#restMs * 2 ** this.#rests++);
    this.#become('open');
  }

  #become(state: BreakerState): void {
    this.#era++;
    if (this.#state === state) return;
    this.#state = state;
    this.#changed(state);
  }
}

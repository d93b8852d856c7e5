// What stands between the gateway and a subgraph that is slow, full or down: a limit of calls at a time with a bounded queue, a
// circuit breaker, a few repetitions of queries, and, where it is switched on, a second call for a query that takes too long.
// cockatiel's retry and bulkhead are not used: they know no budget, no Retry-After, and keep aborted calls in their queue.
import { setTimeout as sleep } from 'node:timers/promises';
import { toSignal, type Cancel } from '../../lib/cancel.ts';
import { PonteError } from '../../lib/errors.ts';
import { retryAfterMs } from '../../lib/http/retry.ts';
import { TransportError, type HttpAnswer } from './http1-response.ts';
import { Breaker, type BreakerOptions, type BreakerState, type Outcome } from './resilience-breaker.ts';
import { Latencies } from './resilience-hedge.ts';

export interface ResilienceOptions {
  /** Calls under way at a time. Default 64. */
  readonly concurrency?: number | undefined;
  /** Calls that may wait for one of them; more are refused. Default 256. */
  readonly queue?: number | undefined;
  /** Repetitions of one query. Default 2; 0 switches them off. */
  readonly retries?: number | undefined;
  /** All repetitions, as a share of all calls (a few are always granted). Default 0.1. */
  readonly retryBudget?: number | undefined;
  /** A query that takes longer than 95 % of them is sent a second time (at most 5 % more calls); the first answer wins. Default false. */
  readonly hedge?: boolean | undefined;
  readonly breaker?: BreakerOptions | undefined;
}

/** For metrics: counters since the start, and what is under way. */
export interface SourceStats {
  readonly retries: number;
  readonly hedges: number;
  /** Calls refused without asking: the breaker was open, or the queue full. */
  readonly refused: number;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly queued: number;
}

export interface ResilientCall {
  /** One exchange. `timeoutMs` is what is left of the call's. */
  attempt(signal: Cancel, timeoutMs: number | undefined): Promise<HttpAnswer>;
  /** A query: may be repeated, and sent twice. */
  readonly repeatable: boolean;
  readonly signal: Cancel;
  /** For all attempts and the pauses between them. */
  readonly timeoutMs?: number | undefined;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Repetitions that are granted before the calls have earned them. */
const RETRY_RESERVE = 10;
const HEDGE_SHARE = 0.05;
const AGAIN_FAILURES = new Set(['refused', 'stale', 'reset']);
const AGAIN_STATUS = new Set([502, 503, 504]);

export type RefusedReason = 'the circuit breaker is open' | 'too many calls wait';

/** A call that was refused without asking the subgraph. */
export class RefusedCall extends PonteError {
  constructor(reason: RefusedReason) {
    super('SUBGRAPH_UNAVAILABLE', `The subgraph was not asked: ${reason}`, { retryable: true });
    this.name = 'RefusedCall';
  }
}

interface Tried {
  readonly answer?: HttpAnswer;
  readonly error?: unknown;
}

/** The pause before a query is repeated, ms; undefined where it is not. Full jitter, or what the subgraph asked for. */
export function pauseBeforeRetry({ answer, error }: Tried, attempt: number, random: number): number | undefined {
  const again = answer ? AGAIN_STATUS.has(answer.status) : error instanceof TransportError && AGAIN_FAILURES.has(error.failure);
  if (!again) return undefined;
  const asked = retryAfterMs(answer?.retryAfter);
  return asked ?? random * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
}

const outcomeOf = ({ answer, error }: Tried): Outcome => {
  if (answer) return answer.status >= 500 ? 'failure' : 'success';
  const down = error instanceof TransportError && error.failure !== 'closed' && error.failure !== 'too large';
  return down ? 'failure' : 'neither';
};

export class Resilience {
  readonly #concurrency: number;
  readonly #queueLimit: number;
  readonly #retries: number;
  readonly #retryBudget: number;
  readonly #latencies: Latencies | undefined;
  readonly #breaker: Breaker;
  readonly #queue = new Set<() => void>();
  #inFlight = 0;
  #retryTokens = RETRY_RESERVE;
  #hedgeTokens = 1;
  #retried = 0;
  #hedged = 0;
  #refused = 0;

  constructor({ concurrency = 64, queue = 256, retries = 2, retryBudget = 0.1, hedge = false, breaker = {} }: ResilienceOptions, changed: (state: BreakerState) => void) {
    this.#concurrency = concurrency;
    this.#queueLimit = queue;
    this.#retries = retries;
    this.#retryBudget = retryBudget;
    this.#latencies = hedge ? new Latencies() : undefined;
    this.#breaker = new Breaker(breaker, changed);
  }

  get stats(): SourceStats {
    return {
      retries: this.#retried,
      hedges: this.#hedged,
      refused: this.#refused,
      breaker: this.#breaker.state,
      inFlight: this.#inFlight,
      queued: this.#queue.size,
    };
  }

  /** The subgraph's answer, whatever its status. Rejects with a TransportError, a RefusedCall, or the reason of the signal. */
  async run(call: ResilientCall): Promise<HttpAnswer> {
    if (this.#inFlight < this.#concurrency) this.#inFlight++;
    else await this.#wait(call.signal);
    try {
      this.#retryTokens = Math.min(RETRY_RESERVE, this.#retryTokens + this.#retryBudget);
      const until = call.timeoutMs === undefined ? undefined : performance.now() + call.timeoutMs;
      for (let attempt = 0; ; attempt++) {
        const left = until === undefined || attempt === 0 ? call.timeoutMs : Math.max(1, Math.ceil(until - performance.now()));
        const tried = await this.#once(call, left);
        const pause = call.repeatable && attempt < this.#retries && this.#retryTokens >= 1 ? pauseBeforeRetry(tried, attempt, Math.random()) : undefined;
        const inTime = pause !== undefined && (until === undefined || performance.now() + pause < until);
        if (!inTime || call.signal.aborted || this.#breaker.state !== 'closed') {
          if (tried.answer) return tried.answer;
          throw tried.error;
        }
        this.#retryTokens--;
        this.#retried++;
        await sleep(pause, undefined, { signal: toSignal(call.signal) }).catch(() => call.signal.throwIfAborted());
      }
    } finally {
      this.#release();
    }
  }

  /** One attempt, and perhaps a second one at its side. Never rejects. */
  async #once(call: ResilientCall, left: number | undefined): Promise<Tried> {
    if (!this.#latencies || !call.repeatable) return this.#guarded(call.attempt, call.signal, left);
    this.#hedgeTokens = Math.min(1, this.#hedgeTokens + HEDGE_SHARE);
    const patience = this.#latencies.p95();
    return patience === undefined ? this.#guarded(call.attempt, call.signal, left) : this.#hedge(call, left, patience);
  }

  async #hedge({ attempt, signal }: ResilientCall, left: number | undefined, patience: number): Promise<Tried> {
    const lost = new AbortController();
    const either = AbortSignal.any([toSignal(signal), lost.signal]);
    const first = this.#guarded(attempt, either, left);
    const timer = new AbortController();
    const late = sleep(patience, 'late' as const, { signal: timer.signal }).catch(() => 'cancelled' as const);
    const early = await Promise.race([first, late]);
    timer.abort();
    if (typeof early === 'object') return early;
    if (this.#hedgeTokens < 1 || this.#inFlight >= this.#concurrency || this.#breaker.state !== 'closed') return first;
    this.#hedgeTokens--;
    this.#hedged++;
    this.#inFlight++;
    const second = this.#guarded(attempt, either, left === undefined ? undefined : Math.max(1, Math.ceil(left - patience))).finally(() => this.#release());
    const good = async (one: Promise<Tried>): Promise<Tried> => {
      const tried = await one;
      if (!tried.answer) throw tried.error;
      return tried;
    };
    try {
      return await Promise.any([good(first), good(second)]);
    } catch {
      return await first;
    } finally {
      lost.abort(new DOMException('The other attempt was faster', 'AbortError'));
    }
  }

  /** One exchange behind the breaker. Never rejects. */
  async #guarded(attempt: ResilientCall['attempt'], signal: Cancel, left: number | undefined): Promise<Tried> {
    const ticket = this.#breaker.admit();
    if (ticket === undefined) {
      this.#refused++;
      return { error: new RefusedCall('the circuit breaker is open') };
    }
    const began = this.#latencies ? performance.now() : 0;
    let tried: Tried;
    try {
      tried = { answer: await attempt(signal, left) };
      this.#latencies?.add(performance.now() - began);
    } catch (error) {
      tried = { error };
    }
    this.#breaker.settle(ticket, outcomeOf(tried));
    return tried;
  }

  /** A place among the calls under way, in the order of asking. */
  #wait(signal: Cancel): Promise<void> {
    signal.throwIfAborted();
    if (this.#queue.size >= this.#queueLimit) {
      this.#refused++;
      throw new RefusedCall('too many calls wait');
    }
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#queue.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      this.#queue.add(enter);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Gives the place to the next in the queue, if there is one. */
  #release(): void {
    for (const enter of this.#queue) {
      this.#queue.delete(enter);
      return enter();
    }
    this.#inFlight--;
  }
}

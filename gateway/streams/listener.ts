// One client's subscription: answers wait here until its door takes them. A door that takes slowly gets the newest state of each
// key. `return()` settles every waiting `next()` at once. Lean, because thousands stand idle: nothing is made before it is needed.
import type { Principal } from '../principal.ts';
import type { Result } from '../result.ts';
import { Mailbox } from './mailbox.ts';
import type { Signals } from './signals.ts';

export interface ListenerSettings {
  /** Answers that may wait. */
  readonly maxPending: number;
  /** The caller's credential has ended: the last answer. */
  readonly revoked: () => Result;
  readonly dropped: (count: number) => void;
  readonly signals: Signals;
  readonly left: (listener: Listener) => void;
}

/** Whoever a listener hangs on. */
export interface Host {
  leave(listener: Listener): void;
}

type Taken = IteratorResult<Result, undefined>;
const OVER: Taken = { value: undefined, done: true };

export class Listener implements AsyncGenerator<Result, undefined, undefined> {
  readonly principal: Principal;
  /** Set by the group that it joins. */
  host: Host | undefined;
  /** The newest event of the primary when it joined, and the opening whose earlier events it was given. */
  joinedSeq = 0;
  replayed = 0;
  /** The opening of the primary that it waits for. */
  opening: object | undefined;

  readonly #settings: ListenerSettings;
  readonly #gone: AbortSignal | undefined;
  #pending: Mailbox<Result> | undefined;
  #waiting: ((taken: Taken) => void)[] | undefined;
  #last: Result | undefined;
  #state: 'open' | 'ending' | 'over' = 'open';

  /** `gone`: the client's. Neither that nor the principal's signal has fired. */
  constructor(settings: ListenerSettings, principal: Principal, gone: AbortSignal | undefined) {
    this.#settings = settings;
    this.principal = principal;
    this.#gone = gone;
    if (principal.ended) settings.signals.follow(principal.ended, this);
    if (gone) settings.signals.follow(gone, this);
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** An answer; one under a key replaces that which nobody has taken. */
  push(key: string | undefined, result: Result): void {
    if (this.#state !== 'open') return;
    const waiting = this.#waiting?.shift();
    if (waiting) return waiting({ value: result, done: false });
    this.#pending ??= new Mailbox(this.#settings.maxPending);
    const dropped = this.#pending.put(key, result);
    if (dropped > 0) this.#settings.dropped(dropped);
  }

  /** No more will come: after what waits, `last`. With `now`, instead of what waits. */
  finish(last?: Result, now = false): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#last = last;
    if (now) this.#pending = undefined;
    this.#leave();
    for (let wake = this.#waiting?.shift(); wake; wake = this.#waiting?.shift()) wake(this.#take());
    if (!this.#last && !this.#pending?.size) this.#over();
  }

  /** One of its signals. */
  aborted(signal: AbortSignal): void {
    if (signal === this.principal.ended) this.finish(this.#settings.revoked(), true);
    else this.#over();
  }

  next(): Promise<Taken> {
    if (this.#state !== 'open' || this.#pending?.size) return Promise.resolve(this.#take());
    return new Promise((resolve) => (this.#waiting ??= []).push(resolve));
  }

  return(): Promise<Taken> {
    this.#over();
    return Promise.resolve(OVER);
  }

  throw(error: unknown): Promise<Taken> {
    this.#over();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over();
  }

  #take(): Taken {
    const result = this.#pending?.take();
    if (this.#pending?.size === 0) this.#pending = undefined;
    if (result) return { value: result, done: false };
    if (this.#state !== 'ending') return OVER;
    const last = this.#last;
    this.#last = undefined;
    if (!last) this.#over();
    return last ? { value: last, done: false } : OVER;
  }

  #over(): void {
    if (this.#state === 'over') return;
    if (this.#state === 'open') this.#leave();
    this.#state = 'over';
    this.#pending = undefined;
    this.#last = undefined;
    for (const wake of this.#waiting?.splice(0) ?? []) wake(OVER);
    this.#waiting = undefined;
  }

  #leave(): void {
    if (this.principal.ended) this.#settings.signals.unfollow(this.principal.ended, this);
    if (this.#gone) this.#settings.signals.unfollow(this.#gone, this);
    this.host?.leave(this);
    this.host = undefined;
    this.#settings.left(this);
  }
}

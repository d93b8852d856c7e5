// What ends work early, in the form in which every request can afford it: an AbortSignal costs some microseconds to make and one or two
// for each listener, and most requests end without anybody having asked for one.
import { setMaxListeners } from 'node:events';

/** The part of an AbortSignal that hot paths use; an AbortSignal is one. */
export interface Cancel {
  readonly aborted: boolean;
  /** Why; undefined as long as it is not aborted. */
  readonly reason: unknown;
  /** Throws the reason. */
  throwIfAborted(): void;
  /** Called once, when it is aborted; never where that has happened already. */
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Aborted by hand, once. Makes a real AbortSignal only for who asks for one. */
export class Cancellation implements Cancel {
  aborted = false;
  reason: unknown = undefined;
  /** A list, not a Set: what a Set held is kept by V8 until a full collection, and that is the answer of each fetch. */
  #listeners: (() => void)[] | undefined;
  #controller: AbortController | undefined;

  /** For those who take nothing else: timers, other libraries, `AbortSignal.any`. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // Each fetch that is under way listens to it: many are no leak.
      setMaxListeners(0, this.#controller.signal);
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  /** The first reason counts. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason ?? new DOMException('This operation was aborted', 'AbortError');
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#controller?.abort(this.reason);
    for (const listener of listeners ?? []) listener();
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.aborted) return;
    if (!this.#listeners) this.#listeners = [listener];
    else if (!this.#listeners.includes(listener)) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const listeners = this.#listeners;
    const at = listeners ? listeners.lastIndexOf(listener) : -1;
    if (at >= 0) listeners!.splice(at, 1);
  }
}

/** The real signal behind it. */
export const toSignal = (cancel: Cancel): AbortSignal => (cancel instanceof Cancellation ? cancel.signal : (cancel as AbortSignal));

/** The value of `work`, or the reason as soon as it is aborted; the work then goes on, and nobody waits for it. */
export function orAborted<T>(work: T | Promise<T>, cancel: Cancel | undefined): Promise<T> {
  if (!cancel) return Promise.resolve(work);
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(cancel.reason);
    if (cancel.aborted) abort();
    else cancel.addEventListener('abort', abort, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => cancel.removeEventListener('abort', abort));
  });
}

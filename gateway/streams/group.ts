// Listeners who get the same text: one operation, one variant of it, the same variables and wallets. Each event of their primary
// is executed once, with a request (loaders, deadline) of its own, one after the other; while one is executed, newer events of
// a key replace older ones.
import type { StreamExecutable } from '../execution/executable.ts';
import type { Principal } from '../principal.ts';
import { RequestContext } from '../request.ts';
import type { Result } from '../result.ts';
import type { SourceEvent, Variables } from '../sources/source.ts';
import type { Host, Listener } from './listener.ts';
import { Mailbox } from './mailbox.ts';

/** One event of a primary, as groups take it. */
export interface Entry {
  /** What it is a state of; undefined for happenings. */
  readonly key: string | undefined;
  /** The event for one execution: what it gives belongs to the caller. */
  readonly event: () => SourceEvent;
  /** The opening that it came from. */
  readonly generation: number;
  /** Events of a primary count up. */
  readonly seq: number;
  /** False where a new opening says again what everybody knows. */
  readonly isNews: boolean;
  /** The event before it under the same key. */
  readonly before: { readonly seq: number; readonly generation: number } | undefined;
  /** For those only who wait for this opening. */
  readonly only?: object;
}

/** Two events of which the older was not executed: whoever needed one of them gets the newer. */
const mergeEntries = (older: Entry, newer: Entry): Entry => ({ ...newer, seq: older.seq, isNews: older.isNews || newer.isNews, before: older.before });

/** What the listener was told under the entry's key before it joined, or since. */
const knows = (listener: Listener, before: Entry['before']): boolean => before !== undefined && (before.seq > listener.joinedSeq || before.generation === listener.replayed);

/** A listener who joined after the event came is given it too: it is the state that it found. */
function isFor(entry: Entry, listener: Listener): boolean {
  if (entry.only) return listener.opening === entry.only;
  return entry.isNews || entry.seq <= listener.joinedSeq || !knows(listener, entry.before);
}

/** Whatever groups hang on. */
export interface GroupHost {
  readonly deadlineMs: number;
  readonly maxPending: number;
  /** Whether answers are given to those who join in a moment. */
  readonly keepsAnswers: boolean;
  dropped(count: number): void;
  /** For what an executable promises not to do. */
  failed(error: unknown): Result;
  /** The last listener has left. */
  empty(group: Group): void;
}

/** What its listeners have in common. */
export interface Shared {
  /** Operation, variant and variables. */
  readonly key: string;
  readonly executable: StreamExecutable;
  readonly coerced: Variables;
  readonly raw: Variables;
}

/** Ends the listeners that it is for, after the events that wait. */
interface Finish {
  readonly isFor: (listener: Listener) => boolean;
  readonly last: Result | undefined;
}

export class Group implements Host {
  readonly listeners = new Set<Listener>();
  readonly shared: Shared;
  readonly #host: GroupHost;
  readonly #waiting: Mailbox<Entry>;
  /** The newest answers, for those who join in a moment. */
  #answers: Map<string, { readonly entry: Entry; readonly result: Result }> | undefined;
  #finishes: Finish[] | undefined;
  #request: RequestContext | undefined;
  #working = false;

  constructor(host: GroupHost, shared: Shared) {
    this.#host = host;
    this.shared = shared;
    this.#waiting = new Mailbox(host.maxPending);
  }

  /** The states that this opening of the primary gave so far come at once. */
  join(listener: Listener, generation: number): void {
    listener.host = this;
    this.listeners.add(listener);
    for (const [key, { entry, result }] of this.#answers ?? []) if (entry.generation === generation) listener.push(key, result);
  }

  leave(listener: Listener): void {
    if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
    this.#waiting.clear();
    this.#answers = undefined;
    this.#request?.abort(new DOMException('The listeners have left', 'AbortError'));
    this.#host.empty(this);
  }

  offer(entry: Entry): void {
    const dropped = this.#waiting.put(entry.key, entry, mergeEntries);
    if (dropped > 0) this.#host.dropped(dropped);
    void this.#work();
  }

  /** Nobody who joins from now on is given old answers. */
  forget(): void {
    this.#answers = undefined;
  }

  finish(isForListener: Finish['isFor'], last: Result | undefined): void {
    (this.#finishes ??= []).push({ isFor: isForListener, last });
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let entry = this.#waiting.take(); entry; entry = this.#waiting.take()) {
      const result = await this.#execute(entry);
      if (entry.key !== undefined && this.#host.keepsAnswers) (this.#answers ??= new Map()).set(entry.key, { entry, result });
      for (const listener of this.listeners) if (isFor(entry, listener)) listener.push(entry.key, result);
    }
    this.#working = false;
    const finishes = this.#finishes;
    this.#finishes = undefined;
    for (const { isFor: ends, last } of finishes ?? []) for (const listener of this.listeners) if (ends(listener)) listener.finish(last);
  }

  async #execute(entry: Entry): Promise<Result> {
    const { executable, coerced, raw } = this.shared;
    const request = new RequestContext({ principal: this.#principal(), deadlineMs: this.#host.deadlineMs });
    this.#request = request;
    try {
      const result = await executable.execute(entry.event(), { coerced, raw, request });
      // The writer hands over many pieces: reading a character joins them, once for all who send them and keep them.
      result.text.charCodeAt(0);
      return result;
    } catch (error) {
      return this.#host.failed(error);
    } finally {
      this.#request = undefined;
      request.end();
    }
  }

  /** Any listener's: they may all see the same. */
  #principal(): Principal {
    for (const { principal } of this.listeners) return principal;
    return { id: 'nobody', scopes: new Set(), wallets: [] };
  }
}

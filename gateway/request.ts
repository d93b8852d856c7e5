// One request of a client, or one event of a subscription: who asks, until when, and what the subgraphs keep for it.
import { Cancellation } from '../lib/cancel.ts';
import { PonteError } from '../lib/errors.ts';
import { subgraphRequest, type AllowedWallets, type Subgraph } from '../lib/graphql/subgraph.ts';
import type { Span } from '../lib/tracing.ts';
import type { DoorName } from './doors/port.ts';
import type { Tier } from './execution/executable.ts';
import { OPEN, type Principal } from './principal.ts';

type Path = readonly (string | number)[];

/** What happened on the way: for the log, the metrics and whoever asks why it was slow. */
export interface Tally {
  fetches: number;
  tier?: Tier;
  /** Why the text tier gave up, where it did. */
  fallback?: string;
}

export class RequestContext {
  readonly principal: Principal;
  readonly tally: Tally = { fetches: 0 };
  /** Travel with the fetches of remote subgraphs: what the logs call this request, and W3C's trace context. */
  requestId?: string;
  traceparent?: string;
  /** By which it came. */
  door: DoorName | 'none' = 'none';
  /** Of the operation, where traces are on: fetches stand below it. */
  span?: Span;
  /** Where somebody wants to see it: milliseconds of each fetch, by subgraph and text (gateway/telemetry). */
  fetchTimes?: Map<string, number[]>;
  /** Aborted by its deadline, by its client, or by hand. */
  readonly cancel = new Cancellation();
  readonly began = performance.now();
  #contexts: Map<Subgraph, object> | undefined;
  /** Places (with `@` for list elements) where a subgraph did not know an entity that another one named. */
  #gone: Set<string> | undefined;
  #unfollow: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /** `parent`: aborts it, too. `end()` must be called when the answer is out. */
  constructor({ principal = OPEN, deadlineMs, parent }: { principal?: Principal; deadlineMs?: number; parent?: AbortSignal } = {}) {
    this.principal = principal;
    if (deadlineMs !== undefined) this.setDeadline(deadlineMs);
    if (!parent) return;
    const follow = () => this.abort(parent.reason);
    if (parent.aborted) follow();
    else parent.addEventListener('abort', follow, { once: true });
    this.#unfollow = () => parent.removeEventListener('abort', follow);
  }

  /** Milliseconds from the beginning of the request; replaces the one before. */
  setDeadline(deadlineMs: number): void {
    clearTimeout(this.#timer);
    const left = Math.max(0, deadlineMs - (performance.now() - this.began));
    this.#timer = setTimeout(() => this.abort(deadlineExceeded(deadlineMs)), left);
  }

  get allowedWallets(): AllowedWallets {
    return this.principal.wallets;
  }

  /** `cancel` for those who need a real signal: dearer. */
  get signal(): AbortSignal {
    return this.cancel.signal;
  }

  /** The subgraph's context of this request: made once, so that all fetches share its loaders. */
  contextOf(subgraph: Subgraph): object {
    const contexts = (this.#contexts ??= new Map());
    let context = contexts.get(subgraph);
    if (!context) {
      context = subgraph.createContext(subgraphRequest(this.allowedWallets, this.cancel));
      contexts.set(subgraph, context);
    }
    return context;
  }

  abort(reason: unknown): void {
    this.cancel.abort(reason);
  }

  /** The work is over: releases the timer. False where it was over already. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#unfollow?.();
    return true;
  }

  /** Remembers that an entity at this place of the answer does not exist (a reference whose other end is gone). */
  markGone(place: Path): void {
    (this.#gone ??= new Set()).add(place.join('\n'));
  }

  /** True where the value at `path` is missing because its entity, or one around it, is gone. */
  isGone(path: Path): boolean {
    const gone = this.#gone;
    if (!gone) return false;
    const place = path.map((step) => (typeof step === 'number' ? '@' : step));
    return place.some((_, i) => gone.has(place.slice(0, i + 1).join('\n')));
  }
}

export const deadlineExceeded = (deadlineMs: number): PonteError =>
  new PonteError('DEADLINE_EXCEEDED', `The answer was not complete after ${deadlineMs / 1_000} s`, {
    hint: 'Ask for fewer rows or fields, or try again later.',
    retryable: true,
  });

/** What Apollo Server carries as its context value. It copies that object for some calls, so the request stands inside it. */
export interface GatewayContext {
  readonly request: RequestContext;
}

/** The reason of an abort whose client is gone: nobody reads the answer. */
export const clientGone = (): DOMException => new DOMException('The client closed the connection', 'AbortError');

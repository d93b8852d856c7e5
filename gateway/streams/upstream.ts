// One stream of a subgraph, as it is asked for by a primary. Where it breaks for a reason that may pass (the subgraph restarts),
// it is opened again: full jitter, growing waits, within a budget of time. A remote source reconnects its socket by itself; this
// is for what it cannot mend, and for sources that break at once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../lib/graphql/run.ts';
import { ponteErrorOf } from '../errors.ts';
import type { Principal } from '../principal.ts';
import { RequestContext } from '../request.ts';
import type { Result } from '../result.ts';
import type { PlannedFetch, Source, SourceEvent, Variables } from '../sources/source.ts';

/** Whoever opens a stream. */
export interface UpstreamHost {
  readonly source: Source;
  readonly planned: PlannedFetch;
  readonly variables: Variables;
  readonly principal: Principal;
  /** How long one break may last, ms. */
  readonly resumeMs: number;
  /** Events are given one at a time: the next is taken when this is done. */
  heard(upstream: Upstream, event: SourceEvent): Promise<void> | void;
  /** It stands again: what it gives now begins anew. */
  reopened(upstream: Upstream): void;
  /** It is over: by itself, refused when it was opened again, or broken. Not called after `close()`. */
  ended(upstream: Upstream, failure?: Failure): void;
}
export type Failure = { readonly error: unknown } | { readonly refusal: Answer };

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;

/** True for what may be over in a moment. A bug is not an outage: anything unknown ends the stream. */
const mayPass = (error: unknown): boolean => ponteErrorOf(error)?.code === 'SUBGRAPH_UNAVAILABLE';

type Opened = Awaited<ReturnType<Source['open']>>;

export class Upstream {
  /** Counts the openings of its host, this one's repetitions included. */
  generation: number;
  /** Until its first event it is fresh for ever: nothing was missed. */
  freshUntil = Infinity;
  /** While it is opened for the first time: null where that succeeds, or why it does not. */
  beginning: Promise<Result | null> | undefined;
  readonly #host: UpstreamHost;
  #stream: RequestContext | undefined;
  #events: AsyncIterator<SourceEvent> | undefined;
  #closed = false;
  /** While it waits to be opened again. */
  #waiting: AbortController | undefined;

  constructor(host: UpstreamHost, generation: number) {
    this.#host = host;
    this.generation = generation;
  }

  get isFresh(): boolean {
    return performance.now() < this.freshUntil;
  }

  /** Resolves when it is open (events come from now on), or with the subgraph's refusal. Rejects where it cannot be opened. */
  async open(): Promise<Answer | null> {
    const opened = await this.#open();
    if ('refusal' in opened) return opened.refusal;
    void this.#run(opened.events);
    return null;
  }

  /** Ends it at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting?.abort();
    this.#release();
  }

  async #open(): Promise<Opened> {
    const { source, planned, variables, principal } = this.#host;
    const stream = new RequestContext({ principal });
    this.#stream = stream;
    try {
      const opened = await source.open(planned, variables, stream);
      if ('refusal' in opened) this.#release();
      else if (this.#closed) void Promise.resolve(opened.events.return?.()).catch(() => undefined);
      else this.#events = opened.events;
      return opened;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #release(): void {
    const [stream, events] = [this.#stream, this.#events];
    this.#stream = undefined;
    this.#events = undefined;
    // Not awaited: a source may answer late, and nobody waits for it.
    if (events) void Promise.resolve(events.return?.()).catch(() => undefined);
    stream?.abort(new DOMException('The stream is over', 'AbortError'));
    stream?.end();
  }

  async #run(first: AsyncIterator<SourceEvent>): Promise<void> {
    for (let events: AsyncIterator<SourceEvent> | undefined = first; events && !this.#closed; ) {
      try {
        for (let taken = await events.next(); !taken.done && !this.#closed; taken = await events.next()) await this.#host.heard(this, taken.value);
        return this.#end();
      } catch (error) {
        if (this.#closed) return;
        this.#release();
        if (!mayPass(error)) return this.#end({ error });
        events = await this.#reopen(error);
      }
    }
  }

  /** The stream again; undefined where it is over instead. */
  async #reopen(broken: unknown): Promise<AsyncIterator<SourceEvent> | undefined> {
    const until = performance.now() + this.#host.resumeMs;
    let error = broken;
    for (let most = FIRST_WAIT_MS; !this.#closed; most = Math.min(most * 2, LONGEST_WAIT_MS)) {
      const waitMs = Math.random() * most;
      if (performance.now() + waitMs > until) break;
      this.#waiting = new AbortController();
      await sleep(waitMs, undefined, { signal: this.#waiting.signal }).catch(() => undefined);
      this.#waiting = undefined;
      if (this.#closed) return undefined;
      try {
        const opened = await this.#open();
        if (this.#closed) return undefined;
        if ('refusal' in opened) return void this.#end({ refusal: opened.refusal });
        this.#host.reopened(this);
        return opened.events;
      } catch (failure) {
        error = failure;
        if (!mayPass(failure)) break;
      }
    }
    this.#end({ error });
    return undefined;
  }

  #end(failure?: Failure): void {
    if (this.#closed) return;
    this.close();
    this.#host.ended(this, failure);
  }
}

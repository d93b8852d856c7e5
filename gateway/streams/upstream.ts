// One stream of a subgraph, as it is asked for by a primary. Where it breaks for a reason that may pass (the subgraph restarts),
// it is opened again: full jitter, growing waits, within a budget of time. A remote source reconnects its socket by itself; this
// is for what it cannot mend, and for sources that break at once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../lib/graphql/run.ts';
import { ponteErrorOf } from '../errors.ts';
import type { Principal } from '../principal.ts';
import { RequestContext } from '../request.ts';
import type { PlannedFetch, Source, SourceEvent, Variables } from '../sources/source.ts';

export interface UpstreamOptions {
  readonly source: Source;
  readonly fetch: PlannedFetch;
  readonly variables: Variables;
  readonly principal: Principal;
  /** How long one break may last, ms. */
  readonly resumeMs: number;
  /** Events are given one at a time: the next is taken when this is done. */
  readonly event: (event: SourceEvent) => Promise<void> | void;
  /** It stands again: what it gives now begins anew. */
  readonly reopened: () => void;
  /** It is over: by itself, refused when it was opened again, or broken. Not called after `close()`. */
  readonly ended: (failure?: { readonly error: unknown } | { readonly refusal: Answer }) => void;
}

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;

/** True for what may be over in a moment. A bug is not an outage: anything unknown ends the stream. */
const mayPass = (error: unknown): boolean => ponteErrorOf(error)?.code === 'SUBGRAPH_UNAVAILABLE';

type Opened = Awaited<ReturnType<Source['open']>>;

export class Upstream {
  readonly #options: UpstreamOptions;
  #stream: RequestContext | undefined;
  #events: AsyncIterator<SourceEvent> | undefined;
  #closed = false;
  readonly #closing = new AbortController();

  constructor(options: UpstreamOptions) {
    this.#options = options;
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
    this.#closing.abort();
    this.#release();
  }

  async #open(): Promise<Opened> {
    const { source, fetch, variables, principal } = this.#options;
    const stream = new RequestContext({ principal });
    this.#stream = stream;
    try {
      const opened = await source.open(fetch, variables, stream);
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
        for (let taken = await events.next(); !taken.done && !this.#closed; taken = await events.next()) await this.#options.event(taken.value);
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
    const until = performance.now() + this.#options.resumeMs;
    let error = broken;
    for (let most = FIRST_WAIT_MS; !this.#closed; most = Math.min(most * 2, LONGEST_WAIT_MS)) {
      const waitMs = Math.random() * most;
      if (performance.now() + waitMs > until) break;
      await sleep(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      if (this.#closed) return undefined;
      try {
        const opened = await this.#open();
        if (this.#closed) return undefined;
        if ('refusal' in opened) return void this.#end({ refusal: opened.refusal });
        this.#options.reopened();
        return opened.events;
      } catch (failure) {
        error = failure;
        if (!mayPass(failure)) break;
      }
    }
    this.#end({ error });
    return undefined;
  }

  #end(failure?: Parameters<UpstreamOptions['ended']>[0]): void {
    if (this.#closed) return;
    this.close();
    this.#options.ended(failure);
  }
}

// A primary stream and all who listen to it: same subgraph, operation, variables and wallets, so one stream upstream serves them.
//
// CHANGES: who comes late hears what happens from now on, as from a stream of its own.
// STATES: who comes late must get the current states at once, as from a stream of its own, and only the subgraph knows which those
// are. So the first event of an opening starts a moment (`freshMs`) in which those who come share it, and are given what it said so
// far; who comes later makes the primary open a second time. The new opening takes over, and the old one is closed, with its
// first event (or when it stays silent for long: then it has nothing to say). Nobody misses a state:
// - Before the change the old opening tells every newest state; the new one begins with all that are current and then tells
//   every newest state. Nothing of the old one is read after an event of the new one, so no older state follows a newer one.
// - What the new opening says for the first time under a key is left out for exactly those listeners to whom the very same text
//   was told as the newest of that key: each event has a number (`seq`), each listener knows at which number it joined.
// - Whoever waits for the new opening hears the old one, too, until then.
// Two openings at most are held at any moment. Where one breaks, upstream.ts opens it again, which is told here as a new generation.
import type { Answer } from '../../lib/graphql/run.ts';
import type { Principal } from '../principal.ts';
import { RequestContext } from '../request.ts';
import type { Result } from '../result.ts';
import type { Source, SourceEvent, Variables } from '../sources/source.ts';
import { Group, type Entry, type GroupHost, type Shared } from './group.ts';
import type { Listener } from './listener.ts';
import type { PrimaryFetch } from './nature.ts';
import { Upstream, type Failure, type UpstreamHost } from './upstream.ts';

/** States of more keys than this are not kept: who comes late then always gets an opening of its own. */
const MAX_KEYS = 1_000;

/** What all primaries have in common. */
export interface PrimarySettings {
  readonly deadlineMs: number;
  readonly maxPending: number;
  /** How long an opening is shared after its first event, ms. */
  readonly freshMs: number;
  /** How long a new opening may be silent before it takes over, ms. */
  readonly settleMs: number;
  readonly resumeMs: number;
  dropped(count: number): void;
  /** The answer to a request, or the last event of a stream. */
  refuse(failure: Failure, last: boolean): Result;
  /** It serves nobody from now on. */
  over(primary: Primary): void;
}

export interface PrimaryInput {
  /** Under which it is found. */
  readonly key: string;
  readonly source: Source;
  readonly fetch: PrimaryFetch;
  readonly variables: Variables;
  /** Of the first listener; all have the same wallets. */
  readonly principal: Principal;
}

interface State extends Entry {
  readonly text: string;
}

export class Primary implements UpstreamHost, GroupHost {
  readonly key: string;
  readonly source: Source;
  readonly planned: PrimaryFetch;
  readonly variables: Variables;
  readonly principal: Principal;
  readonly #settings: PrimarySettings;
  readonly #groups = new Map<string, Group>();
  #states: Map<string, State> | undefined;
  #current: Upstream | undefined;
  #candidate: Upstream | undefined;
  #settling: NodeJS.Timeout | undefined;
  #forgetting: NodeJS.Timeout | undefined;
  #generation = 0;
  #seq = 0;

  constructor({ key, source, fetch, variables, principal }: PrimaryInput, settings: PrimarySettings) {
    this.key = key;
    this.source = source;
    this.planned = fetch;
    this.variables = variables;
    this.principal = principal;
    this.#settings = settings;
  }

  /** Openings upstream: one, or two while a new one takes over. */
  get openings(): number {
    return (this.#current ? 1 : 0) + (this.#candidate ? 1 : 0);
  }
  get deadlineMs(): number {
    return this.#settings.deadlineMs;
  }
  get maxPending(): number {
    return this.#settings.maxPending;
  }
  get resumeMs(): number {
    return this.#settings.resumeMs;
  }
  get keepsAnswers(): boolean {
    return this.#streamsStates && this.#current?.isFresh === true;
  }
  get #streamsStates(): boolean {
    return this.planned.nature === 'states';
  }

  /** Null: the listener hears it. Otherwise the reason why it does not. */
  async join(listener: Listener, shared: Shared): Promise<Result | null> {
    const opening = this.#openingForNew();
    listener.joinedSeq = this.#seq;
    listener.replayed = opening.generation;
    listener.opening = opening;
    const known = this.#groups.get(shared.key);
    const group = known ?? new Group(this, shared);
    group.join(listener, opening.generation);
    if (!known) {
      this.#groups.set(shared.key, group);
      for (const state of this.#states?.values() ?? []) if (state.generation === opening.generation) group.offer(state);
    }
    return (await opening.beginning) ?? null;
  }

  #openingForNew(): Upstream {
    const newest = this.#candidate ?? this.#current;
    if (newest && (!this.#streamsStates || newest.isFresh)) return newest;
    const opening = new Upstream(this, ++this.#generation);
    // There is no candidate here: it is fresh until its first event, and with that it is the current one.
    if (this.#current) this.#candidate = opening;
    else this.#current = opening;
    opening.beginning = this.#open(opening);
    return opening;
  }

  async #open(opening: Upstream): Promise<Result | null> {
    let failure: Failure | undefined;
    try {
      const refusal = await opening.open();
      if (refusal) failure = { refusal };
    } catch (error) {
      failure = { error };
    }
    // Everybody left while it was being opened: nobody reads why that failed.
    if (opening !== this.#current && opening !== this.#candidate) return null;
    const refused = failure ? this.#settings.refuse(failure, false) : null;
    if (refused) this.#remove(opening);
    else {
      opening.beginning = undefined;
      if (this.#candidate === opening) this.#settling = setTimeout(() => this.#takeOver(opening), this.#settings.settleMs).unref();
    }
    return refused;
  }

  /** The candidate becomes the one that is heard. */
  #takeOver(opening: Upstream): void {
    if (this.#candidate !== opening) return;
    clearTimeout(this.#settling);
    const old = this.#current;
    this.#current = opening;
    this.#candidate = undefined;
    old?.close();
    for (const [key, { generation }] of this.#states ?? []) if (generation !== old?.generation && generation !== opening.generation) this.#states?.delete(key);
  }

  reopened(opening: Upstream): void {
    opening.generation = ++this.#generation;
    opening.freshUntil = Infinity;
  }

  async heard(opening: Upstream, event: SourceEvent): Promise<void> {
    const { source } = this;
    const states = this.#streamsStates;
    // One reader resolves the event itself; in this process each may, since each gets objects of its own.
    if (!states && (this.#groups.size <= 1 || source.kind === 'local')) return this.#offer({ key: undefined, event: () => event, ...this.#news(opening) });
    // To resolve an event here takes its time, in which the old opening must not be heard any more.
    if (source.kind === 'local') this.#takeOver(opening);
    const answer = await this.#resolve(event);
    // A new opening that is refused says so in an event where the subgraph is remote: that is for those who wait for it.
    if (opening === this.#candidate && answer?.data == null) return this.#offer({ key: undefined, event: () => event, ...this.#news(opening), only: opening });
    this.#takeOver(opening);
    if (opening !== this.#current) return;
    if (states) this.#spoke(opening);
    if (!answer) return this.#offer({ key: undefined, event: () => event, ...this.#news(opening) });
    const text = JSON.stringify(answer);
    let first: Answer | undefined = answer;
    const copy = (): SourceEvent => {
      const given = first ?? (JSON.parse(text) as Answer);
      first = undefined;
      return () => Promise.resolve(given);
    };
    const key = states ? this.#keyOf(answer) : undefined;
    if (key === undefined) return this.#offer({ key, event: copy, ...this.#news(opening) });
    const known = (this.#states ??= new Map<string, State>());
    const before = known.get(key);
    const isNews = before === undefined || before.generation === opening.generation || before.text !== text;
    const state: State = { key, text, event: copy, generation: opening.generation, seq: ++this.#seq, isNews, before: before && { seq: before.seq, generation: before.generation } };
    known.set(key, state);
    if (known.size > MAX_KEYS) {
      known.delete(known.keys().next().value!);
      opening.freshUntil = 0;
    }
    this.#offer(state);
  }

  /** Its first event starts the moment in which it is shared with those who come. */
  #spoke(opening: Upstream): void {
    if (opening.freshUntil !== Infinity) return;
    const { freshMs } = this.#settings;
    opening.freshUntil = performance.now() + freshMs;
    clearTimeout(this.#forgetting);
    // Timers may fire a little early; answers must be there as long as the opening counts as fresh.
    this.#forgetting = setTimeout(() => {
      this.#forgetting = undefined;
      for (const group of this.#groups.values()) group.forget();
    }, freshMs + 50).unref();
  }

  #news(opening: Upstream): Pick<Entry, 'generation' | 'seq' | 'isNews' | 'before'> {
    return { generation: opening.generation, seq: ++this.#seq, isNews: true, before: undefined };
  }

  #offer(entry: Entry): void {
    for (const group of this.#groups.values()) group.offer(entry);
  }

  /** Null where it fails: the executable then says how. */
  async #resolve(event: SourceEvent): Promise<Answer | null> {
    const { principal, deadlineMs } = this;
    const request = new RequestContext({ principal, deadlineMs });
    try {
      return await event(request);
    } catch {
      return null;
    } finally {
      request.end();
    }
  }

  #keyOf({ data }: Answer): string | undefined {
    const [root, id] = this.planned.key ?? [];
    const object = root === undefined ? undefined : (data?.[root] as Readonly<Record<string, unknown>> | null | undefined);
    const key = object?.[id!];
    return typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
  }

  ended(opening: Upstream, failure?: Failure): void {
    const last = failure && this.#settings.refuse(failure, true);
    const isFor = this.#forget(opening);
    for (const group of this.#groups.values()) group.finish(isFor, last);
  }

  #remove(opening: Upstream): void {
    const isFor = this.#forget(opening);
    for (const group of this.#groups.values()) for (const listener of group.listeners) if (isFor(listener)) listener.finish();
  }

  /** Takes the opening out, and tells whom its end concerns: all, or those who do not hear the other one. */
  #forget(opening: Upstream): (listener: Listener) => boolean {
    const candidate = this.#candidate;
    if (candidate === opening) {
      clearTimeout(this.#settling);
      this.#candidate = undefined;
      return (listener) => listener.opening === opening;
    }
    this.#current = candidate;
    this.#candidate = undefined;
    if (candidate) return (listener) => listener.opening !== candidate;
    this.#settings.over(this);
    return () => true;
  }

  dropped(count: number): void {
    this.#settings.dropped(count);
  }

  failed(error: unknown): Result {
    return this.#settings.refuse({ error }, true);
  }

  empty(group: Group): void {
    if (this.#groups.get(group.shared.key) === group) this.#groups.delete(group.shared.key);
    if (this.#groups.size > 0) return;
    clearTimeout(this.#settling);
    clearTimeout(this.#forgetting);
    this.#current?.close();
    this.#candidate?.close();
    this.#current = undefined;
    this.#candidate = undefined;
    this.#settings.over(this);
  }
}

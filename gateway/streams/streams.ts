// All subscriptions of the gateway: who listens, what is open upstream for them, and how they end.
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../lib/log.ts';
import { createErrorFormatter, formatWith } from '../errors.ts';
import type { StreamExecutable } from '../execution/executable.ts';
import type { Principal } from '../principal.ts';
import { refusal, type Result } from '../result.ts';
import { unavailable } from '../sources/failure.ts';
import type { Sources, Variables } from '../sources/source.ts';
import { gone, lastEvent, reloaded, revoked, shuttingDown } from './errors.ts';
import { Listener, type ListenerSettings } from './listener.ts';
import { createPrimaryReader, type GraphText } from './nature.ts';
import { Primary, type PrimarySettings } from './primary.ts';
import { Signals } from './signals.ts';

export interface StreamsOptions {
  readonly sources: Sources;
  /** The graph that operations are planned on now: its text tells what each subscription streams (nature.ts). */
  readonly supergraph: () => GraphText;
  readonly log: Logger;
  /** For one event. */
  readonly deadlineMs: number;
  /** Events and answers that may wait for one listener. Default 1,000; the oldest is dropped above it, and counted. */
  readonly maxPending?: number;
  /** Those who come within this time after the first event of an opening share it. Default 1 s. */
  readonly freshMs?: number;
  /** An opening that has nothing to say takes over after this time. Default 5 s. */
  readonly settleMs?: number;
  /** A broken stream is opened again for so long. Default 30 s. */
  readonly resumeMs?: number;
}

export interface StreamRequest {
  readonly executable: StreamExecutable;
  readonly coerced: Variables;
  readonly raw: Variables;
  readonly principal: Principal;
  /** The client is gone. */
  readonly signal?: AbortSignal;
  /** Normalised operation and compiled variant: requests that share it, their variables and their wallets share answers. */
  readonly shareKey: string;
}

export interface Streams {
  /** Listeners. */
  readonly size: number;
  /** Streams that differ, each open upstream once (twice for the moment in which a new opening takes over). */
  readonly primaries: number;
  /** Streams open upstream. */
  readonly upstreams: number;
  /** Events and answers that slow listeners never got, since the start. Newest states are never among them below `maxPending` keys. */
  readonly dropped: number;
  /** The events, ready to leave, or the reason why there are none. `return()` ends the stream upstream with its last listener. */
  open(request: StreamRequest): Promise<AsyncGenerator<Result, undefined, undefined> | Result>;
  /** Ends every stream. `reload`: with an event that says GRAPH_RELOADED; new ones may be opened. `shutdown`: none may. */
  close(reason: 'shutdown' | 'reload'): Promise<void>;
}

/** A JSON object with its keys in one order. */
const canonical = (variables: Variables): string => JSON.stringify(Object.keys(variables).sort().map((name) => [name, variables[name]]));

const walletsOf = ({ wallets }: Principal): string => (wallets === 'all' ? 'all' : [...wallets].sort().join(','));

export function createStreams({ sources, supergraph, log, deadlineMs, maxPending = 1_000, freshMs = 1_000, settleMs = 5_000, resumeMs = 30_000 }: StreamsOptions): Streams {
  const listeners = new Set<Listener>();
  const primaries = new Map<string, Primary>();
  const readPrimary = createPrimaryReader(supergraph);
  const formatter = createErrorFormatter(log);
  const format = (error: unknown): GraphQLFormattedError => formatWith(formatter, error);
  let dropped = 0;
  let own = 0;
  let closed = false;

  const drop = (count: number) => void (dropped += count);
  const ofPrimary: PrimarySettings = {
    deadlineMs,
    maxPending,
    freshMs,
    settleMs,
    resumeMs,
    dropped: drop,
    refuse(failure, last) {
      const errors = 'error' in failure ? [format(failure.error)] : (failure.refusal.errors ?? []).map((error) => formatter(error, undefined));
      if ('error' in failure && last) log.warn({ code: errors[0]?.extensions?.['code'] }, 'A stream broke and ended with an error');
      return last ? lastEvent(errors) : refusal(errors);
    },
    over(gone) {
      if (primaries.get(gone.key) === gone) primaries.delete(gone.key);
    },
  };
  const ofListener: ListenerSettings = {
    maxPending,
    revoked: () => lastEvent([format(revoked())]),
    dropped: drop,
    signals: new Signals(),
    left: (listener) => void listeners.delete(listener),
  };

  function primaryOf({ executable, raw, principal }: StreamRequest): Primary {
    const fetch = readPrimary(executable.primary);
    const source = sources[fetch.service];
    if (!source) throw unavailable();
    const used = executable.primary.variableUsages.filter((name) => Object.hasOwn(raw, name));
    const variables = Object.fromEntries(used.map((name) => [name, raw[name]]));
    // What a subgraph shows depends on the wallets; what scopes hide is not in the operation.
    const shared = fetch.nature === 'unknown' ? `own ${own++}` : '';
    const key = JSON.stringify([fetch.service, fetch.operation, canonical(variables), walletsOf(principal), shared]);
    const known = primaries.get(key);
    if (known) return known;
    const { id, scopes, wallets } = principal;
    const primary = new Primary({ key, source, fetch, variables, principal: { id, scopes, wallets } }, ofPrimary);
    primaries.set(key, primary);
    return primary;
  }

  return {
    get size() {
      return listeners.size;
    },
    get primaries() {
      return primaries.size;
    },
    get upstreams() {
      let count = 0;
      for (const primary of primaries.values()) count += primary.openings;
      return count;
    },
    get dropped() {
      return dropped;
    },

    async open(request) {
      const { principal, signal, executable, shareKey, coerced, raw } = request;
      if (closed) return shuttingDown(format);
      if (principal.ended?.aborted) return refusal([format(revoked())], { status: 401 });
      if (signal?.aborted) return refusal([gone]);
      let primary: Primary;
      try {
        primary = primaryOf(request);
      } catch (error) {
        return refusal([format(error)]);
      }
      const listener = new Listener(ofListener, principal, signal);
      listeners.add(listener);
      return (await primary.join(listener, { key: `${shareKey}\n${canonical(raw)}`, executable, coerced, raw })) ?? listener;
    },

    async close(reason) {
      closed ||= reason === 'shutdown';
      const last = reason === 'reload' ? reloaded() : undefined;
      for (const listener of listeners) listener.finish(last);
    },
  };
}

// Figures that are read when somebody asks for them: what the gateway has under way, and what whoever started it adds.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Graph } from '../graph.ts';
import type { OperationStats } from '../operations/index.ts';
import type { Protection } from '../protection/index.ts';
import type { BreakerState } from '../sources/resilience-breaker.ts';
import type { Sources } from '../sources/source.ts';
import type { Streams } from '../streams/index.ts';

/** The running gateway, as its metrics look at it. */
export interface GatewayView {
  readonly sources: Sources;
  readonly streams: Pick<Streams, 'size' | 'primaries' | 'upstreams' | 'dropped'>;
  readonly load: { readonly requests: number; readonly sockets: number };
  readonly graph: Graph;
  readonly protection: Protection['stats'];
}

/** One figure from outside, such as the state of a synchronisation. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'open', 'half-open'];
const NONE: OperationStats = { texts: 0, operations: 0, hits: 0, misses: 0, shared: 0, compiled: 0 };

/** What the operation caches of all graphs since the start counted. */
export class OperationTotals {
  #past = { ...NONE };
  #graph: Graph | undefined;

  /** The graph from now on. */
  follow(graph: Graph): void {
    const { hits, misses, shared, compiled } = this.now;
    this.#past = { ...NONE, hits, misses, shared, compiled };
    this.#graph = graph;
  }

  get now(): OperationStats {
    const { texts, operations, hits, misses, shared, compiled } = this.#graph?.operations.stats ?? NONE;
    const past = this.#past;
    return { texts, operations, hits: past.hits + hits, misses: past.misses + misses, shared: past.shared + shared, compiled: past.compiled + compiled };
  }
}

/** Registers all that is read from a running gateway. */
export function registerReadings(registry: Registry, totals: OperationTotals, view: () => GatewayView | undefined): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (seen: GatewayView) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const seen = view();
        if (seen) this.set(read(seen));
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  gauge('ponte_requests_under_way', 'Queries and mutations that are being answered', ({ load }) => load.requests);
  gauge('ponte_websockets', 'WebSockets that are open', ({ load }) => load.sockets);
  gauge('ponte_subscriptions', 'Subscriptions of clients', ({ streams }) => streams.size);
  gauge('ponte_subscription_primaries', 'Streams that differ, each shared by its listeners', ({ streams }) => streams.primaries);
  gauge('ponte_subscription_upstreams', 'Streams open to subgraphs', ({ streams }) => streams.upstreams);
  counter('ponte_subscription_events_dropped_total', 'Events that slow listeners never got', () => view()?.streams.dropped ?? 0);
  const answers = () => view()?.protection.answers;
  gauge('ponte_kept_answers', 'Answers in the response cache', () => answers()?.entries ?? 0);
  gauge('ponte_kept_answers_bytes', 'Their size', () => answers()?.bytes ?? 0);
  counter('ponte_kept_answer_hits_total', 'Queries answered from the response cache', () => answers()?.hits ?? 0);
  counter('ponte_kept_answer_misses_total', 'Queries that may be answered from the response cache, and were not', () => answers()?.misses ?? 0);
  gauge('ponte_shedding', '1 while new requests are refused because of the load', ({ protection }) => (protection.shedding ? 1 : 0));
  gauge('ponte_operation_texts', 'Texts of operations in the cache', () => totals.now.texts);
  gauge('ponte_operations', 'Normalised operations in the cache, with their plans', () => totals.now.operations);
  counter('ponte_operation_hits_total', 'Operations found by their text', () => totals.now.hits);
  counter('ponte_operation_misses_total', 'Operations that had to be read', () => totals.now.misses);
  counter('ponte_operations_shared_total', 'Operations that ran on a plan that was made for other aliases than theirs', () => totals.now.shared);
  counter('ponte_operations_compiled_total', 'Operations planned and compiled', () => totals.now.compiled);
  new Gauge({
    name: 'ponte_supergraph_info',
    help: 'The supergraph that is served, and which planner plans',
    labelNames: ['hash', 'planner'],
    registers,
    aggregator: 'max',
    collect() {
      const graph = view()?.graph;
      this.reset();
      if (graph) this.set({ hash: graph.supergraph.hash, planner: graph.planner }, 1);
    },
  });
  registerSources(registry, view);
}

/** Retries, hedges and breakers of the subgraphs behind HTTP. */
function registerSources(registry: Registry, view: () => GatewayView | undefined): void {
  const registers = [registry];
  const labelNames = ['subgraph'];
  const remote = () => Object.values(view()?.sources ?? {}).flatMap(({ name, stats }) => (stats ? [{ subgraph: name, stats }] : []));
  const count = (name: string, help: string, key: 'retries' | 'hedges' | 'refused') =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { subgraph, stats } of remote()) this.inc({ subgraph }, stats[key]);
      },
    });
  const gauge = (name: string, help: string, key: 'inFlight' | 'queued') =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const { subgraph, stats } of remote()) this.set({ subgraph }, stats[key]);
      },
    });
  count('ponte_subgraph_retries_total', 'Fetches that were repeated', 'retries');
  count('ponte_subgraph_hedges_total', 'Fetches that were sent a second time because they took long', 'hedges');
  count('ponte_subgraph_refused_total', 'Fetches that were not sent: the breaker was open, or too many waited', 'refused');
  gauge('ponte_subgraph_in_flight', 'Fetches under way', 'inFlight');
  gauge('ponte_subgraph_queued', 'Fetches that wait for a place', 'queued');
  new Gauge({
    name: 'ponte_subgraph_breaker',
    help: '1 for the state in which the circuit breaker is',
    labelNames: ['subgraph', 'state'],
    registers,
    collect() {
      for (const { subgraph, stats } of remote()) for (const state of BREAKER_STATES) this.set({ subgraph, state }, stats.breaker === state ? 1 : 0);
    },
  });
}

/** Shows figures from outside, until the next ones. All processes on one database read the same, so they are not added up. */
export function showReadings(registry: Registry): (readings: readonly Reading[]) => void {
  const gauges = new Map<string, Gauge>();
  return (readings) => {
    for (const gauge of gauges.values()) gauge.reset();
    for (const { name, help, values } of readings) {
      if (values.length === 0) continue;
      let gauge = gauges.get(name);
      if (!gauge) gauges.set(name, (gauge = new Gauge({ name, help, labelNames: Object.keys(values[0]!.labels), registers: [registry], aggregator: 'max' })));
      for (const { labels, value } of values) gauge.set(labels, value);
    }
  };
}

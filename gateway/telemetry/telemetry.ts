// What the gateway tells about itself: a line in the log, figures for Prometheus, and spans, from what the engine, the sources and the graph
// report. On the path of a request it adds up numbers and little else; whatever costs more is done when somebody reads.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from '../../lib/log.ts';
import type { Span, Tracing } from '../../lib/tracing.ts';
import type { Inquiry, StreamRequest } from '../doors/port.ts';
import type { OperationWatch, Watcher } from '../engine.ts';
import type { Graph } from '../graph.ts';
import type { Prepared } from '../operations/index.ts';
import type { Planner } from '../planning/index.ts';
import type { RequestContext } from '../request.ts';
import { Counts } from './counts.ts';
import { OperationLabels, type OperationLabel } from './operation-labels.ts';
import { createOperationLog, type OperationLogs } from './operation-log.ts';
import { OperationTotals, registerReadings, showReadings, type GatewayView, type Reading } from './readings.ts';
import type { FetchOutcome, FetchWatcher } from './sources.ts';

export interface TelemetryOptions {
  readonly log: Logger;
  /** Which operations the log tells of. Default `slow`. */
  readonly operations?: OperationLogs;
  /** Default 1 s. */
  readonly slowMs?: number;
  /** Default: no traces. */
  readonly tracing?: Tracing | undefined;
  /** Version of the product, shown as `ponte_build_info`. */
  readonly version?: string;
  /** Figures from outside, read at most every few seconds. A failure leaves them out and is logged. */
  outside?(): Promise<readonly Reading[]>;
  /** Operations with figures of their own. Default 100. */
  readonly mostOperations?: number;
  /** Executions before an operation has its own. Default 3. */
  readonly countedAfter?: number;
  /** Also what the process itself needs: memory, event loop, garbage. Default true. */
  readonly processMetrics?: boolean;
}

export interface Telemetry extends FetchWatcher {
  readonly watcher: Watcher;
  readonly registry: Registry;
  /** The gateway that runs from now on. */
  follow(view: GatewayView): void;
  /** The graph that is served from now on. */
  graphChanged(graph: Graph): void;
  planned(planner: Planner['name'], ms: number): void;
  /** Another supergraph was taken, or refused. */
  reloaded(taken: boolean): void;
  /** A request that got no further than the door. */
  turnedAway(code: string): void;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

const SECOND = 1_000;
/** Seconds. */
const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OUTSIDE_FOR_MS = 5 * SECOND;
const NO_CODES: readonly string[] = [];

const codesOf = (errors: Parameters<OperationWatch['end']>[0]['errors']): readonly string[] =>
  errors.length === 0 ? NO_CODES : errors.map(({ extensions }) => String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR'));

/** Whoever reads it, also for several processes together, gets what is read from outside with it. */
class ReadRegistry extends Registry {
  readonly #before: () => Promise<void>;

  constructor(before: () => Promise<void>) {
    super();
    this.#before = before;
  }

  override async metrics(): Promise<string> {
    await this.#before();
    return super.metrics();
  }

  override async getMetricsAsJSON(): ReturnType<Registry['getMetricsAsJSON']> {
    await this.#before();
    return super.getMetricsAsJSON();
  }
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { log, tracing, outside, operations = 'slow', slowMs = SECOND, mostOperations = 100, countedAfter = 3, processMetrics = true, version = 'unknown' } = options;
  const registry = new ReadRegistry(() => readOutside());
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'ponte_build_info', help: 'What runs here', labelNames: ['version', 'node'], registers, aggregator: 'max' }).set({ version, node: process.version }, 1);

  const requests = new Counts(registry, { name: 'ponte_requests_total', help: 'Operations by door, kind and the code of their first error', labels: ['door', 'kind', 'code'] });
  const turnedAway = new Counts(registry, { name: 'ponte_turned_away_total', help: 'Requests that were refused at the door', labels: ['code'] });
  const tiers = new Counts(registry, { name: 'ponte_tier_total', help: 'Operations by the tier that answered them', labels: ['tier'] });
  const fallbacks = new Counts(registry, { name: 'ponte_fallbacks_total', help: 'Operations that the text tier left to the object tier, by reason', labels: ['reason'] });
  const fetches = new Counts(registry, { name: 'ponte_fetches_total', help: 'Fetches by subgraph, kind and outcome', labels: ['subgraph', 'kind', 'outcome'] });
  const reloads = new Counts(registry, { name: 'ponte_supergraph_reloads_total', help: 'Other supergraphs that were taken or refused', labels: ['outcome'] });
  const durations = new Histogram({ name: 'ponte_operation_duration_seconds', help: 'From the request to its answer', labelNames: ['operation', 'hash', 'kind'], buckets: LATENCIES, registers });
  const fetchTimes = new Histogram({ name: 'ponte_fetch_duration_seconds', help: 'Fetches of subgraphs', labelNames: ['subgraph'], buckets: LATENCIES, registers });
  const planningTimes = new Histogram({ name: 'ponte_planning_duration_seconds', help: 'Plans made', labelNames: ['planner'], buckets: LATENCIES, registers });
  reloads.of('taken');
  reloads.of('refused');

  let view: GatewayView | undefined;
  const totals = new OperationTotals();
  registerReadings(registry, totals, () => view);
  const showOutside = showReadings(registry);
  let outsideUntil = 0;

  const labels = new OperationLabels(mostOperations, countedAfter);
  const observers = new WeakMap<OperationLabel, Map<string, (seconds: number) => void>>();
  function observerOf(label: OperationLabel, kind: string): (seconds: number) => void {
    let byKind = observers.get(label);
    if (!byKind) observers.set(label, (byKind = new Map()));
    let observe = byKind.get(kind);
    if (!observe) byKind.set(kind, (observe = durations.labels({ ...label, kind }).observe));
    return observe;
  }
  const write = createOperationLog({ log, which: operations, slowMs });

  function describe(span: Span, { kind, name, hash }: Prepared): void {
    span.rename(kind);
    span.set({ 'graphql.operation.type': kind, 'graphql.operation.hash': hash, ...(name === undefined ? {} : { 'graphql.operation.name': name }) });
  }

  const watcher: Watcher = {
    begin(request: RequestContext): OperationWatch {
      let found: Prepared | undefined;
      const span = tracing?.begin('operation', 'server', request.traceparent, { 'http.request.header.x-request-id': [request.requestId ?? ''], 'ponte.door': request.door });
      if (span) request.span = span;
      return {
        prepared(prepared) {
          found = prepared;
          if (span) describe(span, prepared);
        },
        end({ errors }) {
          const { door, tally, principal, requestId } = request;
          const ms = performance.now() - request.began;
          const codes = codesOf(errors);
          const kind = found?.kind ?? 'unknown';
          requests.of(door, kind, codes[0] ?? 'OK').n++;
          if (found) {
            observerOf(labels.of(found.name, found.hash), kind)(ms / SECOND);
            if (tally.tier) tiers.of(tally.fallback === undefined ? tally.tier : 'object').n++;
            if (tally.fallback !== undefined) fallbacks.of(tally.fallback).n++;
          }
          span?.set({ 'ponte.fetches': tally.fetches });
          span?.end(codes[0]);
          write(
            { request: requestId, door, kind, operation: found?.name, hash: found?.hash, principal, ms, fetches: tally.fetches, tier: tally.tier, fallback: tally.fallback, price: found?.price, codes },
            'An operation was answered',
          );
        },
      };
    },

    stream(_inquiry: Inquiry, { id, door, principal, caller }: StreamRequest): OperationWatch {
      const began = performance.now();
      let found: Prepared | undefined;
      const parent = caller.headers['traceparent'];
      const span = tracing?.begin('subscription', 'server', typeof parent === 'string' ? parent : undefined, { 'http.request.header.x-request-id': [id], 'ponte.door': door });
      return {
        prepared(prepared) {
          found = prepared;
          if (span) describe(span, prepared);
        },
        end({ errors }) {
          const codes = codesOf(errors);
          requests.of(door, 'subscription', codes[0] ?? 'OK').n++;
          span?.end(codes[0]);
          write({ request: id, door, kind: 'subscription', operation: found?.name, hash: found?.hash, principal, ms: performance.now() - began, price: found?.price, codes }, 'A subscription ended');
        },
      };
    },
  };

  async function readOutside(): Promise<void> {
    const now = performance.now();
    if (!outside || now < outsideUntil) return;
    outsideUntil = now + OUTSIDE_FOR_MS;
    try {
      showOutside(await outside());
    } catch (error) {
      showOutside([]);
      log.warn({ error }, 'Some metrics could not be read');
    }
  }
  return {
    watcher,
    registry,
    tracing,
    follow: (running) => void (view = running),
    graphChanged: (graph) => totals.follow(graph),
    planned: (planner, ms) => planningTimes.observe({ planner }, ms / SECOND),
    reloaded: (taken) => void reloads.of(taken ? 'taken' : 'refused').n++,
    turnedAway: (code) => void turnedAway.of(code).n++,
    fetching(subgraph, kind) {
      const { observe } = fetchTimes.labels({ subgraph });
      const counts = new Map<FetchOutcome, { n: number }>();
      return (ms, outcome) => {
        let count = counts.get(outcome);
        if (!count) counts.set(outcome, (count = fetches.of(subgraph, kind, outcome)));
        count.n++;
        observe(ms / SECOND);
      };
    },
    metrics: () => registry.metrics(),
  };
}

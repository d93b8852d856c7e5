// Puts the gateway together: sources, the graph, the engine, and the doors on one port; exchanges the graph, and ends in order.
import { printSchema } from 'graphql';
import { ConfigError, messageOf, PonteError } from '../lib/errors.ts';
import type { Answer } from '../lib/graphql/run.ts';
import { assertBindable, createAuthenticator, createHostRule } from './auth/index.ts';
import { checkReadiness, createOriginRule, openDoors, type Exchange } from './doors/index.ts';
import { createEngine } from './engine.ts';
import { createGraphs, type Graphs } from './graph.ts';
import type { OperationRules } from './operations/index.ts';
import type { Caller, GatewayOptions, Readiness } from './options.ts';
import { OPEN, type Principal } from './principal.ts';
import { createProtection, type ProtectionStats } from './protection/index.ts';
import { RequestContext } from './request.ts';
import { toAnswer, type Result } from './result.ts';
import { createSources } from './sources/create.ts';
import type { Sources } from './sources/source.ts';
import { createStreams } from './streams/index.ts';
import { mayExplain, observeSources, PLAN_HEADER } from './telemetry/index.ts';

export interface ExecuteOptions {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** Default: may do everything. */
  readonly principal?: Principal;
  readonly signal?: AbortSignal;
}

export interface Gateway {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly port: number;
  /** What is under way: for metrics and tests. */
  readonly load: { readonly requests: number; readonly subscriptions: number; readonly sockets: number; readonly upstreams: number };
  /** The graph that is served now, with its operations and planner. */
  readonly graph: Graphs['current'];
  readonly sources: Sources;
  /** What was refused to keep the rest going, and what is kept: for metrics. */
  readonly protection: ProtectionStats;
  /** Runs a query or mutation as a client's would be run, without HTTP. */
  executeOperation(operation: ExecuteOptions): Promise<Answer>;
  /** Serves another supergraph from now on, without dropping a request; subscriptions end with a reason. Rejects with a PonteError, and the old one stays. */
  replaceSupergraph(sdl: string): Promise<void>;
  /** Not ready from now on; requests under way may finish until `timeoutMs` (default 5 s), then they are aborted. */
  close(options?: { timeoutMs?: number }): Promise<void>;
}

/** Starts the public door. Rejects where the supergraph is not usable or the port is taken. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, production, host, telemetry, deadlineMs = 30_000 } = options;
  const introspection = options.introspection ?? !production;
  const mutationDeadlineMs = Math.max(deadlineMs, options.mutationDeadlineMs ?? 90_000);
  const auth = options.auth ?? createAuthenticator({ log });
  assertBindable(host, auth);
  const sources = observeSources(createSources(options.subgraphs, log), telemetry);
  let underWay = 0;
  let closing: Promise<void> | undefined;

  const protection = createProtection(options.protection ?? {}, { load: () => underWay, log });
  const rules: OperationRules = { ...protection.rules, ...options.rules, introspection };
  const begin = (principal: Principal, { id, signal, door, caller }: Pick<Exchange, 'id' | 'signal'> & Partial<Exchange>): RequestContext => {
    const request = new RequestContext({ principal, deadlineMs, ...(signal ? { parent: signal } : {}) });
    request.requestId = id;
    if (door) request.door = door;
    if (caller) {
      const { traceparent, [PLAN_HEADER]: plan } = caller.headers;
      if (typeof traceparent === 'string') request.traceparent = traceparent;
      if (plan === '1' && mayExplain(principal)) request.fetchTimes = new Map();
    }
    underWay++;
    return request;
  };
  const end = (request: RequestContext) => {
    if (request.end()) underWay--;
  };
  const readiness = async (): Promise<Readiness> => {
    if (closing) return { ok: false, checks: { gateway: { ok: false, message: 'It is shutting down' } } };
    return checkReadiness({ sources, readiness: options.readiness, log });
  };
  const closeSources = () => Promise.all([...Object.values(sources).map((source) => source.close()), auth.close(), protection.close()]);

  let graphs: Graphs;
  try {
    graphs = await createGraphs({
      sdl: options.supergraphSdl,
      sources,
      rules,
      log,
      drainMs: mutationDeadlineMs,
      ...(telemetry ? { onPlan: (planner, ms) => telemetry.planned(planner, ms) } : {}),
      ...(options.engine ? { engine: options.engine } : {}),
      ...(options.textTier === undefined ? {} : { textTier: options.textTier }),
    });
  } catch (error) {
    await closeSources();
    throw error;
  }
  const streams = createStreams({ sources, supergraph: () => graphs.current.supergraph, log, deadlineMs });
  if (telemetry) graphs.watch((graph) => telemetry.graphChanged(graph));
  /** A caller who gets no further than the door is told of here: no operation begins. */
  const authenticate = async (caller: Parameters<typeof auth.authenticate>[0]): Promise<Principal> => {
    try {
      return await auth.authenticate(caller);
    } catch (error) {
      telemetry?.turnedAway(error instanceof PonteError ? error.code : 'INTERNAL_SERVER_ERROR');
      throw error;
    }
  };
  const admit = (caller: Caller): Result | null => {
    const refused = options.admit ? options.admit(caller) : protection.admit(caller);
    if (refused) telemetry?.turnedAway(String(refused.errors[0]?.extensions?.['code'] ?? 'OVERLOADED'));
    return refused;
  };
  const metrics = options.metrics ?? (telemetry ? () => telemetry.metrics() : undefined);
  const engine = createEngine({
    graphs,
    streams,
    documents: options.documents ?? protection.documents,
    answers: options.answers ?? protection.answers,
    throttle: options.throttle ?? protection.throttle,
    watcher: options.watcher ?? telemetry?.watcher,
    mutationDeadlineMs,
    log,
    begin,
    end,
    authenticate,
    readiness,
    admit,
    ...(metrics ? { metrics: () => metrics() } : {}),
  });

  let apiSdl: { hash: string; text: string } | undefined;
  const describe = (): string | undefined => {
    if (!introspection) return undefined;
    const { hash, apiSchema } = graphs.current.supergraph;
    if (apiSdl?.hash !== hash) apiSdl = { hash, text: printSchema(apiSchema) };
    return apiSdl.text;
  };
  const closeRest = async () => {
    await streams.close('shutdown');
    await graphs.close();
    await closeSources();
  };
  const doors = await openDoors({
    engine,
    log,
    host,
    port: options.port,
    tls: options.tls,
    trustProxy: options.trustProxy,
    originAllowed: createOriginRule(options.corsOrigins, production),
    hostAllowed: createHostRule({ bound: host, ...(options.allowedHosts ? { allowed: options.allowedHosts } : {}) }),
    sandbox: options.sandbox ?? !production,
    docsUrl: options.docsUrl,
    apiSdl: describe,
    maxBodyBytes: options.maxBodyBytes,
    maxOperationsPerConnection: options.maxSubscriptionsPerConnection,
    keepAliveMs: options.keepAliveMs,
    socketTimeoutMs: mutationDeadlineMs + 30_000,
  }).catch(async (error: unknown) => {
    await closeRest();
    throw error;
  });

  const load: Gateway['load'] = {
    get requests() {
      return underWay;
    },
    get subscriptions() {
      return streams.size;
    },
    get sockets() {
      return doors.load.sockets;
    },
    get upstreams() {
      return streams.upstreams;
    },
  };
  telemetry?.follow({
    sources,
    streams,
    load,
    get graph() {
      return graphs.current;
    },
    get protection() {
      return protection.stats;
    },
  });

  return {
    url: doors.url,
    port: doors.port,
    load,
    get graph() {
      return graphs.current;
    },
    sources,
    get protection() {
      return protection.stats;
    },
    async executeOperation({ principal = OPEN, signal, ...operation }) {
      const request = begin(principal, { id: 'internal', ...(signal ? { signal } : {}) });
      try {
        return toAnswer(await engine.execute(operation, request));
      } finally {
        end(request);
      }
    },
    async replaceSupergraph(sdl) {
      if (closing) throw new ConfigError(['The gateway is shutting down']);
      const done = protection.excuse();
      try {
        await graphs.replace(sdl);
      } catch (error) {
        telemetry?.reloaded(false);
        log.error({ reason: messageOf(error) }, 'Another supergraph was refused, and the one before is served on');
        throw error;
      } finally {
        done();
      }
      telemetry?.reloaded(true);
      // First the connections, whose clients come back by themselves; then what is left of the streams, with a word about it.
      doors.reload('The graph was updated');
      await streams.close('reload');
      log.info({ hash: graphs.current.supergraph.hash, planner: graphs.current.planner }, 'Another supergraph is served');
    },
    close: ({ timeoutMs = 5_000 } = {}) =>
      (closing ??= (async () => {
        await doors.close({ timeoutMs });
        await closeRest();
      })()),
  };
}

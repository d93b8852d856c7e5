// What the gateway is given from outside: the graph, where its subgraphs are, and the ports that others fill.
import type { IncomingHttpHeaders } from 'node:http';
import type { Subgraph } from '../lib/graphql/subgraph.ts';
import type { Logger } from '../lib/log.ts';
import type { Authenticator } from './auth/index.ts';
import type { DocumentSource, AnswerStore, Throttle, Watcher } from './engine.ts';
import type { GraphOptions } from './graph.ts';
import type { OperationRules } from './operations/index.ts';
import type { ProtectionOptions } from './protection/index.ts';
import type { Result } from './result.ts';
import type { Telemetry } from './telemetry/index.ts';

/** Where one subgraph is: in this process, or behind HTTP (queries, mutations) and WebSocket (subscriptions). */
export type SubgraphPlace =
  | { readonly kind: 'local'; readonly subgraph: Subgraph }
  | {
      readonly kind: 'remote';
      /** e.g. `http://kommo:4002/graphql` */
      readonly url: string;
      /** Default: `url` with ws(s) in place of http(s). */
      readonly wsUrl?: string;
      /** Longest wait for one answer; the request's own deadline still holds. Default 20 s. */
      readonly timeoutMs?: number;
      /** Sockets kept open to it. Default 64. */
      readonly connections?: number;
      /** Shared with the subgraph, which answers nobody without it. */
      readonly secret?: string | undefined;
      /** Sends a query again that took longer than 95 of 100 do; the first answer counts. Default false. */
      readonly hedge?: boolean;
    };

/** Who calls: what an authorization decision may look at. */
export interface Caller {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
  /** Payload of `connection_init`, for WebSocket callers. */
  readonly connectionParams?: Readonly<Record<string, unknown>>;
}

export interface Readiness {
  ok: boolean;
  /** One entry per thing that was looked at, e.g. `database`, `migrations`. */
  checks: Readonly<Record<string, ReadinessCheck>>;
}
export interface ReadinessCheck {
  ok: boolean;
  /** For people; holds no secret and no URL. */
  message?: string;
}

export interface GatewayOptions extends Pick<GraphOptions, 'engine' | 'textTier'> {
  readonly supergraphSdl: string;
  readonly subgraphs: Readonly<Record<string, SubgraphPlace>>;
  readonly log: Logger;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** The state of what the gateway itself does not see (database, migrations). Subgraphs are added to it. */
  readiness?(): Promise<Readiness>;
  /** Who callers are. Default: nobody has to say, everybody may do everything, and `host` must be of this machine. Closed with the gateway. */
  readonly auth?: Authenticator;
  /** Names of this server beside those of this machine (header `Host`). */
  readonly allowedHosts?: readonly string[];
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** Express' `trust proxy`: number of proxies, or their addresses. Default: none. */
  readonly trustProxy?: boolean | number | string;
  /** Web origins that may call from a browser, beside the server's own. Default: Apollo's hosted Sandbox and localhost, in production none. */
  readonly corsOrigins?: readonly string[];
  /** Introspection, `/schema.graphql` and the Sandbox page are off in production unless the next two say otherwise. */
  readonly production: boolean;
  readonly introspection?: boolean;
  readonly sandbox?: boolean;
  /** A page with the documentation, named in the index. */
  readonly docsUrl?: string;
  /** From the first byte of a request to its answer, and for each event of a subscription. Default 30 s. */
  readonly deadlineMs?: number;
  /** The same for mutations: some wait for a provider (a connection test may take its TIMEOUT). Default 90 s, never below `deadlineMs`. */
  readonly mutationDeadlineMs?: number;
  /** Largest request body and WebSocket message. Default 1 MB. */
  readonly maxBodyBytes?: number;
  /** Operations that one WebSocket may have under way. Default 50. */
  readonly maxSubscriptionsPerConnection?: number;
  /** Between two pings on a WebSocket; a socket that answers none is closed. Default 12 s. */
  readonly keepAliveMs?: number;
  /** Limits, rates, load shedding, published operations, kept answers. What is left out has safe defaults. The ports below go before it. */
  readonly protection?: ProtectionOptions;
  /** What an operation may cost. Default: as `protection` says. */
  readonly rules?: Partial<OperationRules>;
  /** Where texts come from. Default: from the request, and as `protection` says. */
  readonly documents?: DocumentSource;
  readonly answers?: AnswerStore;
  readonly throttle?: Throttle;
  /** Logs, metrics and traces. Default: none. */
  readonly telemetry?: Telemetry;
  /** Default: the one of `telemetry`. */
  readonly watcher?: Watcher;
  /** Asked before any work on a request: load shedding and limits by address. */
  admit?(caller: Caller): Result | null;
  /** Prometheus text. Default: that of `telemetry`. */
  metrics?(): Promise<string>;
}

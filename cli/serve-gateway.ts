// Starts the gateway over subgraphs in this process or elsewhere, with what the configuration says about the door.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Authenticator } from '../gateway/auth/index.ts';
import { createGateway, type Gateway, type GatewayOptions, type SubgraphPlace } from '../gateway/index.ts';
import type { ProtectionOptions } from '../gateway/protection/index.ts';
import { createTelemetry } from '../gateway/telemetry/index.ts';
import type { Config } from '../lib/config/index.ts';
import { collectStart } from '../lib/heap.ts';
import type { Logger } from '../lib/log.ts';
import { ROOT } from '../lib/root.ts';
import type { Database } from '../prisma/index.ts';
import type { Lifecycle } from './lifecycle.ts';
import { readSyncMetrics } from './metrics.ts';
import type { ReadinessReport } from './readiness.ts';
import { readSupergraphFile, watchSupergraphFile } from './supergraph-file.ts';
import { openTracing, VERSION } from './traces.ts';
import { joinWorkers } from './workers.ts';

const SUPERGRAPH = fileURLToPath(new URL('schema/supergraph.graphql', ROOT));

export interface ServeOptions {
  config: Config;
  log: Logger;
  /** The gateway and what hangs on it end with it. */
  life: Lifecycle;
  /** Whose figures stand in the metrics, and whose statements in the traces. */
  database: Database | null;
  subgraphs: Readonly<Record<string, SubgraphPlace>>;
  /** Who callers are; closed with the gateway. */
  auth: Authenticator;
  protection: ProtectionOptions;
  readiness?: () => Promise<ReadinessReport>;
}

export async function serveGateway({ config, log, life, database, subgraphs, auth, protection, readiness }: ServeOptions): Promise<Gateway> {
  const tls: Pick<GatewayOptions, 'tls'> =
    config.tls === null ? {} : { tls: { cert: await readFile(config.tls.certPath), key: await readFile(config.tls.keyPath) } };
  const path = config.supergraphPath ?? SUPERGRAPH;
  const supergraphSdl = await readSupergraphFile(path);
  const { operations, slowMs } = config.telemetry;
  const tracing = await openTracing(config, 'gateway', { life, database });
  const telemetry = createTelemetry({ log, operations, slowMs, tracing, version: VERSION, ...(database ? { outside: () => readSyncMetrics(database) } : {}) });
  const workers = joinWorkers(life, telemetry.registry);
  const gateway = await createGateway({
    supergraphSdl,
    telemetry,
    ...(workers ? { metrics: () => workers.metrics() } : {}),
    subgraphs,
    auth,
    allowedHosts: config.allowedHosts,
    log,
    host: config.host,
    port: config.port,
    production: config.production,
    ...(config.introspection === undefined ? {} : { introspection: config.introspection }),
    ...(config.sandbox === undefined ? {} : { sandbox: config.sandbox }),
    engine: config.queryPlanner,
    maxBodyBytes: config.maxBodyBytes,
    protection: workers ? { ...protection, rateExchange: workers } : protection,
    ...(config.trustProxy ? { trustProxy: 1 } : {}),
    ...(config.corsOrigins.length > 0 ? { corsOrigins: config.corsOrigins } : {}),
    ...(readiness === undefined ? {} : { readiness }),
    ...tls,
  });
  life.onStop('gateway', () => gateway.close());
  const file = await watchSupergraphFile(supergraphSdl, { path, log, take: (sdl) => gateway.replaceSupergraph(sdl) });
  life.onStop('supergraph file', () => file.close());
  // On a terminal the same signal says that the terminal is gone.
  if (!process.stdin.isTTY) {
    const onHangUp = () => void file.reload();
    process.on('SIGHUP', onHangUp);
    life.onStop('SIGHUP', () => process.off('SIGHUP', onHangUp));
  }
  collectStart();
  workers?.ready(gateway.url);
  return gateway;
}

/** Where to go, for the person who started it. */
export const directions = (url: string): string =>
  [
    `  GraphQL and Sandbox   ${url}/graphql   (subscriptions: graphql-ws and multipart on the same path)`,
    `  Server-sent events    ${url}/graphql/stream`,
    `  REST                  ${url}/api/gestao-click/sales, ${url}/api/kommo/deals, ...`,
    `  Health                ${url}/health/live, ${url}/health/ready`,
    `  Metrics               ${url}/metrics   (Prometheus)`,
    `  Docs                  README.md, docs/`,
  ].join('\n');

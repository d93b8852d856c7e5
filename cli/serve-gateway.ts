// Starts the gateway over subgraphs in this process or elsewhere, with what the configuration says about the door.
import { readFile } from 'node:fs/promises';
import type { Authenticator } from '../gateway/auth/index.ts';
import { createGateway, type Gateway, type GatewayOptions, type SubgraphPlace } from '../gateway/index.ts';
import type { ProtectionOptions } from '../gateway/protection/index.ts';
import type { Config } from '../lib/config/index.ts';
import type { Logger } from '../lib/log.ts';
import type { ReadinessReport } from './readiness.ts';

const SUPERGRAPH = new URL('../schema/supergraph.graphql', import.meta.url);

export interface ServeOptions {
  config: Config;
  log: Logger;
  subgraphs: Readonly<Record<string, SubgraphPlace>>;
  /** Who callers are; closed with the gateway. */
  auth: Authenticator;
  protection: ProtectionOptions;
  readiness?: () => Promise<ReadinessReport>;
}

export async function serveGateway({ config, log, subgraphs, auth, protection, readiness }: ServeOptions): Promise<Gateway> {
  const tls: Pick<GatewayOptions, 'tls'> =
    config.tls === null ? {} : { tls: { cert: await readFile(config.tls.certPath), key: await readFile(config.tls.keyPath) } };
  return createGateway({
    supergraphSdl: await readFile(SUPERGRAPH, 'utf8'),
    subgraphs,
    auth,
    allowedHosts: config.allowedHosts,
    log,
    host: config.host,
    port: config.port,
    production: config.production,
    ...(config.introspection === undefined ? {} : { introspection: config.introspection }),
    ...(config.sandbox === undefined ? {} : { sandbox: config.sandbox }),
    maxBodyBytes: config.maxBodyBytes,
    protection,
    ...(config.trustProxy ? { trustProxy: 1 } : {}),
    ...(config.corsOrigins.length > 0 ? { corsOrigins: config.corsOrigins } : {}),
    ...(readiness === undefined ? {} : { readiness }),
    ...tls,
  });
}

/** Where to go, for the person who started it. */
export const directions = (url: string): string =>
  [
    `  GraphQL and Sandbox   ${url}/graphql   (subscriptions: graphql-ws on the same path)`,
    `  REST                  ${url}/api/gestao-click/sales, ${url}/api/kommo/deals, ...`,
    `  Health                ${url}/health/live, ${url}/health/ready`,
    `  Docs                  README.md, docs/`,
  ].join('\n');

// `ponte gateway`: the public door alone, in front of subgraphs that run elsewhere. Needs no credentials of providers, and a database
// only for the keys of callers, for published operations, to hear which rows change, and for the figures of the synchronisation.
import cluster from 'node:cluster';
import { SUBGRAPH_NAMES, type Config } from '../lib/config/index.ts';
import { ConfigError } from '../lib/errors.ts';
import type { SubgraphPlace } from '../gateway/index.ts';
import { createDatabase } from '../prisma/index.ts';
import { assertDoor, createAuth, requireSubgraphSecret } from './auth.ts';
import { createLifecycle } from './lifecycle.ts';
import { createProtectionOptions } from './protection.ts';
import { directions, serveGateway } from './serve-gateway.ts';
import { createTerminalLogger, say } from './terminal.ts';
import { superviseWorkers } from './workers.ts';

const variableOf = (name: string) => `SUBGRAPH_${name.toUpperCase().replaceAll('-', '_')}_URL`;

export async function gateway(config: Config, { workers = 1 }: { workers?: number } = {}): Promise<number | void> {
  const missing = SUBGRAPH_NAMES.filter((name) => config.subgraphUrls[name] === undefined);
  if (missing.length > 0) throw new ConfigError(missing.map((name) => `${variableOf(name)} is missing: where does \`ponte subgraph ${name}\` run? (e.g. http://127.0.0.1:4001/graphql)`));
  const secret = requireSubgraphSecret(config);
  assertDoor(config);
  const log = createTerminalLogger(config.logLevel, config.secrets);
  if (workers > 1 && cluster.isPrimary) return superviseWorkers({ count: workers, log, ready: (url) => say(`The gateway is up, in ${workers} processes:\n${directions(url)}`) });
  const life = createLifecycle(log);
  const subgraphs = Object.fromEntries(SUBGRAPH_NAMES.map((name): [string, SubgraphPlace] => [name, { kind: 'remote', url: config.subgraphUrls[name]!, secret }]));
  const database = config.database !== null ? createDatabase({ ...config.database, applicationName: `ponte gateway ${process.pid}`, poolSize: 4 }) : null;
  if (database !== null) life.onStop('database', () => database.close());
  const server = await serveGateway({ config, log, life, database, subgraphs, auth: createAuth(config, database, log), protection: createProtectionOptions(config, database, log) });
  if (cluster.isPrimary) say(`The gateway is up:\n${directions(server.url)}`);
  await life.stopped;
}

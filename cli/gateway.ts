// `ponte gateway`: the public door alone, in front of subgraphs that run elsewhere. Needs no credentials of providers, and a database
// only for the keys of callers, for published operations, and to hear which rows change.
import { SUBGRAPH_NAMES, type Config } from '../lib/config/index.ts';
import { ConfigError } from '../lib/errors.ts';
import type { SubgraphPlace } from '../gateway/index.ts';
import { createDatabase } from '../prisma/index.ts';
import { assertDoor, createAuth, requireSubgraphSecret } from './auth.ts';
import { createLifecycle } from './lifecycle.ts';
import { createProtectionOptions, protectionNeedsDatabase } from './protection.ts';
import { directions, serveGateway } from './serve-gateway.ts';
import { createTerminalLogger, say } from './terminal.ts';

const variableOf = (name: string) => `SUBGRAPH_${name.toUpperCase().replaceAll('-', '_')}_URL`;

export async function gateway(config: Config): Promise<void> {
  const missing = SUBGRAPH_NAMES.filter((name) => config.subgraphUrls[name] === undefined);
  if (missing.length > 0) throw new ConfigError(missing.map((name) => `${variableOf(name)} is missing: where does \`ponte subgraph ${name}\` run? (e.g. http://127.0.0.1:4001/graphql)`));
  const secret = requireSubgraphSecret(config);
  assertDoor(config);
  const log = createTerminalLogger(config.logLevel, config.secrets);
  const life = createLifecycle(log);
  const subgraphs = Object.fromEntries(SUBGRAPH_NAMES.map((name): [string, SubgraphPlace] => [name, { kind: 'remote', url: config.subgraphUrls[name]!, secret }]));
  const needed = config.auth.apiKeys || protectionNeedsDatabase(config);
  const database = needed && config.database !== null ? createDatabase({ ...config.database, applicationName: `ponte gateway ${process.pid}`, poolSize: 4 }) : null;
  if (database !== null) life.onStop('database', () => database.close());
  const server = await serveGateway({ config, log, subgraphs, auth: createAuth(config, database, log), protection: createProtectionOptions(config, database, log) });
  life.onStop('gateway', () => server.close());
  say(`The gateway is up:\n${directions(server.url)}`);
  await life.stopped;
}

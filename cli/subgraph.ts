// `ponte subgraph NAME`: one service of the graph over HTTP and graphql-ws, for `ponte gateway`.
import type { Config, SubgraphName } from '../lib/config/index.ts';
import { serveSubgraph } from '../lib/graphql/serve.ts';
import { createEngine } from '../sync/index.ts';
import { requireSubgraphSecret } from './auth.ts';
import { createLifecycle } from './lifecycle.ts';
import { checkDatabase } from './readiness.ts';
import { openStorage } from './storage.ts';
import { createSubgraph } from './subgraphs.ts';
import { createTerminalLogger, say } from './terminal.ts';
import { openTracing } from './traces.ts';

export async function subgraph(config: Config, name: SubgraphName): Promise<void> {
  const secret = requireSubgraphSecret(config);
  const log = createTerminalLogger(config.logLevel, config.secrets);
  const life = createLifecycle(log);
  const storage = await openStorage(config, log, { applicationName: `ponte subgraph ${name} ${process.pid}`, applyMigrations: config.database === null });
  life.onStop('database', () => storage.close());
  const tracing = await openTracing(config, `subgraph-${name}`, { life, database: storage.database });
  const engine = createEngine({ database: storage.database, log });
  life.onStop('engine', () => engine.close());
  const server = await serveSubgraph(createSubgraph(name, storage.database, engine, log), {
    host: config.host,
    port: config.port,
    log,
    secret,
    tracing,
    ready: async () => (await checkDatabase(storage.database)).ok,
  });
  life.onStop('server', () => server.close());
  say(`Subgraph ${name} is up: ${server.url} (${storage.description})`);
  await life.stopped;
}

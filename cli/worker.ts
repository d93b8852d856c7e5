// `ponte worker`: takes runs from the queue and calls the providers. Any number of them may run on one database.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '../lib/config/index.ts';
import { isLoopback } from '../lib/loopback.ts';
import type { Logger } from '../lib/log.ts';
import { settleSteps } from '../identity/index.ts';
import type { Database } from '../prisma/index.ts';
import { createWorker, type Connector, type Worker } from '../sync/index.ts';
import { createConnectors } from './connectors.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { checkDatabase } from './readiness.ts';
import { openStorage } from './storage.ts';
import { createTerminalLogger, say } from './terminal.ts';

/** How long the queue may take to hand back what is under way. */
const GRACE_MS = 3_000;

/** A worker with its connectors, stopped by the lifecycle: calls in flight are aborted, the page in hand is kept or handed back. */
export async function startWorker(config: Config, database: Database, log: Logger, life: Lifecycle): Promise<{ worker: Worker; connectors: readonly Connector[] }> {
  const connectors = await createConnectors(config, database, log);
  life.onStop('connectors', () => Promise.all(connectors.map((connector) => connector.close())));
  const worker = createWorker({ database, connectors, settle: settleSteps, log });
  life.onStop('worker', () => worker.stop({ graceMs: GRACE_MS }));
  await worker.start();
  return { worker, connectors };
}

export async function worker(config: Config, { healthPort }: { healthPort?: number }): Promise<void> {
  const log = createTerminalLogger(config.logLevel, config.secrets);
  const life = createLifecycle(log);
  const storage = await openStorage(config, log, { applicationName: `ponte worker ${process.pid}`, applyMigrations: config.database === null });
  life.onStop('database', () => storage.close());
  const { connectors } = await startWorker(config, storage.database, log, life);
  if (healthPort !== undefined) life.onStop('health', await serveHealth(config.host, healthPort, storage.database));
  const accounts = connectors.map((connector) => connector.provider).join(', ') || 'no provider: no credentials are set';
  say(`The worker is up for ${accounts} (${storage.description})`);
  await life.stopped;
}

/** `/health/live`, `/health/ready` and `/metrics` for the container that the worker runs in. */
async function serveHealth(host: string, port: number, database: Database): Promise<() => Promise<void>> {
  // Whoever reaches the port may read them, so elsewhere than on this machine they are not shown.
  const metrics = isLoopback(host) ? createProcessMetrics(database) : null;
  const server = createServer((request, response) => {
    void (async () => {
      if (metrics && request.url === '/metrics') return void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(await metrics());
      const report = request.url === '/health/ready' ? await checkDatabase(database) : { ok: request.url === '/health/live', checks: {} };
      const status = report.ok ? 200 : request.url?.startsWith('/health/') ? 503 : 404;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(report));
    })();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  say(`Health: http://${host}:${(server.address() as AddressInfo).port}/health/ready`);
  return () => new Promise((resolve) => server.close(() => resolve()));
}

// `ponte start`: everything in one process. Demo mode adds the simulators and imports them into a database of their own.
import { SUBGRAPH_NAMES, type Config } from '../lib/config/index.ts';
import type { SubgraphPlace } from '../gateway/index.ts';
import { createEngine } from '../sync/index.ts';
import { assertDoor, createAuth } from './auth.ts';
import { startDemo } from './demo.ts';
import { importAll, isEmpty } from './first-import.ts';
import { createLifecycle } from './lifecycle.ts';
import { createProgressView } from './progress.ts';
import { createProtectionOptions } from './protection.ts';
import { checkDatabase } from './readiness.ts';
import { directions, serveGateway } from './serve-gateway.ts';
import { takeStartLock } from './start-lock.ts';
import { openStorage } from './storage.ts';
import { createSubgraph } from './subgraphs.ts';
import { createTerminalLogger, say } from './terminal.ts';
import { startWorker } from './worker.ts';

export async function start(given: Config): Promise<void> {
  assertDoor(given);
  const view = createProgressView();
  const demoLog = createTerminalLogger(given.logLevel, given.secrets, (line) => view.line(line));
  const life = createLifecycle(demoLog);
  try {
    const storage = await openStorage(given, demoLog, { applicationName: `ponte start, process ${process.pid}`, poolSize: 20 });
    life.onStop('database', () => storage.close());
    life.onStop('start lock', await takeStartLock(storage.database));

    const demo = given.demo ? await startDemo(given) : null;
    if (demo !== null) {
      life.onStop('simulators', () => demo.close());
      say(demo.sentence);
    }
    const config = demo?.config ?? given;
    const log = createTerminalLogger(config.logLevel, config.secrets, (line) => view.line(line));
    const { database } = storage;
    const empty = await isEmpty(database);

    const engine = createEngine({ database, log });
    life.onStop('engine', () => engine.close());
    const { worker } = await startWorker(config, database, log, life);
    const subgraphs = Object.fromEntries(
      SUBGRAPH_NAMES.map((name): [string, SubgraphPlace] => [name, { kind: 'local', subgraph: createSubgraph(name, database, engine, log) }]),
    );
    const gateway = await serveGateway({ config, log, life, database, subgraphs, auth: createAuth(config, database, log), protection: createProtectionOptions(config, database, log), readiness: () => checkDatabase(database) });
    life.onStop('progress', () => view.close());

    say(`Ponte is up (${storage.description}):\n${directions(gateway.url)}\n`);
    if (demo !== null && empty) {
      say('The database is empty: importing both systems (about a minute, at the speed that the providers allow).');
      await importAll({ database, engine, worker, view, signal: life.signal, log }).catch((error: unknown) => {
        // Asked to stop in the middle of it: that is no failure of the start.
        if (!life.signal.aborted) throw error;
      });
      if (!life.signal.aborted) say(`Ready:\n${directions(gateway.url)}\nCtrl-C stops.`);
    } else {
      say('Ctrl-C stops.');
    }
    await life.stopped;
    say('Stopped.');
  } catch (error) {
    await life.stop('failure');
    throw error;
  }
}

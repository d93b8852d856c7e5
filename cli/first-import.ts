// The first import of the demo: on an empty database every connected account is read by itself, with its progress shown.
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { Engine, RunState, Worker } from '../sync/index.ts';
import { isOver, summary, type ProgressView } from './progress.ts';
import { say } from './terminal.ts';

export interface FirstImport {
  database: Database;
  engine: Engine;
  worker: Worker;
  view: ProgressView;
  signal: AbortSignal;
  log: Logger;
}

/** True where no run was ever started here. */
export const isEmpty = async (database: Database): Promise<boolean> => (await database.prisma.syncRun.count()) === 0;

/** Starts the imports and shows them to their end; returns the last states. */
export async function importAll({ engine, worker, view, signal }: FirstImport): Promise<RunState[]> {
  const startedAt = performance.now();
  await worker.identified();
  const { runs, failed } = await engine.autoImport({ signal });
  for (const { provider, test } of failed) say(`${provider}: ${test.message} ${test.hint ?? ''}`);
  const last = await Promise.all(runs.map((run) => showRun(engine, run.id, view, signal)));
  view.close();
  const finished = last.filter((run) => run !== undefined);
  for (const run of finished) say(summary(run));
  if (!signal.aborted) say(`Imported in ${Math.round((performance.now() - startedAt) / 1000)} s.\n`);
  return finished;
}

async function showRun(engine: Engine, runId: string, view: ProgressView, signal: AbortSignal): Promise<RunState | undefined> {
  let newest: RunState | undefined;
  for await (const run of engine.watchRuns({ runId, allowedWallets: 'all', signal })) {
    newest = run;
    view.show(run);
    if (isOver(run)) break;
  }
  return newest;
}

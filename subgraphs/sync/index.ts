// The subgraph of the engine: accounts, runs, schedules, dead letters; the mutations that start syncs, the subscriptions
// that stream them.
import { toSubgraph, type Subgraph } from '../../lib/graphql/index.ts';
import type { Logger } from '../../lib/log.ts';
import type { Database } from '../../prisma/index.ts';
import type { Engine } from '../../sync/index.ts';
import { access } from './access.ts';
import { builder, createSyncContext } from './builder.ts';
import './run.ts';
import './schedule.ts';
import './dead-letter.ts';
import './connection-test.ts';
import './change.ts';

export interface SyncSubgraphOptions {
  database: Database;
  engine: Engine;
  log: Logger;
}

export const createSyncSubgraph = ({ database, engine, log }: SyncSubgraphOptions): Subgraph =>
  toSubgraph({ name: 'sync', builder, log, access, createContext: (request) => createSyncContext(database, engine, request) });

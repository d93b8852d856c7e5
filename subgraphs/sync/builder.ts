// The Pothos builder of this subgraph and what its resolvers work with.
import { createBuilder, createRequestContext, type RequestContext, type SubgraphRequest } from '../../lib/graphql/index.ts';
import type { Database } from '../../prisma/index.ts';
import type { Engine, RunState } from '../../sync/index.ts';

export interface SyncContext extends RequestContext {
  readonly engine: Engine;
  readonly prisma: Database['prisma'];
}

export const createSyncContext = (database: Database, engine: Engine, request: SubgraphRequest): SyncContext => ({
  ...createRequestContext(database, request),
  engine,
  prisma: database.prisma,
});

export const builder = createBuilder<SyncContext>();
builder.mutationType({});
builder.subscriptionType({});

export const Provider = builder.enumType('Provider', { description: 'The systems that can be connected.', values: ['GESTAO_CLICK', 'KOMMO'] as const });

export const SyncMode = builder.enumType('SyncMode', {
  description: 'FULL reads everything; INCREMENTAL what may have changed since the last good run.',
  values: ['FULL', 'INCREMENTAL'] as const,
});

/** Declared here because runs and wallets point to each other; implemented in run.ts. */
export const SyncRun = builder.objectRef<RunState>('SyncRun');

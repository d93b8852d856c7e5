// The four services of the graph over one database.
import type { Subgraph } from '../lib/graphql/subgraph.ts';
import type { SubgraphName } from '../lib/config/index.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import { createGestaoClickSubgraph } from '../subgraphs/gestao-click/index.ts';
import { createInsightsSubgraph } from '../subgraphs/insights/index.ts';
import { createKommoSubgraph } from '../subgraphs/kommo/index.ts';
import { createSyncSubgraph } from '../subgraphs/sync/index.ts';
import type { Engine } from '../sync/index.ts';

export function createSubgraph(name: SubgraphName, database: Database, engine: Engine, log: Logger): Subgraph {
  switch (name) {
    case 'gestao-click':
      return createGestaoClickSubgraph({ database, log });
    case 'kommo':
      return createKommoSubgraph({ database, log });
    case 'sync':
      return createSyncSubgraph({ database, engine, log });
    case 'insights':
      return createInsightsSubgraph({ database, log });
  }
}

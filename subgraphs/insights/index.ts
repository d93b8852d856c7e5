// The subgraph of what belongs to neither provider: who is who. It adds fields to people that other subgraphs own, answers
// with references to them, and shows the links themselves. Reads `insights.*`, nothing else.
import { createRequestContext, toSubgraph, type RowReader, type Subgraph } from '../../lib/graphql/index.ts';
import type { Logger } from '../../lib/log.ts';
import { access } from './access.ts';
import { addIdentityLinks } from './identity-links.ts';
import { createPeople } from './people.ts';

export interface InsightsSubgraphOptions {
  database: RowReader;
  log: Logger;
}

export function createInsightsSubgraph({ database, log }: InsightsSubgraphOptions): Subgraph {
  const people = createPeople();
  addIdentityLinks(people);
  return toSubgraph({
    name: 'insights',
    builder: people.builder,
    log,
    access,
    createContext: (request) => createRequestContext(database, request),
  });
}

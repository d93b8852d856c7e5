// The subgraph of the CRM: contacts, companies, deals and what the account is set up with. Reads `kommo.*`, nothing else.
import { createRequestContext, toSubgraph, type RowReader, type Subgraph } from '../../lib/graphql/index.ts';
import type { Logger } from '../../lib/log.ts';
import { access } from './access.ts';
import { addDeals } from './deals.ts';
import { addDefinitions } from './definitions.ts';
import { addCustomFields } from './field-values.ts';
import { addFilters } from './filters.ts';
import { addPeople } from './people.ts';
import { addQueries } from './queries.ts';
import { createTypes } from './types.ts';

export interface KommoSubgraphOptions {
  database: RowReader;
  log: Logger;
}

export function createKommoSubgraph({ database, log }: KommoSubgraphOptions): Subgraph {
  const types = createTypes();
  const filters = addFilters(types);
  addCustomFields(types);
  addDefinitions(types, filters);
  addPeople(types, filters);
  addDeals(types);
  addQueries(types, filters);
  return toSubgraph({
    name: 'kommo',
    builder: types.builder,
    log,
    access,
    createContext: (request) => createRequestContext(database, request),
  });
}

// The ERP as a service of the graph: sales, payments, clients, salespeople, products, quotes and what they point to.
// Reads the tables of `gestao_click`, nothing else.
import { createRequestContext, toSubgraph, type Subgraph } from '../../lib/graphql/index.ts';
import type { Logger } from '../../lib/log.ts';
import { saoPauloToday } from '../../lib/time.ts';
import type { Database } from '../../prisma/index.ts';
import { access } from './access.ts';
import './accounting.ts';
import { builder } from './builder.ts';
import './catalog.ts';
import './client.ts';
import './payment.ts';
import './quote.ts';
import './sale.ts';
import './salesperson.ts';

export interface GestaoClickSubgraphOptions {
  database: Pick<Database, 'rows' | 'prisma'>;
  log: Logger;
  /** The clock that OVERDUE is decided by; default the real one. */
  now?: () => Date;
}

/** The subgraph `gestao-click`. */
export const createGestaoClickSubgraph = ({
  database,
  log,
  now = () => new Date(),
}: GestaoClickSubgraphOptions): Subgraph =>
  toSubgraph({
    name: 'gestao-click',
    builder,
    log,
    access,
    createContext: (request) => ({
      ...createRequestContext(database, request),
      prisma: database.prisma,
      today: saoPauloToday(now()),
    }),
  });

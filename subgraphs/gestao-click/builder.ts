// The builder of this subgraph, and what its resolvers work with.
import { createBuilder, type RequestContext } from '../../lib/graphql/index.ts';
import type { PrismaClient } from '../../prisma/index.ts';

export interface ErpContext extends RequestContext {
  readonly prisma: PrismaClient;
  /** The day that the calendar of São Paulo shows: what OVERDUE is decided by. */
  readonly today: string;
}

export const builder = createBuilder<ErpContext>();

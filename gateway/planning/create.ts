// Which planner plans.
import { visit, BREAK, type DocumentNode } from 'graphql';
import type { Logger } from '../../lib/log.ts';
import type { Supergraph } from '../supergraph/index.ts';
import { createApolloPlanner } from './apollo.ts';
import { createHivePlanner } from './hive.ts';
import type { Planner } from './planner.ts';

/**
 * The planner of that kind. Where Hive's add-on does not load on this platform, Apollo's takes its place, and a warning says
 * so; `name` tells which one it is. Rejects with a PonteError where the planner does not take the supergraph.
 */
export async function createPlanner({ kind, supergraph, log }: { kind: Planner['name']; supergraph: Supergraph; log: Logger }): Promise<Planner> {
  return (kind === 'hive' ? await createHivePlanner({ supergraph, log }) : null) ?? createApolloPlanner({ supergraph, log });
}

/** True where only Apollo's planner can plan the operation: Hive's overlooks `@defer`. */
export function needsApollo(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive(node) {
      if (node.name.value !== 'defer') return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

// The native planner of Hive (MIT): passes every case of the public federation audit, about seven times faster than Apollo's.
// It plans in threads of its own; only its answer is turned into our representation on the main thread.
import { availableParallelism } from 'node:os';
import { parse } from 'graphql';
import { messageOf, PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { Supergraph } from '../supergraph/index.ts';
import { Adapter } from './adapt.ts';
import { HIVE } from './dialects.ts';
import { planningEnded, planningFailure } from './failure.ts';
import type { Plan } from './plan.ts';
import type { Planner } from './planner.ts';
import { prune } from './prune.ts';
import { Queue } from './queue.ts';
import { typesIn } from './types.ts';
import type { WirePlan } from './wire.ts';

/** Feature flags of a supergraph (`@override` with a label): none is on, and percentages count as full. */
const NO_LABELS = new Set<string>();
const PERCENT = 100;

function load<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new PonteError('BAD_USER_INPUT', `The supergraph cannot be used: the native query planner does not take it (${messageOf(error).split('\n')[0]})`, { cause: error });
  }
}

/** Null where the add-on does not load on this platform. Rejects where it does not take the supergraph. */
export async function createHivePlanner({ supergraph, log }: { supergraph: Supergraph; log: Logger }): Promise<Planner | null> {
  const addOn = await import('@graphql-hive/router-query-planner').catch((error: unknown) => {
    log.warn({ reason: messageOf(error).split('\n')[0], platform: process.platform, arch: process.arch }, 'The native query planner does not load on this platform');
    return null;
  });
  if (addOn === null) return null;
  const native = load(() => new addOn.QueryPlanner(supergraph.sdl));
  const adapter = new Adapter(HIVE, typesIn(parse(supergraph.sdl, { noLocation: true })));
  // A burst of new operations must leave a core to the requests that are already planned.
  const queue = new Queue<Plan>(Math.max(1, availableParallelism() - 1));
  let closed = false;

  return {
    name: 'hive',
    async plan(request, signal) {
      if (closed) throw planningEnded();
      const pruned = prune(request);
      if (pruned === null) return { planner: 'hive', root: null };
      return queue.add(async () => {
        try {
          const plan = await native.planAsync(pruned, request.operationName ?? null, NO_LABELS, PERCENT);
          return adapter.plan(plan as unknown as WirePlan);
        } catch (error) {
          throw planningFailure(error);
        }
      }, signal);
    },
    close() {
      closed = true;
      queue.clear(planningEnded());
      return Promise.resolve();
    },
  };
}

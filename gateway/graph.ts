// The graph that is served: its supergraph, its planners and its operations. Another one takes its place whole and warm, or
// not at all; requests under way end on the one they began with.
import type { GraphQLFormattedError } from 'graphql';
import { setImmediate as immediate } from 'node:timers/promises';
import type { Logger } from '../lib/log.ts';
import { createErrorFormatter } from './errors.ts';
import { loadFederation, type Federation } from './federation.ts';
import { createCompiler, createStockCompiler, Operations, type OperationRules } from './operations/index.ts';
import { createPlanner, type Planner } from './planning/index.ts';
import { OPEN } from './principal.ts';
import type { Sources } from './sources/source.ts';
import type { Supergraph } from './supergraph/index.ts';

export interface GraphOptions {
  readonly sdl: string;
  readonly sources: Sources;
  readonly rules: OperationRules;
  readonly log: Logger;
  /** Which planner plans, and whose executor executes. Default `hive`; `stock` is Apollo's planner and executor. */
  readonly engine?: Engine;
  /** Default true. */
  readonly textTier?: boolean;
  /** How long requests of an old graph may still need its planners. */
  readonly drainMs: number;
  onPlan?(planner: Planner['name'], ms: number): void;
}
export const ENGINES = ['hive', 'apollo', 'stock'] as const;
export type Engine = (typeof ENGINES)[number];

export interface Graph {
  readonly supergraph: Supergraph;
  readonly operations: Operations;
  /** The one that plans; `apollo` where Hive's add-on does not load on this platform. */
  readonly planner: Planner['name'];
}

export interface Graphs {
  readonly current: Graph;
  readonly federation: Federation;
  /** Called with the graph that is served now, and with each one that takes its place. Returns how to stop. */
  watch(changed: (graph: Graph) => void): () => void;
  /** Takes another supergraph: checked, planned and compiled for the operations used last, then exchanged. Rejects with a PonteError; then the old one stays. */
  replace(sdl: string): Promise<Graph>;
  close(): Promise<void>;
}

/** Operations that a new graph knows before it serves. */
const WARM = 200;

export async function createGraphs(options: GraphOptions): Promise<Graphs> {
  const { sources, rules, log, engine = 'hive', textTier = true, drainMs, onPlan } = options;
  const federation = await loadFederation({ sdl: options.sdl, sources, log });
  const formatter = createErrorFormatter(log);
  const formatError = (error: GraphQLFormattedError) => formatter(error, error);
  const draining = new Map<NodeJS.Timeout, () => Promise<void>>();

  async function build(supergraph: Supergraph): Promise<Graph & { close(): Promise<void> }> {
    const incremental = await createPlanner({ kind: 'apollo', supergraph, log });
    const main = engine === 'hive' ? await createPlanner({ kind: 'hive', supergraph, log }) : incremental;
    const ours = createCompiler({ supergraph, sources, planners: { main, incremental }, formatError, textTier, log, ...(onPlan ? { onPlan } : {}) });
    const compiler = engine === 'stock' ? createStockCompiler({ federation, ours, log }) : ours;
    return {
      supergraph,
      // Apollo's executor knows nothing of keys that are not in its text.
      operations: new Operations({ supergraph, sources, rules, compiler, log, foldAliases: engine !== 'stock' }),
      planner: main.name,
      async close() {
        await Promise.all([...new Set([main, incremental])].map((planner) => planner.close()));
      },
    };
  }

  let current = await build(federation.supergraph);
  const watchers = new Set<(graph: Graph) => void>();
  let replacing: Promise<unknown> = Promise.resolve();

  async function replace(sdl: string): Promise<Graph> {
    const old = current;
    const supergraph = federation.update(sdl);
    // What waited meanwhile is answered before the planners are made.
    await immediate();
    const next = await build(supergraph).catch((error: unknown) => {
      // A planner does not take what Apollo's gateway took: that one goes back, too.
      federation.update(old.supergraph.sdl);
      throw error;
    });
    await next.operations.warm(old.operations.recent(WARM), OPEN);
    current = next;
    for (const changed of watchers) changed(next);
    const timer = setTimeout(() => {
      draining.delete(timer);
      void old.close();
    }, drainMs);
    timer.unref();
    draining.set(timer, () => old.close());
    return next;
  }

  return {
    get current() {
      return current;
    },
    federation,
    watch(changed) {
      watchers.add(changed);
      changed(current);
      return () => void watchers.delete(changed);
    },
    replace(sdl) {
      const done = replacing.then(() => replace(sdl));
      replacing = done.catch(() => undefined);
      return done;
    },
    async close() {
      const closing = [...draining.entries()].map(([timer, close]) => {
        clearTimeout(timer);
        return close();
      });
      await Promise.all([...closing, current.close(), federation.stop()]);
    },
  };
}

// A graph of two subgraphs in memory: `progress` streams the states of runs as the real one does (the current state at once, then
// every newest one), `wallets` has the name that stands beside each event.
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { parse } from 'graphql';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import { compose } from '../../tools/compose.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])';
const PROGRESS = `${LINK}
type Query { run(id: ID!): Run }
type Subscription { progress(id: ID!): Run! }
type Run { id: ID! n: Int! at: Float! status: String! wallet: Wallet! }
type Wallet @key(fields: "id", resolvable: false) { id: ID! }
`;
const WALLETS = `${LINK}
type Query { wallet(id: ID!): Wallet }
type Wallet @key(fields: "id") { id: ID! name: String! }
`;

export interface RunState {
  readonly id: string;
  readonly n: number;
  /** Milliseconds of the wall clock, with fractions. */
  readonly at: number;
  readonly status: 'RUNNING' | 'SUCCEEDED';
}

/** A run that can be moved on and watched. */
export class RunSource {
  readonly #readers = new Set<(state: RunState) => void>();
  state: RunState;

  constructor(id: string) {
    this.state = { id, n: 0, at: now(), status: 'RUNNING' };
  }

  get readers(): number {
    return this.#readers.size;
  }

  move(status: RunState['status'] = 'RUNNING'): void {
    this.state = { id: this.state.id, n: this.state.n + 1, at: now(), status };
    for (const reader of this.#readers) reader(this.state);
  }

  /** Newest state only: what a reader did not take in time is replaced. */
  watch(): AsyncIterableIterator<RunState> {
    let waiting: RunState | undefined = this.state;
    let wake: ((taken: IteratorResult<RunState>) => void) | undefined;
    let over = false;
    const reader = (state: RunState) => {
      if (wake) wake({ value: state, done: false });
      else waiting = state;
      wake = undefined;
    };
    this.#readers.add(reader);
    return {
      next: () => {
        const value = waiting;
        waiting = undefined;
        if (value) return Promise.resolve({ value, done: false });
        return over ? Promise.resolve({ value: undefined, done: true }) : new Promise((resolve) => (wake = resolve));
      },
      return: () => {
        over = true;
        this.#readers.delete(reader);
        wake?.({ value: undefined, done: true });
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

export const now = (): number => performance.timeOrigin + performance.now();

export interface BenchGraph {
  readonly supergraphSdl: string;
  readonly subgraphs: readonly Subgraph[];
  readonly runs: ReadonlyMap<string, RunSource>;
}

export function createBenchGraph(ids: readonly string[]): BenchGraph {
  const runs = new Map(ids.map((id) => [id, new RunSource(id)]));
  const make = (name: string, sdl: string, resolvers: GraphQLResolverMap<unknown>): Subgraph => ({
    name,
    sdl,
    schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers }),
    createContext: (request) => request,
  });
  const walletOf = ({ id }: { id: string }) => ({ id, name: `Wallet of ${id}` });
  const subgraphs = [
    make('progress', PROGRESS, {
      Query: { run: (_: unknown, { id }: { id: string }) => runs.get(id)?.state ?? null },
      Subscription: { progress: { subscribe: (_: unknown, { id }: { id: string }) => runs.get(id)!.watch(), resolve: (state: RunState) => state } },
      Run: { wallet: ({ id }: RunState) => ({ id: `wallet of ${id}` }) },
    }),
    make('wallets', WALLETS, { Query: { wallet: (_: unknown, given: { id: string }) => walletOf(given) }, Wallet: { __resolveReference: walletOf } }),
  ];
  return { supergraphSdl: compose(subgraphs).supergraphSdl, subgraphs, runs };
}

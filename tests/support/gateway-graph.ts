// A small graph for the gateway's tests: `erp` has sales and streams them, `crm` has the contacts behind them. What is slow,
// broken or gone is switched by the test.
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { parse } from 'graphql';
import { setTimeout as sleep } from 'node:timers/promises';
import { PonteError } from '../../lib/errors.ts';
import type { Subgraph, SubgraphRequest } from '../../lib/graphql/subgraph.ts';
import { compose } from '../../tools/compose.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable"])';

const ERP = `${LINK}
scalar Decimal
type Query {
  sales(first: Int = 3, totalMin: Decimal): [Sale!]!
  sale(id: ID!): Sale
  wallets: String!
  secretFailure: String
  politeFailure: String
  brokenPromise: String!
  vanished: Contact!
}
type Mutation { rename(id: ID!, number: String!): Sale! }
type Subscription { saleChanged(id: ID): SaleChange! }
type SaleChange { change: String! sale: Sale }
type Sale @key(fields: "id") { id: ID! number: String! total: Decimal! contact: Contact }
type Contact @key(fields: "id") { id: ID! sales: [Sale!]! }
`;
const CRM = `${LINK}
type Query { contact(id: ID!): Contact slow: String }
type Mutation { wait: String }
type Contact @key(fields: "id") { id: ID! name: String! phones: [String!]! greeting(word: String!): String! }
`;

/** A bus whose readers end at once, and can be counted. */
export class Bus<T> {
  readonly #readers = new Set<(value: T | undefined) => void>();

  get readers(): number {
    return this.#readers.size;
  }

  publish(value: T): void {
    for (const reader of this.#readers) reader(value);
  }

  read(): AsyncGenerator<T> {
    const queue: T[] = [];
    let wake: ((result: IteratorResult<T>) => void) | undefined;
    const over = { value: undefined, done: true } as const;
    let ended = false;
    const reader = (value: T | undefined) => {
      if (value === undefined) wake?.(over);
      else if (wake) wake({ value, done: false });
      else queue.push(value);
      wake = undefined;
    };
    this.#readers.add(reader);
    const end = () => {
      ended = true;
      this.#readers.delete(reader);
      reader(undefined);
      return Promise.resolve(over);
    };
    const stream = {
      next: () =>
        ended ? Promise.resolve(over) : queue.length > 0 ? Promise.resolve({ value: queue.shift()!, done: false as const }) : new Promise<IteratorResult<T>>((resolve) => (wake = resolve)),
      return: end,
      throw: (error: unknown) => end().then(() => Promise.reject(error)),
      [Symbol.asyncIterator]: () => stream,
    };
    return stream as unknown as AsyncGenerator<T>;
  }
}

interface Context extends SubgraphRequest {
  readonly loaded: string[][];
}

export interface Graph {
  readonly erp: Subgraph;
  readonly crm: Subgraph;
  readonly supergraphSdl: string;
  readonly changes: Bus<{ change: string; id: string }>;
  /** Contexts made, by subgraph. */
  readonly contexts: { erp: number; crm: number };
  /** Calls that wait in a resolver of the crm, and those that were aborted there. */
  waiting: number;
  aborted: number;
  /** The crm waits this long before each contact. */
  crmDelayMs: number;
  /** Contacts that the crm does not know. */
  readonly gone: Set<string>;
  /** Called by the crm for each contact; may throw. */
  onContact: (id: string) => void;
}

export const SECRET = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2lnbmF0dXJl';

export function createGraph(): Graph {
  const sales = Array.from({ length: 5 }, (_, i) => ({ id: `s${i}`, number: `10${i}`, total: `${i}0.50`, contactId: i === 4 ? null : `c${i % 2}` }));
  const contacts = [0, 1].map((i) => ({ id: `c${i}`, name: `Pessoa ${i}`, phones: [`+55119000000${i}`] }));
  const saleOf = (id: string) => {
    const sale = sales.find((s) => s.id === id);
    return sale && { ...sale, contact: sale.contactId && { __typename: 'Contact', id: sale.contactId } };
  };
  const graph: Graph = { changes: new Bus(), contexts: { erp: 0, crm: 0 }, waiting: 0, aborted: 0, crmDelayMs: 0, gone: new Set(), onContact: () => undefined } as unknown as Graph;

  const pause = async (signal: AbortSignal | undefined) => {
    if (graph.crmDelayMs === 0) return;
    graph.waiting++;
    try {
      await sleep(graph.crmDelayMs, undefined, signal ? { signal } : {});
    } catch (error) {
      graph.aborted++;
      throw error;
    } finally {
      graph.waiting--;
    }
  };
  const contactOf = async ({ id }: { id: string }, _args: unknown, { signal }: Context) => {
    await pause(signal);
    graph.onContact(id);
    return graph.gone.has(id) ? null : (contacts.find((c) => c.id === id) ?? null);
  };
  const erp: GraphQLResolverMap<Context> = {
    Query: {
      sales: (_: unknown, { first }: { first: number }) => sales.slice(0, first).map(({ id }) => saleOf(id)),
      sale: (_: unknown, { id }: { id: string }) => saleOf(id),
      wallets: (_: unknown, _args: unknown, { allowedWallets }: Context) => (allowedWallets === 'all' ? 'all' : allowedWallets.join('+')),
      secretFailure: () => {
        throw new Error(`connect ECONNREFUSED postgresql://ponte:hunter2@10.0.0.1 with ${SECRET}`);
      },
      politeFailure: () => {
        throw new PonteError('CONFLICT', 'A run is under way', { hint: 'Wait for it.' });
      },
      brokenPromise: () => null,
      vanished: () => ({ __typename: 'Contact', id: 'nobody' }),
    },
    Mutation: {
      rename: (_: unknown, { id, number }: { id: string; number: string }) => {
        const sale = sales.find((s) => s.id === id);
        if (!sale) throw new PonteError('NOT_FOUND', `Sale ${id} does not exist`);
        sale.number = number;
        return saleOf(id);
      },
    },
    Subscription: {
      saleChanged: {
        subscribe: (_: unknown, { id }: { id?: string }) => {
          if (id === 'refused') throw new PonteError('NOT_FOUND', 'There is no such sale');
          return graph.changes.read();
        },
        resolve: ({ change, id }: { change: string; id: string }) => ({ change, sale: saleOf(id) }),
      },
    },
    Sale: { __resolveReference: ({ id }: { id: string }) => saleOf(id) },
    Contact: { __resolveReference: (ref: object) => ref, sales: ({ id }: { id: string }) => sales.filter((s) => s.contactId === id).map((s) => saleOf(s.id)) },
  };
  const crm: GraphQLResolverMap<Context> = {
    Query: {
      contact: (_: unknown, args: { id: string }, context: Context) => contactOf(args, {}, context),
      slow: async (_: unknown, _args: unknown, { signal }: Context) => {
        await pause(signal);
        return 'slow';
      },
    },
    Mutation: {
      wait: async (_: unknown, _args: unknown, { signal }: Context) => {
        await pause(signal);
        return 'waited';
      },
    },
    Contact: { __resolveReference: (ref: object, context: Context) => contactOf(ref as { id: string }, {}, context), greeting: ({ name }: { name: string }, { word }: { word: string }) => `${word}, ${name}` },
  };
  const make = (name: 'erp' | 'crm', sdl: string, resolvers: GraphQLResolverMap<Context>): Subgraph => ({
    name,
    sdl,
    schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: resolvers as GraphQLResolverMap<unknown> }),
    createContext(request) {
      graph.contexts[name]++;
      return { ...request, loaded: [] } satisfies Context;
    },
  });
  const subgraphs = { erp: make('erp', ERP, erp), crm: make('crm', CRM, crm) };
  return Object.assign(graph, subgraphs, { supergraphSdl: compose(Object.values(subgraphs)).supergraphSdl });
}

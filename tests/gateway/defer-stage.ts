// Three small subgraphs in memory, whose answers can be held back one by one, and a client that reads answers in parts.
import { composeServices } from '@apollo/composition';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, getOperationAST, getVariableValues, parse, print, validate, type FormattedExecutionResult, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { withoutRefused } from '../../gateway/auth/refused.ts';
import { compile, compileIncremental, type CompileInput, type ExecuteInput, type Refusal } from '../../gateway/execution/index.ts';
import { createPlanner, isIncremental, labelDefers, type Planner } from '../../gateway/planning/index.ts';
import { RequestContext } from '../../gateway/request.ts';
import { toAnswer } from '../../gateway/result.ts';
import type { Source, Sources } from '../../gateway/sources/source.ts';
import { readSupergraph, type Supergraph } from '../../gateway/supergraph/index.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import { PonteError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/log.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';
const SUBGRAPHS = {
  catalog: `${LINK}
    type Query { products: [Product!]! product(id: ID!): Product box: Box things: [Thing!] }
    type Mutation { rename(id: ID!, name: String!): Product }
    type Product @key(fields: "id") { id: ID! name: String price: Float size: Size maker: Maker similar: [Product!] }
    type Size { width: Int height: Int! depth: Int }
    type Maker @key(fields: "id") { id: ID! }
    type Box { label: String heavy: String! }
    union Thing = Product | Maker`,
  makers: `${LINK}
    type Maker @key(fields: "id") { id: ID! name: String country: String rating: Int! }`,
  reviews: `${LINK}
    type Query { news: [String!] }
    type Product @key(fields: "id") { id: ID! reviews: [Review!]! score: Int! stars: Int }
    type Review { text: String author: Maker }
    type Maker @key(fields: "id") { id: ID! }`,
} as const;
export type Name = keyof typeof SUBGRAPHS;

interface Row {
  readonly __typename: 'Product' | 'Maker';
  readonly id: string;
}
const product = (id: string) => ({ __typename: 'Product', id }) as const;
const maker = (id: string) => ({ __typename: 'Maker', id }) as const;
const IDS = ['p1', 'p2', 'p3'];

const RESOLVERS: Readonly<Record<Name, Parameters<typeof buildSubgraphSchema>[0]>> = {
  catalog: {
    typeDefs: parse(SUBGRAPHS.catalog),
    resolvers: {
      Query: {
        products: () => IDS.map(product),
        product: (_: unknown, { id }: { id: string }) => (IDS.includes(id) ? product(id) : null),
        box: () => ({ label: 'Box', heavy: null }),
        things: () => [product('p1'), maker('m1'), product('p2')],
      },
      Mutation: { rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...product(id), name }) },
      Product: {
        __resolveReference: (row: Row) => row,
        name: ({ id, name }: { id: string; name?: string }) => name ?? `Product ${id}`,
        price: ({ id }: Row) => Number(id.slice(1)) * 10,
        size: ({ id }: Row) => ({ width: 1, height: id === 'p2' ? null : 2, depth: 3 }),
        maker: ({ id }: Row) => (id === 'p3' ? null : maker(`m${id.slice(1)}`)),
        similar: ({ id }: Row) => IDS.filter((other) => other !== id).map(product),
      },
    },
  },
  makers: {
    typeDefs: parse(SUBGRAPHS.makers),
    resolvers: {
      Maker: {
        __resolveReference: (row: Row) => row,
        name: ({ id }: Row) => `Maker ${id}`,
        country: ({ id }: Row) => {
          if (id === 'm2') throw new Error('No country');
          return 'BR';
        },
        rating: ({ id }: Row) => {
          if (id === 'm2') throw new Error('No rating');
          return 5;
        },
      },
    },
  },
  reviews: {
    typeDefs: parse(SUBGRAPHS.reviews),
    resolvers: {
      Query: { news: () => ['new', 'newer'] },
      Product: {
        __resolveReference: (row: Row) => row,
        reviews: ({ id }: Row) => [{ text: `About ${id}`, author: maker('m1') }],
        score: ({ id }: Row) => {
          if (id === 'p2') throw new Error('No score');
          return 4;
        },
        stars: () => 3,
      },
    },
  },
};

/** One fetch that reached a subgraph. */
export interface Fetched {
  readonly service: Name;
  readonly operation: string;
}

export interface Payload {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly incremental?: readonly { label?: string; path: (string | number)[]; data: unknown; errors?: readonly GraphQLFormattedError[] }[];
  readonly hasNext: boolean;
}

export interface Asked {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly refused?: ReadonlyMap<string, Refusal>;
}

export class Stage {
  readonly supergraph: Supergraph;
  readonly fetched: Fetched[] = [];
  /** A fetch for which this gives a promise is held back until it resolves. */
  hold: (fetch: Fetched) => Promise<unknown> | undefined = () => undefined;
  /** A subgraph that is named here does not answer. */
  readonly down = new Set<Name>();
  readonly #sources: Sources;
  readonly #planner: Planner;

  private constructor(supergraph: Supergraph, planner: Planner) {
    this.supergraph = supergraph;
    this.#planner = planner;
    this.#sources = Object.fromEntries((Object.keys(SUBGRAPHS) as Name[]).map((name) => [name, this.#source(name, buildSubgraphSchema(RESOLVERS[name]))]));
  }

  static async open(): Promise<Stage> {
    const { supergraphSdl, errors } = composeServices(Object.entries(SUBGRAPHS).map(([name, sdl]) => ({ name, url: `http://${name}.test`, typeDefs: parse(sdl) })));
    if (supergraphSdl === undefined) throw new Error(errors?.map(String).join('\n'));
    const supergraph = readSupergraph(supergraphSdl);
    return new Stage(supergraph, await createPlanner({ kind: 'apollo', supergraph, log: silentLogger }));
  }

  close(): Promise<void> {
    return this.#planner.close();
  }

  #source(name: Name, schema: GraphQLSchema): Source {
    return {
      name,
      kind: 'local',
      prepare: ({ operation }) => ({
        run: async (variableValues, request) => {
          const fetch = { service: name, operation };
          this.fetched.push(fetch);
          const ended = new Promise<never>((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true }));
          await Promise.race([this.hold(fetch), ended]);
          if (this.down.has(name)) throw new PonteError('SUBGRAPH_UNAVAILABLE', 'A part of the graph does not answer', { retryable: true });
          const { data, errors } = await execute({ schema, document: parse(operation), variableValues });
          return JSON.parse(JSON.stringify({ data, ...(errors ? { errors } : {}) })) as Answer;
        },
      }),
      open: () => Promise.reject(new Error('It has no streams')),
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }

  async #input(text: string, { variables = {}, refused = new Map() }: Asked): Promise<{ input: CompileInput; given: ExecuteInput }> {
    const { apiSchema: schema } = this.supergraph;
    const document = labelDefers(parse(text));
    const operation = getOperationAST(document)!;
    const plan = await this.#planner.plan({ text: print(withoutRefused(schema, document, refused)) });
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (!coerced) throw errors![0]!;
    const formatError = ({ extensions, ...error }: GraphQLFormattedError) => ({ ...error, extensions: { code: extensions?.['code'] } });
    return {
      input: { schema, document, operation, plan, refused, sources: this.#sources, formatError },
      given: { coerced, raw: variables, request: new RequestContext() },
    };
  }

  /** The answer in parts, not begun to be read, and the request that it is for. */
  async begin(text: string, asked: Asked = {}) {
    const [invalid] = validate(this.supergraph.apiSchema, parse(text));
    if (invalid) throw invalid;
    const { input, given } = await this.#input(text, asked);
    return { parts: compileIncremental(input).execute(given), request: given.request, isIncremental: isIncremental(input.plan) };
  }

  /** All payloads. */
  async payloads(text: string, asked: Asked = {}): Promise<Payload[]> {
    const { parts } = await this.begin(text, asked);
    const payloads: Payload[] = [];
    for await (const part of parts) {
      const payload = JSON.parse(part.text) as Payload;
      if (payload.hasNext !== part.hasNext) throw new Error('The text says something else than the part');
      payloads.push(payload);
    }
    return payloads;
  }

  /** The same operation, answered at once. */
  async whole(text: string, asked: Asked = {}) {
    const { input, given } = await this.#input(text.replaceAll(/@defer(\([^)]*\))?/g, ''), asked);
    return toAnswer(await compile(input).execute(given));
  }
}

/** What Apollo Client makes of the payloads. */
export function readByApolloClient(text: string, payloads: readonly Payload[]): FormattedExecutionResult {
  const reading = new Defer20220824Handler().startRequest({ query: parse(text) });
  let result: FormattedExecutionResult = {};
  for (const payload of payloads) result = reading.handle(undefined, structuredClone(payload) as Parameters<typeof reading.handle>[1]);
  return result;
}

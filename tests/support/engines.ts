// The engines that are compared: one graph served by each planner and tier, over the same subgraphs in this process.
import { execute, GraphQLError, parse } from 'graphql';
import { createGraphs, type GraphOptions, type Graphs } from '../../gateway/graph.ts';
import { OPEN } from '../../gateway/principal.ts';
import { RequestContext } from '../../gateway/request.ts';
import { toAnswer, type Result } from '../../gateway/result.ts';
import { unavailable } from '../../gateway/sources/failure.ts';
import { LocalSource } from '../../gateway/sources/local.ts';
import type { Source } from '../../gateway/sources/source.ts';
import { toGraphQLErrors } from '../../lib/graphql/errors.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import { silentLogger } from '../../lib/log.ts';
import type { RandomOperation } from './random-operation.ts';

/** A subgraph behind a wire that is a string: what a remote one answers, without sockets. */
export class WireSource implements Source {
  readonly kind = 'remote';
  readonly name: string;
  readonly #subgraph: Subgraph;
  /** Answers nothing while set. */
  down = false;

  constructor(subgraph: Subgraph) {
    this.name = subgraph.name;
    this.#subgraph = subgraph;
  }

  async #answer(operation: string, variables: string, request: RequestContext): Promise<string> {
    if (this.down) throw unavailable();
    const { data, errors } = await execute({
      schema: this.#subgraph.schema,
      document: parse(operation),
      variableValues: JSON.parse(Buffer.from(variables, 'latin1').toString('utf8')) as Record<string, unknown>,
      contextValue: this.#subgraph.createContext({ allowedWallets: request.allowedWallets }),
    });
    const answer = { ...(errors ? { errors: toGraphQLErrors(errors, silentLogger) } : {}), ...(data === undefined ? {} : { data }) };
    return Buffer.from(JSON.stringify(answer), 'utf8').toString('latin1');
  }

  prepare({ operation }: { operation: string }) {
    return {
      exchange: (variables: string, request: RequestContext) => this.#answer(operation, variables, request),
      run: async (variables: object, request: RequestContext) => {
        const text = await this.#answer(operation, Buffer.from(JSON.stringify(variables), 'utf8').toString('latin1'), request);
        return JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as Answer;
      },
    };
  }
  open(): never {
    throw new GraphQLError('No streams here');
  }
  check = async () => undefined;
  close = async () => undefined;
}

export interface Engine {
  readonly name: string;
  readonly graphs: Graphs;
  readonly wires: Readonly<Record<string, WireSource>>;
  run(operation: Pick<RandomOperation, 'query' | 'variables'>): Promise<{ result: Result; answer: Answer; request: RequestContext }>;
  close(): Promise<void>;
}

export interface EngineOptions extends Pick<GraphOptions, 'engine' | 'textTier'> {
  readonly name: string;
  readonly place: 'local' | 'wire';
}

export async function createEngineUnderTest({ name, place, ...options }: EngineOptions, { subgraphs, supergraphSdl }: { subgraphs: readonly Subgraph[]; supergraphSdl: string }): Promise<Engine> {
  const wires = Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name, new WireSource(subgraph)]));
  const sources = place === 'wire' ? wires : Object.fromEntries(subgraphs.map((subgraph) => [subgraph.name, new LocalSource(subgraph, silentLogger)]));
  const rules = { maxTokens: 100_000, introspection: true, check: () => [], price: () => () => 0, maxPrice: 1 };
  const graphs = await createGraphs({ sdl: supergraphSdl, sources, rules, log: silentLogger, drainMs: 0, ...options });
  return {
    name,
    graphs,
    wires,
    async run({ query, variables }) {
      const request = new RequestContext({ principal: OPEN, deadlineMs: 20_000 });
      try {
        const prepared = await graphs.current.operations.prepare({ query, variables }, OPEN);
        const result = 'text' in prepared ? prepared : prepared.compiled.kind === 'single' ? await prepared.compiled.executable.execute({ ...prepared, request }) : undefined;
        if (result === undefined) throw new TypeError('Not a query');
        return { result, answer: toAnswer(result), request };
      } finally {
        request.end();
      }
    },
    close: () => graphs.close(),
  };
}

// A federated graph in memory for tests of the executor: subgraphs from SDL and resolvers, composed and planned for real, each
// behind a source that writes down what it was asked and can be told to fail.
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, getOperationAST, parse, validate, type GraphQLFormattedError } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { compileObject, type AnswersAtHand, type CompileInput, type Refusal } from '../../../gateway/execution/index.ts';
import { createPlanner, type Plan, type Planner } from '../../../gateway/planning/index.ts';
import { RequestContext } from '../../../gateway/request.ts';
import { toAnswer } from '../../../gateway/result.ts';
import type { PlannedFetch, Source, Variables } from '../../../gateway/sources/source.ts';
import { readSupergraph } from '../../../gateway/supergraph/index.ts';
import type { Answer } from '../../../lib/graphql/run.ts';
import { silentLogger } from '../../../lib/log.ts';

export interface Part {
  readonly typeDefs: string;
  readonly resolvers?: object;
}
export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly variables: Variables;
}
export interface Asking {
  readonly variables?: Record<string, unknown>;
  readonly refused?: ReadonlyMap<string, Refusal>;
  readonly request?: RequestContext;
  /** Answers in place of a subgraph: undefined lets the subgraph answer. */
  readonly instead?: (call: Call, request: RequestContext) => Promise<Answer> | undefined;
  readonly given?: (plan: Plan) => AnswersAtHand;
  readonly formatError?: (error: GraphQLFormattedError) => GraphQLFormattedError;
}
export interface Asked {
  readonly text: string;
  readonly answer: Answer;
  readonly data: unknown;
  /** Path, and code or message, of every error. */
  readonly errors: readonly { readonly path: string; readonly what: string }[];
  readonly calls: readonly Call[];
  readonly plan: Plan;
}

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@requires", "@external", "@provides", "@inaccessible", "@interfaceObject"])\n';

const plainly = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export async function federate(parts: Readonly<Record<string, Part>>, kind: Planner['name'] = 'hive') {
  const services = Object.entries(parts).map(([name, { typeDefs, resolvers = {} }]) => {
    const document = parse(LINK + typeDefs);
    return { name, typeDefs: document, url: `http://${name}.invalid`, schema: buildSubgraphSchema({ typeDefs: document, resolvers: resolvers as never }) };
  });
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error((errors ?? []).map(({ message }) => message).join('\n'));
  const supergraph = readSupergraph(supergraphSdl);
  const planner = await createPlanner({ kind, supergraph, log: silentLogger });

  async function ask(query: string, { variables = {}, refused = new Map(), request = new RequestContext(), instead, given, formatError = (error) => error }: Asking = {}): Promise<Asked> {
    const calls: Call[] = [];
    const source = ({ name, schema }: (typeof services)[number]): Source => ({
      name,
      kind: 'local',
      prepare: ({ operation }: PlannedFetch) => ({
        async run(sent, within) {
          const call = { service: name, operation, variables: plainly(sent) };
          calls.push(call);
          const other = instead?.(call, within);
          if (other) return other;
          const result = await execute({ schema, document: parse(operation), variableValues: sent, contextValue: {} });
          // As if it had travelled: plain objects that nobody else holds.
          return plainly(result) as Answer;
        },
      }),
      open: () => Promise.reject(new Error('Nothing streams here')),
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
    const document = parse(query, { noLocation: true });
    const operation = getOperationAST(document)!;
    const invalid = validate(supergraph.apiSchema, document);
    if (invalid.length > 0) throw new Error(invalid.join('\n'));
    const values = getVariableValues(supergraph.apiSchema, operation.variableDefinitions ?? [], variables);
    if (!values.coerced) throw new Error(values.errors.join('\n'));
    const plan = await planner.plan({ text: query });
    const sources = Object.fromEntries(services.map((service) => [service.name, source(service)]));
    const input: CompileInput = { schema: supergraph.apiSchema, document, operation, plan, refused, sources, formatError };
    const result = await compileObject(input).execute({ coerced: values.coerced, raw: variables, request }, given?.(plan));
    request.end();
    const answer = toAnswer(result);
    return {
      text: result.text,
      answer,
      data: answer.data,
      errors: (answer.errors ?? []).map(({ path, message, extensions }) => ({ path: (path ?? []).join('.'), what: String(extensions?.['code'] ?? message) })),
      calls,
      plan,
    };
  }

  return { ask, apiSchema: supergraph.apiSchema, close: () => planner.close() };
}

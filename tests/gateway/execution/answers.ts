// The writer alone: an operation on a schema whose one fetch brings exactly the given data.
import { buildSchema, getOperationAST, parse, type GraphQLSchema } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { compile, type CompileInput, type Refusal } from '../../../gateway/execution/index.ts';
import { RequestContext } from '../../../gateway/request.ts';
import { toAnswer, type Result } from '../../../gateway/result.ts';
import type { Source } from '../../../gateway/sources/source.ts';
import type { Answer } from '../../../lib/graphql/run.ts';

export const sourceOf = (answer: () => Answer | Promise<Answer>): Source => ({
  name: 'one',
  kind: 'local',
  prepare: () => ({ run: async () => answer() }),
  open: () => Promise.reject(new Error('Nothing streams here')),
  check: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

export interface Written {
  readonly result: Result;
  readonly answer: Answer;
  readonly data: unknown;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

export interface Writing {
  readonly variables?: Record<string, unknown>;
  readonly refused?: ReadonlyMap<string, Refusal>;
}

/** `answer` is what the subgraph gives; the operation is written from it. */
export async function writeAnswer(schema: GraphQLSchema | string, query: string, answer: Answer, { variables = {}, refused = new Map() }: Writing = {}): Promise<Written> {
  const api = typeof schema === 'string' ? buildSchema(schema, { assumeValidSDL: true }) : schema;
  const document = parse(query, { noLocation: true });
  const operation = getOperationAST(document)!;
  const { coerced = {} } = getVariableValues(api, operation.variableDefinitions ?? [], variables);
  const root = { kind: 'fetch', service: 'one', operation: query, variableUsages: [], operationKind: 'query', outputRewrites: [] } as const;
  const input: CompileInput = { schema: api, document, operation, plan: { planner: 'hive', root }, refused, sources: { one: sourceOf(() => answer) }, formatError: (error) => error };
  const request = new RequestContext();
  const result = await compile(input).execute({ coerced, raw: variables, request });
  request.end();
  const written = toAnswer(result);
  return {
    result,
    answer: written,
    data: written.data,
    errors: (written.errors ?? []).map(({ path, message }) => ({ path: (path ?? []).join('.'), message })),
  };
}

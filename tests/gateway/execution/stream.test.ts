// Each event of a subscription is completed like any other answer: its own data first, then the rest of the plan.
import { buildSchema, getOperationAST, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { compileStream, type CompileInput } from '../../../gateway/execution/index.ts';
import type { Plan } from '../../../gateway/planning/index.ts';
import { RequestContext } from '../../../gateway/request.ts';
import { unavailable } from '../../../gateway/sources/failure.ts';
import type { Answer } from '../../../lib/graphql/run.ts';
import { sourceOf } from './answers.ts';

const schema = buildSchema('type Query { a: Int } type Subscription { sold: Sale! } type Sale { id: ID! person: Person } type Person { id: ID! name: String! }');
const base = { variableUsages: [], outputRewrites: [] };
const primary = { kind: 'fetch', service: 'sales', operation: 'subscription { sold { id person { __typename id } } }', operationKind: 'subscription', ...base } as const;
const rest = {
  kind: 'entities',
  service: 'one',
  operation: 'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Person { name } } }',
  variableUsages: [],
  groups: [
    {
      alias: '_entities',
      variable: 'representations',
      paths: [[{ field: 'sold' }, { field: 'person' }]],
      requires: [{ kind: 'fragment', type: 'Person', selections: [{ kind: 'field', name: '__typename' }, { kind: 'field', name: 'id' }] }],
      inputRewrites: [],
      outputRewrites: [],
    },
  ],
} as const;

function compileSold(root: Plan['root'], people: () => Answer | Promise<Answer>) {
  const document = parse('subscription { sold { id person { name } } }', { noLocation: true });
  const sources = { sales: sourceOf(() => ({})), one: sourceOf(people) };
  const input: CompileInput = { schema, document, operation: getOperationAST(document)!, plan: { planner: 'hive', root }, refused: new Map(), sources, formatError: (error) => error };
  const stream = compileStream(input);
  return {
    stream,
    complete: async (event: () => Promise<Answer>) => {
      const request = new RequestContext();
      const { text } = await stream.execute(event, { coerced: {}, raw: {}, request });
      request.end();
      return JSON.parse(text) as Answer;
    },
  };
}

const event = async (): Promise<Answer> => ({ data: { sold: { id: 's1', person: { __typename: 'Person', id: 'p1' } } } });

describe('an event', () => {
  test('is completed by the rest of the plan, each time anew', async () => {
    let call = 0;
    const { stream, complete } = compileSold({ kind: 'subscription', primary, rest }, () => ({ data: { _entities: [{ name: `Ana ${++call}` }] } }));
    expect(stream.primary).toBe(primary);
    expect(await complete(event)).toEqual({ data: { sold: { id: 's1', person: { name: 'Ana 1' } } } });
    expect(await complete(event)).toEqual({ data: { sold: { id: 's1', person: { name: 'Ana 2' } } } });
  });

  test('is an answer of its own where nothing follows', async () => {
    const { complete } = compileSold({ kind: 'subscription', primary, rest: null }, () => ({}));
    expect(await complete(async () => ({ data: { sold: { id: 's1', person: null } } }))).toEqual({ data: { sold: { id: 's1', person: null } } });
  });

  test('that fails is told, and the next one is not touched by it', async () => {
    const { complete } = compileSold({ kind: 'subscription', primary, rest }, () => Promise.reject(unavailable()));
    expect(await complete(() => Promise.reject(unavailable()))).toEqual({ data: null, errors: [expect.objectContaining({ path: ['sold'], extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE' }) as unknown })] });
    const next = await complete(event);
    expect(next.data).toEqual({ sold: { id: 's1', person: null } });
    expect(next.errors).toEqual([expect.objectContaining({ path: ['sold', 'person', 'name'] })]);
  });
});

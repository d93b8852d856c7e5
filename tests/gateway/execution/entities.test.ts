// Fetching entities: each distinct one once, in one call, and everywhere it belongs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RequestContext } from '../../../gateway/request.ts';
import type { FetchBase } from '../../../gateway/planning/index.ts';
import type { Answer } from '../../../lib/graphql/run.ts';
import { federate } from './federated.ts';
import { shop } from './shop.ts';

let graph: Awaited<ReturnType<typeof federate>>;
beforeAll(async () => {
  graph = await federate(shop());
});
afterAll(() => graph.close());

const representations = (variables: Readonly<Record<string, unknown>>) => Object.values(variables).filter(Array.isArray).flat() as { id: string }[];

describe('entities', () => {
  test('are asked for once each, in one call, and stand wherever they were referred to', async () => {
    const { data, errors, calls } = await graph.ask('{ sales { id person { id name } } }');
    expect(errors).toEqual([]);
    expect(data).toEqual({
      sales: [
        { id: 's1', person: { id: 'p1', name: 'Ana' } },
        { id: 's2', person: { id: 'p2', name: 'Bia' } },
        { id: 's3', person: { id: 'p1', name: 'Ana' } },
        { id: 's4', person: null },
      ],
    });
    expect(calls.map(({ service }) => service)).toEqual(['sales', 'people']);
    expect(representations(calls[1]!.variables).map(({ id }) => id)).toEqual(['p1', 'p2']);
  });

  test('of several places are one call too, and each place has its own fields', async () => {
    const { data, errors, calls } = await graph.ask('{ sales { person { score } buyer { id score } } }');
    expect(errors).toEqual([]);
    expect(data).toEqual({
      sales: [
        { person: { score: 2 }, buyer: { id: 'p3', score: 2 } },
        { person: { score: 2 }, buyer: { id: 'p1', score: 2 } },
        { person: { score: 2 }, buyer: { id: 'gone', score: 4 } },
        { person: null, buyer: { id: 'p2', score: 2 } },
      ],
    });
    expect(calls.map(({ service }) => service)).toEqual(['sales', 'crm']);
  });

  test('are not fetched where nothing refers to one', async () => {
    const { data, calls } = await graph.ask('{ sales { person { name } } }', { instead: ({ service }) => (service === 'sales' ? Promise.resolve({ data: { sales: [] } }) : undefined) });
    expect(data).toEqual({ sales: [] });
    expect(calls).toHaveLength(1);
  });

  test('without a key are left out', async () => {
    const people = [{ __typename: 'Person', id: 'p1' }, { __typename: 'Person', id: null }, { __typename: 'Person' }];
    const { data, calls } = await graph.ask('{ sales { person { score } } }', {
      instead: ({ service }) => (service === 'sales' ? Promise.resolve({ data: { sales: people.map((person) => ({ person })) } }) : undefined),
    });
    expect(representations(calls[1]!.variables)).toEqual([{ __typename: 'Person', id: 'p1' }]);
    expect(data).toEqual({ sales: [{ person: { score: 2 } }, { person: { score: null } }, { person: { score: null } }] });
  });

  test('feed the next fetch with what it requires, nulls too', async () => {
    const { data, calls } = await graph.ask('{ sales { person { deals { title } } } }');
    expect(data).toEqual({ sales: [{ person: { deals: [{ title: 'deal of ana@x' }] } }, { person: { deals: [] } }, { person: { deals: [{ title: 'deal of ana@x' }] } }, { person: null }] });
    expect(calls.map(({ service }) => service)).toEqual(['sales', 'people', 'crm']);
    expect(representations(calls[2]!.variables)).toEqual([
      { __typename: 'Person', id: 'p1', email: 'ana@x' },
      { __typename: 'Person', id: 'p2', email: null },
    ]);
  });

  test('are asked for without what a condition left out, not without what is missing for another reason', async () => {
    const query = 'query ($c: Boolean!) { people { score deals @include(if: $c) { title } } }';
    const people = [{ __typename: 'Person', id: 'p1', email: 'a' }, { __typename: 'Person', id: 'p2' }];
    const ask = (c: boolean) => graph.ask(query, { variables: { c }, instead: ({ service }) => (service === 'people' ? Promise.resolve({ data: { people } }) : undefined) });
    expect((await ask(false)).data).toEqual({ people: [{ score: 2 }, { score: 2 }] });
    const gone = await graph.ask('{ sales { buyer { id } person { id deals { title } } } }', {
      instead: ({ service }) => (service === 'people' ? Promise.resolve({ data: { _entities: [null, { email: 'b' }] } }) : undefined),
    });
    expect(representations(gone.calls[2]!.variables)).toEqual([{ __typename: 'Person', id: 'p2', email: 'b' }]);
  });

  test('that are one object in two places do not mix what different fetches bring', async () => {
    // Whichever fetch comes first finds equal entities that the other one tells apart.
    const ROWS = [{ x: '1', y: '1' }, { x: '1', y: '2' }, { x: '2', y: '1' }];
    const part = (name: string, key: string) => `
      type ${name}Info @shareable { a: String b: String }
      type Row @key(fields: "${key}") { ${key}: ID! info: Info @shareable }
      type Info @shareable { ${name}: String }`;
    const mixed = await federate({
      rows: {
        typeDefs: 'type Query { rows: [Row!] } type Row @key(fields: "x") @key(fields: "y") { x: ID! y: ID! }',
        resolvers: { Query: { rows: () => ROWS } },
      },
      a: { typeDefs: part('a', 'x'), resolvers: { Row: { __resolveReference: (row: object) => row, info: ({ x }: { x: string }) => ({ a: x }) } } },
      b: { typeDefs: part('b', 'y'), resolvers: { Row: { __resolveReference: (row: object) => row, info: ({ y }: { y: string }) => ({ b: y }) } } },
    });
    const { data } = await mixed.ask('{ rows { info { a b } } }');
    expect(data).toEqual({ rows: ROWS.map(({ x, y }) => ({ info: { a: x, b: y } })) });
    await mixed.close();
  });

  test('that are gone leave a null and no error, unless the whole answer is lost with them', async () => {
    const some = await graph.ask('{ sales { id buyer { name } } }');
    expect(some.data).toEqual({ sales: null });
    expect(some.errors).toEqual([]);
    const all = await graph.ask('{ sale { buyer { name } } }');
    expect(all.data).toBeNull();
    expect(all.errors).toEqual([{ path: 'sale.buyer.name', what: 'NOT_FOUND' }]);
  });

  test('get the variables that the client gave, as it gave them', async () => {
    const args = await federate({
      one: { typeDefs: 'type Query { row: Row } type Row @key(fields: "id") { id: ID! }', resolvers: { Query: { row: () => ({ id: '1' }) } } },
      two: {
        typeDefs: 'type Row @key(fields: "id") { id: ID! f(n: Int = 7, s: String): String }',
        resolvers: { Row: { __resolveReference: (row: object) => row, f: (_: unknown, given: object) => JSON.stringify(given) } },
      },
    });
    const query = 'query ($n: Int = 3, $s: String) { row { f(n: $n, s: $s) } }';
    expect((await args.ask(query)).data).toEqual({ row: { f: '{"n":3}' } });
    const { data, calls } = await args.ask(query, { variables: { n: null, s: 'x' } });
    expect(data).toEqual({ row: { f: '{"n":null,"s":"x"}' } });
    expect(calls[1]!.variables).toMatchObject({ n: null, s: 'x' });
    await args.close();
  });
});

describe('mutations', () => {
  test('run one after the other', async () => {
    const order: string[] = [];
    const { data } = await graph.ask('mutation { sell(id: "s9") { id } touch rename(id: "p1", name: "x") { id } }', {
      instead: ({ service }) => {
        order.push(`${service} begins`);
        return new Promise((resolve) => {
          setImmediate(() => {
            order.push(`${service} ends`);
            resolve({ data: { sales: { sell: { id: 's9' } }, crm: { touch: 1 }, people: { rename: { id: 'p1' } } }[service] ?? null });
          });
        });
      },
    });
    expect(data).toEqual({ sell: { id: 's9' }, touch: 1, rename: { id: 'p1' } });
    expect(order).toEqual(['sales begins', 'sales ends', 'crm begins', 'crm ends', 'people begins', 'people ends']);
  });

  test('are not sent any more after an abort', async () => {
    const request = new RequestContext();
    const { data, errors, calls } = await graph.ask('mutation { sell(id: "s9") { id } touch }', {
      request,
      instead: () => {
        request.abort(new DOMException('The client closed the connection', 'AbortError'));
        return Promise.resolve({ data: { sell: { id: 's9' } } });
      },
    });
    expect(calls).toHaveLength(1);
    expect(data).toEqual({ sell: { id: 's9' }, touch: null });
    expect(errors).toEqual([{ path: 'touch', what: 'INTERNAL_SERVER_ERROR' }]);
  });
});

describe('answers at hand', () => {
  test('stand in for the fetches of their nodes, each once', async () => {
    const query = '{ sales { id person { name } } }';
    const { plan } = await graph.ask(query);
    expect(plan.root?.kind).toBe('sequence');
    const { data, calls } = await graph.ask(query, {
      given: ({ root }) => {
        if (root?.kind !== 'sequence') throw new Error('Another plan');
        const [first, second] = root.nodes;
        if (first?.kind !== 'fetch' || second?.kind !== 'entities') throw new Error('Another plan');
        const alias = second.groups[0]!.alias;
        return new Map<FetchBase, Answer>([
          [first, { data: { sales: ['p1', 'p2', 'p1'].map((id) => ({ id: 's', person: { __typename: 'Person', id } })) } }],
          [second, { data: { [alias]: [{ name: 'first' }, { name: 'second' }] } }],
        ]);
      },
    });
    expect(calls).toEqual([]);
    expect(data).toEqual({ sales: ['first', 'second', 'first'].map((name) => ({ id: 's', person: { name } })) });
  });

  test('that do not fit the representations are fetched again', async () => {
    const { data, calls } = await graph.ask('{ sales { person { name } } }', {
      given: ({ root }) => {
        const second = root?.kind === 'sequence' ? root.nodes[1] : undefined;
        if (second?.kind !== 'entities') throw new Error('Another plan');
        return new Map([[second, { data: { [second.groups[0]!.alias]: [{ name: 'only one' }] } }]]);
      },
    });
    expect(calls.map(({ service }) => service)).toEqual(['sales', 'people']);
    expect(data).toEqual({ sales: [{ person: { name: 'Ana' } }, { person: { name: 'Bia' } }, { person: { name: 'Ana' } }, { person: null }] });
  });
});

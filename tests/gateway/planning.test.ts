// Both planners behind one port: the same fetches for the same operation, in one representation, off the main thread.
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Kind, parse, print } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPlanner, needsApollo, type Plan, type Planner, type PlanNode } from '../../gateway/planning/index.ts';
import { Adapter } from '../../gateway/planning/adapt.ts';
import { APOLLO, HIVE } from '../../gateway/planning/dialects.ts';
import { typesIn } from '../../gateway/planning/types.ts';
import type { WirePlan } from '../../gateway/planning/wire.ts';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { fetchesOf, shapeOf } from './planning-shape.ts';

const ROOT = new URL('../../', import.meta.url);
const supergraph = readSupergraph(readFileSync(new URL('schema/supergraph.graphql', ROOT), 'utf8'));
const OPERATIONS = new URL('examples/operations/', ROOT);
const operations = readdirSync(OPERATIONS).flatMap((file) => {
  const text = readFileSync(new URL(file, OPERATIONS), 'utf8');
  return parse(text).definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? [{ file, text, operationName: each.name!.value }] : []));
});

const make = (kind: Planner['name']) => createPlanner({ kind, supergraph, log: silentLogger });
let hive: Planner;
let apollo: Planner;
beforeAll(async () => {
  [hive, apollo] = await Promise.all([make('hive'), make('apollo')]);
});
afterAll(() => Promise.all([hive.close(), apollo.close()]));

const both = (text: string): Promise<Plan[]> => Promise.all([hive.plan({ text }), apollo.plan({ text })]);

describe('both planners', () => {
  test('are what was asked for', () => expect([hive.name, apollo.name]).toEqual(['hive', 'apollo']));

  test.each(operations)('ask the same of the subgraphs for $operationName', async ({ text, operationName }) => {
    const [first, second] = await Promise.all([hive, apollo].map((planner) => planner.plan({ text, operationName })));
    expect(shapeOf(first!)).toEqual(shapeOf(second!));
    expect(shapeOf(first!)).not.toEqual([]);
    // What goes to one subgraph at one time goes as one request.
    expect(fetchesOf(first!.root)).toBeLessThanOrEqual(fetchesOf(second!.root));
  });

  test('give a subscription as its stream and what follows each event', async () => {
    for (const { root } of await both('subscription ($types: [RecordType!]) { recordsChanged(types: $types) { type sale { number client { name contact { name } } } } }')) {
      if (root?.kind !== 'subscription') throw new Error('It is no subscription');
      expect(root.primary).toMatchObject({ kind: 'fetch', service: 'sync', operationKind: 'subscription', variableUsages: ['types'] });
      expect(fetchesOf(root.rest)).toBe(3);
    }
    for (const { root } of await both('subscription { recordsChanged { type } }')) expect(root).toMatchObject({ kind: 'subscription', rest: null });
  });

  test('give conditions by the name of their variable', async () => {
    for (const plan of await both('query ($a: Boolean!, $b: Boolean!) { sales { nodes { number client @include(if: $a) { contact { name } } salesperson @skip(if: $b) { contact { name } } } } }')) {
      expect(shapeOf(plan)).toEqual(
        expect.arrayContaining([
          'if $a insights sales/nodes/@/client: contact/id',
          'if $a kommo sales/nodes/@/client/contact: name',
          'unless $b insights sales/nodes/@/salesperson: contact/id',
        ]),
      );
    }
  });

  test('keep the root fields of a mutation in their order', async () => {
    for (const { root } of await both('mutation ($p: Provider!) { a: testConnection(provider: $p) { ok } b: autoImport(provider: $p) { runs { id } } c: testConnection(provider: $p) { ok } }')) {
      expect(root).toMatchObject({ kind: 'fetch', service: 'sync', operationKind: 'mutation', variableUsages: ['p'] });
      expect((root as { operation: string }).operation.replaceAll(/\s|a:|b:|c:/g, '')).toMatch(/testConnection.*autoImport.*testConnection/);
    }
  });

  test('are not asked for what the schema alone answers, or a literal leaves out', async () => {
    for (const { root } of await both('{ __typename a: __typename ... on Query { __typename } __schema { types { name } } __type(name: "Sale") { name } }')) expect(root).toBeNull();
    for (const { root } of await both('query ($n: Int) { sales(first: $n) @include(if: false) { nodes { id } } ...F @skip(if: true) } fragment F on Query { stores { id } }')) expect(root).toBeNull();
    for (const plan of await both('{ __schema { types { name } } sales { nodes { __typename client { contact @skip(if: true) { name } } } } ... on Query @include(if: true) { stores { name } } }')) {
      expect(shapeOf(plan)).toEqual(['gestao-click : stores/name']);
    }
  });

  test('take a document that is parsed already', async () => {
    const text = '{ __schema { types { name } } stores { name } }';
    expect(await hive.plan({ text, document: parse(text) })).toEqual(await hive.plan({ text }));
  });

  test('choose an operation by its name', async () => {
    const text = 'query A { stores { id } } query B { __typename }';
    for (const planner of [hive, apollo]) {
      expect(shapeOf(await planner.plan({ text, operationName: 'A' }))).toEqual(['gestao-click : stores/id']);
      expect((await planner.plan({ text, operationName: 'B' })).root).toBeNull();
    }
  });

  test('tell in our own words that an operation cannot be planned', async () => {
    for (const planner of [hive, apollo]) {
      await expect(planner.plan({ text: '{ nothing }' })).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: 'This operation could not be planned' });
    }
  });

  test('do not begin for whoever has gone, nor after their end', async () => {
    const gone = AbortSignal.abort(new Error('The client closed the connection'));
    for (const kind of ['hive', 'apollo'] as const) {
      const planner = await make(kind);
      await expect(planner.plan({ text: '{ stores { id } }' }, gone)).rejects.toThrow('The client closed the connection');
      await planner.close();
      await expect(planner.plan({ text: '{ stores { id } }' })).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    }
  });
});

describe('@defer', () => {
  test('needs the planner of Apollo', () => {
    expect(needsApollo(parse('{ ... @defer { stores { id } } }'))).toBe(true);
    expect(needsApollo(parse('{ stores { ...F @defer } } fragment F on Store { id }'))).toBe(true);
    expect(needsApollo(parse('query ($a: Boolean!) { stores @include(if: $a) { id } }'))).toBe(false);
  });

  test('becomes blocks that depend on fetches of the part before', async () => {
    const { root } = await apollo.plan({ text: '{ sales { nodes { number ... @defer(label: "who") { client { contact { name } } } } } }' });
    if (root?.kind !== 'defer' || root.primary.node?.kind !== 'fetch') throw new Error('It is not deferred');
    expect(root.deferred).toMatchObject([{ label: 'who', queryPath: ['sales', 'nodes'], depends: [root.primary.node.id] }]);
    expect(shapeOf({ planner: 'apollo', root: root.deferred[0]!.node })).toContain('kommo sales/nodes/@/client/contact: name');
  });

  test('stands below a condition where a variable decides', async () => {
    const { root } = await apollo.plan({ text: 'query ($d: Boolean!) { sales { nodes { number ... @defer(if: $d) { client { contact { name } } } } } }' });
    expect(root).toMatchObject({ kind: 'condition', variable: 'd', ifTrue: { kind: 'defer' }, ifFalse: { kind: 'sequence' } });
  });
});

describe('the thread of the planner of Apollo', () => {
  afterEach(() => vi.restoreAllMocks());

  test('lets those leave who wait in its queue', async () => {
    const planner = await make('apollo');
    const leaving = new AbortController();
    const first = planner.plan({ text: '{ stores { id } }' });
    const waiting = planner.plan({ text: '{ stores { name } }' }, leaving.signal);
    leaving.abort(new Error('The client closed the connection'));
    await expect(waiting).rejects.toThrow('The client closed the connection');
    expect(shapeOf(await first)).toEqual(['gestao-click : stores/id']);
    await planner.close();
  });

  test('refuses an operation that costs too much', async () => {
    const levels = 24;
    const fragments = Array.from({ length: levels }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ... on Query { ...F${i + 1} } }`).join(' ');
    const text = `{ ...F0 } ${fragments} fragment F${levels} on Query { stores { id } }`;
    await expect(apollo.plan({ text })).rejects.toMatchObject({ code: 'QUERY_TOO_EXPENSIVE' });
  });

  test('is started again after it died', async () => {
    const started: Worker[] = [];
    const { postMessage } = Worker.prototype;
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, ...args: Parameters<typeof postMessage>) {
      started.push(this);
      // The first one dies with the operation in its hands.
      if (started.length === 1) void this.terminate();
      else postMessage.apply(this, args);
    });
    const planner = await make('apollo');
    await expect(planner.plan({ text: '{ stores { id } }' })).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect(shapeOf(await planner.plan({ text: '{ stores { id } }' }))).toEqual(['gestao-click : stores/id']);
    expect(shapeOf(await planner.plan({ text: '{ stores { name } }' }))).toEqual(['gestao-click : stores/name']);
    expect(started[1]).not.toBe(started[0]);
    expect(started[2]).toBe(started[1]);
    await planner.close();
  });
});

describe('without the add-on', () => {
  afterEach(() => vi.doUnmock('@graphql-hive/router-query-planner'));

  test('Apollo plans, and a warning says why', async () => {
    vi.resetModules();
    vi.doMock('@graphql-hive/router-query-planner', () => {
      throw new Error('Cannot find native binding');
    });
    const { createPlanner: create } = await import('../../gateway/planning/index.ts');
    const warnings: string[] = [];
    const planner = await create({ kind: 'hive', supergraph, log: { ...silentLogger, warn: (_, sentence) => void warnings.push(sentence) } });
    expect(planner.name).toBe('apollo');
    expect(warnings).toEqual(['The native query planner does not load on this platform']);
    expect(shapeOf(await planner.plan({ text: '{ stores { id } }' }))).toEqual(['gestao-click : stores/id']);
    await planner.close();
  });
});

describe('what planners write', () => {
  const typesOf = typesIn(parse('interface Media { id: ID! } type Book implements Media { id: ID! } type Film implements Media { id: ID! } union Any = Book | Store type Store { id: ID! }'));
  const node = (dialect: typeof HIVE, wire: unknown): PlanNode | null => new Adapter(dialect, typesOf).plan({ kind: 'QueryPlan', node: wire } as WirePlan).root;
  const fetch = { kind: 'Fetch', serviceName: 'a', operation: '{ x }' };

  test('in batches becomes groups with their paths', () => {
    const requires = [{ kind: 'InlineFragment', typeCondition: 'Media', includeIf: 'v', selections: [{ kind: 'Field', name: 'id', alias: 'key' }] }];
    const aliases = [{ alias: '_e0', representationsVariableName: 'r0', paths: [[{ Field: 'a' }, '@'], [{ TypeCondition: ['Media'] }, { Field: 'b' }]], requires }];
    expect(node(HIVE, { ...fetch, kind: 'BatchFetch', entityBatch: { aliases } })).toMatchObject({
      kind: 'entities',
      groups: [
        {
          alias: '_e0',
          variable: 'r0',
          paths: [[{ field: 'a' }, '@'], [{ types: ['Media', 'Book', 'Film'] }, { field: 'b' }]],
          requires: [{ kind: 'fragment', type: 'Media', types: ['Media', 'Book', 'Film'], includeIf: 'v', selections: [{ kind: 'field', name: 'id', alias: 'key' }] }],
        },
      ],
    });
  });

  test('as rewrites has several forms, and one here', () => {
    const set = { kind: 'set', path: [{ types: ['Any', 'Book', 'Store'] }, { key: '__typename' }], value: 'Book' };
    const rename = { kind: 'rename', path: [{ key: 'x0' }], to: 'x' };
    const hivePath = [{ TypenameEquals: ['Any'] }, { Key: '__typename' }];
    const requires = [{ kind: 'Field', name: 'id' }];
    const inputRewrites = [{ ValueSetter: { path: hivePath, setValueTo: 'Book' } }, { kind: 'ValueSetter', path: hivePath, setValueTo: 'Book' }];
    const outputRewrites = [{ KeyRenamer: { path: [{ Key: 'x0' }], renameKeyTo: 'x' } }];
    expect(node(HIVE, { ...fetch, requires, inputRewrites, outputRewrites })).toMatchObject({ groups: [{ inputRewrites: [set, set], outputRewrites: [rename] }] });
    expect(
      node(APOLLO, {
        ...fetch,
        requires,
        inputRewrites: [{ kind: 'ValueSetter', path: ['... on Any', '__typename'], setValueTo: 'Book' }],
        outputRewrites: [{ kind: 'KeyRenamer', path: ['x0'], renameKeyTo: 'x' }],
      }),
    ).toMatchObject({ groups: [{ inputRewrites: [set], outputRewrites: [rename] }] });
  });

  test('around a fetch without needs is where its data goes', () => {
    const inner = { kind: 'Sequence', nodes: [fetch, { kind: 'Flatten', path: ['b'], node: fetch }] };
    expect(node(APOLLO, { kind: 'Flatten', path: ['a', '@'], node: inner })).toMatchObject({
      kind: 'sequence',
      nodes: [{ kind: 'fetch', path: [{ field: 'a' }, '@'] }, { kind: 'fetch', path: [{ field: 'a' }, '@', { field: 'b' }] }],
    });
    expect(node(APOLLO, { kind: 'Flatten', path: [], node: fetch })).not.toHaveProperty('path');
  });

  test('and is not known is refused, not overlooked', () => {
    expect(() => node(HIVE, { kind: 'Surprise' })).toThrow('a node of kind Surprise');
    expect(() => node(HIVE, { ...fetch, outputRewrites: [{ Reverser: {} }] })).toThrow('a rewrite of another kind');
    expect(() => node(HIVE, { kind: 'Flatten', path: [{ Index: 1 }], node: fetch })).toThrow('the step {"Index":1} in a path');
    expect(() => node(HIVE, { ...fetch, requires: [{ kind: 'FragmentSpread', value: 'F' }] })).toThrow('a named fragment');
  });
});

test('a printed document is planned as it was written', async () => {
  const text = operations.find(({ operationName }) => operationName === 'SalesWithCrm')!.text;
  const again = { text: print(parse(text)), operationName: 'SalesWithCrm' };
  expect(shapeOf(await hive.plan(again))).toEqual(shapeOf(await hive.plan({ text, operationName: 'SalesWithCrm' })));
});

// A subgraph in this process: compiled operations answer as executed ones do, whatever the operation, the resolvers and the
// client's names are; what cannot be compiled is executed; aborts, events and masking stay the same.
import { buildSubgraphSchema } from '@apollo/subgraph';
import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { RequestContext } from '../../gateway/request.ts';
import { LocalSource } from '../../gateway/sources/local.ts';
import { PonteError } from '../../lib/errors.ts';
import { COMPILE_AFTER, prepareOperation, type PreparedOperation } from '../../lib/graphql/prepared.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import { silentLogger, type Logger } from '../../lib/log.ts';

const SDL = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])
  scalar Text
  enum Kind { GOOD BAD }
  input Order { by: Kind! = GOOD, down: Boolean = true, list: [Int!] }
  type Query {
    node: Node!  maybe: Node  nodes(first: Int = 2): [Node]  strict: [Node!]  holes: [Node]!
    echo(text: String, kind: Kind = BAD, order: Order, ids: [ID!]): String
    told: String  secret: String!  later(text: String!): Node
  }
  type Mutation { change(text: String): String! }
  type Subscription { ticks: Node! }
  type Node @key(fields: "id") {
    id: ID!  name: String  kind: Kind!  text: Text  count: Int  wrongCount: Int  void: String!  throws: String  throwsHard: String!
    node: Node  hard: Node!  list: [Node]!  promised: [Node]  rejected: [Node]  names: [String!]
  }
`);
interface Thing {
  readonly id: string;
  readonly name: string | null;
  readonly depth: number;
}
const thing = (id: string, depth = 0): Thing => ({ id, name: depth % 2 === 0 ? `name of ${id}` : null, depth });
const fail = (message = 'postgresql://ponte:hunter2@10.0.0.1 is down'): never => {
  throw new Error(message);
};

// Items that may not be null are never promises here: graphql-js 16 leaves the others unhandled where one of them fails.
function createSubgraph(): Subgraph {
  const schema = buildSubgraphSchema({
    typeDefs: SDL,
    resolvers: {
      Query: {
        node: () => thing('n'),
        maybe: () => null,
        nodes: (_: unknown, { first }: { first: number }) => Array.from({ length: Math.max(0, Math.min(5, first)) }, (_item, n) => thing(String(n), n)),
        strict: () => [thing('0'), thing('1', 1), thing('2', 2)],
        holes: () => [thing('a'), null, Promise.resolve(thing('b', 1))],
        echo: (_: unknown, args: Record<string, unknown>) => JSON.stringify(Object.keys(args).toSorted().map((name) => [name, args[name]])),
        told: () => {
          throw new PonteError('CONFLICT', 'A run is under way');
        },
        secret: () => fail(),
        later: async (_: unknown, { text }: { text: string }) => thing(text),
      },
      Mutation: { change: (_: unknown, { text }: { text: string }) => text },
      Subscription: { ticks: { subscribe: async function* () { yield { id: 'first' }; yield { id: 'second' }; }, resolve: ({ id }: { id: string }) => thing(id) } },
      Node: {
        __resolveReference: async ({ id }: { id: string }) => (id === 'gone' ? null : id === 'broken' ? fail() : thing(id)),
        kind: ({ depth }: Thing) => (depth < 3 ? 'GOOD' : 'UNKNOWN'),
        text: ({ id }: Thing) => id,
        count: ({ depth }: Thing) => Promise.resolve(depth),
        wrongCount: () => 'many',
        void: ({ depth }: Thing) => (depth < 2 ? 'full' : null),
        throws: () => fail(),
        throwsHard: ({ depth }: Thing) => (depth === 1 ? fail() : 'fine'),
        node: ({ id, depth }: Thing) => (depth > 3 ? null : thing(`${id}n`, depth + 1)),
        hard: ({ id, depth }: Thing) => (depth > 1 ? null : thing(`${id}h`, depth + 1)),
        list: ({ id, depth }: Thing) => (depth > 2 ? [] : [thing(`${id}0`, depth + 1), thing(`${id}1`, depth + 2)]),
        promised: ({ id, depth }: Thing) => [new Promise((resolve) => setImmediate(resolve, thing(`${id}p`, depth + 1))), Promise.resolve(null), Promise.resolve(thing(`${id}q`, depth + 1))],
        rejected: ({ id, depth }: Thing) => [new Promise((resolve) => setImmediate(resolve, thing(`${id}r`, depth + 1))), Promise.reject(new Error('item')), thing(`${id}s`, depth + 1)],
        names: ({ depth }: Thing) => (depth === 2 ? ['a', null] : ['a', 'b']),
      } as never,
    },
  });
  return { name: 'things', schema, sdl: '', createContext: (request) => request };
}
const subgraph = createSubgraph();
const run = (operation: PreparedOperation, variables: Record<string, unknown>, event?: unknown): Promise<Answer> =>
  operation.run({ variables, context: {}, log: silentLogger, event });

/** Data with its keys in order, and what the errors say and where. */
const shape = ({ data, errors }: Answer) => ({ data: JSON.stringify(data), errors: (errors ?? []).map(({ path, message, extensions }) => `${path?.join('.')} ${message} ${String(extensions?.['code'])}`) });

/**
 * Both answers of an operation. Where several fields below one nulled place fail, an engine tells the first or all of them,
 * as the specification lets it: those errors are compared by the place.
 */
async function bothWays(text: string, variables: Record<string, unknown> = {}, event?: unknown): Promise<PreparedOperation['state']> {
  const executed = prepareOperation(subgraph, text, undefined, silentLogger);
  const compiled = prepareOperation(subgraph, text, undefined, silentLogger);
  compiled.compile();
  const [a, b] = [await run(executed, variables, event), await run(compiled, variables, event)];
  expect(executed.state).toBe('waiting');
  const [left, right] = [shape(a), shape(b)];
  expect(right.data, text).toBe(left.data);
  const nulled = (errors: Answer['errors']) =>
    new Set((errors ?? []).map(({ path }) => {
      let at: unknown = a.data;
      const place: (string | number)[] = [];
      for (const step of path ?? []) {
        if (at === null || at === undefined) break;
        place.push(step);
        at = (at as Record<string, unknown>)[step];
      }
      return place.join('.');
    }));
  expect(nulled(b.errors), text).toEqual(nulled(a.errors));
  for (const error of right.errors) expect(error).not.toContain('hunter2');
  if (left.errors.length === right.errors.length && nulled(a.errors).size === left.errors.length) expect(right.errors.toSorted(), text).toEqual(left.errors.toSorted());
  return compiled.state;
}

describe('compiled answers are the executed ones', () => {
  test.each<[string, string, Record<string, unknown>?]>([
    ['plain fields, aliases, nulls', '{ node { id n: name other: name kind text count node { name } } maybe { id } }'],
    ['lists, promised items, holes', '{ nodes(first: 3) { id list { id } promised { id } } holes { id name } }'],
    ['an item that rejects keeps its place', '{ node { rejected { id } } }'],
    ['errors of fields, told and hidden', '{ told node { throws name } }'],
    ['a null in a non-null place goes up', '{ nodes(first: 4) { id void } node { id hard { hard { hard { id } } } } }'],
    ['a null item where none may be', '{ strict { id void hard { hard { id } } } }'],
    ['up to the root', '{ secret node { id } }'],
    ['a list item that is null where none may be', '{ node { node { node { names } names } names } }'],
    ['values that no scalar or enum takes', '{ node { wrongCount node { node { node { kind id } } } } }'],
    ['defaults, given values, nulls and variables', 'query ($t: String, $k: Kind = GOOD, $o: Order, $i: [ID!]) { a: echo b: echo(text: "x", kind: null) c: echo(text: $t, kind: $k, order: $o, ids: $i) d: echo(order: { by: BAD, list: [1, 2] }, ids: 7) }', { t: 'é', o: { list: 3 }, i: [1, 'b'] }],
    ['variables that are left out', 'query ($t: String, $k: Kind, $d: Boolean) { a: echo(text: $t, kind: $k) b: echo(order: { by: GOOD, down: $d }) }'],
    ['a variable inside a literal', 'query ($d: Boolean, $n: Int!) { echo(order: { down: $d, list: [$n] }) }', { d: false, n: 4 }],
    ['variables that do not fit', 'query ($n: Int!) { nodes(first: $n) { id } }', { n: 'three' }],
    ['a required variable that is missing', 'query ($t: String!) { later(text: $t) { id } }'],
    ['conditions', 'query ($a: Boolean!, $b: Boolean = false) { node { id @skip(if: $a) name @include(if: $a) ... @include(if: $b) { kind } node { id @include(if: $b) } } maybe @skip(if: $a) { id } }', { a: true }],
    ['fragments', '{ node { ...A } nodes { ...A ...B } } fragment A on Node { id list { ...B } } fragment B on Node { name kind }'],
    ['fragments under conditions', 'query ($a: Boolean!) { node { ...A @include(if: $a) ...A } } fragment A on Node { id }', { a: false }],
    ['a field that is asked twice, once under a condition', 'query ($a: Boolean!) { node { list { a: id } list @include(if: $a) { ... on Node { id } } } }', { a: false }],
    ['paths that read alike', '{ node { a_b: node { id } a: node { b: node { name } } } node_a: node { b: node { id list { id } } } }'],
    ['entities', 'query ($r: [_Any!]!) { _e0: _entities(representations: $r) { ... on Node { id list { id } void } } _e1: _entities(representations: $r) { __typename ... on Node { name } } }', { r: ['x', 'gone', 'broken', 'y'].map((id) => ({ __typename: 'Node', id })) }],
    ['__typename everywhere', '{ __typename node { __typename t: __typename list { __typename } } }'],
    ['introspection', '{ __schema { queryType { name } } __type(name: "Node") { name fields { name } } }'],
  ])('%s', async (_name, text, variables) => {
    expect(validate(subgraph.schema, parse(text))).toEqual([]);
    await bothWays(text, variables);
  });

  test('events of a subscription are resolved by compiled code', async () => {
    expect(await bothWays('subscription { ticks { id name list { id } } }', {}, { id: 'event' })).toBe('compiled');
  });

  test('generated operations', async () => {
    const names = ['a', 'b', 'a_b', 'node', 'idx0', 'Node', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'then', 'arguments', 'eval', `x${'y'.repeat(300)}`];
    const alias = fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom(...names).map((name) => `${name}: `) });
    const condition = fc.constantFrom('', '', '', '', ' @include(if: $yes)', ' @skip(if: $yes)', ' @include(if: $no)');
    const leaf = fc.constantFrom('id', 'name', 'kind', 'text', 'count', 'wrongCount', 'void', 'throws', 'throwsHard', 'names', '__typename');
    const { selection } = fc.letrec<{ selection: string; field: string }>((tie) => ({
      field: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.tuple(alias, leaf, condition).map((parts) => parts.join('')),
        fc.tuple(alias, fc.constantFrom('node', 'hard', 'list', 'promised', 'rejected'), condition, tie('selection')).map(([a, f, c, s]) => `${a}${f}${c} ${s}`),
        fc.tuple(condition, tie('selection')).map(([c, s]) => `... on Node${c} ${s}`),
      ),
      selection: fc.array(tie('field'), { minLength: 1, maxLength: 4 }).map((fields) => `{ ${fields.join(' ')} }`),
    }));
    const root = fc.tuple(alias, fc.constantFrom('node', 'nodes', 'nodes(first: $n)', 'holes', 'maybe', 'later(text: $text)'), selection).map((parts) => parts.join(' '));
    let compiled = 0;
    let valid = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(root, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean(), fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 4 }), async (fields, conditional, yes, text, n) => {
        const conditions = conditional ? 'x: __typename @include(if: $yes) y: __typename @skip(if: $no)' : '';
        const body = conditional ? fields.join(' ') : fields.join(' ').replaceAll(/ @\w+\(if: \$\w+\)/g, '');
        const operation = `query (${conditional ? '$yes: Boolean!, $no: Boolean = false, ' : ''}$n: Int, $text: String!) { ${body} echo(text: $text) ${conditions} }`;
        const document = `${operation.includes('$n)') ? operation : operation.replace('$n: Int, ', '')}`;
        if (validate(subgraph.schema, parse(document)).length > 0) return;
        valid += 1;
        if ((await bothWays(document, { yes, n, text })) === 'compiled') compiled += 1;
      }),
      { numRuns: 500 },
    );
    expect(valid).toBeGreaterThan(250);
    expect(compiled).toBeGreaterThan(100);
  }, 120_000);
});

describe('client text never becomes code', () => {
  const hostile = [
    '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74dglobalThis.brokenOut=1',
    '"); globalThis.brokenOut = true; ("',
    "'); globalThis.brokenOut = true; ('",
    '`${globalThis.brokenOut = true}`',
    '\\"); globalThis.brokenOut = true; //',
    '\u2028globalThis.brokenOut = true\u2029',
    '*/ globalThis.brokenOut = true /*',
    '</script>\u0000\ud800',
    '__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8',
  ];
  test.each(hostile)('as a literal, a default and a value: %j', async (text) => {
    const quoted = JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029').replace('\ud800', '\\ud800');
    for (const operation of [`{ echo(text: ${quoted}) }`, `{ echo(ids: [${quoted}]) }`, `query ($t: String = ${quoted}) { echo(text: $t) }`]) {
      // A lone surrogate is no GraphQL text at all.
      if (!text.includes('\ud800')) await bothWays(operation);
    }
    await bothWays('query ($t: String) { echo(text: $t) }', { t: text });
    expect('brokenOut' in globalThis).toBe(false);
  });

  test('names that mean something to JavaScript are answered as own keys', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'toJSON', '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74dabc', 'await', 'yield', 'x'.repeat(10_000)]) {
      const text = `{ ${name}: node { ${name}: id } nodes { ${name}: node { ${name}: name } } }`;
      await bothWays(text);
      const operation = prepareOperation(subgraph, text, undefined, silentLogger);
      operation.compile();
      const { data } = await run(operation, {});
      expect(Object.keys(data!)).toEqual([name, 'nodes']);
      expect(Object.getOwnPropertyDescriptor(Object.getOwnPropertyDescriptor(data, name)!.value, name)!.value).toBe('n');
    }
    expect(({} as Record<string, unknown>)['id']).toBeUndefined();
  });

  test('depth and width neither break nor hang it', async () => {
    const deep = `{ ${'node { node '.repeat(60)}{ id } ${'}'.repeat(60)} }`;
    await bothWays(deep);
    await bothWays(`{ node { ${Array.from({ length: 2_000 }, (_, n) => `f${n}: name`).join(' ')} } }`);
    const bomb = `{ node { ...F0 } } ${Array.from({ length: 12 }, (_, n) => `fragment F${n} on Node { node { ...F${n + 1} } other: node { ...F${n + 1} } }`).join(' ')} fragment F12 on Node { id }`;
    const operation = prepareOperation(subgraph, bomb, undefined, silentLogger);
    operation.compile();
    expect(operation.state).toBe('never');
  });
});

describe('LocalSource', () => {
  const request = (options: ConstructorParameters<typeof RequestContext>[0] = {}) => new RequestContext(options);
  const source = new LocalSource(subgraph, silentLogger);

  test('compiles what comes back, once, and answers the same before and after', async () => {
    const operation = prepareOperation(subgraph, '{ nodes { id name } }', undefined, silentLogger);
    const answers: unknown[] = [];
    for (let n = 0; n <= COMPILE_AFTER; n++) {
      expect(operation.state).toBe('waiting');
      answers.push(await run(operation, {}));
    }
    while (operation.state === 'waiting') await new Promise(setImmediate);
    expect(operation.state).toBe('compiled');
    answers.push(await run(operation, {}));
    for (const answer of answers) expect(JSON.stringify(answer)).toBe(JSON.stringify(answers[0]));
  });

  test('what cannot be compiled is executed, and said once at debug', async () => {
    const lines: object[] = [];
    const log: Logger = { ...silentLogger, debug: (attributes: object) => void lines.push(attributes) } as Logger;
    const operation = prepareOperation(subgraph, 'mutation { change(text: "x") }', undefined, log);
    operation.compile();
    operation.compile();
    expect(await run(operation, {})).toEqual({ data: { change: 'x' } });
    expect(lines).toHaveLength(1);
  });

  test('answers are the caller\'s own', async () => {
    const fetch = source.prepare({ operation: '{ node { id names list { id } } }', operationKind: 'query' });
    const first = await fetch.run({}, request());
    Object.assign(first.data!['node'] as object, { id: 'changed' });
    ((first.data!['node'] as { list: { id: string }[] }).list[0] as { id: string }).id = 'changed';
    expect(JSON.stringify(await fetch.run({}, request()))).not.toContain('changed');
  });

  test('an aborted request rejects with its reason, before and during', async () => {
    const fetch = source.prepare({ operation: '{ node { id } }', operationKind: 'query' });
    const early = request();
    early.abort(new PonteError('DEADLINE_EXCEEDED', 'late'));
    await expect(fetch.run({}, early)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const during = request();
    const running = source.prepare({ operation: '{ node { promised { id } } }', operationKind: 'query' }).run({}, during);
    during.abort(new PonteError('DEADLINE_EXCEEDED', 'late'));
    await expect(running).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  test('streams events, each resolved in the request that is made for it', async () => {
    const stream = request();
    const opened = await source.open({ operation: 'subscription { ticks { id name } }', operationKind: 'subscription' }, {}, stream);
    if ('refusal' in opened) throw new Error('refused');
    const ids: unknown[] = [];
    for (let next = await opened.events.next(); !next.done; next = await opened.events.next()) ids.push((await next.value(request())).data);
    expect(ids).toEqual([{ ticks: { id: 'first', name: 'name of first' } }, { ticks: { id: 'second', name: 'name of second' } }]);
  });
});

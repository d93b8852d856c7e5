// Operations that differ in nothing but their aliases share plan and code: the second one and all after it are not planned,
// each has its own keys in data and errors, and one that comes again and again is compiled as it is.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createCompiler, Operations, type OperationsOptions, type Prepared } from '../../gateway/operations/index.ts';
import { createPlanner, type Planner } from '../../gateway/planning/index.ts';
import { OPEN, type Principal } from '../../gateway/principal.ts';
import { createAnswers } from '../../gateway/protection/answers.ts';
import { cachePolicyOf } from '../../gateway/protection/cache-policy.ts';
import { createProtection } from '../../gateway/protection/index.ts';
import { RequestContext } from '../../gateway/request.ts';
import { toAnswer, type Result } from '../../gateway/result.ts';
import { LocalSource } from '../../gateway/sources/local.ts';
import { readSupergraph, type Requirement, type Supergraph } from '../../gateway/supergraph/index.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import { silentLogger } from '../../lib/log.ts';
import { WireSource } from '../support/engines.ts';
import { createWideGraph } from '../support/wide-graph.ts';

const graph = createWideGraph();
const asks = (...anyOf: string[][]): Requirement => ({ authenticated: false, anyOf });
const supergraph: Supergraph = { ...readSupergraph(graph.supergraphSdl), requirements: new Map([['Author.email', asks(['mail'])], ['Author.sold', asks(['sales'])]]), cacheHints: new Map([['Query.authors', { maxAge: 60 }], ['Author', { maxAge: 60 }]]) };
const NOBODY: Principal = { id: 'key:nobody', scopes: new Set(), wallets: 'all' };

describe.each(['wire', 'local'] as const)('aliases, subgraphs %s', (place) => {
  const wires = Object.fromEntries(graph.subgraphs.map((subgraph) => [subgraph.name, new WireSource(subgraph)]));
  const sources = place === 'wire' ? wires : Object.fromEntries(graph.subgraphs.map((subgraph) => [subgraph.name, new LocalSource(subgraph, silentLogger)]));
  let planner: Planner;
  beforeAll(async () => {
    planner = await createPlanner({ kind: 'hive', supergraph, log: silentLogger });
    alone = open({ foldAliases: false });
  });
  afterAll(() => planner.close());

  const open = (more: Partial<OperationsOptions> = {}) => {
    const { rules } = createProtection({}, { load: () => 0, log: silentLogger });
    const compiler = createCompiler({ supergraph, sources, planners: { main: planner, incremental: planner }, formatError: (error) => error, textTier: true, log: silentLogger });
    const operations = new Operations({ supergraph, sources, rules: { ...rules, introspection: true, cachePolicy: cachePolicyOf }, compiler, log: silentLogger, ...more });
    const prepare = async (query: string, variables = {}, principal = OPEN): Promise<Prepared> => {
      const prepared = await operations.prepare({ query, variables }, principal);
      if ('text' in prepared) throw new Error(prepared.text);
      return prepared;
    };
    const run = async (query: string, variables = {}, principal = OPEN): Promise<{ prepared: Prepared; result: Result; answer: Answer; paths: string[]; request: RequestContext }> => {
      const prepared = await prepare(query, variables, principal);
      if (prepared.compiled.kind !== 'single') throw new Error('Not one answer');
      const request = new RequestContext({ principal });
      const result = await prepared.compiled.executable.execute({ ...prepared, request });
      request.end();
      const answer = toAnswer(result);
      return { prepared, result, answer, paths: (answer.errors ?? []).map(({ path }) => (path ?? []).join('.')), request };
    };
    return { operations, prepare, run };
  };
  let alone: ReturnType<typeof open>;
  /** Through the shared operation: others with other aliases were there before. */
  const shared = async (make: (...aliases: string[]) => string, aliases: readonly string[], variables = {}, principal = OPEN) => {
    const { operations, run } = open();
    await run(make(...aliases.map((_, i) => `first${i}`)), variables, principal);
    const got = await run(make(...aliases), variables, principal);
    expect(operations.stats.shared).toBe(1);
    const own = await alone.run(make(...aliases), variables, principal);
    expect(got.answer).toEqual(own.answer);
    expect(got.result.text).toBe(own.result.text);
    expect([got.prepared.hash, got.prepared.shareKey, got.prepared.price, got.prepared.cache]).toEqual([own.prepared.hash, own.prepared.shareKey, own.prepared.price, own.prepared.cache]);
    return got;
  };

  test('a structure is planned for the first text and once for all others', async () => {
    const { operations, run } = open();
    for (let i = 0; i < 20; i++) {
      const { answer } = await run(`{ authors(first: 1) { a${i}: id b${i}: name } }`);
      expect(Object.keys((answer.data as { authors: object[] }).authors[0]!)).toEqual([`a${i}`, `b${i}`]);
    }
    expect(operations.stats).toMatchObject({ misses: 20, shared: 19, compiled: 2, operations: 20 });
  });

  test.each<[what: string, make: (...aliases: string[]) => string, aliases: string[], variables?: object]>([
    ['names that every object has', (a, b, c) => `{ ${a}: authors(first: 2) { ${b}: id ${c}: name } }`, ['__proto__', 'constructor', 'toString']],
    ['names of other fields', (a, b) => `{ authors(first: 2) { ${a}: id ${b}: sold } }`, ['name', 'id']],
    ['the names that are canonical', (a, b) => `{ authors(first: 2) { ${a}: id ${b}: name } }`, ['_a1', '_a0']],
    ['names of JavaScript', (a, b) => `{ authors(first: 2) { ${a}: id ${b}: name } }`, ['return', 'L']],
    ['entities, unions and interfaces', (a, b, c) => `{ ${a}: hits(first: 4) { ${b}: __typename ... on Book { ${c}: blurb } ... on Author { ${c}: name works { ${b}: title ... on Film { ${a}: offers { site } } } } } }`, ['x', 'y', 'z']],
    ['fragments', (a, b) => `{ authors { ...F ${b}: id } } fragment F on Author { ${a}: name rival { ${b}: name ${a}: id } }`, ['x', 'y']],
    ['lists of lists, enums', (a, b) => `{ authors(first: 3) { ${a}: matrix ${b}: color } }`, ['m', 'c']],
    ['conditions', (a, b) => `query($yes: Boolean! $no: Boolean!) { authors { ${a}: name @include(if: $yes) ${b}: id @include(if: $no) } }`, ['x', 'y'], { yes: true, no: false }],
    ['literals and variables', (a, b, c) => `query($first: Int) { ${a}: authors(first: 1) { id } ${b}: authors(first: $first) { ${c}: nick(prefix: "#") } }`, ['one', 'two', 'n'], { first: 2 }],
    ['what another field requires', (a) => `{ bestsellers { ${a}: title shipping blurb } }`, ['weight']],
    ['a mutation', (a, b) => `mutation { ${a}: bump(by: 1) ${b}: bump(by: 2) ${'x'}: addBook(title: "t") { ${a}: title } }`, ['first', 'second']],
    ['one that is the same under another name', (a) => `{ authors { id ${a}: id ${a}: id } }`, ['same']],
    ['only the type', (a) => `{ ${a}: __typename }`, ['t']],
  ])('%s', async (_what, make, aliases, variables = {}) => {
    await shared(make, aliases, variables);
  });

  test('errors have the client’s keys in their paths', async () => {
    const one = await shared((a, b) => `{ ${a}: broken ${b}: mustNotBeNull }`, ['gone', 'must']);
    expect(one.answer).toMatchObject({ data: null, errors: [{ path: ['gone'] }, { path: ['must'] }] });
    // Resolvers that throw, nulls in non-null places, entities that are gone: each of them somewhere in here.
    const many = await shared((a, b, c) => `{ ${a}: authors(first: 10) { ${b}: bio { ${c}: born tags } friends(first: 9) { ${c}: name ${a}: color favorite { ... on Book { ${a}: blurb author { ${a}: name } } } } } hits(first: 10) { ... on Book { ${a}: blurb ${b}: pages } ... on Film { ${c}: minutes cast { ${a}: sold } } } }`, ['who', 'what', 'when']);
    expect(many.paths.length).toBeGreaterThan(5);
    expect(many.paths.join()).not.toMatch(/_a\d/);
    expect(many.paths.some((path) => /^who\.\d\.friends\.\d\.who$/.test(path))).toBe(true);
  });

  test('what a subgraph that is down takes away is told at the client’s keys', async () => {
    if (place === 'local') return;
    wires['people']!.down = true;
    try {
      const { paths, answer } = await shared((a, b, c) => `{ ${a}: authors(first: 2) { ${b}: email ${c}: nick } }`, ['all', 'mail', 'nicks']);
      expect(answer.data).toEqual({ all: [null, null] });
      expect(paths).toEqual(['all.0.mail', 'all.0.nicks', 'all.1.mail', 'all.1.nicks']);
    } finally {
      wires['people']!.down = false;
    }
  });

  test('fields that may not be seen are refused under the client’s keys', async () => {
    const { answer, paths } = await shared((a, b, c) => `{ ${a}: authors(first: 2) { ${b}: email ${c}: id } }`, ['all', 'mail', 'key'], {}, NOBODY);
    expect(answer.data).toEqual({ all: [{ mail: null, key: expect.any(String) }, { mail: null, key: expect.any(String) }] });
    expect(paths).toEqual(['all.0.mail', 'all.1.mail']);
    expect((await shared((a, b) => `{ ${a}: authors(first: 1) { ${b}: sold } }`, ['x', 'y'], {}, NOBODY)).answer).toMatchObject({ data: { x: [null] }, errors: [{ path: ['x', 0, 'y'], extensions: { code: 'FORBIDDEN' } }] });
  });

  test('what conflicts is refused, however often its like was answered', async () => {
    const { operations, run } = open();
    for (const alias of ['a', 'b', 'c', 'd']) await run(`{ authors { id: name x: id ${alias}: color } }`);
    for (const query of [
      '{ authors { id: name id: id } }',
      '{ authors { id: name id x: color } }',
      '{ authors { x: name x: id x: color } }',
      '{ authors { id: name x: id x: color } }',
      '{ authors { number: name number: id number: color } }',
      '{ authors { ...F x: id } } fragment F on Author { x: name }',
    ]) {
      const refused = await operations.prepare({ query }, OPEN);
      expect('text' in refused && refused.errors.map(({ extensions }) => extensions?.['code'])).toContain('GRAPHQL_VALIDATION_FAILED');
    }
  });

  test('limits and prices are those of any other text', async () => {
    const strict = open({ rules: { ...createProtection({}, { load: () => 0, log: silentLogger }).rules, introspection: true, maxPrice: 5 } });
    await strict.run('{ a: authors(first: 2) { id } }');
    const refused = await strict.operations.prepare({ query: '{ b: authors(first: 200) { id } }' }, OPEN);
    expect('text' in refused && refused.errors[0]!.extensions).toMatchObject({ code: 'QUERY_TOO_EXPENSIVE', limit: 5 });
    const wrong = await strict.operations.prepare({ query: 'query($n: Int!) { c: authors(first: $n) { id } }', variables: { n: 'x' } }, OPEN);
    expect('text' in wrong && wrong.errors[0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    const wide = await strict.operations.prepare({ query: `{ ${Array.from({ length: 60 }, (_, i) => `x${i}: mustNotBeNull`).join(' ')} }` }, OPEN);
    expect('text' in wide && wide.errors[0]!.extensions).toMatchObject({ code: 'QUERY_TOO_EXPENSIVE' });
  });

  test('one that comes again and again gets code of its own, in the background, and is the same to everybody', async () => {
    const { operations, run } = open();
    const query = (alias: string, name = 'Q') => `query ${name} { authors(first: 2) { ${alias}: id name } }`;
    await run(query('first'));
    const before = await run(query('mine'));
    expect(operations.stats).toMatchObject({ compiled: 2, shared: 1 });
    for (let i = 0; i < 3; i++) await run(query('mine', `Q${i}`));
    await vi.waitFor(() => expect(operations.stats.compiled).toBe(3));
    await run(query('mine'));
    await run(query('mine'));
    const after = await run(query('mine'));
    expect([after.result.text, after.prepared.shareKey, after.prepared.hash]).toEqual([before.result.text, before.prepared.shareKey, before.prepared.hash]);
    expect(operations.stats).toMatchObject({ compiled: 3, shared: 4 });
    expect(after.request.tally.fallback).toBeUndefined();
    expect(after.prepared.compiled.kind === 'single' && after.prepared.compiled.executable.tier).toBe(place === 'wire' ? 'text' : 'local');
  });

  test('no answer is kept for another’s keys', async () => {
    const { prepare } = open();
    const answers = createAnswers({ maxBytes: 1_000_000 });
    const ask = async (query: string) => {
      const prepared = await prepare(query);
      expect(prepared.cache).toMatchObject({ maxAgeMs: 60_000 });
      const request = new RequestContext();
      const execute = async () => (prepared.compiled.kind === 'single' ? prepared.compiled.executable.execute({ ...prepared, request }) : Promise.reject(new Error('Not one answer')));
      return toAnswer(await answers.answer(prepared, request, execute)).data;
    };
    for (let turn = 0; turn < 3; turn++) {
      for (const alias of ['a', 'b', 'c']) expect(await ask(`{ authors(first: 1) { ${alias}: id } }`)).toEqual({ authors: [{ [alias]: expect.any(String) }] });
    }
    expect(answers.stats).toMatchObject({ entries: 3, misses: 3, hits: 6 });
  });

  test('what is kept stays bounded, and a successor knows what was used', async () => {
    const { operations, run } = open({ maxOperations: 10 });
    for (let i = 0; i < 60; i++) await run(`{ authors(first: 1) { a${i}: id ${i % 2 === 0 ? 'name' : 'color'} } }`);
    expect(operations.stats.operations).toBeLessThanOrEqual(20);
    const next = open();
    const remembered = operations.recent(100);
    expect(await next.operations.warm(remembered, OPEN)).toBe(remembered.length);
    const { compiled } = next.operations.stats;
    await next.run('{ authors(first: 1) { another: id name } }');
    expect(next.operations.stats).toMatchObject({ compiled, shared: 1 });
  });

  test('many at once are planned once', async () => {
    const { operations, run } = open();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => run(`{ authors(first: 1) { k${i}: id } }`)));
    expect(answers.map(({ answer }) => Object.keys((answer.data as { authors: object[] }).authors[0]!)[0])).toEqual(answers.map((_, i) => `k${i}`));
    expect(operations.stats).toMatchObject({ compiled: 2, shared: 39 });
  });
});

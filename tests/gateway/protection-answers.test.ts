// Answers that the schema lets be kept: for how long, for whom, and until which rows change.
import { buildSchema, Kind, OperationTypeNode, parse, type OperationDefinitionNode } from 'graphql';
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { Compiled, Prepared } from '../../gateway/operations/index.ts';
import { OPEN, type Principal } from '../../gateway/principal.ts';
import { createAnswers } from '../../gateway/protection/answers.ts';
import { cachePolicyOf } from '../../gateway/protection/cache-policy.ts';
import { RequestContext } from '../../gateway/request.ts';
import type { Result } from '../../gateway/result.ts';
import { readSupergraph, type CacheHint, type Supergraph } from '../../gateway/supergraph/index.ts';
import { startRealGateway } from '../support/gateway-real.ts';

const real = readSupergraph(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'));

describe('how long an answer may be kept', () => {
  const apiSchema = buildSchema('type A { id: ID b: B bs: [B!] c: C } type B { id: ID a: A } type C { id: ID a: A } type Query { a: A b: B c: C n: Int m: Int } type Mutation { a: A }');
  const hints: Record<string, CacheHint> = { A: { maxAge: 60, scope: 'PRIVATE' }, 'Query.b': { maxAge: 30, scope: 'PUBLIC' }, 'Query.n': { maxAge: 10 }, 'A.b': { maxAge: 20 }, C: { inheritMaxAge: true }, 'Query.c': { maxAge: 5, inheritMaxAge: true } };
  const policyOf = (text: string, supergraph: Supergraph = { ...real, apiSchema, cacheHints: new Map(Object.entries(hints)) }) => {
    const document = parse(text);
    return cachePolicyOf(supergraph, document, document.definitions.find((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION)!);
  };
  test.each([
    ['a type says it', '{ a { id } }', { maxAgeMs: 60_000, private: true }],
    ['a field says it', '{ b { id } }', { maxAgeMs: 30_000, private: false }],
    ['the shortest counts, and one that is private', '{ b { id a { id } } n }', { maxAgeMs: 10_000, private: true }],
    ['nothing said of an object', '{ a { bs { id } } }', null],
    ['nothing said of a field of the root', '{ n m }', null],
    ['an object that goes with its parent', '{ a { c { id } } }', { maxAgeMs: 60_000, private: true }],
    ['fragments count', '{ ...F } fragment F on Query { b { ... on B { id a { b { id } } } } }', { maxAgeMs: 20_000, private: true }],
    ['introspection', '{ n __schema { types { name } } }', null],
    ['a mutation', 'mutation { a { id } }', null],
    ['__typename says nothing', '{ __typename b { __typename } }', { maxAgeMs: 30_000, private: false }],
    ['nothing but __typename', '{ __typename }', null],
  ])('%s', (_what, text, expected) => expect(policyOf(text)).toEqual(expected));

  test('of the real graph: what rarely changes, and no list that grows', () => {
    expect(policyOf('{ pipelines { id name stages { id name } } }', real)).toEqual({ maxAgeMs: 60_000, private: true });
    expect(policyOf('{ sales(first: 1) { nodes { id } } }', real)).toBeNull();
    expect(policyOf('{ wallets { id } }', real)).toBeNull();
  });
});

describe('kept answers', () => {
  const principal = (id: string, wallets: Principal['wallets'] = 'all'): Principal => ({ id, scopes: new Set(), wallets });
  const prepared = (more: Partial<Prepared> = {}): Prepared => ({ kind: OperationTypeNode.QUERY, name: undefined, hash: 'h', shareKey: 'h:', compiled: undefined as unknown as Compiled, raw: {}, coerced: {}, price: 1, cache: { maxAgeMs: 60_000, private: false }, ...more });
  const result = (text = '{"data":{}}', errors: Result['errors'] = []): Result => ({ text, encoding: 'utf8', errors, refused: false });
  const ask = (answers: ReturnType<typeof createAnswers>, run: () => Promise<Result>, what: Prepared = prepared(), who: Principal = OPEN) => answers.answer(what, new RequestContext({ principal: who }), run);

  test('one is made, and given again; another operation, other variables, wallets or scopes have their own', async () => {
    const answers = createAnswers({ maxBytes: 1e6 });
    const run = vi.fn(async () => result());
    for (let i = 0; i < 3; i++) await ask(answers, run);
    expect(run).toHaveBeenCalledTimes(1);
    await ask(answers, run, prepared({ shareKey: 'h:1' }));
    await ask(answers, run, prepared({ raw: { id: '1' } }));
    await ask(answers, run, prepared(), principal('a', ['w1']));
    await ask(answers, run, prepared(), principal('b', ['w1']));
    expect(run).toHaveBeenCalledTimes(4);
    const own = prepared({ cache: { maxAgeMs: 60_000, private: true } });
    await ask(answers, run, own, principal('a', ['w1']));
    await ask(answers, run, own, principal('b', ['w1']));
    await ask(answers, run, own, principal('b', ['w1']));
    expect(run).toHaveBeenCalledTimes(6);
    expect(answers.stats).toMatchObject({ entries: 6, misses: 6, hits: 4 });
  });

  test('what may not be kept, and what failed, is made each time', async () => {
    const answers = createAnswers({ maxBytes: 1e6 });
    const run = vi.fn(async () => result());
    await ask(answers, run, prepared({ cache: null }));
    await ask(answers, run, prepared({ cache: null }));
    const failing = vi.fn(async () => result('{"errors":[]}', [{ message: 'x' }]));
    await ask(answers, failing);
    await ask(answers, failing);
    expect([run.mock.calls.length, failing.mock.calls.length, answers.stats.entries]).toEqual([2, 2, 0]);
  });

  test('it is over after its time, and the bytes are bounded', async () => {
    const answers = createAnswers({ maxBytes: 10_000 });
    const run = vi.fn(async () => result('x'.repeat(1_000)));
    const brief = prepared({ cache: { maxAgeMs: 700, private: false } });
    await ask(answers, run, brief);
    await ask(answers, run, brief);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.waitFor(async () => {
      await ask(answers, run, brief);
      expect(run).toHaveBeenCalledTimes(2);
    }, 10_000);
    for (let i = 0; i < 50; i++) await ask(answers, run, prepared({ raw: { i } }));
    expect(answers.stats.bytes).toBeLessThanOrEqual(10_000);
    expect(answers.stats.entries).toBeGreaterThan(1);
  });

  test('who asks while it is being made waits for it; where it fails, everybody tries for himself', async () => {
    const answers = createAnswers({ maxBytes: 1e6 });
    let finish: (made: Result) => void = () => undefined;
    const slow = vi.fn(() => new Promise<Result>((resolve) => (finish = resolve)));
    const all = [1, 2, 3].map(() => ask(answers, slow));
    finish(result('{"data":1}'));
    expect((await Promise.all(all)).map(({ text }) => text)).toEqual(Array(3).fill('{"data":1}'));
    expect(slow).toHaveBeenCalledTimes(1);
    const other = prepared({ shareKey: 'other' });
    const first = ask(answers, slow, other);
    const second = ask(answers, async () => result('{"data":2}'), other);
    finish(result('', [{ message: 'The client left' }]));
    expect([(await first).errors.length, (await second).text]).toEqual([1, '{"data":2}']);
  });

  test('a change of rows forgets the wallet’s answers, and those that are being made', async () => {
    let changed: (walletId: string | null) => void = () => undefined;
    const stop = vi.fn();
    const answers = createAnswers({ maxBytes: 1e6, onRowsChanged: (listener) => ((changed = listener), stop) });
    const run = vi.fn(async () => result());
    const [one, two] = [principal('a', ['w1']), principal('b', ['w2'])];
    for (const who of [one, two, OPEN]) await ask(answers, run, prepared(), who);
    changed('w1');
    for (const who of [one, two, OPEN]) await ask(answers, run, prepared(), who);
    expect(run).toHaveBeenCalledTimes(5);
    changed(null);
    expect(answers.stats.entries).toBe(0);
    let finish: (made: Result) => void = () => undefined;
    const early = ask(answers, () => new Promise((resolve) => (finish = resolve)));
    changed('w1');
    const late = ask(answers, async () => result('{"data":"new"}'));
    finish(result('{"data":"old"}'));
    expect([(await early).text, (await late).text, (await ask(answers, run)).text]).toEqual(['{"data":"old"}', '{"data":"new"}', '{"data":"new"}']);
    answers.close();
    expect(stop).toHaveBeenCalledTimes(1);
  });
});

test('through the gateway: off unless there is room for it; a sync makes it forget', async () => {
  let changed: (walletId: string | null) => void = () => undefined;
  const gateway = await startRealGateway('local', { protection: { cacheBytes: 1e6, onRowsChanged: (listener) => ((changed = listener), () => undefined) } });
  const ask = () => gateway.gateway.executeOperation({ query: '{ pipelines { id name } }' });
  expect([await ask(), await ask()]).toEqual([{ data: { pipelines: [] } }, { data: { pipelines: [] } }]);
  expect(gateway.gateway.protection.answers).toMatchObject({ hits: 1, misses: 1, entries: 1 });
  changed('00000000-0000-4000-8000-000000000001');
  expect(gateway.gateway.protection.answers).toMatchObject({ entries: 0 });
  await gateway.close();
  const off = await startRealGateway();
  await off.gateway.executeOperation({ query: '{ pipelines { id name } }' });
  expect(off.gateway.protection.answers).toBeNull();
  await off.close();
});

// What a document may look like: counted before anything else, whatever hides behind fragments.
import { getIntrospectionQuery, parse } from 'graphql';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRules } from '../../gateway/protection/index.ts';
import { checkVariables } from '../../gateway/protection/values.ts';
import { startGateway } from '../support/gateway-server.ts';

const rules = createRules();
const codesOf = (text: string, own = rules) => own.check(parse(text)).map(({ extensions, message }) => `${String(extensions['code'])} ${message}`);
const repeat = (times: number, text: (i: number) => string) => Array.from({ length: times }, (_, i) => text(i)).join(' ');
const nested = (depth: number) => 'a{'.repeat(depth - 1) + 'a' + '}'.repeat(depth - 1);

describe('the structure of an operation', () => {
  test.each([
    ['depth', `{${nested(15)}}`, `{${nested(16)}}`, '16 levels of fields, and at most 15'],
    ['depth behind fragments', `{a{...F}} fragment F on A {${nested(14)}}`, `{a{...F}} fragment F on A {...G} fragment G on A {${nested(15)}}`, '16 levels'],
    ['depth behind inline fragments', `{... on A {${nested(15)}}}`, `{... on A {... {${nested(16)}}}}`, '16 levels'],
    ['aliases', `{a{${repeat(50, (i) => `x${i}:a`)}}}`, `{a{${repeat(51, (i) => `x${i}:a`)}}}`, '51 aliases, and at most 50'],
    ['aliases behind a fragment, each time', `{b{...F}c{...F}} fragment F on A {${repeat(25, (i) => `x${i}:a`)}}`, `{b{...F}c{...F}} fragment F on A {${repeat(26, (i) => `x${i}:a`)}}`, '52 aliases'],
    ['aliases in a fragment that nobody spreads', '{a}', `{a} fragment F on A {${repeat(51, (i) => `x${i}:a`)}}`, '51 aliases'],
    ['directives', `{a ${repeat(50, () => '@skip(if:false)')}}`, `query @x {a ${repeat(50, () => '@skip(if:false)')}}`, '51 directives'],
    ['fields at the root', `{${repeat(20, () => 'a')}}`, `{${repeat(20, () => 'a')} ...{a}}`, '21 fields at its root'],
    ['fields and fragments', `{a{${repeat(999, () => 'a')}}}`, `{a{${repeat(1_000, () => 'a')}}}`, '1001 fields and fragments'],
  ])('%s', (_what, fine, refused, words) => {
    expect(codesOf(fine)).toEqual([]);
    expect(codesOf(refused)).toEqual([expect.stringContaining(words)]);
    expect(codesOf(refused)[0]).toMatch(/^QUERY_TOO_EXPENSIVE/);
  });

  test('fragments that double each other are counted without being written out', () => {
    const bomb = `{a{...F0}} ${repeat(60, (i) => `fragment F${i} on A {...F${i + 1} ...F${i + 1}}`)} fragment F60 on A {x:a}`;
    const began = performance.now();
    expect(codesOf(bomb)).toEqual([expect.stringMatching(/1000000 or more aliases/), expect.stringMatching(/1000000 or more fields/)]);
    expect(performance.now() - began).toBeLessThan(500);
  });

  test.each([
    ['inline', (levels: number) => `${'{...'.repeat(levels - 1)}{a}${'}'.repeat(levels - 1)}`],
    ['one after the other', (levels: number) => `{...F1} ${repeat(levels - 2, (i) => `fragment F${i + 1} on A {...F${i + 2}}`)} fragment F${levels - 1} on A {a}`],
    ['one after the other, in another order', (levels: number) => `{...F1} fragment F${levels - 1} on A {a} ${repeat(levels - 2, (i) => `fragment F${levels - 2 - i} on A {...F${levels - 1 - i}}`)}`],
  ])('fragments inside each other, %s', (_what, text) => {
    expect(codesOf(text(100))).toEqual([]);
    expect(codesOf(text(101))).toEqual([expect.stringMatching(/^QUERY_TOO_EXPENSIVE .* 101 fragments and fields inside each other, and at most 100/)]);
    expect(codesOf(text(900))[0]).toMatch(/^QUERY_TOO_EXPENSIVE/);
  });

  test('a chain of fragments that is too long even to be counted is refused', () => {
    const chain = `{...F0} ${repeat(30_000, (i) => `fragment F${i} on A {...F${i + 1}}`)} fragment F30000 on A {a}`;
    expect(codesOf(chain)).toEqual([expect.stringMatching(/^QUERY_TOO_EXPENSIVE .* inside each other/)]);
  });

  test('a fragment inside itself ends nothing', () => {
    expect(codesOf('{a{...F}} fragment F on A {b{...G}} fragment G on A {c{...F}}')).toEqual([]);
  });

  test('the full introspection query and every example pass', () => {
    expect(codesOf(getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }))).toEqual([]);
    const folder = new URL('../../examples/operations/', import.meta.url);
    for (const file of readdirSync(folder)) expect(codesOf(readFileSync(new URL(file, folder), 'utf8')), file).toEqual([]);
  });

  test('literals may hold no U+0000, and no lists within lists within lists', () => {
    expect(codesOf('{a(b:"x\\u0000")}')[0]).toMatch(/^BAD_USER_INPUT .*U\+0000/);
    expect(codesOf('query($a: A = {b: ["\\u{0}"]}) {a}')[0]).toMatch(/^BAD_USER_INPUT .*U\+0000/);
    expect(codesOf(`{a(b:${'['.repeat(40)}1${']'.repeat(40)})}`)[0]).toMatch(/^BAD_USER_INPUT .*nested/);
    expect(codesOf(`{a(b:${'['.repeat(20)}1${']'.repeat(20)})}`)).toEqual([]);
  });

  test('the type of a variable is no tower of lists', () => {
    const query = (lists: number) => `query($a: ${'['.repeat(lists)}Int${']!'.repeat(lists)}) {a(b: $a)}`;
    expect(codesOf(query(32))).toEqual([]);
    expect(codesOf(query(33))).toEqual([expect.stringMatching(/^QUERY_TOO_EXPENSIVE .* 33 lists around the type of one variable/)]);
    expect(codesOf(query(3_000))).toHaveLength(1);
  });

  test('limits can be set', () => expect(codesOf('{a{b{c}}}', createRules({ maxDepth: 2 }))).toEqual([expect.stringContaining('3 levels of fields, and at most 2')]));
});

describe('the values of variables', () => {
  const deep = JSON.parse(`${'[{"a":'.repeat(5_000)}1${'}]'.repeat(5_000)}`) as unknown;
  test.each([
    ['a text', { a: 'x\0y' }, /^Variable "\$a": A text holds the character U\+0000/],
    ['a text in an object in a list', { b: [{ c: { d: ['\0'] } }] }, /U\+0000/],
    ['a key', { b: { 'a\0': 1 } }, /U\+0000/],
    ['nesting', { b: deep }, /nested in more than 32/],
    ['nothing wrong', { a: 'x', b: [{ c: null, d: 1, e: true }], __proto__: null, constructor: { prototype: 'x' } }, null],
  ])('%s', (_what, variables, expected) => {
    const found = checkVariables(variables);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatch(expected);
  });
});

describe('through the gateway', () => {
  test('ten thousand aliases, and fields nested by the thousand, are refused in a moment', async () => {
    const running = await startGateway('local', { protection: { limits: { maxTokens: 50_000 } } });
    await running.ask('{ wallets }');
    for (const bad of [`{${repeat(10_000, (i) => `a${i}:wallets`)}}`, `{${repeat(20_000, () => 'wallets')}}`, '{a'.repeat(12_000) + '}'.repeat(12_000), `{sale(id:${'['.repeat(20_000)}1${']'.repeat(20_000)}){id}}`]) {
      const began = performance.now();
      const { status, errors } = await running.ask(bad);
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(status).toBe(400);
      expect(errors?.[0]?.extensions.code).toMatch(/QUERY_TOO_EXPENSIVE|BAD_USER_INPUT/);
    }
    expect((await running.ask('query($id: ID!) { sale(id: $id) { id } }', { id: 'a\0' })).errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect((await running.ask('{ wallets }')).errors).toBeUndefined();
    await running.close();
  });

  test('a text that is too long is told its limit, as every other one is', async () => {
    const running = await startGateway('local', { protection: { limits: { maxTokens: 100 } } });
    expect((await running.ask(`{${repeat(98, () => 'wallets')}}`)).errors?.[0]?.message).toMatch(/^This operation has 98 fields at its root/);
    expect((await running.ask(`{${repeat(99, () => 'wallets')}}`)).errors).toEqual([
      { message: 'This operation has 101 or more tokens, and at most 100 are allowed', extensions: { code: 'QUERY_TOO_EXPENSIVE', hint: expect.any(String), cost: 101, limit: 100 } },
    ]);
    await running.close();
  });
});

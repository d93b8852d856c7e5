// Bad operations and variables: bodies of well-formed HTTP requests.
import { createHash } from 'node:crypto';
import type { Chance } from './random.ts';
import { http, type Shot } from './shot.ts';

/** What the graph under fire has: operations that work, and the arguments that take ids, cursors and numbers. */
export interface Target {
  readonly valid: readonly string[];
  /** With `%s` where a literal goes. */
  readonly literals: readonly string[];
  /** With one variable `$v` of any type. */
  readonly variables: readonly string[];
  readonly subscriptions: readonly string[];
  /** A field of the root that costs nothing. */
  readonly cheap: string;
  readonly routes: readonly (readonly [method: string, path: string])[];
}

const repeat = (times: number, text: (i: number) => string) => Array.from({ length: times }, (_, i) => text(i)).join(' ');
const nest = (depth: number, open: string, middle: string, close: string) => open.repeat(depth) + middle + close.repeat(depth);

export const STRANGE_TEXTS = [
  '', '\0', 'a\0b', '\ud800', '\udfff\ud800', '\u2028', '\ufeff', '%00', '../../../../etc/passwd', "' OR 1=1 --", '"; DROP TABLE erp.sale; --', '${7*7}', '{{7*7}}', '<script>alert(1)</script>',
  'null', 'undefined', '__proto__', 'constructor', 'x'.repeat(70_000), '\u0301'.repeat(500), '-1', '1e309', '0x10', '٣', 'NaN', '00000000-0000-0000-0000-000000000000', 'ZZZZZZZZ-0000-4000-8000-000000000000', '\\u0000', '\\', '%', '_%_%', '(((((', '[', '*'.repeat(300), 'a'.repeat(300) + '!',
] as const;

const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
export const strangeCursor = (chance: Chance): string =>
  chance.pick([
    cursor(null), cursor([]), cursor({}), cursor(['\0', '\0']), cursor([null, null]), cursor([['a'], 'b']), cursor({ __proto__: 1, k: ['x'] }), cursor(['2026-01-01', 'x']), cursor([1e308, 'x']), cursor(['9999999999999-99-99', '00000000-0000-4000-8000-000000000000']),
    cursor(['2026-02-30', '00000000-0000-4000-8000-000000000000']), cursor(['NaN', '00000000-0000-4000-8000-000000000000']), cursor([['infinity'], '00000000-0000-4000-8000-000000000000']), cursor('x'.repeat(5_000)), chance.bytes(20).toString('base64url'), chance.bytes(40).toString('base64'), '====', 'e30', ...STRANGE_TEXTS,
  ]);

const STRANGE_VALUES: readonly unknown[] = [null, true, -1, 0, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, [], {}, [[]], [null], { a: null }, [1, 'a', null], { __typename: 'Sale' }, ...STRANGE_TEXTS];
const RAW_VALUES = ['1e400', '-1e400', '99999999999999999999999999', '0.1e-400', '123456789012345678901234567890.5', '"\\ud800"', '"\\u0000"', '{"__proto__":{"polluted":"yes"}}', '{"constructor":{"prototype":{"polluted":"yes"}}}', '{"first":1,"first":2}', '"\\udc00\\ud800x"'];
const LITERALS = ['99999999999999999999', '-1', '1.5', '1e400', 'null', 'true', '"\\u0000"', '"\\u{0}"', '"\\uD800"', '[1,2]', '{a:1}', 'ENUM', '$nothing', '"""\n block \0 """', '-0', '0', '2147483648', '{a:{a:{a:{a:1}}}}', '[[[[[[1]]]]]]'];

const ask = (name: string, body: unknown, headers: readonly (readonly [string, string])[] = []): Shot => ({ name, pieces: [http({ body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), headers })] });
const strangeJson = (chance: Chance): string => (chance.next() < 0.5 ? chance.pick(RAW_VALUES) : JSON.stringify(chance.pick(STRANGE_VALUES)));

/** Characters of a text changed, taken away, doubled or put elsewhere. */
export function mutate(chance: Chance, text: string): string {
  let result = text;
  for (let i = 1 + chance.below(4); i > 0; i--) {
    const at = chance.below(result.length + 1);
    const length = chance.below(8);
    const piece = chance.pick(['{', '}', '(', ')', '[', ']', '"', '$', '@', '...', ':', '!', '\\', '\0', '#', ',', '"""', '\u{1f600}', ' on ', 'fragment', 'query', '@skip(if:', '@defer', result.slice(at, at + length)]);
    result = chance.pick([() => result.slice(0, at) + result.slice(at + length), () => result.slice(0, at) + piece + result.slice(at), () => result.slice(0, at) + piece + result.slice(at + length)])();
  }
  return result;
}

export const operationShots = (target: Target): readonly ((chance: Chance) => Shot)[] => [
  (chance) => ask('JSON with mistakes', mutate(chance, JSON.stringify({ query: chance.pick(target.valid), variables: {} }))),
  (chance) => ask('JSON cut short', JSON.stringify({ query: chance.pick(target.valid) }).slice(0, -1 - chance.below(20))),
  (chance) => ask('bytes for JSON', chance.bytes(1 + chance.below(400))),
  (chance) => ask('a body that is no object', chance.pick(['', 'null', '[]', '[[]]', '1', '"x"', 'true', `[${JSON.stringify({ query: target.valid[0] })}]`, '{}', '{"query":null}', '\ufeff{}'])),
  (chance) => ask('invalid UTF-8', Buffer.concat([Buffer.from('{"query":"{ x'), chance.pick([Buffer.from([0xff]), Buffer.from([0xc0, 0x80]), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xf4, 0x90, 0x80, 0x80])]), Buffer.from('"}')])),
  (chance) => ask('parameters of another type', `{"query":${chance.next() < 0.5 ? JSON.stringify(chance.pick(target.valid)) : strangeJson(chance)},"variables":${strangeJson(chance)},"operationName":${strangeJson(chance)},"extensions":${strangeJson(chance)},"documentId":${chance.next() < 0.5 ? 'null' : strangeJson(chance)}}`),
  (chance) => ask('operations with mistakes', { query: mutate(chance, chance.pick(target.valid)) }),
  (chance) => ask('strange literals', { query: chance.pick(target.literals).replace('%s', chance.pick(LITERALS)) }),
  (chance) => ask('strange variables', `{"query":${JSON.stringify(chance.pick(target.variables))},"variables":{"v":${strangeJson(chance)}}}`),
  (chance) => ask('strange cursors', { query: chance.pick(target.variables), variables: { v: strangeCursor(chance) } }),
  (chance) => ask('keys of prototypes', `{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"query":${JSON.stringify(chance.pick(target.variables))},"variables":{"v":{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}},"__proto__":{"polluted":"yes"}},"extensions":{"__proto__":{"polluted":"yes"}}}`),
  (chance) => ask('names of prototypes', { query: chance.pick(['{ __proto__ }', '{ constructor { name } }', '{ toString }', '{ hasOwnProperty: __typename }', `{ __proto__: ${target.cheap} constructor: ${target.cheap} }`, 'query __proto__ { __typename }', 'query($__proto__: Int) { __typename }', '{ ...__proto__ } fragment __proto__ on Query { __typename }']), operationName: chance.pick([null, '__proto__', 'constructor', '\0', 'x'.repeat(10_000)]) }),
  (chance) => ask('ten thousand aliases', { query: `{ ${repeat(chance.pick([51, 1_000, 3_300, 10_000]), (i) => `a${i}:${target.cheap}`)} }` }),
  (chance) => ask('the same field again and again', { query: `{ ${repeat(chance.pick([1_001, 5_000, 9_000]), () => target.cheap)} }` }),
  (chance) => ask('directives by the thousand', { query: `{ ${target.cheap} ${repeat(chance.pick([51, 2_000]), () => chance.pick(['@skip(if:false)', '@a', '@include(if:$x)']))} }` }),
  (chance) => ask('deep selections', { query: nest(chance.pick([16, 500, 4_900, 100_000]), '{a', '', '}') }),
  (chance) => ask('deep values', { query: chance.pick(target.literals).replace('%s', nest(chance.pick([33, 1_000, 4_900, 200_000]), chance.pick(['[', '{a:']), '1', chance.pick([']', '}']))) }),
  (chance) => ask('deep variables', `{"query":${JSON.stringify(chance.pick(target.variables))},"variables":{"v":${nest(chance.pick([33, 5_000, 100_000]), '[', '', ']')}}}`),
  (chance) => ask('deep extensions', `{"query":${JSON.stringify(chance.pick(target.valid))},"extensions":${nest(100_000, '{"a":', '1', '}')}}`),
  (chance) => ask('deep inline fragments', { query: `{${nest(chance.pick([32, 900, 1_600, 3_300]), chance.pick(['...{', '...on Query{', '...@defer{', '...@include(if:true){']), target.cheap, '}')}}` }),
  (chance) => {
    const length = chance.pick([40, 400, 900, 1_400]);
    return ask('a chain of fragments', { query: `{ ...C0 } ${repeat(length, (i) => `fragment C${i} on Query { ...C${i + 1} }`)} fragment C${length} on Query { ${target.cheap} }` });
  },
  (chance) => ask('deep types', { query: `query($v: ${nest(chance.pick([40, 900, 4_900, 100_000]), '[', 'Int', ']')}) { ${target.cheap}${chance.pick(['', ' @include(if: $v)'])} }`, variables: { v: chance.pick([null, 1, [[[1]]]]) } }),
  (chance) => ask('variables by the thousand', { query: `query(${repeat(chance.pick([60, 900, 2_400]), (i) => `$v${i}: ${chance.pick(['Int', '[ID!]!', 'Nothing', 'String = "x"'])}`)}) { ${target.cheap} }` }),
  (chance) => ask('the largest that may run', { query: `{ ${repeat(chance.pick([5, 10, 20, 21]), (i) => chance.pick(target.valid.filter((text) => text.startsWith('{'))).replace(/^\{ (\w+)(.*)\}$/s, `a${i}: $1$2`))} }` }),
  () => ask('fragments that double each other', { query: `{ ...F0 } ${repeat(60, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F60 on Query { x: ${target.cheap} }` }),
  (chance) => ask('fragments in a circle', { query: chance.pick(['{ ...A } fragment A on Query { ...A }', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }', '{ ...A ...A @defer } fragment A on Query { ...B @defer } fragment B on Query { ...A }']) }),
  (chance) => ask('introspection of introspection', { query: `{ __schema { types { ${nest(chance.pick([2, 6, 60]), 'fields { type { ', 'name', '} }')} } } }` }),
  (chance) => ask('many operations in one text', { query: repeat(chance.pick([2, 800]), (i) => `query Q${i} { ${target.cheap} }`), operationName: chance.pick([null, 'Q0', 'Q999', '']) }),
  (chance) => ask('a giant text', { query: `{ ${target.cheap} } # ${'x'.repeat(chance.pick([100_000, 900_000, 3_000_000]))}` }),
  (chance) => ask('giant variables', { query: chance.pick(target.variables), variables: { v: chance.pick([() => 'x'.repeat(900_000), () => Array.from({ length: 50_000 }, (_, i) => i), () => Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i])), () => Array.from({ length: 10_000 }, () => chance.pick(STRANGE_TEXTS.slice(0, 12)))])() } }),
  (chance) => ask('hashes of nothing', { extensions: { persistedQuery: { version: chance.pick([1, 2, '1', null]), sha256Hash: chance.pick([createHash('sha256').update(String(chance.next())).digest('hex'), ...STRANGE_TEXTS]) } }, ...(chance.next() < 0.3 ? { query: chance.pick(target.valid) } : {}), ...(chance.next() < 0.3 ? { documentId: chance.pick(STRANGE_TEXTS) } : {}) }),
  (chance) => {
    const accept = chance.pick(['multipart/mixed;deferSpec=20220824', 'multipart/mixed;subscriptionSpec=1.0', 'multipart/mixed', 'text/event-stream;q=x', '*/*;q=0', 'a'.repeat(5_000), 'application/json;q=0', 'application/graphql-response+json']);
    const streams = chance.next() < 0.3;
    const query = streams ? chance.pick(target.subscriptions) : chance.pick(target.valid).replace(/\{\s*(\w+)/, '{ ... @defer { __typename } $1');
    // A stream that is open says nothing until something happens.
    return { ...ask('answers in parts', { query, variables: {} }, [['accept', accept]]), ...(streams ? { unanswered: true } : {}) };
  },
];

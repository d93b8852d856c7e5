// What the generated writer promises: the client's selection in its order, nulls where the specification puts them, and an
// error for each null that should not be there.
import { buildSchema, graphqlSync } from 'graphql';
import { describe, expect, test } from 'vitest';
import { writeAnswer } from './answers.ts';

const bang = (type: string) => `type Query { a: A } type A { b: ${type} other: String }`;
const cannot = (path: string, coordinate: string) => ({ path, message: `Cannot return null for non-nullable field ${coordinate}.` });

describe('null propagation', () => {
  test.each([
    { type: 'String', value: null, data: { a: { b: null } }, errors: [] },
    { type: 'String!', value: null, data: { a: null }, errors: [cannot('a.b', 'A.b')] },
    { type: '[String]', value: ['x', null], data: { a: { b: ['x', null] } }, errors: [] },
    { type: '[String!]', value: ['x', null], data: { a: { b: null } }, errors: [cannot('a.b.1', 'A.b')] },
    { type: '[String!]!', value: ['x', null], data: { a: null }, errors: [cannot('a.b.1', 'A.b')] },
    { type: '[String]!', value: null, data: { a: null }, errors: [cannot('a.b', 'A.b')] },
    { type: '[[Int!]]', value: [[1], [2, null], null], data: { a: { b: [[1], null, null] } }, errors: [cannot('a.b.1.1', 'A.b')] },
    { type: '[[Int]!]', value: [[1], null], data: { a: { b: null } }, errors: [cannot('a.b.1', 'A.b')] },
    { type: '[[[Int]]]', value: [[[1, null]], [[]], []], data: { a: { b: [[[1, null]], [[]], []] } }, errors: [] },
    { type: '[[Int!]!]!', value: [[1, 2], [null]], data: { a: null }, errors: [cannot('a.b.1.0', 'A.b')] },
    { type: '[Int!]', value: 'no list', data: { a: { b: null } }, errors: [{ path: 'a.b', message: 'The value of A.b is not of its type.' }] },
  ])('$type of $value', async ({ type, value, data, errors }) => {
    const written = await writeAnswer(bang(type), '{ a { b } }', { data: { a: { b: value } } });
    expect(written.data).toEqual(data);
    expect(written.errors).toEqual(errors);
  });

  test('a null that reaches the root loses all data, and says why', async () => {
    const written = await writeAnswer('type Query { a: A! } type A { b: B! } type B { c: Int! }', '{ a { b { c } } }', { data: { a: { b: {} } } });
    expect(written.result.text).toBe('{"errors":[{"message":"Cannot return null for non-nullable field B.c.","path":["a","b","c"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":null}');
  });

  test('each broken element of a list has its error, its neighbours their values', async () => {
    const items = [{ id: '1' }, { id: null }, { id: '3' }, {}];
    const written = await writeAnswer('type Query { items: [Item] } type Item { id: ID! }', '{ items { id } }', { data: { items } });
    expect(written.data).toEqual({ items: [{ id: '1' }, null, { id: '3' }, null] });
    expect(written.errors.map(({ path }) => path)).toEqual(['items.1.id', 'items.3.id']);
  });

  test.each([
    { path: ['a', 'b'], why: 'at the place' },
    { path: ['a', 'b', 0, 'c'], why: 'below the place' },
    { path: ['a'], why: 'around the place' },
  ])('adds nothing where an error $why tells already', async ({ path }) => {
    const written = await writeAnswer(bang('String!'), '{ a { b } }', { data: { a: { b: null } }, errors: [{ message: 'Told', path }] });
    expect(written.data).toEqual({ a: null });
    expect(written.errors.map(({ message }) => message)).toEqual(['Told']);
  });

  test('an error somewhere else does not explain a null', async () => {
    const written = await writeAnswer(bang('String!'), '{ a { b } }', { data: { a: { b: null } }, errors: [{ message: 'Told', path: ['a', 'other'] }] });
    expect(written.errors.map(({ path }) => path)).toEqual(['a.other', 'a.b']);
  });

  test('an answer without data and with an error that names no place needs no other error', async () => {
    const written = await writeAnswer('type Query { a: Int! b: Int! }', '{ a b }', { data: null, errors: [{ message: 'Refused' }] });
    expect(written.answer).toEqual({ data: null, errors: [expect.objectContaining({ message: 'Refused' })] });
  });
});

describe('leaf values', () => {
  const schema = `
    scalar Any
    enum Color { RED GREEN }
    type Query { int: Int float: Float string: String id: ID boolean: Boolean color: Color any: Any }`;
  test.each([
    { field: 'int', value: 2_147_483_647, written: 2_147_483_647 },
    { field: 'int', value: -0, written: 0 },
    { field: 'int', value: true, written: 1 },
    { field: 'int', value: '12', written: 12 },
    { field: 'float', value: 0.5, written: 0.5 },
    { field: 'float', value: 1e300, written: 1e300 },
    { field: 'float', value: '1.5', written: 1.5 },
    { field: 'string', value: 12, written: '12' },
    { field: 'string', value: false, written: 'false' },
    { field: 'id', value: 7, written: '7' },
    { field: 'boolean', value: true, written: true },
    { field: 'boolean', value: 0, written: false },
    { field: 'color', value: 'RED', written: 'RED' },
    { field: 'any', value: { deep: [1, 'two', null] }, written: { deep: [1, 'two', null] } },
    { field: 'any', value: 'text', written: 'text' },
    { field: 'any', value: 12.5, written: 12.5 },
    { field: 'any', value: '\u2028\ud800"', written: '\u2028\ud800"' },
  ])('$field of $value', async ({ field, value, written }) => {
    const { data, errors } = await writeAnswer(schema, `{ ${field} }`, { data: { [field]: value } });
    expect(data).toEqual({ [field]: written });
    expect(errors).toEqual([]);
  });

  test.each([
    { field: 'int', value: 2_147_483_648 },
    { field: 'int', value: 1.5 },
    { field: 'int', value: 'many' },
    { field: 'int', value: {} },
    { field: 'float', value: Number.NaN },
    { field: 'float', value: Number.POSITIVE_INFINITY },
    { field: 'string', value: {} },
    { field: 'string', value: ['a'] },
    { field: 'id', value: 1.5 },
    { field: 'boolean', value: 'yes' },
    { field: 'color', value: 'BLUE' },
    { field: 'color', value: { toString: () => 'RED' } },
    { field: 'any', value: 1n },
    { field: 'any', value: () => 1 },
  ])('$field cannot hold $value', async ({ field, value }) => {
    const { data, errors } = await writeAnswer(schema, `{ ${field} }`, { data: { [field]: value } });
    expect(data).toEqual({ [field]: null });
    expect(errors.map(({ path }) => path)).toEqual([field]);
  });

  test('a value of an enum that the schema hides is not told', async () => {
    const { result } = await writeAnswer(schema, '{ color }', { data: { color: 'SECRET_BLUE' } });
    expect(result.text).not.toContain('SECRET_BLUE');
  });
});

describe('selections', () => {
  const schema = buildSchema(`
    interface Named { name: String! }
    type Person implements Named { name: String! age: Int friends: [Named!] }
    type Robot implements Named { name: String! model: String maker: Person }
    union Being = Person | Robot
    type Query { named: Named being: Being beings: [Being!] person: Person }`);
  const person = { __typename: 'Person', name: 'Ana', age: 30, n: 'Ana' };
  const robot = { __typename: 'Robot', name: 'R', model: 'D2' };

  test('hold only what was selected, in its order, under its aliases', async () => {
    const { result } = await writeAnswer(schema, '{ person { age n: name kind: __typename age } __typename }', { data: { person, more: 1 } });
    expect(result.text).toBe('{"data":{"person":{"age":30,"n":"Ana","kind":"Person"},"__typename":"Query"}}');
  });

  test('follow the type of each object', async () => {
    const query = '{ beings { __typename ... on Named { name } ... on Robot { model } ...P } } fragment P on Person { age }';
    const { data } = await writeAnswer(schema, query, { data: { beings: [person, robot] } });
    expect(data).toEqual({ beings: [{ __typename: 'Person', name: 'Ana', age: 30 }, { __typename: 'Robot', name: 'R', model: 'D2' }] });
  });

  test.each([
    { being: { __typename: 'Ghost', name: 'x' }, why: 'has a type that clients do not know' },
    { being: { __typename: 'Query' }, why: 'is not one of the possible types' },
    { being: { name: 'x' }, why: 'does not tell its type, which was asked for' },
  ])('an object that $why is null with an error', async ({ being }) => {
    const { data, errors, result } = await writeAnswer(schema, '{ being { __typename } }', { data: { being } });
    expect(data).toEqual({ being: null });
    expect(errors).toHaveLength(1);
    expect(result.text).not.toContain('Ghost');
  });

  test('the type may be known under the name that the client gave it', async () => {
    const { data, errors } = await writeAnswer(schema, '{ beings { kind: __typename } }', { data: { beings: [{ kind: 'Robot' }, { kind: 'Person' }] } });
    expect({ data, errors }).toEqual({ data: { beings: [{ kind: 'Robot' }, { kind: 'Person' }] }, errors: [] });
  });

  test('what is selected on the interface itself needs no type', async () => {
    const { data, errors } = await writeAnswer(schema, '{ named { ... on Named { name } } }', { data: { named: { name: 'x' } } });
    expect({ data, errors }).toEqual({ data: { named: { name: 'x' } }, errors: [] });
  });

  test.each([
    { query: 'query ($c: Boolean!) { person { name @skip(if: $c) age } }', yes: { age: 30 }, no: { name: 'Ana', age: 30 } },
    { query: 'query ($c: Boolean!) { person { name @include(if: $c) age } }', yes: { name: 'Ana', age: 30 }, no: { age: 30 } },
    { query: 'query ($c: Boolean!) { person { name @skip(if: $c) age name } }', yes: { age: 30, name: 'Ana' }, no: { name: 'Ana', age: 30 } },
    { query: 'query ($c: Boolean!) { person { ...F @include(if: $c) ...F } } fragment F on Person { age }', yes: { age: 30 }, no: { age: 30 } },
    { query: 'query ($c: Boolean! = true) { person { ... @skip(if: $c) { name @include(if: true) } age @skip(if: false) } }', yes: { age: 30 }, no: { name: 'Ana', age: 30 } },
  ])('$query', async ({ query, yes, no }) => {
    for (const [c, expected] of [[true, yes], [false, no]] as const) {
      const { result } = await writeAnswer(schema, query, { data: { person } }, { variables: { c } });
      expect(result.text).toBe(JSON.stringify({ data: { person: expected } }));
    }
  });

  test('aliases may be names that every object has', async () => {
    const query = '{ __proto__: person { constructor: name toString: age hasOwnProperty: name } valueOf: person { name } }';
    const data = JSON.parse('{"__proto__":{"constructor":"Ana","toString":30},"valueOf":null}') as Record<string, unknown>;
    const { result } = await writeAnswer(schema, query.replace('hasOwnProperty: name', 'hasOwnProperty: age'), { data });
    expect(result.text).toBe('{"data":{"__proto__":{"constructor":"Ana","toString":30,"hasOwnProperty":null},"valueOf":null}}');
  });

  test('introspection is answered from the schema, alone or beside data, with variables', async () => {
    const query = 'query ($t: String!, $deep: Boolean!) { person { name } t: __type(name: $t) { name ...T @include(if: $deep) } ...S } fragment T on __Type { fields { name } } fragment S on Query { __schema { queryType { name } } }';
    for (const deep of [true, false]) {
      const variables = { t: 'Robot', deep };
      const { data } = await writeAnswer(schema, query, { data: { person } }, { variables });
      expect(data).toEqual(plain(graphqlSync({ schema, source: query, variableValues: variables, rootValue: { person } }).data));
    }
  });

  test('refused fields are null with their error, wherever they stand', async () => {
    const refused = new Map([['Person.age', { code: 'FORBIDDEN', message: 'Not for you' }]] as const);
    const query = '{ person { name age } beings { ... on Person { years: age name } ... on Robot { model } } }';
    const { data, answer } = await writeAnswer(schema, query, { data: { person, beings: [robot, person] } }, { refused });
    expect(data).toEqual({ person: { name: 'Ana', age: null }, beings: [{ model: 'D2' }, { years: null, name: 'Ana' }] });
    expect(answer.errors).toEqual([
      { message: 'Not for you', path: ['person', 'age'], extensions: { code: 'FORBIDDEN' } },
      { message: 'Not for you', path: ['beings', 1, 'years'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  test('a refused field that cannot be null takes its object with it', async () => {
    const refused = new Map([['Person.name', { code: 'UNAUTHENTICATED', message: 'Who are you?' }]] as const);
    const { data, errors } = await writeAnswer(schema, '{ person { age name } }', { data: { person } }, { refused });
    expect(data).toEqual({ person: null });
    expect(errors).toEqual([{ path: 'person.name', message: 'Who are you?' }]);
  });

  test('an object that does not tell its type may be the one whose field is refused', async () => {
    const refused = new Map([['Robot.name', { code: 'FORBIDDEN', message: 'Not for you' }]] as const);
    const { data, errors } = await writeAnswer(schema, '{ named { name } }', { data: { named: { name: 'secret' } } }, { refused });
    expect(data).toEqual({ named: null });
    expect(errors).toEqual([{ path: 'named.name', message: 'Not for you' }]);
  });
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

// Normalised texts: what differs only in name, white space or literals has one text, and nothing is lost on the way.
import fc from 'fast-check';
import { buildSchema, execute, getOperationAST, parse, validate, type ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../gateway/operations/normalise.ts';
import { read, type ReadOptions } from '../../gateway/operations/reading.ts';

const schema = buildSchema(`
  directive @defer(label: String, if: Boolean! = true) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  scalar Decimal
  enum Kind { A B }
  input Range { from: Int to: Int! = 9 }
  input Filter { search: String, kinds: [Kind!], range: Range, any: [Filter!], amount: Decimal, flag: Boolean, ratio: Float, id: ID }
  interface Node { id: ID! }
  type Item implements Node { id: ID! echo(filter: Filter, first: Int! = 3, ids: [ID!]): String! self: Item }
  type Query { item(filter: Filter, first: Int): Item node(id: ID!): Node echo(filter: Filter): String! }
`);
const show = (args: unknown) => JSON.stringify(args);
const item: Record<string, unknown> = { __typename: 'Item', id: '1', echo: (args: unknown) => show(args), self: () => item };
const root = { item: () => item, node: () => item, echo: (args: unknown) => show(args) };

const readable = (text: string) => {
  const document = parse(text);
  return { document, operation: getOperationAST(document)! };
};
const normal = (text: string) => {
  const { document, operation } = readable(text);
  const found = normalise(schema, document, operation);
  if (!found) throw new Error(`Not normalisable: ${text}`);
  return found;
};
const run = (text: string, variables: Record<string, unknown>) => execute({ schema, document: parse(text), rootValue: root, variableValues: variables }) as ExecutionResult;

describe('one text', () => {
  it.each([
    ['the name', 'query A { item { id } }', 'query B { item { id } }'],
    ['no keyword', '{ item { id } }', 'query Named { item { id } }'],
    ['white space and comments', '{item{id}}', '\n query {\n  # why\n  item , { id }\n}'],
    ['numbers', '{ item(first: 1) { id } }', '{ item(first: 200) { id } }'],
    ['texts', '{ echo(filter: { search: "a" }) }', '{ echo(filter: { search: """b\n"c" """ }) }'],
    ['whole objects', '{ echo(filter: { search: "a" }) }', '{ echo(filter: { kinds: [A], flag: true }) }'],
    ['null', '{ echo(filter: { search: "a" }) }', '{ echo(filter: null) }'],
    ['parts of an object with a variable', 'query($s: String) { echo(filter: { search: $s, kinds: [A] }) }', 'query X($s: String) { echo(filter: { search: $s, kinds: B }) }'],
  ])('does not change with %s', (_what, a, b) => {
    expect(normal(a).text).toBe(normal(b).text);
  });

  it.each([
    ['another field', '{ item { id } }', '{ item { self { id } } }'],
    ['an alias', '{ item { id } }', '{ x: item { id } }'],
    ['the order', '{ item { id self { id } } }', '{ item { self { id } id } }'],
    ['a condition', '{ item @skip(if: true) { id } }', '{ item @skip(if: false) { id } }'],
    ['equal values that were different', '{ a: item(first: 1) { id } b: item(first: 1) { id } }', '{ a: item(first: 1) { id } b: item(first: 2) { id } }'],
    ['the type of a value', '{ node(id: "1") { id } }', '{ item(first: 1) { id } }'],
  ])('differs by %s', (_what, a, b) => {
    expect(normal(a).text).not.toBe(normal(b).text);
  });
});

describe('what comes out', () => {
  it('is valid, and gives the same answer with its values', () => {
    const value = fc.letrec((tie) => ({
      filter: fc.record(
        {
          search: fc.option(fc.string({ unit: 'grapheme-ascii' })),
          kinds: fc.array(fc.constantFrom('A', 'B')),
          range: fc.record({ from: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), to: fc.integer({ min: 0, max: 99 }) }, { requiredKeys: [] }),
          any: fc.array(tie('filter'), { maxLength: 2 }),
          amount: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
          flag: fc.boolean(),
          id: fc.oneof(fc.nat(), fc.string()),
        },
        { requiredKeys: [] },
      ),
    })).filter;
    const literal = (given: unknown, key = ''): string => {
      if (key === 'kinds') return `[${(given as string[]).join(',')}]`;
      if (Array.isArray(given)) return `[${given.map((one) => literal(one)).join(',')}]`;
      if (given !== null && typeof given === 'object') return `{${Object.entries(given).map(([name, one]) => `${name}:${literal(one, name)}`).join(',')}}`;
      return JSON.stringify(given);
    };
    fc.assert(
      fc.property(value, fc.string(), (filter, search) => {
        const text = `query($s: String) { echo(filter: ${literal(filter)}) other: echo(filter: {any: [{search: $s}, ${literal(filter)}]}) item(first: 2) { id echo(ids: 5) } }`;
        const { document } = readable(text);
        fc.pre(validate(schema, document).length === 0);
        const { text: normalised, values } = normal(text);
        expect(validate(schema, parse(normalised)).map(({ message }) => message)).toEqual([]);
        expect(run(normalised, { ...values, s: search })).toEqual(run(text, { s: search }));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps fragments, directives and introspection', () => {
    const { text } = normal('query($a: Boolean = true) { ...F @include(if: $a) __type(name: "Item") { name } } fragment F on Query { node(id: 1) { ... on Item { __typename echo } } }');
    expect(validate(schema, parse(text))).toEqual([]);
    expect(text).toContain('@include(if:$a)');
    expect(text).toContain('__type(name: "Item")');
  });

  it('leaves numbers that JavaScript would change, and objects that say a field twice', () => {
    expect(normal('{ echo(filter: { amount: 12345678901234567890 }) }').text).toContain('12345678901234567890');
    expect(normal('{ echo(filter: { search: "a", search: "b" }) }').text).toContain('search: "b"');
  });

  it('gives way to the names of planners', () => {
    const { text, renamed } = normal('query($representations: Int) { item(first: $representations) { id } }');
    expect(text).not.toMatch(/\$representations/);
    expect(renamed).toEqual([['representations', expect.stringMatching(/^_l/)]]);
  });

  it('takes names of its own beside the client’s', () => {
    const { text, values } = normal('query($_l0: Int) { a: item(first: $_l0) { id } b: item(first: 4) { id } }');
    expect(Object.keys(values)).toEqual(['_l_0']);
    expect(validate(schema, parse(text))).toEqual([]);
  });
});

describe('reading', () => {
  const options = (more: Partial<ReadOptions> = {}): ReadOptions => ({
    schema,
    rules: { maxTokens: 100, introspection: false, check: () => [], price: () => () => 1, maxPrice: 1 },
    defer: true,
    isKnown: () => false,
    ...more,
  });
  const codes = (text: string, name?: string, more?: Partial<ReadOptions>) => {
    const found = read(text, name, options(more));
    return 'errors' in found ? found.errors.map(({ extensions }) => extensions['code']) : null;
  };

  it.each([
    ['{ item {', undefined, ['GRAPHQL_PARSE_FAILED']],
    ['{ nothing }', undefined, ['GRAPHQL_VALIDATION_FAILED']],
    ['{ item(first: "x") { id } }', undefined, ['GRAPHQL_VALIDATION_FAILED']],
    ['{ __schema { types { name } } }', undefined, ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED']],
    ['query A { item { id } } query B { item { id } }', undefined, ['OPERATION_RESOLUTION_FAILURE']],
    ['query A { item { id } }', 'B', ['OPERATION_RESOLUTION_FAILURE']],
    ['query A { item { id } } query B { nothing }', 'A', ['GRAPHQL_VALIDATION_FAILED']],
    ['{ ' + 'item { id } '.repeat(60) + '}', undefined, ['QUERY_TOO_EXPENSIVE']],
    ['query A { item { id } } query B { item { id } }', 'A', null],
  ])('%.60s', (text, name, expected) => {
    expect(codes(text, name)).toEqual(expected);
  });

  it('does not trust a text that is known when another operation stands beside it', () => {
    expect(codes('query A { item { id } } query B { nothing }', 'A', { isKnown: () => true })).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('names nothing of a schema that may not be read', () => {
    const found = read('{ itemm { id } }', undefined, options());
    expect('errors' in found && found.errors[0]!.message).toBe('Cannot query field "itemm" on type "Query".');
  });

  it('takes @defer out for a client that wants everything at once', () => {
    const found = read('{ item { id ... @defer { self { id } } } }', undefined, options({ defer: false }));
    expect('normalised' in found && found.normalised.text).not.toContain('@defer');
  });
});

// Folded texts: operations that differ in nothing but their aliases have one, and it is valid, merges and answers exactly as
// they do.
import fc from 'fast-check';
import { buildSchema, execute, getOperationAST, parse, validate, type ExecutionResult } from 'graphql';
import { describe, expect, it, test } from 'vitest';
import { aliasPrefixFor, canonicalAlias, normalise, type Normalised } from '../../gateway/operations/normalise.ts';

const schema = buildSchema(`
  directive @defer(label: String, if: Boolean! = true) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  interface Node { id: ID! number(of: Int = 1): Int! }
  type Item implements Node { id: ID! number(of: Int = 1): Int! name: String self: Item other: Thing }
  type Tag implements Node { id: ID! number(of: Int = 1): Int! label: String! self: Tag }
  union Thing = Item | Tag
  type Query { item: Item node: Node things: [Thing!]! }
  type Subscription { item: Item }
`);

const item: Record<string, unknown> = { __typename: 'Item', id: 'i', number: ({ of }: { of: number }) => of * 10, name: 'Ana', self: () => item, other: () => tag };
const tag: Record<string, unknown> = { __typename: 'Tag', id: 't', number: ({ of }: { of: number }) => of * 100, label: 'L', self: () => tag };
const root = { item: () => item, node: () => tag, things: () => [item, tag, item] };

const fold = (text: string, aliasPrefix: string | undefined = '_a'): Normalised => {
  const document = parse(text);
  const found = normalise(schema, document, getOperationAST(document)!, { aliasPrefix });
  if (!found) throw new Error(`Not normalisable: ${text}`);
  return found;
};
const keysOf = (text: string) => fold(text).folded?.keys;
const folded = (text: string) => fold(text).folded?.text;

describe('one folded text', () => {
  it.each([
    ['an alias', '{ item { a: id } }', '{ item { b: id } }'],
    ['aliases at every place', '{ x: item { y: id z: self { y: name } } }', '{ __proto__: item { constructor: id _a7: self { constructor: name } } }'],
    ['aliases in fragments', '{ item { ...F b: id } } fragment F on Item { a: name }', '{ item { ...F a: id } } fragment F on Item { b: name }'],
    ['the name of a field that stands nowhere', '{ item { name: id } }', '{ item { x: id } }'],
    ['the type under another name', '{ things { kind: __typename } }', '{ things { t: __typename } }'],
    ['literals', '{ item { a: number(of: 1) } }', '{ item { b: number(of: 2) } }'],
    ['canonical aliases in another order', '{ item { _a1: id _a0: name } }', '{ item { _a0: id _a1: name } }'],
  ])('for %s', (_what, one, other) => {
    expect(fold(one).text).not.toBe(fold(other).text);
    expect(folded(one)).toBe(folded(other));
    expect(validate(schema, parse(folded(one)!))).toEqual([]);
  });

  it.each([
    ['where one alias has two', '{ item { a: id } node { a: id } }', '{ item { a: id } node { b: id } }'],
    ['where an alias is also the name of a field that stands there', '{ item { number a: id } }', '{ item { number: id a: id } }'],
    ['of an alias and none', '{ item { a: id } }', '{ item { id } }'],
    ['of other fields', '{ item { a: id } }', '{ item { a: name } }'],
    ['of a condition', '{ item { a: id @skip(if: true) } }', '{ item { a: id @skip(if: false) } }'],
  ])('never %s', (_what, one, other) => {
    expect(folded(one)).not.toBe(folded(other));
  });

  it('tells which alias stands where', () => {
    expect(keysOf('{ b: item { a: id b: self { c: id a: name } } }')).toEqual(['b', 'a', 'c']);
    expect(folded('{ b: item { a: id b: self { c: id a: name } } }')).toBe('query{_a0:item{_a1:id _a0:self{_a2:id _a1:name }}}');
  });

  it('drops an alias that is the name of its own field', () => {
    expect(fold('{ item: item { id: id name } }')).toMatchObject({ text: 'query{item{id name }}', folded: null });
    expect(keysOf('{ item { id: id } node { id: number x: id } }')).toEqual(['x']);
  });

  it.each([
    ['{ item { id } }'],
    ['{ i: item { id } __schema { types { name } } }'],
    ['{ i: item { id } t: __type(name: "Item") { name } }'],
    ['subscription { i: item { id } }'],
    ['{ i: item { id ... @defer { name } } }'],
    ['{ item { number: id } node { number } }'],
  ])('is not made of %s', (text) => {
    expect(fold(text).folded).toBeNull();
  });

  it('is not made without a prefix, nor with one that the graph knows', () => {
    const document = parse('{ a: item { id } }');
    expect(normalise(schema, document, getOperationAST(document)!)!.folded).toBeNull();
    expect(aliasPrefixFor('type Query { _a: Int x_a1: Int }')).toBe('_a');
    expect(aliasPrefixFor('type Query { _a12: Int _a_0: Int }')).toBe('_a__');
  });
});

/** Documents with few names, so that they meet: many of them conflict. */
const KEYS = ['number', 'name', 'label', 'id', 'self', 'a', 'b', '_a0', '_a1', '__typename', 'constructor'];
const LEAVES = { Item: ['id', 'name', 'number', 'number(of: 2)', 'number(of: $n)', '__typename'], Tag: ['id', 'label', 'number', 'number(of: 2)', '__typename'], Node: ['id', 'number(of: 2)', '__typename'] };
type TypeName = keyof typeof LEAVES;
const keyed = fc.option(fc.constantFrom(...KEYS), { freq: 2 }).map((key) => (key === null ? '' : `${key}: `));

function selection(type: TypeName, depth: number): fc.Arbitrary<string> {
  const leaf = fc.tuple(keyed, fc.constantFrom(...LEAVES[type])).map((parts) => parts.join(''));
  const ways = [leaf, leaf];
  if (depth > 0 && type !== 'Node') ways.push(fc.tuple(keyed, selection(type, depth - 1)).map(([key, below]) => `${key}self { ${below} }`));
  if (depth > 0 && type === 'Node') for (const on of ['Item', 'Tag'] as const) ways.push(selection(on, depth - 1).map((below) => `... on ${on} { ${below} }`));
  if (depth > 0) ways.push(fc.constant(type === 'Node' ? '...N' : type === 'Item' ? '...I' : '...T'));
  return fc.array(fc.oneof(...ways), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' '));
}
const bodies = fc
  .tuple(keyed, selection('Item', 2), keyed, selection('Node', 2), selection('Item', 1), selection('Tag', 1), selection('Node', 0), selection('Item', 0), selection('Tag', 0))
  .map(([a, one, b, node, item, tag, n, i, t]) => {
    const fragments = `fragment N on Node { ${n} } fragment I on Item { ${i} } fragment T on Tag { ${t} }`;
    return `query($n: Int) { ${a}item { ${one} ...N ...I } ${b}node { ${node} } things { ... on Item { ${item} } ... on Tag { ${tag} ...T } } } ${fragments}`;
  });
const isValid = (text: string) => validate(schema, parse(text)).length === 0;

const rename = (value: unknown, names: ReadonlyMap<string, string>): unknown => {
  if (Array.isArray(value)) return value.map((one) => rename(one, names));
  if (value === null || typeof value !== 'object') return value;
  // Entries, because a key may be `__proto__`.
  return Object.entries(value).map(([key, one]) => [names.get(key) ?? key, rename(one, names)]);
};

test('a folded text is valid where the document is, conflicts where it conflicts, and gives the same answer under its keys', () => {
  let valid = 0;
  let invalid = 0;
  fc.assert(
    fc.property(bodies, (text) => {
      const document = parse(text);
      const found = normalise(schema, document, getOperationAST(document)!, { aliasPrefix: '_a' });
      if (!found?.folded) return;
      const fine = isValid(found.text);
      expect(isValid(text)).toBe(fine);
      expect(isValid(found.folded.text)).toBe(fine);
      if (!fine) return void invalid++;
      valid++;
      const run = (query: string) => execute({ schema, document: parse(query), rootValue: root, variableValues: { ...found.values, n: 3 } }) as ExecutionResult;
      const names = new Map(found.folded.keys.map((key, i) => [canonicalAlias('_a', i), key]));
      expect(rename(run(found.folded.text).data, names)).toEqual(rename(run(found.text).data, new Map()));
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(valid, invalid)).toBeGreaterThan(50);
});

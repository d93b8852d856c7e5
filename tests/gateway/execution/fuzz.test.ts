// The generated writer beside graphql-js, on random operations and random data: aliases that every object has by birth,
// strings with quotes, line ends and halves of characters, nulls and wrong values anywhere, types that nobody knows.
import fc from 'fast-check';
import {
  buildSchema,
  execute,
  getOperationAST,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  validate,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type SelectionSetNode,
} from 'graphql';
import { expect, test } from 'vitest';
import { writeAnswer } from './answers.ts';
import { HOSTILE, operations } from './generated.ts';

const schema = buildSchema(`
  scalar Any
  enum Color { RED GREEN BLUE }
  interface Node { id: ID! text: String next: Node peers: [Node!] }
  type Leafy implements Node { id: ID! text: String next: Node peers: [Node!] int: Int float: Float! flag: Boolean color: Color colors: [Color!]! any: Any }
  type Nested implements Node { id: ID! text: String next: Node peers: [Node!] grid: [[Int]] cube: [[[Int!]!]!]! leafy: Leafy! thing: Thing things: [Thing]! maybe: [Nested!] }
  union Thing = Leafy | Nested
  type Query { node: Node leafy: Leafy nested: Nested! things: [Thing!] nodes: [[Node]!] }
`);

const operation = operations(schema);

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'plain', '"', '\\', '\n', '\u2028\u2029', '\ud800', 'x\udfff', '\u0000', '</script>', '${x}', '`', '\\u0041', 'é'.repeat(30), `${'long '.repeat(9)}"`),
  fc.string({ minLength: 60, maxLength: 90, unit: 'binary' }),
);

/** Random data for one operation, good and bad as a subgraph may send it: from a seed, so that a failure can be repeated. */
class Data {
  #state: number;
  readonly #texts: readonly string[];

  constructor(seed: number, texts: readonly string[]) {
    this.#state = seed | 0;
    this.#texts = texts;
  }

  /** A whole number below `end`. */
  #below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % end;
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#below(of.length)]!;
  }

  object(typeName: string, fields: readonly FieldNode[]): object {
    const type = schema.getType(typeName);
    const object = { __typename: typeName };
    const byKey = new Map<string, FieldNode[]>();
    for (const field of fields) byKey.set((field.alias ?? field.name).value, [...(byKey.get((field.alias ?? field.name).value) ?? []), field]);
    for (const [key, nodes] of byKey) {
      const definition = isObjectType(type) ? type.getFields()[nodes[0]!.name.value] : undefined;
      if (!definition) continue;
      const value = this.#value(definition.type, fieldsIn(nodes.flatMap(({ selectionSet }) => selectionSet ?? [])));
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    }
    return object;
  }

  #value(type: GraphQLOutputType, fields: readonly FieldNode[]): unknown {
    if (isNonNullType(type)) return this.#below(60) === 0 ? null : this.#value(type.ofType as GraphQLOutputType, fields);
    if (this.#below(12) === 0) return this.#one([null, undefined]);
    if (isListType(type)) return Array.from({ length: this.#below(4) }, () => this.#value(type.ofType as GraphQLOutputType, fields));
    const odd = this.#below(25) === 0;
    switch (type.toString()) {
      case 'ID':
      case 'String':
        return odd ? this.#one([true, 7, -1.5, {}]) : this.#one(this.#texts);
      case 'Int':
        return odd ? this.#one([2 ** 31, 0.5, 'x', '7', {}, true]) : this.#below(2 ** 32) - 2 ** 31;
      case 'Float':
        return odd ? this.#one([Number.NaN, Number.POSITIVE_INFINITY, 'x', '1.5']) : this.#below(2 ** 32) / 2 ** this.#below(60);
      case 'Boolean':
        return odd ? this.#one([1, 'x', {}]) : this.#below(2) === 0;
      case 'Any':
        return this.#one<unknown>([1, 'x', { a: [null, { b: '"' }] }, [], true]);
      case 'Color':
        return odd ? this.#one(['PINK', 1, {}]) : this.#one(['RED', 'GREEN', 'BLUE']);
    }
    if (odd && isAbstractType(type)) return { __typename: this.#one(['Ghost', 'Query']) };
    return this.object(isAbstractType(type) ? this.#one(schema.getPossibleTypes(type)).name : type.toString(), fields);
  }
}

const fieldsIn = (sets: readonly SelectionSetNode[]): FieldNode[] =>
  sets.flatMap(({ selections: list }) => list.flatMap((one) => (one.kind === Kind.FIELD ? [one] : one.kind === Kind.INLINE_FRAGMENT ? fieldsIn([one.selectionSet]) : [])));

/** graphql-js reads the same data, by response key. */
const byResponseKey: GraphQLFieldResolver<Record<string, unknown>, unknown> = (source, _args, _context, { path }) => (Object.hasOwn(source, path.key) ? source[path.key] : undefined);
const typeResolver = (value: { readonly __typename?: string }) => value.__typename;

/** Values of these that graphql-js takes a message from are told in other words: where they are is compared, not what is said. */
const places = (errors: readonly { readonly path?: readonly (string | number)[] | undefined }[] | undefined) => (errors ?? []).map(({ path }) => JSON.stringify(path)).sort();

test('the same text and the same places of errors as graphql-js', async () => {
  let complete = 0;
  let broken = 0;
  await fc.assert(
    fc.asyncProperty(operation, fc.integer(), fc.array(text, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.boolean(), async (source, seed, texts, x, y) => {
      const document = parse(source);
      if (validate(schema, document).length > 0) throw new Error(`Not valid: ${source}`);
      const variables = { x, y };
      const data = new Data(seed, texts).object('Query', fieldsIn([getOperationAST(document)!.selectionSet]));
      const expected = await execute({ schema, document, rootValue: data, variableValues: variables, fieldResolver: byResponseKey as never, typeResolver: typeResolver as never });
      const { result } = await writeAnswer(schema, source, { data: data as Record<string, unknown> }, { variables });
      expect(result.text.slice(result.text.lastIndexOf('"data":', result.text.length - JSON.stringify(expected.data).length))).toBe(`"data":${JSON.stringify(expected.data)}}`);
      expect(places(result.errors)).toEqual(places(expected.errors));
      expect(JSON.parse(result.text)).toMatchObject(result.errors.length > 0 ? { errors: JSON.parse(JSON.stringify(result.errors)) as object } : {});
      if (expected.errors) broken++;
      else complete++;
    }),
    { numRuns: 600 },
  );
  // Both kinds were really met.
  expect(Math.min(complete, broken)).toBeGreaterThan(50);
}, 60_000);

test('any string arrives as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (texts) => {
      const { result } = await writeAnswer('type Query { texts: [String!]! }', '{ texts }', { data: { texts } });
      expect(result.text).toBe(JSON.stringify({ data: { texts } }));
    }),
    { numRuns: 500 },
  );
});

test('any alias, at any depth', async () => {
  const alias = fc.oneof(fc.constantFrom(...HOSTILE), fc.stringMatching(/^[_A-Za-z][_0-9A-Za-z]{0,20}$/)).filter((name) => name !== '__typename');
  await fc.assert(
    fc.asyncProperty(fc.array(alias, { minLength: 1, maxLength: 40 }), async (path) => {
      const query = path.reduceRight((below, key) => `{ ${key}: me ${below} }`, '{ id: name }');
      const data = JSON.parse(path.reduceRight((below, key) => `{"${key}":${below}}`, '{"id":"x"}')) as Record<string, unknown>;
      const { result } = await writeAnswer('type Query { me: Me } type Me { me: Me name: String }', query, { data });
      expect(result.text).toBe(JSON.stringify({ data }));
    }),
    { numRuns: 300 },
  );
});

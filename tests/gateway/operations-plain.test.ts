// The quick look at validity: it says yes only where validation has nothing to say, and it says so of plain operations.
import fc from 'fast-check';
import { buildSchema, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql';
import { expect, test } from 'vitest';
import { isPlainlyValid } from '../../gateway/operations/plain.ts';

const schema = buildSchema(`
  scalar Any
  enum Kind { A B }
  input Filter { text: String need: Int! }
  interface Node { id: ID! }
  union Thing = Item | Tag
  type Item implements Node { id: ID! name(upper: Boolean! = false, first: Int!): String kind(is: Kind = A, in: [Kind!]): Kind! self: Item tags(ids: [ID!]!): [Tag!]! thing: Thing node: Node any(of: Any, filter: Filter): Any }
  type Tag implements Node { id: ID! label: String }
  type Query { item(id: ID): Item items(first: Int = 3): [Item!]! count: Int }
  type Mutation { add(name: String!): Item }
  type Subscription { item: Item }
`);
const isValid = (text: string) => validate(schema, parse(text), [...specifiedRules, NoSchemaIntrospectionCustomRule]).length === 0;

test.each([
  ['{ count }'],
  ['query Named($id: ID, $first: Int!) { item(id: $id) { id x: name(first: $first) self { __typename kind(is: B) } thing { __typename } node { id } } }'],
  ['query($ids: [ID!]!) { a: items(first: null) { tags(ids: $ids) { label } } b: items { tags(ids: "one") { id } any(of: 1.5) } }'],
  ['mutation($name: String!) { add(name: $name) { id } }'],
  ['query($yes: Boolean!) { item(id: 1) { name(upper: $yes, first: 2) kind(in: A) } }'],
])('known to be valid: %s', (text) => {
  expect(isPlainlyValid(schema, parse(text))).toBe(true);
  expect(isValid(text)).toBe(true);
});

test.each([
  ['{ count count }'],
  ['{ count @skip(if: true) }'],
  ['{ ... { count } }'],
  ['query($first: Int = 2) { items(first: $first) { id } }'],
  ['query($yes: Boolean) { item { name(upper: $yes, first: 2) } }'],
  ['{ item { any(filter: { need: 1 }) } }'],
  ['{ items { tags(ids: ["a"]) { id } } }'],
])('valid, and left to validation: %s', (text) => {
  expect(isPlainlyValid(schema, parse(text))).toBe(false);
});

/** Valid texts, in each of which a word or two are replaced, left out, said twice or moved: most are wrong after that, in every way there is. */
const TEXTS = [
  'query ( $id : ID $first : Int ! ) { item ( id : $id ) { id a : name ( first : $first ) b : name ( upper : true first : 2 ) kind ( is : B ) } }',
  'query ( $ids : [ID!]! ) { items ( first : null ) { tags ( ids : $ids ) { id label } b : tags ( ids : "x" ) { __typename } } }',
  'query ( $kinds : [Kind!] $kind : Kind ) { item { kind ( in : $kinds ) a : kind ( is : $kind in : A ) self { id thing { __typename } node { id } } } count }',
  'query ( $any : Any $upper : Boolean! ) { a : item ( id : 1 ) { any ( of : $any ) b : any ( of : 1.5 ) c : name ( upper : $upper first : 1 ) } count }',
  'mutation ( $name : String! ) { add ( name : $name ) { id any ( of : A ) } b : add ( name : "x" ) { id } }',
  'query ( $first : Int ) { items ( first : $first ) { id __typename } a : items { self { self { id } } } }',
].map((text) => text.split(' '));
const WORDS = [...new Set(TEXTS.flat()), 'subscription', '1', '"x"', '1.5', 'false', 'C', '99999999999', '[1]', '{', 'of', 'in', 'constructor', '__schema', 'Item', 'Filter', 'Nothing', '...', '@skip(if: true)', '$nothing', '= 1', '{ need: 1 }', 'filter : { need : 1 }'];
const kindOf = (word: string): string => (/^\w+$/.test(word) ? 'name' : word.startsWith('$') ? 'variable' : 'other');
const place = fc.noBias(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
const changes = fc.array(fc.tuple(fc.constantFrom('replace', 'replace', 'leave', 'insert', 'move'), place, place, fc.constantFrom(...WORDS)), { minLength: 1, maxLength: 2 });
const texts = fc.tuple(fc.constantFrom(...TEXTS), changes).map(([words, all]) => {
  const changed = [...words];
  for (const [what, from, to, word] of all) {
    const at = Math.floor(from * changed.length);
    if (what === 'insert') changed.splice(at, 0, word);
    else if (what === 'replace') {
      const alike = WORDS.filter((one) => kindOf(one) === kindOf(changed[at]!));
      changed[at] = alike[Math.floor(to * alike.length)]!;
    }
    else {
      const [taken] = changed.splice(at, 1);
      if (what === 'move') changed.splice(Math.floor(to * changed.length), 0, taken!);
    }
  }
  return changed.join(' ');
});

test('never says yes to what validation refuses', () => {
  for (const words of TEXTS) expect(isPlainlyValid(schema, parse(words.join(' '))), words.join(' ')).toBe(true);
  let yes = 0;
  let refused = 0;
  fc.assert(
    fc.property(texts, (text) => {
      let document;
      try {
        document = parse(text);
      } catch {
        return;
      }
      const known = isPlainlyValid(schema, document);
      const valid = isValid(text);
      if (known) yes++;
      if (!valid) refused++;
      expect(known && !valid, text).toBe(false);
    }),
    { numRuns: 10_000 },
  );
  expect(Math.min(yes, refused)).toBeGreaterThan(500);
});

// A graph with everything that makes federation hard: three subgraphs that share entities, interfaces, unions, lists of lists,
// fields that need others, resolvers that throw, nulls where none may be, entities that are gone. All of it is a function of
// ids, so every engine sees the same world.
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { parse } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import { compose } from '../../tools/compose.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable", "@external", "@requires", "@provides"])';

const CATALOG = `${LINK}
scalar Money
enum Color { RED GREEN BLUE }
input Filter { text: String range: [Int!] nested: Filter color: Color }
interface Media { id: ID! title: String! rating: Float }
union Hit = Book | Film | Author
type Book implements Media @key(fields: "id") { id: ID! title: String! rating: Float pages: Int! weight: Int author: Author! price: Money! sequels: [Book!]! }
type Film implements Media @key(fields: "id") { id: ID! title: String! rating: Float minutes: Int! director: Author cast: [Author] }
type Author @key(fields: "id") { id: ID! works(first: Int = 2): [Media!]! rival: Author matrix: [[Int!]]! color: Color! favorite: Hit }
type Query {
  media(first: Int = 3): [Media!]!
  hits(first: Int = 4): [Hit]
  book(id: ID!): Book
  authors(first: Int = 3): [Author]
  broken: String
  mustNotBeNull: String!
  echo(text: String = "none", color: Color, filter: Filter, list: [[Int]]): String!
}
type Mutation { bump(by: Int!): Int! addBook(title: String!): Book }
`;
const PEOPLE = `${LINK}
type Author @key(fields: "id") { id: ID! name: String! email: String nick(prefix: String! = "~"): String! friends(first: Int = 2): [Author!] bio: Bio! awards: [Award!]! }
type Bio { text: String born: Int! tags: [String!]! }
interface Award { year: Int! }
type Oscar implements Award { year: Int! category: String! }
type Nobel implements Award { year: Int! field: String }
type Book @key(fields: "id") { id: ID! pages: Int! @external blurb: String! @requires(fields: "pages") readers(first: Int = 2): [Author!]! }
type Query { people(first: Int = 3): [Author!]! }
type Mutation { rename(id: ID!, name: String!): Author }
`;
const SHOP = `${LINK}
scalar Money
type Book @key(fields: "id") { id: ID! weight: Int @external shipping(country: String = "BR"): Money @requires(fields: "weight") stock: Int seller: Author }
type Film @key(fields: "id") { id: ID! offers: [Offer!] }
type Offer { price: Money! site: String! }
type Author @key(fields: "id") { id: ID! sold: Int! latest: Book }
type Query { bestsellers(first: Int = 3): [Book!] }
`;

/** A number that depends on the parts alone. */
const hash = (...parts: unknown[]): number => {
  let value = 2_166_136_261;
  for (const char of parts.join('/')) value = Math.imul(value ^ char.charCodeAt(0), 16_777_619);
  return (value >>> 0) % 1_000_003;
};
interface Thing {
  __typename: 'Book' | 'Film' | 'Author';
  id: string;
}
const thing = (__typename: Thing['__typename'], seed: number): Thing => ({ __typename, id: `${__typename[0]!.toLowerCase()}${seed % 12}` });
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: Math.min(count, 10) }, (_, i) => make(i));
const author = (...seed: unknown[]) => thing('Author', hash('author', ...seed));
const book = (...seed: unknown[]) => thing('Book', hash('book', ...seed));
const film = (...seed: unknown[]) => thing('Film', hash('film', ...seed));
const media = (...seed: unknown[]) => (hash('media', ...seed) % 2 === 0 ? book(...seed) : film(...seed));
const hit = (...seed: unknown[]) => (hash('hit', ...seed) % 3 === 0 ? author(...seed) : media(...seed));

/** Whether a resolver misbehaves here: it throws, gives null, or does as it should. */
const fate = (field: string, id: string): 'throw' | 'null' | 'fine' => {
  const chance = hash('fate', field, id) % 40;
  return chance === 0 ? 'throw' : chance === 1 ? 'null' : 'fine';
};
const TEXTS = ['plain', 'with "quotes"', 'back\\slash', 'line\nbreak', 'ação – 🚀', '\u2028\u2029', 'nul\u0000', ''];

type Resolver = (parent: { id: string }, args: Record<string, unknown>) => unknown;
const guarded = (field: string, resolve: Resolver): Resolver => (parent, args) => {
  const what = fate(field, parent.id);
  if (what === 'throw') throw hash(field, parent.id, 'kind') % 2 === 0 ? new PonteError('CONFLICT', `${field} of ${parent.id} cannot be told`) : new Error(`SELECT secret FROM ${field}`);
  return what === 'null' ? null : resolve(parent, args);
};
const type = (name: string, fields: Record<string, Resolver>) =>
  Object.fromEntries(Object.entries(fields).map(([field, resolve]) => [field, guarded(`${name}.${field}`, resolve)]));
const text = (field: string) => ({ id }: { id: string }) => `${TEXTS[hash(field, id) % TEXTS.length]} ${id}`;
const number = (field: string, below = 1_000) => ({ id }: { id: string }) => hash(field, id) % below;
const first = (args: Record<string, unknown>) => Number(args['first'] ?? 0);
const known = (subgraph: string) => (reference: { id: string }) => (hash('gone', subgraph, reference.id) % 25 === 0 ? null : reference);

const catalog = {
  Media: { __resolveType: ({ __typename }: Thing) => __typename },
  Hit: { __resolveType: ({ __typename }: Thing) => __typename },
  Book: {
    __resolveReference: known('catalog'),
    ...type('Book', {
      title: text('title'),
      rating: (b) => hash('rating', b.id) / 7,
      pages: number('pages'),
      weight: number('weight'),
      author: (b) => author(b.id),
      price: (b) => `${hash(b.id, 'price') % 500}.90`,
      sequels: (b) => many(hash(b.id, 'sequels') % 3, (i) => book(b.id, i)),
    }),
  },
  Film: {
    __resolveReference: known('catalog'),
    ...type('Film', {
      title: text('title'),
      rating: (f) => hash('rating', f.id) % 6,
      minutes: number('minutes'),
      director: (f) => author(f.id, 'director'),
      cast: (f) => many(3, (i) => (hash(f.id, i) % 5 === 0 ? null : author(f.id, i))),
    }),
  },
  Author: {
    __resolveReference: known('catalog'),
    ...type('Author', {
      works: (a, args) => many(first(args), (i) => media(a.id, i)),
      rival: (a) => (hash(a.id, 'rival') % 4 === 0 ? null : author(a.id, 'rival')),
      matrix: (a) => [[1, 2], null, [hash(a.id, 'matrix') % 9 === 0 ? null : 3], []],
      color: (a) => ['RED', 'GREEN', 'BLUE', 'PINK'][hash(a.id, 'color') % (hash(a.id) % 6 === 0 ? 4 : 3)],
      favorite: (a) => hit(a.id, 'favorite'),
    }),
  },
  Query: {
    media: (_: unknown, args: Record<string, unknown>) => many(first(args), (i) => media('root', i)),
    hits: (_: unknown, args: Record<string, unknown>) => many(first(args), (i) => (i === 3 ? null : hit('root', i))),
    book: (_: unknown, { id }: { id: string }) => (id.startsWith('b') ? { __typename: 'Book', id } : null),
    authors: (_: unknown, args: Record<string, unknown>) => many(first(args), (i) => author('root', i)),
    broken: () => {
      throw new Error('password=hunter2');
    },
    mustNotBeNull: () => null,
    echo: (_: unknown, args: unknown) => JSON.stringify(args),
  },
  Mutation: {
    bump: (_: unknown, { by }: { by: number }) => by + 1,
    addBook: (_: unknown, { title }: { title: string }) => book(title),
  },
};
const people = {
  Award: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
  Author: {
    __resolveReference: known('people'),
    ...type('Author', {
      name: text('name'),
      email: (a) => (hash(a.id, 'email') % 3 === 0 ? null : `${a.id}@example.com`),
      nick: (a, { prefix }) => `${String(prefix)}${a.id}`,
      friends: (a, args) => many(first(args), (i) => author(a.id, 'friend', i)),
      bio: (a) => ({ id: a.id }),
      awards: (a) => many(hash(a.id, 'awards') % 3, (i) => ({ __typename: hash(a.id, i) % 2 === 0 ? 'Oscar' : 'Nobel', id: `${a.id}${i}` })),
    }),
  },
  Bio: type('Bio', { text: text('bio'), born: number('born', 2_000), tags: (b) => many(hash(b.id, 'tags') % 3, (i) => TEXTS[i]!) }),
  Oscar: type('Oscar', { year: number('year', 2_030), category: text('category') }),
  Nobel: type('Nobel', { year: number('year', 2_030), field: text('field') }),
  Book: {
    __resolveReference: known('people'),
    ...type('Book', { blurb: (b) => `${String((b as { pages?: number }).pages)} pages of ${b.id}`, readers: (b, args) => many(first(args), (i) => author(b.id, 'reader', i)) }),
  },
  Query: { people: (_: unknown, args: Record<string, unknown>) => many(first(args), (i) => author('people', i)) },
  Mutation: { rename: (_: unknown, { id }: { id: string }) => ({ __typename: 'Author', id }) },
};
const shop = {
  Book: {
    __resolveReference: known('shop'),
    ...type('Book', {
      shipping: (b, { country }) => ((b as { weight?: number }).weight == null ? null : `${String(country)} ${(b as { weight?: number }).weight}`),
      stock: number('stock', 50),
      seller: (b) => author(b.id, 'seller'),
    }),
  },
  Film: { __resolveReference: known('shop'), ...type('Film', { offers: (f) => many(hash(f.id, 'offers') % 3, (i) => ({ id: `${f.id}-${i}` })) }) },
  Offer: type('Offer', { price: (o) => `${hash(o.id) % 99}.00`, site: text('site') }),
  Author: { __resolveReference: known('shop'), ...type('Author', { sold: number('sold'), latest: (a) => book(a.id, 'latest') }) },
  Query: { bestsellers: (_: unknown, args: Record<string, unknown>) => many(first(args), (i) => book('best', i)) },
};

const make = (name: string, sdl: string, resolvers: object): Subgraph => ({
  name,
  sdl,
  schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: resolvers as GraphQLResolverMap<unknown> }),
  createContext: (request) => ({ ...request }),
});

export interface WideGraph {
  readonly subgraphs: readonly Subgraph[];
  readonly supergraphSdl: string;
}

export function createWideGraph(): WideGraph {
  const subgraphs = [make('catalog', CATALOG, catalog), make('people', PEOPLE, people), make('shop', SHOP, shop)];
  return { subgraphs, supergraphSdl: compose(subgraphs).supergraphSdl };
}

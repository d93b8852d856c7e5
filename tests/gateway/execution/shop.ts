// The graph that the tests of entity fetches share: sales in one subgraph, their people and what they own in two others.
import type { Part } from './federated.ts';

export const SALES = [
  { id: 's1', personId: 'p1', buyerId: 'p3' },
  { id: 's2', personId: 'p2', buyerId: 'p1' },
  { id: 's3', personId: 'p1', buyerId: 'gone' },
  { id: 's4', personId: null, buyerId: 'p2' },
];
const PEOPLE: Readonly<Record<string, { readonly name: string; readonly email: string | null }>> = {
  p1: { name: 'Ana', email: 'ana@x' },
  p2: { name: 'Bia', email: null },
  p3: { name: 'Caio', email: 'caio@x' },
};
const reference = (id: string | null) => (id === null ? null : { __typename: 'Person', id });

export const shop = (): Record<string, Part> => ({
  sales: {
    typeDefs: `
      type Query { sales: [Sale!] sale: Sale! }
      type Mutation { sell(id: ID!): Sale }
      type Sale @key(fields: "id") { id: ID! person: Person buyer: Person! }
      type Person @key(fields: "id", resolvable: false) { id: ID! }`,
    resolvers: {
      Query: { sales: () => SALES, sale: () => SALES[2] },
      Mutation: { sell: (_: unknown, { id }: { id: string }) => ({ id, personId: 'p1', buyerId: 'p2' }) },
      Sale: {
        person: ({ personId }: { personId: string | null }) => reference(personId),
        buyer: ({ buyerId }: { buyerId: string }) => reference(buyerId),
      },
    },
  },
  people: {
    typeDefs: `
      type Query { people: [Person!] }
      type Mutation { rename(id: ID!, name: String!): Person }
      type Address @shareable { city: String zip: String }
      type Person @key(fields: "id") { id: ID! name: String! email: String address: Address @shareable }`,
    resolvers: {
      Query: { people: () => Object.keys(PEOPLE).map(reference) },
      Mutation: { rename: (_: unknown, { id }: { id: string }) => reference(id) },
      Person: {
        __resolveReference: ({ id }: { id: string }) => (PEOPLE[id] ? { id } : null),
        name: ({ id }: { id: string }) => PEOPLE[id]!.name,
        email: ({ id }: { id: string }) => PEOPLE[id]!.email,
        address: ({ id }: { id: string }) => ({ city: `city of ${id}`, zip: '1' }),
      },
    },
  },
  crm: {
    typeDefs: `
      type Mutation { touch: Int }
      type Person @key(fields: "id") { id: ID! email: String @external deals: [Deal!] @requires(fields: "email") score: Int }
      type Deal { title: String! worth: Int }`,
    resolvers: {
      Mutation: { touch: () => 1 },
      Person: {
        __resolveReference: (given: object) => given,
        deals: ({ email }: { email?: string | null }) => (email ? [{ title: `deal of ${email}`, worth: 1 }] : []),
        score: ({ id }: { id: string }) => id.length,
      },
    },
  },
});

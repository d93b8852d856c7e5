// The in-memory graph of the workloads a, b and d: two subgraphs (`sales`, `crm`) and the monolith that answers the same
// from one schema. Lists behind a row are read through loaders, as a database would be.
import { buildSubgraphSchema } from '@apollo/subgraph';
import DataLoader from 'dataloader';
import { buildSchema, parse, type GraphQLSchema } from 'graphql';
import type { Subgraph } from '../../../lib/graphql/subgraph.ts';
import * as records from './records.ts';

const SHARED = /* GraphQL */ `
  enum SaleStatus { OPEN CONFIRMED CANCELLED }
  enum PaymentStatus { OPEN PAID }
  type Sale { id: ID! number: String! date: String! status: SaleStatus! total: String! discount: String client: Client payments: [Payment!]! salesperson: Salesperson }
  type Client { id: ID! name: String! document: String! }
  type Payment { id: ID! status: PaymentStatus! dueDate: String! amount: String! }
  type Query { sales(first: Int! = 50, skip: Int! = 0): [Sale!]! sale(id: ID!): Sale }
`;
const CRM_TYPES = /* GraphQL */ `
  type Contact { id: ID! name: String! emails: [String!]! }
  type CustomField { name: String! value: String }
  type Deal { id: ID! name: String! price: String! }
`;
const CRM_FIELDS = 'customFields: [CustomField!]! deals: [Deal!]!';
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@external", "@requires"])';

export const SDL: Readonly<Record<'sales' | 'crm' | 'monolith', string>> = {
  sales: `${LINK} ${SHARED} type Salesperson @key(fields: "id") { id: ID! name: String! email: String phone: String }`,
  crm: `${LINK} ${CRM_TYPES} type Salesperson @key(fields: "id") { id: ID! email: String @external phone: String @external contact: Contact @requires(fields: "email phone") ${CRM_FIELDS} }`,
  monolith: `${SHARED} ${CRM_TYPES} type Salesperson { id: ID! name: String! email: String phone: String contact: Contact ${CRM_FIELDS} }`,
};

interface Loaders {
  readonly client: DataLoader<string, records.ClientRecord | null>;
  readonly payments: DataLoader<string, readonly records.PaymentRecord[]>;
  readonly salesperson: DataLoader<string, records.SalespersonRecord | null>;
  readonly contact: DataLoader<SalespersonParent, records.ContactRecord | null, string>;
  readonly customFields: DataLoader<string, readonly records.CustomFieldRecord[]>;
  readonly deals: DataLoader<string, readonly records.DealRecord[]>;
}
/** In the CRM this is a representation: the id and what `@requires` names. */
interface SalespersonParent {
  readonly id: string;
  readonly email: string | null;
  readonly phone: string | null;
}
/** What one request works with. */
export interface ShopContext {
  readonly loaders: Loaders;
}

const byId = <T, E>(found: ReadonlyMap<string, T>, missing: E) => new DataLoader<string, T | E>(async (ids) => ids.map((id) => found.get(id) ?? missing));

/** Loaders of one request; each is made when it is first asked for. */
class RequestLoaders implements Loaders {
  #made: { -readonly [Name in keyof Loaders]?: Loaders[Name] } = {};
  get client() {
    return (this.#made.client ??= byId(records.clients, null));
  }
  get payments() {
    return (this.#made.payments ??= byId(records.payments, []));
  }
  get salesperson() {
    return (this.#made.salesperson ??= byId(records.salespeople, null));
  }
  get contact() {
    return (this.#made.contact ??= new DataLoader<SalespersonParent, records.ContactRecord | null, string>(
      async (people) => people.map(({ email, phone }) => records.contactOf(email, phone) ?? null),
      { cacheKeyFn: ({ id }) => id },
    ));
  }
  get customFields() {
    return (this.#made.customFields ??= byId(records.customFields, []));
  }
  get deals() {
    return (this.#made.deals ??= byId(records.deals, []));
  }
}
export const createShopContext = (): ShopContext => ({ loaders: new RequestLoaders() });

const saleById = new Map(records.sales.map((sale) => [sale.id, sale]));
const salesResolvers = {
  Query: {
    sales: (_: unknown, { first, skip }: { first: number; skip: number }) => records.sales.slice(skip, skip + first),
    sale: (_: unknown, { id }: { id: string }) => saleById.get(id) ?? null,
  },
  Sale: {
    client: (sale: records.SaleRecord, _: unknown, { loaders }: ShopContext) => loaders.client.load(sale.clientId),
    payments: (sale: records.SaleRecord, _: unknown, { loaders }: ShopContext) => loaders.payments.load(sale.id),
    salesperson: (sale: records.SaleRecord, _: unknown, { loaders }: ShopContext) => loaders.salesperson.load(sale.salespersonId),
  },
};
const crmResolvers = {
  Salesperson: {
    contact: (parent: SalespersonParent, _: unknown, { loaders }: ShopContext) => loaders.contact.load(parent),
    customFields: ({ id }: SalespersonParent, _: unknown, { loaders }: ShopContext) => loaders.customFields.load(id),
    deals: ({ id }: SalespersonParent, _: unknown, { loaders }: ShopContext) => loaders.deals.load(id),
  },
};

const subgraph = (name: 'sales' | 'crm', resolvers: object): Subgraph => ({
  name,
  schema: buildSubgraphSchema([{ typeDefs: parse(SDL[name]), resolvers: resolvers as never }]),
  sdl: SDL[name],
  plainRows: true,
  createContext: createShopContext,
});

/** The two subgraphs, as the product's own are made: a schema and a context per request. */
export const createSubgraphs = (): readonly Subgraph[] => [
  subgraph('sales', salesResolvers),
  subgraph('crm', { Salesperson: { __resolveReference: (reference: SalespersonParent) => reference, ...crmResolvers.Salesperson } }),
];

/** One schema with the same resolvers. */
export function createMonolith(): GraphQLSchema {
  const schema = buildSchema(SDL.monolith);
  for (const [type, fields] of Object.entries({ ...salesResolvers, ...crmResolvers })) {
    const declared = (schema.getType(type) as { getFields(): Record<string, { resolve?: unknown }> } | undefined)?.getFields();
    for (const [field, resolve] of Object.entries(fields)) declared![field]!.resolve = resolve;
  }
  return schema;
}

// A workload: what is asked, in as many variants as are rotated, and how a request becomes one that was never sent before.
import { printFields, type Fields } from './load/subset.ts';

/** Stands in a request where a number is written that no other request has; as long as what takes its place. */
export const SEQUENCE = 'n00000000';
/** More than the most connections: no two requests under way are the same, so that nobody gains by sharing an answer. */
export const VARIANTS = 150;

export interface Workload {
  /** As in `--only`. */
  readonly name: string;
  readonly about: string;
  /** Bodies of POST requests, each of another variant. With `SEQUENCE` in them, every request has a text of its own. */
  readonly bodies: readonly string[];
  /** Of these fields, which all bodies select, every request selects others. */
  readonly subsets?: Fields;
  /** Connections that it is measured with. */
  readonly connections: readonly number[];
}

export const CONNECTIONS = [1, 32, 128] as const;

const body = (query: string, variables?: object): string => JSON.stringify({ query, ...(variables ? { variables } : {}) });
export const variants = (make: (index: number) => string): string[] => Array.from({ length: VARIANTS }, (_, index) => make(index));

const TWO_HOPS = /* GraphQL */ `query SalesWithContacts($first: Int!, $skip: Int!) {
  sales(first: $first, skip: $skip) {
    id number date total discount
    client { id name }
    payments { id status dueDate amount }
    salesperson { id name contact { id name } customFields { name value } deals { id name price } }
  }
}`;

const smallFields = (saved: string): string => `{ id number ${saved}total salesperson { id name contact { id name emails } } }`;
const SMALL = `query SaleWithContact($id: ID!) { sale(id: $id) ${smallFields('')} }`;

/** 24 leaves: more choices than a run can send. */
const CHOICE: Fields = [
  'number',
  'date',
  'status',
  'total',
  'discount',
  ['client', ['id', 'name', 'document']],
  ['payments', ['id', 'status', 'dueDate', 'amount']],
  ['salesperson', ['id', 'name', 'email', 'phone', ['contact', ['id', 'name', 'emails']], ['customFields', ['name', 'value']], ['deals', ['id', 'name', 'price']]]],
];

/** The workloads over the in-memory graph. */
export const SHOP_WORKLOADS: readonly Workload[] = [
  {
    name: 'a',
    about: 'two hops, 50 rows, in-memory subgraphs',
    bodies: variants((index) => body(TWO_HOPS, { first: 50, skip: index })),
    connections: CONNECTIONS,
  },
  {
    name: 'b',
    about: 'two hops, one row',
    bodies: variants((index) => body(SMALL, { id: `sale-${index * 13}` })),
    connections: CONNECTIONS,
  },
  {
    name: 'd1',
    about: 'b with another name, white space and literal in every request',
    bodies: variants((index) => body(`query ${SEQUENCE}${' '.repeat(1 + (index % 5))}{ sale(id: "sale-${index * 13}")${'\n'.repeat(1 + (index % 7))} ${smallFields('')} }`)),
    connections: [32],
  },
  {
    name: 'd2',
    about: 'b with another alias in every request',
    bodies: variants((index) => body(`query SaleWithContact($id: ID!) { sale(id: $id) ${smallFields(`${SEQUENCE}: date `)} }`, { id: `sale-${index * 13}` })),
    connections: [32],
  },
  {
    name: 'd3',
    about: 'one row with another selection in every request: a structure never seen before',
    bodies: variants((index) => body(`query Choice($id: ID!) { sale(id: $id) { id ${printFields(CHOICE)} } }`, { id: `sale-${index * 13}` })),
    subsets: CHOICE,
    connections: [32],
  },
];

// A federated graph of concrete types whose subgraphs are texts: each body is made up from the operation that was sent, the
// same one each time it is asked for, and may be spoiled on its way.
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { compileObject, type CompileInput, type Executable, type ExecuteInput } from '../../gateway/execution/index.ts';
import { createPlanner, type Plan, type Planner } from '../../gateway/planning/index.ts';
import { RequestContext } from '../../gateway/request.ts';
import { toAnswer, type Result } from '../../gateway/result.ts';
import { readAnswer } from '../../gateway/sources/remote-answer.ts';
import { unavailable } from '../../gateway/sources/failure.ts';
import type { Source, Sources } from '../../gateway/sources/source.ts';
import { compileSplice } from '../../gateway/splice/index.ts';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { createLogger } from '../../lib/log.ts';
import { compose } from '../../tools/compose.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable", "@external", "@requires", "@inaccessible"])';
const SALES = `${LINK}
enum Outcome { OPEN CONFIRMED CANCELLED SECRET @inaccessible }
scalar Decimal
scalar Json
type Sale @key(fields: "id") {
  id: ID! number: Int total: Decimal! discount: Float paid: Boolean! outcome: Outcome note: String tags: [String!]! grid: [[Int!]]!
  items: [Item!] client: Client salesperson: Salesperson! raw: Json hidden: String @inaccessible
}
type Item { product: Product quantity: Int! }
type Product @key(fields: "id") { id: ID! name: String! }
type Client @key(fields: "id") { id: ID! name: String! referrer: Client friends: [[Client]!] }
type Salesperson @key(fields: "id") { id: ID! name: String! email: String phone: String }
type Query { sales(first: Int = 3, outcome: Outcome): [Sale!]! sale(id: ID!): Sale featured: Client }
type Mutation { touch: Sale }
`;
const CRM = `${LINK}
type Salesperson @key(fields: "id") { id: ID! email: String @external phone: String @external contact: Contact @requires(fields: "email phone") score: Int! }
type Client @key(fields: "id") { id: ID! contact: Contact deals(first: Int): [Deal!]! }
type Contact @key(fields: "id") { id: ID! name: String! phones: [String!]! }
type Deal { id: ID! title: String owner: Salesperson }
type Query { contacts: [Contact!]! }
`;
const STOCK = `${LINK}
type Product @key(fields: "id") { id: ID! stock: Int shelf: Shelf }
type Contact @key(fields: "id") { id: ID! visits: Int }
type Shelf { code: String! row: Int }
type Query { topProduct: Product }
`;

/** Numbers from 0 to below 1; the same for the same words. */
function randomOf(...words: (string | number)[]): () => number {
  let seed = 2_166_136_261;
  for (const char of words.join('/')) seed = Math.imul(seed ^ char.charCodeAt(0), 16_777_619);
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TEXTS = ['', 'x', 'plain words', 'with "quotes" and \\', 'São João – 🚀', 'line\nbreak\u0001', '\u2028', '{"a":[1,2]}', '],"id":', '\ud800'];
const NUMBERS = [0, 1, -1, 42, 2_147_483_647, 123_456_789, 1.5, -0.25, 1e-7, 1e21, 99.9];
const VALUES: unknown[] = [{}, [], { a: { b: [1, 'x', null, true] } }, 'text', 7, [{ k: '"' }], { __proto: 1 }];

export interface World {
  readonly seed: number;
  /** Share of nulls where null may be. Default 0.15. */
  readonly nulls?: number;
  /** Share of nulls, wrong types and missing entities where none may be. Default 0. */
  readonly faults?: number;
  readonly rows?: number;
}

class Author {
  readonly #schema: GraphQLSchema;
  readonly #world: World;
  #random: () => number;
  readonly #operation: string;
  readonly #fragments = new Map<string, SelectionSetNode>();

  constructor(schema: GraphQLSchema, world: World, operation: string, variables: string) {
    this.#schema = schema;
    this.#world = world;
    this.#operation = operation;
    this.#random = randomOf(world.seed, operation, variables);
  }

  #one<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  body(operation: string, variables: Record<string, unknown>): string {
    const document = parse(operation);
    for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(one.name.value, one.selectionSet);
    const definition = document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION)!;
    return JSON.stringify({ data: this.#object(definition.selectionSet, this.#schema.getQueryType()!, {}, variables) });
  }

  #object(set: SelectionSetNode, type: GraphQLObjectType, known: Record<string, unknown>, variables: Record<string, unknown>): Record<string, unknown> {
    const made = Object.create(null) as Record<string, unknown>;
    const fill = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (!selection.typeCondition || selection.typeCondition.name.value === type.name) fill(selection.selectionSet);
        } else if (selection.kind === Kind.FRAGMENT_SPREAD) fill(this.#fragments.get(selection.name.value)!);
        else made[(selection.alias ?? selection.name).value] ??= this.#field(selection, type, known, variables);
      }
    };
    fill(set);
    return made;
  }

  #field(node: FieldNode, type: GraphQLObjectType, known: Record<string, unknown>, variables: Record<string, unknown>): unknown {
    const name = node.name.value;
    if (name === '__typename') return type.name;
    if (name === '_entities') {
      const argument = node.arguments![0]!.value;
      const list = variables[argument.kind === Kind.VARIABLE ? argument.name.value : ''] as Record<string, unknown>[];
      // Each entity depends on what it is asked by, not on who else is: two tiers may write the same key in two ways.
      return list.map((representation) => {
        this.#random = randomOf(this.#world.seed, this.#operation, JSON.stringify(representation));
        if (this.#random() < (this.#world.faults ?? 0)) return null;
        return this.#object(node.selectionSet!, this.#schema.getType(representation['__typename'] as string) as GraphQLObjectType, representation, {});
      });
    }
    if (Object.hasOwn(known, name)) return known[name];
    const field = type.getFields()[name];
    // Hidden from clients, so not in their schema.
    if (!field) return this.#one(TEXTS);
    return this.#value(field.type, node.selectionSet);
  }

  #value(type: GraphQLOutputType, set: SelectionSetNode | undefined): unknown {
    const { nulls = 0.15, faults = 0, rows = 3 } = this.#world;
    if (this.#random() < (isNonNullType(type) ? faults / 4 : nulls)) return null;
    const nullable = getNullableType(type);
    if (this.#random() < faults / 8) return this.#one([1, 'wrong', true, [], {}]);
    if (isListType(nullable)) return Array.from({ length: Math.floor(this.#random() * (rows + 1)) }, () => this.#value(nullable.ofType, set));
    if (isObjectType(nullable)) return this.#object(set!, nullable, {}, {});
    if (isEnumType(nullable)) return this.#random() < faults ? 'SECRET' : this.#one(nullable.getValues()).name;
    switch (getNamedType(nullable).name) {
      case 'ID':
        return `i${Math.floor(this.#random() * 4)}`;
      case 'Int':
        return this.#one(NUMBERS.filter((n) => Number.isInteger(n) && Math.abs(n) < 2 ** 31));
      case 'Float':
        return this.#one(NUMBERS);
      case 'Boolean':
        return this.#random() < 0.5;
      case 'String':
        return this.#one(TEXTS);
      case 'Decimal':
        return this.#one(['10.00', '0.1', '-7']);
      default:
        return this.#one(VALUES);
    }
  }
}

/** What happens to a body on its way. `nth` counts the fetches of one request. */
export type Spoil = (body: string, nth: number) => string | Error;

export class Stage {
  readonly schema: GraphQLSchema;
  readonly #planner: Planner;
  readonly #subgraphs: readonly string[];
  readonly #plans = new Map<string, Plan>();

  private constructor(schema: GraphQLSchema, planner: Planner, subgraphs: readonly string[]) {
    this.schema = schema;
    this.#planner = planner;
    this.#subgraphs = subgraphs;
  }

  static async open(kind: Planner['name'] = 'hive'): Promise<Stage> {
    const { supergraphSdl } = compose([
      { name: 'sales', sdl: SALES },
      { name: 'crm', sdl: CRM },
      { name: 'stock', sdl: STOCK },
    ]);
    const supergraph = readSupergraph(supergraphSdl);
    const planner = await createPlanner({ kind, supergraph, log: createLogger({ level: 'silent' }) });
    return new Stage(supergraph.apiSchema, planner, supergraph.subgraphs);
  }

  close(): Promise<void> {
    return this.#planner.close();
  }

  /** An operation, compiled for both tiers, with sources that give made-up bodies; null where the text tier does not take it. */
  async pair(query: string, world: World): Promise<Pair | null> {
    const pair = new Pair(world);
    const executable = compileSplice(await this.input(query, pair.sources(this.schema, this.#subgraphs)), { after: 0, rest: 0 });
    if (!executable) return null;
    pair.text = executable;
    pair.object = compileObject(await this.input(query, pair.sources(this.schema, this.#subgraphs)));
    return pair;
  }

  async input(query: string, sources: Sources): Promise<CompileInput> {
    const document = parse(query);
    const operation = document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION)!;
    let plan = this.#plans.get(query);
    if (!plan) this.#plans.set(query, (plan = await this.#planner.plan({ text: query })));
    return { schema: this.schema, document, operation, plan, refused: new Map(), sources, formatError: (error) => error };
  }

  sources(world: World, spoil?: Spoil): Sources {
    const pair = new Pair(world);
    if (spoil) pair.spoil = spoil;
    return pair.sources(this.schema, this.#subgraphs);
  }
}

export interface Compared {
  /** Of the text tier. */
  readonly values: unknown;
  readonly fallback: string | undefined;
  /** Of the object tier. */
  readonly expected: unknown;
  /** Exchanges that the text tier made, and the object tier did not. */
  readonly more: number;
}

/** One operation on both tiers, over the same bodies. */
export class Pair {
  text!: Executable;
  object!: Executable;
  spoil: Spoil = (body) => body;
  readonly #world: World;
  readonly #bodies = new Map<string, string | Error>();
  #exchanges = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Runs both; the answer's bytes are known to be UTF-8 and JSON. */
  async run(spoil: Spoil = this.spoil, variables: Record<string, unknown> = {}): Promise<Compared> {
    this.spoil = spoil;
    this.#bodies.clear();
    this.#exchanges = 0;
    const text = given(variables);
    const values = valuesOf(await this.text.execute(text));
    const exchanges = this.#exchanges;
    const expected = valuesOf(await this.object.execute(given(variables)));
    return { values, expected, fallback: text.request.tally.fallback, more: 2 * exchanges - this.#exchanges };
  }

  #body(schema: GraphQLSchema, subgraph: string, text: string, variables: string): string {
    this.#exchanges++;
    const key = `${subgraph} ${text} ${variables}`;
    let made = this.#bodies.get(key);
    if (made === undefined) {
      const body = new Author(schema, this.#world, text, variables).body(text, JSON.parse(variables) as Record<string, unknown>);
      made = this.spoil(Buffer.from(body).toString('latin1'), this.#bodies.size);
      this.#bodies.set(key, made);
    }
    if (made instanceof Error) throw unavailable(made);
    return made;
  }

  sources(schema: GraphQLSchema, subgraphs: readonly string[]): Sources {
    const source = (name: string): Source => ({
      name,
      kind: 'remote',
      prepare: ({ operation: text }) => ({
        run: async (variables) => {
          const made = this.#body(schema, name, text, JSON.stringify(variables));
          try {
            return readAnswer(made);
          } catch (error) {
            throw unavailable(error);
          }
        },
        exchange: async (variables) => this.#body(schema, name, text, Buffer.from(variables, 'latin1').toString()),
      }),
      open: () => Promise.reject(new Error('There are no streams here')),
      check: async () => undefined,
      close: async () => undefined,
    });
    return Object.fromEntries(subgraphs.map((name) => [name, source(name)]));
  }
}

export const given = (variables: Record<string, unknown> = {}): ExecuteInput => ({ coerced: variables, raw: variables, request: new RequestContext() });

/** The answer as values, once its bytes are known to be UTF-8 and JSON. */
export function valuesOf(result: Result): unknown {
  const bytes = Buffer.from(result.text, result.encoding);
  new TextDecoder('utf8', { fatal: true }).decode(bytes);
  return toAnswer(result);
}

// Random valid operations over any schema: aliases, fragments, abstract types, arguments as literals and variables, conditions.
// The same seed gives the same operation.
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
  parse,
  validate,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

export interface RandomOperation {
  readonly seed: number;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Numbers from 0 to below 1, by Mulberry32. */
const randomBySeed = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

const HOSTILE = ['toString', 'constructor', 'hasOwnProperty', '__proto', 'then', 'length', 'valueOf', '_', 'a'.repeat(80)];
const TEXTS = ['', 'x', 'ção "q"', 'a\\b', 'line\nbreak', '\u2028', '${1+1}', "');alert(1)//", '🚀'];

class Generator {
  readonly #schema: GraphQLSchema;
  readonly #random: () => number;
  readonly #fragments: string[] = [];
  readonly #definitions: string[] = [];
  readonly #values: Record<string, unknown> = {};
  #left: number;

  constructor(schema: GraphQLSchema, seed: number) {
    this.#schema = schema;
    this.#random = randomBySeed(seed);
    this.#left = 10 + this.#below(50);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
  #chance(share: number): boolean {
    return this.#random() < share;
  }
  #one<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }

  /** A value of the type, as JSON. */
  #value(type: GraphQLInputType, depth = 0): unknown {
    if (isNonNullType(type)) return this.#value(type.ofType, depth);
    if (depth > 0 && this.#chance(0.1)) return null;
    if (isListType(type)) {
      const item = type.ofType as GraphQLInputType;
      return Array.from({ length: this.#below(3) }, () => (isNonNullType(item) ? this.#value(item, 0) : this.#value(item, depth + 1)));
    }
    if (isEnumType(type)) return this.#one(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || (depth < 2 && this.#chance(0.5)));
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type, isNonNullType(field.type) ? 0 : depth + 1)]));
    }
    const { name } = type as { name: string };
    if (name === 'Int') return 1 + this.#below(4);
    if (name === 'Float') return this.#below(100) / 8;
    if (name === 'Boolean') return this.#chance(0.5);
    if (name === 'ID') return `${this.#one(['a', 'b', 'f', 'x'])}${this.#below(12)}`;
    return this.#one(TEXTS);
  }

  #literal(value: unknown, type: GraphQLInputType): string {
    if (value === null) return 'null';
    const bare = getNullableType(type);
    if (isListType(bare)) return `[${(value as unknown[]).map((item) => this.#literal(item, bare.ofType as GraphQLInputType)).join(', ')}]`;
    if (isInputObjectType(bare)) {
      const fields = bare.getFields();
      return `{${Object.entries(value as object).map(([name, one]) => `${name}: ${this.#literal(one, fields[name]!.type)}`).join(', ')}}`;
    }
    return isEnumType(bare) ? String(value) : JSON.stringify(value);
  }

  #variable(type: string, value: unknown, more = ''): string {
    const name = `v${this.#definitions.length}`;
    this.#definitions.push(`$${name}: ${type}${more}`);
    if (value !== undefined) this.#values[name] = value;
    return `$${name}`;
  }

  #arguments(args: readonly GraphQLArgument[]): string {
    const parts: string[] = [];
    for (const { name, type, defaultValue } of args) {
      const needed = isNonNullType(type) && defaultValue === undefined;
      if (!needed && this.#chance(0.4)) continue;
      const value = this.#value(type);
      if (this.#chance(0.5)) parts.push(`${name}: ${this.#literal(value, type)}`);
      else parts.push(`${name}: ${this.#variable(String(type), !needed && defaultValue === undefined && !isNonNullType(type) && this.#chance(0.2) ? undefined : value)}`);
    }
    return parts.length === 0 ? '' : `(${parts.join(', ')})`;
  }

  #directives(): string {
    if (!this.#chance(0.12)) return '';
    const name = this.#one(['skip', 'include']);
    const value = this.#chance(0.5);
    const condition = this.#chance(0.3) ? String(value) : this.#chance(0.5) ? this.#variable('Boolean!', value) : this.#variable('Boolean', undefined, ` = ${value}`).trim();
    return ` @${name}(if: ${condition})`;
  }

  #alias(field: string, args: string, type: string): string {
    // Different arguments or types never share a response key.
    if (args !== '' || this.#chance(0.15)) return `${this.#one([...HOSTILE, field])}_${this.#definitions.length}_${this.#left}_${type}: `;
    return '';
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const parts: string[] = [];
    if (isAbstractType(type)) {
      if (this.#chance(0.7)) parts.push('__typename');
      for (const possible of this.#schema.getPossibleTypes(type)) {
        if (depth > 0 && this.#chance(0.7)) parts.push(`... on ${possible.name}${this.#directives()} ${this.#selection(possible, depth - 1)}`);
      }
      if (isUnionType(type)) return `{ ${parts.length > 0 ? parts.join(' ') : '__typename'} }`;
    }
    if (this.#chance(0.15)) parts.push(this.#chance(0.5) ? '__typename' : 'kind: __typename');
    const fields = Object.values((type as Exclude<GraphQLCompositeType, { getTypes(): unknown }>).getFields());
    for (const field of fields) {
      if (this.#left <= 0) break;
      const named = getNamedType(field.type);
      const root = type === this.#schema.getQueryType();
      if (!this.#chance(root ? 0.35 : 0.45)) continue;
      if (!isLeafType(named) && depth <= 0) continue;
      this.#left--;
      const args = this.#arguments(field.args);
      const alias = this.#alias(field.name, args, type.name);
      const below = isCompositeType(named) ? ` ${this.#selection(named, depth - 1)}` : '';
      const text = `${alias}${field.name}${args}${this.#directives()}${below}`;
      parts.push(text);
      if (this.#chance(0.05)) parts.push(text);
    }
    if (depth > 0 && this.#chance(0.2)) parts.push(this.#spread(type, depth - 1));
    return `{ ${parts.length > 0 ? parts.join(' ') : '__typename'} }`;
  }

  #spread(type: GraphQLCompositeType, depth: number): string {
    if (this.#chance(0.5)) return `...${this.#directives()} ${this.#selection(type, depth)}`;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push('');
    this.#fragments[Number(name.slice(1))] = `fragment ${name} on ${type.name} ${this.#selection(type, depth)}`;
    return `...${name}${this.#directives()}`;
  }

  operation(kind: 'query' | 'mutation'): Omit<RandomOperation, 'seed'> {
    const root = kind === 'query' ? this.#schema.getQueryType()! : this.#schema.getMutationType()!;
    const body = this.#selection(root, 4);
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(', ')})` : '';
    return { query: `${kind}${definitions} ${body}\n${this.#fragments.join('\n')}`, variables: this.#values };
  }
}

/** `count` operations that validate, from seeds counted from `from` on; one in twelve is a mutation where the schema has some. */
export function randomOperations(schema: GraphQLSchema, count: number, from = 1): RandomOperation[] {
  const found: RandomOperation[] = [];
  for (let seed = from; found.length < count; seed++) {
    const kind = seed % 12 === 0 && schema.getMutationType() ? 'mutation' : 'query';
    const operation = new Generator(schema, seed).operation(kind);
    if (validate(schema, parse(operation.query)).length === 0) found.push({ seed, ...operation });
    else if (seed - from > count * 20) throw new Error('Hardly any of the random operations are valid');
  }
  return found;
}

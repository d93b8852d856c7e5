// Parsed (and, where asked, validated) operations by their text, so that one text costs one parse. Bounded: the least
// recently used text leaves first.
import { GraphQLError, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';

/** A map that keeps the `limit` entries used last. */
export class Recent<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value!);
  }

  get size(): number {
    return this.#entries.size;
  }
}

/** An operation that can be run, or the reasons why it cannot. */
export type Prepared = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, {
    ...(error.nodes ? { nodes: error.nodes } : {}),
    ...(error.source ? { source: error.source } : {}),
    ...(error.positions ? { positions: error.positions } : {}),
    extensions: { code },
  });

/** Texts longer than this are parsed each time: they would fill the memory that the cache may use. */
const LONGEST_KEPT = 16 * 1024;

export class Documents {
  readonly #kept: Recent<string, Prepared>;
  readonly #schema: GraphQLSchema | undefined;

  /** With a schema every text is validated against it; without one the texts are trusted (a query planner wrote them). */
  constructor(schema?: GraphQLSchema, limit = 500) {
    this.#schema = schema;
    this.#kept = new Recent(limit);
  }

  /** Errors carry GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED. */
  prepare(text: string): Prepared {
    const known = this.#kept.get(text);
    if (known) return known;
    const prepared = this.#read(text);
    if (text.length <= LONGEST_KEPT) this.#kept.set(text, prepared);
    return prepared;
  }

  /** For trusted texts: a text that does not parse is a bug, and thrown. */
  parse(text: string): DocumentNode {
    const prepared = this.prepare(text);
    if ('errors' in prepared) throw prepared.errors[0]!;
    return prepared.document;
  }

  #read(text: string): Prepared {
    let document: DocumentNode;
    try {
      document = parse(text);
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] };
      throw error;
    }
    const errors = this.#schema ? validate(this.#schema, document) : [];
    return errors.length > 0 ? { errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) } : { document };
  }
}

// Every operation of every client passes here once: read, checked, planned and compiled, then found again by its text. Bounded;
// what is being compiled is compiled once, however many ask for it; planning happens off the main thread.
import { getVariableValues, GraphQLError, parse, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import type { Logger } from '../../lib/log.ts';
import { createErrorFormatter, formatWith } from '../errors.ts';
import type { Principal } from '../principal.ts';
import type { CachePolicy } from '../protection/cache-policy.ts';
import { refusal, type Result } from '../result.ts';
import type { Sources, Variables } from '../sources/source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { createVariants, type Compiled, type Compiler, type Variants } from './variants.ts';
import { read, type Read } from './reading.ts';
import type { OperationRules } from './rules.ts';

/** What a client asks for. */
export interface Wanted {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Variables | null | undefined;
}

/** An operation that is ready to run. */
export interface Prepared {
  readonly kind: OperationDefinitionNode['operation'];
  readonly name: string | undefined;
  /** Short hash of the normalised text: the same for all that differ in name, white space and literals. */
  readonly hash: string;
  /** Normalised text and compiled variant: equal for callers whose results may be shared, as far as the operation goes. */
  readonly shareKey: string;
  readonly compiled: Compiled;
  readonly raw: Variables;
  readonly coerced: Variables;
  readonly price: number;
  /** How long its answer may be kept; null: not at all. */
  readonly cache: CachePolicy | null;
}

export interface OperationsOptions {
  readonly supergraph: Supergraph;
  readonly sources: Sources;
  readonly rules: OperationRules;
  readonly compiler: Compiler;
  readonly log: Logger;
  /** Normalised operations that are kept. Default 1,000. */
  readonly maxOperations?: number;
}

interface Operation {
  readonly kind: OperationDefinitionNode['operation'];
  readonly hash: string;
  readonly text: string;
  readonly operation: OperationDefinitionNode;
  readonly price: (coerced: Variables) => number;
  readonly cache: CachePolicy | null;
  readonly variants: Variants;
}
/** One client text, as it was read; errors are kept formatted. */
type Known = { readonly read: Exclude<Read, { errors: unknown }>; readonly operation: Operation } | { readonly result: Result };

const MAX_TEXTS = 10_000;
const MAX_TEXT_BYTES = 32 * 1024 * 1024;
/** A longer text is read each time: it would push out too many others. */
const LONGEST_KEPT = 64 * 1024;
const NO_VARIABLES: Variables = Object.freeze({});

/** What was found again and what was new: for the metrics. */
export interface OperationStats {
  readonly texts: number;
  readonly operations: number;
  hits: number;
  misses: number;
  compiled: number;
}

export class Operations {
  readonly supergraph: Supergraph;
  readonly #options: OperationsOptions;
  readonly #texts = new LRUCache<string, Known>({ max: MAX_TEXTS, maxSize: MAX_TEXT_BYTES, sizeCalculation: (_known, text) => text.length + 200 });
  readonly #operations: LRUCache<string, Operation>;
  readonly #format: (error: unknown) => GraphQLFormattedError;
  readonly #counts = { hits: 0, misses: 0, compiled: 0 };

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.supergraph = options.supergraph;
    this.#operations = new LRUCache({ max: options.maxOperations ?? 1_000 });
    const formatter = createErrorFormatter(options.log);
    this.#format = (error) => formatWith(formatter, error);
  }

  get stats(): OperationStats {
    return { ...this.#counts, texts: this.#texts.size, operations: this.#operations.size };
  }

  /** What an operation is, without preparing it for anybody; null where it cannot be read. */
  kindOf(wanted: Wanted): { readonly operation: Prepared['kind']; readonly incremental: boolean } | null {
    const incremental = wanted.query.includes('@defer');
    const known = this.#know(wanted, incremental);
    if ('result' in known) return null;
    return { operation: known.operation.kind, incremental: incremental && known.operation.text.includes('@defer') };
  }

  /** Ready to run for this caller, or the refusal. `defer`: the client takes answers in parts. */
  async prepare(wanted: Wanted, principal: Principal, { defer = false }: { defer?: boolean } = {}): Promise<Prepared | Result> {
    const known = this.#know(wanted, defer);
    if ('result' in known) return known.result;
    const { read: reading, operation } = known;
    const variables = wanted.variables ?? NO_VARIABLES;
    const raw = variablesOf(variables, reading.normalised);
    const wrong = this.#options.rules.checkVariables?.(raw) ?? null;
    if (wrong !== null) return this.#refuse([new GraphQLError(wrong, { extensions: { code: 'BAD_USER_INPUT' } })]);
    const { coerced, errors } = getVariableValues(this.supergraph.apiSchema, operation.operation.variableDefinitions ?? [], raw, { maxErrors: 20 });
    if (errors) return this.#refuse(errors.map((error) => new GraphQLError(error.message, { ...(error.nodes ? {} : {}), extensions: { code: 'BAD_USER_INPUT' } })));
    const price = operation.price(coerced);
    const { maxPrice } = this.#options.rules;
    if (price > maxPrice) return this.#refuse([tooExpensive(price, maxPrice)]);
    try {
      const variant = operation.variants.of(principal, coerced);
      const compiled = variant.compiled ?? (await variant.ready);
      return { kind: operation.kind, name: reading.name, hash: operation.hash, shareKey: `${operation.hash}:${variant.key}`, compiled, raw, coerced, price, cache: operation.cache };
    } catch (error) {
      return this.#refuse([error]);
    }
  }

  /** Normalised texts, the ones used last first: what a successor should know from the start. */
  recent(most: number): string[] {
    return [...this.#operations.keys()].slice(0, most);
  }

  /** Reads, plans and compiles texts ahead of the requests for them, for a caller who may see everything. Texts that no longer fit are passed over. */
  async warm(texts: readonly string[], principal: Principal): Promise<number> {
    let warmed = 0;
    for (const query of texts) {
      const known = this.#know({ query }, query.includes('@defer'));
      if ('result' in known) continue;
      await known.operation.variants.of(principal, known.read.normalised.values).ready.then(
        () => warmed++,
        () => undefined,
      );
    }
    return warmed;
  }

  #refuse(errors: readonly unknown[]): Result {
    return refusal(errors.map((error) => this.#format(error)));
  }

  #know({ query, operationName }: Wanted, defer: boolean): Known {
    const name = operationName ?? undefined;
    const key = name === undefined && !defer ? query : `${defer ? '+' : '-'}${name ?? ''}\n${query}`;
    const found = this.#texts.get(key);
    if (found) {
      this.#counts.hits++;
      return found;
    }
    this.#counts.misses++;
    const { supergraph, rules } = this.#options;
    const reading = read(query, name, { schema: supergraph.apiSchema, rules, defer, isKnown: (text) => this.#operations.has(text) });
    const known: Known = 'errors' in reading ? { result: this.#refuse(reading.errors) } : { read: reading, operation: this.#operation(reading) };
    if (query.length <= LONGEST_KEPT) this.#texts.set(key, known);
    return known;
  }

  #operation({ kind, normalised: { text } }: Exclude<Read, { errors: unknown }>): Operation {
    const found = this.#operations.get(text);
    if (found) return found;
    const { supergraph, rules, compiler } = this.#options;
    const document = parse(text, { noLocation: true });
    const node = document.definitions[0] as OperationDefinitionNode;
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const operation: Operation = {
      kind,
      hash,
      text,
      operation: node,
      price: rules.price(supergraph, document, node),
      cache: rules.cachePolicy?.(supergraph, document, node) ?? null,
      variants: createVariants({
        supergraph,
        document,
        text,
        compile: async (input) => {
          const compiled = await compiler(input);
          this.#counts.compiled++;
          return compiled;
        },
      }),
    };
    this.#operations.set(text, operation);
    return operation;
  }
}

/** The client's variables and the values of the literals, under the names that the normalised text uses. */
function variablesOf(given: Variables, { values, renamed }: { values: Variables; renamed: readonly (readonly [string, string])[] }): Variables {
  const raw = { ...given, ...values } as Record<string, unknown>;
  for (const [from, to] of renamed) if (Object.hasOwn(given, from)) raw[to] = given[from];
  return raw;
}

const tooExpensive = (price: number, max: number): GraphQLError =>
  new GraphQLError(`This operation costs ${price}, and at most ${max} is allowed`, {
    extensions: { code: 'QUERY_TOO_EXPENSIVE', hint: 'Ask for fewer rows (`first`) or fewer lists inside lists.', cost: price, limit: max },
  });


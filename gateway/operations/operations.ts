// Every operation of every client passes here once: read, checked, planned and compiled, then found again by its text. Bounded;
// what is being compiled is compiled once, however many ask for it; planning happens off the main thread.
import { getVariableValues, GraphQLError, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { orAborted, type Cancel } from '../../lib/cancel.ts';
import { PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { createErrorFormatter, formatWith, refusalWith } from '../errors.ts';
import type { ClientKeys, Executable } from '../execution/index.ts';
import type { Principal } from '../principal.ts';
import type { CachePolicy } from '../protection/cache-policy.ts';
import type { Result } from '../result.ts';
import type { Sources, Variables } from '../sources/source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { Catalog, type Operation, type Remembered } from './catalog.ts';
import type { Normalised } from './normalise.ts';
import { read, type Reading } from './reading.ts';
import type { OperationRules } from './rules.ts';
import type { Compiled, Compiler } from './variants.ts';

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
  /** False: operations that differ in their aliases alone share nothing. Default true. */
  readonly foldAliases?: boolean;
}

/** One client text, as it was read; errors are kept formatted. */
type Known = { readonly name: string | undefined; readonly literals: Literals; readonly operation: Operation } | { readonly result: Result };
type Literals = Pick<Normalised, 'values' | 'renamed'>;

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
  /** Requests that ran on what was compiled for other aliases than theirs. */
  shared: number;
  compiled: number;
}

export class Operations {
  readonly supergraph: Supergraph;
  readonly #options: OperationsOptions;
  readonly #texts = new LRUCache<string, Known>({ max: MAX_TEXTS, maxSize: MAX_TEXT_BYTES, sizeCalculation: (_known, text) => text.length + 200 });
  readonly #catalog: Catalog;
  readonly #format: (error: unknown) => GraphQLFormattedError;
  readonly #counts = { hits: 0, misses: 0, shared: 0, compiled: 0 };

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.supergraph = options.supergraph;
    const { supergraph, rules, compiler, maxOperations = 1_000, foldAliases = true } = options;
    this.#catalog = new Catalog({ supergraph, rules, compiler, max: maxOperations, fold: foldAliases, compiled: () => this.#counts.compiled++ });
    const formatter = createErrorFormatter(options.log);
    this.#format = (error) => formatWith(formatter, error);
  }

  get stats(): OperationStats {
    return { ...this.#counts, texts: this.#texts.size, operations: this.#catalog.size };
  }

  /** What an operation is, without preparing it for anybody; null where it cannot be read. */
  kindOf(wanted: Wanted): { readonly operation: Prepared['kind']; readonly incremental: boolean } | null {
    const incremental = wanted.query.includes('@defer');
    const known = this.#know(wanted, incremental);
    if ('result' in known) return null;
    return { operation: known.operation.kind, incremental: incremental && known.operation.text.includes('@defer') };
  }

  /** Ready to run for this caller, or the refusal. `defer`: the client takes answers in parts. `cancel`: nobody waits for it any more. */
  async prepare(wanted: Wanted, principal: Principal, { defer = false, cancel }: { defer?: boolean; cancel?: Cancel | undefined } = {}): Promise<Prepared | Result> {
    const known = this.#know(wanted, defer);
    if ('result' in known) return known.result;
    const { name, literals, operation } = known;
    const { kind, hash, keys } = operation;
    const base = operation.base!; // it is in the catalog: see #know
    const raw = variablesOf(wanted.variables ?? NO_VARIABLES, literals);
    const wrong = this.#options.rules.checkVariables?.(raw) ?? null;
    if (wrong !== null) return this.#refuse([new GraphQLError(wrong, { extensions: { code: 'BAD_USER_INPUT' } })]);
    const { coerced, errors } = getVariableValues(this.supergraph.apiSchema, base.operation.variableDefinitions ?? [], raw, { maxErrors: 20 });
    if (errors) return this.#refuse(errors.map((error) => new GraphQLError(error.message, { extensions: { code: 'BAD_USER_INPUT' } })));
    const price = base.price(coerced);
    const { maxPrice } = this.#options.rules;
    if (price > maxPrice) return this.#refuse([tooExpensive(price, maxPrice)]);
    try {
      const variant = base.variants.of(principal, coerced);
      let compiled = variant.compiled ?? (await orAborted(variant.ready, cancel));
      if (keys) {
        this.#counts.shared++;
        this.#catalog.ran(operation, principal, coerced);
        compiled = withKeys(compiled, keys);
      }
      return { kind, name, hash, shareKey: `${hash}:${variant.key}`, compiled, raw, coerced, price, cache: base.cache };
    } catch (error) {
      // A client that has left reads no answer: no failure of ours, and nothing for the log.
      const left = cancel?.aborted === true && error === cancel.reason && !(error instanceof PonteError);
      return this.#refuse([left ? new PonteError('DEADLINE_EXCEEDED', 'The client did not wait until this operation was planned') : error]);
    }
  }

  /** Normalised texts, the ones used last first: what a successor should know from the start. */
  recent(most: number): Remembered[] {
    return this.#catalog.recent(most);
  }

  /** Reads, plans and compiles texts ahead of the requests for them, for a caller who may see everything. Texts that no longer fit are passed over. */
  async warm(texts: readonly Remembered[], principal: Principal): Promise<number> {
    let warmed = 0;
    for (const { text, folded } of texts) {
      const reading = this.#read(text, undefined, text.includes('@defer'));
      if ('errors' in reading) continue;
      const { kind, normalised } = reading;
      const base = folded && normalised.folded ? this.#catalog.shared(normalised.folded) : this.#catalog.own(kind, normalised).base!;
      await base.variants.of(principal, normalised.values).ready.then(
        () => warmed++,
        () => undefined,
      );
    }
    return warmed;
  }

  #refuse(errors: readonly unknown[]): Result {
    return refusalWith(errors.map((error) => this.#format(error)));
  }

  #read(query: string, name: string | undefined, defer: boolean) {
    const { supergraph, rules } = this.#options;
    const { aliasPrefix } = this.#catalog;
    return read(query, name, { schema: supergraph.apiSchema, rules, defer, aliasPrefix, isKnown: (normalised) => this.#catalog.isKnown(normalised) });
  }

  #know({ query, operationName }: Wanted, defer: boolean): Known {
    const name = operationName ?? undefined;
    const key = name === undefined && !defer ? query : `${defer ? '+' : '-'}${name ?? ''}\n${query}`;
    const found = this.#texts.get(key);
    if (found && ('result' in found || found.operation.base !== null)) {
      this.#counts.hits++;
      return found;
    }
    this.#counts.misses++;
    const reading = this.#read(query, name, defer);
    const known = 'errors' in reading ? { result: this.#refuse(reading.errors) } : this.#found(reading);
    if (query.length <= LONGEST_KEPT) this.#texts.set(key, known);
    return known;
  }

  #found({ kind, name, normalised }: Reading): Known {
    const { values, renamed } = normalised;
    return { name, literals: { values, renamed }, operation: this.#catalog.find(kind, normalised) };
  }
}

/** An operation that was compiled for canonical aliases, with those of one client. */
function withKeys(compiled: Compiled, keys: ClientKeys): Compiled {
  if (compiled.kind !== 'single') return compiled;
  const { tier } = compiled.executable;
  const executable: Executable = { tier, execute: (input) => compiled.executable.execute({ ...input, keys }) };
  return { ...compiled, executable };
}

/** The client's variables and the values of the literals, under the names that the normalised text uses. */
function variablesOf(given: Variables, { values, renamed }: Literals): Variables {
  const raw = { ...given, ...values } as Record<string, unknown>;
  for (const [from, to] of renamed) if (Object.hasOwn(given, from)) raw[to] = given[from];
  return raw;
}

const tooExpensive = (price: number, max: number): GraphQLError =>
  new GraphQLError(`This operation costs ${price}, and at most ${max} is allowed`, {
    extensions: { code: 'QUERY_TOO_EXPENSIVE', hint: 'Ask for fewer rows (`first`) or fewer lists inside lists.', cost: price, limit: max },
  });


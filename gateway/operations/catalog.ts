// The operations that are known, by their normalised texts. The first text with certain aliases is compiled as it is; another
// that differs from it in nothing but aliases runs on one operation that is compiled for all of them under canonical ones
// (`Folded`), until it has come so often that it is worth a compilation of its own: that may copy texts of subgraphs, and has
// its keys in its code. Bounded.
import { parse, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { ClientKeys } from '../execution/index.ts';
import type { Principal } from '../principal.ts';
import type { CachePolicy } from '../protection/cache-policy.ts';
import type { Variables } from '../sources/source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { aliasPrefixFor, canonicalAlias, type Folded, type Normalised } from './normalise.ts';
import type { OperationRules } from './rules.ts';
import { Shelf } from './shelf.ts';
import { createVariants, type Compiler, type Variants } from './variants.ts';

/** What requests run on. */
export interface Base {
  readonly operation: OperationDefinitionNode;
  readonly price: (coerced: Variables) => number;
  readonly cache: CachePolicy | null;
  readonly variants: Variants;
}

/** One operation, as its clients wrote it but for names, white space and literals. */
export interface Operation {
  readonly kind: OperationDefinitionNode['operation'];
  /** Of `text`. */
  readonly hash: string;
  readonly text: string;
  /** Its own, or the one that it shares; null once it has left the catalog. */
  base: Base | null;
  /** Its aliases, where `base` is shared. */
  keys: ClientKeys | undefined;
  /** Requests so far that ran on a shared one. */
  runs: number;
}

/** What all operations share that differ in their aliases only: made when a second one comes. */
interface Fold {
  base: Base | undefined;
}

/** A text that a successor should know from the start. */
export interface Remembered {
  readonly text: string;
  /** True where its aliases are canonical: many share it. */
  readonly folded: boolean;
}

export interface CatalogOptions {
  readonly supergraph: Supergraph;
  readonly rules: OperationRules;
  readonly compiler: Compiler;
  /** Of each kind: with a base of their own, on shared ones, and shared ones. */
  readonly max: number;
  /** False: every operation is compiled as it is. */
  readonly fold: boolean;
  /** Called for each compilation that is over. */
  compiled(): void;
}

/** Characters of the texts that are kept, of each kind: what was parsed of them takes some 50 times as much. */
const MOST_CHARACTERS = 500_000;

/** Requests on a shared operation before one of its own is compiled: who comes a fourth time comes more often. */
const OWN_AFTER = 3;
/** Such compilations at a time: nobody waits for them, and others may wait for the planner. */
const MOST_PROMOTIONS = 2;

export class Catalog {
  readonly #options: CatalogOptions;
  readonly #shelf = new Shelf();
  /** Of canonical aliases; undefined where none are made. */
  readonly aliasPrefix: string | undefined;
  readonly #own: LRUCache<string, Operation>;
  readonly #sharing: LRUCache<string, Operation>;
  readonly #folds: LRUCache<string, Fold>;
  #promotions = 0;

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.aliasPrefix = options.fold ? aliasPrefixFor(options.supergraph.sdl) : undefined;
    const bounds = { max: options.max, maxSize: MOST_CHARACTERS, sizeCalculation: (_value: unknown, text: string) => text.length + 1 };
    // Texts of clients lead to it for longer than it is here: what it holds leaves at once.
    const dispose = (operation: Operation, _text: string, reason: string) => {
      if (reason === 'evict') operation.base = null;
    };
    this.#own = new LRUCache({ ...bounds, dispose });
    this.#sharing = new LRUCache({ ...bounds, dispose });
    this.#folds = new LRUCache<string, Fold>(bounds);
  }

  /** Operations that are kept, with plans of their own or with one that they share. */
  get size(): number {
    return this.#own.size + this.#sharing.size;
  }

  /** True for a text that was found valid, be it under other aliases. */
  isKnown({ text, folded }: Normalised): boolean {
    return this.#own.has(text) || (folded !== null && this.#folds.has(folded.text));
  }

  /** The operation of a text that was read and is valid. */
  find(kind: Operation['kind'], normalised: Normalised): Operation {
    const { text, folded } = normalised;
    const found = this.#own.get(text) ?? this.#sharing.get(text);
    if (found) return found;
    if (folded === null || !this.#folds.has(folded.text)) return this.own(kind, normalised);
    const keys = new ClientKeys(this.#aliases(folded), folded.keys);
    const operation: Operation = { kind, hash: hashOf(text), text, base: this.shared(folded), keys, runs: 0 };
    this.#sharing.set(text, operation);
    return operation;
  }

  /** The same, compiled as it is in any case. */
  own(kind: Operation['kind'], { text, folded }: Normalised): Operation {
    const found = this.#own.get(text);
    if (found) return found;
    const operation: Operation = { kind, hash: hashOf(text), text, base: this.#base(text), keys: undefined, runs: 0 };
    if (folded !== null && !this.#folds.has(folded.text)) this.#folds.set(folded.text, { base: undefined });
    this.#own.set(text, operation);
    return operation;
  }

  /** What operations run on that differ from this one in nothing but their aliases. */
  shared(folded: Folded): Base {
    let fold = this.#folds.get(folded.text);
    if (!fold) this.#folds.set(folded.text, (fold = { base: undefined }));
    return (fold.base ??= this.#base(folded.text, this.#aliases(folded)));
  }

  /** Called for each request that runs on a shared operation: one that comes again and again gets its own, and nobody waits for that. */
  ran(operation: Operation, principal: Principal, coerced: Variables): void {
    if (++operation.runs <= OWN_AFTER || this.#promotions >= MOST_PROMOTIONS) return;
    operation.runs = -Infinity; // once
    this.#promotions++;
    setImmediate(() => {
      void this.#promote(operation, principal, coerced)
        // What cannot be planned under its own aliases stays where it is.
        .catch(() => undefined)
        .finally(() => this.#promotions--);
    });
  }

  async #promote(operation: Operation, principal: Principal, coerced: Variables): Promise<void> {
    const base = this.#base(operation.text);
    await base.variants.of(principal, coerced).ready;
    operation.base = base;
    operation.keys = undefined;
    this.#sharing.delete(operation.text);
    this.#own.set(operation.text, operation);
  }

  /** The texts used last, first; own ones and shared ones in turns. */
  recent(most: number): Remembered[] {
    const own = [...this.#own.keys()].map((text) => ({ text, folded: false }));
    const shared = [...this.#folds.entries()].flatMap(([text, { base }]) => (base ? [{ text, folded: true }] : []));
    const mixed = Array.from({ length: Math.max(own.length, shared.length) }, (_, i) => [own[i], shared[i]]).flat();
    return mixed.filter((one) => one !== undefined).slice(0, most);
  }

  #aliases({ keys }: Folded): readonly string[] {
    return keys.map((_, index) => canonicalAlias(this.aliasPrefix!, index));
  }

  #base(text: string, canonical?: readonly string[]): Base {
    const { supergraph, rules, compiler, compiled } = this.#options;
    const document = parse(text, { noLocation: true });
    const operation = document.definitions[0] as OperationDefinitionNode;
    return {
      operation,
      price: rules.price(supergraph, document, operation),
      cache: rules.cachePolicy?.(supergraph, document, operation) ?? null,
      variants: createVariants({
        supergraph,
        document,
        text,
        shelf: this.#shelf,
        compile: async (input) => {
          const made = await compiler(canonical ? { ...input, canonical } : input);
          compiled();
          return made;
        },
      }),
    };
  }
}

const hashOf = (text: string): string => hash('sha256', text, 'hex').slice(0, 16);

// One operation may be compiled several times: once for each set of its fields that a caller may see, and once for each way in
// which its conditions fall. Requests that agree in both share the variant; most operations have one.
import { Kind, print, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import { refusedFields, requirementKey, requirementsOf, streamRefusal, withoutRefused } from '../auth/refused.ts';
import type { Executable, IncrementalExecutable, Refusal, StreamExecutable } from '../execution/executable.ts';
import { expandedSize, labelDefers, type Plan } from '../planning/index.ts';
import type { Principal } from '../principal.ts';
import type { Variables } from '../sources/source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { conditionVariables, decideConditions } from './conditions.ts';
import type { Shelf } from './shelf.ts';

/** `plan`: what it was compiled from; absent where the executor plans by itself. */
export type Compiled = { readonly plan?: Plan } & (
  | { readonly kind: 'single'; readonly executable: Executable }
  | { readonly kind: 'stream'; readonly executable: StreamExecutable }
  | { readonly kind: 'incremental'; readonly executable: IncrementalExecutable }
);

export interface CompilerInput {
  /** With the fields that are refused: what is written. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Without them: what is planned. */
  readonly allowed: DocumentNode;
  readonly refused: ReadonlyMap<string, Refusal>;
  /** `allowed`, printed. */
  readonly text: string;
  /** Aliases that stand for those of many clients: each execution brings its own. */
  readonly canonical?: readonly string[] | undefined;
}
export type Compiler = (input: CompilerInput) => Promise<Compiled>;

export interface Variant {
  /** Which of the operation's requirements its callers meet, and which of its conditions hold, as bits: `101 0`. */
  readonly key: string;
  /** Set once it is there, so that a cached variant costs no turn of the event loop. */
  compiled: Compiled | undefined;
  readonly ready: Promise<Compiled>;
}
export interface Variants {
  of(principal: Principal, coerced: Variables): Variant;
}

/** More than so many different ones are somebody's game: the oldest leaves. */
const MAX_VARIANTS = 64;

/** Selections, fragments written out. A chain of fragments may be too long for the stack: planners refuse it. */
function sizeOf(document: DocumentNode): number {
  try {
    return expandedSize(document);
  } catch (error) {
    if (error instanceof RangeError) return Number.MAX_SAFE_INTEGER;
    throw error;
  }
}

export interface VariantsOptions {
  readonly supergraph: Supergraph;
  readonly document: DocumentNode;
  /** `document`, as it was parsed from. */
  readonly text: string;
  readonly compile: Compiler;
  /** Says which variants, of all operations, stay. */
  readonly shelf: Shelf;
}

export function createVariants({ supergraph, document: given, text, compile, shelf }: VariantsOptions): Variants {
  const requirements = requirementsOf(supergraph.apiSchema, given, supergraph.requirements);
  const conditions = conditionVariables(given);
  const conditional = /@(skip|include|defer)\b/.test(text);
  const variants = new Map<string, Variant>();

  const create = (key: string, principal: Principal, coerced: Variables): Variant => {
    // Fragments get their labels before anything else is taken out, so that plan and operation agree on them.
    const document = labelDefers(conditional ? decideConditions(given, coerced) : given);
    const refused = refusedFields(supergraph.apiSchema, document, supergraph.requirements, principal);
    const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
    const allowed = refused.size === 0 ? document : withoutRefused(supergraph.apiSchema, document, refused);
    const closed = streamRefusal(supergraph.apiSchema, document, refused);
    if (closed) throw new PonteError(closed.code, closed.message);
    // Before anything is under way: whose failure nobody would wait for.
    const size = sizeOf(allowed);
    const ready = compile({ document, operation, allowed, refused, text: allowed === given ? text : print(allowed) });
    const variant: Variant = { key, compiled: undefined, ready };
    const forget = () => {
      if (variants.get(key) === variant) variants.delete(key);
    };
    shelf.put(variant, size, forget);
    ready.then(
      (compiled) => (variant.compiled = compiled),
      () => {
        shelf.remove(variant);
        forget();
      },
    );
    return variant;
  };

  return {
    of(principal, coerced) {
      let key = requirementKey(requirements, principal);
      if (conditions.length > 0) key += ` ${conditions.map((name) => (coerced[name] === true ? '1' : '0')).join('')}`;
      let variant = variants.get(key);
      if (variant) {
        shelf.use(variant);
        return variant;
      }
      if (variants.size >= MAX_VARIANTS) {
        const [oldest, left] = variants.entries().next().value!;
        variants.delete(oldest);
        shelf.remove(left);
      }
      variants.set(key, (variant = create(key, principal, coerced)));
      return variant;
    },
  };
}

// What a document may look like, counted in one pass before anything else is done with it: a fragment counts each time it is
// spread, and once on its own, so that neither nesting nor leaving one unused hides anything. Validation compares fields in
// pairs, which is why a document of ten thousand of them must not get there.
import { GraphQLError, Kind, type DirectiveNode, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode, type TypeNode, type ValueNode } from 'graphql';

export interface StructureLimits {
  /** Fields inside fields. Default 15, which the full introspection query needs. */
  readonly maxDepth: number;
  /** Fields under another name. Default 50. */
  readonly maxAliases: number;
  /** Default 50. */
  readonly maxDirectives: number;
  /** Fields and fragments, wherever they stand. Default 1,000. */
  readonly maxSelections: number;
  /** Fields of the operation itself. Default 20. */
  readonly maxRootFields: number;
}

export const STRUCTURE_LIMITS: StructureLimits = { maxDepth: 15, maxAliases: 50, maxDirectives: 50, maxSelections: 1_000, maxRootFields: 20 };

/** Lists and objects inside each other, in literals and in variables. */
export const MAX_VALUE_DEPTH = 32;

/** Fragments and fields inside each other, wherever fragments are written: everything that follows walks through them on the stack. */
export const MAX_NESTING = 100;

/** Fragments that double each other reach any number: no more than this is counted. */
const MOST = 1_000_000;

interface Counts {
  depth: number;
  aliases: number;
  directives: number;
  selections: number;
  roots: number;
  /** Selection sets inside each other, those of fragments too. */
  nesting: number;
}
const nothing = (): Counts => ({ depth: 0, aliases: 0, directives: 0, selections: 0, roots: 0, nesting: 0 });

/** Thrown inside: the document is refused whatever else it holds. */
class Refused extends Error {
  readonly error: GraphQLError;
  constructor(error: GraphQLError) {
    super();
    this.error = error;
  }
}

const tooMuch = (found: number, limit: number, what: string, most: string): GraphQLError =>
  new GraphQLError(`This operation has ${found === MOST ? `${MOST} or more` : found} ${what}, and at most ${limit} are allowed`, {
    extensions: { code: 'QUERY_TOO_EXPENSIVE', hint: most, cost: found, limit },
  });
const wrongValue = (message: string): Refused => new Refused(new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } }));

class Counter {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** Null while it is being counted: a fragment inside itself, which validation refuses. */
  readonly #counted = new Map<string, Counts | null>();
  readonly #limits: StructureLimits;

  constructor(document: DocumentNode, limits: StructureLimits) {
    this.#limits = limits;
    for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
  }

  fragment(name: string): Counts {
    const known = this.#counted.get(name);
    if (known) return known;
    const fragment = this.#fragments.get(name);
    if (known === null || !fragment) return nothing();
    this.#counted.set(name, null);
    const counts = nothing();
    this.directives(fragment.directives, counts);
    this.selections(fragment.selectionSet, 0, 1, counts);
    this.#counted.set(name, counts);
    return counts;
  }

  /** `above`: fields around this selection. `level`: selection sets, this one included. */
  selections(set: SelectionSetNode, above: number, level: number, counts: Counts): void {
    if (level > counts.nesting) counts.nesting = level;
    if (level > MAX_NESTING) return; // refused anyway
    for (const selection of set.selections) {
      counts.selections++;
      this.directives(selection.directives, counts);
      if (selection.kind === Kind.FIELD) {
        if (selection.alias && selection.alias.value !== selection.name.value) counts.aliases++;
        if (above === 0) counts.roots++;
        if (above + 1 > counts.depth) counts.depth = above + 1;
        for (const { value } of selection.arguments ?? []) this.value(value, 0);
        // Deeper than this is refused anyway: what lies below needs no look.
        if (selection.selectionSet && above <= this.#limits.maxDepth) this.selections(selection.selectionSet, above + 1, level + 1, counts);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) this.selections(selection.selectionSet, above, level + 1, counts);
      else {
        const inside = this.fragment(selection.name.value);
        counts.depth = Math.max(counts.depth, above + inside.depth);
        counts.nesting = Math.max(counts.nesting, level + inside.nesting);
        counts.aliases = Math.min(MOST, counts.aliases + inside.aliases);
        counts.directives = Math.min(MOST, counts.directives + inside.directives);
        counts.selections = Math.min(MOST, counts.selections + inside.selections);
        if (above === 0) counts.roots = Math.min(MOST, counts.roots + inside.roots);
      }
    }
  }

  directives(directives: readonly DirectiveNode[] | undefined, counts: Counts): void {
    for (const { arguments: given } of directives ?? []) {
      counts.directives++;
      for (const { value } of given ?? []) this.value(value, 0);
    }
  }

  value(node: ValueNode, depth: number): void {
    if (depth > MAX_VALUE_DEPTH) throw wrongValue(`A value is nested in more than ${MAX_VALUE_DEPTH} lists and objects`);
    if (node.kind === Kind.STRING && node.value.includes('\0')) throw wrongValue(NUL_MESSAGE);
    if (node.kind === Kind.LIST) for (const item of node.values) this.value(item, depth + 1);
    else if (node.kind === Kind.OBJECT) for (const { value } of node.fields) this.value(value, depth + 1);
  }
}

/** Who reads a type does so from the outside inwards, on the stack. */
function checkType(type: TypeNode): void {
  let lists = 0;
  for (let node = type; node.kind !== Kind.NAMED_TYPE; node = node.type) if (node.kind === Kind.LIST_TYPE) lists++;
  if (lists > MAX_VALUE_DEPTH) throw new Refused(tooMuch(lists, MAX_VALUE_DEPTH, 'lists around the type of one variable', 'No argument takes such a value.'));
}

/** PostgreSQL keeps no text that holds one. */
export const NUL_MESSAGE = 'A text holds the character U+0000, which cannot be stored or compared';

function count(document: DocumentNode, limits: StructureLimits): Counts[] {
  const counter = new Counter(document, limits);
  return document.definitions.map((definition) => {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) return { ...counter.fragment(definition.name.value), roots: 0 };
    const counts = nothing();
    if (definition.kind !== Kind.OPERATION_DEFINITION) return counts;
    counter.directives(definition.directives, counts);
    for (const { directives, defaultValue, type } of definition.variableDefinitions ?? []) {
      counter.directives(directives, counts);
      checkType(type);
      if (defaultValue) counter.value(defaultValue, 0);
    }
    counter.selections(definition.selectionSet, 0, 1, counts);
    return counts;
  });
}

/** Errors (QUERY_TOO_EXPENSIVE, BAD_USER_INPUT) for a document that is too deep or too wide; none where it is fine. Linear in its length. */
export function checkStructure(document: DocumentNode, limits: StructureLimits): GraphQLError[] {
  let all: Counts[];
  try {
    all = count(document, limits);
  } catch (error) {
    if (error instanceof Refused) return [error.error];
    // Only where the limit on tokens was raised so far that even counting ends the stack.
    if (error instanceof RangeError) return [tooMuch(MOST, MAX_NESTING, 'fragments inside each other', 'Nest fewer fragments.')];
    throw error;
  }
  const most = (key: keyof Counts): number => all.reduce((highest, counts) => Math.max(highest, counts[key]), 0);
  const errors: GraphQLError[] = [];
  const check = (key: keyof Counts, limit: number, what: string, hint: string) => {
    const found = most(key);
    if (found > limit) errors.push(tooMuch(found, limit, what, hint));
  };
  check('depth', limits.maxDepth, 'levels of fields', 'Nest fewer fields, or ask in two steps.');
  check('aliases', limits.maxAliases, 'aliases', 'Ask for lists instead of the same field under many names.');
  check('directives', limits.maxDirectives, 'directives', 'Leave out what is not needed instead of skipping it.');
  check('roots', limits.maxRootFields, 'fields at its root', 'Send several operations.');
  check('nesting', MAX_NESTING, 'fragments and fields inside each other', 'Nest fewer fragments.');
  check('selections', limits.maxSelections, 'fields and fragments', 'Select fewer fields, or send several operations.');
  return errors;
}

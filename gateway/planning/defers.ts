// `@defer` in an operation, made ready for planning: every deferred fragment gets a label of its own, so that the blocks of
// the plan and the fragments of the operation find each other; where `@defer` means nothing it is taken out.
import { Kind, type ArgumentNode, type DirectiveNode, type DocumentNode, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql';
import { badInput } from '../../lib/errors.ts';
import { tooExpensive } from './failure.ts';
import type { Plan, PlanNode } from './plan.ts';

/** Deferred fragments of one operation, each place of a repeated fragment counted. */
const MOST_DEFERS = 100;

const deferOf = ({ directives }: SelectionNode): DirectiveNode | undefined => directives?.find(({ name }) => name.value === 'defer');
const argumentOf = (directive: DirectiveNode, name: string): ArgumentNode | undefined => directive.arguments?.find((argument) => argument.name.value === name);

/** The label that the client gave to a fragment labelled by `labelDefers`. */
export function clientLabel(label: string): string | undefined {
  const end = label.indexOf(':');
  return end < 0 ? undefined : label.slice(end + 1);
}

class Labeller {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #holding = new Map<string, boolean>();
  /** Fragments that are still named after the transformation. */
  readonly used = new Set<string>();
  #count = 0;

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
  }

  /** True where a fragment, or one that it names, defers something. */
  holds(name: string): boolean {
    const known = this.#holding.get(name);
    if (known !== undefined) return known;
    this.#holding.set(name, false);
    const fragment = this.#fragments.get(name);
    const found = fragment !== undefined && this.defers(fragment.selectionSet);
    this.#holding.set(name, found);
    return found;
  }

  defers({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      if (deferOf(selection)) return true;
      if (selection.kind === Kind.FRAGMENT_SPREAD) return this.holds(selection.name.value);
      return selection.selectionSet !== undefined && this.defers(selection.selectionSet);
    });
  }

  /** `here`: whether fragments of this set may be deferred, `below`: whether those of its fields may. */
  set(set: SelectionSetNode, here: boolean, below: boolean): SelectionSetNode {
    return { ...set, selections: set.selections.map((selection) => this.#selection(selection, here, below)) };
  }

  #selection(selection: SelectionNode, here: boolean, below: boolean): SelectionNode {
    if (selection.kind === Kind.FIELD) return selection.selectionSet ? { ...selection, selectionSet: this.set(selection.selectionSet, below, below) } : selection;
    const directives = this.#directives(selection, here);
    if (selection.kind === Kind.INLINE_FRAGMENT) return { ...selection, directives, selectionSet: this.set(selection.selectionSet, here, below) };
    const name = selection.name.value;
    if (!this.holds(name)) {
      this.#use(name);
      return { ...selection, directives };
    }
    // Each place of a fragment that defers something is a place of its own.
    const { typeCondition, selectionSet } = this.#fragments.get(name)!;
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: this.set(selectionSet, here, below) };
  }

  #use(name: string): void {
    const fragment = this.#fragments.get(name);
    if (!fragment || this.used.has(name)) return;
    this.used.add(name);
    const visit = ({ selections }: SelectionSetNode): void =>
      selections.forEach((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) this.#use(selection.name.value);
        else if (selection.selectionSet) visit(selection.selectionSet);
      });
    visit(fragment.selectionSet);
  }

  #directives(selection: SelectionNode, here: boolean): readonly DirectiveNode[] {
    const defer = deferOf(selection);
    if (!defer) return selection.directives ?? [];
    const others = selection.directives!.filter((directive) => directive !== defer);
    const condition = argumentOf(defer, 'if');
    if (!here || (condition?.value.kind === Kind.BOOLEAN && !condition.value.value)) return others;
    if (++this.#count > MOST_DEFERS) throw tooExpensive();
    const given = argumentOf(defer, 'label')?.value;
    if (given && given.kind !== Kind.STRING && given.kind !== Kind.NULL) throw badInput('The label of @defer must stand in the operation, not in a variable', { field: 'label' });
    const value = given?.kind === Kind.STRING ? `${this.#count}:${given.value}` : String(this.#count);
    const label: ArgumentNode = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'label' }, value: { kind: Kind.STRING, value } };
    return [...others, { ...defer, arguments: [label, ...(condition?.value.kind === Kind.VARIABLE ? [condition] : [])] }];
  }
}

/**
 * The document with a label of its own on each `@defer` (`clientLabel` tells the client's), as planners and `compileIncremental`
 * need it; the very same document where nothing is deferred. Taken out: `@defer(if: false)`, and what cannot be deferred
 * (anything in a subscription, the root fields of a mutation). Valid documents with one operation only. Throws
 * QUERY_TOO_EXPENSIVE for too many deferred fragments.
 */
export function labelDefers(document: DocumentNode): DocumentNode {
  const labeller = new Labeller(document);
  const operations = document.definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition] : []));
  if (!operations.some(({ selectionSet }) => labeller.defers(selectionSet))) return document;
  const labelled = operations.map((node) => ({ ...node, selectionSet: labeller.set(node.selectionSet, node.operation === 'query', node.operation !== 'subscription') }));
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION && labeller.used.has(definition.name.value));
  return { ...document, definitions: [...labelled, ...fragments] };
}

/** True where the plan answers in parts, for some values of the variables at least. */
export function isIncremental({ root }: Plan): boolean {
  const defers = (node: PlanNode | null): boolean => node?.kind === 'defer' || (node?.kind === 'condition' && (defers(node.ifTrue) || defers(node.ifFalse)));
  return defers(root);
}

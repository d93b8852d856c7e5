// How large an operation becomes when its fragments are written out: planners do so, and a chain of fragments that each name
// the next one twice doubles with every step. Measured: 2^18 selections keep the native planner busy for 4 s and 800 MB,
// and it cannot be stopped.
import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { tooExpensive } from './failure.ts';

/** The largest operations of people have a few thousand. */
const MOST_SELECTIONS = 20_000;

/** Selections of the largest operation of the document, fragments written out. Takes time in proportion to its text. */
export function expandedSize(document: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const sizes = new Map<string, number>();
  const sizeOf = (name: string): number => {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    // A fragment that leads to itself is refused by validation; here it counts once.
    sizes.set(name, 0);
    const fragment = fragments.get(name);
    const size = fragment ? count(fragment.selectionSet) : 0;
    sizes.set(name, size);
    return size;
  };
  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => sum + 1 + (selection.kind === Kind.FRAGMENT_SPREAD ? sizeOf(selection.name.value) : selection.selectionSet ? count(selection.selectionSet) : 0), 0);
  return Math.max(0, ...document.definitions.map((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? count(definition.selectionSet) : 0)));
}

/** Without fragments an operation is as large as its text, which is limited elsewhere. */
export const mayExpand = (text: string): boolean => /\bfragment\b/.test(text);

/** Throws QUERY_TOO_EXPENSIVE where the document grows out of hand. */
export function limitExpansion(document: DocumentNode): void {
  if (expandedSize(document) > MOST_SELECTIONS) throw tooExpensive();
}

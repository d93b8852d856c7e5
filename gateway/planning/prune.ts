// What planners need not see, or do not understand, is taken out before they plan: introspection and the root's own
// `__typename` (answered from the schema), and selections that a literal `@skip` or `@include` leaves out.
import { Kind, parse, print, visit, type DirectiveNode, type FieldNode, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql';
import { planningFailure } from './failure.ts';
import { limitExpansion, mayExpand } from './expansion.ts';
import type { PlanRequest } from './planner.ts';

/** The text to plan; null where nothing is left to fetch. */
export type Pruned = string | null;

const SUSPECT = /\b__schema\b|\b__type\b|\b__typename\b|\bif\s*:\s*(true|false)\b/;
const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The value of a literal `if`; undefined where it is a variable. */
function literal(directives: readonly DirectiveNode[] | undefined, name: string): boolean | undefined {
  const value = directives?.find((directive) => directive.name.value === name)?.arguments?.find((argument) => argument.name.value === 'if')?.value;
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}

const isLeftOut = ({ directives }: SelectionNode): boolean => literal(directives, 'skip') === true || literal(directives, 'include') === false;
const isIntrospection = (selection: SelectionNode): boolean => selection.kind === Kind.FIELD && (selection.name.value === '__schema' || selection.name.value === '__type');

/** The root's `__typename`, in its own selections and in inline fragments there. */
function withoutRootTypename(set: SelectionSetNode): SelectionSetNode {
  const selections = set.selections.flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return selection.name.value === '__typename' ? [] : [selection];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
    const inner = withoutRootTypename(selection.selectionSet);
    return inner.selections.length === 0 ? [] : [{ ...selection, selectionSet: inner }];
  });
  return { ...set, selections };
}

/**
 * Takes out what is not to be planned. `operationName` chooses the operation whose root counts. Throws QUERY_TOO_EXPENSIVE
 * where fragments make the operation grow out of hand.
 */
export function prune(request: PlanRequest): Pruned {
  try {
    return pruned(request);
  } catch (error) {
    throw planningFailure(error);
  }
}

function pruned({ text, document, operationName }: PlanRequest): Pruned {
  const isSuspect = SUSPECT.test(text);
  if (!isSuspect && !mayExpand(text)) return text;
  const whole = document ?? parse(text, { noLocation: true });
  limitExpansion(whole);
  if (!isSuspect) return text;
  const isChosen = (node: OperationDefinitionNode) => operationName === undefined || node.name?.value === operationName;
  let empty = false;
  const rest = visit(whole, {
    Directive: (node) => {
      const decided = (node.name.value === 'skip' && literal([node], 'skip') === false) || (node.name.value === 'include' && literal([node], 'include') === true);
      return decided ? null : undefined;
    },
    SelectionSet: {
      enter: (node) => {
        const selections = node.selections.filter((selection) => !isLeftOut(selection) && !isIntrospection(selection));
        return selections.length === node.selections.length ? undefined : { ...node, selections };
      },
      // An empty selection is no GraphQL; inside an object its type is always there to ask for.
      leave: (node) => (node.selections.length === 0 ? { ...node, selections: [TYPENAME] } : undefined),
    },
    OperationDefinition: {
      leave: (node) => {
        const selectionSet = withoutRootTypename(node.selectionSet);
        if (isChosen(node)) empty = selectionSet.selections.length === 0;
        return selectionSet.selections.length === 0 ? undefined : { ...node, selectionSet };
      },
    },
  });
  if (empty) return null;
  return rest === whole ? text : print(rest);
}

// `@skip`, `@include` and `@defer(if:)` are decided before an operation is planned: a plan without conditions fetches what this
// request asks for and nothing else, and planners disagree most where conditions meet fragments. An operation has one plan for
// each combination that is really asked for.
import { Kind, visit, type DirectiveNode, type DocumentNode, type FieldNode, type SelectionNode, type ValueNode } from 'graphql';
import type { Variables } from '../sources/source.ts';

const CONDITIONAL = new Set(['skip', 'include', 'defer']);

const conditionOf = ({ arguments: args }: DirectiveNode): ValueNode | undefined => args?.find(({ name }) => name.value === 'if')?.value;

/** Names of the variables that decide about the operation's shape, each once. */
export function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      const condition = CONDITIONAL.has(node.name.value) ? conditionOf(node) : undefined;
      if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
    },
  });
  return [...names];
}

/** Stands where nothing is left to select: an object without fields. */
const NOTHING: FieldNode = {
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: '__typename' },
  directives: [
    {
      kind: Kind.DIRECTIVE,
      name: { kind: Kind.NAME, value: 'skip' },
      arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'if' }, value: { kind: Kind.BOOLEAN, value: true } }],
    },
  ],
};

/** The operation as these variables make it: what is skipped is gone, and no condition is left. */
export function decideConditions(document: DocumentNode, coerced: Variables): DocumentNode {
  const holds = (directive: DirectiveNode): boolean => {
    const condition = conditionOf(directive);
    if (condition === undefined) return true;
    return condition.kind === Kind.VARIABLE ? coerced[condition.name.value] === true : condition.kind === Kind.BOOLEAN && condition.value;
  };
  const selected = (node: SelectionNode) => {
    const { directives = [] } = node;
    const gone = directives.some((directive) => (directive.name.value === 'skip' && holds(directive)) || (directive.name.value === 'include' && !holds(directive)));
    if (gone) return null;
    if (!directives.some(({ name }) => CONDITIONAL.has(name.value))) return undefined;
    const kept = directives.flatMap((directive) => {
      if (directive.name.value !== 'defer') return CONDITIONAL.has(directive.name.value) ? [] : [directive];
      return holds(directive) ? [{ ...directive, arguments: (directive.arguments ?? []).filter(({ name }) => name.value !== 'if') }] : [];
    });
    return { ...node, directives: kept };
  };
  return visit(document, {
    Field: selected,
    InlineFragment: selected,
    FragmentSpread: selected,
    SelectionSet: { leave: (node) => (node.selections.length === 0 ? { ...node, selections: [NOTHING] } : undefined) },
  });
}

// What the client asked for on one concrete type: fields merged by response key, as the specification collects them.
// `@skip` and `@include` are decided here, so a selection belongs to one assignment of the Boolean variables they name.
import {
  isAbstractType,
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { Variables } from '../sources/source.ts';

/** One response key of a selection, with every place where the client wrote it. */
export interface SelectedField {
  readonly key: string;
  readonly name: string;
  readonly nodes: readonly FieldNode[];
}

export interface SelectionContext {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Values of the variables that decide about structure. */
  readonly variables: Variables;
  /** Leaves out fragments with an active `@defer`: they come later. */
  readonly withoutDeferred?: boolean;
}

export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/** Names of the variables in `@skip`, `@include` and `@defer`, sorted; in introspection too, where they decide as well. */
export function conditionVariables(document: DocumentNode, operation: OperationDefinitionNode): string[] {
  const names = new Set<string>();
  const visit = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      for (const directive of selection.directives ?? []) {
        for (const { name, value } of directive.arguments ?? []) if (name.value === 'if' && value.kind === Kind.VARIABLE) names.add(value.name.value);
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD) visit(selection.selectionSet);
    }
  };
  visit(operation.selectionSet);
  for (const { selectionSet } of fragmentsOf(document).values()) visit(selectionSet);
  return [...names].sort();
}

const argument = (directive: DirectiveNode, name: string): ValueNode | undefined =>
  directive.arguments?.find((given) => given.name.value === name)?.value;

function isTrue(value: ValueNode | undefined, variables: Variables): boolean {
  if (value?.kind === Kind.VARIABLE) return variables[value.name.value] === true;
  return value?.kind === Kind.BOOLEAN && value.value;
}

/** True where `@skip` or `@include` leaves a selection out, or it is deferred and the context leaves out what is. */
export function isLeftOut(selection: SelectionNode, { variables, withoutDeferred }: SelectionContext): boolean {
  for (const directive of selection.directives ?? []) {
    switch (directive.name.value) {
      case 'skip':
        if (isTrue(argument(directive, 'if'), variables)) return true;
        break;
      case 'include':
        if (!isTrue(argument(directive, 'if'), variables)) return true;
        break;
      case 'defer':
        if (withoutDeferred && selection.kind !== Kind.FIELD && isDeferred(directive, variables)) return true;
        break;
    }
  }
  return false;
}

/** True where this `@defer` is active. */
export const isDeferred = (directive: DirectiveNode, variables: Variables): boolean => {
  const condition = argument(directive, 'if');
  return condition === undefined || isTrue(condition, variables);
};

/** True where objects of this type belong to the type that a fragment is on. */
export function applies(fragment: FragmentDefinitionNode['typeCondition'] | undefined, type: GraphQLCompositeType, schema: GraphQLSchema): boolean {
  if (!fragment || fragment.name.value === type.name) return true;
  const condition = schema.getType(fragment.name.value);
  if (!isAbstractType(condition)) return false;
  return isAbstractType(type) ? schema.getPossibleTypes(type).every((possible) => schema.isSubType(condition, possible)) : schema.isSubType(condition, type);
}

/**
 * The fields of all these selection sets on one type, in the order in which the answer holds them. On an abstract type: those
 * that are selected for whatever it turns out to be.
 */
export function collectFields(sets: readonly SelectionSetNode[], type: GraphQLCompositeType, context: SelectionContext): SelectedField[] {
  const fields = new Map<string, { key: string; name: string; nodes: FieldNode[] }>();
  const visited = new Set<string>();
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.directives?.length && isLeftOut(selection, context)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const known = fields.get(key);
        if (known) known.nodes.push(selection);
        else fields.set(key, { key, name: selection.name.value, nodes: [selection] });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition, type, context.schema)) visit(selection.selectionSet);
      } else {
        const name = selection.name.value;
        const fragment = visited.has(name) ? undefined : context.fragments.get(name);
        if (!fragment) continue;
        visited.add(name);
        if (applies(fragment.typeCondition, type, context.schema)) visit(fragment.selectionSet);
      }
    }
  };
  sets.forEach(visit);
  return [...fields.values()];
}

export const selectionSetsOf = (nodes: readonly FieldNode[]): SelectionSetNode[] => nodes.flatMap(({ selectionSet }) => selectionSet ?? []);

/**
 * The response keys that the client selects below a place, whatever the types of the objects there: for telling which
 * fields stay empty when a fetch fails. Null where the place is not selected at all.
 */
export function keysBelow(place: readonly string[], operation: OperationDefinitionNode, fragments: SelectionContext['fragments']): ReadonlySet<string> | null {
  let sets: SelectionSetNode[] = [operation.selectionSet];
  for (const key of place) {
    sets = selectionSetsOf(everyField(sets, fragments).filter((field) => (field.alias ?? field.name).value === key));
    if (sets.length === 0) return null;
  }
  return new Set(everyField(sets, fragments).map((field) => (field.alias ?? field.name).value));
}

/** The fields of these selection sets on any type, whatever their conditions. */
export function everyField(sets: readonly SelectionSetNode[], fragments: SelectionContext['fragments']): FieldNode[] {
  const visited = new Set<string>();
  const visit = ({ selections }: SelectionSetNode): FieldNode[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [selection];
      if (selection.kind === Kind.INLINE_FRAGMENT) return visit(selection.selectionSet);
      const fragment = visited.has(selection.name.value) ? undefined : fragments.get(selection.name.value);
      visited.add(selection.name.value);
      return fragment ? visit(fragment.selectionSet) : [];
    });
  return sets.flatMap(visit);
}

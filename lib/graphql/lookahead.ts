// Which fields the operation asks of the value that a resolver is about to read: the reason for a column or a join.
import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql';

/** The fields selected on one value. Aliases of one field count together. */
export interface Lookahead {
  has(field: string): boolean;
  /** True where at least one of them is selected. */
  hasAny(...fields: readonly string[]): boolean;
  /** What is selected below a field; nothing where the field is not selected. */
  of(field: string): Lookahead;
  /** Names of all selected fields, without `__typename`. */
  readonly fields: readonly string[];
}

type Context = Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'>;

function included(node: FieldNode | { directives?: FieldNode['directives'] }, context: Context): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, context.variableValues)?.['if'] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, context.variableValues)?.['if'] !== false;
}

/** Fields by name. A fragment on another type than `typeName` is passed over; without `typeName` every fragment counts. */
function collect(
  set: SelectionSetNode,
  typeName: string | undefined,
  context: Context,
  into: Map<string, FieldNode[]>,
): void {
  for (const node of set.selections) {
    if (!included(node, context)) continue;
    if (node.kind === Kind.FIELD) {
      const name = node.name.value;
      if (name.startsWith('__')) continue;
      const same = into.get(name);
      if (same === undefined) into.set(name, [node]);
      else same.push(node);
      continue;
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : context.fragments[node.name.value];
    const condition = fragment?.typeCondition?.name.value;
    if (fragment === undefined || (condition !== undefined && typeName !== undefined && condition !== typeName))
      continue;
    collect(fragment.selectionSet, typeName, context, into);
  }
}

function look(nodes: readonly FieldNode[], typeName: string | undefined, context: Context): Lookahead {
  const found = new Map<string, FieldNode[]>();
  for (const node of nodes) if (node.selectionSet) collect(node.selectionSet, typeName, context, found);
  return {
    has: (field) => found.has(field),
    hasAny: (...fields) => fields.some((field) => found.has(field)),
    of: (field) => look(found.get(field) ?? [], undefined, context),
    fields: [...found.keys()],
  };
}

/** What is selected below the field of `info`. `typeName`: read only the fragments on that type (for `_entities` and unions). */
export const lookahead = (info: GraphQLResolveInfo, typeName?: string): Lookahead =>
  look(info.fieldNodes, typeName, info);

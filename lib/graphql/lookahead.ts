// Which fields the operation asks of the value that a resolver is about to read: the reason for a column or a join.
import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type OperationDefinitionNode,
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
  const below = new Map<string, Lookahead>();
  return {
    has: (field) => found.has(field),
    hasAny: (...fields) => fields.some((field) => found.has(field)),
    of(field) {
      let own = below.get(field);
      if (own === undefined) below.set(field, (own = look(found.get(field) ?? [], undefined, context)));
      return own;
    },
    fields: [...found.keys()],
  };
}

/** True where nothing below depends on a variable, so that every execution sees the same. */
function isFixed(set: SelectionSetNode | undefined, fragments: Context['fragments']): boolean {
  if (set === undefined) return true;
  let known = knownFixed.get(set);
  if (known === undefined) {
    known = set.selections.every((node) => {
      if (node.directives !== undefined && node.directives.length > 0) return false;
      return isFixed(node.kind === Kind.FRAGMENT_SPREAD ? fragments[node.name.value]?.selectionSet : node.selectionSet, fragments);
    });
    knownFixed.set(set, known);
  }
  return known;
}
const knownFixed = new WeakMap<SelectionSetNode, boolean>();

/** By the list of nodes, which graphql-js makes for each execution and compiled code once for all. */
const fixed = new WeakMap<readonly FieldNode[], Map<string | undefined, Lookahead | null>>();

const ofOperations = new WeakMap<OperationDefinitionNode, readonly FieldNode[]>();

/** What is selected of a type in all `_entities` of the operation: aliases of one fetch ask for the same type, and read it together. */
export function entityLook(info: GraphQLResolveInfo, typeName: string): Lookahead {
  let nodes = ofOperations.get(info.operation);
  if (nodes === undefined) {
    nodes = info.operation.selectionSet.selections.filter((node) => node.kind === Kind.FIELD && node.name.value === info.fieldName) as FieldNode[];
    ofOperations.set(info.operation, nodes);
  }
  return lookahead({ ...info, fieldNodes: nodes }, typeName);
}

/** What is selected below the field of `info`. `typeName`: read only the fragments on that type (for `_entities` and unions). */
export function lookahead(info: GraphQLResolveInfo, typeName?: string): Lookahead {
  const { fieldNodes, fragments } = info;
  let known = fixed.get(fieldNodes);
  if (known === undefined) fixed.set(fieldNodes, (known = new Map()));
  let own = known.get(typeName);
  if (own === undefined) {
    own = fieldNodes.every(({ selectionSet }) => isFixed(selectionSet, fragments)) ? look(fieldNodes, typeName, { fragments, variableValues: {} }) : null;
    known.set(typeName, own);
  }
  return own ?? look(fieldNodes, typeName, info);
}

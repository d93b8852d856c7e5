// How long an answer may be kept, from `@cacheControl`: the shortest of all its fields. As Apollo's server has it, a field that
// gives an object, and every field of the root, may not be kept at all unless something is said; a scalar goes with its parent.
import { getNamedType, isCompositeType, Kind, type DocumentNode, type FragmentDefinitionNode, type GraphQLCompositeType, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { Supergraph } from '../supergraph/supergraph.ts';

export interface CachePolicy {
  readonly maxAgeMs: number;
  /** True where each caller has an answer of its own. */
  readonly private: boolean;
}

/** Null: never kept. */
export function cachePolicyOf(supergraph: Supergraph, document: DocumentNode, operation: OperationDefinitionNode): CachePolicy | null {
  const { apiSchema, cacheHints } = supergraph;
  const root = apiSchema.getRootType(operation.operation);
  if (!root || operation.operation !== 'query' || cacheHints.size === 0) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  let maxAge = Number.POSITIVE_INFINITY;
  let isPrivate = false;

  const visit = (set: SelectionSetNode, parent: GraphQLCompositeType, isRoot: boolean): void => {
    for (const selection of set.selections) {
      if (maxAge === 0) return;
      if (selection.kind !== Kind.FIELD) {
        const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        const type = fragment?.typeCondition ? apiSchema.getType(fragment.typeCondition.name.value) : parent;
        if (fragment && isCompositeType(type)) visit(fragment.selectionSet, type, isRoot);
        continue;
      }
      const name = selection.name.value;
      if (name === '__typename') continue;
      const field = 'getFields' in parent ? parent.getFields()[name] : undefined;
      if (!field) {
        maxAge = 0; // introspection: not what clients ask twice
        return;
      }
      const type = getNamedType(field.type);
      const own = cacheHints.get(`${parent.name}.${name}`);
      const ofType = isCompositeType(type) ? cacheHints.get(type.name) : undefined;
      const hinted = own?.maxAge ?? ofType?.maxAge;
      const inherits = own?.inheritMaxAge ?? ofType?.inheritMaxAge ?? false;
      if (hinted !== undefined) maxAge = Math.min(maxAge, hinted);
      else if (isRoot || (isCompositeType(type) && !inherits)) maxAge = 0;
      if ((own?.scope ?? ofType?.scope) === 'PRIVATE') isPrivate = true;
      if (selection.selectionSet && isCompositeType(type)) visit(selection.selectionSet, type, false);
    }
  };
  visit(operation.selectionSet, root, true);
  return maxAge > 0 && Number.isFinite(maxAge) ? { maxAgeMs: maxAge * 1_000, private: isPrivate } : null;
}

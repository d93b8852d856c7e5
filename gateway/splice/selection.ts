// The fields of a selection on one object type, in the order of the answer; for what the client asked, and for what was sent to
// a subgraph. Conditions are left to the object tier.
import { isAbstractType, Kind, type DocumentNode, type FragmentDefinitionNode, type GraphQLObjectType, type GraphQLSchema, type SelectionSetNode } from 'graphql';
import { Unsuited } from './unsuited.ts';

export interface Picked {
  /** Response key. */
  readonly key: string;
  readonly name: string;
  /** What is selected below: empty for leaves. */
  readonly sets: readonly SelectionSetNode[];
}

export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export const fragmentsIn = (document: DocumentNode): Selecting['fragments'] =>
  new Map(document.definitions.flatMap((definition) => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [])));

function applies(condition: string | undefined, type: GraphQLObjectType, schema: GraphQLSchema): boolean {
  if (condition === undefined || condition === type.name) return true;
  const known = schema.getType(condition);
  if (!known) throw new Unsuited('a type that clients do not know');
  return isAbstractType(known) && schema.isSubType(known, type);
}

/** Throws Unsuited where a directive has a say. */
export function pick(sets: readonly SelectionSetNode[], type: GraphQLObjectType, { schema, fragments }: Selecting): readonly Picked[] {
  const fields = new Map<string, { key: string; name: string; sets: SelectionSetNode[] }>();
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.directives?.length) throw new Unsuited('directives');
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const known = fields.get(key) ?? { key, name: selection.name.value, sets: [] };
        if (selection.selectionSet) known.sets.push(selection.selectionSet);
        fields.set(key, known);
      } else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (fragment?.directives?.length) throw new Unsuited('directives');
        if (fragment && applies(fragment.typeCondition?.name.value, type, schema)) visit(fragment.selectionSet);
      }
    }
  };
  sets.forEach(visit);
  return [...fields.values()];
}

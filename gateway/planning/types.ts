// Which object types belong to an abstract type of the supergraph, inaccessible ones included: a condition on an interface
// holds for objects whose `__typename` is one of them.
import { Kind, type DocumentNode } from 'graphql';

/** A type's own name, and the names of the object types that belong to it. */
export type TypesOf = (type: string) => readonly string[];

export function typesIn(supergraph: DocumentNode): TypesOf {
  const members = new Map<string, Set<string>>();
  const add = (abstract: string, type: string) => members.get(abstract)?.add(type) ?? members.set(abstract, new Set([abstract, type]));
  for (const definition of supergraph.definitions) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      for (const { name } of definition.interfaces ?? []) add(name.value, definition.name.value);
    } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const { name } of definition.types ?? []) add(definition.name.value, name.value);
    }
  }
  const lists = new Map([...members].map(([abstract, types]): [string, readonly string[]] => [abstract, [...types]]));
  return (type) => lists.get(type) ?? [type];
}

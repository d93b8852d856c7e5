// Which fields of an operation a caller may not see, and the operation without them. Pure: worked out once for each set of
// requirements that callers meet, when the operation is compiled.
import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Refusal } from '../execution/executable.ts';
import { satisfies, type Principal } from '../principal.ts';
import type { Requirement } from '../supergraph/supergraph.ts';

/** By coordinate: `Sale.metadata`, or `DeadLetter` for the fields of the type and every field that returns it. */
export type Requirements = ReadonlyMap<string, Requirement>;
export type RefusedFields = ReadonlyMap<string, Refusal>;

/** The caller of a server that needs no credential for some fields: known to nobody, sees no wallet. */
export const ANONYMOUS: Principal = { id: 'anonymous', scopes: new Set(), wallets: [] };

/** True where the caller is known, as far as that is asked, and holds the scopes. */
export const meets = (principal: Principal, { authenticated, anyOf }: Requirement): boolean =>
  (!authenticated || principal.id !== ANONYMOUS.id) && (anyOf.length === 0 || satisfies(principal, anyOf));

/** Which of the requirements the caller meets, as bits: callers with one key may share a compiled operation. */
export function requirementKey(requirements: readonly Requirement[], principal: Principal): string {
  let key = '';
  for (const requirement of requirements) key += meets(principal, requirement) ? '1' : '0';
  return key;
}

const concreteTypes = (schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);

function compositeType(schema: GraphQLSchema, name: string): GraphQLCompositeType | undefined {
  const type = schema.getType(name);
  return isObjectType(type) || isAbstractType(type) ? type : undefined;
}

/** Everything that is asked of who sees this field of this type: of itself, the type around it, its own type, and its interfaces. */
function requirementsAt(requirements: Requirements, type: GraphQLObjectType, name: string): readonly Requirement[] {
  const field = type.getFields()[name];
  if (!field) return [];
  const coordinates = [`${type.name}.${name}`, type.name, getNamedType(field.type).name];
  for (const contract of type.getInterfaces()) if (name in contract.getFields()) coordinates.push(`${contract.name}.${name}`, contract.name);
  return coordinates.flatMap((coordinate) => requirements.get(coordinate) ?? []);
}

/** Calls `onField` for every field that the document selects, with each type that the object may have. */
function eachField(schema: GraphQLSchema, document: DocumentNode, onField: (type: GraphQLObjectType, name: string) => void): void {
  const seen = new Set<string>();
  const walk = (set: SelectionSetNode, parent: GraphQLCompositeType): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue; // its definition is looked at by itself
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition ? compositeType(schema, selection.typeCondition.name.value) : parent;
        if (type) walk(selection.selectionSet, type);
        continue;
      }
      const name = selection.name.value;
      if (name.startsWith('__')) continue;
      for (const type of concreteTypes(schema, parent)) {
        const place = `${type.name}.${name}`;
        if (seen.has(place)) continue;
        seen.add(place);
        onField(type, name);
      }
      const inner = selection.selectionSet && fieldType(parent, name);
      if (inner) walk(selection.selectionSet!, inner);
    }
  };
  for (const definition of document.definitions) {
    const type = typeOf(schema, definition);
    if (type) walk((definition as OperationDefinitionNode | FragmentDefinitionNode).selectionSet, type);
  }
}

function typeOf(schema: GraphQLSchema, definition: DocumentNode['definitions'][number]): GraphQLCompositeType | undefined {
  if (definition.kind === Kind.OPERATION_DEFINITION) return schema.getRootType(definition.operation) ?? undefined;
  return definition.kind === Kind.FRAGMENT_DEFINITION ? compositeType(schema, definition.typeCondition.name.value) : undefined;
}

function fieldType(parent: GraphQLCompositeType, name: string): GraphQLCompositeType | undefined {
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  const type = field && getNamedType(field.type);
  return isObjectType(type) || isAbstractType(type) ? type : undefined;
}

/** The different requirements that a valid document touches, in a stable order. */
export function requirementsOf(schema: GraphQLSchema, document: DocumentNode, requirements: Requirements): readonly Requirement[] {
  const found = new Map<string, Requirement>();
  eachField(schema, document, (type, name) => {
    for (const requirement of requirementsAt(requirements, type, name)) found.set(JSON.stringify([requirement.authenticated, requirement.anyOf]), requirement);
  });
  return [...found.keys()].toSorted().map((text) => found.get(text)!);
}

const inWords = (anyOf: readonly (readonly string[])[]): string => anyOf.map((all) => all.map((scope) => `"${scope}"`).join(' and ')).join(', or ');

function refusalOf(coordinate: string, missing: readonly Requirement[], principal: Principal): Refusal {
  if (principal.id === ANONYMOUS.id) return { code: 'UNAUTHENTICATED', message: `Say who you are to see ${coordinate}` };
  const scopes = [...new Set(missing.map(({ anyOf }) => inWords(anyOf)))].join(' and ');
  return { code: 'FORBIDDEN', message: `${coordinate} needs the scope ${scopes}` };
}

/** The fields of a valid document that this caller may not see, by coordinate of the concrete type. */
export function refusedFields(schema: GraphQLSchema, document: DocumentNode, requirements: Requirements, principal: Principal): RefusedFields {
  const refused = new Map<string, Refusal>();
  eachField(schema, document, (type, name) => {
    const coordinate = `${type.name}.${name}`;
    const missing = requirementsAt(requirements, type, name).filter((requirement) => !meets(principal, requirement));
    if (missing.length > 0) refused.set(coordinate, refusalOf(coordinate, missing, principal));
  });
  return refused;
}

const field = (name: string): SelectionNode => ({ kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } });
const onType = (name: string, selection: SelectionNode): SelectionNode => ({
  kind: Kind.INLINE_FRAGMENT,
  typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
  selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
});

/**
 * The document without the refused fields: what is planned and fetched. An object of which nothing is left is asked for its
 * `__typename`, so that it is known whether it is there; on interfaces a field stays for the types that may be seen.
 * Fragments and variables that nothing uses any more are gone. The root of a subscription may be left with `__typename` only.
 */
export function withoutRefused(schema: GraphQLSchema, document: DocumentNode, refused: RefusedFields): DocumentNode {
  const fragments = new Map(document.definitions.flatMap((definition) => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [])));
  const pruned = new Map<string, FragmentDefinitionNode | null>();

  const pruneFragment = (name: string): FragmentDefinitionNode | null => {
    const known = pruned.get(name);
    if (known !== undefined) return known;
    pruned.set(name, null); // a valid document has no circle of fragments; an invalid one ends here
    const fragment = fragments.get(name);
    const type = fragment && typeOf(schema, fragment);
    const selections = type ? prune(fragment!.selectionSet, type) : [];
    const left = selections.length === 0 ? null : { ...fragment!, selectionSet: { ...fragment!.selectionSet, selections } };
    pruned.set(name, left);
    return left;
  };

  const pruneSelection = (selection: SelectionNode, parent: GraphQLCompositeType): readonly SelectionNode[] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return pruneFragment(selection.name.value) === null ? [] : [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = selection.typeCondition ? compositeType(schema, selection.typeCondition.name.value) : parent;
      const selections = type ? prune(selection.selectionSet, type) : [];
      return selections.length === 0 ? [] : [{ ...selection, selectionSet: { ...selection.selectionSet, selections } }];
    }
    const name = selection.name.value;
    if (name.startsWith('__')) return [selection];
    const types = concreteTypes(schema, parent);
    const seen = types.filter((type) => !refused.has(`${type.name}.${name}`));
    if (seen.length === 0) return [];
    const inner = selection.selectionSet && fieldType(parent, name);
    const selections = inner ? prune(selection.selectionSet!, inner) : [];
    const left: SelectionNode = inner ? { ...selection, selectionSet: { ...selection.selectionSet!, selections: selections.length > 0 ? selections : [field('__typename')] } } : selection;
    return seen.length === types.length ? [left] : seen.map((type) => onType(type.name, left));
  };

  const prune = (set: SelectionSetNode, parent: GraphQLCompositeType): SelectionNode[] => set.selections.flatMap((selection) => pruneSelection(selection, parent));

  const operations = document.definitions.flatMap((definition): OperationDefinitionNode[] => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const root = typeOf(schema, definition);
    const selections = root ? prune(definition.selectionSet, root) : [];
    return [{ ...definition, selectionSet: { ...definition.selectionSet, selections: selections.length > 0 ? selections : [field('__typename')] } }];
  });
  return withoutUnused({ kind: Kind.DOCUMENT, definitions: operations }, pruned);
}

/** Why a subscription cannot be opened: its one root field is refused. Undefined for everything else. */
export function streamRefusal(schema: GraphQLSchema, document: DocumentNode, refused: RefusedFields): Refusal | undefined {
  const root = schema.getSubscriptionType();
  const isStream = document.definitions.some((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'subscription');
  if (!isStream || !root) return undefined;
  const found: Refusal[] = [];
  eachField(schema, document, (type, name) => {
    const refusal = type === root ? refused.get(`${type.name}.${name}`) : undefined;
    if (refusal) found.push(refusal);
  });
  return found[0];
}

/** Adds the fragments that the operations reach, and takes out the definitions of variables that nobody reads. */
function withoutUnused(document: DocumentNode, fragments: ReadonlyMap<string, FragmentDefinitionNode | null>): DocumentNode {
  const reached = new Map<string, FragmentDefinitionNode>();
  const definitions = document.definitions.map((definition): DocumentNode['definitions'][number] => {
    const variables = new Set<string>();
    const open: (OperationDefinitionNode | FragmentDefinitionNode)[] = [definition as OperationDefinitionNode];
    const visited = new Set<string>();
    for (let node = open.pop(); node; node = open.pop()) {
      visit(node, {
        VariableDefinition: () => false,
        Variable: ({ name }) => void variables.add(name.value),
        FragmentSpread: ({ name: { value: name } }) => {
          const fragment = fragments.get(name);
          if (!fragment || visited.has(name)) return;
          visited.add(name);
          reached.set(name, fragment);
          open.push(fragment);
        },
      });
    }
    if (definition.kind !== Kind.OPERATION_DEFINITION || !definition.variableDefinitions) return definition;
    return { ...definition, variableDefinitions: definition.variableDefinitions.filter(({ variable }) => variables.has(variable.name.value)) };
  });
  return { ...document, definitions: [...definitions, ...reached.values()] };
}

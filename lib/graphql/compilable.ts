// Which operations may be compiled by graphql-jit. Its generated code is right for plain operations over plain rows; where
// it differs from graphql-js, or where a client's text could reach the code unquoted, the operation is executed by graphql-js.
//
// Why compiled code holds nothing of a client but names and quoted text:
// - names (aliases, fields, variables) stand in the code as they are, which is safe because the parser takes only
//   [_A-Za-z][_0-9A-Za-z]*; those that an object literal or a plain object gives a meaning to (`__proto__`, `constructor` ...)
//   are refused here;
// - literal values stand in it as JSON, but graphql-jit then turns the text "__MAGIC_DATE__..." inside that JSON into code
//   (graphql-jit 0.8.9, objectStringify). No name and no string with that word is let through.
import {
  getNamedType,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What must be known at run time of an operation that may be compiled. */
export interface Compilable {
  /** True where fields may be left out: graphql-jit leaves `undefined` behind in their place. */
  readonly conditional: boolean;
  /** Variables that must be given: inside a literal graphql-jit reads a missing one as null. */
  readonly needed: readonly string[];
}

const MAGIC = '__MAGIC_';
const isHostile = (name: string): boolean => name in Object.prototype || name.includes(MAGIC);
/** Fields, fragments spread out. Compiling takes up to 0.2 ms for each, on the main thread; what is larger does not come often. */
const LARGEST = 500;

class NotCompilable extends Error {}
const refuse = (reason: string): never => {
  throw new NotCompilable(reason);
};

/** Why nothing of a schema may be compiled; null where it may. */
function schemaProblem(schema: GraphQLSchema): string | null {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    if (type.isTypeOf) return `${type.name} decides by isTypeOf`;
    for (const field of Object.keys(type.getFields())) {
      // graphql-jit calls the resolver of Sale.items `SaleitemsResolver`: two fields of one such name would share it.
      const name = type.name + field;
      if (names.has(name)) return `Two fields are called ${name}`;
      names.add(name);
    }
  }
  return null;
}
const schemaProblems = new WeakMap<GraphQLSchema, { problem: string | null }>();

/** What graphql-jit calls the `info` of a field: its path, from the field to the root, joined by `_`. Two paths of one name would share it. */
function checkPaths(schema: GraphQLSchema, document: DocumentNode, root: GraphQLObjectType, operation: OperationDefinitionNode, conditional: boolean): void {
  const fragments = new Map(document.definitions.flatMap((d) => (d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d] as const] : [])));
  const seen = new Map<string, string>();
  let visited = 0;
  const field = (type: GraphQLObjectType, node: FieldNode, path: readonly string[], depth: number): void => {
    if ((visited += 1) > LARGEST) refuse('The operation is too large');
    const definition = schema.getQueryType() === type && node.name.value.startsWith('__') ? undefined : type.getFields()[node.name.value];
    const own = [...path, node.alias?.value ?? node.name.value];
    const [name, place] = [own.toReversed().join('_'), own.join('.')];
    const other = seen.get(name);
    if (other !== undefined && other !== place) refuse(`Two fields have paths that read ${name}`);
    // What is below a field that is asked twice would take the condition of one of them, or none.
    if (other !== undefined && conditional) refuse('A field is asked twice in an operation with conditions');
    seen.set(name, place);
    if (!definition || !node.selectionSet) return;
    below(definition.type, node.selectionSet, own, depth);
  };
  const below = (type: GraphQLOutputType, set: SelectionSetNode, path: readonly string[], depth: number): void => {
    if (isNonNullType(type)) return below(type.ofType, set, path, depth);
    if (isListType(type)) return below(type.ofType, set, [...path, `idx${depth}`], depth + 1);
    if (isObjectType(type)) return fields(type, set, path, depth);
    // graphql-jit wants the type of an abstract value at once, and ends the process where it is thrown instead.
    if (!isAbstractType(type) || type.name !== '_Entity') return void refuse(`${getNamedType(type).name} is abstract`);
    for (const possible of schema.getPossibleTypes(type)) fields(possible, set, [...path, possible.name], depth);
  };
  const fields = (type: GraphQLObjectType, set: SelectionSetNode, path: readonly string[], depth: number): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        field(type, node, path, depth);
        continue;
      }
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
      const condition = fragment?.typeCondition?.name.value;
      if (fragment && (condition === undefined || condition === type.name)) fields(type, fragment.selectionSet, path, depth);
    }
  };
  fields(root, operation.selectionSet, [], 0);
}

/** Throws NotCompilable where graphql-jit would not answer as graphql-js does. */
function examine(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Compilable {
  const root = schema.getRootType(operation.operation);
  if (!root) return refuse('The schema has no such root');
  if (operation.operation === 'mutation') return refuse('Mutations are executed in order by graphql-js');
  const known = schemaProblems.get(schema) ?? { problem: schemaProblem(schema) };
  schemaProblems.set(schema, known);
  if (known.problem !== null) return refuse(known.problem);

  let conditional = false;
  let spreads = false;
  const nested = new Set<string>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Name: ({ value }) => (isHostile(value) ? refuse('A name has a meaning in the generated code') : undefined),
      StringValue: ({ value }) => (value.includes(MAGIC) ? refuse('A text has a meaning in the generated code') : undefined),
      EnumValue: ({ value }) => (isHostile(value) ? refuse('A name has a meaning in the generated code') : undefined),
      FragmentSpread: () => void (spreads = true),
      Directive({ name }) {
        if (name.value === 'skip' || name.value === 'include') conditional = true;
        else refuse(`@${name.value} has no meaning here`);
        return false;
      },
      Variable({ name }, _key, parent) {
        if (parent === undefined || Array.isArray(parent)) {
          if (parent !== undefined) insideLiteral(name.value);
          return;
        }
        if ('kind' in parent && parent.kind === Kind.OBJECT_FIELD) insideLiteral(name.value);
      },
    }),
  );
  function insideLiteral(name: string): void {
    if (!types.getInputType()) refuse('A variable stands inside a literal of a scalar');
    nested.add(name);
  }
  // A fragment that is spread twice under different conditions would keep the first one's.
  if (conditional && spreads) refuse('Fragments and conditions stand together');
  checkPaths(schema, document, root, operation, conditional);
  return { conditional, needed: [...nested] };
}

/** What graphql-jit may do with an operation, or the reason why graphql-js must execute it. */
export function compilable(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Compilable | { readonly reason: string } {
  try {
    return examine(schema, document, operation);
  } catch (error) {
    if (error instanceof NotCompilable) return { reason: error.message };
    throw error;
  }
}

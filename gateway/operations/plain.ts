// A quick look that tells the validity of plain operations: one operation without fragments and directives, each key once in
// its selection, arguments that are variables or single literals. Validation by graphql-js looks at every node with thirty rules,
// which costs more than all else that is done for a new text on the main thread.
//
// It only ever says yes where all of the specification's rules hold; for everything else it does not know, and is not asked for
// reasons: graphql-js is.
import {
  getNamedType,
  isInputType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isTypeSubTypeOf,
  Kind,
  typeFromAST,
  valueFromAST,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

class Look {
  readonly #schema: GraphQLSchema;
  readonly #variables = new Map<string, GraphQLInputType>();
  readonly #used = new Set<string>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  variables(definitions: readonly VariableDefinitionNode[]): boolean {
    return definitions.every(({ variable, type: node, defaultValue, directives }) => {
      const type = typeFromAST(this.#schema, node);
      if (!isInputType(type) || defaultValue || directives?.length || this.#variables.has(variable.name.value)) return false;
      this.#variables.set(variable.name.value, type);
      return true;
    });
  }

  get allUsed(): boolean {
    return this.#used.size === this.#variables.size;
  }

  selections({ selections }: SelectionSetNode, parent: GraphQLOutputType): boolean {
    const keys = new Set<string>();
    for (const selection of selections) {
      if (selection.kind !== Kind.FIELD || selection.directives?.length) return false;
      keys.add((selection.alias ?? selection.name).value);
      if (!this.#field(selection, parent)) return false;
    }
    return keys.size === selections.length;
  }

  #field(node: FieldNode, parent: GraphQLOutputType): boolean {
    const { name, arguments: given = [], selectionSet } = node;
    if (name.value === '__typename') return given.length === 0 && !selectionSet;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined;
    if (!field || !this.#arguments(node, field)) return false;
    const type = getNamedType(field.type);
    return isLeafType(type) ? !selectionSet : selectionSet !== undefined && this.selections(selectionSet, type);
  }

  #arguments({ arguments: given = [] }: FieldNode, { args }: GraphQLField<unknown, unknown>): boolean {
    const values = new Map(given.map(({ name, value }) => [name.value, value]));
    if (values.size !== given.length) return false;
    let known = 0;
    for (const argument of args) {
      const value = values.get(argument.name);
      if (value === undefined ? isRequiredArgument(argument) : !this.#value(value, argument.type)) return false;
      if (value !== undefined) known++;
    }
    return known === values.size;
  }

  #value(node: ValueNode, type: GraphQLInputType): boolean {
    switch (node.kind) {
      case Kind.VARIABLE: {
        const given = this.#variables.get(node.name.value);
        this.#used.add(node.name.value);
        // What a default of the argument allows besides is left to graphql-js.
        return given !== undefined && isTypeSubTypeOf(this.#schema, given, type);
      }
      case Kind.LIST:
      case Kind.OBJECT:
        return false;
      default:
        return isLeafType(getNamedType(type)) && valueFromAST(node, type) !== undefined;
    }
  }
}

/** True: valid. False: not known. */
export function isPlainlyValid(schema: GraphQLSchema, { definitions }: DocumentNode): boolean {
  const [operation] = definitions;
  if (definitions.length !== 1 || operation?.kind !== Kind.OPERATION_DEFINITION || operation.operation === 'subscription' || operation.directives?.length) return false;
  const root = schema.getRootType(operation.operation);
  const look = new Look(schema);
  return root != null && look.variables(operation.variableDefinitions ?? []) && look.selections(operation.selectionSet, root) && look.allUsed;
}

// One text for all operations that differ in nothing that matters: the name, white space and literal values of arguments are
// taken out, and the values come back as variables. The text is valid GraphQL, and what planners and compilers are given.
import {
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isInterfaceType,
  Kind,
  print,
  valueFromAST,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

export interface Normalised {
  /** Compact, without a name; holds every fragment of the document, used or not. */
  readonly text: string;
  /** Values of the variables that stand for literals. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Client variables that carry another name in `text`, because planners use theirs: from, to. */
  readonly renamed: readonly (readonly [string, string])[];
}

/** Names that planners give to variables of their own. */
const RESERVED = /^(representations$|__batch_reps)/;
/** Larger whole numbers of a custom scalar lose digits as a JavaScript number, so they stay where they are. */
const SAFE_DIGITS = 15;

/** Thrown inside, where the document does not fit the schema: validation then says why. */
class Unfit extends Error {}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #fragments: readonly FragmentDefinitionNode[];
  readonly #names = new Map<string, string>();
  readonly #renamed = new Map<string, string>();
  readonly #prefix: string;
  readonly #defer: boolean;
  readonly values: Record<string, unknown> = {};
  definitions = '';

  constructor(schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: readonly FragmentDefinitionNode[], defer: boolean) {
    this.#schema = schema;
    this.#defer = defer;
    this.#fragments = fragments;
    const own = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
    let prefix = '_l';
    while (own.some((name) => name.startsWith(prefix))) prefix += '_';
    this.#prefix = prefix;
    for (const name of own) if (RESERVED.test(name)) this.#renamed.set(name, `${prefix}r_${name}`);
  }

  get renamed() {
    return [...this.#renamed];
  }

  document(operation: OperationDefinitionNode): string {
    const root = this.#schema.getRootType(operation.operation);
    if (!root) throw new Unfit();
    const body = this.directives(operation.directives) + this.selections(operation.selectionSet, root);
    let text = '';
    for (const fragment of this.#fragments) {
      const type = this.#schema.getType(fragment.typeCondition.name.value);
      if (!isCompositeType(type) || fragment.variableDefinitions?.length) throw new Unfit();
      text += ` fragment ${fragment.name.value} on ${type.name}${this.directives(fragment.directives)}${this.selections(fragment.selectionSet, type)}`;
    }
    let variables = '';
    for (const { variable, type, defaultValue, directives } of operation.variableDefinitions ?? []) {
      const value = defaultValue ? `=${this.constant(defaultValue)}` : '';
      variables += `$${this.variable(variable.name.value)}:${print(type)}${value}${this.directives(directives)} `;
    }
    variables += this.definitions;
    return `${operation.operation}${variables === '' ? '' : `(${variables})`}${body}${text}`;
  }

  variable(name: string): string {
    return this.#renamed.get(name) ?? name;
  }

  selections(set: SelectionSetNode, parent: GraphQLOutputType): string {
    let text = '{';
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const { alias, name, selectionSet } = selection;
        if (alias) text += `${alias.value}:`;
        text += name.value;
        if (name.value.startsWith('__')) {
          // Introspection is of the client's own writing: it stays as it is.
          if (selection.arguments?.length) text += `(${selection.arguments.map((argument) => print(argument)).join(' ')})`;
          text += this.directives(selection.directives);
          if (selectionSet) text += print(selectionSet);
          text += ' ';
          continue;
        }
        const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined;
        if (!field) throw new Unfit();
        if (selection.arguments?.length) {
          text += '(';
          for (const argument of selection.arguments) {
            const definition = field.args.find((known) => known.name === argument.name.value);
            if (!definition) throw new Unfit();
            text += `${argument.name.value}:${this.value(argument.value, definition.type)} `;
          }
          text += ')';
        }
        text += this.directives(selection.directives);
        text += selectionSet ? this.selections(selectionSet, getNamedType(field.type)) : ' ';
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        text += `...${selection.name.value}${this.directives(selection.directives)} `;
      } else {
        const type = selection.typeCondition ? this.#schema.getType(selection.typeCondition.name.value) : parent;
        if (!isCompositeType(type)) throw new Unfit();
        text += `...${selection.typeCondition ? `on ${type.name}` : ''}${this.directives(selection.directives)}${this.selections(selection.selectionSet, type)}`;
      }
    }
    return `${text}}`;
  }

  /** Values in directives decide about structure (`@skip`, `@include`, `@defer`): they stay. */
  directives(directives: readonly DirectiveNode[] | undefined): string {
    if (!directives || directives.length === 0) return '';
    const values = (args: readonly ArgumentNode[] | undefined) => (args?.length ? `(${args.map(({ name, value }) => `${name.value}:${this.constant(value)}`).join(' ')})` : '');
    return directives
      .filter(({ name }) => this.#defer || name.value !== 'defer')
      .map(({ name, arguments: args }) => `@${name.value}${values(args)}`)
      .join('');
  }

  constant(node: ValueNode): string {
    return node.kind === Kind.VARIABLE ? `$${this.variable(node.name.value)}` : print(node);
  }

  value(node: ValueNode, type: GraphQLInputType): string {
    if (node.kind === Kind.VARIABLE) return `$${this.variable(node.name.value)}`;
    if (holdsVariable(node)) return this.around(node, isNonNullType(type) ? type.ofType : type);
    if (!isSafe(node)) return print(node);
    const value: unknown = valueFromAST(node, type);
    if (value === undefined) throw new Unfit();
    const identity = `${String(type)} ${JSON.stringify(value)}`;
    let name = this.#names.get(identity);
    if (name === undefined) {
      name = `${this.#prefix}${this.#names.size}`;
      this.#names.set(identity, name);
      this.values[name] = value;
      this.definitions += `$${name}:${String(type)} `;
    }
    return `$${name}`;
  }

  /** A list or an object with variables inside: its own parts are taken out one by one. */
  around(node: ValueNode, type: GraphQLInputType): string {
    if (node.kind === Kind.LIST && isListType(type)) return `[${node.values.map((item) => this.value(item, type.ofType)).join(' ')}]`;
    if (node.kind === Kind.OBJECT && isInputObjectType(type)) {
      const fields = type.getFields();
      const parts = node.fields.map(({ name, value }) => {
        const field = fields[name.value];
        if (!field) throw new Unfit();
        return `${name.value}:${this.value(value, field.type)}`;
      });
      return `{${parts.join(' ')}}`;
    }
    return print(node);
  }
}

function holdsVariable(node: ValueNode): boolean {
  if (node.kind === Kind.VARIABLE) return true;
  if (node.kind === Kind.LIST) return node.values.some(holdsVariable);
  return node.kind === Kind.OBJECT && node.fields.some(({ value }) => holdsVariable(value));
}

/** False where taking the value out would change it or hide what validation must see: lost digits, a field given twice. */
function isSafe(node: ValueNode): boolean {
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return node.value.length <= SAFE_DIGITS;
  if (node.kind === Kind.LIST) return node.values.every(isSafe);
  if (node.kind !== Kind.OBJECT) return true;
  return new Set(node.fields.map(({ name }) => name.value)).size === node.fields.length && node.fields.every(({ value }) => isSafe(value));
}

/**
 * The normalised text of one operation of a document, with all its fragments. Null where the document does not fit the
 * schema. Without `defer` the directive is left out. Two documents with one text are valid or invalid together, as long as they hold no second operation.
 */
export function normalise(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, { defer = true }: { defer?: boolean } = {}): Normalised | null {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const writer = new Writer(schema, operation, fragments, defer);
  try {
    const text = writer.document(operation);
    return { text, values: writer.values, renamed: writer.renamed };
  } catch (error) {
    if (error instanceof Unfit) return null;
    throw error;
  }
}

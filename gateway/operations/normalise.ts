// One text for all operations that differ in nothing that matters: the name, white space and literal values of arguments are
// taken out, and the values come back as variables. The text is valid GraphQL, and what planners and compilers are given. A
// second text has canonical names in the place of aliases: those who differ in nothing but their aliases have it in common.
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
  /** Null where nothing is folded: no alias, introspection, a subscription, `@defer`. */
  readonly folded: Folded | null;
}

/**
 * The text with canonical aliases (`prefix` and a number, in the order of their first appearance). Two names become one only
 * where they were one, and none becomes a name that stands in the document, so fields merge, or conflict, as they did: all
 * documents with one folded text are valid or invalid together, and only the keys of their answers differ.
 */
export interface Folded {
  readonly text: string;
  /** The alias that the client has in the place of each canonical one, in their order. */
  readonly keys: readonly string[];
}

export interface NormaliseOptions {
  /** False: the directive is left out. */
  readonly defer?: boolean;
  /** Of canonical aliases: no name of the graph begins with it and goes on with a digit. Without it nothing is folded. */
  readonly aliasPrefix?: string | undefined;
}

/** Names that planners give to variables of their own. */
const RESERVED = /^(representations$|__batch_reps)/;
/** Larger whole numbers of a custom scalar lose digits as a JavaScript number, so they stay where they are. */
const SAFE_DIGITS = 15;

/** Thrown inside, where the document does not fit the schema: validation then says why. */
class Unfit extends Error {}

/** The canonical alias of a number. */
export const canonicalAlias = (prefix: string, index: number): string => `${prefix}${index}`;

/** A prefix for canonical aliases that no name of this SDL shares. */
export function aliasPrefixFor(sdl: string): string {
  let prefix = '_a';
  while (new RegExp(`\\b${prefix}\\d`).test(sdl)) prefix += '_';
  return prefix;
}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #fragments: readonly FragmentDefinitionNode[];
  readonly #names = new Map<string, string>();
  readonly #renamed = new Map<string, string>();
  readonly #prefix: string;
  readonly #defer: boolean;
  readonly values: Record<string, unknown> = {};
  definitions = '';
  /** Everything behind the variables. */
  #body = '';
  /** Aliases in `body`, and where they stand. */
  readonly #aliases: { readonly alias: string; readonly at: number }[] = [];
  /** Response keys that are names of fields. */
  readonly #plain = new Set<string>();
  #foldable: boolean;

  constructor(schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: readonly FragmentDefinitionNode[], defer: boolean) {
    this.#schema = schema;
    this.#defer = defer;
    this.#foldable = operation.operation !== 'subscription';
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

  document(operation: OperationDefinitionNode, aliasPrefix: string | undefined): Pick<Normalised, 'text' | 'folded'> {
    const root = this.#schema.getRootType(operation.operation);
    if (!root) throw new Unfit();
    this.#body += this.directives(operation.directives);
    this.selections(operation.selectionSet, root);
    for (const fragment of this.#fragments) {
      const type = this.#schema.getType(fragment.typeCondition.name.value);
      if (!isCompositeType(type) || fragment.variableDefinitions?.length) throw new Unfit();
      this.#body += ` fragment ${fragment.name.value} on ${type.name}${this.directives(fragment.directives)}`;
      this.selections(fragment.selectionSet, type);
    }
    let variables = '';
    for (const { variable, type, defaultValue, directives } of operation.variableDefinitions ?? []) {
      const value = defaultValue ? `=${this.constant(defaultValue)}` : '';
      variables += `$${this.variable(variable.name.value)}:${print(type)}${value}${this.directives(directives)} `;
    }
    variables += this.definitions;
    const head = `${operation.operation}${variables === '' ? '' : `(${variables})`}`;
    return { text: head + this.#body, folded: aliasPrefix === undefined || !this.#foldable ? null : this.#fold(head, aliasPrefix) };
  }

  /** An alias that is also the name of a field that stands there without one keeps its name: the two may meet. */
  #fold(head: string, prefix: string): Folded | null {
    const canonical = new Map<string, string>();
    let text = head;
    let from = 0;
    for (const { alias, at } of this.#aliases) {
      if (this.#plain.has(alias)) continue;
      let name = canonical.get(alias);
      if (name === undefined) canonical.set(alias, (name = canonicalAlias(prefix, canonical.size)));
      text += this.#body.slice(from, at) + name;
      from = at + alias.length;
    }
    return canonical.size === 0 ? null : { text: text + this.#body.slice(from), keys: [...canonical.keys()] };
  }

  variable(name: string): string {
    return this.#renamed.get(name) ?? name;
  }

  selections(set: SelectionSetNode, parent: GraphQLOutputType): void {
    this.#body += '{';
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const { alias, name, selectionSet } = selection;
        if (alias && alias.value !== name.value) {
          this.#aliases.push({ alias: alias.value, at: this.#body.length });
          this.#body += `${alias.value}:`;
        } else this.#plain.add(name.value);
        this.#body += name.value;
        if (name.value.startsWith('__')) {
          if (name.value !== '__typename') this.#foldable = false;
          // Introspection is of the client's own writing: it stays as it is.
          if (selection.arguments?.length) this.#body += `(${selection.arguments.map((argument) => print(argument)).join(' ')})`;
          this.#body += this.directives(selection.directives);
          if (selectionSet) this.#body += print(selectionSet);
          this.#body += ' ';
          continue;
        }
        const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined;
        if (!field) throw new Unfit();
        if (selection.arguments?.length) {
          this.#body += '(';
          for (const argument of selection.arguments) {
            const definition = field.args.find((known) => known.name === argument.name.value);
            if (!definition) throw new Unfit();
            this.#body += `${argument.name.value}:${this.value(argument.value, definition.type)} `;
          }
          this.#body += ')';
        }
        this.#body += this.directives(selection.directives);
        if (selectionSet) this.selections(selectionSet, getNamedType(field.type));
        else this.#body += ' ';
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        this.#body += `...${selection.name.value}${this.directives(selection.directives)} `;
      } else {
        const type = selection.typeCondition ? this.#schema.getType(selection.typeCondition.name.value) : parent;
        if (!isCompositeType(type)) throw new Unfit();
        this.#body += `...${selection.typeCondition ? `on ${type.name}` : ''}${this.directives(selection.directives)}`;
        this.selections(selection.selectionSet, type);
      }
    }
    this.#body += '}';
  }

  /** Values in directives decide about structure (`@skip`, `@include`, `@defer`): they stay. */
  directives(directives: readonly DirectiveNode[] | undefined): string {
    if (!directives || directives.length === 0) return '';
    const values = (args: readonly ArgumentNode[] | undefined) => (args?.length ? `(${args.map(({ name, value }) => `${name.value}:${this.constant(value)}`).join(' ')})` : '');
    const kept = directives.filter(({ name }) => this.#defer || name.value !== 'defer');
    if (kept.some(({ name }) => name.value === 'defer')) this.#foldable = false;
    return kept
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
 * schema. Two documents with one text are valid or invalid together, as long as they hold no second operation.
 */
export function normalise(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, { defer = true, aliasPrefix }: NormaliseOptions = {}): Normalised | null {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const writer = new Writer(schema, operation, fragments, defer);
  try {
    const { text, folded } = writer.document(operation, aliasPrefix);
    return { text, values: writer.values, renamed: writer.renamed, folded };
  } catch (error) {
    if (error instanceof Unfit) return null;
    throw error;
  }
}

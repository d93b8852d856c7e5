// What an operation may cost at most, from the sizes of its lists: an object counts 1, a scalar nothing, a mutation 10 more;
// `@cost` says otherwise. Fields that an answer merges count once. Compiled once per operation; each selection is looked at
// once, so the work is linear in what the limits on structure let pass.
import {
  getNamedType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { Variables } from '../sources/source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { highest, only, sum, times, type Amount } from './amount.ts';
import { sizesOf, type SizeRules } from './sizes.ts';

type Condition = (variables: Variables) => boolean;

/** One field of an answer, with all places that select it. */
interface Entry {
  readonly node: FieldNode;
  readonly sets: SelectionSetNode[];
}
/** What one type's selections come to: merged fields, and what depends on conditions or on the concrete type. */
interface Gathered {
  readonly fields: Map<string, Entry>;
  readonly others: Amount[];
  /** By type condition that only some of the possible types meet. */
  readonly narrower: Map<string, SelectionSetNode[]>;
}

const MUTATION_WEIGHT = 10;
const META: Readonly<Record<string, GraphQLField<unknown, unknown>>> = { __schema: SchemaMetaFieldDef, __type: TypeMetaFieldDef, __typename: TypeNameMetaFieldDef };
const NONE: ReadonlyMap<string, Amount> = new Map();

/** Null where it can never hold. */
function conditionsOf({ directives }: SelectionNode): Condition[] | null {
  const conditions: Condition[] = [];
  for (const { name, arguments: given } of directives ?? []) {
    const wanted = name.value === GraphQLIncludeDirective.name ? true : name.value === GraphQLSkipDirective.name ? false : null;
    const value = given?.find((argument) => argument.name.value === 'if')?.value;
    if (wanted === null || !value) continue;
    if (value.kind === Kind.BOOLEAN) {
      if (value.value !== wanted) return null;
    } else if (value.kind === Kind.VARIABLE) {
      const variable = value.name.value;
      conditions.push((variables) => variables[variable] === wanted);
    }
  }
  return conditions;
}

class Pricing {
  readonly #supergraph: Supergraph;
  readonly #rules: SizeRules;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** True where a field of an input object has a weight. */
  readonly #weighsInput: boolean;

  constructor(supergraph: Supergraph, document: DocumentNode, rules: SizeRules) {
    this.#supergraph = supergraph;
    this.#rules = rules;
    this.#weighsInput = [...supergraph.costs.keys()].some((coordinate) => isInputObjectType(supergraph.apiSchema.getType(coordinate.split('.', 1)[0]!)));
    for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
  }

  operation({ operation, selectionSet }: OperationDefinitionNode): Amount {
    const root = this.#supergraph.apiSchema.getRootType(operation);
    if (!root) return 0;
    return this.selections([selectionSet], root, NONE, operation === OperationTypeNode.MUTATION ? MUTATION_WEIGHT : 0);
  }

  /** `sizes`: of the lists directly in here. `extra`: added to each field. */
  selections(sets: readonly SelectionSetNode[], parent: GraphQLCompositeType, sizes: ReadonlyMap<string, Amount>, extra = 0): Amount {
    const gathered: Gathered = { fields: new Map(), others: [], narrower: new Map() };
    for (const set of sets) this.#gather(set, parent, sizes, extra, gathered);
    const shared = [...gathered.fields.values()].map(({ node, sets: inside }) => this.field(node, inside, parent, sizes, extra));
    return sum([...shared, ...gathered.others, this.#narrower(gathered.narrower, parent, sizes)]);
  }

  #gather(set: SelectionSetNode, parent: GraphQLCompositeType, sizes: ReadonlyMap<string, Amount>, extra: number, into: Gathered): void {
    for (const selection of set.selections) {
      const conditions = conditionsOf(selection);
      if (conditions === null) continue;
      if (selection.kind === Kind.FIELD) {
        if (conditions.length > 0) {
          into.others.push(only(conditions, this.field(selection, selection.selectionSet ? [selection.selectionSet] : [], parent, sizes, extra)));
          continue;
        }
        const name = selection.alias?.value ?? selection.name.value;
        const entry = into.fields.get(name);
        if (!entry) into.fields.set(name, { node: selection, sets: selection.selectionSet ? [selection.selectionSet] : [] });
        else if (selection.selectionSet) entry.sets.push(selection.selectionSet);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
      if (!fragment) continue;
      const named = fragment.typeCondition?.name.value;
      const type = named === undefined ? parent : this.#supergraph.apiSchema.getType(named);
      if (!isCompositeType(type)) continue;
      const fits = this.#fits(type, parent);
      if (fits === 'never') continue;
      if (conditions.length > 0) into.others.push(only(conditions, this.selections([fragment.selectionSet], type, sizes, extra)));
      else if (fits === 'always') this.#gather(fragment.selectionSet, parent, sizes, extra, into);
      else {
        const others = into.narrower.get(type.name);
        if (others) others.push(fragment.selectionSet);
        else into.narrower.set(type.name, [fragment.selectionSet]);
      }
    }
  }

  #possible(type: GraphQLCompositeType): readonly string[] {
    return isAbstractType(type) ? this.#supergraph.apiSchema.getPossibleTypes(type).map(({ name }) => name) : [type.name];
  }

  #fits(type: GraphQLCompositeType, parent: GraphQLCompositeType): 'always' | 'sometimes' | 'never' {
    if (type === parent) return 'always';
    const meets = new Set(this.#possible(type));
    const all = this.#possible(parent);
    const met = all.filter((name) => meets.has(name)).length;
    // The fields of another abstract type are not found on this one: they are priced where they are known.
    return met === 0 ? 'never' : met === all.length && isObjectType(parent) ? 'always' : 'sometimes';
  }

  /** An object is of one type: what is asked of the most expensive one counts. */
  #narrower(groups: ReadonlyMap<string, SelectionSetNode[]>, parent: GraphQLCompositeType, sizes: ReadonlyMap<string, Amount>): Amount {
    if (groups.size === 0) return 0;
    const priced = [...groups].map(([name, sets]) => {
      const type = this.#supergraph.apiSchema.getType(name) as GraphQLCompositeType;
      return { types: new Set(this.#possible(type)), amount: this.selections(sets, type, sizes) };
    });
    return highest(this.#possible(parent).map((name) => sum(priced.filter(({ types }) => types.has(name)).map(({ amount }) => amount))));
  }

  field(node: FieldNode, sets: readonly SelectionSetNode[], parent: GraphQLCompositeType, sizes: ReadonlyMap<string, Amount>, extra: number): Amount {
    const { costs, listSizes } = this.#supergraph;
    const name = node.name.value;
    const field = META[name] ?? ('getFields' in parent ? parent.getFields()[name] : undefined);
    if (!field) return 0;
    const coordinate = `${parent.name}.${name}`;
    const type = getNamedType(field.type);
    const { own, inside } = sizesOf(parent.name, field, node, listSizes.get(coordinate), sizes.get(name), this.#rules);
    const each = costs.get(type.name)?.weight ?? (isCompositeType(type) ? 1 : 0);
    const below = isCompositeType(type) ? this.selections(sets, type, inside) : 0;
    return sum([extra + (costs.get(coordinate)?.weight ?? 0), this.#arguments(coordinate, field, node), times(own, sum([each, below]))]);
  }

  #arguments(coordinate: string, field: GraphQLField<unknown, unknown>, node: FieldNode): Amount {
    const { costs } = this.#supergraph;
    if (costs.size === 0) return 0;
    return sum(
      (node.arguments ?? []).map(({ name, value }) => {
        const definition = field.args.find((argument) => argument.name === name.value);
        if (!definition) return 0;
        return sum([costs.get(`${coordinate}(${name.value}:)`)?.weight ?? 0, this.#input(value, definition.type)]);
      }),
    );
  }

  /** Weights of the fields of input objects, where any are said. */
  #input(node: ValueNode, type: GraphQLInputType): Amount {
    const named = getNamedType(type);
    if (!this.#weighsInput || !isInputObjectType(named)) return 0;
    if (node.kind === Kind.VARIABLE) return (variables) => this.#given(variables[node.name.value], type);
    if (node.kind === Kind.LIST) return sum(node.values.map((item) => this.#input(item, type)));
    if (node.kind !== Kind.OBJECT) return 0;
    const fields = named.getFields();
    return sum(node.fields.map(({ name, value }) => sum([this.#supergraph.costs.get(`${named.name}.${name.value}`)?.weight ?? 0, fields[name.value] ? this.#input(value, fields[name.value]!.type) : 0])));
  }

  #given(value: unknown, given: GraphQLInputType): number {
    const type = isNonNullType(given) ? given.ofType : given;
    if (value === null || typeof value !== 'object') return 0;
    if (Array.isArray(value)) return value.reduce((total: number, item) => total + this.#given(item, isListType(type) ? type.ofType : type), 0);
    if (!isInputObjectType(type)) return 0;
    const fields = type.getFields();
    return Object.entries(value).reduce((total, [name, inside]) => total + (this.#supergraph.costs.get(`${type.name}.${name}`)?.weight ?? 0) + (fields[name] ? this.#given(inside, fields[name].type) : 0), 0);
  }
}

/** The price of a valid operation, as a function of its coerced variables. */
export function compilePrice(supergraph: Supergraph, document: DocumentNode, operation: OperationDefinitionNode, rules: SizeRules): (coerced: Variables) => number {
  const amount = new Pricing(supergraph, document, rules).operation(operation);
  return typeof amount === 'number' ? () => amount : amount;
}

// How many elements a list may have: what `first` or `last` ask for, what `@listSize` says, or an assumption.
import { getNamedType, getNullableType, isInterfaceType, isListType, isObjectType, Kind, type FieldNode, type GraphQLField, type GraphQLNamedType, type ValueNode } from 'graphql';
import type { Variables } from '../sources/source.ts';
import type { ListSize } from '../supergraph/supergraph.ts';
import type { Amount } from './amount.ts';

export interface SizeRules {
  /** Elements of a list that nothing is said about. Default 5. */
  readonly assumedSize: number;
  /** Rows of a page whose size is left out. Default 50. */
  readonly pageSize: number;
  /** No list gives more, whatever is asked for. Default 200. */
  readonly maxPageSize: number;
}
export const SIZE_RULES: SizeRules = { assumedSize: 5, pageSize: 50, maxPageSize: 200 };

/** Sizes of one field: of its own list, and of lists directly inside it (`edges`, `nodes`). */
export interface Sizes {
  readonly own: Amount;
  readonly inside: ReadonlyMap<string, Amount>;
}

const PAGE_ARGUMENTS = ['first', 'last'];
const PAGE_FIELDS = ['edges', 'nodes'];
const NONE: ReadonlyMap<string, Amount> = new Map();

/** Lists of introspection: about what a schema of this size has. */
const INTROSPECTION: Readonly<Record<string, number>> = { '__Schema.types': 100, '__Type.fields': 8, '__Schema.directives': 10, '__Field.args': 2, '__Directive.args': 2 };

function literal(node: ValueNode): number | null {
  return node.kind === Kind.INT ? Number(node.value) : null;
}

/** The number that was asked for: fixed, from a variable, or null where nothing was. */
function asked(field: GraphQLField<unknown, unknown>, node: FieldNode, name: string): Amount | null | ((variables: Variables) => number | null) {
  const definition = field.args.find((argument) => argument.name === name);
  if (!definition) return null;
  const byDefault = typeof definition.defaultValue === 'number' ? definition.defaultValue : null;
  const given = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (!given) return byDefault;
  if (given.kind !== Kind.VARIABLE) return literal(given);
  const variable = given.name.value;
  return (variables) => {
    const value = variables[variable];
    return typeof value === 'number' ? value : value === undefined ? byDefault : null;
  };
}

function pageSize(field: GraphQLField<unknown, unknown>, node: FieldNode, names: readonly string[], otherwise: number, most: number): Amount {
  const within = (size: number) => Math.min(Math.max(size, 0), most);
  const wishes = names.map((name) => asked(field, node, name)).filter((wish) => wish !== null);
  if (wishes.length === 0) return within(otherwise);
  if (wishes.every((wish) => typeof wish === 'number')) return within(Math.max(...wishes));
  return (variables) => {
    let size: number | null = null;
    for (const wish of wishes) {
      const value = typeof wish === 'number' ? wish : wish(variables);
      if (value !== null && (size === null || value > size)) size = value;
    }
    return within(size ?? otherwise);
  };
}

const isPaged = (type: GraphQLNamedType): boolean =>
  (isObjectType(type) || isInterfaceType(type)) && PAGE_FIELDS.some((name) => isListType(getNullableType(type.getFields()[name]?.type)));

/** `parent`: the type that has the field. `above`: the size that the field around it gives this list. */
export function sizesOf(parent: string, field: GraphQLField<unknown, unknown>, node: FieldNode, hint: ListSize | undefined, above: Amount | undefined, rules: SizeRules): Sizes {
  const isList = isListType(getNullableType(field.type));
  const type = getNamedType(field.type);
  if (hint) {
    const { slicingArguments = [], sizedFields, assumedSize } = hint;
    const otherwise = assumedSize ?? (slicingArguments.length > 0 ? rules.pageSize : rules.assumedSize);
    // A list that is sized by an argument may be larger than the assumption for lists in general.
    const size = slicingArguments.length > 0 ? pageSize(field, node, slicingArguments, otherwise, Math.max(rules.maxPageSize, otherwise)) : otherwise;
    return sizedFields?.length ? { own: isList ? rules.assumedSize : 1, inside: new Map(sizedFields.map((name) => [name, size])) } : { own: isList ? size : 1, inside: NONE };
  }
  const paging = PAGE_ARGUMENTS.filter((name) => field.args.some((argument) => argument.name === name));
  if (paging.length > 0) {
    const size = pageSize(field, node, paging, rules.pageSize, rules.maxPageSize);
    if (isList) return { own: size, inside: NONE };
    if (isPaged(type)) return { own: 1, inside: new Map(PAGE_FIELDS.map((name) => [name, size])) };
  }
  if (!isList) return { own: 1, inside: NONE };
  return { own: above ?? INTROSPECTION[`${parent}.${field.name}`] ?? rules.assumedSize, inside: NONE };
}

// Random operations on a schema: aliases that every object has by birth, fragments on whatever type may apply, conditions by
// literal and by variable, arguments. Every one is valid.
import fc from 'fast-check';
import { isAbstractType, isInterfaceType, isLeafType, isObjectType, getNamedType, type GraphQLField, type GraphQLSchema } from 'graphql';

/** Names that plain objects inherit, or that code might take for its own. */
export const HOSTILE = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', 'toLocaleString', '__defineGetter__', '__lookupSetter__'];
const CONDITIONS = ['', '', '', ' @skip(if: $x)', ' @include(if: $x)', ' @include(if: true)', ' @skip(if: $y) @include(if: $x)'];
const COMPOSITE_BELOW = 3;

export interface Generated {
  /**
   * For query planners: no hostile aliases, something in every selection that no condition leaves out, conditions by variable
   * on fields only. Hive's planner (0.0.38) and Apollo's (2.14.4) plan some of the rest wrongly, whoever executes the plan:
   * Hive's loses fields where it makes one fragment of two selections that differ in a condition.
   */
  readonly plannable?: boolean;
}

/** Operations with the variables `$x: Boolean!` and `$y: Boolean = true`. A field with arguments takes string literals. */
export function operations(schema: GraphQLSchema, { plannable = false }: Generated = {}): fc.Arbitrary<string> {
  const types = Object.values(schema.getTypeMap()).filter((type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'));
  const names = [...new Set(types.flatMap((type) => Object.keys((type as { getFields(): object }).getFields())))];
  const made = new Map<string, fc.Arbitrary<string>>();
  const conditions = fc.constantFrom(...CONDITIONS.slice(0, plannable ? -1 : undefined));

  /** No two fields share an alias, and one alias always has the same arguments, so that every operation merges. */
  const written = ({ name, args }: GraphQLField<unknown, unknown>): string[] => {
    const index = names.indexOf(name);
    const hostile = plannable ? undefined : HOSTILE[index];
    return [name, `${name}_`, `_${index}`, hostile ?? `a${index}`].map((alias, i) => {
      const given = args.length > 0 && i > 0 ? `(${args.map((argument) => `${argument.name}: "${i}"`).join(' ')})` : '';
      return `${alias === name ? '' : `${alias}: `}${name}${given}`;
    });
  };

  const selections = (typeName: string, depth: number): fc.Arbitrary<string> => {
    const key = `${typeName} ${depth}`;
    const known = made.get(key);
    if (known) return known;
    const type = schema.getType(typeName);
    const options: fc.Arbitrary<string>[] = [fc.constantFrom('__typename', 'kind: __typename')];
    for (const field of isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []) {
      const named = getNamedType(field.type);
      if (!isLeafType(named) && depth === 0) continue;
      const below = isLeafType(named) ? fc.constant('') : selections(named.name, depth - 1);
      options.push(fc.tuple(fc.constantFrom(...written(field)), conditions, below).map((parts) => parts.join('')));
    }
    if (depth > 0) {
      const possible = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
      const around = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().map(({ name }) => name) : [];
      const fragments = fc.constantFrom(typeName, ...possible, ...around);
      options.push(fc.tuple(fragments, plannable ? fc.constantFrom('', ' @include(if: true)', ' @skip(if: false)') : conditions).chain(([on, when]) => selections(on, depth - 1).map((inside) => `... on ${on}${when}${inside}`)));
    }
    const all = fc.array(fc.oneof(...options), { minLength: 1, maxLength: 5 }).map((list) => ` { ${plannable ? '__typename ' : ''}${list.join(' ')} }`);
    made.set(key, all);
    return all;
  };
  return selections('Query', COMPOSITE_BELOW).map((body) => {
    const variables = ['$x: Boolean!', '$y: Boolean = true'].filter((definition) => body.includes(definition.slice(0, 2)));
    return `query${variables.length > 0 ? `(${variables.join(' ')})` : ''}${body}`;
  });
}

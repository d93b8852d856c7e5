// What of an object is sent to a subgraph so that it knows which entity is meant, and when two of them mean the same.
import type { GraphQLSchema } from 'graphql';
import type { EntityGroup, Requirement } from '../planning/plan.ts';
import type { Variables } from '../sources/source.ts';
import { possibleNames } from './places.ts';
import { compileRewrites } from './rewrites.ts';
import { isObject, read, write, type Data } from './slots.ts';

/** Fills `into` from an object; false where a field is missing, so that the entity cannot be asked for. */
type Filler = (from: Data, into: Data, variables: Variables) => boolean;

export interface Representations {
  /** Undefined where the object has no key: a field is missing, or all of them are null. */
  build(object: Data, variables: Variables): Data | undefined;
  /** The same text for the same entity. */
  keyOf(representation: Data): string;
}

const MISSING = Symbol('missing');

function valueOf(value: unknown, fill: Filler, variables: Variables): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const made = valueOf(item, fill, variables);
      if (made === MISSING) return MISSING;
      items.push(made);
    }
    return items;
  }
  if (!isObject(value)) return MISSING;
  const made: Data = {};
  return fill(value, made, variables) ? made : MISSING;
}

function compileField(requirement: Requirement & { readonly kind: 'field' }, schema: GraphQLSchema): Filler {
  const { name } = requirement;
  const key = requirement.alias ?? name;
  if (!requirement.selections || requirement.selections.length === 0) {
    return (from, into) => {
      const value = read(from, name);
      if (value === undefined) return false;
      write(into, key, value);
      return true;
    };
  }
  const fill = compileFillers(requirement.selections, schema);
  return (from, into, variables) => {
    const value = read(from, name);
    if (value === undefined) return false;
    const made = valueOf(value, fill, variables);
    if (made === MISSING) return false;
    const before = into[key];
    if (isObject(before) && isObject(made)) Object.assign(before, made);
    else write(into, key, made);
    return true;
  };
}

function compileFragment({ type, types, includeIf, skipIf, selections }: Requirement & { readonly kind: 'fragment' }, schema: GraphQLSchema): Filler {
  const fill = compileFillers(selections, schema);
  const names = type === null ? undefined : new Set<unknown>([type, ...(types ?? possibleNames(type, schema))]);
  return (from, into, variables) => {
    if (includeIf !== undefined && variables[includeIf] !== true) return true;
    if (skipIf !== undefined && variables[skipIf] === true) return true;
    const name = from['__typename'];
    return names !== undefined && name !== undefined && !names.has(name) ? true : fill(from, into, variables);
  };
}

function compileFillers(requirements: readonly Requirement[], schema: GraphQLSchema): Filler {
  const fillers = requirements.map((requirement) =>
    requirement.kind === 'field' ? compileField(requirement, schema) : compileFragment(requirement, schema),
  );
  if (fillers.length === 1) return fillers[0]!;
  return (from, into, variables) => {
    for (const fill of fillers) if (!fill(from, into, variables)) return false;
    return true;
  };
}

/** False for a representation that names nothing: only a type, and nulls. */
function hasKey(representation: Data): boolean {
  for (const key in representation) if (key !== '__typename' && representation[key] !== null) return true;
  return false;
}

/** Every part says where it ends, so that different entities never share a key; cheaper than JSON where all is scalar. */
function keyOf(representation: Data): string {
  let text = '';
  for (const key in representation) {
    const value = representation[key];
    if (typeof value === 'string') text += `${value.length}:${value}`;
    else if (typeof value === 'object' && value !== null) {
      const json = JSON.stringify(value);
      text += `${json.length}j${json}`;
    } else text += `${String(value)};`;
  }
  return text;
}

export function compileRepresentations({ requires, inputRewrites }: EntityGroup, schema: GraphQLSchema): Representations {
  const fill = compileFillers(requires, schema);
  const rewrite = compileRewrites(inputRewrites, schema);
  return {
    build(object, variables) {
      const representation: Data = {};
      if (!fill(object, representation, variables) || !hasKey(representation)) return undefined;
      if (representation['__typename'] === undefined) {
        if (object['__typename'] === undefined) return undefined;
        representation['__typename'] = object['__typename'];
      }
      rewrite?.(representation);
      return representation;
    },
    keyOf,
  };
}

// What of an object is sent to a subgraph so that it knows which entity is meant, and when two of them mean the same.
import type { GraphQLSchema } from 'graphql';
import type { EntityGroup, Requirement } from '../planning/plan.ts';
import type { Variables } from '../sources/source.ts';
import type { Execution } from './execution.ts';
import { possibleNames } from './places.ts';
import { compileRewrites } from './rewrites.ts';
import { isObject, read, write, type Data } from './slots.ts';

/**
 * What became of a requirement. `ABSENT`: the object itself lacks a field, because a condition left it out or because the
 * fetch that brings it gave nothing. `BROKEN`: something inside a value is not as the plan expects it.
 */
const COMPLETE = 0;
const ABSENT = 1;
const BROKEN = 2;
type Outcome = typeof COMPLETE | typeof ABSENT | typeof BROKEN;

/** Fills `into` from an object. */
type Filler = (from: Data, into: Data, variables: Variables) => Outcome;

export interface Representations {
  /**
   * Undefined where the entity cannot be asked for: it has no key (all fields are null or absent), or something that is
   * required is missing because another fetch failed, or did not know the object.
   */
  build(object: Data, execution: Execution): Data | undefined;
  /** The same text for the same entity. */
  keyOf(representation: Data): string;
}

const UNFIT = Symbol('unfit');

function valueOf(value: unknown, fill: Filler, variables: Variables): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const made = valueOf(item, fill, variables);
      if (made === UNFIT) return UNFIT;
      items.push(made);
    }
    return items;
  }
  if (!isObject(value)) return UNFIT;
  const made: Data = {};
  return fill(value, made, variables) === COMPLETE ? made : UNFIT;
}

function compileField(requirement: Requirement & { readonly kind: 'field' }, schema: GraphQLSchema): Filler {
  const { name } = requirement;
  const key = requirement.alias ?? name;
  if (!requirement.selections || requirement.selections.length === 0) {
    return (from, into) => {
      const value = read(from, name);
      if (value === undefined) return ABSENT;
      write(into, key, value);
      return COMPLETE;
    };
  }
  const fill = compileFillers(requirement.selections, schema);
  return (from, into, variables) => {
    const value = read(from, name);
    if (value === undefined) return ABSENT;
    const made = valueOf(value, fill, variables);
    if (made === UNFIT) return BROKEN;
    const before = into[key];
    if (isObject(before) && isObject(made)) Object.assign(before, made);
    else write(into, key, made);
    return COMPLETE;
  };
}

function compileFragment({ type, types, includeIf, skipIf, selections }: Requirement & { readonly kind: 'fragment' }, schema: GraphQLSchema): Filler {
  const fill = compileFillers(selections, schema);
  const names = type === null ? undefined : new Set<unknown>([type, ...(types ?? possibleNames(type, schema))]);
  return (from, into, variables) => {
    if (includeIf !== undefined && variables[includeIf] !== true) return COMPLETE;
    if (skipIf !== undefined && variables[skipIf] === true) return COMPLETE;
    const name = from['__typename'];
    return names !== undefined && name !== undefined && !names.has(name) ? COMPLETE : fill(from, into, variables);
  };
}

function compileFillers(requirements: readonly Requirement[], schema: GraphQLSchema): Filler {
  const fillers = requirements.map((requirement) =>
    requirement.kind === 'field' ? compileField(requirement, schema) : compileFragment(requirement, schema),
  );
  if (fillers.length === 1) return fillers[0]!;
  return (from, into, variables) => {
    let worst: Outcome = COMPLETE;
    for (const fill of fillers) {
      const outcome = fill(from, into, variables);
      if (outcome > worst) worst = outcome;
    }
    return worst;
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
    build(object, execution) {
      const representation: Data = {};
      const outcome = fill(object, representation, execution.coerced);
      if (outcome !== COMPLETE && (outcome === BROKEN || execution.lacks(object))) {
        execution.markIncomplete(object);
        return undefined;
      }
      if (!hasKey(representation)) return undefined;
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

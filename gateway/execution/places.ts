// Finding the objects that a path of the plan means, in the data that is there; and, when errors have to be told, where in
// the answer each of them stands.
import { isAbstractType, type GraphQLSchema } from 'graphql';
import type { PlanPath } from '../planning/plan.ts';
import { isObject, read, type Data } from './slots.ts';
import type { Path } from './troubles.ts';

export interface Places {
  /** Response keys on the way, without list positions and types. */
  readonly keys: readonly string[];
  /** Response keys down to the first list. */
  readonly beforeLists: readonly string[];
  /** Calls `found` for every object, in the order of the answer. */
  each(root: Data, found: (object: Data) => void): void;
  /** The same, with the place of each. */
  eachWithPath(root: Data, found: (object: Data, path: Path) => void): void;
}

type Visit = (value: unknown, found: (object: Data, path: Path) => void, path: (string | number)[] | undefined) => void;

/** Names of the object types that belong to an abstract type that clients know. */
export function possibleNames(name: string, schema: GraphQLSchema): readonly string[] {
  const type = schema.getType(name);
  return isAbstractType(type) ? schema.getPossibleTypes(type).map((possible) => possible.name) : [];
}

/** The types and, where one is abstract, all that it can be. An object that does not tell its type is let through. */
function matcher(types: readonly string[], schema: GraphQLSchema): (object: Data) => boolean {
  const names = new Set<unknown>([...types, ...types.flatMap((name) => possibleNames(name, schema))]);
  return ({ __typename }) => __typename === undefined || names.has(__typename);
}

const NOWHERE: Path = [];

const end: Visit = (value, found, path) => {
  if (isObject(value)) found(value, path ? [...path] : NOWHERE);
  // A plan may leave out that a list stands at its end.
  else if (Array.isArray(value)) each(value, end, found, path);
};

function each(items: readonly unknown[], next: Visit, found: Parameters<Visit>[1], path: Parameters<Visit>[2]): void {
  for (let i = 0; i < items.length; i++) {
    path?.push(i);
    next(items[i], found, path);
    path?.pop();
  }
}

function compileSteps(path: PlanPath, schema: GraphQLSchema): Visit {
  let next = end;
  for (const step of [...path].reverse()) {
    const after = next;
    if (step === '@') {
      next = (value, found, at) => {
        if (Array.isArray(value)) each(value, after, found, at);
      };
    } else if ('field' in step) {
      const key = step.field;
      next = function into(value, found, at) {
        if (Array.isArray(value)) return each(value, into, found, at);
        if (typeof value !== 'object' || value === null) return;
        const below = read(value as Data, key);
        if (below === null || below === undefined) return;
        at?.push(key);
        after(below, found, at);
        at?.pop();
      };
    } else {
      const matches = matcher(step.types, schema);
      next = function only(value, found, at) {
        if (Array.isArray(value)) return each(value, only, found, at);
        if (isObject(value) && matches(value)) after(value, found, at);
      };
    }
  }
  return next;
}

export function compilePlaces(path: PlanPath, schema: GraphQLSchema): Places {
  const visit = compileSteps(path, schema);
  const fields = (steps: PlanPath) => steps.flatMap((step) => (step !== '@' && 'field' in step ? [step.field] : []));
  const list = path.indexOf('@');
  return {
    keys: fields(path),
    beforeLists: fields(list < 0 ? path : path.slice(0, list)),
    each: (root, found) => visit(root, found, undefined),
    eachWithPath: (root, found) => visit(root, found, []),
  };
}

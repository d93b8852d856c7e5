// Putting what a fetch brought into the data that is there.
import { isObject, read, write, type Data } from './slots.ts';

/** True for names of object types that clients can see: only these tell what an object is. */
export type IsObjectType = (name: unknown) => boolean;

/**
 * Merges `source` into `target`, in place: objects field by field, lists by position. A null does not take away an object
 * that another fetch brought, and the name of an interface does not take the place of a type's.
 */
export function merge(target: Data, source: Data, isObjectType: IsObjectType): void {
  for (const key of Object.keys(source)) {
    const value = source[key];
    const known = read(target, key);
    if (known === undefined || known === null) {
      write(target, key, value);
    } else if (typeof known === 'object') {
      if (typeof value === 'object' && value !== null) mergeInto(target, key, known, value, isObjectType);
    } else if (value !== null && (key !== '__typename' || isObjectType(value) || !isObjectType(known))) {
      write(target, key, value);
    }
  }
}

function mergeInto(target: Data, key: string, known: object, value: object, isObjectType: IsObjectType): void {
  if (known === value) return;
  if (Array.isArray(known) && Array.isArray(value)) mergeLists(known, value, isObjectType);
  else if (isObject(known) && isObject(value)) merge(known, value, isObjectType);
  else write(target, key, value);
}

function mergeLists(known: unknown[], value: readonly unknown[], isObjectType: IsObjectType): void {
  for (let i = 0; i < value.length; i++) {
    const before = known[i];
    const after = value[i];
    if (isObject(before) && isObject(after)) merge(before, after, isObjectType);
    else if (Array.isArray(before) && Array.isArray(after)) mergeLists(before, after, isObjectType);
    else if (typeof before !== 'object' || before === null) known[i] = after;
  }
}

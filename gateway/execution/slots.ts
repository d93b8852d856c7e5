// Reading and writing the response keys of answers. A key is whatever alias a client chose, so it may be `__proto__` or
// `constructor`: a name that every object has by birth is only believed where the object has it of its own.

export type Data = Record<string, unknown>;

const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** True for names that plain objects inherit. */
export const isInherited = (key: string): boolean => INHERITED.has(key);

/** The object's own value under a key; undefined where there is none. */
export const read = (object: Data, key: string): unknown => (isInherited(key) && !Object.hasOwn(object, key) ? undefined : object[key]);

/** Sets a value under any key, also one that would otherwise change the prototype. */
export function write(object: Data, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

export const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy that shares nothing that a later fetch could write into. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item)) as T;
  if (!isObject(value)) return value;
  const made: Data = {};
  for (const key of Object.keys(value)) write(made, key, copy(value[key]));
  return made as T;
}

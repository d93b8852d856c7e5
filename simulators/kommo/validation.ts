// Checks of written bodies (kommo.md 2.2, 5): arrays on collections, objects on single records, unknown keys and wrong
// types refused with a dotted path, a bad item refusing the whole batch.
import type { Call } from './call.ts';
import { MAX_LIMIT } from './filters.ts';
import type { FieldProblem, ItemProblems } from './problem.ts';
import { emptyRequest, refuse, validationFailed } from './problem.ts';

export type Json = Record<string, unknown>;

/** `?` also allows null. */
export type FieldKind =
  | 'string'
  | 'string?'
  | 'int'
  | 'int?'
  | 'number'
  | 'number?'
  | 'bool'
  | 'array'
  | 'array?'
  | 'object'
  | 'object?'
  | 'any';

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const wrongType = (path: string, type: string): FieldProblem => ({
  code: 'InvalidType',
  path,
  detail: `This value should be of type ${type}.`,
});
export const badChoice = (path: string): FieldProblem => ({
  code: 'NotSupportedChoice',
  path,
  detail: 'The value you selected is not a valid choice.',
});
export const unexpected = (path: string): FieldProblem => ({
  code: 'FieldNotExpected',
  path,
  detail: 'This field was not expected.',
});
export const absent = (path: string): FieldProblem => ({
  code: 'FieldMissing',
  path,
  detail: 'This field is missing.',
});

const TESTS: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  int: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  bool: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: isObject,
  any: () => true,
};

/** Keys and types of one object; `problems` grows with every check. */
export class FieldCheck {
  readonly problems: FieldProblem[] = [];
  readonly #item: Json;
  readonly #prefix: string;

  constructor(item: Json, kinds: Record<string, FieldKind>, prefix = '') {
    this.#item = item;
    this.#prefix = prefix;
    for (const [key, value] of Object.entries(item)) {
      const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
      if (kind === undefined) this.problems.push(unexpected(prefix + key));
      else if (!(kind.endsWith('?') && value === null) && !TESTS[kind.replace('?', '')]?.(value))
        this.problems.push(wrongType(prefix + key, kind.replace('?', '')));
    }
  }

  require(...keys: string[]): this {
    for (const key of keys) if (this.#item[key] === undefined) this.problems.push(absent(this.#prefix + key));
    return this;
  }

  add(...problems: FieldProblem[]): this {
    this.problems.push(...problems);
    return this;
  }
}

/** The body of a collection's POST or PATCH. Throws Refusal for an empty one, a bare object, and more than `limit` items. */
export function arrayBody(call: Call, limit = MAX_LIMIT): Json[] {
  if (call.body === undefined) throw emptyRequest();
  if (!Array.isArray(call.body)) throw validationFailed([{ request_id: '0', errors: [wrongType('', 'array')] }]);
  if (call.body.length === 0) throw emptyRequest();
  if (call.body.length > limit) throw refuse(422, `Limit ${limit} per page`);
  return call.body.map((item: unknown, index) => {
    if (!isObject(item))
      throw validationFailed([{ request_id: String(index), errors: [wrongType(String(index), 'array')] }]);
    return item;
  });
}

/** The body of a single record's PATCH, and of the few POST that take an object. */
export function objectBody(call: Call): Json {
  if (call.body === undefined || (isObject(call.body) && Object.keys(call.body).length === 0)) throw emptyRequest();
  if (!isObject(call.body)) throw validationFailed([{ request_id: '0', errors: [wrongType('', 'object')] }]);
  return call.body;
}

export type Checked<T> = { value: T } | { problems: FieldProblem[] };

export interface Settled<T> {
  value: T;
  /** The item's own `request_id`, or its index. */
  requestId: string;
}

const requestIdOf = (item: Json, index: number): string =>
  typeof item['request_id'] === 'string' ? item['request_id'] : String(index);

/**
 * Checks every item, then gives the good ones. One bad item refuses the batch (assumed: partial success is undocumented);
 * with the switch `batch: 'partial'` only a batch without a good item is refused.
 */
export function settle<T>(call: Call, items: readonly Json[], check: (item: Json) => Checked<T>): Settled<T>[] {
  const good: Settled<T>[] = [];
  const bad: ItemProblems[] = [];
  items.forEach((item, index) => {
    const result = check(item);
    if ('value' in result) good.push({ value: result.value, requestId: requestIdOf(item, index) });
    else bad.push({ request_id: requestIdOf(item, index), errors: result.problems });
  });
  if (bad.length > 0 && (call.sim.switches.batch === 'whole' || good.length === 0)) throw validationFailed(bad);
  return good;
}

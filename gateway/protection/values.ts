// What variables may hold, whatever their types say: no text that the database cannot take, and no nesting that only serves to
// exhaust who walks through it.
import type { Variables } from '../sources/source.ts';
import { MAX_VALUE_DEPTH, NUL_MESSAGE } from './structure.ts';

function problemOf(value: unknown, depth: number): string | null {
  if (typeof value === 'string') return value.includes('\0') ? NUL_MESSAGE : null;
  if (value === null || typeof value !== 'object') return null;
  if (depth > MAX_VALUE_DEPTH) return `A value is nested in more than ${MAX_VALUE_DEPTH} lists and objects`;
  if (Array.isArray(value)) {
    for (const item of value) {
      const problem = problemOf(item, depth + 1);
      if (problem !== null) return problem;
    }
    return null;
  }
  for (const key in value) {
    if (key.includes('\0')) return NUL_MESSAGE;
    const problem = problemOf((value as Record<string, unknown>)[key], depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

/** The first thing that is wrong, as `name: reason`; null where nothing is. */
export function checkVariables(variables: Variables): string | null {
  for (const name in variables) {
    const problem = problemOf(variables[name], 0);
    if (problem !== null) return `Variable "$${name.replaceAll('\0', '')}": ${problem}`;
  }
  return null;
}

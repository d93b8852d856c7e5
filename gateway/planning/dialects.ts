// How each planner says paths and rewrites.
import { unknownPlan, type Dialect } from './adapt.ts';
import type { PathStep, Rewrite, RewriteStep } from './plan.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNames = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** `{ Field: 'sales' }`, `'@'`, `{ TypeCondition: ['Book'] }` */
function hiveStep(step: unknown): PathStep {
  if (step === '@') return '@';
  if (isObject(step)) {
    const { Field: field, TypeCondition: types } = step;
    if (typeof field === 'string') return { field };
    if (isNames(types)) return { types };
  }
  throw unknownPlan(`the step ${JSON.stringify(step)} in a path`);
}

/** `{ Key: 'price' }`, `{ TypenameEquals: ['Book'] }` */
function hiveRewriteStep(step: unknown): RewriteStep {
  if (isObject(step)) {
    const { Key: key, TypenameEquals: types } = step;
    if (typeof key === 'string') return { key };
    if (isNames(types)) return { types };
    if (typeof types === 'string') return { types: [types] };
  }
  throw unknownPlan(`the step ${JSON.stringify(step)} in a rewrite`);
}

/** `{ ValueSetter: {…} }`, `{ KeyRenamer: {…} }`, or either of them flat with its `kind`. */
function rewriteOf(wire: unknown, step: (step: unknown) => RewriteStep): Rewrite {
  if (isObject(wire)) {
    const body = wire['ValueSetter'] ?? wire['KeyRenamer'] ?? wire;
    if (isObject(body)) {
      const path = list(body['path']).map(step);
      if (typeof body['renameKeyTo'] === 'string') return { kind: 'rename', path, to: body['renameKeyTo'] };
      if ('setValueTo' in body) return { kind: 'set', path, value: body['setValueTo'] };
    }
  }
  throw unknownPlan('a rewrite of another kind');
}

/** @graphql-hive/router-query-planner 0.0.38. */
export const HIVE: Dialect = {
  planner: 'hive',
  path: (steps) => steps.map(hiveStep),
  rewrite: (wire) => rewriteOf(wire, hiveRewriteStep),
};

const TYPE_CONDITION = /^\.\.\. on (.+)$/;

/** @apollo/query-planner 2.14.4: plain strings, `@` for lists, `... on Book` for a type. */
export const APOLLO: Dialect = {
  planner: 'apollo',
  path: (steps) =>
    steps.map((step): PathStep => {
      if (step === '@') return '@';
      if (typeof step !== 'string') throw unknownPlan(`the step ${JSON.stringify(step)} in a path`);
      const type = TYPE_CONDITION.exec(step)?.[1];
      return type === undefined ? { field: step } : { types: [type] };
    }),
  rewrite: (wire) =>
    rewriteOf(wire, (step) => {
      if (typeof step !== 'string') throw unknownPlan(`the step ${JSON.stringify(step)} in a rewrite`);
      const type = TYPE_CONDITION.exec(step)?.[1];
      return type === undefined ? { key: step } : { types: [type] };
    }),
};

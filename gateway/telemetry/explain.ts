// The plan of an operation for people: as a tree, with what each fetch asks and how long it took, put into the answer's `extensions`.
import type { Tier } from '../execution/executable.ts';
import type { EntitiesNode, FetchNode, Plan, PlanNode, PlanPath } from '../planning/index.ts';
import type { Principal } from '../principal.ts';
import type { RequestContext } from '../request.ts';
import type { Result } from '../result.ts';
import { timesKey } from './sources.ts';

/** Header by which a caller with `admin` asks for the plan; `extensions.plan: true` in the request is the same. */
export const PLAN_HEADER = 'x-ponte-plan';

/** True for who asked, and may know: how the graph is put together is nobody else's business. */
export const mayExplain = ({ scopes }: Principal): boolean => scopes.has('admin');

const pathText = (path: PlanPath): string => path.map((step) => (step === '@' ? '@' : 'field' in step ? step.field : `|[${step.types.join('|')}]`)).join('.');

type Times = ReadonlyMap<string, readonly number[]>;

/** Milliseconds of its fetches in this request; none where it was not sent, or its answer was taken from the cache. */
function fetchOf({ service, operation }: FetchNode | EntitiesNode, times: Times) {
  const ms = (times.get(timesKey(service, operation)) ?? []).map((one) => Math.round(one * 100) / 100);
  return { service, operation, ms };
}

function treeOf(node: PlanNode | null, times: Times): object | null {
  switch (node?.kind) {
    case undefined:
      return null;
    case 'fetch':
      return { kind: 'fetch', ...(node.path ? { path: pathText(node.path) } : {}), ...fetchOf(node, times) };
    case 'entities':
      return { kind: 'entities', paths: node.groups.flatMap(({ paths }) => paths.map(pathText)), ...fetchOf(node, times) };
    case 'sequence':
    case 'parallel':
      return { kind: node.kind, nodes: node.nodes.map((part) => treeOf(part, times)) };
    case 'condition':
      return { kind: 'condition', variable: node.variable, ifTrue: treeOf(node.ifTrue, times), ifFalse: treeOf(node.ifFalse, times) };
    case 'subscription':
      return { kind: 'subscription', primary: treeOf(node.primary, times), rest: treeOf(node.rest, times) };
    case 'defer':
      return {
        kind: 'defer',
        primary: treeOf(node.primary.node, times),
        deferred: node.deferred.map(({ label, queryPath, depends, node: block }) => ({ ...(label === undefined ? {} : { label }), path: queryPath.join('.'), depends, node: treeOf(block, times) })),
      };
  }
}

/** What `extensions.plan` shows. `plan` is absent where Apollo's executor runs: it plans by itself. */
export function explain(plan: Plan | undefined, tier: Tier, { tally, fetchTimes, began }: RequestContext): object {
  return {
    planner: plan?.planner ?? 'apollo',
    tier,
    ...(tally.fallback === undefined ? {} : { fallback: tally.fallback }),
    ms: Math.round((performance.now() - began) * 100) / 100,
    fetches: tally.fetches,
    ...(plan ? { root: treeOf(plan.root, fetchTimes ?? new Map()) } : {}),
  };
}

/** The answer with one more member. No tier writes `extensions` of its own, and every answer is an object with at least one member. */
export function withExtensions(result: Result, extensions: object): Result {
  const json = `,"extensions":${JSON.stringify(extensions)}}`;
  const tail = result.encoding === 'latin1' ? Buffer.from(json, 'utf8').toString('latin1') : json;
  return { ...result, text: `${result.text.slice(0, result.text.lastIndexOf('}'))}${tail}` };
}

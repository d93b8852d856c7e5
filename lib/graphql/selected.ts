// What an operation selects on a connection, and on its nodes.
import type { Lookahead } from './lookahead.ts';

export const wantsPage = (look: Lookahead): boolean => look.hasAny('edges', 'nodes', 'pageInfo');
export const wantsTotal = (look: Lookahead): boolean => look.hasAny('totalCount', 'totalCountExact');

const nodeLooks = new WeakMap<Lookahead, Lookahead>();

/** What is selected on a node, by `edges { node }` or by `nodes`. */
export function nodeLook(look: Lookahead): Lookahead {
  const [byEdge, direct] = [look.of('edges').of('node'), look.of('nodes')];
  if (direct.fields.length === 0) return byEdge;
  if (byEdge.fields.length === 0) return direct;
  let merged = nodeLooks.get(look);
  if (merged === undefined) nodeLooks.set(look, (merged = mergeLooks(byEdge, direct)));
  return merged;
}

const mergeLooks = (a: Lookahead, b: Lookahead): Lookahead => ({
  has: (field) => a.has(field) || b.has(field),
  hasAny: (...fields) => a.hasAny(...fields) || b.hasAny(...fields),
  of: (field) => (a.has(field) ? (b.has(field) ? mergeLooks(a.of(field), b.of(field)) : a.of(field)) : b.of(field)),
  fields: [...new Set([...a.fields, ...b.fields])],
});

// Corrections that a planner asks for in what goes to a subgraph and in what comes back: a value set, or a key renamed.
import { isAbstractType, type GraphQLSchema } from 'graphql';
import type { Rewrite, RewriteStep } from '../planning/plan.ts';
import { isObject, read, write, type Data } from './slots.ts';
import type { Path } from './troubles.ts';

export type Rewriter = (data: unknown) => void;

function matches(types: readonly string[], object: Data, schema: GraphQLSchema): boolean {
  const name = object['__typename'];
  if (typeof name !== 'string' || types.includes(name)) return true;
  const type = schema.getType(name);
  return types.some((candidate) => {
    const abstract = schema.getType(candidate);
    return isAbstractType(abstract) && type !== undefined && 'getInterfaces' in type && schema.isSubType(abstract, type);
  });
}

function apply(data: unknown, rewrite: Rewrite, at: number, schema: GraphQLSchema): void {
  if (Array.isArray(data)) return data.forEach((item) => apply(item, rewrite, at, schema));
  if (!isObject(data)) return;
  const step = rewrite.path[at];
  if (step === undefined) return;
  if ('types' in step) {
    if (matches(step.types, data, schema)) apply(data, rewrite, at + 1, schema);
    return;
  }
  if (at < rewrite.path.length - 1) return apply(read(data, step.key), rewrite, at + 1, schema);
  if (!Object.hasOwn(data, step.key)) return;
  if (rewrite.kind === 'set') write(data, step.key, rewrite.value);
  else if (rewrite.to !== step.key) {
    write(data, rewrite.to, data[step.key]);
    delete data[step.key];
  }
}

/** Applies rewrites in their order, in place. Undefined where there are none. */
export function compileRewrites(rewrites: readonly Rewrite[], schema: GraphQLSchema): Rewriter | undefined {
  if (rewrites.length === 0) return undefined;
  return (data) => rewrites.forEach((rewrite) => apply(data, rewrite, 0, schema));
}

const keysOf = (steps: readonly RewriteStep[]) => steps.flatMap((step) => ('key' in step ? [step.key] : []));

/** A path of the subgraph's answer, with the keys that the client's answer has instead. */
export function renamePath(path: Path, rewrites: readonly Rewrite[]): Path {
  if (rewrites.length === 0) return path;
  const renamed = [...path];
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'rename') continue;
    const keys = keysOf(rewrite.path);
    const positions = path.flatMap((step, position) => (typeof step === 'string' ? [position] : []));
    if (positions.length >= keys.length && keys.every((key, i) => path[positions[i]!] === key)) renamed[positions[keys.length - 1]!] = rewrite.to;
  }
  return renamed;
}

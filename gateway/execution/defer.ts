// Operations with `@defer`: the plan runs in parts, and each part is written as soon as its fetches are over.
import type { PlanNode } from '../planning/index.ts';
import { stepContext, tierOf } from './compile.ts';
import { Delivery } from './defer-delivery.ts';
import { DeferredPlaces, type Place } from './defer-places.ts';
import { compileBlocks, startParts, type Blocks } from './defer-run.ts';
import type { CompileInput, IncrementalExecutable } from './executable.ts';
import { failureOfReason } from './failures.ts';
import { conditionVariables } from './selection.ts';
import { createWriter, type Writer } from './writer.ts';

/** The part of the plan for these variables: `@defer(if: $variable)` gives a plan for each of its values. */
function chosen(root: PlanNode | null, variables: Readonly<Record<string, unknown>>): PlanNode | null {
  let node = root;
  while (node?.kind === 'condition') node = variables[node.variable] === true ? node.ifTrue : node.ifFalse;
  return node;
}

/**
 * Compiles an operation whose document went through `labelDefers` before it was planned. Throws a PonteError where the plan
 * names a subgraph that has no source. What it executes begins at once, never rejects, and ends with `return()`, which aborts
 * the request where anything is still on its way.
 */
export function compileIncremental(input: CompileInput): IncrementalExecutable {
  const { schema, document, operation, plan, refused, formatError } = input;
  const type = schema.getRootType(operation.operation);
  if (!type) throw new Error(`The schema has no ${operation.operation}`);
  const context = stepContext(input);
  const names = conditionVariables(document, operation);
  const writer = createWriter({ schema, document, operation, refused, withoutDeferred: true });
  const compiled = new Map<PlanNode | null, Blocks>();
  const writers = new Map<string, Writer>();

  const compileOnce = (root: PlanNode | null): Blocks => {
    let blocks = compiled.get(root);
    if (!blocks) compiled.set(root, (blocks = compileBlocks(root, context)));
    return blocks;
  };
  const writerFor = ({ label, type: concrete, selection }: Place): Writer => {
    const key = `${concrete.name} ${label}`;
    let found = writers.get(key);
    if (!found) {
      const part = { ...operation, selectionSet: selection };
      writers.set(key, (found = createWriter({ schema, document, operation: part, refused, type: concrete, selections: [selection], withoutDeferred: true })));
    }
    return found;
  };
  // A subgraph without a source is told when the operation is compiled, not to one client in the middle of an answer.
  const check = (node: PlanNode | null): void => {
    if (node?.kind !== 'condition') compileOnce(node);
    else [node.ifTrue, node.ifFalse].forEach(check);
  };
  check(plan.root);

  return {
    tier: tierOf(input),
    execute(given) {
      const variables = Object.fromEntries(names.map((name) => [name, given.coerced[name] === true]));
      return new Delivery({
        input: given,
        parts: startParts(compileOnce(chosen(plan.root, given.coerced)), given),
        places: new DeferredPlaces({ schema, fragments: context.fragments, variables, withoutDeferred: true }),
        selection: operation.selectionSet,
        type,
        writer,
        writerFor,
        broken(reason) {
          const { message, extensions } = failureOfReason('', reason);
          return formatError({ message, extensions });
        },
      });
    },
  };
}

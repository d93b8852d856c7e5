// What a plan asks for, without how it is written: one line for each service, place and field.
import { Kind, parse, type DocumentNode, type SelectionSetNode } from 'graphql';
import type { FetchBase, Plan, PlanNode, PlanPath } from '../../gateway/planning/index.ts';

const placeOf = (path: PlanPath | undefined): string => (path ?? []).map((step) => (step === '@' ? '@' : 'field' in step ? step.field : `|${[...step.types].sort().join()}`)).join('/');

/** `client/name`, with fragments and aliases of planners resolved; `__typename` is left out. */
function* leaves(document: DocumentNode, set: SelectionSetNode, at: string): Generator<string> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = document.definitions.find((each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value);
      if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error(`${selection.name.value} is not defined`);
      yield* leaves(document, fragment.selectionSet, at);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) yield* leaves(document, selection.selectionSet, at);
    else if (selection.name.value !== '__typename') {
      const place = `${at}${selection.alias?.value ?? selection.name.value}`;
      if (selection.selectionSet) yield* leaves(document, selection.selectionSet, `${place}/`);
      else yield place;
    }
  }
}

function* selected({ operation }: FetchBase, alias?: string): Generator<string> {
  const document = parse(operation);
  const root = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)!;
  if (alias === undefined) return yield* leaves(document, root.selectionSet, '');
  for (const selection of root.selectionSet.selections) {
    if (selection.kind === Kind.FIELD && (selection.alias?.value ?? selection.name.value) === alias) yield* leaves(document, selection.selectionSet!, '');
  }
}

function* asked(node: PlanNode | null, when = ''): Generator<string> {
  if (node === null) return;
  switch (node.kind) {
    case 'fetch':
      for (const field of selected(node)) yield `${when}${node.service} ${placeOf(node.path)}: ${field}`;
      return;
    case 'entities':
      for (const { alias, paths } of node.groups) {
        for (const path of paths) for (const field of selected(node, alias)) yield `${when}${node.service} ${placeOf(path)}: ${field}`;
      }
      return;
    case 'sequence':
    case 'parallel':
      for (const each of node.nodes) yield* asked(each, when);
      return;
    case 'condition':
      yield* asked(node.ifTrue, `${when}if $${node.variable} `);
      yield* asked(node.ifFalse, `${when}unless $${node.variable} `);
      return;
    case 'subscription':
      yield* asked(node.primary, `${when}each `);
      yield* asked(node.rest, when);
      return;
    case 'defer':
      yield* asked(node.primary.node, when);
      for (const block of node.deferred) yield* asked(block.node, `${when}later `);
  }
}

/** Sorted, each line once. */
export const shapeOf = ({ root }: Plan): string[] => [...new Set(asked(root))].sort();

/** Number of requests to subgraphs. */
export function fetchesOf(node: PlanNode | null): number {
  if (node === null) return 0;
  switch (node.kind) {
    case 'fetch':
    case 'entities':
      return 1;
    case 'sequence':
    case 'parallel':
      return node.nodes.reduce((sum, each) => sum + fetchesOf(each), 0);
    case 'condition':
      return fetchesOf(node.ifTrue) + fetchesOf(node.ifFalse);
    case 'subscription':
      return 1 + fetchesOf(node.rest);
    case 'defer':
      return fetchesOf(node.primary.node) + node.deferred.reduce((sum, { node: each }) => sum + fetchesOf(each), 0);
  }
}

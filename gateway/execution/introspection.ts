// `__schema` and `__type`: answered by graphql-js from the client's schema, and spliced into the answer as JSON.
import { executeSync, Kind, visit, type DocumentNode, type FieldNode, type GraphQLObjectType, type OperationDefinitionNode } from 'graphql';
import type { Variables } from '../sources/source.ts';
import { collectFields, type SelectionContext } from './selection.ts';

const NONE: ReadonlyMap<string, string> = new Map();

/** JSON by response key of every introspection field of a selection, for the given variables. */
export type Introspection = (variables: Variables) => ReadonlyMap<string, string>;

const variablesIn = (nodes: readonly FieldNode[], fragments: SelectionContext['fragments']): ReadonlySet<string> => {
  const names = new Set<string>();
  const enter = { Variable: ({ name }: { readonly name: { readonly value: string } }) => void names.add(name.value) };
  for (const node of nodes) visit(node, enter);
  // Fragments may stand below: what any of them names is kept.
  for (const fragment of fragments.values()) visit(fragment, enter);
  return names;
};

export function compileIntrospection(operation: OperationDefinitionNode, root: GraphQLObjectType, context: SelectionContext): Introspection {
  const fields = collectFields([operation.selectionSet], root, context).filter(({ name }) => name === '__schema' || name === '__type');
  if (fields.length === 0) return () => NONE;
  const nodes = fields.flatMap((field) => field.nodes);
  const used = variablesIn(nodes, context.fragments);
  const variableDefinitions = (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const definition = { kind: Kind.OPERATION_DEFINITION, operation: operation.operation, variableDefinitions, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes } } as const;
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [definition, ...context.fragments.values()] };
  const run = (variableValues: Variables) => {
    const { data } = executeSync({ schema: context.schema, document, variableValues });
    return new Map(fields.map(({ key }) => [key, JSON.stringify(data?.[key] ?? null)]));
  };
  if (variableDefinitions.length > 0) return run;
  let answer: ReadonlyMap<string, string> | undefined;
  return () => (answer ??= run({}));
}

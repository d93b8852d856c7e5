// A fetch that gave nothing, told in the terms of the client's answer: one error for each field that stays empty.
import { Kind, type DocumentNode, type FieldNode, type GraphQLFormattedError, type SelectionSetNode } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import { errorExtensions } from '../../lib/graphql/errors.ts';
import type { Answer } from '../../lib/graphql/run.ts';

export const unavailable = (cause?: unknown): PonteError =>
  new PonteError('SUBGRAPH_UNAVAILABLE', 'A part of the graph does not answer at the moment, so this field is empty', {
    hint: 'Try again in a moment; GET /health/ready says which part is down.',
    retryable: true,
    cause,
  });

const fieldsOf = (selections: SelectionSetNode | undefined, typename?: unknown): readonly string[] =>
  (selections?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value === '__typename' ? [] : [selection.alias?.value ?? selection.name.value];
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
    const applies = typename === undefined || !selection.typeCondition || selection.typeCondition.name.value === typename;
    return applies ? fieldsOf(selection.selectionSet) : [];
  });

/**
 * The answer of a fetch that failed. Paths are the subgraph's own (`['_entities', 3, 'contact']`): the executor moves them
 * to where they stand in the client's answer.
 */
export function failedFetch(document: DocumentNode, variables: Readonly<Record<string, unknown>> | null | undefined, error: PonteError): Answer {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const roots = operation?.selectionSet;
  const entities = roots?.selections.find((s): s is FieldNode => s.kind === Kind.FIELD && s.name.value === '_entities');
  const representations = variables?.['representations'];
  const paths =
    entities && Array.isArray(representations)
      ? (representations as { __typename?: string }[]).flatMap(({ __typename }, index) => {
          const own = fieldsOf(entities.selectionSet, __typename);
          return (own.length > 0 ? own : fieldsOf(entities.selectionSet)).map((field) => ['_entities', index, field]);
        })
      : fieldsOf(roots).map((field) => [field]);
  const extensions = errorExtensions(error);
  const errors: GraphQLFormattedError[] = (paths.length > 0 ? paths : [undefined]).map((path) => ({
    message: error.message,
    ...(path ? { path } : {}),
    extensions,
  }));
  return { data: null, errors };
}

/** Entities that the subgraph does not know: `_entities` is null there, and no error says why. */
export function hasUnknownEntities({ data, errors }: Answer): boolean {
  const entities = data?.['_entities'];
  return Array.isArray(entities) && !errors?.length && entities.includes(null);
}

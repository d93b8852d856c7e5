// Errors at the GraphQL edge: a PonteError keeps its message and its code; what is wrong with the request itself is told
// by GraphQL with a code of its own; a database that cannot be used says so; anything else is hidden as INTERNAL_SERVER_ERROR and logged.
import { GraphQLError } from 'graphql';
import { unavailableDatabase } from '../database-errors.ts';
import { isAbort, PonteError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** `extensions` of a PonteError: `code`, and what helps the reader. */
export const errorExtensions = (error: PonteError): Record<string, unknown> => ({
  code: error.code,
  ...(error.hint === undefined ? {} : { hint: error.hint }),
  ...(error.field === undefined ? {} : { field: error.field }),
  ...(error.retryable ? { retryable: true } : {}),
  ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
});

/** The code of an error that graphql-js raised before anything ran; null where it raised it in the middle of the work. */
function requestErrorCode(error: GraphQLError): string | null {
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  if (error.message.startsWith('Variable "$')) return 'BAD_USER_INPUT';
  if (error.path === undefined) return 'GRAPHQL_VALIDATION_FAILED';
  return error.message.startsWith('Argument "') ? 'BAD_USER_INPUT' : null;
}

const located = (error: unknown) =>
  error instanceof GraphQLError
    ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path }
    : {};

/** The error behind the places that graphql-js wrapped it in. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && root.originalError !== undefined && root.extensions['code'] === undefined)
    root = root.originalError;
  return root;
}

/** What may leave the house for anything thrown. Safe to call on its own result. */
export function toGraphQLError(error: unknown, log: Logger): GraphQLError {
  if (error instanceof GraphQLError && typeof error.extensions['code'] === 'string') return error;
  const root = rootOf(error);
  if (root instanceof PonteError) {
    return new GraphQLError(root.message, {
      ...located(error),
      originalError: root,
      extensions: errorExtensions(root),
    });
  }
  if (error instanceof GraphQLError && root instanceof GraphQLError) {
    const code = typeof root.extensions['code'] === 'string' ? root.extensions['code'] : requestErrorCode(error);
    if (code !== null)
      return new GraphQLError(error.message, { ...located(error), extensions: { ...root.extensions, code } });
  }
  if (!isAbort(root))
    log.error(
      { error: root, ...(error instanceof GraphQLError && error.path ? { path: error.path.join('.') } : {}) },
      'A field failed',
    );
  const unavailable = unavailableDatabase(root);
  if (unavailable !== null)
    return new GraphQLError(unavailable.message, { ...located(error), originalError: unavailable, extensions: errorExtensions(unavailable) });
  return new GraphQLError('Something went wrong on our side', {
    ...located(error),
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
}

/** All errors of a result, ready to leave. */
export const toGraphQLErrors = (errors: readonly unknown[], log: Logger): GraphQLError[] =>
  errors.map((error) => toGraphQLError(error, log));

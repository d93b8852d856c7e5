// What an error may say when it leaves the gateway: documented codes with their message, path and hint. Anything else is
// logged and hidden. Never a stack, a URL, or the name of what stands behind the gateway.
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERROR_CODES, PonteError } from '../lib/errors.ts';
import { errorExtensions } from '../lib/graphql/errors.ts';
import type { Logger } from '../lib/log.ts';
import { refusal, type Result } from './result.ts';

/** Codes of the request itself that a GraphQL server adds to the documented ones. */
const REQUEST_CODES = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
];
const PUBLIC_CODES = new Set<unknown>([...ERROR_CODES, ...REQUEST_CODES].filter((code) => code !== 'INTERNAL_SERVER_ERROR'));
const PUBLIC_EXTENSIONS = ['code', 'hint', 'field', 'retryable', 'retryAfterMs', 'cost', 'limit'] as const;

/** Words of the query planner for an operation that would cost too much to plan. */
const TOO_EXPENSIVE = /Number of non-local selections exceeds limit|Exceeded maximum recursive selections/;

/** The PonteError behind an error, however deep it was wrapped. */
export function ponteErrorOf(error: unknown): PonteError | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 8; depth++) {
    if (current instanceof PonteError) return current;
    current = current instanceof GraphQLError ? current.originalError : current.cause;
  }
  return undefined;
}

const hidden = 'Something went wrong on our side';

/** Messages quote what the client sent: a megabyte of it is not sent back, twenty times over. */
const LONGEST_MESSAGE = 1_000;
const brief = (message: string): string => (message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`);

/** A path as the client sees it: what the planner could not place is cut off. */
function clientPath(path: GraphQLFormattedError['path']): GraphQLFormattedError['path'] {
  const unknown = path?.indexOf('@') ?? -1;
  return unknown < 0 ? path : path!.slice(0, unknown);
}

/** The gateway's `formatError`: `formatted` is what would leave, `error` what was thrown. */
export function createErrorFormatter(log: Logger): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return ({ message, locations, path, extensions }, error) => {
    const where = { ...(locations ? { locations } : {}), ...(path ? { path: clientPath(path) } : {}) };
    const own = ponteErrorOf(error);
    if (own) return { message: brief(own.message), ...where, extensions: errorExtensions(own) };
    if (TOO_EXPENSIVE.test(message)) {
      return { message: 'This operation is too expensive to plan', ...where, extensions: { code: 'QUERY_TOO_EXPENSIVE', hint: 'Nest fewer fragments, or split the operation.' } };
    }
    if (PUBLIC_CODES.has(extensions?.['code'])) {
      const open = PUBLIC_EXTENSIONS.filter((key) => extensions?.[key] !== undefined).map((key) => [key, extensions?.[key]]);
      return { message: brief(message), ...where, extensions: Object.fromEntries(open) };
    }
    // A subgraph in this process or of ours logged the cause where it happened; anything else is logged here.
    const told = extensions?.['code'] === 'INTERNAL_SERVER_ERROR' && (extensions['serviceName'] !== undefined || message === hidden);
    if (!told) log.error({ path, message, error }, 'An unexpected error was hidden from a client');
    return { message: hidden, ...where, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}

/** Formats an error that does not pass through Apollo Server. */
export const formatWith = (format: ReturnType<typeof createErrorFormatter>, error: unknown): GraphQLFormattedError =>
  format(error instanceof GraphQLError ? error.toJSON() : { message: error instanceof Error ? error.message : String(error) }, error);

const FAULTS: Readonly<Record<string, number>> = { INTERNAL_SERVER_ERROR: 500, OVERLOADED: 503, SUBGRAPH_UNAVAILABLE: 503, DEADLINE_EXCEEDED: 504 };

/** The refusal that these errors make; with a status of its own where none of it is the caller's fault. */
export function refusalWith(errors: readonly GraphQLFormattedError[]): Result {
  const status = FAULTS[String(errors[0]?.extensions?.['code'])];
  return refusal(errors, status === undefined ? {} : { status });
}

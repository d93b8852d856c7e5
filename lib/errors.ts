// The one error system of Ponte: a class with a stable `code`, whether a retry can help, and a hint for the reader.
// The GraphQL edge turns `code` into `extensions.code`; what is not a PonteError is hidden as INTERNAL_SERVER_ERROR.

/** Codes that leave the house. Each has one meaning; clients may switch on them. */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'PROVIDER_UNAUTHORIZED',
  'PROVIDER_FORBIDDEN',
  'PROVIDER_PAYMENT_REQUIRED',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_BLOCKED',
  'PROVIDER_TIMEOUT',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_UNEXPECTED_RESPONSE',
  'PROVIDER_REJECTED',
  'SUBGRAPH_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'QUERY_TOO_EXPENSIVE',
  'RATE_LIMITED',
  'OVERLOADED',
  'GRAPH_RELOADED',
  'INTERNAL_SERVER_ERROR',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
  /** What the reader can do about it, in one sentence. */
  hint?: string;
  /** True where the same call may work later without any change. */
  retryable?: boolean;
  /** Milliseconds that the other side asked to wait before a retry. */
  retryAfterMs?: number;
  /** Path of the field that is wrong, e.g. `filter.dateFrom`. */
  field?: string;
  cause?: unknown;
}

/** Every error that Ponte raises on purpose. `message` is safe to show: it never holds a token or a URL with one. */
export class PonteError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PonteError';
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.field = details.field;
  }
}

/** A value that the caller sent is wrong: says which one and what is allowed. */
export const badInput = (message: string, details: ErrorDetails = {}): PonteError =>
  new PonteError('BAD_USER_INPUT', message, details);

/** Nothing stands under that id. */
export const notFound = (what: string, id: string): PonteError => new PonteError('NOT_FOUND', `${what} ${id} does not exist`);

/** A configuration that cannot work: all problems at once. The process exits with code 2. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The reason to give for anything thrown, PonteError or not. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** True for the errors that an AbortSignal causes. */
export const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || (error as { code?: string }).code === 'ABORT_ERR');

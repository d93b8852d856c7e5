// The form of every REST answer: `{ success, message, data, pagination }`, or `{ success: false, message, code, hint }` with
// the HTTP status that its code stands for.
import type { GraphQLFormattedError } from 'graphql';
import { PonteError, type ErrorCode } from '../../lib/errors.ts';

export interface Pagination {
  page: number;
  limit: number;
  total: number;
  /** False where `total` is only known to be at least that many. */
  totalExact?: false;
}

/** A field that is null because something failed, although the rest of the answer is there. */
export interface Warning {
  message: string;
  code: string;
  path?: string;
}

export interface Success {
  status: number;
  body: { success: true; message: string; data: unknown; pagination?: Pagination; warnings?: Warning[] };
}
export interface Failure {
  status: number;
  body: { success: false; message: string; code: string; hint?: string; field?: string; data?: unknown };
  retryAfterMs?: number;
}

/** What a code means in HTTP. Those of a provider keep the status that the provider's own documentation explains (401: new token). */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  QUERY_TOO_EXPENSIVE: 400,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  GRAPH_RELOADED: 503,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PROVIDER_UNAUTHORIZED: 401,
  PROVIDER_PAYMENT_REQUIRED: 402,
  PROVIDER_FORBIDDEN: 403,
  PROVIDER_RATE_LIMITED: 429,
  PROVIDER_UNEXPECTED_RESPONSE: 502,
  PROVIDER_REJECTED: 502,
  PROVIDER_BLOCKED: 503,
  PROVIDER_UNAVAILABLE: 503,
  SUBGRAPH_UNAVAILABLE: 503,
  PROVIDER_TIMEOUT: 504,
  DEADLINE_EXCEEDED: 504,
  INTERNAL_SERVER_ERROR: 500,
};

const HINTS: Partial<Record<ErrorCode, string>> = {
  PROVIDER_UNAUTHORIZED: "Create new tokens in the provider's panel, put them into the environment and restart.",
  PROVIDER_RATE_LIMITED: 'Wait a moment. Synchronisations retry by themselves.',
  PROVIDER_TIMEOUT: 'Raise TIMEOUT in the environment.',
};

export const success = (message: string, data: unknown, { status = 200, pagination }: { status?: number; pagination?: Pagination } = {}): Success => ({
  status,
  body: { success: true, message, data, ...(pagination ? { pagination } : {}) },
});

const isCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(HTTP_STATUS, code);

export function failure(error: { message: string; code: string; hint?: string | undefined; field?: string | undefined; retryAfterMs?: number | undefined }, data?: unknown): Failure {
  const code = isCode(error.code) ? error.code : 'INTERNAL_SERVER_ERROR';
  const hint = error.hint ?? HINTS[code];
  return {
    status: HTTP_STATUS[code],
    body: {
      success: false,
      message: error.message,
      code,
      ...(hint === undefined ? {} : { hint }),
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(data === undefined ? {} : { data }),
    },
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}

/** The first error of a GraphQL answer, as an error of the route. */
export function failureOf({ message, extensions }: GraphQLFormattedError): PonteError {
  const code = extensions?.['code'];
  const [hint, field, retryAfterMs] = [extensions?.['hint'], extensions?.['field'], extensions?.['retryAfterMs']];
  return new PonteError(isCode(code) ? code : 'INTERNAL_SERVER_ERROR', message, {
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  });
}

/** Connections become plain lists, at every depth: who reads by page number needs no edges. */
export function flatten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(flatten);
  if (value === null || typeof value !== 'object') return value;
  const { edges } = value as { edges?: unknown };
  if (Array.isArray(edges)) return edges.map((edge) => flatten((edge as { node: unknown }).node));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, flatten(item)]));
}

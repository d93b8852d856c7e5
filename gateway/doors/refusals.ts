// Answers to requests that go no further, and the status under which each leaves.
import type { GraphQLFormattedError } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import { errorExtensions } from '../../lib/graphql/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { HTTP_STATUS } from '../rest/index.ts';
import { refusal, type Result } from '../result.ts';

/** The request itself is wrong, before any GraphQL is looked at. */
export const badRequest = (message: string, { status = 400, hint }: { status?: number; hint?: string } = {}): Result =>
  refusal([{ message, extensions: { code: 'BAD_REQUEST', ...(hint === undefined ? {} : { hint }) } }], { status });

export const formatted = (error: PonteError): GraphQLFormattedError => ({ message: error.message, extensions: errorExtensions(error) });

/** What was thrown on the way, as an answer: a PonteError as it is, anything else hidden and logged. */
export function refusalOf(error: unknown, log: Logger): Result {
  if (error instanceof PonteError) {
    const { code, retryAfterMs } = error;
    return refusal([formatted(error)], { status: HTTP_STATUS[code], ...(retryAfterMs === undefined ? {} : { retryAfter: Math.ceil(retryAfterMs / 1_000) }) });
  }
  log.error({ error }, 'A door failed unexpectedly');
  return refusal([{ message: 'Something went wrong on our side', extensions: { code: 'INTERNAL_SERVER_ERROR' } }], { status: 500 });
}

export const isResult = (value: object): value is Result => 'text' in value && 'refused' in value;

/** Why a door ends what is still open. `retryable`: a client may come back at once. */
export const stopping = (): PonteError => new PonteError('SUBGRAPH_UNAVAILABLE', 'The server is shutting down', { retryable: true });
export const reloading = (reason: string): PonteError => new PonteError('GRAPH_RELOADED', reason, { retryable: true });
export const credentialEnded = (): PonteError => new PonteError('UNAUTHENTICATED', 'Credential ended', { hint: 'Connect again with a valid one.' });

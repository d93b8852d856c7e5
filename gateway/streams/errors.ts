// What a listener is told when its stream ends for another reason than that it is over.
import type { GraphQLFormattedError } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import { refusal, type Result } from '../result.ts';

/** The last event of a stream that ends with an error. */
export const lastEvent = (errors: readonly GraphQLFormattedError[]): Result => ({ text: JSON.stringify({ errors, data: null }), encoding: 'utf8', errors, refused: false });

export const revoked = (): PonteError => new PonteError('UNAUTHENTICATED', 'The credential was revoked or has expired', { hint: 'Connect again with a valid one.' });

/** GRAPH_RELOADED: the same subscription works again, planned on the new graph. */
const RELOADED: readonly GraphQLFormattedError[] = [{ message: 'The graph was updated; subscribe again', extensions: { code: 'GRAPH_RELOADED', retryable: true } }];
export const reloaded = (): Result => lastEvent(RELOADED);

export const shuttingDown = (format: (error: unknown) => GraphQLFormattedError): Result =>
  refusal([format(new PonteError('SUBGRAPH_UNAVAILABLE', 'The server is shutting down', { retryable: true }))], { status: 503 });

/** Nobody reads it. */
export const gone: GraphQLFormattedError = { message: 'The client closed the connection', extensions: { code: 'BAD_REQUEST' } };

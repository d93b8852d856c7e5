// Why an operation cannot be planned, in our own words: a planner's message may hold the names of subgraphs.
import { PonteError } from '../../lib/errors.ts';

/** Words of the planners for an operation that would cost too much to plan. */
const TOO_EXPENSIVE = /Number of non-local selections exceeds limit|Exceeded maximum recursive selections|recursion limit exceeded|token limit exceeded|Maximum call stack size exceeded/i;

export const tooExpensive = (cause?: unknown): PonteError =>
  new PonteError('QUERY_TOO_EXPENSIVE', 'This operation is too expensive to plan', {
    hint: 'Nest fewer fragments, or split the operation.',
    ...(cause === undefined ? {} : { cause }),
  });

/** The PonteError for whatever a planner threw. */
export function planningFailure(error: unknown): PonteError {
  if (error instanceof PonteError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (TOO_EXPENSIVE.test(message)) return tooExpensive(error);
  return new PonteError('INTERNAL_SERVER_ERROR', 'This operation could not be planned', { cause: error });
}

/** The graph that the planner belongs to was replaced, or the gateway stops. */
export const planningEnded = (): PonteError => new PonteError('OVERLOADED', 'The gateway stopped planning', { retryable: true });

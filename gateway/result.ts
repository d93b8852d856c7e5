// One answer to a client, already written as JSON: doors send its bytes, and only who needs values parses them.
import type { GraphQLFormattedError } from 'graphql';
import type { Answer } from '../lib/graphql/run.ts';

export interface Result {
  /** `{"data":…}` or `{"errors":[…],"data":…}`. */
  readonly text: string;
  /** How `text` becomes bytes: `latin1` where it holds UTF-8 bytes as they came from a subgraph, one per character. */
  readonly encoding: 'utf8' | 'latin1';
  /** The errors inside `text`; empty where there are none. */
  readonly errors: readonly GraphQLFormattedError[];
  /** True where nothing was executed (the answer has no `data`): HTTP tells it by its status. */
  readonly refused: boolean;
  /** Status for HTTP where the refusal has one of its own (401, 403, 413, 429, 503). */
  readonly status?: number;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
}

/** The answer to a request that is not executed. */
export function refusal(errors: readonly GraphQLFormattedError[], more: { status?: number; retryAfter?: number } = {}): Result {
  return { text: JSON.stringify({ errors }), encoding: 'utf8', errors, refused: true, ...more };
}

/** The answer as values. */
export const toAnswer = ({ text, encoding }: Result): Answer =>
  JSON.parse(encoding === 'latin1' ? Buffer.from(text, 'latin1').toString('utf8') : text) as Answer;

// A refusal with the status that its code has in HTTP.
import type { ErrorCode, PonteError } from '../../lib/errors.ts';
import { errorExtensions } from '../../lib/graphql/errors.ts';
import { refusal, type Result } from '../result.ts';

const STATUS: Partial<Record<ErrorCode, number>> = { RATE_LIMITED: 429, OVERLOADED: 503, SUBGRAPH_UNAVAILABLE: 503, FORBIDDEN: 403 };

export function refuseWith(error: PonteError): Result {
  const { code, message, retryAfterMs } = error;
  const status = STATUS[code];
  return refusal([{ message, extensions: errorExtensions(error) }], {
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1_000)) }),
  });
}

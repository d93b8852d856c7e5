// What an error thrown while reading means for the stream and its run. A bug is not an outage: only what may pass is tried
// again; what concerns the account stops the run; the database's own failures are nobody's verdict (the run is left as it
// is, and goes on from its checkpoint when the database is back).
import { databaseTrouble } from '../lib/database-errors.ts';
import { PonteError, messageOf } from '../lib/errors.ts';

const PASSING_CODES: ReadonlySet<string> = new Set(['PROVIDER_TIMEOUT', 'PROVIDER_UNAVAILABLE']);

export interface Verdict {
  /** AGAIN: after a pause. STREAM: this stream alone fails. STOP: so does the run. WAIT: the run goes on by itself, later. */
  readonly kind: 'AGAIN' | 'STREAM' | 'STOP' | 'WAIT';
  readonly error: PonteError;
  /** For WAIT. */
  readonly waitMs?: number;
}

/** A shorter wait is slept through; a longer one gives the worker back. */
const SHORT_WAIT_MS = 5_000;
/** A pause whose length nobody gave. */
export const DEFAULT_WAIT_MS = 60_000;
/** The same for a block: to ask again sooner makes it last (kommo.md 2.2). */
const BLOCK_WAIT_MS = 15 * 60_000;
/** Codes that concern the whole account: asking for another stream would only repeat them. */
const ACCOUNT_CODES: ReadonlySet<string> = new Set(['PROVIDER_UNAUTHORIZED', 'PROVIDER_PAYMENT_REQUIRED']);

/** True for errors of the database or of the way to it. */
export function isDatabaseError(error: unknown): boolean {
  return databaseTrouble(error) !== null;
}

/** Null where the error says nothing about the provider (database, lost claim): it goes on up. */
export function judge(error: unknown): Verdict | null {
  if (error instanceof PonteError) {
    if (error.code === 'PROVIDER_RATE_LIMITED') {
      const waitMs = error.retryAfterMs ?? DEFAULT_WAIT_MS;
      return waitMs <= SHORT_WAIT_MS ? { kind: 'AGAIN', error } : { kind: 'WAIT', error, waitMs };
    }
    if (error.code === 'PROVIDER_BLOCKED') return { kind: 'WAIT', error, waitMs: error.retryAfterMs ?? BLOCK_WAIT_MS };
    if (ACCOUNT_CODES.has(error.code)) return { kind: 'STOP', error };
    return { kind: error.retryable || PASSING_CODES.has(error.code) ? 'AGAIN' : 'STREAM', error };
  }
  if (isDatabaseError(error) || (error instanceof Error && error.name === 'ClaimLost')) return null;
  return { kind: 'STREAM', error: new PonteError('INTERNAL_SERVER_ERROR', `Reading failed: ${messageOf(error)}`, { cause: error }) };
}

// Whether a failed attempt is repeated, and when. A pure decision: the client acts on it, a table of cases tests it.
// Only known transient failures of idempotent calls are repeated; the server's own hint goes before our backoff; nothing
// waits after the last attempt, nor longer than the time that is left.
import { PonteError, isAbort } from '../errors.ts';
import { SECOND } from '../time.ts';

export interface RetryPolicy {
  /** Repetitions after the first attempt; 0 = none. */
  readonly retryAttempts: number;
  /** First step of the exponential backoff, ms. */
  readonly retryDelayMs: number;
  /** The backoff never grows beyond this, ms. */
  readonly maxDelayMs: number;
  /** What all attempts and pauses of one call may take together, ms. */
  readonly budgetMs: number;
}

export interface RetryQuestion extends RetryPolicy {
  readonly error: unknown;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly idempotent: boolean;
  /** Spent so far by attempts and pauses, ms (waiting for the quota is not counted). */
  readonly elapsedMs: number;
  /** 0 to 1, drawn by the caller. */
  readonly random: number;
}

export type RetryReason =
  | 'backoff'
  | 'asked to wait'
  | 'aborted'
  | 'bug'
  | 'cannot help'
  | 'not idempotent'
  | 'attempts spent'
  | 'time spent';

export interface RetryDecision {
  readonly retry: boolean;
  /** Pause before the next attempt, ms; 0 where there is none. */
  readonly waitMs: number;
  readonly reason: RetryReason;
}

/** A 429 without a hint is about a window of one second: less makes no sense. */
const RATE_WINDOW_MS = SECOND;

const no = (reason: RetryReason): RetryDecision => ({ retry: false, waitMs: 0, reason });

/** Pause after a failed attempt, ms: the server's hint (and a little more, so that not all come at once), else full jitter. */
export function pauseMs(
  error: PonteError,
  { attempt, retryDelayMs, maxDelayMs, random }: Pick<RetryQuestion, 'attempt' | 'retryDelayMs' | 'maxDelayMs' | 'random'>,
): number {
  if (error.retryAfterMs !== undefined) return Math.ceil(error.retryAfterMs + random * Math.min(retryDelayMs, RATE_WINDOW_MS));
  const jittered = random * Math.min(maxDelayMs, retryDelayMs * 2 ** (attempt - 1));
  const refused = error.code === 'PROVIDER_RATE_LIMITED' || error.code === 'PROVIDER_BLOCKED';
  return Math.ceil(refused ? RATE_WINDOW_MS + jittered : jittered);
}

/** Decides about one failed attempt. */
export function decideRetry(question: RetryQuestion): RetryDecision {
  const { error, attempt, idempotent, retryAttempts, elapsedMs, budgetMs } = question;
  if (!(error instanceof PonteError)) return no(isAbort(error) ? 'aborted' : 'bug');
  if (!error.retryable) return no('cannot help');
  if (!idempotent) return no('not idempotent');
  if (attempt > retryAttempts) return no('attempts spent');
  const waitMs = pauseMs(error, question);
  if (elapsedMs + waitMs >= budgetMs) return no('time spent');
  return { retry: true, waitMs, reason: error.retryAfterMs === undefined ? 'backoff' : 'asked to wait' };
}

/** `Retry-After` in ms: seconds, or an HTTP date; undefined where it says nothing usable. */
export function retryAfterMs(header: string | readonly string[] | undefined, now: number = Date.now()): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** `retry_after` (seconds) of a JSON body, in ms; undefined where the body says nothing. */
export function bodyRetryAfterMs(text: string): number | undefined {
  const match = /"retry_after"\s*:\s*"?(\d+(?:\.\d+)?)\b/.exec(text.slice(0, 2000));
  return match?.[1] === undefined ? undefined : Math.ceil(Number(match[1]) * SECOND);
}

// The retry decision as a table: which failures are repeated, after what pause, and which never.
import { describe, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { bodyRetryAfterMs, decideRetry, retryAfterMs, type RetryQuestion } from '../../lib/http/index.ts';

const unavailable = new PonteError('PROVIDER_UNAVAILABLE', 'gone', { retryable: true });
const limited = new PonteError('PROVIDER_RATE_LIMITED', 'slow down', { retryable: true });
const limitedFor = (retryAfter: number) => new PonteError('PROVIDER_RATE_LIMITED', 'slow down', { retryable: true, retryAfterMs: retryAfter });
const abort = new DOMException('stopped', 'AbortError');

const base: RetryQuestion = {
  error: unavailable,
  attempt: 1,
  idempotent: true,
  elapsedMs: 0,
  random: 0.5,
  retryAttempts: 3,
  retryDelayMs: 1000,
  maxDelayMs: 30_000,
  budgetMs: 120_000,
};

const table: [string, Partial<RetryQuestion>, { retry: boolean; waitMs: number; reason: string }][] = [
  ['a transient failure is repeated with jitter', {}, { retry: true, waitMs: 500, reason: 'backoff' }],
  ['the jitter is full: it may be nothing', { random: 0 }, { retry: true, waitMs: 0, reason: 'backoff' }],
  ['the second pause may be twice as long', { attempt: 2 }, { retry: true, waitMs: 1000, reason: 'backoff' }],
  ['the backoff has a ceiling', { attempt: 12, retryAttempts: 20 }, { retry: true, waitMs: 15_000, reason: 'backoff' }],
  ['the last attempt is the last, and nothing waits after it', { attempt: 4 }, { retry: false, waitMs: 0, reason: 'attempts spent' }],
  ['no retries allowed means none', { retryAttempts: 0 }, { retry: false, waitMs: 0, reason: 'attempts spent' }],
  ['a write is not repeated', { idempotent: false }, { retry: false, waitMs: 0, reason: 'not idempotent' }],
  ['a 429 without a hint waits at least the window of one second', { error: limited, random: 0 }, { retry: true, waitMs: 1000, reason: 'backoff' }],
  ['the hint of the server goes before our backoff', { error: limitedFor(7000) }, { retry: true, waitMs: 7500, reason: 'asked to wait' }],
  ['a hint of zero is honoured', { error: limitedFor(0), random: 0 }, { retry: true, waitMs: 0, reason: 'asked to wait' }],
  ['a hint beyond the budget ends the call', { error: limitedFor(300_000) }, { retry: false, waitMs: 0, reason: 'time spent' }],
  ['a pause that would eat the rest of the time is not begun', { elapsedMs: 119_600 }, { retry: false, waitMs: 0, reason: 'time spent' }],
  ['a 401 is not repeated', { error: new PonteError('PROVIDER_UNAUTHORIZED', 'no') }, { retry: false, waitMs: 0, reason: 'cannot help' }],
  ['a bug is not an outage', { error: new TypeError('x is not a function') }, { retry: false, waitMs: 0, reason: 'bug' }],
  ['a thrown text is not an outage', { error: 'oops' }, { retry: false, waitMs: 0, reason: 'bug' }],
  ['an abort is obeyed', { error: abort }, { retry: false, waitMs: 0, reason: 'aborted' }],
];

describe('decideRetry', () => {
  test.each(table)('%s', (_promise, change, decision) => {
    expect(decideRetry({ ...base, ...change })).toEqual(decision);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-09-30T12:00:00Z');
  test.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1500],
    ['Wed, 30 Sep 2026 12:00:30 GMT', 30_000],
    ['Wed, 30 Sep 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

test.each([
  ['{"title":"Too Many Requests","status":429,"retry_after":300}', 300_000],
  ['{"retry_after": "2"}', 2000],
  ['{"detail":"slow down"}', undefined],
  ['<html>', undefined],
])('retry_after in %s is %s ms', (body, ms) => {
  expect(bodyRetryAfterMs(body)).toBe(ms);
});

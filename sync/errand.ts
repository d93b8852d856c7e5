// Errands: short questions that only a worker can answer, because only workers call providers and know the connectors.
// The one who asks leaves a row and waits for its answer; a worker takes the row, answers it, and rings.
//   ASKED -> TAKEN -> ANSWERED | FAILED        ASKED -> FAILED (nobody came)
import { randomUUID } from 'node:crypto';
import { PonteError, type ErrorCode } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import { joinListening, notify } from './notify.ts';
import type { Json, Provider } from './types.ts';

export type ErrandKind = 'TEST_CONNECTION' | 'REPLAY';

export interface Errand {
  readonly id: string;
  readonly kind: ErrandKind;
  readonly provider: Provider;
  readonly walletId: string | null;
  readonly input: Json;
}

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly retryable: boolean;
}

const POLL_MS = 250;

export interface AskOptions {
  /** How long any worker may take to come. */
  readonly workerTimeoutMs: number;
  /** How long the answer may take. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly log: Logger;
}

/** Asks, and waits for the answer. DEADLINE_EXCEEDED where none comes in time. */
export async function ask<T>(database: Database, errand: Omit<Errand, 'id'>, { workerTimeoutMs, timeoutMs, signal, log }: AskOptions): Promise<T> {
  const id = randomUUID();
  let wake: () => void = () => {};
  const leave = joinListening(database, { onHint: (channel, payload) => channel === 'ponte_errand' && payload === id && wake(), onGap: () => wake() }, log);
  const onAbort = () => wake();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await database.pool.query(`INSERT INTO sync.errand (id, kind, provider, wallet_id, input, status) VALUES ($1, $2, $3, $4, $5, 'ASKED')`, [
      id, errand.kind, errand.provider, errand.walletId, JSON.stringify(errand.input),
    ]);
    await notify(database, 'ponte_work', 'errand', log);
    const started = performance.now();
    for (;;) {
      const rung = new Promise<void>((resolve) => (wake = resolve));
      const { rows } = await database.pool.query<{ status: string; answer: unknown }>('SELECT status, answer FROM sync.errand WHERE id = $1', [id]);
      const { status, answer } = rows[0] ?? { status: 'FAILED', answer: null };
      if (status === 'ANSWERED') return answer as T;
      if (status === 'FAILED') throw failureOf(answer as Failure | null);
      signal?.throwIfAborted();
      const waited = performance.now() - started;
      if (status === 'ASKED' && waited > workerTimeoutMs) {
        throw new PonteError('DEADLINE_EXCEEDED', 'No worker answered.', { hint: 'Start one with `ponte worker` (or `ponte start`), then try again.', retryable: true });
      }
      if (waited > timeoutMs) throw new PonteError('DEADLINE_EXCEEDED', `The worker did not answer within ${Math.round(timeoutMs / 1000)} s.`, { hint: 'Try again; see the log of the worker.', retryable: true });
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([rung, new Promise<void>((resolve) => (timer = setTimeout(resolve, POLL_MS)))]);
      clearTimeout(timer);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await leave();
    // Nobody waits for it any more: a worker that comes late must not do it.
    await database.pool.query(`UPDATE sync.errand SET status = 'FAILED', answered_at = now() WHERE id = $1 AND status = 'ASKED'`, [id]).catch(() => {});
  }
}

const failureOf = (failure: Failure | null): PonteError =>
  failure
    ? new PonteError(failure.code, failure.message, { retryable: failure.retryable, ...(failure.hint ? { hint: failure.hint } : {}) })
    : new PonteError('INTERNAL_SERVER_ERROR', 'The worker could not answer.', { hint: 'See the log of the worker.' });

/** Errands that wait for a worker. */
export async function askedErrands(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(`SELECT id FROM sync.errand WHERE status = 'ASKED' AND created_at > now() - interval '2 minutes'`);
  return rows.map((row) => row.id);
}

/** Takes an errand, answers it, and rings. An errand that somebody else took is left alone. */
export async function answerErrand(database: Database, id: string, answer: (errand: Errand) => Promise<unknown>, log: Logger): Promise<void> {
  const { rows } = await database.pool.query<{ id: string; kind: ErrandKind; provider: Provider; wallet_id: string | null; input: Json }>(
    `UPDATE sync.errand SET status = 'TAKEN' WHERE id = $1 AND status = 'ASKED' RETURNING id, kind, provider, wallet_id, input`,
    [id],
  );
  const row = rows[0];
  if (!row) return;
  let status = 'ANSWERED';
  let result: unknown;
  try {
    result = await answer({ id: row.id, kind: row.kind, provider: row.provider, walletId: row.wallet_id, input: row.input });
  } catch (error) {
    status = 'FAILED';
    result = error instanceof PonteError ? { code: error.code, message: error.message, hint: error.hint, retryable: error.retryable } : null;
    log.warn({ kind: row.kind, error }, 'An errand failed');
  }
  await database.pool.query('UPDATE sync.errand SET status = $2, answer = $3, answered_at = now() WHERE id = $1', [id, status, JSON.stringify(result ?? null)]);
  await notify(database, 'ponte_errand', id, log);
}

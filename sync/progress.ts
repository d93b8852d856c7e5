// From rows to what a reader sees: pure functions that compute the state of a run from `sync.run` and `sync.run_stream`.
import type { Counts, Progress, ProgressBasis, RunState, RunStatus, RunTrigger, StreamOutcome, StreamState, StreamStatus } from './api.ts';
import { isFinal } from './state.ts';
import type { Json, Provider, SyncMode } from './types.ts';

/** `sync.run`, as it is read; instants are ISO 8601. `read_at` is the database's clock. */
export interface RunRow {
  readonly id: string;
  readonly wallet_id: string;
  readonly provider: Provider;
  readonly mode: SyncMode;
  readonly trigger: RunTrigger;
  readonly status: RunStatus;
  readonly waiting_for: string | null;
  readonly resumes_at: string | null;
  readonly retry_of_id: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_hint: string | null;
  readonly error_retryable: boolean | null;
  readonly queued_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly updated_at: string;
  readonly read_at: string;
}

/** `sync.run_stream`, as it is read. */
export interface StreamRow {
  readonly run_id: string;
  readonly name: string;
  readonly status: StreamStatus;
  readonly fetched: number;
  readonly total: number | null;
  readonly basis: ProgressBasis;
  readonly written: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rejected: number;
  readonly requests: number;
  readonly outcome: StreamOutcome | null;
  readonly message: string | null;
  readonly error_code: string | null;
  readonly checkpoint: Json;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;
const sum = (rows: readonly Counts[], key: keyof Counts): number => rows.reduce((total, row) => total + row[key], 0);

/** The weakest basis of all: one stream of unknown size makes the whole unknown. */
function weakest(streams: readonly StreamState[]): ProgressBasis {
  const known = streams.filter((stream) => stream.status !== 'SKIPPED');
  if (known.length === 0 || known.some((stream) => stream.total === null)) return 'UNKNOWN';
  return known.every((stream) => stream.basis === 'COUNTED') ? 'COUNTED' : 'ESTIMATED';
}

/** Progress of a whole run. An estimate never says 100 % before the end, and never less than what was read. */
export function progressOf(run: RunRow, streams: readonly StreamState[]): Progress {
  const fetched = sum(streams, 'fetched');
  const counts: Counts = {
    fetched,
    written: sum(streams, 'written'),
    unchanged: sum(streams, 'unchanged'),
    deleted: sum(streams, 'deleted'),
    rejected: sum(streams, 'rejected'),
  };
  const done = isFinal(run.status);
  const basis = weakest(streams);
  const total = basis === 'UNKNOWN' ? null : streams.reduce((all, s) => all + Math.max(s.total ?? 0, s.fetched), 0);
  const elapsed = run.started_at === null ? 0 : seconds(run.started_at, run.finished_at ?? run.read_at);
  const rate = elapsed > 0 && fetched > 0 ? fetched / elapsed : null;
  const share = total === null ? null : total === 0 ? (done ? 100 : 0) : (fetched / total) * 100;
  const percent = run.status === 'SUCCEEDED' ? 100 : share === null ? null : Math.min(share, done ? 100 : 99.9);
  const wait = run.status === 'WAITING' && run.resumes_at !== null ? Math.max(0, seconds(run.read_at, run.resumes_at)) : 0;
  const eta = done ? 0 : total === null || rate === null ? null : Math.ceil((total - fetched) / rate + wait);
  return {
    ...counts,
    basis,
    total,
    percent: percent === null ? null : Math.round(percent * 10) / 10,
    recordsPerSecond: rate === null ? null : Math.round(rate * 10) / 10,
    etaSeconds: eta,
  };
}

export function streamStateOf(row: StreamRow): StreamState {
  const { run_id: _run, error_code, started_at, finished_at, ...rest } = row;
  return { ...rest, errorCode: error_code, startedAt: started_at, finishedAt: finished_at };
}

/** The state of a run; `rows` are its streams in order of execution. */
export function runStateOf(run: RunRow, rows: readonly StreamRow[]): RunState {
  const streams = rows.map(streamStateOf);
  return {
    id: run.id,
    walletId: run.wallet_id,
    provider: run.provider,
    mode: run.mode,
    trigger: run.trigger,
    status: run.status,
    waitingFor: run.waiting_for,
    resumesAt: run.resumes_at,
    retryOfId: run.retry_of_id,
    queuedAt: run.queued_at,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    updatedAt: run.updated_at,
    progress: progressOf(run, streams),
    streams,
    error:
      run.error_code === null
        ? null
        : { code: run.error_code, message: run.error_message ?? '', hint: run.error_hint, retryable: run.error_retryable ?? false },
  };
}

// States of a run and their legal moves: one table, enforced by every UPDATE (`status = ANY(sources(to))`).
//   QUEUED   nobody works on it: new, or handed back        RUNNING  a worker holds its newest fence
//   WAITING  for a quota or the end of a block,              the rest are final
//            until `resumes_at`
import type { RunStatus } from './api.ts';

const MOVES: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  QUEUED: ['RUNNING', 'CANCELLED', 'FAILED'],
  RUNNING: ['RUNNING', 'QUEUED', 'WAITING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'], // RUNNING again: taken over
  WAITING: ['RUNNING', 'CANCELLED', 'FAILED'],
  SUCCEEDED: [],
  PARTIAL: [],
  FAILED: [],
  CANCELLED: [],
};

const STATUSES = Object.keys(MOVES) as RunStatus[];

/** Statuses from which a run may move to `to`. */
export const sources = (to: RunStatus): RunStatus[] => STATUSES.filter((from) => MOVES[from].includes(to));

/** Statuses of a run that is not over; at most one such run for each wallet. */
export const LIVE: readonly RunStatus[] = STATUSES.filter((status) => MOVES[status].length > 0);

export const isFinal = (status: RunStatus): boolean => MOVES[status].length === 0;

/** The end of a run, from the ends of its streams. */
export function verdict(streams: readonly { readonly status: string }[]): 'SUCCEEDED' | 'PARTIAL' | 'FAILED' {
  const good = streams.filter((stream) => stream.status === 'SUCCEEDED').length;
  if (good === streams.length) return 'SUCCEEDED';
  return good > 0 ? 'PARTIAL' : 'FAILED';
}

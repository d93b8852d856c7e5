// Reads one stream of a run to its end: pages in order, batches of up to 5,000 rows or one second, each committed with its
// checkpoint and counters in one transaction that proves the claim. Provider failures that may pass are tried again from
// the last checkpoint; what cannot pass fails this stream alone, or stops the run, as `judge` decides.
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, type PonteError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { ProgressBasis, StreamOutcome } from './api.ts';
import { ClaimLost, countFailure, holdClaim, type Claim } from './claim.ts';
import { isDatabaseError, judge, type Verdict } from './failure.ts';
import { hasLetters } from './letters.ts';
import { createPageSource, type PageRead, type PageSource } from './pages.ts';
import { CUT_SHORT, READINGS_REMEMBERED, askedOf, outcomeOf, plainWatermark, usualAfter } from './outcome.ts';
import { advance, missingOf, readCheckpoint, readsAll, remaining, totalOf, type Checkpoint } from './plan.ts';
import type { Slots } from './slots.ts';
import { storeRecords } from './store.ts';
import type { Json, ParsedRecord, Partition, ReadContext, RejectedRecord, Stream } from './types.ts';

const BATCH_ROWS = 5_000;
const BATCH_MS = 1_000;
const LONGEST_RETRY_DELAY_MS = 60_000;

export interface ReaderOptions {
  readonly database: Database;
  readonly claim: Claim;
  readonly stream: Stream;
  readonly slots: Slots;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** One writing transaction of a run at a time. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onCommit: (touched: boolean) => void;
  /** The last page is here: what comes after this stream may be asked for while the rest of it is written. */
  readonly onRead: () => void;
  readonly maxFailures: number;
  readonly retryDelayMs: number;
}

/** The run cannot go on, or not now: thrown through the reader to the runner. */
export class RunHalted extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(verdict.error.message, { cause: verdict.error });
    this.name = 'RunHalted';
    this.verdict = verdict;
  }
}

interface StreamCounts {
  fetched: number;
  written: number;
  unchanged: number;
  rejected: number;
  requests: number;
}

interface Standing extends StreamCounts {
  checkpoint: Checkpoint;
  usual: number | null;
  /** Records of the readings of the same kind before this run, the newest first. */
  before: readonly number[];
  watermark: Json;
  mayResolve: boolean;
  failures: number;
}

/** Marks the stream as begun and reads where it stands. */
async function begin({ database, claim, stream }: ReaderOptions): Promise<Standing> {
  return database.transaction(async (client) => {
    await holdClaim(client, claim);
    const { rows } = await client.query<StreamCounts & { checkpoint: Json; started_at: string }>(
      `UPDATE sync.run_stream SET status = 'RUNNING', started_at = coalesce(started_at, now()) WHERE run_id = $1 AND name = $2
       RETURNING fetched, written, unchanged, rejected, requests, checkpoint, started_at`,
      [claim.runId, stream.name],
    );
    const row = rows[0]!;
    const known = await client.query<{ records: number | null; watermark: Json }>(
      'SELECT records, watermark FROM sync.stream_state WHERE wallet_id = $1 AND stream = $2',
      [claim.walletId, stream.name],
    );
    // What was announced and did not come is no measure; nor, for an incremental reading, one that had no watermark and read everything.
    const before = await client.query<{ fetched: number }>(
      `SELECT s.fetched FROM sync.run r JOIN sync.run_stream s ON s.run_id = r.id AND s.name = $2
       WHERE r.wallet_id = $1 AND r.id <> $3 AND s.status = 'SUCCEEDED' AND s.fetched >= coalesce(s.total, 0) AND ($4 OR (r.mode = $5 AND r.since IS NULL AND (r.mode = 'FULL' OR
           EXISTS (SELECT 1 FROM sync.run o JOIN sync.run_stream p ON p.run_id = o.id AND p.name = $2
                   WHERE o.wallet_id = $1 AND o.since IS NULL AND o.queued_at < r.queued_at AND p.outcome IN ('CHANGED', 'NOTHING_NEW') AND p.status = 'SUCCEEDED'))))
       ORDER BY r.queued_at DESC LIMIT ${READINGS_REMEMBERED}`,
      [claim.walletId, stream.name, claim.runId, stream.incremental.startsWith('full'), claim.mode],
    );
    const { checkpoint, started_at: startedAt, ...counts } = row;
    return {
      ...counts,
      checkpoint: readCheckpoint(checkpoint, new Date(startedAt)),
      usual: known.rows[0]?.records ?? null,
      before: before.rows.map(({ fetched }) => fetched),
      watermark: known.rows[0]?.watermark ?? null,
      mayResolve: await hasLetters(client, claim.walletId, stream.name),
      failures: 0,
    };
  });
}

/** Pages that were read and are not yet committed. */
interface Batch {
  records: ParsedRecord[];
  rejected: RejectedRecord[];
  fetched: number;
  rows: number;
  checkpoint: Checkpoint;
  since: number;
}

const rowsOf = (record: ParsedRecord): number => Object.values(record.others ?? {}).reduce((all, rows) => all + rows.length, 1);

async function commit(options: ReaderOptions, standing: Standing, batch: Batch, size: { total: number | null; basis: ProgressBasis }, requests: number): Promise<void> {
  const { database, claim, stream } = options;
  const owner = { walletId: claim.walletId, provider: claim.provider, stream: stream.name, runId: claim.runId };
  const stored = await options.exclusively(() =>
    retryDeadlocks(() =>
      database.transaction(async (client) => {
        const result = await storeRecords(client, owner, stream, batch.records, batch.rejected, { mayResolve: standing.mayResolve });
        await client.query(
          `UPDATE sync.run_stream SET fetched = fetched + $3, written = written + $4, unchanged = unchanged + $5, rejected = rejected + $6,
             requests = requests + $7, checkpoint = $8, total = $9, basis = $10 WHERE run_id = $1 AND name = $2`,
          [claim.runId, stream.name, batch.fetched, result.written, result.unchanged, result.rejected, requests, JSON.stringify(batch.checkpoint), size.total, size.basis],
        );
        await holdClaim(client, claim, { progressed: true });
        return result;
      }),
    ),
  );
  standing.fetched += batch.fetched;
  standing.written += stored.written;
  standing.unchanged += stored.unchanged;
  standing.rejected += stored.rejected;
  standing.requests += requests;
  standing.checkpoint = batch.checkpoint;
  standing.mayResolve ||= stored.rejected > 0;
  standing.failures = 0;
  options.onCommit(stored.touched);
}

/** Two writers that met in a deadlock: Postgres has undone one of them whole, so it may simply try again. */
async function retryDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if ((code !== '40P01' && code !== '40001') || attempt === 5) throw error;
    }
  }
}

const contextOf = ({ claim }: ReaderOptions, standing: Standing, signal: AbortSignal): ReadContext => ({
  walletId: claim.walletId,
  mode: claim.mode,
  watermark: claim.mode === 'INCREMENTAL' ? standing.watermark : null,
  since: claim.since,
  startedAt: new Date(standing.checkpoint.startedAt),
  signal,
});

/** One attempt: plans what is left and reads it. Gives the plan. */
async function readOnce(options: ReaderOptions, standing: Standing): Promise<readonly Partition[]> {
  const { claim, stream, slots, signal } = options;
  const context = (abort: AbortSignal) => contextOf(options, standing, abort);
  const giveBack = await slots.take(signal);
  const partitions = await stream.partitions(context(signal)).finally(giveBack);
  const parts = remaining(partitions, standing.checkpoint);
  const source = createPageSource({ parts, slots, signal, fetch: (partition, cursor, abort) => stream.page(context(abort), partition, cursor) });
  const usual = readsAll(stream, claim.mode) ? standing.usual : null;
  let committedRequests = 0;
  const newBatch = (): Batch => ({ records: [], rejected: [], fetched: 0, rows: 0, checkpoint: standing.checkpoint, since: performance.now() });
  let batch: Batch | null = null;
  const flush = async () => {
    if (!batch) return;
    const full = batch;
    batch = null;
    const open = parts.map((part) => part.partition.key).filter((key) => full.checkpoint.done[key] === undefined);
    const made = source.requests();
    await commit(options, standing, full, totalOf(full.checkpoint, open, source.totals, usual), made - committedRequests);
    committedRequests = made;
  };
  try {
    const ask = () => {
      const next = source.next();
      next.catch(() => {}); // met when it is awaited, which a flush may delay
      return next;
    };
    let coming = ask();
    for (;;) {
      const read = batch === null ? await coming : await comesWithin(coming, (batch as Batch).since + BATCH_MS - performance.now());
      if (read === 'late') {
        await flush();
        continue;
      }
      if (read === null) break;
      if (source.finished()) options.onRead();
      batch ??= newBatch();
      take(batch, read);
      coming = ask();
      if (batch.rows >= BATCH_ROWS || performance.now() - batch.since >= BATCH_MS) await flush();
    }
    await flush();
    return partitions;
  } catch (error) {
    // The pages in hand are good: keep them, so that the next attempt goes on behind them.
    if (!(error instanceof ClaimLost) && !isDatabaseError(error)) await flush();
    throw error;
  } finally {
    source.close();
  }
}

function take(batch: Batch, { partition, page }: PageRead): void {
  for (const record of page.records) {
    batch.records.push(record);
    batch.rows += rowsOf(record);
  }
  batch.rejected.push(...page.rejected);
  batch.rows += page.rejected.length;
  batch.fetched += page.fetched;
  batch.checkpoint = advance(batch.checkpoint, partition.key, page.fetched, page.next, page.total);
}

/** The page, or `late` where it does not come within `ms`; the page can then be waited for again. */
async function comesWithin(coming: ReturnType<PageSource['next']>, ms: number): Promise<PageRead | null | 'late'> {
  if (ms <= 0) return 'late';
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([coming, new Promise<'late'>((resolve) => (timer = setTimeout(resolve, ms, 'late')))]);
  } finally {
    clearTimeout(timer);
  }
}

/** Said of a reading from an instant behind the watermark: it leaves the watermark where it was. */
const sinceNote = (since: Date, stored: Json): string =>
  `Only what changed since ${since.toISOString()} was asked for, and what lies before is not read yet: the next run ${stored === null ? 'reads everything' : 'starts where the last complete one ended'}.`;

/**
 * Closes a stream that was read to its end. The watermark moves on only where everything up to it was read: not where the
 * reading began behind it, and not where records are lacking; then the next run looks again, and says so again.
 */
async function finish(options: ReaderOptions, standing: Standing, plan: readonly Partition[]): Promise<StreamOutcome> {
  const { database, claim, stream, log, onCommit } = options;
  const all = readsAll(stream, claim.mode);
  const window = stream.incremental.startsWith('window') && claim.since === null;
  const missing = missingOf(standing.checkpoint);
  const { outcome, message } = outcomeOf({ ...standing, all, window, missing, asked: askedOf(plan) });
  const good = outcome === 'CHANGED' || outcome === 'NOTHING_NEW';
  const context = { ...contextOf(options, standing, new AbortController().signal), watermark: standing.watermark };
  const reached = stream.watermark ? stream.watermark(context) : plainWatermark(context);
  const behind = !all && claim.since !== null && reached === context.watermark;
  const told = behind ? [message, sinceNote(claim.since, standing.watermark)].filter((part) => part !== null).join(' ') : message;
  const watermark = good ? reached : standing.watermark;
  await database.transaction(async (client) => {
    await client.query(
      `UPDATE sync.run_stream SET status = 'SUCCEEDED', outcome = $3, message = $4, error_code = NULL, total = fetched + $5, basis = 'COUNTED', checkpoint = NULL,
         finished_at = now() WHERE run_id = $1 AND name = $2`,
      [claim.runId, stream.name, outcome, told, missing],
    );
    if (outcome !== 'NOTHING_READABLE') {
      await client.query(
        `INSERT INTO sync.stream_state AS s (wallet_id, stream, watermark, last_synced_at, last_full_at, records)
         VALUES ($1, $2, $3, CASE WHEN $6 THEN now() END, CASE WHEN $4 THEN now() END, CASE WHEN $4 THEN $5::int END)
         ON CONFLICT (wallet_id, stream) DO UPDATE SET watermark = excluded.watermark, last_synced_at = coalesce(excluded.last_synced_at, s.last_synced_at),
           last_full_at = coalesce(excluded.last_full_at, s.last_full_at), records = coalesce(excluded.records, s.records)`,
        [claim.walletId, stream.name, watermark === null ? null : JSON.stringify(watermark), all, usualAfter({ ...standing, missing }), good && !behind],
      );
    }
    await holdClaim(client, claim, { progressed: true });
  });
  if (!good) log.warn({ stream: stream.name, outcome, reason: message }, 'A stream brought less than it should');
  onCommit(false);
  return outcome;
}

/** Closes a stream that cannot be read. Its checkpoint stays, for a retry. */
async function fail({ database, claim, stream, log, onCommit }: ReaderOptions, standing: Standing | null, error: PonteError): Promise<void> {
  await database.transaction(async (client) => {
    await client.query(
      `UPDATE sync.run_stream SET status = 'FAILED', outcome = CASE WHEN $4 = 'PROVIDER_FORBIDDEN' THEN 'NOTHING_READABLE' ELSE ${CUT_SHORT} END, message = $3,
         error_code = $4, checkpoint = $5, finished_at = now() WHERE run_id = $1 AND name = $2`,
      [claim.runId, stream.name, error.message, error.code, standing ? JSON.stringify(standing.checkpoint) : null],
    );
    await holdClaim(client, claim);
  });
  log.warn({ stream: stream.name, code: error.code, reason: error.message }, 'A stream could not be read');
  onCommit(false);
}

/**
 * Reads the stream of `options`; resolves when it is closed, read or failed. Throws `RunHalted` where the run cannot go
 * on, `ClaimLost` where somebody else has it, the signal's reason on abort, and whatever the database throws.
 */
export async function readStream(options: ReaderOptions): Promise<void> {
  const { database, claim, stream, signal, log, maxFailures, retryDelayMs } = options;
  const standing = await begin(options);
  let plan: readonly Partition[];
  for (;;) {
    try {
      plan = await readOnce(options, standing);
      break;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const verdict = judge(error);
      if (verdict === null) throw error;
      standing.failures++;
      if (verdict.kind === 'AGAIN' && standing.failures < maxFailures) {
        await countFailure(database, claim);
        const backoffMs = Math.min(retryDelayMs * 2 ** (standing.failures - 1), LONGEST_RETRY_DELAY_MS) * (0.5 + Math.random() / 2);
        const delayMs = Math.max(backoffMs, verdict.error.retryAfterMs ?? 0);
        log.warn({ stream: stream.name, code: verdict.error.code, reason: messageOf(error), delayMs }, 'The provider failed; the stream goes on after a pause');
        await sleep(delayMs, undefined, { signal });
        continue;
      }
      if (verdict.kind === 'WAIT' || verdict.error.code === 'PROVIDER_RATE_LIMITED') throw new RunHalted({ ...verdict, kind: 'WAIT' });
      await fail(options, standing, verdict.error);
      if (verdict.kind === 'STOP') throw new RunHalted(verdict);
      return;
    }
  }
  await finish(options, standing, plan);
}

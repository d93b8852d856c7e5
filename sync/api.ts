// What the engine offers to the rest of the house: the side that asks (`Engine`, in every process that serves the API) and
// the side that works (`Worker`, the only one that calls providers). Both meet in Postgres and nowhere else.
import type { AllowedWallets } from '../lib/graphql/subgraph.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { ConnectionTest, Connector, Json, Provider, SyncMode } from './types.ts';

export type RunStatus = 'QUEUED' | 'RUNNING' | 'WAITING' | 'SUCCEEDED' | 'PARTIAL' | 'FAILED' | 'CANCELLED';
export type RunTrigger = 'MANUAL' | 'SCHEDULE' | 'AUTO_IMPORT' | 'WEBHOOK' | 'RETRY';
export type StreamStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED';
export type StreamOutcome = 'CHANGED' | 'NOTHING_NEW' | 'NOTHING_READABLE' | 'FEWER_THAN_USUAL';
/** COUNTED: the provider gave totals. ESTIMATED: from the last full read. UNKNOWN: percent and eta are null. */
export type ProgressBasis = 'COUNTED' | 'ESTIMATED' | 'UNKNOWN';
export type WalletStatus = 'CONNECTED' | 'EXPIRING' | 'EXPIRED' | 'UNAUTHORIZED' | 'NOT_CONFIGURED';

/** Counts of records. `written` = inserted or updated; `unchanged` = read, the same as stored. */
export interface Counts {
  readonly fetched: number;
  readonly written: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rejected: number;
}

export interface Progress extends Counts {
  /** 0 to 100, one decimal; null where `basis` is UNKNOWN. */
  readonly percent: number | null;
  readonly basis: ProgressBasis;
  readonly total: number | null;
  readonly recordsPerSecond: number | null;
  readonly etaSeconds: number | null;
}

export interface StreamState extends Counts {
  readonly name: string;
  readonly status: StreamStatus;
  readonly total: number | null;
  readonly basis: ProgressBasis;
  /** Pages asked for. */
  readonly requests: number;
  readonly outcome: StreamOutcome | null;
  readonly message: string | null;
  readonly errorCode: string | null;
  /** Where the next page starts; null before the first page and after the last. */
  readonly checkpoint: Json;
  /** ISO 8601, as all instants here. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly retryable: boolean;
}

/** A run with its streams and its progress, as subscribers see it. */
export interface RunState {
  readonly id: string;
  readonly walletId: string;
  readonly provider: Provider;
  readonly mode: SyncMode;
  readonly trigger: RunTrigger;
  readonly status: RunStatus;
  /** Why it waits: `Gestão Click quota`. */
  readonly waitingFor: string | null;
  readonly resumesAt: string | null;
  readonly retryOfId: string | null;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly updatedAt: string;
  readonly progress: Progress;
  readonly streams: readonly StreamState[];
  readonly error: RunError | null;
}

export interface StartSyncInput {
  readonly walletId: string;
  readonly mode: SyncMode;
  /** Names; null, absent or empty: all. */
  readonly streams?: readonly string[] | null;
  /** INCREMENTAL only: read what changed since then, instead of since the last good run. */
  readonly since?: Date | null;
  readonly trigger: RunTrigger;
}

export interface StartedRun {
  /** False where a run of that wallet was under way: that run comes back. */
  readonly started: boolean;
  readonly run: RunState;
}

export interface AutoImport {
  readonly runs: readonly RunState[];
  /** Connections that did not pass their test; nothing was started for them. */
  readonly failed: readonly { readonly walletId: string; readonly provider: Provider; readonly test: ConnectionTest }[];
}

export interface ScheduleInput {
  readonly walletId: string;
  /** Five fields: minute, hour, day, month, weekday. */
  readonly cron: string;
  /** IANA name; default America/Sao_Paulo. */
  readonly timeZone?: string | null;
  readonly mode?: SyncMode | null;
  readonly enabled?: boolean | null;
  /** When everything is read again, beside it, in the same zone; null: never by itself; left out: as it was. */
  readonly fullCron?: string | null;
}

export interface Schedule {
  readonly id: string;
  readonly walletId: string;
  readonly provider: Provider;
  readonly cron: string;
  readonly timeZone: string;
  readonly mode: SyncMode;
  readonly enabled: boolean;
  /** Null while it is disabled. */
  readonly nextRunAt: string | null;
  /** Null where no full run starts by itself. */
  readonly fullCron: string | null;
  /** Null while it is disabled, or where there is none. */
  readonly fullNextRunAt: string | null;
  readonly lastRunId: string | null;
}

/** What a provider allows for a wallet's account, all programs of the company together, and what we used of it. */
export interface QuotaUse {
  readonly walletId: string;
  readonly perSecond: number;
  /** Null where no daily limit is known. */
  readonly perDay: number | null;
  /** Our calls since midnight in São Paulo. */
  readonly usedToday: number;
  /** When the day's count starts anew; null where there is no daily limit. */
  readonly resetsAt: string | null;
}

/** One record that changed, newest state only. `recordId` is our id. */
export interface RecordChange {
  readonly walletId: string;
  readonly type: string;
  readonly change: 'CREATED' | 'UPDATED' | 'DELETED';
  readonly recordId: string;
  readonly at: string;
}

export interface TestOptions {
  /** How long the provider may take; default 60 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface WatchRunsOptions {
  /** Only this run; the iterator completes after its last state. NOT_FOUND where it does not exist or may not be seen. */
  readonly runId?: string | null;
  readonly provider?: Provider | null;
  readonly allowedWallets: AllowedWallets;
  readonly signal?: AbortSignal;
}

export interface WatchChangesOptions {
  /** SALE, CLIENT ...; null or empty: all. */
  readonly types?: readonly string[] | null;
  readonly allowedWallets: AllowedWallets;
  readonly signal?: AbortSignal;
}

/**
 * The side that asks. Needs no provider and no credentials: everything it wants done, it leaves in Postgres.
 * Callers check `allowedWallets` themselves, except in the two watchers.
 */
export interface Engine {
  /**
   * Starts a run, or gives the one under way. BAD_USER_INPUT for an unknown stream or a wallet that is not configured;
   * NOT_FOUND for an unknown wallet.
   */
  startSync(input: StartSyncInput): Promise<StartedRun>;
  /** Tests each connection, then starts a full run of all that passed. Throws the first failure where none passed. */
  autoImport(options?: { walletIds?: readonly string[]; signal?: AbortSignal }): Promise<AutoImport>;
  /** Asks a live run to end; one that nobody works on ends at once. A run that is over comes back as it is. */
  cancelSync(runId: string): Promise<RunState>;
  /** A new run of the streams that failed or were cancelled, from their checkpoints. CONFLICT where there is none, or a run is live. */
  retrySync(runId: string): Promise<RunState>;
  /** BAD_USER_INPUT (with `field`) for a cron text or a time zone that cannot be read. */
  setSchedule(input: ScheduleInput): Promise<Schedule>;
  /** Asks a worker to test a connection, by wallet or by provider. DEADLINE_EXCEEDED where no worker answers. */
  testConnection(target: { walletId: string } | { provider: Provider }, options?: TestOptions): Promise<ConnectionTest>;
  /** Parses stored records again, and writes those that now can be read. Unknown ids count as failed. */
  replayDeadLetters(ids: readonly string[], options?: TestOptions): Promise<{ replayed: number; failed: number }>;
  /** Null where no such run exists. */
  run(id: string): Promise<RunState | null>;
  /** States of several runs, in the order of `ids`; unknown ids are left out. */
  runs(ids: readonly string[]): Promise<RunState[]>;
  /** The newest run of each of these wallets that has one. */
  lastRuns(walletIds: readonly string[]): Promise<RunState[]>;
  /** The quota of each of these wallets that has made a call. */
  quotas(walletIds: readonly string[]): Promise<QuotaUse[]>;
  /**
   * Current state at once, then the newest state, at most four a second for each run; the last state always arrives.
   * `return()` and the signal settle a waiting `next()` at once.
   */
  watchRuns(options: WatchRunsOptions): AsyncIterableIterator<RunState>;
  /** Records as they change; a record that changes faster than it is read comes once, with its newest change. */
  watchChanges(options: WatchChangesOptions): AsyncIterableIterator<RecordChange>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly database: Database;
  readonly log: Logger;
  /** How long to wait for any worker to take an errand; default 8 s. */
  readonly workerTimeoutMs?: number;
}

export interface SettleContext {
  readonly database: Database;
  readonly walletId: string;
  readonly provider: Provider;
  readonly workspaceId: string;
  readonly mode: SyncMode;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Work to do after the streams of a run and before its last state: identity matching and the like. Must be repeatable. */
export interface SettleStep {
  readonly name: string;
  run(context: SettleContext): Promise<void>;
}

export interface WorkerOptions {
  readonly database: Database;
  readonly connectors: readonly Connector[];
  readonly settle?: readonly SettleStep[];
  readonly log: Logger;
  /** Name of the workspace that the wallets belong to; default `default`. */
  readonly workspace?: string;
  /** Schedule of a wallet that has none yet; null: none. Default 02:00 America/Sao_Paulo, INCREMENTAL, and FULL on Sundays at 01:00; enabled. */
  readonly defaultSchedule?: { readonly cron: string; readonly timeZone: string; readonly mode: SyncMode; readonly fullCron?: string | null } | null;
  /** Provider failures of one stream in a row, without progress, that end it; default 5. */
  readonly maxFailures?: number;
  /** First pause after such a failure, doubled each time; default 2 s. */
  readonly retryDelayMs?: number;
  /** First pause of a run whose rows the database does not take, doubled each time up to 2 min; default 5 s. */
  readonly databasePauseMs?: number;
}

/** The side that works. */
export interface Worker {
  /** Resolves when it takes work; wallets of providers that cannot be reached are tried again in the background. */
  start(): Promise<void>;
  /** Hands back what is under way: the next worker goes on from the checkpoint. Safe to call twice. */
  stop(options?: { graceMs?: number }): Promise<void>;
  /** Resolves when every connector was asked once who it is, reached or not. */
  identified(): Promise<void>;
}

// Runs: what was asked, where it stands, how it ended; the mutations that move them and the subscription that streams them.
import { badInput } from '../../lib/errors.ts';
import { isId } from '../../lib/ids.ts';
import { connectionType, defineSource, openConnection, pageArgs, signalOf, type Connection, type Order } from '../../lib/graphql/index.ts';
import { sql } from '../../lib/sql.ts';
import type { Progress, RunError, RunState, StreamState } from '../../sync/index.ts';
import { builder, Provider, SyncMode, SyncRun, type SyncContext } from './builder.ts';
import { mayPass, requireRun, resolveTarget } from './target.ts';
import { Wallet, walletById } from './wallet.ts';

const RunStatus = builder.enumType('SyncRunStatus', {
  values: {
    QUEUED: { description: 'A worker will take it.' },
    RUNNING: {},
    WAITING: { description: 'For a quota, for the end of a block, or for the database; goes on by itself at `resumesAt`.' },
    SUCCEEDED: {},
    PARTIAL: { description: 'Some streams failed, the others are complete.' },
    FAILED: {},
    CANCELLED: {},
  } as const,
});
const RunTrigger = builder.enumType('SyncTrigger', { values: ['MANUAL', 'SCHEDULE', 'AUTO_IMPORT', 'WEBHOOK', 'RETRY'] as const });
const StreamStatus = builder.enumType('SyncStreamStatus', { values: ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED'] as const });
const StreamOutcome = builder.enumType('SyncOutcome', {
  values: {
    CHANGED: {},
    NOTHING_NEW: { description: 'Read, and all of it was known already.' },
    NOTHING_READABLE: { description: 'The provider gave nothing where there was something before.' },
    FEWER_THAN_USUAL: { description: 'A full read brought much less than the one before.' },
  } as const,
});
const Basis = builder.enumType('ProgressBasis', {
  values: {
    COUNTED: { description: 'The provider gave the totals.' },
    ESTIMATED: { description: 'From the last full read.' },
    UNKNOWN: { description: '`percent` and `etaSeconds` are null.' },
  } as const,
});

const ProgressType = builder.objectRef<Progress>('SyncProgress').implement({
  fields: (t) => ({
    percent: t.exposeFloat('percent', { nullable: true }),
    basis: t.expose('basis', { type: Basis }),
    fetched: t.exposeInt('fetched', { description: 'Records that the provider sent.' }),
    total: t.exposeInt('total', { nullable: true }),
    written: t.exposeInt('written', { description: 'Records that were new or had changed.' }),
    unchanged: t.exposeInt('unchanged'),
    deleted: t.exposeInt('deleted'),
    rejected: t.exposeInt('rejected', { description: 'Records that became dead letters.' }),
    recordsPerSecond: t.exposeFloat('recordsPerSecond', { nullable: true }),
    etaSeconds: t.exposeInt('etaSeconds', { nullable: true }),
  }),
});

const StreamType = builder.objectRef<StreamState>('SyncStream').implement({
  description: 'One kind of records inside a run.',
  fields: (t) => ({
    name: t.exposeString('name'),
    status: t.expose('status', { type: StreamStatus }),
    fetched: t.exposeInt('fetched'),
    total: t.exposeInt('total', { nullable: true }),
    written: t.exposeInt('written'),
    unchanged: t.exposeInt('unchanged'),
    deleted: t.exposeInt('deleted'),
    rejected: t.exposeInt('rejected'),
    requests: t.exposeInt('requests', { description: 'Pages asked for.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    outcome: t.expose('outcome', { type: StreamOutcome, nullable: true }),
    message: t.exposeString('message', { nullable: true }),
    checkpoint: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'Where the next page starts.',
      resolve: ({ checkpoint }) => (checkpoint !== null && typeof checkpoint === 'object' && !Array.isArray(checkpoint) ? (checkpoint as Record<string, unknown>) : null),
    }),
  }),
});

const ErrorType = builder.objectRef<RunError>('SyncError').implement({
  fields: (t) => ({
    code: t.exposeString('code'),
    message: t.exposeString('message'),
    hint: t.exposeString('hint', { nullable: true }),
    retryable: t.exposeBoolean('retryable'),
  }),
});

SyncRun.implement({
  description: 'A synchronisation of one account.',
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.expose('provider', { type: Provider }),
    wallet: t.field({ type: Wallet, nullable: true, resolve: (run, _args, context) => walletById(context, run.walletId) }),
    mode: t.expose('mode', { type: SyncMode }),
    trigger: t.expose('trigger', { type: RunTrigger }),
    status: t.expose('status', { type: RunStatus }),
    waitingFor: t.exposeString('waitingFor', { nullable: true, description: 'E.g. `Gestão Click quota`.' }),
    resumesAt: t.expose('resumesAt', { type: 'DateTime', nullable: true }),
    queuedAt: t.expose('queuedAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    progress: t.field({ type: ProgressType, resolve: (run) => run.progress }),
    streams: t.field({ type: [StreamType], resolve: (run) => [...run.streams] }),
    error: t.field({ type: ErrorType, nullable: true, resolve: (run) => run.error }),
    retryOf: t.field({ type: SyncRun, nullable: true, resolve: (run, _args, { engine }) => (run.retryOfId === null ? null : engine.run(run.retryOfId)) }),
  }),
});
const RunConnection = connectionType(builder, SyncRun);

interface RunRow {
  id: string;
  walletId: string;
}
const RUNS = defineSource<RunRow>({ table: 'sync.run', columns: { id: 'id', walletId: 'wallet_id' }, hasMetadata: false });
const NEWEST_FIRST: Order = { column: 'queued_at', type: 'timestamptz', direction: 'DESC' };

/** A page of rows, each as the engine sees it. */
function withStates(context: SyncContext, list: Connection<RunRow>): Connection<RunState> {
  return {
    ...list,
    async edges() {
      const edges = await list.edges();
      const states = new Map((await context.engine.runs(edges.map(({ node }) => node.id))).map((run) => [run.id, run]));
      return edges.flatMap((edge) => {
        const state = states.get(edge.node.id);
        return state === undefined ? [] : [{ node: state, cursor: () => edge.cursor() }];
      });
    },
  };
}

builder.queryFields((t) => ({
  syncRun: t.field({
    type: SyncRun,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    async resolve(_root, { id }, { engine, allowedWallets }) {
      const run = isId(id) ? await engine.run(id) : null;
      return run !== null && mayPass(allowedWallets, run.walletId) ? run : null;
    },
  }),
  syncRuns: t.field({
    type: RunConnection,
    nullable: true,
    description: 'Newest first.',
    args: { provider: t.arg({ type: Provider }), walletId: t.arg.id(), ...pageArgs<SyncContext>(t.arg) },
    resolve(_root, { provider, walletId, ...page }, context) {
      const where = [...(provider == null ? [] : [sql`t.provider = ${provider}`]), ...(walletId == null ? [] : [isId(walletId) ? sql`t.wallet_id = ${walletId}::uuid` : sql`false`])];
      return withStates(context, openConnection(context, { source: RUNS, where, order: NEWEST_FIRST }, page));
    },
  }),
}));

const StartSyncInput = builder.inputType('StartSyncInput', {
  fields: (t) => ({
    provider: t.field({ type: Provider, description: 'Enough where one account of it is connected.' }),
    walletId: t.id(),
    mode: t.field({ type: SyncMode, defaultValue: 'INCREMENTAL', required: true }),
    streams: t.stringList({ description: 'Names; null or empty: all.' }),
    since: t.field({ type: 'DateTime', description: 'INCREMENTAL: what changed since then, instead of since the last good run.' }),
  }),
});
const StartSyncPayload = builder.objectRef<{ started: boolean; run: RunState }>('StartSyncPayload').implement({
  fields: (t) => ({
    started: t.exposeBoolean('started', { description: 'False where a run of that account was under way: that run comes back.' }),
    run: t.field({ type: SyncRun, resolve: ({ run }) => run }),
  }),
});
const AutoImportPayload = builder.objectRef<{ runs: readonly RunState[] }>('AutoImportPayload').implement({
  fields: (t) => ({ runs: t.field({ type: [SyncRun], resolve: ({ runs }) => [...runs] }) }),
});

builder.mutationFields((t) => ({
  startSync: t.field({
    type: StartSyncPayload,
    nullable: true,
    args: { input: t.arg({ type: StartSyncInput, required: true }) },
    async resolve(_root, { input }, context) {
      const { mode, streams, since } = input;
      if (since != null && mode === 'FULL') throw badInput('`since` goes with INCREMENTAL only: a full run reads everything', { field: 'input.since' });
      const wallet = await resolveTarget(context, input);
      return context.engine.startSync({ walletId: wallet.id, mode, streams: streams ?? null, since: since == null ? null : new Date(since), trigger: 'MANUAL' });
    },
  }),
  autoImport: t.field({
    type: AutoImportPayload,
    nullable: true,
    description: 'Tests each connection, then starts a first full run of every connected account (or of one).',
    args: { provider: t.arg({ type: Provider }), walletId: t.arg.id() },
    async resolve(_root, target, context) {
      const { allowedWallets } = context;
      const chosen = target.provider != null || target.walletId != null ? [(await resolveTarget(context, target)).id] : allowedWallets === 'all' ? undefined : allowedWallets;
      return context.engine.autoImport({ ...(chosen === undefined ? {} : { walletIds: chosen }), ...signalOf(context) });
    },
  }),
  cancelSync: t.field({
    type: SyncRun,
    nullable: true,
    args: { runId: t.arg.id({ required: true }) },
    async resolve(_root, { runId }, context) {
      await requireRun(context, runId);
      return context.engine.cancelSync(runId);
    },
  }),
  retrySync: t.field({
    type: SyncRun,
    nullable: true,
    description: 'A new run of the streams that failed, from their checkpoints.',
    args: { runId: t.arg.id({ required: true }) },
    async resolve(_root, { runId }, context) {
      await requireRun(context, runId);
      return context.engine.retrySync(runId);
    },
  }),
}));

builder.subscriptionFields((t) => ({
  syncProgress: t.field({
    type: SyncRun,
    nullable: true,
    description: 'The current state at once, then the newest one, at most four a second for each run; the last state always arrives. With `runId` it completes after it.',
    args: { runId: t.arg.id(), provider: t.arg({ type: Provider }) },
    async subscribe(_root, { runId, provider }, context) {
      const { engine, allowedWallets } = context;
      if (runId != null) await requireRun(context, runId);
      return engine.watchRuns({ runId: runId ?? null, provider: provider ?? null, allowedWallets, ...signalOf(context) });
    },
    resolve: (run: RunState) => run,
  }),
}));

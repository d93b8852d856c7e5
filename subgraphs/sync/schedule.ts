// When accounts are synchronised by themselves.
import type { Provider as ProviderName, RunState, SyncMode as ModeName } from '../../sync/index.ts';
import { builder, Provider, SyncMode, SyncRun, type SyncContext } from './builder.ts';
import { resolveTarget, visible } from './target.ts';
import { Wallet, walletById } from './wallet.ts';

interface ScheduleRow {
  readonly id: string;
  readonly walletId: string;
  readonly provider: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly mode: string;
  readonly enabled: boolean;
  /** ISO 8601 from the engine, a Date from Prisma. */
  readonly nextRunAt: string | Date | null;
  readonly fullCron: string | null;
  readonly fullNextRunAt: string | Date | null;
  readonly lastRunId: string | null;
}

const lastRunOf = (context: SyncContext, id: string): Promise<RunState | null> =>
  context.loaders.shared<string, RunState>(SyncRun, 'byId', async (ids) => new Map((await context.engine.runs(ids)).map((run) => [run.id, run])))(id);

const SyncSchedule = builder.objectRef<ScheduleRow>('SyncSchedule').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.field({ type: Provider, resolve: (row) => row.provider as ProviderName }),
    wallet: t.field({ type: Wallet, nullable: true, resolve: (row, _args, context) => walletById(context, row.walletId) }),
    cron: t.exposeString('cron', { description: 'Minute, hour, day, month, weekday.' }),
    timeZone: t.exposeString('timeZone'),
    mode: t.field({ type: SyncMode, resolve: (row) => row.mode as ModeName }),
    enabled: t.exposeBoolean('enabled'),
    nextRunAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ nextRunAt }) => (nextRunAt === null ? null : new Date(nextRunAt).toISOString()) }),
    fullCron: t.exposeString('fullCron', { nullable: true, description: 'When everything is read again, beside the ordinary run, in the same zone; null: never by itself.' }),
    fullNextRunAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ fullNextRunAt }) => (fullNextRunAt === null ? null : new Date(fullNextRunAt).toISOString()) }),
    lastRun: t.field({ type: SyncRun, nullable: true, resolve: ({ lastRunId }, _args, context) => (lastRunId === null ? null : lastRunOf(context, lastRunId)) }),
  }),
});

builder.queryFields((t) => ({
  syncSchedules: t.field({
    type: [SyncSchedule],
    nullable: true,
    resolve: (_root, _args, context) => context.prisma.syncSchedule.findMany({ where: { walletId: visible(context) }, orderBy: [{ provider: 'asc' }, { id: 'asc' }] }),
  }),
}));

const SyncScheduleInput = builder.inputType('SyncScheduleInput', {
  fields: (t) => ({
    provider: t.field({ type: Provider }),
    walletId: t.id(),
    cron: t.string({ required: true, description: 'E.g. `0 2 * * *`: every night at two.' }),
    timeZone: t.string({ required: true, defaultValue: 'America/Sao_Paulo' }),
    mode: t.field({ type: SyncMode, required: true, defaultValue: 'INCREMENTAL' }),
    enabled: t.boolean({ required: true, defaultValue: true }),
    fullCron: t.string({ description: 'E.g. `0 1 * * 0`: everything is read again on Sundays at one. Null: never by itself; left out: as it was.' }),
  }),
});

builder.mutationFields((t) => ({
  setSyncSchedule: t.field({
    type: SyncSchedule,
    nullable: true,
    description: 'One schedule for each account: sets it, or changes the one there is.',
    args: { input: t.arg({ type: SyncScheduleInput, required: true }) },
    async resolve(_root, { input }, context) {
      const { cron, timeZone, mode, enabled, fullCron } = input;
      const wallet = await resolveTarget(context, input);
      return context.engine.setSchedule({ walletId: wallet.id, cron, timeZone, mode, enabled, ...(fullCron === undefined ? {} : { fullCron }) });
    },
  }),
}));

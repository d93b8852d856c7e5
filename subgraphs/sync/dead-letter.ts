// Records that could not be taken in, with the reason; kept until they are replayed.
import { isId } from '../../lib/ids.ts';
import { connectionType, defineSource, openConnection, pageArgs, type Order } from '../../lib/graphql/index.ts';
import { sql } from '../../lib/sql.ts';
import type { Provider as ProviderName } from '../../sync/index.ts';
import { builder, Provider, type SyncContext } from './builder.ts';
import { visible } from './target.ts';

interface DeadLetterRow {
  readonly id: string;
  readonly walletId: string;
  readonly runId: string | null;
  readonly provider: ProviderName;
  readonly stream: string;
  readonly externalId: string | null;
  readonly code: string;
  readonly message: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly createdAt: string;
}

const DeadLetter = builder.objectRef<DeadLetterRow>('DeadLetter').implement({
  description: 'A record of the provider that could not be understood.',
  fields: (t) => ({
    id: t.exposeID('id'),
    runId: t.exposeID('runId', { nullable: true }),
    provider: t.expose('provider', { type: Provider }),
    stream: t.exposeString('stream'),
    externalId: t.exposeString('externalId', { nullable: true }),
    code: t.exposeString('code'),
    message: t.exposeString('message', { description: 'Path of the field, and what is wrong with it.' }),
    payload: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The record as it came; `{ value }` where it was no object.',
      resolve: ({ payload }) => (payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? (payload as Record<string, unknown>) : { value: payload }),
    }),
    attempts: t.exposeInt('attempts'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
const DeadLetterConnection = connectionType(builder, DeadLetter);

const DEAD_LETTERS = defineSource<DeadLetterRow>({
  table: 'sync.dead_letter',
  hasMetadata: false,
  columns: {
    id: 'id', walletId: 'wallet_id', runId: 'run_id', provider: 'provider', stream: 'stream', externalId: 'external_id',
    code: 'code', message: 'message', payload: 'payload', attempts: 'attempts', createdAt: 'created_at',
  },
});
const NEWEST_FIRST: Order = { column: 'created_at', type: 'timestamptz', direction: 'DESC' };

builder.queryFields((t) => ({
  deadLetters: t.field({
    type: DeadLetterConnection,
    nullable: true,
    description: 'Those that still wait, newest first.',
    args: { runId: t.arg.id(), provider: t.arg({ type: Provider }), ...pageArgs<SyncContext>(t.arg) },
    resolve(_root, { runId, provider, ...page }, context) {
      const where = [
        sql`t.resolved_at IS NULL`,
        ...(runId == null ? [] : [isId(runId) ? sql`t.run_id = ${runId}::uuid` : sql`false`]),
        ...(provider == null ? [] : [sql`t.provider = ${provider}`]),
      ];
      return openConnection(context, { source: DEAD_LETTERS, where, order: NEWEST_FIRST }, page);
    },
  }),
}));

const ReplayPayload = builder.objectRef<{ replayed: number; failed: number }>('ReplayPayload').implement({
  fields: (t) => ({ replayed: t.exposeInt('replayed'), failed: t.exposeInt('failed') }),
});

builder.mutationFields((t) => ({
  replayDeadLetters: t.field({
    type: ReplayPayload,
    nullable: true,
    description: 'Parses these records again and writes those that now can be read. Unknown ids count as failed.',
    args: { ids: t.arg.idList({ required: true }) },
    async resolve(_root, { ids }, context) {
      const unique = [...new Set(ids)];
      const rows = await context.prisma.deadLetter.findMany({ where: { id: { in: unique.filter(isId) }, walletId: visible(context) }, select: { id: true } });
      const { replayed, failed } = rows.length === 0 ? { replayed: 0, failed: 0 } : await context.engine.replayDeadLetters(rows.map(({ id }) => id));
      return { replayed, failed: failed + unique.length - rows.length };
    },
  }),
}));

// Connected accounts: who they are, whether their token lives, what is left of their quota, how fresh their data is.
import { isId } from '../../lib/ids.ts';
import { DAY, HOUR } from '../../lib/time.ts';
import type { Provider as ProviderName, QuotaUse, RunState, TokenFacts, WalletStatus as WalletStatusName } from '../../sync/index.ts';
import { builder, Provider, SyncRun, type SyncContext } from './builder.ts';
import { mayPass, visible } from './target.ts';

export interface WalletRow {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly externalAccountId: string | null;
  readonly domain: string | null;
  readonly status: string;
  readonly tokenExpiresAt: Date | null;
  readonly tokenScopes: readonly string[];
  readonly tokenMissingScopes: readonly string[];
  readonly checkedAt: Date | null;
  readonly metadata: unknown;
}

/** Data older than this is called stale: a nightly run, and two hours for it to be late. */
const STALE_AFTER_MS = DAY + 2 * HOUR;

export const Wallet = builder.objectRef<WalletRow>('Wallet');

const WalletStatus = builder.enumType('WalletStatus', {
  values: {
    CONNECTED: {},
    EXPIRING: { description: 'The token ends within 30 days.' },
    EXPIRED: {},
    UNAUTHORIZED: { description: 'The provider refuses the token.' },
    NOT_CONFIGURED: { description: 'No credentials are set.' },
  } as const,
});

export const Token = builder.objectRef<TokenFacts>('TokenFacts').implement({
  description: 'What the token says about itself; never the token.',
  fields: (t) => ({
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    daysLeft: t.exposeInt('daysLeft', { nullable: true }),
    scopes: t.field({ type: ['String'], resolve: ({ scopes }) => [...scopes] }),
    missingScopes: t.field({ type: ['String'], resolve: ({ missingScopes }) => [...missingScopes] }),
  }),
});

const Quota = builder.objectRef<QuotaUse>('Quota').implement({
  description: 'Requests that the provider allows for this account, all programs of the company together; `usedToday` counts ours.',
  fields: (t) => ({
    perSecond: t.exposeInt('perSecond'),
    perDay: t.exposeInt('perDay', { nullable: true }),
    usedToday: t.exposeInt('usedToday'),
    resetsAt: t.expose('resetsAt', { type: 'DateTime', nullable: true }),
  }),
});

interface FreshnessRow {
  readonly stream: string;
  readonly lastSyncedAt: Date | null;
  readonly records: number | null;
}

const Freshness = builder.objectRef<FreshnessRow>('Freshness').implement({
  fields: (t) => ({
    stream: t.exposeString('stream'),
    lastSyncedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ lastSyncedAt }) => lastSyncedAt?.toISOString() ?? null }),
    ageSeconds: t.int({ nullable: true, resolve: ({ lastSyncedAt }) => (lastSyncedAt === null ? null : Math.max(0, Math.round((Date.now() - lastSyncedAt.getTime()) / 1000))) }),
    stale: t.boolean({ description: 'Not read completely for 26 hours.', resolve: ({ lastSyncedAt }) => lastSyncedAt === null || Date.now() - lastSyncedAt.getTime() > STALE_AFTER_MS }),
    records: t.exposeInt('records', { nullable: true, description: 'Records of the last full read.' }),
  }),
});

function tokenOf(row: WalletRow): TokenFacts | null {
  if (row.tokenExpiresAt === null && row.tokenScopes.length === 0) return null;
  const { tokenExpiresAt: end, tokenScopes: scopes, tokenMissingScopes: missingScopes } = row;
  return { expiresAt: end?.toISOString() ?? null, daysLeft: end === null ? null : Math.floor((end.getTime() - Date.now()) / DAY), scopes, missingScopes };
}

const quotaOf = (context: SyncContext, row: WalletRow) =>
  context.loaders.shared<string, QuotaUse>(Quota, 'byWallet', async (walletIds) => {
    const quotas = await context.engine.quotas(walletIds);
    return new Map(quotas.map((quota) => [quota.walletId, quota]));
  })(row.id);

async function freshnessOf(context: SyncContext, row: WalletRow): Promise<FreshnessRow[]> {
  const load = context.loaders.shared<string, FreshnessRow[]>(Freshness, 'byWallet', async (walletIds) => {
    const rows = await context.prisma.streamState.findMany({ where: { walletId: { in: [...walletIds] } }, orderBy: { stream: 'asc' } });
    const byWallet = new Map<string, FreshnessRow[]>(walletIds.map((id) => [id, []]));
    for (const state of rows) byWallet.get(state.walletId)?.push(state);
    return byWallet;
  });
  return (await load(row.id)) ?? [];
}

const lastRunOf = (context: SyncContext, row: WalletRow) =>
  context.loaders.shared<string, RunState>(Wallet, 'lastRun', async (walletIds) => {
    const runs = await context.engine.lastRuns(walletIds);
    return new Map(runs.map((run) => [run.walletId, run]));
  })(row.id);

/** The wallet under an id, where the caller may see it. */
export function walletById(context: SyncContext, id: string): Promise<WalletRow | null> {
  if (!isId(id) || !mayPass(context.allowedWallets, id)) return Promise.resolve(null);
  const load = context.loaders.shared<string, WalletRow>(Wallet, 'byId', async (ids) => {
    const rows = await context.prisma.wallet.findMany({ where: { id: { in: [...ids] } } });
    return new Map(rows.map((row) => [row.id, row]));
  });
  return load(id);
}

Wallet.implement({
  description: 'One connected account of a provider. Every synchronised record belongs to one.',
  fields: (t) => ({
    id: t.exposeID('id'),
    provider: t.field({ type: Provider, resolve: (row) => row.provider as ProviderName }),
    name: t.exposeString('name'),
    externalAccountId: t.exposeString('externalAccountId', { nullable: true, description: "The provider's own account id; for Gestão Click the lowest store id." }),
    domain: t.exposeString('domain', { nullable: true }),
    status: t.field({ type: WalletStatus, resolve: (row) => row.status as WalletStatusName }),
    token: t.field({ type: Token, nullable: true, resolve: tokenOf }),
    quota: t.field({ type: Quota, nullable: true, description: 'Null before the first request.', resolve: (row, _args, context) => quotaOf(context, row) }),
    freshness: t.field({ type: [Freshness], resolve: (row, _args, context) => freshnessOf(context, row) }),
    lastRun: t.field({ type: SyncRun, nullable: true, resolve: (row, _args, context) => lastRunOf(context, row) }),
    checkedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ checkedAt }) => checkedAt?.toISOString() ?? null }),
    metadata: t.field({ type: 'JSONObject', nullable: true, description: 'What the provider tells about the account.', resolve: ({ metadata }) => metadata as Record<string, unknown> | null }),
  }),
});

builder.queryFields((t) => ({
  wallets: t.field({
    type: [Wallet],
    nullable: true,
    description: 'All accounts, also those without credentials.',
    resolve: (_root, _args, context) => context.prisma.wallet.findMany({ where: { id: visible(context) }, orderBy: [{ provider: 'asc' }, { createdAt: 'asc' }] }),
  }),
  wallet: t.field({ type: Wallet, nullable: true, args: { id: t.arg.id({ required: true }) }, resolve: (_root, { id }, context) => walletById(context, id) }),
}));

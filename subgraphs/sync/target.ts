// Which account a request means: `walletId`, or `provider` where only one account of it is connected.
import { badInput, notFound } from '../../lib/errors.ts';
import { isId } from '../../lib/ids.ts';
import type { AllowedWallets } from '../../lib/graphql/index.ts';
import type { Provider } from '../../sync/index.ts';
import type { SyncContext } from './builder.ts';

export interface TargetInput {
  readonly provider?: Provider | null | undefined;
  readonly walletId?: string | null | undefined;
}

export interface Target {
  readonly id: string;
  readonly provider: Provider;
  readonly name: string;
}

export const mayPass = (allowed: AllowedWallets, walletId: string): boolean => allowed === 'all' || allowed.includes(walletId);

/** Prisma's filter for the wallets that the caller may see. */
export const visible = ({ allowedWallets }: SyncContext) => (allowedWallets === 'all' ? {} : { in: allowedWallets.filter(isId) });

const toTarget = (row: { id: string; provider: string; name: string }): Target => ({ id: row.id, provider: row.provider as Provider, name: row.name });

/**
 * The wallet that is meant. BAD_USER_INPUT where neither is given, or several accounts of the provider are connected (the
 * message lists them); NOT_FOUND for an id that does not exist or may not be seen.
 */
export async function resolveTarget(context: SyncContext, { provider, walletId }: TargetInput): Promise<Target> {
  if (walletId != null) {
    const row = isId(walletId) && mayPass(context.allowedWallets, walletId) ? await context.prisma.wallet.findUnique({ where: { id: walletId } }) : null;
    if (row === null) throw notFound('Wallet', walletId);
    if (provider != null && row.provider !== provider) throw badInput(`Wallet ${walletId} belongs to ${row.provider}, not to ${provider}`, { field: 'walletId' });
    return toTarget(row);
  }
  if (provider == null) throw badInput('`provider` or `walletId` is needed', { field: 'provider' });
  const rows = await context.prisma.wallet.findMany({ where: { provider, id: visible(context) }, orderBy: { createdAt: 'asc' } });
  const connected = rows.filter((row) => row.configured);
  const candidates = connected.length > 0 ? connected : rows;
  const [only, ...others] = candidates;
  if (only === undefined)
    throw badInput(`No account of ${provider} is known yet`, { field: 'provider', hint: 'Set its credentials and start a worker (`ponte start` or `ponte worker`).' });
  if (others.length > 0)
    throw badInput(`Several accounts of ${provider} are connected: say which one with \`walletId\``, {
      field: 'walletId',
      hint: candidates.map((row) => `${row.id} = ${row.name}`).join('; '),
    });
  return toTarget(only);
}

/** Throws NOT_FOUND where the run does not exist or its wallet may not be seen. */
export async function requireRun(context: SyncContext, id: string): Promise<void> {
  const row = isId(id) ? await context.prisma.syncRun.findUnique({ where: { id }, select: { walletId: true } }) : null;
  if (row === null || !mayPass(context.allowedWallets, row.walletId)) throw notFound('Run', id);
}

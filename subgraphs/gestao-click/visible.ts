// What Prisma reads of the small tables: rows of the caller's wallets, without the provider's record (it has a loader).
import { isId } from '../../lib/ids.ts';
import type { AllowedWallets } from '../../lib/graphql/index.ts';

/** A Prisma condition over `walletId`. */
export const visibleTo = (allowed: AllowedWallets): { walletId?: { in: string[] } } =>
  allowed === 'all' ? {} : { walletId: { in: allowed.filter(isId) } };

/** A Prisma `omit` for tables of synchronised records. */
export const LIGHT = { metadata: true, contentHash: true } as const;

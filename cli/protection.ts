// What protects the gateway, from the configuration; its ports are filled from the database where they are used.
import type { ProtectionOptions } from '../gateway/protection/index.ts';
import type { Config } from '../lib/config/index.ts';
import { ConfigError } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { listen, type Database } from '../prisma/index.ts';
import { createDocumentStore } from './documents.ts';

/** The engine of the synchronisation tells here the wallet whose rows it has changed. */
const ROWS_CHANNEL = 'ponte_change';

/** `database`: used as it is, and closed by the caller after the gateway. */
export function createProtectionOptions(config: Config, database: Database | null, log: Logger): ProtectionOptions {
  const { limits, trustedDocuments, automaticQueries, responseCacheBytes } = config;
  if (trustedDocuments !== 'off' && database === null) throw new ConfigError([`TRUSTED_DOCUMENTS is ${trustedDocuments}, and DATABASE_URL is missing: published operations are in the database`]);
  if (responseCacheBytes > 0 && database === null) throw new ConfigError(['RESPONSE_CACHE_MB is set, and DATABASE_URL is missing: without it nobody tells when rows change']);
  return {
    limits: limits.operation,
    rates: limits.rates,
    overload: limits.overload,
    trust: trustedDocuments,
    automaticQueries,
    cacheBytes: responseCacheBytes,
    ...(trustedDocuments === 'off' ? {} : { documents: createDocumentStore(database!, log) }),
    ...(responseCacheBytes === 0
      ? {}
      : {
          onRowsChanged(listener: (walletId: string | null) => void) {
            const over = new AbortController();
            void listen(database!, { channels: [ROWS_CHANNEL], signal: over.signal, onNotice: (payload) => listener(isId(payload) ? payload : null), onGap: () => listener(null), log });
            return () => over.abort();
          },
        }),
  };
}

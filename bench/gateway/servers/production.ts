// What a gateway has on in production: it knows its callers by their keys, keeps to limits and counts what it does.
import { createAuthenticator, hashKey, SCOPES, type ApiKey, type KeyStore } from '../../../gateway/auth/index.ts';
import type { GatewayOptions } from '../../../gateway/index.ts';
import { createTelemetry } from '../../../gateway/telemetry/index.ts';
import { settleHeap } from '../../../lib/heap.ts';
import { createLogger } from '../../../lib/log.ts';

settleHeap();
const log = createLogger({ level: 'warn' });

/** One key that may do everything, kept in memory. */
function storeOf(keyText: string): KeyStore {
  const key: ApiKey = { id: 'bench', name: 'bench', hash: hashKey(keyText), scopes: SCOPES, wallets: 'all', expiresAt: null, revokedAt: null };
  return {
    find: async (hash) => (Buffer.compare(hash, key.hash) === 0 ? key : null),
    changes: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    used: async () => {},
  };
}

/** Counted like any other, but never reached: one caller asks more here in a second than another in an hour. */
const RATES = { perCaller: 1e9, perAddress: 1e9, pricePerCaller: 1e15 };

/** Options of a gateway that accepts this key alone. */
export const productionOptions = (keyText: string): Pick<GatewayOptions, 'auth' | 'log' | 'host' | 'port' | 'production' | 'protection' | 'telemetry'> => ({
  auth: createAuthenticator({ log, keys: storeOf(keyText) }),
  protection: { rates: RATES },
  telemetry: createTelemetry({ log, version: 'bench' }),
  log,
  host: '127.0.0.1',
  port: 0,
  production: true,
});

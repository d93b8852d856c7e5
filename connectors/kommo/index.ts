// The door of the Kommo connector: one account with its token, ready to be read by the engine.
import type { Connector } from '../../sync/types.ts';
import { KommoClient, type KommoClientOptions } from './client.ts';
import { readAccount, testConnection } from './connection.ts';
import { PER_SECOND, TYPICAL_LATENCY_MS } from './endpoints.ts';
import { kommoStreams } from './streams/index.ts';

export type KommoConnectorOptions = Omit<KommoClientOptions, 'open'>;

/**
 * A connector for the account behind a long-lived token. Asks nothing by itself; a token that is garbage, expired or not yet
 * valid makes every call fail with PROVIDER_UNAUTHORIZED before anything is sent. Close it when done.
 */
export function createKommoConnector(options: KommoConnectorOptions): Connector {
  const client = new KommoClient(options);
  return {
    provider: 'KOMMO',
    limits: { perSecond: PER_SECOND, perDay: null },
    typicalLatencyMs: TYPICAL_LATENCY_MS,
    streams: kommoStreams(client),
    token: () => client.credentials.facts(),
    accountKey: () => client.credentials.claims?.accountId ?? null,
    account: (signal) => readAccount(client, signal),
    test: (signal) => testConnection(client, signal),
    close: () => client.close(),
  };
}

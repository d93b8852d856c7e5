// The connector of Gestão Click: everything that speaks its HTTP dialect and turns its JSON into rows.
import type { Account, Connector, QuotaGate } from '../../sync/types.ts';
import { GestaoClickClient, type ClientOptions } from './client.ts';
import { accountOf, testConnection } from './connection-test.ts';
import { DEFAULT_REACH, ENDPOINTS, LIMITS, TYPICAL_LATENCY_MS, type Reach } from './endpoints.ts';
import { OpenTitles, type OldestOpenTitle } from './open-titles.ts';
import { createOutcomes, type Outcome } from './outcome.ts';
import { RunMemory } from './run-memory.ts';
import { createStreams } from './streams/index.ts';

export type { Reach } from './endpoints.ts';
export { createOldestOpenTitle, type OldestOpenTitle } from './open-titles.ts';
export type { Outcome } from './outcome.ts';

export interface GestaoClickOptions extends Omit<ClientOptions, 'gate'>, Partial<Reach> {
  readonly gate: QuotaGate;
  /** What a state of sales means, by its id or name; goes before the rules. */
  readonly statusOutcomes?: Readonly<Record<string, Outcome>>;
  /** Looks into the copy; without it incremental runs read titles from the look-back on. */
  readonly oldestOpenTitle?: OldestOpenTitle;
}

/** One account of Gestão Click with its tokens. Throws ConfigError for tokens that no header can carry. */
export function createGestaoClickConnector(options: GestaoClickOptions): Connector {
  const client = new GestaoClickClient(options);
  const reach = reachOf(options);
  let accountKey: string | null = null;
  const learn = (account: Account | null): void => {
    if (account) accountKey = account.key;
  };
  return {
    provider: 'GESTAO_CLICK',
    limits: LIMITS,
    typicalLatencyMs: TYPICAL_LATENCY_MS,
    streams: createStreams({
      client,
      memory: new RunMemory(client),
      reach,
      openTitles: new OpenTitles(options.oldestOpenTitle, reach.openTitlesPastDays),
      outcomeOf: createOutcomes(options.statusOutcomes),
    }),
    // The tokens are opaque and do not expire (gestao-click.md 1).
    token: () => null,
    accountKey: () => accountKey,
    async account(signal) {
      const account = accountOf(await client.all(ENDPOINTS.stores.path, signal));
      learn(account);
      return account;
    },
    async test(signal) {
      const result = await testConnection(client, signal);
      learn(result.account);
      return result;
    },
    close: () => client.close(),
  };
}

const reachOf = (options: Partial<Reach>): Reach => ({
  titlesPastDays: options.titlesPastDays ?? DEFAULT_REACH.titlesPastDays,
  titlesAheadDays: options.titlesAheadDays ?? DEFAULT_REACH.titlesAheadDays,
  documentLookbackDays: options.documentLookbackDays ?? DEFAULT_REACH.documentLookbackDays,
  titleLookbackDays: options.titleLookbackDays ?? DEFAULT_REACH.titleLookbackDays,
  openTitlesPastDays: options.openTitlesPastDays ?? DEFAULT_REACH.openTitlesPastDays,
});

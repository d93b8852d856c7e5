// Connectors with their credentials, timeouts and quota gates, from the configuration. Only workers hold them.
import { createGestaoClickConnector, createOldestOpenTitle } from '../connectors/gestao-click/index.ts';
import { createKommoConnector } from '../connectors/kommo/index.ts';
import type { Config } from '../lib/config/index.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import { createQuotaGate, type Connector, type Provider, type QuotaGate, type QuotaLimits } from '../sync/index.ts';

/** 3 requests a second and 30,000 a day for a company, all its tokens together (gestao-click.md 2). */
const GESTAO_CLICK_LIMITS: QuotaLimits = { perSecond: 3, perDay: 30_000 };
/** 7 requests a second (kommo.md 2.1). */
const KOMMO_LIMITS: QuotaLimits = { perSecond: 7, perDay: null };

/** The accounts that were connected last, by provider: whose quota is drawn from until a provider has said whose account it is. */
async function lastAccounts(database: Database): Promise<ReadonlyMap<string, string>> {
  const wallets = await database.prisma.wallet.findMany({ where: { configured: true, externalAccountId: { not: null } }, orderBy: { updatedAt: 'asc' } });
  return new Map(wallets.map((wallet) => [wallet.provider, wallet.externalAccountId!]));
}

/** One connector for each provider whose credentials are configured. */
export async function createConnectors(config: Config, database: Database, log: Logger): Promise<Connector[]> {
  const connectors: Connector[] = [];
  const last = await lastAccounts(database);
  const gateOf = (provider: Provider, limits: QuotaLimits): QuotaGate =>
    createQuotaGate({
      database,
      provider,
      account: () => connectors.find((connector) => connector.provider === provider)?.accountKey() ?? last.get(provider) ?? 'unidentified',
      limits,
      log,
    });
  const { gestaoClick, kommo } = config;
  if (gestaoClick.credentials !== null) {
    const { credentials, ...settings } = gestaoClick;
    const oldestOpenTitle = createOldestOpenTitle(database.pool);
    connectors.push(createGestaoClickConnector({ ...settings, ...credentials, oldestOpenTitle, gate: gateOf('GESTAO_CLICK', GESTAO_CLICK_LIMITS), log }));
  }
  if (kommo.credentials !== null) {
    const { credentials, ...settings } = kommo;
    connectors.push(createKommoConnector({ ...settings, ...credentials, gate: gateOf('KOMMO', KOMMO_LIMITS), log }));
  }
  return connectors;
}

// `ponte key create | list | revoke`: who may call the API. A new key goes to stdout, alone on its line, and is kept nowhere; what is
// said about it goes to stderr, so that `KEY=$(ponte key create ...)` holds the key and nothing else.
import { SCOPES } from '../gateway/auth/index.ts';
import type { Config } from '../lib/config/index.ts';
import { badInput, notFound } from '../lib/errors.ts';
import type { AllowedWallets } from '../lib/graphql/index.ts';
import { isId } from '../lib/ids.ts';
import { DAY, HOUR } from '../lib/time.ts';
import type { Database } from '../prisma/index.ts';
import { allKeys, insertKey, revokeKey, type ShownKey } from './keys.ts';
import { PROVIDER_LABELS } from './progress.ts';
import { withDatabase } from './storage.ts';
import { say } from './terminal.ts';

export interface CreateKeyOptions {
  name: string;
  scopes: string;
  wallets: string;
  expires?: string;
}

const tell = (sentence: string): void => console.error(sentence);
const listOf = (text: string): string[] => [...new Set(text.split(',').map((item) => item.trim()).filter(Boolean))];

function readScopes(text: string): string[] {
  const scopes = listOf(text);
  const unknown = scopes.filter((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown.length > 0) throw badInput(`There is no scope ${unknown.join(', ')}`, { field: 'scopes', hint: `Scopes are ${SCOPES.join(', ')}.` });
  if (scopes.length === 0) throw badInput('A key without a scope could do nothing', { field: 'scopes', hint: `Scopes are ${SCOPES.join(', ')}.` });
  return scopes;
}

/** `90d`, `12h`, or a day or instant (ISO 8601) that is to come. */
export function readExpiry(text: string | undefined, now = Date.now()): Date | null {
  if (text === undefined) return null;
  const { count, unit } = /^(?<count>\d{1,5})(?<unit>[dh])$/.exec(text)?.groups ?? {};
  const at = count === undefined ? Date.parse(text) : now + Number(count) * (unit === 'd' ? DAY : HOUR);
  if (Number.isNaN(at) || at <= now) throw badInput(`--expires must be like 90d or 12h, or a day to come such as 2030-01-31, not "${text}"`, { field: 'expires' });
  return new Date(at);
}

async function readWallets(database: Database, text: string): Promise<AllowedWallets> {
  if (text.trim() === 'all') return 'all';
  const ids = listOf(text).map((id) => id.toLowerCase());
  const known = await database.prisma.wallet.findMany({ select: { id: true, name: true, provider: true }, orderBy: [{ provider: 'asc' }, { createdAt: 'asc' }] });
  const unknown = ids.filter((id) => !isId(id) || !known.some((wallet) => wallet.id === id));
  const hint = known.length === 0 ? 'No account is connected yet.' : `Wallets are:\n${known.map(({ id, name, provider }) => `  ${id}  ${PROVIDER_LABELS[provider] ?? provider}: ${name}`).join('\n')}`;
  if (unknown.length > 0) throw badInput(`There is no wallet ${unknown.join(', ')}`, { field: 'wallets', hint });
  if (ids.length === 0) throw badInput('Name wallets by their ids, or `all`', { field: 'wallets', hint });
  return ids;
}

export async function keyCreate(config: Config, { name, scopes: scopeText, wallets: walletText, expires }: CreateKeyOptions): Promise<void> {
  const scopes = readScopes(scopeText);
  const expiresAt = readExpiry(expires);
  if (name.trim() === '') throw badInput('A key needs a name: what will use it?', { field: 'name' });
  await withDatabase(config, 'key', async (database) => {
    const wallets = await readWallets(database, walletText);
    const { id, text } = await insertKey(database, { name: name.trim(), scopes, wallets, expiresAt });
    tell(`Key ${id} (${name.trim()}): ${scopes.join(', ')}; ${inWords(wallets)}; ${expiresAt === null ? 'no end' : `until ${expiresAt.toISOString()}`}.`);
    tell('It is shown this once. Send it as `Authorization: Bearer <key>` or `x-api-key: <key>`:');
    say(text);
    if (!config.auth.apiKeys) tell('Gateways take keys where AUTH_API_KEYS=true is set.');
  });
}

const inWords = (wallets: AllowedWallets): string => (wallets === 'all' ? 'every wallet' : wallets.length === 0 ? 'no wallet' : `wallets ${wallets.join(', ')}`);
const day = (date: Date | null): string => date?.toISOString().slice(0, 10) ?? '-';

const state = ({ revokedAt, expiresAt }: ShownKey, now: number): string =>
  revokedAt !== null ? `revoked ${day(revokedAt)}` : expiresAt !== null && expiresAt.getTime() <= now ? `expired ${day(expiresAt)}` : expiresAt === null ? 'live' : `live until ${day(expiresAt)}`;

export async function keyList(config: Config): Promise<void> {
  const keys = await withDatabase(config, 'key', allKeys);
  if (keys.length === 0) return say('There are no keys. Make one with `ponte key create --name NAME --scopes erp:read,crm:read,identity:read`.');
  for (const key of keys) {
    say(`${key.id}  ${key.prefix}…  ${key.name}  (${state(key, Date.now())})`);
    say(`    ${key.scopes.join(', ')}; ${inWords(key.wallets)}; made ${day(key.createdAt)}, last used ${day(key.lastUsedAt)}`);
  }
}

export async function keyRevoke(config: Config, id: string): Promise<void> {
  const outcome = await withDatabase(config, 'key', (database) => revokeKey(database, id));
  if (outcome === 'unknown') throw notFound('Key', id);
  say(outcome === 'before' ? `Key ${id} was revoked before.` : `Key ${id} is revoked: what it has opened ends now.`);
}

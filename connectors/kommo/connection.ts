// Whose account this is, and whether it can be read: one human sentence and one hint for every way in which it can fail.
import { PonteError } from '../../lib/errors.ts';
import { connectionStatus } from '../../lib/http/index.ts';
import type { Account, ConnectionTest, TokenFacts } from '../../sync/types.ts';
import type { KommoClient } from './client.ts';
import { ACCOUNT_PATH, ACCOUNT_WITH, ENDPOINTS } from './endpoints.ts';
import { accountHost } from './hosts.ts';
import * as wire from './wire.ts';
import { kommoErrors, NEW_TOKEN } from './words.ts';

/** Names shown of each stream. */
const SAMPLE_SIZE = 5;
/** A test answers soon: one repetition of what is transient. */
const TEST_RETRIES = 1;
/** Days ahead of its end at which a token is worth a word. */
const EXPIRING_DAYS = 30;

/** `GET /account`: the proof that the token is valid (kommo.md 1.2). Throws PonteError PROVIDER_*. */
export async function readAccount(client: KommoClient, signal: AbortSignal, retryAttempts?: number): Promise<Account> {
  const body = await client.get(ACCOUNT_PATH, { query: { with: ACCOUNT_WITH }, signal, ...(retryAttempts === undefined ? {} : { retryAttempts }) });
  const parsed = wire.account.safeParse(body);
  if (!parsed.success) throw kommoErrors.unexpected(`${ACCOUNT_PATH}: ${wire.explain(parsed.error)}`, { retryable: false });
  const { id, name, subdomain } = parsed.data;
  const { claims } = client.credentials;
  if (claims !== null && claims.accountId !== id) {
    throw kommoErrors.unexpected(`the token belongs to account ${claims.accountId}, the answer came from account ${id}`, { retryable: false });
  }
  return { key: id, name, domain: client.domain ?? (claims ? accountHost({ subdomain }, claims) : null), metadata: body };
}

async function sampleOf(client: KommoClient, stream: 'contacts' | 'deals', signal: AbortSignal): Promise<ConnectionTest['sample'][number]> {
  const { path, key } = ENDPOINTS[stream];
  const query = { page: 1, limit: SAMPLE_SIZE, 'order[id]': 'asc' };
  const { items } = await client.list(path, key, { query, signal, page: 1, retryAttempts: TEST_RETRIES });
  const names = items.map((item) => (item as { name?: unknown } | null)?.name).filter((name): name is string => typeof name === 'string' && name.trim() !== '');
  // Lists of this family carry no totals (kommo.md 3.1).
  return { stream, count: null, names };
}

function good(account: Account, token: TokenFacts | null): Pick<ConnectionTest, 'message' | 'hint'> {
  const where = account.domain === null ? '' : ` (${account.domain})`;
  const ending = token?.daysLeft != null && token.daysLeft <= EXPIRING_DAYS;
  return {
    message: `Connected to the Kommo account "${account.name}"${where}.`,
    hint: ending ? `The token expires in ${token.daysLeft} ${token.daysLeft === 1 ? 'day' : 'days'}. ${NEW_TOKEN}` : null,
  };
}

/** Tests the connection: token, account, a first look at contacts and deals. Throws only when the signal fires. */
export async function testConnection(client: KommoClient, signal: AbortSignal): Promise<ConnectionTest> {
  const began = performance.now();
  const token = client.credentials.facts();
  let account: Account | null = null;
  let latencyMs = 0;
  const since = (): number => Math.round(performance.now() - began);
  try {
    account = await readAccount(client, signal, TEST_RETRIES);
    latencyMs = since();
    const scopes = client.credentials.scopeProblem();
    if (scopes) throw scopes;
    const sample = [await sampleOf(client, 'contacts', signal), await sampleOf(client, 'deals', signal)];
    return { ok: true, status: 'CONNECTED', ...good(account, token), latencyMs, account, token, sample };
  } catch (error) {
    if (signal.aborted || !(error instanceof PonteError)) throw error;
    const { message, hint = null, code } = error;
    return { ok: false, status: connectionStatus(code), message, hint, latencyMs: latencyMs || since(), account, token, sample: [] };
  }
}

// What a worker answers: connection tests and replays of dead letters.
import { PonteError, messageOf } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import type { Errand } from './errand.ts';
import { keepLetters } from './letters.ts';
import { PROVIDER_NAMES } from './names.ts';
import { notify } from './notify.ts';
import { storeRecords } from './store.ts';
import type { ConnectionTest, Connector, Json, Provider } from './types.ts';
import { markRefused, markWallet, saveWallet } from './wallet.ts';

export interface DeskOptions {
  readonly database: Database;
  readonly log: Logger;
  readonly workspace: string;
  readonly signal: AbortSignal;
  /** The connector of a wallet, or the only one of a provider. */
  readonly connectorOf: (walletId: string | null, provider: Provider) => Connector | undefined;
  /** The account became known by a test. */
  readonly onWallet: (walletId: string, connector: Connector) => void;
}

const notConfigured = (provider: Provider): ConnectionTest => ({
  ok: false,
  status: 'NOT_CONFIGURED',
  message: `${PROVIDER_NAMES[provider]} is not configured.`,
  hint: 'Set its credentials (see .env.example) and start the worker again.',
  latencyMs: 0,
  account: null,
  token: null,
  sample: [],
});

async function testConnection({ database, workspace, signal, connectorOf, onWallet }: DeskOptions, errand: Errand): Promise<ConnectionTest> {
  const connector = connectorOf(errand.walletId, errand.provider);
  if (!connector) return notConfigured(errand.provider);
  const { timeoutMs = 60_000 } = errand.input as { timeoutMs?: number };
  const test = await connector.test(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  const key = test.account?.key ?? connector.accountKey();
  if (key === null) {
    if (test.status === 'UNAUTHORIZED') await markRefused(database, errand.provider);
    return test;
  }
  if (test.ok || test.status === 'UNAUTHORIZED') {
    const id = await saveWallet(database, { connector, key, account: test.account, workspace });
    if (test.ok) onWallet(id, connector);
    else await markWallet(database, id, 'UNAUTHORIZED');
  }
  return test;
}

interface LetterRow {
  id: string;
  wallet_id: string;
  provider: Provider;
  stream: string;
  external_id: string | null;
  payload: Json;
  resolved: boolean;
}

/** Parses one stored record again and stores it. False where it still cannot be taken in; the letter then says why. */
async function replayOne({ database, connectorOf, log }: DeskOptions, letter: LetterRow): Promise<boolean> {
  if (letter.resolved) return true; // a later run has stored it
  const { wallet_id: walletId, provider, external_id: externalId, payload } = letter;
  const stream = connectorOf(walletId, provider)?.streams.find(({ name }) => name === letter.stream);
  const owner = { walletId, provider, stream: letter.stream, runId: null };
  try {
    if (!stream) throw new PonteError('PROVIDER_UNEXPECTED_RESPONSE', `No stream "${letter.stream}" is configured for this account.`);
    const record = stream.parse(walletId, payload);
    const stored = await database.transaction(async (client) => {
      const result = await storeRecords(client, owner, stream, [record], [], { mayResolve: true });
      // The letter may have been stored under no external id, before the record could be read.
      if (result.rejected === 0) await client.query('UPDATE sync.dead_letter SET resolved_at = now(), updated_at = now() WHERE id = $1 AND resolved_at IS NULL', [letter.id]);
      return result;
    });
    if (stored.touched) await notify(database, 'ponte_change', walletId, log);
    return stored.rejected === 0;
  } catch (error) {
    const code = error instanceof PonteError ? error.code : 'INTERNAL_SERVER_ERROR';
    await database.transaction((client) => keepLetters(client, owner, [{ externalId, code, message: messageOf(error), payload }]));
    return false;
  }
}

async function replay(options: DeskOptions, { input }: Errand): Promise<{ replayed: number; failed: number }> {
  const ids = (input as { ids: string[] }).ids.filter(isId);
  const { rows } = await options.database.pool.query<LetterRow>(
    `SELECT id, wallet_id, provider, stream, external_id, payload, resolved_at IS NOT NULL AS resolved FROM sync.dead_letter WHERE id = ANY($1::uuid[]) ORDER BY created_at, id`,
    [ids],
  );
  let replayed = 0;
  for (const letter of rows) {
    options.signal.throwIfAborted();
    if (await replayOne(options, letter)) replayed++;
  }
  return { replayed, failed: (input as { ids: string[] }).ids.length - replayed };
}

/** Answers an errand. */
export const answerAt = (options: DeskOptions) => (errand: Errand): Promise<unknown> =>
  errand.kind === 'TEST_CONNECTION' ? testConnection(options, errand) : replay(options, errand);

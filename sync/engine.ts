// The side that asks: starts, cancels and repeats runs, asks workers, watches. All it does is rows and hints in Postgres.
import { connectionErrorCode } from '../lib/connection.ts';
import { PonteError, badInput, notFound } from '../lib/errors.ts';
import { isId, walletId } from '../lib/ids.ts';
import type { Engine, EngineOptions, WalletStatus } from './api.ts';
import { ask } from './errand.ts';
import { PROVIDER_NAMES } from './names.ts';
import { notify } from './notify.ts';
import { quotaUse } from './quota.ts';
import { cancelRun, insertRun, mustReadRun, readRun, readRuns, repeatRun } from './run.ts';
import { saveSchedule } from './schedule.ts';
import type { ConnectionTest, Provider } from './types.ts';
import { createChangeWatch } from './watch-changes.ts';
import { createRunWatch } from './watch.ts';

const TEST_TIMEOUT_MS = 60_000;
const REPLAY_TIMEOUT_MS = 5 * 60_000;

interface WalletRow {
  id: string;
  provider: Provider;
  name: string;
  configured: boolean;
  status: WalletStatus;
}

export function createEngine({ database, log, workerTimeoutMs = 8_000 }: EngineOptions): Engine {
  const runWatch = createRunWatch(database, log);
  const changeWatch = createChangeWatch(database, log);

  const ring = (id: string) => Promise.all([notify(database, 'ponte_work', 'run', log), notify(database, 'ponte_run', id, log)]);

  async function wallets(): Promise<WalletRow[]> {
    const { rows } = await database.pool.query<WalletRow>('SELECT id, provider, name, configured, status FROM sync.wallet ORDER BY provider, name, id');
    return rows;
  }

  async function targetOf(target: { walletId: string } | { provider: Provider }): Promise<{ walletId: string | null; provider: Provider }> {
    if ('walletId' in target) {
      const wallet = isId(target.walletId) ? (await wallets()).find((row) => row.id === target.walletId) : undefined;
      if (!wallet) throw notFound('Wallet', target.walletId);
      return { walletId: wallet.configured ? wallet.id : null, provider: wallet.provider };
    }
    const of = (await wallets()).filter((row) => row.provider === target.provider && row.configured);
    if (of.length > 1) {
      throw badInput(`There are ${of.length} ${PROVIDER_NAMES[target.provider]} accounts: ${of.map((row) => `${row.name} (${row.id})`).join(', ')}.`, { field: 'walletId', hint: 'Name one by walletId.' });
    }
    return { walletId: of[0]?.id ?? null, provider: target.provider };
  }

  const engine: Engine = {
    async startSync(input) {
      // The state is read before any worker can have seen the run: who starts one sees it QUEUED.
      const { started, run } = await database.transaction(async (client) => {
        const inserted = await insertRun(client, input);
        return { started: inserted.started, run: await mustReadRun(client, inserted.id) };
      });
      if (started) await ring(run.id);
      return { started, run };
    },

    async autoImport({ walletIds, signal } = {}) {
      const targets = (await wallets()).filter((row) => (walletIds ? walletIds.includes(row.id) : row.configured || row.status === 'UNAUTHORIZED'));
      if (targets.length === 0) throw badInput('No account is configured.', { hint: 'Set the credentials of a provider and start the worker.' });
      const tests = await Promise.all(targets.map(async (row) => ({ row, test: await engine.testConnection({ walletId: row.id }, signal ? { signal } : {}) })));
      const failed = tests.filter(({ test }) => !test.ok).map(({ row, test }) => ({ walletId: row.id, provider: row.provider, test }));
      if (failed.length === tests.length) {
        const { test } = failed[0]!;
        const code = test.status === 'NOT_CONFIGURED' ? 'BAD_USER_INPUT' : connectionErrorCode(test.status); // whoever asks has named the account
        throw new PonteError(code, test.message, test.hint ? { hint: test.hint } : {});
      }
      const runs = [];
      for (const { row, test } of tests) {
        // An account that was not known before its test has its own id since.
        const id = row.configured || test.account === null ? row.id : walletId(row.provider, test.account.key);
        if (test.ok) runs.push((await engine.startSync({ walletId: id, mode: 'FULL', trigger: 'AUTO_IMPORT' })).run);
      }
      return { runs, failed };
    },

    async cancelSync(runId) {
      const run = await cancelRun(database, runId);
      await Promise.all([notify(database, 'ponte_work', 'cancel', log), notify(database, 'ponte_run', run.id, log)]);
      return run;
    },

    async retrySync(runId) {
      const run = await mustReadRun(database.pool, await repeatRun(database, runId));
      await ring(run.id);
      return run;
    },

    async setSchedule(input) {
      const wallet = (await wallets()).find((row) => row.id === input.walletId);
      if (!wallet) throw notFound('Wallet', input.walletId);
      if (!wallet.configured) throw badInput(`${PROVIDER_NAMES[wallet.provider]} is not configured.`, { field: 'walletId' });
      return saveSchedule(database, input, wallet.provider);
    },

    async testConnection(target, { timeoutMs = TEST_TIMEOUT_MS, signal } = {}) {
      const { walletId, provider } = await targetOf(target);
      return ask<ConnectionTest>(database, { kind: 'TEST_CONNECTION', provider, walletId, input: { timeoutMs } }, { workerTimeoutMs, timeoutMs: timeoutMs + 1_000, signal, log });
    },

    async replayDeadLetters(ids, { timeoutMs = REPLAY_TIMEOUT_MS, signal } = {}) {
      if (ids.length === 0) return { replayed: 0, failed: 0 };
      const errand = { kind: 'REPLAY', provider: 'GESTAO_CLICK', walletId: null, input: { ids: [...new Set(ids)] } } as const;
      return ask(database, errand, { workerTimeoutMs, timeoutMs, signal, log });
    },

    run: (id) => readRun(database.pool, id),

    async runs(ids) {
      const known = ids.filter(isId);
      const runs = new Map((await readRuns(database.pool, 'WHERE id = ANY($1::uuid[])', [known])).map((run) => [run.id, run]));
      return known.flatMap((id) => runs.get(id) ?? []);
    },

    lastRuns: (walletIds) =>
      readRuns(
        database.pool,
        `WHERE id IN (SELECT last.id FROM unnest($1::uuid[]) AS w(id)
           CROSS JOIN LATERAL (SELECT id FROM sync.run WHERE wallet_id = w.id ORDER BY queued_at DESC, id DESC LIMIT 1) last)`,
        [walletIds.filter(isId)],
      ),

    quotas: (walletIds) => quotaUse(database, walletIds.filter(isId)),

    watchRuns: (options) => runWatch.watch(options),
    watchChanges: (options) => changeWatch.watch(options),

    async close() {
      await Promise.all([runWatch.close(), changeWatch.close()]);
    },
  };
  return engine;
}

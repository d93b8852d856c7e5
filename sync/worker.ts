// A worker: the side of the engine that calls providers. It finds out whose accounts it has, takes runs and errands from
// the queues, and hands back what is under way when it stops.
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PonteError, isAbort, messageOf } from '../lib/errors.ts';
import type { Worker, WorkerOptions } from './api.ts';
import { claimRun, enlist } from './claim.ts';
import { answerAt } from './desk.ts';
import { answerErrand } from './errand.ts';
import { walletId, workspaceId } from '../lib/ids.ts';
import { PROVIDERS, PROVIDER_NAMES } from './names.ts';
import { hasWorker, openPresence, type Presence } from './presence.ts';
import { openQueue, runsOf, type Queue } from './queue.ts';
import { runClaimed, type Running } from './runner.ts';
import { DEFAULT_SCHEDULE, saveSchedule } from './schedule.ts';
import { startSupervisor, type Supervisor } from './supervisor.ts';
import type { Connector, Provider } from './types.ts';
import { markRefused, markWallet, reconcileWallets, saveWallet } from './wallet.ts';

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 5 * 60_000;
const ACCOUNT_CHECK_MS = 60 * 60_000;
const ERRANDS_AT_ONCE = 2;

export function createWorker(options: WorkerOptions): Worker {
  const { database, connectors, settle = [], log, workspace = 'default', defaultSchedule = DEFAULT_SCHEDULE, maxFailures = 5, retryDelayMs = 2_000, databasePauseMs = 5_000 } = options;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const served = new Map<string, Connector>();
  /** Wallets whose queue this worker looks after. */
  const attended = new Map<string, Promise<unknown>>();
  /** Those of them whose queue is there. */
  const ready = new Set<string>();
  const refused = new Set<Provider>();
  const met = new Set<Connector>();
  const running = new Map<string, Running>();
  const errands = new Set<Promise<void>>();
  const self = enlist();
  let queue: Queue | undefined;
  let presence: Presence | undefined;
  let supervisor: Supervisor | undefined;
  let background: Promise<unknown> = Promise.resolve();
  let identified: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;
  let accountTimer: NodeJS.Timeout | undefined;

  /**
   * The place of a wallet in this worker. There is one live run of a wallet at a time, so it needs no more; and because runs
   * wait for their provider nearly all the time, as many as there are wallets may run at once.
   */
  function attend(id: string): Promise<unknown> {
    const known = attended.get(id);
    if (known) return known;
    const attending = queue!.work(runsOf(id), 1, takeRun).then(() => ready.add(id));
    attended.set(id, attending);
    attending.catch(() => attended.delete(id)); // the next meeting tries again
    return attending;
  }

  /** Takes a wallet on: its row, its schedule, its runs. */
  async function serve(id: string, connector: Connector): Promise<void> {
    if (defaultSchedule) await saveSchedule(database, { walletId: id, ...defaultSchedule }, connector.provider, { keep: true });
    if (stopping.signal.aborted) return;
    await presence?.serve(id);
    served.set(id, connector); // before its queue: a run may wait there already
    await attend(id);
    refused.delete(connector.provider);
    supervisor?.ring();
  }

  /** What can be known without the provider. Null where that is nothing. */
  async function serveKnown(connector: Connector): Promise<string | null> {
    const key = connector.accountKey();
    if (key === null) return null;
    await presence?.serve(walletId(connector.provider, key)); // before the row says so: nobody may take it for abandoned
    const id = await saveWallet(database, { connector, key, account: null, workspace });
    await serve(id, connector);
    return id;
  }

  /** Asks the provider whose account this is. False where it could not say. */
  async function meet(connector: Connector): Promise<boolean> {
    try {
      const account = await connector.account(stopping.signal);
      await presence?.serve(walletId(connector.provider, account.key));
      const id = await saveWallet(database, { connector, key: account.key, account, workspace });
      await serve(id, connector);
      await reconcile();
      if (!met.has(connector)) log.info({ provider: connector.provider, walletId: id, account: account.name }, 'An account is connected');
      met.add(connector);
      return true;
    } catch (error) {
      if (stopping.signal.aborted) return false;
      const id = [...served].find(([, other]) => other === connector)?.[0];
      if (error instanceof PonteError && error.code === 'PROVIDER_UNAUTHORIZED') {
        if (id === undefined) refused.add(connector.provider);
        await (id === undefined ? markRefused(database, connector.provider) : markWallet(database, id, 'UNAUTHORIZED'));
      }
      log.warn({ provider: connector.provider, reason: messageOf(error) }, 'The account could not be asked; trying again later');
      return false;
    }
  }

  async function keepMeeting(connector: Connector): Promise<void> {
    for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_RETRY_MS)) {
      await sleep(pauseMs, undefined, { signal: stopping.signal });
      if (await meet(connector)) return;
    }
  }

  async function reconcile(): Promise<void> {
    const known = new Set(served.values());
    const unknown = connectors.filter((connector) => !known.has(connector)).map((connector) => connector.provider);
    const absent = PROVIDERS.filter((provider) => !connectors.some((connector) => connector.provider === provider));
    await reconcileWallets(database, workspace, [...served.keys()], unknown, [...absent, ...unknown]);
  }

  /** The database was away: what others wrote of our wallets meanwhile is put right. */
  async function restore(): Promise<void> {
    for (const connector of new Set(served.values())) await serveKnown(connector);
  }

  async function identify(): Promise<void> {
    for (const connector of connectors) await serveKnown(connector);
    await reconcile();
    identified = Promise.all(connectors.map(async (connector) => [connector, await meet(connector)] as const)).then((results) => {
      background = Promise.all(
        results.filter(([, met]) => !met).map(([connector]) => keepMeeting(connector).catch((error: unknown) => {
          if (!isAbort(error)) log.error({ provider: connector.provider, error }, 'Giving up to find out whose account this is');
        })),
      );
    });
    identified.catch((error: unknown) => log.error({ error }, 'The accounts could not be identified'));
  }

  async function takeRun(id: string, expired: AbortSignal): Promise<void> {
    if (stopping.signal.aborted) return;
    const claim = await claimRun(database, id, self.name);
    if (!claim) return;
    const connector = served.get(claim.walletId);
    if (!connector) throw new PonteError('INTERNAL_SERVER_ERROR', `A run of wallet ${claim.walletId} came to a worker that does not serve it.`);
    const run = runClaimed(claim, { database, connector, workspaceId: workspaceId(workspace), settle, log, maxFailures, retryDelayMs, databasePauseMs });
    const onExpired = () => run.halt('STOP');
    expired.addEventListener('abort', onExpired, { once: true });
    running.set(id, run);
    if (stopping.signal.aborted) run.halt('STOP');
    await run.done;
    if (running.get(id) === run) running.delete(id);
    expired.removeEventListener('abort', onExpired);
  }

  const connectorOf = (walletId: string | null, provider: Provider): Connector | undefined => {
    const known = walletId === null ? undefined : served.get(walletId);
    if (known) return known;
    // A wallet that is not known yet can only be that of a connector that has not been identified.
    const candidates = connectors.filter((connector) => connector.provider === provider);
    return walletId === null ? candidates[0] : candidates.find((connector) => ![...served.values()].includes(connector));
  };

  async function takeErrand(id: string): Promise<void> {
    // About an account of another worker: that one has the connector, and its supervisor offers the errand again.
    const { rowCount } = await database.pool.query(`SELECT FROM sync.errand e WHERE id = $1 AND NOT (wallet_id = ANY($2::uuid[])) AND ${hasWorker('e.wallet_id')}`, [id, [...served.keys()]]);
    if (rowCount !== 0) return;
    const desk = answerAt({ database, log, workspace, signal: stopping.signal, connectorOf, onWallet: (walletId, connector) => void serve(walletId, connector).catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'A wallet could not be taken on')) });
    const done = answerErrand(database, id, desk, log);
    errands.add(done);
    await done.finally(() => errands.delete(done));
  }

  /** Those who asked a run to end need not wait for its next heartbeat. */
  async function lookForCancelled(): Promise<void> {
    const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM sync.run WHERE cancel_requested AND id = ANY($1::uuid[])', [[...running.keys()]]);
    for (const { id } of rows) running.get(id)?.halt('CANCEL');
  }

  /** What is known of the accounts, anew: their names and settings, whether their tokens still live and for how long. */
  async function checkAccounts(): Promise<void> {
    for (const connector of new Set(served.values())) {
      await meet(connector);
      const daysLeft = connector.token()?.daysLeft;
      if (daysLeft != null && daysLeft < 30) log.warn({ provider: PROVIDER_NAMES[connector.provider], daysLeft }, 'A token ends soon');
    }
  }

  async function halt(graceMs: number): Promise<void> {
    const deadline = performance.now() + graceMs;
    const left = () => Math.max(0, deadline - performance.now());
    stopping.abort();
    clearInterval(accountTimer);
    await supervisor?.stop();
    for (const run of running.values()) run.halt('STOP');
    const resting = Promise.allSettled([...[...running.values()].map((run) => run.done), ...errands, background, identified]);
    await Promise.race([resting, sleep(left(), undefined, { ref: false })]);
    await queue?.stop(Math.max(500, left()));
    await presence?.close();
    self.leave();
  }

  return {
    async start() {
      queue = await openQueue(database, log);
      presence = await openPresence(database, () => void restore().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'Could not tell of the accounts')), log);
      await identify();
      const own = queue;
      supervisor = await startSupervisor({
        database,
        queue: own,
        log,
        served: () => [...ready],
        refused: () => [...refused],
        onCancel: () => void lookForCancelled().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'Could not look for cancelled runs')),
      });
      await own.work('errand', ERRANDS_AT_ONCE, takeErrand);
      own.wake('errand');
      accountTimer = setInterval(() => void checkAccounts().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'Could not check the accounts')), ACCOUNT_CHECK_MS);
      accountTimer.unref();
      log.info({ worker: self.name }, 'The worker takes work');
    },
    stop: ({ graceMs = 3_000 } = {}) => (stopped ??= halt(graceMs)),
    identified: () => identified,
  };
}

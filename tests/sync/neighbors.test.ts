// Two workers with different credentials on one database: each looks after its own wallets and leaves the other's alone.
import { afterEach, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { walletId } from '../../lib/ids.ts';
import { createFakeConnector } from '../support/fake-connector.ts';
import { FINAL, createHarness, door, until, type Harness } from '../support/sync.ts';

let h: Harness;
afterEach(() => h.close());

const ONE = walletId('GESTAO_CLICK', '301');
const TWO = walletId('GESTAO_CLICK', '302');
const statuses = async () => Object.fromEntries((await h.database.prisma.wallet.findMany({ where: { provider: 'GESTAO_CLICK' } })).map((row) => [row.externalAccountId, `${row.status} ${row.configured}`]));
const BOTH = { 301: 'CONNECTED true', 302: 'CONNECTED true' };

test('the run of one goes on while the other starts, and starts anew', async () => {
  h = await createHarness({ startWorker: false });
  const [reached, released] = [door(), door()];
  const one = createFakeConnector({ accountKey: '301' });
  one.onPage = (stream) => {
    if (stream !== 'sales') return undefined;
    reached.open();
    return released.opened;
  };
  await h.addWorker({ connectors: [one] });
  const { run } = await h.engine.startSync({ walletId: ONE, mode: 'FULL', trigger: 'MANUAL' });
  await reached.opened;
  const two = createFakeConnector({ accountKey: '302' });
  const neighbor = await h.addWorker({ connectors: [two] });
  expect(await statuses()).toEqual(BOTH);
  await neighbor.stop();
  await h.addWorker({ connectors: [two] });
  expect(await statuses()).toEqual(BOTH);
  expect(await h.engine.testConnection({ walletId: ONE })).toMatchObject({ ok: true, account: { key: '301' } });
  expect(await h.engine.testConnection({ walletId: TWO })).toMatchObject({ ok: true, account: { key: '302' } });
  released.open();
  expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED' });
  expect((await h.database.pool.query<{ fence: number }>('SELECT fence FROM sync.run')).rows).toEqual([{ fence: 1 }]);
});

test('credentials that are refused concern nobody who has others', async () => {
  h = await createHarness({ startWorker: false });
  await h.addWorker({ connectors: [createFakeConnector({ accountKey: '301' })] });
  const refused = createFakeConnector({ accountKey: null });
  let asked = false;
  refused.account = async () => {
    asked = true;
    throw new PonteError('PROVIDER_UNAUTHORIZED', 'The token was refused.');
  };
  await h.addWorker({ connectors: [refused] });
  expect(asked).toBe(true);
  expect((await statuses())['301']).toBe('CONNECTED true');
});

test('a worker whose connection was lost is still there when it is back; one that has gone is not', async () => {
  h = await createHarness({ startWorker: false });
  const first = await h.addWorker({ connectors: [createFakeConnector({ accountKey: '301' })] });
  await h.database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
  await h.database.pool.query(`UPDATE sync.wallet SET configured = false, status = 'NOT_CONFIGURED' WHERE id = $1`, [ONE]); // somebody looked just then
  await until(async () => (await statuses())['301'] === 'CONNECTED true');
  const two = createFakeConnector({ accountKey: '302' });
  const second = await h.addWorker({ connectors: [two] });
  expect(await statuses()).toEqual(BOTH);
  await Promise.all([first.stop(), second.stop()]);
  await h.addWorker({ connectors: [two] });
  expect(await statuses()).toEqual({ 301: 'NOT_CONFIGURED false', 302: 'CONNECTED true' });
});

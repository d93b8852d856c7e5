// Wallets do not stand in each other's way: each has a place of its own in a worker, and runs go to those who have their connector.
import { afterEach, expect, test } from 'vitest';
import { walletId } from '../../lib/ids.ts';
import { createFakeConnector } from '../support/fake-connector.ts';
import { FINAL, createHarness, door, until, type Harness } from '../support/sync.ts';

let h: Harness;
afterEach(() => h.close());

const small = (accountKey: string) => createFakeConnector({ accountKey, stores: 1, costCenters: 1, clients: 1, sales: 1 });
const start = async (key: string) => (await h.engine.startSync({ walletId: walletId('GESTAO_CLICK', key), mode: 'FULL', trigger: 'MANUAL' })).run.id;

test('long runs of many wallets do not keep another one waiting', async () => {
  h = await createHarness({ startWorker: false });
  const reached = door();
  const released = door();
  const keys = ['101', '102', '103', '104', '105', '106'];
  const connectors = [...keys, '107'].map(small);
  let held = 0;
  for (const connector of connectors.slice(0, -1)) {
    connector.onPage = (stream) => {
      if (stream !== 'sales') return undefined;
      if (++held === 2 * keys.length) reached.open(); // two kinds each
      return released.opened;
    };
  }
  await h.addWorker({ connectors });
  const long = await Promise.all(keys.map(start));
  await reached.opened;
  const states = await h.engine.runs(long);
  expect(states.map((run) => run.status)).toEqual(keys.map(() => 'RUNNING'));
  expect(await h.reaches(await start('107'), ...FINAL)).toMatchObject({ status: 'SUCCEEDED' });
  released.open();
  for (const id of long) expect(await h.reaches(id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a run goes to the worker that has its connector, and only there', async () => {
  h = await createHarness({ startWorker: false });
  const [one, two] = [small('201'), small('202')];
  await h.addWorker({ connectors: [one] });
  await h.addWorker({ connectors: [two] });
  await h.database.pool.query('UPDATE sync.wallet SET configured = true'); // whatever the workers think of each other
  for (let round = 0; round < 3; round++) {
    const ids = await Promise.all(['201', '202'].map(start));
    for (const id of ids) expect(await h.reaches(id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED' });
  }
  const { rows } = await h.database.pool.query<{ fence: number }>('SELECT fence FROM sync.run');
  expect(rows.map((row) => row.fence)).toEqual([1, 1, 1, 1, 1, 1]);
  await until(async () => (await h.database.pool.query(`SELECT FROM pgboss.job WHERE state = 'failed'`)).rowCount === 0);
});

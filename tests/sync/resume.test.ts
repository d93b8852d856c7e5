// Stopping, killing, taking over: nothing is lost, nothing is doubled, an older claim cannot commit.
import { afterEach, describe, expect, test } from 'vitest';
import { ClaimLost, claimRun, endClaim, holdClaim } from '../../sync/claim.ts';
import { LIVE, sources } from '../../sync/state.ts';
import { FINAL, WALLET, createHarness, door, until, type Harness } from '../support/sync.ts';

let h: Harness;
afterEach(() => h.close());

/** Holds every page of `stream` from `page` on until the door opens; aborts let go. */
function holdFrom(harness: Harness, stream: string, page: number): { reached: Promise<void>; open: () => void } {
  const reached = door();
  const gate = door();
  harness.connector.onPage = (name, cursor, { signal }) => {
    if (name !== stream || Number(cursor['page']) < page) return undefined;
    reached.open();
    return new Promise((resolve, reject) => {
      void gate.opened.then(resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  };
  return { reached: reached.opened, open: gate.open };
}

async function expectWhole(harness: Harness): Promise<void> {
  expect(await harness.count('gestao_click.client')).toBe(450);
  expect(await harness.count('gestao_click.sale')).toBe(600);
  expect(await harness.count('gestao_click.sale_item')).toBe(1200);
}

describe('stopping', () => {
  test('hands the run back within 3 s; another worker goes on from the checkpoint', async () => {
    h = await createHarness();
    const held = holdFrom(h, 'sales', 3);
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await held.reached;
    const started = performance.now();
    await h.worker.stop({ graceMs: 3_000 });
    expect(performance.now() - started).toBeLessThan(3_000);
    const back = await h.engine.run(run.id);
    expect(back).toMatchObject({ status: 'QUEUED' });
    const sales = back!.streams.find((stream) => stream.name === 'sales')!;
    expect(sales.fetched).toBe(200); // pages 1 and 2, which were in hand, are kept
    expect(sales.checkpoint).toMatchObject({ partition: 'PRODUCT', cursor: { page: 3 } });
    h.connector.onPage = () => {};
    const before = h.connector.asked.length;
    const restarted = performance.now();
    await h.addWorker();
    const done = await h.reaches(run.id, ...FINAL);
    expect(performance.now() - restarted).toBeLessThan(3_000);
    expect(done).toMatchObject({ status: 'SUCCEEDED', progress: { fetched: 1302, written: 1302 } });
    const again = h.connector.asked.slice(before);
    expect(again.every((one) => one.stream === 'sales')).toBe(true);
    expect(again).toHaveLength(1 + 3);
    await expectWhole(h);
  });

  test('a plan that changed meanwhile is followed: parts that are read stay read', async () => {
    h = await createHarness();
    const held = holdFrom(h, 'sales', 3);
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL', streams: ['sales'] });
    await held.reached;
    await h.worker.stop();
    h.connector.onPage = () => {};
    const sales = h.connector.streams.find((stream) => stream.name === 'sales')!;
    const plan = sales.partitions.bind(sales);
    sales.partitions = async (context) => [...(await plan(context))].reverse(); // SERVICE first now
    await h.addWorker();
    const done = await h.reaches(run.id, ...FINAL);
    expect(done.progress).toMatchObject({ fetched: 600, written: 600, total: 600 });
  });
});

describe('a worker that vanishes', () => {
  test('loses its run to the next one, and cannot commit any more', async () => {
    h = await createHarness({ startWorker: false });
    await h.worker.start();
    await h.worker.identified();
    const held = holdFrom(h, 'sales', 2);
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await held.reached;
    // As if the process had been suspended for longer than a heartbeat: its row falls silent.
    // In one transaction with the claim: neither its next heartbeat nor its supervisor comes between.
    const claim = await h.database.transaction(async (client) => {
      await client.query(`UPDATE sync.run SET heartbeat_at = now() - interval '1 minute', worker = 'elsewhere:1:x' WHERE id = $1`, [run.id]);
      return claimRun({ ...h.database, pool: client as never }, run.id, 'elsewhere:2:y');
    });
    expect(claim).toMatchObject({ fence: 2 });
    held.open(); // the first worker wakes up and wants to commit its pages
    await until(async () => h.connector.asked.filter((one) => one.stream === 'sales').length >= 3);
    await until(async () => (await h.database.pool.query(`SELECT 1 FROM pgboss.job WHERE name LIKE 'run/%' AND state = 'active'`)).rowCount === 0);
    expect(await h.count('gestao_click.sale')).toBeLessThanOrEqual(100);
    expect(await h.engine.run(run.id)).toMatchObject({ status: 'RUNNING' });
    await endClaim(h.database, claim!, { status: 'QUEUED' });
    expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED', progress: { fetched: 1302 } });
    await expectWhole(h);
  });

  test('on this machine is noticed at once, not after the silence of a lost one', async () => {
    h = await createHarness({ startWorker: false });
    const boot = await h.addWorker();
    await boot.stop();
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const { hostname } = await import('node:os');
    await claimRun(h.database, run.id, `${hostname()}:${process.pid}:gone`);
    const started = performance.now();
    await h.addWorker();
    await h.reaches(run.id, ...FINAL);
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  test('the older of two claims cannot commit, whatever it wants to', async () => {
    h = await createHarness({ startWorker: false });
    const boot = await h.addWorker();
    await boot.stop();
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const older = (await claimRun(h.database, run.id, 'a:1:x'))!;
    expect(await claimRun(h.database, run.id, 'b:1:x')).toBeNull(); // it is alive
    await h.database.pool.query('UPDATE sync.run SET heartbeat_at = NULL WHERE id = $1', [run.id]);
    const newer = (await claimRun(h.database, run.id, 'b:1:x'))!;
    expect(newer.fence).toBe(older.fence + 1);
    await expect(h.database.transaction((client) => holdClaim(client, older))).rejects.toBeInstanceOf(ClaimLost);
    await expect(endClaim(h.database, older, { status: 'FAILED' })).rejects.toBeInstanceOf(ClaimLost);
    await endClaim(h.database, newer, { status: 'SUCCEEDED' });
    await expect(h.database.transaction((client) => holdClaim(client, newer))).rejects.toBeInstanceOf(ClaimLost);
    expect(await claimRun(h.database, run.id, 'c:1:x')).toBeNull(); // it is over
  });
});

describe('one run for each wallet', () => {
  test('ten that start at once share one run', async () => {
    h = await createHarness();
    const held = holdFrom(h, 'clients', 1);
    const all = await Promise.all(Array.from({ length: 10 }, () => h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' })));
    expect(new Set(all.map(({ run }) => run.id)).size).toBe(1);
    expect(all.filter(({ started }) => started)).toHaveLength(1);
    held.open();
    await h.reaches(all[0]!.run.id, 'SUCCEEDED');
    expect((await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' })).started).toBe(true);
  });

  test('two workers never read one run together', async () => {
    h = await createHarness({ latencyMs: 5 });
    await h.addWorker();
    await h.sync();
    const keys = h.connector.asked.map(({ stream, partition, cursor }) => JSON.stringify([stream, partition, cursor]));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('the states of a run move as the table says', async () => {
  h = await createHarness({ startWorker: false });
  expect(LIVE).toEqual(['QUEUED', 'RUNNING', 'WAITING']);
  expect(sources('RUNNING')).toEqual(['QUEUED', 'RUNNING', 'WAITING']);
  expect(sources('SUCCEEDED')).toEqual(['RUNNING']);
  for (const over of FINAL) expect(sources('RUNNING')).not.toContain(over);
});

// Credentials that are missing or wrong: what the process says and does, and whom it leaves alone.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { graphClient, START_SYNC, SYNC_RUN, type Data, type GraphClient } from '../support/graph-client.ts';
import { addressOf, cleanUp, runPonte, runToEnd, type Environment, type PonteProcess } from '../support/process.ts';
import { startProviders, type Providers } from '../support/providers.ts';
import { until } from '../support/sync.ts';

const TEST_CONNECTION = 'mutation Test($provider: Provider!) { testConnection(provider: $provider) { ok status message hint account { id name } } }';
const WALLETS = '{ wallets { id provider status externalAccountId } }';
const LOUD = { LOG_LEVEL: 'debug', GESTAO_CLICK_DEBUG: 'true', KOMMO_DEBUG: 'true', GESTAO_CLICK_RETRY_DELAY: '10', KOMMO_RETRY_DELAY: '10' };

let providers: Providers;
let database: TestDatabase;
let drop: () => Promise<void> = async () => {};
beforeAll(async () => {
  providers = await startProviders();
});
afterEach(async () => {
  await cleanUp();
  await drop();
  drop = async () => {};
  providers.reset(); // another database: nobody knows what was asked before
});
afterAll(() => providers?.close());

async function freshDatabase(): Promise<void> {
  database = await createTestDatabase();
  drop = database.drop;
}

async function startWith(env: Environment): Promise<{ ponte: PonteProcess; graph: GraphClient }> {
  const ponte = runPonte(['start'], { env: { ...LOUD, DATABASE_URL: database.url, ...env } });
  return { ponte, graph: graphClient(await addressOf(ponte)) };
}

async function syncToEnd(graph: GraphClient, provider: string): Promise<Data> {
  const { startSync } = await graph.ask(START_SYNC, { input: { provider, mode: 'FULL', streams: provider === 'KOMMO' ? ['users'] : ['stores'] } });
  return until(async () => {
    const { syncRun } = await graph.ask(SYNC_RUN, { id: startSync.run.id });
    return ['SUCCEEDED', 'PARTIAL', 'FAILED'].includes(syncRun.status) && syncRun;
  });
}

describe('tokens that the providers refuse', () => {
  test('from the first day: it starts, tells what is wrong and what to do, and prints no token', async () => {
    await freshDatabase();
    const wrong = { GESTAO_CLICK_API_KEY: 'wr0ng-acc3ss-5512aa', GESTAO_CLICK_SECRET_TOKEN: 'wr0ng-s3cret-90b1cc' };
    const revoked = await providers.crm.token({ scopes: ['crm'] });
    providers.crm.revoke(revoked);
    const { ponte, graph } = await startWith({ ...providers.env(), ...wrong, KOMMO_JWT_TOKEN: revoked });
    expect((await graph.get('/health/ready')).status).toBe(200);
    for (const provider of ['GESTAO_CLICK', 'KOMMO']) {
      const { testConnection } = await graph.ask(TEST_CONNECTION, { provider });
      expect(testConnection).toMatchObject({ ok: false, status: 'UNAUTHORIZED', account: null });
      expect(testConnection.message).toMatch(/\S+ \S+/);
      expect(testConnection.hint).toMatch(/token/i);
    }
    const rest = await graph.get('/api/gestao-click/test-connection', { method: 'POST' });
    expect(rest.body).toMatchObject({ success: false, code: 'PROVIDER_UNAUTHORIZED', hint: expect.stringMatching(/token/i) });
    const { wallets } = await graph.ask(WALLETS);
    expect(wallets.map((wallet: Data) => [wallet.provider, wallet.status]).toSorted()).toEqual([['GESTAO_CLICK', 'UNAUTHORIZED'], ['KOMMO', 'UNAUTHORIZED']]);
    // Kommo's token says whose it is, so a run can be started, and fails; nobody knows whose Gestão Click's are.
    const refused = await graph.send(START_SYNC, { input: { provider: 'GESTAO_CLICK', mode: 'FULL' } });
    expect(refused.errors).toMatchObject([{ extensions: { code: 'PROVIDER_UNAUTHORIZED', hint: expect.stringMatching(/token/i) } }]);
    const imported = await graph.get('/api/gestao-click/auto-import', { method: 'POST' });
    expect(imported).toMatchObject({ status: 401, body: { success: false, code: 'PROVIDER_UNAUTHORIZED', hint: expect.stringMatching(/token/i) } });
    const run = await syncToEnd(graph, 'KOMMO');
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'PROVIDER_UNAUTHORIZED', retryable: false, hint: expect.stringMatching(/token/i) } });
    for (const secret of [...Object.values(wrong), revoked, revoked.split('.')[1]!]) expect(ponte.output()).not.toContain(secret);
    expect(ponte.output()).not.toContain('"level":"error"');
  });

  test('later on: the sync fails, the wallet says UNAUTHORIZED; with good tokens both recover', async () => {
    await freshDatabase();
    const { ponte, graph } = await startWith(providers.env());
    expect(await syncToEnd(graph, 'GESTAO_CLICK')).toMatchObject({ status: 'SUCCEEDED' });
    providers.erp.control.set({ kind: '401' });
    expect(await syncToEnd(graph, 'GESTAO_CLICK')).toMatchObject({ status: 'FAILED', error: { code: 'PROVIDER_UNAUTHORIZED', retryable: false, hint: expect.stringMatching(/token/i) } });
    const statusOf = async (provider: string) => (await graph.ask(WALLETS)).wallets.find((wallet: Data) => wallet.provider === provider).status;
    expect(await statusOf('GESTAO_CLICK')).toBe('UNAUTHORIZED');
    expect(await statusOf('KOMMO')).toBe('CONNECTED');
    const refused = await graph.send('mutation { autoImport(provider: GESTAO_CLICK) { runs { id } } }');
    expect(refused.errors).toMatchObject([{ extensions: { code: 'PROVIDER_UNAUTHORIZED', hint: expect.any(String) } }]);
    providers.erp.control.clear();
    expect(await syncToEnd(graph, 'GESTAO_CLICK')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statusOf('GESTAO_CLICK')).toBe('CONNECTED');
    for (const secret of providers.secrets) expect(ponte.output()).not.toContain(secret);

    // The same after a restart, when nobody has told yet whose the tokens are.
    await ponte.stop();
    graph.close();
    providers.erp.control.set({ kind: '401' });
    const { ponte: next, graph: later } = await startWith(providers.env());
    const now = () => later.ask(WALLETS).then(({ wallets }) => wallets.filter((wallet: Data) => wallet.provider === 'GESTAO_CLICK').map((wallet: Data) => wallet.status));
    await until(async () => (await now())[0] === 'UNAUTHORIZED');
    providers.erp.control.clear();
    const { autoImport } = await later.ask('mutation { autoImport(provider: GESTAO_CLICK) { runs { provider } } }');
    expect(autoImport.runs).toEqual([{ provider: 'GESTAO_CLICK' }]);
    expect(await now()).toEqual(['CONNECTED']);
    await next.stop();
  });
});

describe('one provider only', () => {
  test.each([
    ['GESTAO_CLICK', 'KOMMO'],
    ['KOMMO', 'GESTAO_CLICK'],
  ] as const)('%s alone: %s is NOT_CONFIGURED and never contacted, nothing is simulated', async (only, other) => {
    await freshDatabase();
    const { ponte, graph } = await startWith(providers.env(only));
    expect(ponte.stdout()).not.toMatch(/simulat/i);
    const { wallets } = await graph.ask(WALLETS);
    expect(wallets).toHaveLength(2);
    expect(wallets.find((wallet: Data) => wallet.provider === only)).toMatchObject({ status: 'CONNECTED', externalAccountId: expect.any(String) });
    expect(wallets.find((wallet: Data) => wallet.provider === other)).toMatchObject({ status: 'NOT_CONFIGURED', externalAccountId: null });
    expect(await syncToEnd(graph, only)).toMatchObject({ status: 'SUCCEEDED' });
    const { testConnection } = await graph.ask(TEST_CONNECTION, { provider: other });
    expect(testConnection).toMatchObject({ ok: false, status: 'NOT_CONFIGURED', hint: expect.any(String) });
    const refused = await graph.send(START_SYNC, { input: { provider: other, mode: 'FULL' } });
    expect(refused.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const { autoImport } = await graph.ask('mutation { autoImport { runs { provider } } }');
    expect(autoImport.runs).toEqual([{ provider: only }]);
    expect((other === 'KOMMO' ? providers.crm : providers.erp).stats.requests).toBe(0);
  });
});

describe('a configuration that cannot be used', () => {
  test('is refused with one message that lists everything, exit code 2, and no secret in it', async () => {
    const { code, output, stdout } = await runToEnd(['start'], {
      env: { ...LOUD, PORT: 'x', TIMEOUT: 'soon', KOMMO_API_URL: 'http://kommo.example.com', GESTAO_CLICK_API_KEY: 'acc3ss-9f1c2ad4e7b84f0d', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://ponte:geh3im-77@db/ponte' },
    });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const name of ['PORT', 'TIMEOUT', 'KOMMO_API_URL must be https', 'GESTAO_CLICK_SECRET_TOKEN is missing', 'LOG_LEVEL', 'DATABASE_URL']) expect(output).toContain(name);
    expect(output.match(/The configuration cannot be used/g)).toHaveLength(1);
    expect(output).not.toMatch(/acc3ss-9f1c|geh3im|\n\s+at /);
  });

  test('a plain http address of another machine is refused; nothing is contacted', async () => {
    for (const url of ['http://10.0.0.7:8080', 'http://localhost.example.com']) {
      const { code, output } = await runToEnd(['start'], { env: { ...providers.env(), GESTAO_CLICK_API_URL: url } });
      expect(code).toBe(2);
      expect(output).toContain('GESTAO_CLICK_API_URL must be https');
    }
    expect(providers.crm.stats.requests + providers.erp.stats.requests).toBe(0);
  });
});

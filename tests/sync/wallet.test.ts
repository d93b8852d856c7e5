// Wallets: who is connected, who was, and who cannot be reached yet.
import { afterEach, describe, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { placeholderId, statusOfToken } from '../../sync/wallet.ts';
import { WALLET, createHarness, until, type Harness } from '../support/sync.ts';

let h: Harness;

const wallets = () => h.database.prisma.wallet.findMany({ orderBy: [{ provider: 'asc' }, { name: 'asc' }] });

describe('wallets', () => {
  afterEach(() => h.close());

  test('are known after the start; a provider without credentials has a placeholder', async () => {
    h = await createHarness();
    expect(await wallets()).toMatchObject([
      { id: WALLET, provider: 'GESTAO_CLICK', name: 'Fake Ltda', externalAccountId: '77', status: 'CONNECTED', configured: true, metadata: { fake: true } },
      { id: placeholderId('KOMMO'), provider: 'KOMMO', externalAccountId: null, status: 'NOT_CONFIGURED', configured: false },
    ]);
    expect((await h.database.prisma.streamState.findMany({ orderBy: { stream: 'asc' } })).map((row) => row.stream)).toEqual(['clients', 'costCenters', 'sales', 'stores']);
    await expect(h.engine.startSync({ walletId: placeholderId('KOMMO'), mode: 'FULL', trigger: 'MANUAL' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('of another account take the place of the one before, whose run ends', async () => {
    h = await createHarness();
    await h.worker.stop();
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const { createFakeConnector } = await import('../support/fake-connector.ts');
    await h.addWorker({ connectors: [createFakeConnector({ accountKey: '78' })] });
    expect((await wallets()).map(({ externalAccountId, status, configured }) => ({ externalAccountId, status, configured }))).toEqual(
      expect.arrayContaining([
        { externalAccountId: '77', status: 'NOT_CONFIGURED', configured: false },
        { externalAccountId: '78', status: 'CONNECTED', configured: true },
      ]),
    );
    expect(await h.engine.run(run.id), 'its worker may come back').toMatchObject({ status: 'QUEUED' });
    await h.database.pool.query(`UPDATE sync.wallet SET updated_at = updated_at - interval '61 seconds' WHERE NOT configured`);
    expect(await h.reaches(run.id, 'FAILED')).toMatchObject({ error: { message: 'The account is no longer configured.' } });
  });

  test('that cannot be reached at the start are taken on when a test reaches them', async () => {
    h = await createHarness({ accountKey: null, startWorker: false });
    const account = h.connector.account;
    h.connector.account = async () => {
      throw new PonteError('PROVIDER_UNAVAILABLE', 'No answer.', { retryable: true });
    };
    await h.worker.start();
    await h.worker.identified();
    expect((await wallets()).find((row) => row.provider === 'GESTAO_CLICK')).toMatchObject({ id: placeholderId('GESTAO_CLICK'), configured: false });
    h.connector.account = account;
    expect(await h.engine.testConnection({ provider: 'GESTAO_CLICK' })).toMatchObject({ ok: true });
    await until(async () => (await wallets()).some((row) => row.id === WALLET && row.configured));
    expect((await wallets()).filter((row) => row.provider === 'GESTAO_CLICK')).toHaveLength(1); // the placeholder is gone
    expect(await h.sync()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('whose tokens are refused after a restart say so, and a run of theirs ends instead of waiting for ever', async () => {
    h = await createHarness({ accountKey: null });
    await h.worker.stop();
    h.connector.accountKey = () => null;
    h.connector.account = async () => {
      throw new PonteError('PROVIDER_UNAUTHORIZED', 'The token was refused.', { hint: 'Create a new token.' });
    };
    await h.addWorker();
    await until(async () => (await wallets())[0]?.status === 'UNAUTHORIZED');
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    await until(async () => (await h.engine.run(run.id))?.status === 'FAILED');
    expect(await h.engine.run(run.id)).toMatchObject({ error: { code: 'PROVIDER_UNAUTHORIZED', retryable: false } });
  });

  test('keep what is known of them while the provider is away', async () => {
    h = await createHarness();
    await h.worker.stop();
    h.connector.account = async () => {
      throw new PonteError('PROVIDER_UNAVAILABLE', 'No answer.', { retryable: true });
    };
    await h.addWorker();
    expect((await wallets())[0]).toMatchObject({ name: 'Fake Ltda', status: 'CONNECTED', configured: true });
    expect(await h.sync()).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test.each([
  [null, 'CONNECTED'],
  ['2026-06-01T00:00:00Z', 'CONNECTED'],
  ['2026-03-20T00:00:00Z', 'EXPIRING'],
  ['2026-03-01T00:00:00Z', 'EXPIRED'],
])('a token that ends %s is %s in March', (expiresAt, status) => {
  expect(statusOfToken({ expiresAt, daysLeft: null, scopes: [], missingScopes: [] }, new Date('2026-03-01T00:00:00Z'))).toBe(status);
});

// `ponte key`: a key is shown once and kept as a hash; running gateways hear at once of one that is revoked.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createKeyStore, insertKey } from '../../cli/keys.ts';
import { readExpiry } from '../../cli/key.ts';
import { createAuthenticator } from '../../gateway/auth/index.ts';
import { createLogger, silentLogger } from '../../lib/log.ts';
import { sql } from '../../lib/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { cleanUp, runToEnd } from '../support/process.ts';

let database: TestDatabase;
let env: Record<string, string>;
const wallet = randomUUID();
beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, AUTH_API_KEYS: 'true', LOG_LEVEL: 'debug' };
  await database.prisma.wallet.create({ data: { id: wallet, workspaceId: randomUUID(), provider: 'KOMMO', name: 'Matriz', tokenScopes: [], tokenMissingScopes: [] } });
});
afterAll(async () => {
  await cleanUp();
  await database?.drop();
});
const ponte = (...args: string[]) => runToEnd(['key', ...args], { env });
const caller = (text: string) => ({ headers: { authorization: `Bearer ${text}` }, remoteAddress: '127.0.0.1' });

describe('ponte key', () => {
  test('create shows the key alone on stdout, and keeps its hash only', async () => {
    const { code, stdout, output } = await ponte('create', '--name', 'Painel', '--scopes', 'erp:read, crm:read,erp:read', '--wallets', wallet, '--expires', '90d');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ponte_[0-9a-f]{8}_[\w-]{43}\n$/);
    const text = stdout.trim();
    expect(output.split(text)).toHaveLength(2);
    expect(output).toContain(`Painel): erp:read, crm:read; wallets ${wallet}; until `);
    const rows = await database.rows<{ everything: string; days: number }>(sql`SELECT k::text AS everything, round(extract(epoch FROM expires_at - created_at) / 86400)::int AS days FROM gateway.api_key k`);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.days).toBe(90);
    expect(rows[0]!.everything).not.toContain(text.slice(15));

    const auth = createAuthenticator({ log: silentLogger, keys: createKeyStore(database, silentLogger) });
    const principal = await auth.authenticate(caller(text));
    expect({ scopes: [...principal.scopes], wallets: principal.wallets }).toEqual({ scopes: ['erp:read', 'crm:read'], wallets: [wallet] });
    await vi.waitFor(async () => expect(await database.rows(sql`SELECT 1 FROM gateway.api_key WHERE last_used_at IS NOT NULL`)).toHaveLength(1));
    await auth.close();
  });

  test.each([
    [['--name', 'x', '--scopes', 'erp:read,root'], 'There is no scope root\nScopes are erp:read, crm:read'],
    [['--name', 'x', '--scopes', ','], 'A key without a scope could do nothing'],
    [['--name', ' ', '--scopes', 'admin'], 'A key needs a name'],
    [['--name', 'x', '--scopes', 'admin', '--expires', 'soon'], '--expires must be like 90d'],
    [['--name', 'x', '--scopes', 'admin', '--expires', '2020-01-01'], '--expires must be like 90d'],
    [['--name', 'x', '--scopes', 'admin', '--wallets', '6b1f3d0e-0000-4000-8000-000000000000'], 'There is no wallet 6b1f3d0e-0000-4000-8000-000000000000\nWallets are:\n  '],
    [['--name', 'x', '--scopes', 'admin', '--wallets', 'Matriz'], 'There is no wallet matriz'],
    [['--name', 'x', '--scopes', 'admin', '--wallets', ','], 'Name wallets by their ids, or `all`'],
  ])('create %j is refused, and makes nothing', async (args, message) => {
    const { code, stdout, output } = await ponte('create', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(output).toContain(message);
    expect(await database.prisma.apiKey.count({ where: { name: { in: ['x', '', ' '] } } })).toBe(0);
  });

  test('list shows what a key is and never the key; revoke ends it, once', async () => {
    const { id, text, prefix } = await insertKey(database, { name: 'Relatório', scopes: ['admin'], wallets: 'all', expiresAt: null });
    const listed = await ponte('list');
    expect(listed.stdout).toContain(`${id}  ${prefix}…  Relatório  (live)\n    admin; every wallet; made `);
    expect(listed.output).not.toContain(text.slice(15, 30));
    expect(await ponte('revoke', id)).toMatchObject({ code: 0, stdout: `Key ${id} is revoked: what it has opened ends now.\n` });
    expect((await ponte('revoke', id)).stdout).toBe(`Key ${id} was revoked before.\n`);
    expect((await ponte('list')).stdout).toMatch(/Relatório {2}\(revoked \d{4}-\d\d-\d\d\)/);
    expect(await ponte('revoke', randomUUID())).toMatchObject({ code: 1, output: expect.stringContaining('does not exist') });
    expect((await ponte('revoke', prefix)).code).toBe(1);
  });
});

describe('a running gateway', () => {
  test('drops a revoked key, and ends its streams, within a second; its log never holds the key', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
    const { id, text } = await insertKey(database, { name: 'stream', scopes: ['sync:read'], wallets: [], expiresAt: null });
    const auth = createAuthenticator({ log, keys: createKeyStore(database, log) });
    const { ended, wallets } = await auth.authenticate(caller(text));
    expect(wallets).toEqual([]);
    const listening = () => database.rows(sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN ponte_key'`);
    await vi.waitFor(async () => expect(await listening()).toHaveLength(1));
    await database.prisma.apiKey.update({ where: { id }, data: { lastUsedAt: new Date() } });
    const began = performance.now();
    await database.rows(sql`UPDATE gateway.api_key SET revoked_at = now() WHERE id = ${id}::uuid`);
    await vi.waitFor(() => expect(ended!.aborted).toBe(true));
    expect(performance.now() - began).toBeLessThan(1_000);
    await expect(auth.authenticate(caller(text))).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'This key was revoked' });
    log.warn({ headers: caller(text).headers, 'x-api-key': text, message: `refused ${text}` }, `refused ${text}`);
    await auth.close();
    expect(await listening()).toEqual([]);
    expect(lines.join('')).not.toContain(text.slice(15));
  });

  test('hears of keys again after its connection broke, and looks at what it missed', async () => {
    const { id, text } = await insertKey(database, { name: 'broken', scopes: ['sync:read'], wallets: 'all', expiresAt: null });
    const auth = createAuthenticator({ log: silentLogger, keys: createKeyStore(database, silentLogger) });
    const { ended } = await auth.authenticate(caller(text));
    const backends = () => database.rows<{ pid: number }>(sql`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN ponte_key'`);
    await vi.waitFor(async () => expect(await backends()).toHaveLength(1));
    await database.rows(sql`WITH cut AS (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN ponte_key')
      UPDATE gateway.api_key SET revoked_at = now() FROM cut WHERE id = ${id}::uuid`);
    await vi.waitFor(() => expect(ended!.aborted).toBe(true), 10_000);
    await auth.close();
  });
});

test.each([
  ['90d', '2026-04-01T00:00:00.000Z'],
  ['12h', '2026-01-01T12:00:00.000Z'],
  ['2026-02-01', '2026-02-01T00:00:00.000Z'],
  ['2026-02-01T03:00:00-03:00', '2026-02-01T06:00:00.000Z'],
])('--expires %s', (text, instant) => expect(readExpiry(text, Date.parse('2026-01-01T00:00:00Z'))?.toISOString()).toBe(instant));

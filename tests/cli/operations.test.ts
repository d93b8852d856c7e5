// `ponte operations`: what is published is checked first, and running gateways hear of it at once.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createDocumentStore, publishDocuments, retireDocument } from '../../cli/documents.ts';
import { documentHash } from '../../gateway/protection/index.ts';
import { createProtectionOptions } from '../../cli/protection.ts';
import { readPublications } from '../../cli/publications.ts';
import { TrustedDocuments } from '../../gateway/protection/trusted.ts';
import { loadConfig } from '../../lib/config/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { sql } from '../../lib/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { cleanUp, runToEnd } from '../support/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'ponte-operations-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const EXAMPLES = new URL('../../examples/operations/', import.meta.url).pathname;
const SALE = 'query Sale($id: ID!) {\n  sale(id: $id) {\n    number\n  }\n}';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await cleanUp();
  await database?.drop();
  rmSync(folder, { recursive: true });
});

describe('what can be published', () => {
  test('every operation of every example, each with the fragments that it needs', async () => {
    const found = await readPublications([join(EXAMPLES, 'sales-with-crm.graphql'), join(EXAMPLES, 'sync.graphql')], {});
    const names = found.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['SalesWithCrm', 'SaleById', 'StartSync', 'SyncProgress']));
    const run = found.find(({ name }) => name === 'Runs')!;
    expect(run.body).toMatch(/fragment Run on SyncRun/);
    expect(run.body).not.toMatch(/fragment Schedule/);
    for (const { hash, body } of found) expect(hash).toBe(createHash('sha256').update(body).digest('hex'));
  });

  test('manifests of client tools, whose ids are the hashes of their texts', async () => {
    const apollo = file('apollo.json', JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: documentHash(SALE), name: 'Sale', type: 'query', body: SALE }] }));
    const codegen = file('codegen.json', JSON.stringify({ [documentHash(SALE)]: SALE }));
    expect(await readPublications([apollo, codegen], {})).toEqual([{ hash: documentHash(SALE), name: 'Sale', body: SALE }]);
    await expect(readPublications([file('sha1.json', JSON.stringify({ abc: SALE }))], {})).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('abc is not the sha256') });
  });

  test.each([
    ['a field that is not there', 'query A { sales { nodes { colour } } }', 'A: Cannot query field "colour"'],
    ['no name', '{ wallets { id } }', 'needs a name'],
    ['no operation', 'fragment F on Sale { id }', 'holds no operation'],
    ['a text that is none', 'query A {', 'Syntax Error'],
    ['more than the limits let run', `query A { ${Array.from({ length: 21 }, (_, i) => `a${i}: wallets { id }`).join(' ')} }`, '21 fields at its root'],
  ])('%s is refused with the reason', async (_what, text, reason) => {
    await expect(readPublications([file('bad.graphql', text)], {})).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining(reason) });
  });
  test('@defer may be published', async () => expect(await readPublications([file('defer.graphql', 'query A { wallets { id ... @defer { name } } }')], {})).toHaveLength(1));
  test('a file that is not there', () => expect(readPublications([join(folder, 'nowhere.graphql')], {})).rejects.toMatchObject({ code: 'BAD_USER_INPUT' }));
});

describe('the command', () => {
  test('publishes, lists, retires, and publishes again; a wrong file publishes nothing', async () => {
    const env = { DATABASE_URL: database.url, TRUSTED_DOCUMENTS: 'allow' };
    const ponte = (...args: string[]) => runToEnd(['operations', ...args], { env });
    const good = file('good.graphql', SALE);
    expect(await ponte('publish', good, file('wrong.graphql', 'query B { no }'))).toMatchObject({ code: 1, stdout: '' });
    expect(await database.prisma.trustedDocument.count()).toBe(0);
    const hash = documentHash(SALE);
    expect(await ponte('publish', good)).toMatchObject({ code: 0, stdout: `${hash}  Sale  (published)\n` });
    expect((await ponte('list')).stdout).toMatch(new RegExp(`^${hash}  Sale  \\(published \\d{4}-\\d\\d-\\d\\d`));
    expect((await ponte('retire', `sha256:${hash}`)).stdout).toBe(`Operation ${hash} is retired.\n`);
    expect((await ponte('retire', hash)).stdout).toBe(`Operation ${hash} was retired before.\n`);
    expect((await ponte('publish', good)).stdout).toBe(`${hash}  Sale  (published again)\n`);
    expect((await ponte('retire', 'f'.repeat(64))).code).toBe(1);
    expect((await ponte('retire', 'Sale')).code).toBe(1);
  }, 120_000);
});

describe('a running gateway', () => {
  test('hears at once what is published and retired', async () => {
    const trusted = new TrustedDocuments(createDocumentStore(database, silentLogger), silentLogger);
    expect(await trusted.wait(10_000)).toBe(true);
    const body = `query Q${randomUUID().replaceAll('-', '')} { __typename }`;
    const hash = documentHash(body);
    expect(trusted.find(hash)).toBeUndefined();
    expect(await publishDocuments(database, [{ hash, name: 'Q', body }], 'me')).toEqual(['published']);
    await vi.waitFor(() => expect(trusted.find(hash)).toBe(body), { timeout: 10_000 });
    expect(await publishDocuments(database, [{ hash, name: 'Q', body }], 'me')).toEqual(['before']);
    expect(await retireDocument(database, hash)).toBe('retired');
    await vi.waitFor(() => expect(trusted.find(hash)).toBeUndefined(), { timeout: 10_000 });
    await trusted.close();
  });

  test('hears which wallet’s rows a synchronisation changed', async () => {
    const config = loadConfig({ env: { DATABASE_URL: database.url, RESPONSE_CACHE_MB: '8' }, directory: null });
    const { onRowsChanged, cacheBytes } = createProtectionOptions(config, database, silentLogger);
    expect(cacheBytes).toBe(8 * 1024 * 1024);
    const heard: (string | null)[] = [];
    const stop = onRowsChanged!((walletId) => heard.push(walletId));
    await vi.waitFor(() => expect(heard).toEqual([null]), { timeout: 10_000 });
    const wallet = randomUUID();
    await database.rows(sql`SELECT pg_notify('ponte_change', ${wallet})`);
    await vi.waitFor(() => expect(heard).toEqual([null, wallet]), { timeout: 10_000 });
    stop();
  });

  test.each([['TRUSTED_DOCUMENTS', 'allow'], ['RESPONSE_CACHE_MB', '1']])('%s without a database is told before anything starts', (name, value) => {
    const config = loadConfig({ env: { [name]: value }, directory: null });
    expect(() => createProtectionOptions(config, null, silentLogger)).toThrow(/DATABASE_URL is missing/);
  });
  test('only published operations, for callers who need not say who they are, is no restriction', () => {
    expect(() => loadConfig({ env: { TRUSTED_DOCUMENTS: 'only' }, directory: null })).toThrow(/restricts nobody/);
    expect(loadConfig({ env: { TRUSTED_DOCUMENTS: 'only', AUTH_API_KEYS: 'true' }, directory: null }).trustedDocuments).toBe('only');
  });
});

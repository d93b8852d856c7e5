// `ponte sync`: a run started through the gateway that is up, and watched to its end.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addressOf, cleanUp, runPonte, runToEnd } from '../support/process.ts';
import { startProviders, type Providers } from '../support/providers.ts';

let providers: Providers;
let database: TestDatabase;
let port: string;

beforeAll(async () => {
  providers = await startProviders();
  database = await createTestDatabase();
  const env = { ...providers.env(), DATABASE_URL: database.url, GESTAO_CLICK_RETRY_DELAY: '10', GESTAO_CLICK_RETRY_ATTEMPTS: '1' };
  port = new URL(await addressOf(runPonte(['start'], { env }))).port;
});
afterEach(() => providers.erp.control.clear());
afterAll(async () => {
  await cleanUp();
  await providers?.close();
  await database?.drop();
});

const sync = (args: string[], env = {}) => runToEnd(['sync', ...args], { env: { PORT: port, ...env } });

describe('ponte sync', () => {
  test('kommo --watch: plain lines from the first stream to the last, a summary, exit code 0', async () => {
    const { code, stdout } = await sync(['kommo', '--mode', 'full', '--watch']);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^Kommo: run started \([0-9a-f-]{36}\)$/);
    expect(lines.slice(1, -1).every((line) => /^Kommo [a-z_]+: [a-z ]+, \d+(\/\d+)? records$/.test(line))).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/^Kommo deals: changed, (\d+)\/\1 records$/));
    expect(lines.at(-1)).toMatch(/^Kommo: SUCCEEDED, [\d,]+ records read, [\d,]+ rows written, 0 unchanged$/);
    expect(new Set(lines).size).toBe(lines.length);
    expect(stdout).not.toContain('\u001b[');
    expect(code).toBe(0);
  });

  test('only some streams, incremental, by --url; without --watch it does not wait', async () => {
    const { code, stdout } = await sync(['kommo', '--streams', 'users, pipelines', '--since', '2026-01-01T00:00:00Z', '--url', `http://127.0.0.1:${port}/graphql`], { PORT: '1' });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Kommo: run started \(.+\)\n$/) });
    const { rows } = await database.pool.query('SELECT mode, streams, since FROM sync.run ORDER BY queued_at DESC LIMIT 1');
    expect(rows).toEqual([{ mode: 'INCREMENTAL', streams: ['users', 'pipelines'], since: '2026-01-01T00:00:00.000Z' }]);
  });

  test('a run that does not succeed: what failed, why, and exit code 1', async () => {
    providers.erp.control.set({ kind: '403', path: '/centros_custos' });
    const { code, stdout } = await sync(['gestao-click', '--mode', 'full', '--streams', 'stores,cost_centers', '--watch']);
    expect(stdout).toMatch(/^Gestão Click: PARTIAL, .*\n {2}1 of 2 streams could not be read\. .*\n {2}cost_centers: Gestão Click does not allow/m);
    expect(code).toBe(1);
  });

  test('a token that is refused: the hint says what to do', async () => {
    providers.erp.control.set({ kind: '401' });
    const { code, stdout, output } = await sync(['gestao-click', '--watch']);
    expect(stdout).toMatch(/^Gestão Click: FAILED/m);
    expect(stdout).toMatch(/token/i);
    for (const secret of providers.secrets) expect(output).not.toContain(secret);
    expect(code).toBe(1);
  });

  test.each([
    ['an unknown stream', ['kommo', '--streams', 'nothing'], 1, /nothing/],
    ['an instant that is none', ['kommo', '--since', 'yesterday'], 1, /--since must be an instant .*"yesterday"/],
    ['no gateway', ['kommo', '--url', 'http://127.0.0.1:9/graphql'], 1, /^No gateway answers at http:\/\/127\.0\.0\.1:9\/graphql\.\nStart it with `npm start`/],
    ['something else at the address', ['kommo', '--url', 'SIMULATOR'], 1, /is not the gateway of Ponte \(status 404\)\.\nName the gateway with --url/],
  ])('%s is told in a sentence', async (_what, args, code, message) => {
    const ended = await sync(args.map((arg) => (arg === 'SIMULATOR' ? `${providers.erp.url}/graphql` : arg)));
    expect(ended.output).toMatch(message);
    expect(ended.output).not.toMatch(/\n\s+at /);
    expect(ended).toMatchObject({ code, stdout: '' });
  });
});

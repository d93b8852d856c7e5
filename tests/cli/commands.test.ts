// The commands that run and end: help, misuse, migrate, doctor; and the simulators alone.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { cleanUp, runPonte, runToEnd, spawnNpm, temporaryFolder } from '../support/process.ts';
import { startProviders, type Providers } from '../support/providers.ts';

let providers: Providers;
let database: TestDatabase;
beforeAll(async () => {
  providers = await startProviders();
  database = await createTestDatabase();
});
afterAll(async () => {
  await cleanUp();
  await providers?.close();
  await database?.drop();
});

describe('ponte', () => {
  test('--help names every command; nothing else is done', async () => {
    const { code, stdout } = await runToEnd(['--help']);
    expect(code).toBe(0);
    for (const name of ['start', 'gateway', 'subgraph', 'worker', 'simulate', 'sync', 'doctor', 'migrate', 'key']) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });

  test.each([
    [['bogus'], "unknown command 'bogus'"],
    [['sync', 'kommo', '--bogus'], "unknown option '--bogus'"],
    [['sync', 'pipedrive'], 'Allowed choices are gestao-click, kommo'],
    [['subgraph', 'orders'], 'Allowed choices are gestao-click, kommo, sync, insights'],
    [['worker', '--health-port', 'x'], 'must be a whole number'],
  ])('%j is refused with help and exit code 2', async (args, message) => {
    const { code, output, stdout } = await runToEnd(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(output).toContain(message);
    expect(output).toContain('Usage: ponte');
  });
});

describe('ponte migrate', () => {
  test('makes the database where there is none, applies every migration once, keeps its password to itself', async () => {
    const name = `ponte_test_${randomBytes(6).toString('hex')}`;
    const url = Object.assign(new URL(inject('serverUrl')), { pathname: `/${name}`, password: 'geh3im-77' }).toString();
    const env = { DATABASE_URL: url };
    try {
      const first = await runToEnd(['migrate'], { env });
      expect(first.output).toMatch(/Applied \d+ migration\(s\) to PostgreSQL at \S+: \d{14}_init/);
      expect(first.code).toBe(0);
      const second = await runToEnd(['migrate'], { env });
      expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Up to date: PostgreSQL at /) });
      expect(first.output + second.output).not.toContain('geh3im-77');
    } finally {
      const client = new pg.Client({ connectionString: inject('serverUrl') });
      await client.connect();
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await client.end();
    }
  });

  test('a server that is not there is told in a sentence, exit code 1', async () => {
    const { code, output } = await runToEnd(['migrate'], { env: { DATABASE_URL: 'postgresql://ponte:geh3im-77@127.0.0.1:9/ponte' } });
    expect(code).toBe(1);
    expect(output).toMatch(/127\.0\.0\.1:9\n.*Check DATABASE_URL\.\n$/);
    expect(output).not.toMatch(/geh3im-77|\n\s+at /);
  });
});

describe('what is in the way', () => {
  test('a taken port: the process says which and what to do, and ends with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, output } = await runToEnd(['subgraph', 'kommo'], { env: { DATABASE_URL: database.url, PORT: String(port), SUBGRAPH_SECRET: 'a'.repeat(64) } });
    taken.close();
    expect(output).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}\\n.* name another port with PORT\\.\\n$`));
    expect(code).toBe(1);
  });

  test.each([[['subgraph', 'kommo']], [['gateway']]])('%j without the secret of subgraphs: the process says how to make one', async (args) => {
    const urls = Object.fromEntries(['GESTAO_CLICK', 'KOMMO', 'SYNC', 'INSIGHTS'].map((name) => [`SUBGRAPH_${name}_URL`, 'http://127.0.0.1:9/graphql']));
    const { code, output } = await runToEnd(args, { env: { DATABASE_URL: database.url, ...urls } });
    expect(output).toMatch(/SUBGRAPH_SECRET is missing.* SUBGRAPH_SECRET=[0-9a-f]{64} /);
    expect(code).toBe(2);
  });

  test('a gateway that would be reached from elsewhere, and nobody has to say who they are', async () => {
    const { code, output } = await runToEnd(['start'], { env: { ...providers.env(), DATABASE_URL: database.url, HOST: '0.0.0.0' } });
    expect(output).toMatch(/HOST is "0\.0\.0\.0".*AUTH_API_KEYS=true/s);
    expect(code).toBe(2);
  });

  test('a gateway that takes keys needs the database that they are in', async () => {
    const urls = Object.fromEntries(['GESTAO_CLICK', 'KOMMO', 'SYNC', 'INSIGHTS'].map((name) => [`SUBGRAPH_${name}_URL`, 'http://127.0.0.1:9/graphql']));
    const { code, output } = await runToEnd(['gateway'], { env: { ...urls, AUTH_API_KEYS: 'true', SUBGRAPH_SECRET: 'a'.repeat(64) } });
    expect(output).toContain('AUTH_API_KEYS is true, and DATABASE_URL is missing');
    expect(code).toBe(2);
  });

  test('a database that is not there: the process says how to make it', async () => {
    const url = Object.assign(new URL(database.url), { pathname: '/no_such_database' }).toString();
    const { code, output } = await runToEnd(['start'], { env: { ...providers.env(), DATABASE_URL: url } });
    expect(output).toContain('"no_such_database" does not exist\n`ponte migrate` makes the database');
    expect(code).toBe(1);
  });
});

describe('ponte doctor', () => {
  test('all is well: Node, configuration, database, both accounts; exit code 0', async () => {
    const { code, stdout, output } = await runToEnd(['doctor'], { env: { ...providers.env(), DATABASE_URL: database.url } });
    for (const line of [/^ok {4}Node +v\d+/m, /^ok {4}Configuration +read; development, real providers/m, /^ok {4}Database +.*PostgreSQL 1[5-9]/m, /^ok {4}Migrations +up to date/m, /^ok {4}Gestão Click .*account \d+\)/m, /^ok {4}Kommo .*account \d+\)/m, /^ok {4}Kommo token +\d+ day\(s\) left/m])
      expect(stdout).toMatch(line);
    expect(stdout).toContain('All is well.');
    expect(code).toBe(0);
    for (const secret of providers.secrets) expect(output).not.toContain(secret);
  });

  test('what is wrong, with what to do about it; exit code 1; no token', async () => {
    const soon = await providers.crm.token({ expiresInDays: 10 });
    const wrong = { GESTAO_CLICK_API_KEY: 'wr0ng-acc3ss-5512aa', GESTAO_CLICK_SECRET_TOKEN: 'wr0ng-s3cret-90b1cc' };
    const { code, stdout, output } = await runToEnd(['doctor'], { env: { ...providers.env(), ...wrong, KOMMO_JWT_TOKEN: soon, DATABASE_URL: database.url } });
    expect(stdout).toMatch(/^BAD {3}Gestão Click .*\n +-> .*token/im);
    expect(stdout).toMatch(/^warn {2}Kommo token +\d+ day\(s\) left\n +-> generate a new token/m);
    expect(stdout).toMatch(/1 problem\(s\)/);
    expect(code).toBe(1);
    for (const secret of [...Object.values(wrong), soon]) expect(output).not.toContain(secret);
  });

  test('no server at DATABASE_URL, and no credentials for one provider', async () => {
    const { code, output } = await runToEnd(['doctor'], { env: { ...providers.env('KOMMO'), DATABASE_URL: 'postgresql://ponte:geh3im-77@127.0.0.1:9/ponte' } });
    expect(code).toBe(1);
    expect(output).toMatch(/^BAD {3}Database .*\n +-> check DATABASE_URL/m);
    expect(output).not.toContain('geh3im-77');
  });
});

test('ponte doctor on an empty database says what to do, in no words of a library', async () => {
  const name = `ponte_test_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client(inject('serverUrl'));
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
    const { code, output } = await runToEnd(['doctor'], { env: { ...providers.env(), DATABASE_URL: Object.assign(new URL(inject('serverUrl')), { pathname: `/${name}` }).toString() } });
    expect(output).toMatch(/^warn {2}Migrations .*\n +-> .*ponte migrate/m);
    expect(output).toMatch(/^warn {2}Providers +not asked/m);
    expect(output).not.toMatch(/prisma|BAD/i);
    expect(code).toBe(0);
  } finally {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.end();
  }
});

describe('ponte simulate', () => {
  test('prints an environment with which the doctor finds both accounts; ends at once', async () => {
    const simulators = runPonte(['simulate', '--sales', '40', '--clients', '30', '--no-limits']);
    await simulators.waitFor(/Ctrl-C ends/);
    const lines = simulators.stdout().split('\n').filter((line) => /^[A-Z_]+=/.test(line));
    expect(lines.map((line) => line.split('=')[0])).toEqual(['GESTAO_CLICK_API_URL', 'GESTAO_CLICK_API_KEY', 'GESTAO_CLICK_SECRET_TOKEN', 'KOMMO_API_URL', 'KOMMO_JWT_TOKEN']);
    // As it is meant: in .env.local of the folder that Ponte is started in.
    const folder = temporaryFolder();
    writeFileSync(`${folder}/.env.local`, ['PONTE_DEMO=false', ...lines].join('\n'));
    const doctor = await runToEnd(['doctor'], { cwd: folder, env: { DATABASE_URL: database.url } });
    expect(doctor).toMatchObject({ code: 0, stdout: expect.stringContaining('All is well.') });
    const end = await simulators.stop('SIGINT');
    expect(end).toMatchObject({ code: 0 });
    expect(end.ms).toBeLessThan(5_000);
  });

  test('started by npm, it ends when npm is asked to: the shell between both hands no signal on', async () => {
    const npm = spawnNpm(['run', 'ponte', 'simulate', '--', '--sales', '40', '--clients', '30']);
    try {
      let printed = '';
      npm.stderr.resume();
      npm.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
      // Closed when the last process that holds it is gone, not when npm is.
      const closed = once(npm, 'close');
      await expect.poll(() => printed, { timeout: 30_000 }).toContain('Ctrl-C ends');
      const [, erp] = /GESTAO_CLICK_API_URL=(\S+)/.exec(printed)!;
      expect((await fetch(`${erp}/__control/stats`)).status).toBe(200);
      npm.kill('SIGTERM');
      await closed;
      await expect(fetch(`${erp}/__control/stats`)).rejects.toThrow('fetch failed');
    } finally {
      try {
        process.kill(-npm.pid!, 'SIGKILL');
      } catch {
        // all of them are gone
      }
    }
  }, 60_000);
});

// `ponte gateway --workers 2`: one port, several processes, as one server: started again, told of reloads, counted together, ended together.
import { copyFileSync, readFileSync, appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, runPonte, temporaryFolder, type PonteProcess } from '../support/process.ts';
import { until } from '../support/sync.ts';

const SECRET = 'between-us-0123456789abcdef0123456789';
const SUPERGRAPH = fileURLToPath(new URL('../../schema/supergraph.graphql', import.meta.url));
// Nobody answers there: the gateway itself is looked at.
const NOWHERE = Object.fromEntries(['GESTAO_CLICK', 'KOMMO', 'SYNC', 'INSIGHTS'].map((name) => [`SUBGRAPH_${name}_URL`, 'http://127.0.0.1:9/graphql']));

let gateway: PonteProcess;
let url: string;
let supergraph: string;

beforeAll(async () => {
  const folder = temporaryFolder();
  supergraph = join(folder, 'supergraph.graphql');
  copyFileSync(SUPERGRAPH, supergraph);
  gateway = runPonte(['gateway', '--workers', '2'], { cwd: folder, env: { SUBGRAPH_SECRET: SECRET, LOG_OPERATIONS: 'all', SUPERGRAPH_PATH: supergraph, ...NOWHERE } });
  const [, found] = await gateway.waitFor(/in 2 processes:[\s\S]*?(http:\/\/127\.0\.0\.1:\d+)\/graphql/);
  url = found!;
});
afterAll(cleanUp);

/** A connection of its own for each: the first process hands connections out in turn. */
const ask = async () => {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close' }, body: '{"query":"{ __typename }"}' });
  return { status: response.status, body: await response.text() };
};
const metrics = async () => (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
const sum = (text: string, name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
const workers = () =>
  gateway
    .logs()
    .filter(({ msg }) => msg === 'A worker of the gateway is ready')
    .map(({ worker }) => Number(worker));

describe('a gateway of two workers', () => {
  test('answers on one port, and adds its metrics up', async () => {
    expect(new Set(workers()).size).toBe(2);
    for (let i = 0; i < 10; i++) expect(await ask()).toEqual({ status: 200, body: '{"data":{"__typename":"Query"}}' });
    const text = await metrics();
    expect(sum(text, 'ponte_requests_total')).toBe(10);
    expect(sum(text, 'ponte_build_info')).toBe(1);
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  test('takes another supergraph in every worker, by its file and by SIGHUP, and refuses an invalid one', async () => {
    appendFileSync(supergraph, '\n# 1\n');
    const taken = () => gateway.logs().filter(({ msg }) => msg === 'Another supergraph is served').length;
    await until(() => taken() === 2);
    const good = readFileSync(supergraph, 'utf8');
    writeFileSync(supergraph, 'type Query { nothing: Int }');
    const refused = () => gateway.logs().filter(({ msg }) => String(msg).startsWith('Another supergraph was refused')).length;
    await until(() => refused() === 2);
    gateway.signal('SIGHUP');
    await until(() => refused() === 4);
    writeFileSync(supergraph, `${good}\n# 2\n`);
    await until(() => taken() === 4);
    expect((await ask()).status).toBe(200);
    expect(sum(await metrics(), 'ponte_supergraph_reloads_total')).toBe(8);
  });

  test('starts a worker that died again, while the other one answers', async () => {
    const [first] = workers();
    process.kill(first!, 'SIGKILL');
    await until(() => workers().length === 3);
    const died = gateway.logs().find(({ msg }) => msg === 'A worker of the gateway died and is started again');
    expect(died).toMatchObject({ worker: first, signal: 'SIGKILL', pauseMs: 100 });
    for (let i = 0; i < 4; i++) expect((await ask()).status).toBe(200);
  });

  test('ends as one', async () => {
    const pids = workers();
    const { code, ms } = await gateway.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});

test('workers that cannot start are not tried again and again', async () => {
  const { exit, output } = runPonte(['gateway', '--workers', '2'], { env: { SUBGRAPH_SECRET: SECRET, SUPERGRAPH_PATH: '/nowhere/supergraph.graphql', ...NOWHERE } });
  expect((await exit).code).toBe(2);
  expect(output()).toContain('/nowhere/supergraph.graphql cannot be read');
});

test('workers share the limits of their callers', async () => {
  const limit = 400;
  const limited = runPonte(['gateway', '--workers', '2'], { cwd: temporaryFolder(), env: { SUBGRAPH_SECRET: SECRET, RATE_LIMIT_IP: String(limit), OVERLOAD_LAG_MS: '0', ...NOWHERE } }); // a busy machine is no limit of a caller
  const [, at] = await limited.waitFor(/in 2 processes:[\s\S]*?(http:\/\/127\.0\.0\.1:\d+)\/graphql/);
  const ask = async () => {
    const response = await fetch(`${at}/graphql?query={__typename}`, { headers: { 'apollo-require-preflight': '1', connection: 'close' } });
    await response.text();
    return response.status;
  };
  // Alone, each of them would refuse after as many as the limit: two, after twice as many.
  let answered = 0;
  while ((await ask()) === 200) answered++;
  expect(answered).toBeGreaterThanOrEqual(limit);
  expect(answered).toBeLessThan(1.75 * limit);
  await limited.stop();
}, 60_000);

// Runs the tests of the public suite @apollo/federation-subgraph-compatibility on a subgraph that is built and served as ours
// are, beside the suite's own subgraphs (users, inventory), with our gateway in the place of the router.
//
//   npm run conformance:subgraph                       installs the suite into a temporary folder first
//   npm run conformance:subgraph -- --suite FOLDER     one that was installed before: npm i --ignore-scripts @apollo/federation-subgraph-compatibility@1.2.1
//
// `--planner hive|apollo` (hive), `--sources text|object` (text). Port 4000 must be free: the suite looks for the router there.
// Exits with 1 where a test fails.
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createGateway } from '../../gateway/index.ts';
import { serveSubgraph } from '../../lib/graphql/serve.ts';
import { silentLogger } from '../../lib/log.ts';
import { compose } from '../compose.ts';
import { createProducts } from './products.ts';
import { freePort, runToEnd, startNeighbor } from './processes.ts';
import { openRouterDoor } from './router-door.ts';

const PACKAGE = '@apollo/federation-subgraph-compatibility';
const VERSION = '1.2.1';

interface JestReport {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] }[] }[];
}

const { values } = parseArgs({
  options: { suite: { type: 'string' }, planner: { type: 'string', default: 'hive' }, sources: { type: 'string', default: 'text' } },
});
const { planner, sources } = values;
if (planner !== 'hive' && planner !== 'apollo') throw new Error('--planner takes hive, apollo');
if (sources !== 'text' && sources !== 'object') throw new Error('--sources takes text, object');

const closing: (() => Promise<unknown>)[] = [];
try {
  const door = await openRouterDoor();
  closing.push(() => door.close());

  let folder = values.suite === undefined ? undefined : resolve(values.suite);
  if (folder === undefined) {
    const made = await mkdtemp(join(tmpdir(), 'ponte-conformance-'));
    closing.push(() => rm(made, { recursive: true, force: true }));
    console.log(`Installing ${PACKAGE}@${VERSION} into ${made} ...`);
    await runToEnd('npm', ['install', '--prefix', made, '--ignore-scripts', '--no-audit', '--no-fund', `${PACKAGE}@${VERSION}`]);
    folder = made;
  }
  const suite = join(folder, 'node_modules', `${PACKAGE}-tests`);

  const products = createProducts();
  const served = await serveSubgraph(products, { host: '127.0.0.1', port: 0, log: silentLogger });
  closing.push(() => served.close({ timeoutMs: 100 }));
  const neighbors = await Promise.all(
    ['users', 'inventory'].map(async (name) => {
      const port = await freePort();
      const home = join(suite, 'dist', 'subgraphs', name);
      const running = await startNeighbor({ name, home, port });
      closing.push(running.stop);
      return { name, url: running.url, sdl: await readFile(join(home, `${name}.graphql`), 'utf8') };
    }),
  );
  const places = [{ name: products.name, url: served.url }, ...neighbors];
  const gateway = await createGateway({
    supergraphSdl: compose([products, ...neighbors]).supergraphSdl,
    subgraphs: Object.fromEntries(places.map(({ name, url }) => [name, { kind: 'remote' as const, url }])),
    log: silentLogger,
    host: '127.0.0.1',
    port: 0,
    production: false,
    engine: planner,
    textTier: sources === 'text',
  });
  closing.push(() => gateway.close({ timeoutMs: 100 }));
  door.leadTo(`${gateway.url}/graphql`);

  const jest = createRequire(join(suite, 'package.json')).resolve('jest/bin/jest');
  // The folder stands in node_modules, where jest looks for no tests unless told.
  const config = { rootDir: join(suite, 'dist'), testEnvironment: 'node', testPathIgnorePatterns: [], haste: { retainAllFiles: true }, transform: {} };
  const report = JSON.parse(
    await runToEnd(process.execPath, [jest, join(suite, 'dist', 'tests'), '--ci', '--json', '--config', JSON.stringify(config)], { env: { PRODUCTS_URL: served.url }, mayFail: true }),
  ) as JestReport;
  for (const { fullName, status, failureMessages } of report.testResults.flatMap(({ assertionResults }) => assertionResults)) {
    console.log(`${status === 'passed' ? 'ok  ' : 'FAIL'}  ${fullName}`);
    for (const message of failureMessages) console.log(message);
  }
  console.log(`${report.numPassedTests} of ${report.numTotalTests} passed (planner ${planner}, sources ${sources})`);
  process.exitCode = report.numTotalTests > 0 && report.numPassedTests === report.numTotalTests ? 0 : 1;
} finally {
  for (const close of closing.reverse()) await close();
}

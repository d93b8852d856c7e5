// The demo, as on a fresh clone: nothing is set, and minutes later the joined question is answered. At the real speed of
// the providers, so this one takes its time.
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from '../../lib/root.ts';
import { createTestDatabase } from '../support/database.ts';
import { graphClient, type Data } from '../support/graph-client.ts';
import { addressOf, cleanUp, embeddedServer, runPonte, runToEnd, temporaryFolder } from '../support/process.ts';

afterAll(cleanUp);

const JOINED = `{ sales(first: 50) { totalCount edges { node { number client { name contact { name } }
  salesperson { name contact { name deals(first: 2) { totalCount edges { node { name status price } } } } } payments { status amount } } } } }`;

/** The query that a README shows, and the answer that it promises. */
function promiseOf(name: string): { query: string; node: Data } {
  const text = readFileSync(new URL(name, ROOT), 'utf8');
  const [query, answer] = ['graphql', 'json'].map((kind) => new RegExp('```' + kind + '\\n([^`]+)```').exec(text)![1]!);
  return { query: query!, node: JSON.parse(answer!) as Data };
}
const withoutDays = (node: Data): unknown => JSON.parse(JSON.stringify(node, (_key, value: unknown) => (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? 'a day' : value)));

test('the demo imports both systems by itself, in its own database; the second start finds them there', async () => {
  const folder = temporaryFolder();
  const first = runPonte(['start'], { cwd: folder, env: { DATA_DIR: folder } });
  const graph = graphClient(await addressOf(first));
  expect(first.stdout().match(/^Demo mode: .*$/gm)).toHaveLength(1);
  expect(first.stdout()).toContain('database ponte_demo)');
  await first.waitFor(/Imported in \d+ s/, 200_000); // under 60 on a machine that has nothing else to do
  expect(first.stdout()).toMatch(/^Gestão Click: SUCCEEDED, [\d,]+ records read/m);
  expect(first.stdout()).toMatch(/^Kommo: SUCCEEDED, [\d,]+ records read/m);
  expect(first.stdout()).toMatch(/^Gestão Click sales: running, \d+\/\d+ records$/m);
  expect(first.stdout()).not.toContain('\u001b['); // no terminal, no bars
  await first.waitFor(/Ready:/);

  const { sales, syncRuns } = await graph.ask(`${JOINED.slice(0, -1)} syncRuns { totalCount } }`);
  expect(sales.totalCount).toBe(1600);
  expect(syncRuns.totalCount).toBe(2);
  const list = sales.edges.map((edge: Data) => edge.node);
  expect(list.filter((sale: Data) => sale.salesperson?.contact?.deals.totalCount > 0).length).toBeGreaterThan(10);
  expect(list.some((sale: Data) => sale.client?.contact)).toBe(true);
  for (const name of ['README.md', 'README.pt-BR.md']) {
    const { query, node } = promiseOf(name);
    const [edge] = (await graph.ask(query)).sales.edges;
    // Four payments are left out there, and the days are those of another day's demo.
    expect(withoutDays({ ...edge.node, payments: edge.node.payments.slice(0, 2) })).toEqual(withoutDays(node));
    expect(edge.node.payments).toHaveLength(6);
  }
  const end = await first.stop('SIGINT');
  expect(end).toMatchObject({ code: 0 });
  expect(end.ms).toBeLessThan(5_000);
  expect(embeddedServer(folder)).toBeNull();
  expect(first.output()).not.toMatch(/eyJ[\w-]{10,}\./);

  // A database for real data is set, and the demo is asked for: it says so and touches nothing.
  const real = await createTestDatabase();
  const refused = await runToEnd(['start'], { cwd: folder, env: { DATA_DIR: folder, DATABASE_URL: real.url, PONTE_DEMO: '1' } });
  expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('PONTE_DEMO=true and DATABASE_URL contradict each other') });
  expect(embeddedServer(folder)).toBeNull();
  const second = runPonte(['start'], { cwd: folder, env: { DATA_DIR: folder, PONTE_DEMO: '1' } });
  const again = graphClient(await addressOf(second));
  await second.waitFor(/Ctrl-C stops/);
  expect(second.stdout()).toContain('database ponte_demo)');
  expect(second.stdout()).not.toMatch(/importing/i);
  expect((await again.ask('{ syncRuns { totalCount } }')).syncRuns.totalCount).toBe(2);
  expect((await again.ask(JOINED)).sales.totalCount).toBe(1600);
  const { rows } = await real.pool.query<{ wallets: number }>('SELECT count(*)::int AS wallets FROM sync.wallet');
  expect(rows[0]!.wallets).toBe(0);
  await real.drop();
  expect(await second.stop()).toMatchObject({ code: 0 });
}, 300_000);

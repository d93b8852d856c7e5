// The parts c and flat: the main query of the API on Postgres. Nothing is pinned here: the database needs the cores too.
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kind, parse, print, visit, type DocumentNode } from 'graphql';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { WALLETS_HEADER, writeWallets } from '../../lib/graphql/subgraph.ts';
import { createDatabase, startEmbedded } from '../../prisma/index.ts';
import { buildSalesWorld } from '../sales-world.ts';
import { startServer, type Running, type RunningServer } from './machine/processes.ts';
import { answersOf, measure, post, prepare, type Compared, type Entrant, type Sample } from './measure.ts';
import type { Finding } from './report/goals.ts';
import { median } from './report/rows.ts';
import { installRivals, startApollo } from './rivals.ts';
import type { Bench, Outcome } from './run.ts';
import type { Workload } from './workload.ts';

const SALES = 100_000;
const SMALL = 10_000;
const BIG = 1_000_000;
const PAGE = 50;
const PLACES = 50;
const FAR = 0.9;
const FLAT_PAGES = 10;
/** The subgraphs that the main query reaches. */
const REACHED = ['gestao-click', 'insights', 'kommo'] as const;
const SUPERGRAPH = new URL('../../schema/supergraph.graphql', import.meta.url);
const OPERATIONS = new URL('../../examples/operations/sales-with-crm.graphql', import.meta.url);

interface Answering {
  readonly url: string;
}

/** The main query alone; without `totalCount` of the sales where it is not wanted. */
function salesQuery(totalCount: boolean): string {
  const document = parse(readFileSync(OPERATIONS, 'utf8'));
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === 'SalesWithCrm');
  const one: DocumentNode = { ...document, definitions };
  if (totalCount) return print(one);
  return print(
    visit(one, {
      SelectionSet: (set, _key, parent) => {
        const sales = (parent as { name?: { value: string } } | undefined)?.name?.value === 'sales';
        return sales ? { ...set, selections: set.selections.filter((selection) => selection.kind !== Kind.FIELD || selection.name.value !== 'totalCount') } : undefined;
      },
    }),
  );
}

/** Cursors of the sales at these positions, newest first, as the API writes them. */
async function cursorsAt(url: string, positions: readonly number[]): Promise<string[]> {
  const database = createDatabase({ url, applicationName: 'bench' });
  try {
    const cursors = [];
    for (const position of positions) {
      const { rows } = await database.pool.query<{ date: string; id: string }>(`SELECT date, id FROM gestao_click.sale ORDER BY date DESC, id DESC OFFSET ${position} LIMIT 1`);
      cursors.push(Buffer.from(JSON.stringify(['date DESC', rows[0]!.date, rows[0]!.id])).toString('base64url'));
    }
    return cursors;
  } finally {
    await database.close();
  }
}

const pagesAfter = (query: string, cursors: readonly string[]): string[] => cursors.map((after) => JSON.stringify({ query, variables: { first: PAGE, after } }));

/** A Postgres for the run: a given server, whose databases are kept for the next run, or an embedded one that goes with it. */
async function openPostgres({ folder, keep, field }: Bench): Promise<{ pid: number; worldOf(sales: number): Promise<string> }> {
  const given = process.env['TEST_DATABASE_URL'];
  const embedded = given ? undefined : await startEmbedded(join(folder, 'postgres'));
  if (embedded) keep({ name: 'Postgres', pid: embedded.pid, output: () => '', stop: () => embedded.stop() });
  const server = given ?? embedded!.url;
  return {
    pid: embedded?.pid ?? (await postmasterOf(server)),
    async worldOf(sales) {
      const url = Object.assign(new URL(server), { pathname: `/ponte_bench_${sales}` }).toString();
      field.tell(`Making a database with ${sales} sales (where it is not there yet)`);
      await buildSalesWorld(url, sales);
      return url;
    },
  };
}

/** Parent of a backend; 0 where the server runs elsewhere, so that its CPU cannot be read. */
async function postmasterOf(server: string): Promise<number> {
  const database = createDatabase({ url: server });
  try {
    const { rows } = await database.pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return Number(readFileSync(`/proc/${rows[0]!.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
  } catch {
    return 0;
  } finally {
    await database.close();
  }
}

export async function runContract(bench: Bench): Promise<Outcome> {
  const { options, field } = bench;
  const postgres = await openPostgres(bench);
  const cpuOfPostgres: Running = { name: 'Postgres', pid: postgres.pid, output: () => '', stop: async () => {} };
  await mkdir(join(bench.folder, 'contract'), { recursive: true });
  const samples: Sample[] = [];
  const findings: Finding[] = [];

  const start = async (file: string, input: object, name: string): Promise<RunningServer<Answering>> => {
    const server = await startServer<Answering>(file, input, { name, core: 'any' });
    bench.keep(server);
    return server;
  };
  const startGateway = (url: string) => start('servers/sales-gateway.ts', { file: SUPERGRAPH.pathname, url }, 'Ponte in process');
  const entrant = (name: string, running: RunningServer<Answering>): Entrant => ({ name, url: running.facts.url, running, feeders: [cpuOfPostgres], exact: false });

  if (options.parts.has('c')) {
    const url = await postgres.worldOf(SALES);
    const cursors = await cursorsAt(url, Array.from({ length: PLACES }, (_, index) => Math.floor((SALES * index) / (PLACES + 1))));
    const workload: Workload = { name: 'c', about: '', bodies: pagesAfter(salesQuery(true), cursors), connections: [1, 32] };
    const handler = await start('servers/sales-handler.ts', { url }, 'the handler');
    const gateway = await start('servers/sales-gateway.ts', { file: SUPERGRAPH.pathname, url }, 'Ponte in process');
    const entrants = [entrant('handler', handler), entrant('local', gateway)];
    const stopped: Running[] = [handler, gateway];
    if (options.contenders.includes('apollo')) {
      const apollo = await startStock(bench, url, cpuOfPostgres);
      entrants.push(apollo.entrant);
      stopped.push(...apollo.all);
    }
    const all = await prepare(field, entrants, workload, await answersOf(handler.facts, workload));
    const before = await gateway.ask<number>('statements');
    await post(gateway.facts.url, workload.bodies[7]!);
    findings.push({ about: '(c) SQL statements of one answer, in process', value: (await gateway.ask<number>('statements')) - before, unit: 'statements', goal: { atMost: 8 } });
    samples.push(...(await measure(field, all, workload)));
    for (const running of stopped) await running.stop();
  }

  if (options.parts.has('flat')) findings.push(...(await measureFlat(bench, postgres, startGateway, entrant, (url) => start('servers/sales-handler.ts', { url }, 'the handler'))));
  return { samples, findings };
}

/** Stock Apollo in front of the product's subgraphs, each a process of its own. */
async function startStock({ folder, keep }: Bench, url: string, postgres: Running): Promise<{ entrant: Entrant; all: Running[] }> {
  installRivals();
  const subgraphs = [];
  let { sdl } = readSupergraph(await readFile(SUPERGRAPH, 'utf8'));
  for (const name of REACHED) {
    const running = await startServer<Answering>('servers/sales-subgraph.ts', { name, url }, { name, core: 'any' });
    keep(running);
    subgraphs.push(running);
    sdl = sdl.replace(`http://${name}.subgraph.local/graphql`, running.facts.url);
  }
  const supergraphFile = join(folder, 'contract/supergraph.graphql');
  await writeFile(supergraphFile, sdl);
  const apollo = await startApollo({ supergraphFile, services: [], folder, subgraphHeaders: { [WALLETS_HEADER]: writeWallets('all') } }, 'any');
  keep(apollo.running);
  return { entrant: { name: 'apollo', ...apollo, feeders: [postgres, ...subgraphs], exact: false }, all: [apollo.running, ...subgraphs] };
}

/** One caller: by position in the list, by amount of data, and with the total. */
async function measureFlat(
  { options, field }: Bench,
  postgres: { worldOf(sales: number): Promise<string> },
  startGateway: (url: string) => Promise<RunningServer<Answering>>,
  entrant: (name: string, running: RunningServer<Answering>) => Entrant,
  startHandler: (url: string) => Promise<RunningServer<Answering>>,
): Promise<Finding[]> {
  const cases: { key: string; compared: Compared; workload: Workload }[] = [];
  const running: Running[] = [];
  const sizes = options.big ? [SMALL, SALES, BIG] : [SMALL, SALES];
  for (const sales of sizes) {
    const url = await postgres.worldOf(sales);
    const handler = await startHandler(url);
    const gateway = await startGateway(url);
    running.push(handler, gateway);
    const places = async (from: number) => cursorsAt(url, Array.from({ length: FLAT_PAGES }, (_, index) => from + index * PAGE));
    const near = await places(0);
    const far = await places(Math.floor(sales * FAR));
    for (const [key, total, cursors] of [['near', false, near], ['far', false, far], ['total', true, near]] as const) {
      const workload: Workload = { name: `flat ${sales} ${key}`, about: '', bodies: pagesAfter(salesQuery(total), cursors), connections: [1] };
      const [compared] = await prepare(field, [entrant('local', gateway)], workload, await answersOf(handler.facts, workload));
      cases.push({ key: `${sales} ${key}`, compared: compared!, workload });
    }
    await handler.stop();
  }
  const times = new Map<string, number[]>();
  for (let round = 0; round < field.rounds; round++) {
    for (const { key, compared, workload } of cases) {
      const [one] = await measure({ ...field, rounds: 1 }, [compared], workload);
      times.set(key, [...(times.get(key) ?? []), one!.p50]);
    }
  }
  for (const one of running) await one.stop();
  const p50 = (key: string): number => median(times.get(key)!);
  const big = sizes.at(-1)!;
  return [
    { about: `(c) p50 at row 90,000 of ${SALES} against row 0, without totalCount`, value: p50(`${SALES} far`) / p50(`${SALES} near`), unit: '×', goal: { atMost: 1.3 } },
    { about: `(c) p50 with ${big} sales against ${SMALL}, without totalCount`, value: p50(`${big} near`) / p50(`${SMALL} near`), unit: '×', ...(options.big ? { goal: { atMost: 1.3 } } : {}) },
    ...sizes.flatMap((sales): Finding[] => [
      { about: `(c) p50 with ${sales} sales`, value: p50(`${sales} near`), unit: 'ms' },
      { about: `(c) the same with totalCount`, value: p50(`${sales} total`), unit: 'ms' },
    ]),
  ];
}

// The parts c and flat: the main query of the API on Postgres, against a handler written by hand and stock Apollo.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { WALLETS_HEADER, writeWallets } from '../../lib/graphql/subgraph.ts';
import { measureFlat } from './flat.ts';
import { startServer, type Running } from './machine/processes.ts';
import { answersOf, measure, post, prepare, type Entrant, type Sample } from './measure.ts';
import { installRivals, startApollo } from './rivals.ts';
import type { Bench, Outcome } from './run.ts';
import { cursorsAt, openPostgres, pagesAfter, SALES, salesQuery, serversOver, SUPERGRAPH, type Answering, type Postgres, type Servers } from './sales.ts';
import type { Workload } from './workload.ts';

const PLACES = 50;
/** The subgraphs that the main query reaches. */
const REACHED = ['gestao-click', 'insights', 'kommo'] as const;

export async function runContract(bench: Bench): Promise<Outcome> {
  const postgres = await openPostgres(bench);
  const servers = serversOver(postgres, bench);
  const compared = bench.options.parts.has('c') ? await compareContenders(bench, postgres, servers) : { samples: [], findings: [] };
  const flat = bench.options.parts.has('flat') ? await measureFlat(bench, postgres, servers) : [];
  return { samples: compared.samples, findings: [...compared.findings, ...flat] };
}

async function compareContenders(bench: Bench, postgres: Postgres, servers: Servers): Promise<Outcome> {
  const { field } = bench;
  const url = await postgres.worldOf(SALES);
  const cursors = await cursorsAt(url, Array.from({ length: PLACES }, (_, index) => Math.floor((SALES * index) / (PLACES + 1))));
  const workload: Workload = { name: 'c', about: '', bodies: pagesAfter(salesQuery(true), cursors), connections: [1, 32] };
  const handler = await servers.handler(url);
  const gateway = await servers.gateway(url);
  const entrants = [servers.entrant('handler', handler), servers.entrant('local', gateway)];
  const running: Running[] = [handler, gateway];
  if (bench.options.contenders.includes('apollo')) {
    const stock = await startStock(bench, url, postgres);
    entrants.push(stock.entrant);
    running.push(...stock.all);
  }
  const all = await prepare(field, entrants, workload, await answersOf(handler.facts, workload));
  const before = await gateway.ask<number>('statements');
  await post(gateway.facts.url, workload.bodies[7]!, gateway.facts.headers);
  const statements = (await gateway.ask<number>('statements')) - before;
  const samples: Sample[] = await measure(field, all, workload);
  for (const one of running) await one.stop();
  return { samples, findings: [{ about: '(c) SQL statements of one answer, in process', value: statements, unit: 'statements', goal: { atMost: 8 } }] };
}

/** Stock Apollo in front of the product's subgraphs, each a process of its own. */
async function startStock({ folder, keep }: Bench, url: string, postgres: Postgres): Promise<{ entrant: Entrant; all: Running[] }> {
  installRivals();
  const subgraphs = [];
  let { sdl } = readSupergraph(await readFile(SUPERGRAPH, 'utf8'));
  for (const name of REACHED) {
    const running = await startServer<Answering>('servers/sales-subgraph', { name, url }, { name, core: 'any' });
    keep(running);
    subgraphs.push(running);
    sdl = sdl.replace(`http://${name}.subgraph.local/graphql`, running.facts.url);
  }
  const supergraphFile = join(folder, 'contract.graphql');
  await writeFile(supergraphFile, sdl);
  const apollo = await startApollo({ supergraphFile, services: [], folder, subgraphHeaders: { [WALLETS_HEADER]: writeWallets('all') } }, 'any');
  keep(apollo.running);
  return { entrant: { name: 'apollo', ...apollo, feeders: [postgres, ...subgraphs], exact: false }, all: [apollo.running, ...subgraphs] };
}


// Who takes part in the workloads over the in-memory graph, and how each is started.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeKey } from '../../gateway/auth/index.ts';
import { startServer, type Core, type Running, type RunningServer } from './machine/processes.ts';
import { answersOf, type Entrant } from './measure.ts';
import { grafbaseAvailable, startApollo, startGrafbase, startHive, type Graph, type Started } from './rivals.ts';
import type { OursInput } from './servers/ours.ts';
import type { Workload } from './workload.ts';

export const CONTENDERS = {
  apollo: 'Apollo Gateway + Server, stock, HTTP',
  hive: 'Hive Gateway, HTTP',
  'hive-native': 'Hive Gateway --hive-router-runtime, HTTP',
  grafbase: 'Grafbase native gateway, HTTP',
  http: 'Ponte, HTTP',
  local: 'Ponte, in process',
  monolith: 'Monolith, graphql-jit',
  static: 'Static bytes',
} as const;
export type ContenderName = keyof typeof CONTENDERS;
export const RIVALS: readonly ContenderName[] = ['apollo', 'hive', 'hive-native', 'grafbase'];
const OURS: readonly ContenderName[] = ['http', 'local'];

/** The in-memory graph: its subgraphs are up, and the reference can be asked. */
export interface Shop {
  readonly graph: Graph;
  readonly subgraphs: Running;
  readonly monolith: RunningServer<{ url: string }>;
}

export async function openShop(folder: string, started: (running: Running) => void): Promise<Shop> {
  await mkdir(folder, { recursive: true });
  const subgraphs = await startServer<{ services: Graph['services']; supergraphSdl: string }>('servers/shop-subgraphs', {}, { name: 'the subgraphs', core: 'others' });
  started(subgraphs);
  const monolith = await startServer<{ url: string }>('servers/monolith', {}, { name: 'the monolith', core: 'gateway' });
  started(monolith);
  const supergraphFile = join(folder, 'supergraph.graphql');
  await writeFile(supergraphFile, subgraphs.facts.supergraphSdl);
  return { graph: { supergraphFile, services: subgraphs.facts.services, folder }, subgraphs, monolith };
}

/** What callers of ours send. */
const { text: KEY } = makeKey();
export const KEY_HEADER = { 'x-api-key': KEY };

/** Ours, over the in-memory graph. */
export async function startOurs({ supergraphFile, services }: Graph, mode: 'http' | 'local', { workers = 1, core = 'gateway' as Core } = {}): Promise<Started> {
  const urls = mode === 'http' ? Object.fromEntries(services.map(({ name, url }) => [name, url])) : {};
  const server = await startServer<Started>('servers/ours', { file: supergraphFile, urls, workers, key: KEY } satisfies OursInput, { name: `Ponte (${mode})`, core });
  return { ...server.facts, headers: KEY_HEADER, running: server };
}

async function startStatic({ monolith, graph }: Shop, workloads: readonly Workload[]): Promise<Started> {
  const pairs: [string, string][] = [];
  for (const workload of workloads) {
    const answers = await answersOf(monolith.facts, workload);
    workload.bodies.forEach((body, index) => pairs.push([body, answers[index]!]));
  }
  const file = join(graph.folder, 'answers.json');
  await writeFile(file, JSON.stringify(pairs));
  const running = await startServer<{ url: string }>('servers/static', { file }, { name: 'the static responder', core: 'gateway' });
  return { url: running.facts.url, running };
}

/** Starts one of them. `undefined` where it does not run on this machine. */
async function start(name: ContenderName, shop: Shop, workloads: readonly Workload[]): Promise<Started | undefined> {
  switch (name) {
    case 'apollo':
      return startApollo(shop.graph);
    case 'hive':
      return startHive(shop.graph);
    case 'hive-native':
      return startHive(shop.graph, ['--hive-router-runtime']);
    case 'grafbase':
      return grafbaseAvailable() ? startGrafbase(shop.graph) : undefined;
    case 'http':
    case 'local':
      return startOurs(shop.graph, name);
    case 'monolith':
      return { url: shop.monolith.facts.url, running: shop.monolith };
    case 'static':
      return startStatic(shop, workloads.filter((workload) => takesPart('static', workload)));
  }
}

/** The static responder knows no text that it was not given. */
export const takesPart = (name: string, workload: Workload): boolean => name !== 'static' || !workload.name.startsWith('d');

export async function enter(name: ContenderName, shop: Shop, workloads: readonly Workload[], started: (running: Running) => void): Promise<Entrant | undefined> {
  const up = await start(name, shop, workloads);
  if (!up) return undefined;
  started(up.running);
  const direct = name === 'local' || name === 'monolith' || name === 'static';
  return { name, ...up, feeders: direct ? [] : [shop.subgraphs], exact: OURS.includes(name) || direct };
}

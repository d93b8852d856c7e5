// The parts a, b, d and workers: everything over the in-memory graph.
import { join } from 'node:path';
import { enter, openShop, RIVALS, startOurs, takesPart, type Shop } from './contenders.ts';
import type { RunningServer } from './machine/processes.ts';
import { answersOf, measure, measureSteady, prepare, type Compared, type Entrant, type Sample } from './measure.ts';
import type { Finding } from './report/goals.ts';
import { median, rowsOf } from './report/rows.ts';
import { installRivals } from './rivals.ts';
import type { Part } from './options.ts';
import type { Bench, Outcome } from './run.ts';
import { SHOP_WORKLOADS, type Workload } from './workload.ts';

const STEADY_SHARE = 0.7;
const STEADY_CONNECTIONS = 32;

export async function runShop(bench: Bench): Promise<Outcome> {
  const { options, field } = bench;
  const workloads = SHOP_WORKLOADS.filter(({ name }) => options.parts.has(name as Part));
  if (options.contenders.some((name) => RIVALS.includes(name))) installRivals();
  const shop = await openShop(join(bench.folder, 'shop'), bench.keep);
  const entrants: Entrant[] = [];
  for (const name of workloads.length > 0 ? options.contenders : []) {
    field.tell(`Starting ${name}`);
    const entrant = await enter(name, shop, workloads, bench.keep);
    if (entrant) entrants.push(entrant);
    else field.tell(`! ${name} does not run on this machine`);
  }

  const samples: Sample[] = [];
  const findings: Finding[] = [];
  for (const [index, workload] of workloads.entries()) {
    const reference = await answersOf(shop.monolith.facts, workload);
    const all = await prepare(field, entrants.filter(({ name }) => takesPart(name, workload)), workload, reference);
    if (index === 0) await profile(bench, all, workload);
    const measured = await measure(field, all, workload);
    samples.push(...measured);
    for (const { entrant, sameness } of all) if (sameness === 'json') field.tell(`  ${workload.name} ${entrant.name}: same JSON as the monolith's, other bytes (order of keys or white space)`);
    if (workload.name === 'a') {
      findings.push({ about: '(a) size of the answer', value: Buffer.byteLength(reference[0]!) / 1024, unit: 'KiB' });
      samples.push(...(await steady(bench, all, workload, measured)));
    }
  }
  for (const { running } of entrants) if (running !== shop.monolith) await running.stop();
  if (options.parts.has('workers')) findings.push(await compareWorkers(bench, shop));
  return { samples, findings };
}

/** Gateways at 70 % of what each reached, requests by the clock. */
async function steady({ field }: Bench, all: readonly Compared[], workload: Workload, measured: readonly Sample[]): Promise<Sample[]> {
  const rows = rowsOf(measured);
  const reached = (name: string): number => rows.find(({ contender, connections }) => contender === name && connections === STEADY_CONNECTIONS)!.rps;
  const gateways = all.filter(({ entrant }) => ['apollo', 'grafbase', 'http', 'local'].includes(entrant.name));
  return measureSteady(field, gateways, workload, (name) => STEADY_SHARE * reached(name), STEADY_CONNECTIONS);
}

/** A CPU profile of one contender under load. */
async function profile({ options, field }: Bench, all: readonly Compared[], workload: Workload): Promise<void> {
  if (options.profile === undefined) return;
  const compared = all.find(({ entrant }) => entrant.name === options.profile);
  const server = compared?.entrant.running as RunningServer<object> | undefined;
  if (!compared || !server?.startProfile) throw new Error(`${options.profile} cannot be profiled: it does not take part, or does not run in a process of the bench`);
  await server.startProfile();
  await measure({ ...field, rounds: 1 }, [compared], { ...workload, connections: [STEADY_CONNECTIONS] });
  const file = join(process.cwd(), `bench-${options.profile}.cpuprofile`);
  await server.writeProfile(file);
  field.tell(`Profile written: ${file}`);
}

/** One worker process against two, in process, on all cores; the load shares them. */
async function compareWorkers({ field, keep }: Bench, shop: Shop): Promise<Finding> {
  const workload: Workload = { ...SHOP_WORKLOADS[0]!, name: 'workers', connections: [64] };
  const reference = await answersOf(shop.monolith.facts, workload);
  const entrants: Entrant[] = [];
  for (const workers of [1, 2]) {
    const started = await startOurs(shop.graph, 'local', { workers, core: 'any' });
    keep(started.running);
    entrants.push({ name: `${workers} worker${workers === 1 ? '' : 's'}`, ...started, feeders: [], exact: true });
  }
  const samples = await measure(field, await prepare(field, entrants, workload, reference), workload);
  for (const { running } of entrants) await running.stop();
  const rps = ({ name }: Entrant): number => median(samples.filter(({ contender }) => contender === name).map((sample) => sample.rps));
  return { about: 'two worker processes against one, in process, RPS', value: rps(entrants[1]!) / rps(entrants[0]!), unit: '×', goal: { atLeast: 1.7 } };
}

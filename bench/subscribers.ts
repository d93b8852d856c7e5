// `npm run bench:subscribers` (compiled, as in production): one gateway process with thousands of idle subscribers and hundreds that receive four events a second,
// over graphql-ws sockets; the clients are a process of their own.
//   - Every newest state and every last event must arrive, none after a newer one; otherwise it exits with 1.
//   - Heap of the gateway's process per idle subscriber, after a collection; resident memory; CPU; time from change to arrival.
// Options: --idle N (5000), --active N (500), --seconds N (20), --runs N (what is subscribed to: 50 idle ones and as many active
// ones), --json. Needs two file descriptors for each subscriber (one in each process): `ulimit -n 16384` before, where the limit is lower.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGateway } from '../gateway/index.ts';
import { settleHeap } from '../lib/heap.ts';
import { createLogger } from '../lib/log.ts';
import { COMPILED } from '../lib/root.ts';
import type { Order, Reply, Report } from './subscribers/clients.ts';
import { createBenchGraph } from './subscribers/graph.ts';

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '5000' },
    active: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    runs: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
  },
});
const [IDLE, ACTIVE, SECONDS, RUNS] = [values.idle, values.active, values.seconds, values.runs].map(Number) as [number, number, number, number];
const PER_SECOND = 4;
const GOAL_KIB = 24;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Memory {
  readonly heap: number;
  /** Buffers outside of the heap that it holds. */
  readonly external: number;
  readonly rss: number;
}

/** After collections, until the heap no longer shrinks. */
async function settledMemory(): Promise<Memory> {
  let heap = Infinity;
  for (;;) {
    collect();
    await sleep(100);
    const { heapUsed, external, rss } = process.memoryUsage();
    if (heapUsed > heap * 0.995) return { heap: heapUsed, external, rss };
    heap = heapUsed;
  }
}

const names = (kind: string) => Array.from({ length: RUNS }, (_, i) => `${kind} ${i}`);
const [idleRuns, activeRuns] = [names('idle'), names('active')];
const graph = createBenchGraph(['first', ...idleRuns, ...activeRuns]);
settleHeap();
const gateway = await createGateway({
  supergraphSdl: graph.supergraphSdl,
  subgraphs: Object.fromEntries(graph.subgraphs.map((subgraph) => [subgraph.name, { kind: 'local' as const, subgraph }])),
  log: createLogger({ level: 'warn' }),
  host: '127.0.0.1',
  port: 0,
  production: true,
  // All of them come from one address, within seconds.
  protection: { rates: { perAddress: 1e9 } },
});
const url = `${gateway.url.replace('http', 'ws')}/graphql`;

const clients = COMPILED ? fork(new URL('./subscribers/clients.js', import.meta.url)) : fork(new URL('./subscribers/clients.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
clients.once('exit', (code) => {
  if (code) throw new Error(`The clients ended with ${code}`);
});
async function ask(order: Order): Promise<Reply> {
  const reply = once(clients, 'message');
  clients.send(order);
  return ((await reply) as [Reply])[0];
}
async function arrival(group: string, n: number): Promise<Report> {
  const reply = await ask({ do: 'await', group, n });
  if (reply.done !== 'await') throw new Error('The clients answered something else');
  return reply.report;
}

// Some first, so that what is loaded and compiled once is not counted for each.
await ask({ do: 'open', group: 'first', url, runs: ['first'], count: 50 });
await sleep(1_500);
const before = await settledMemory();
const opening = performance.now();
await ask({ do: 'open', group: 'idle', url, runs: idleRuns, count: IDLE });
const openedMs = performance.now() - opening;
await sleep(1_500);
const idle = await settledMemory();

await ask({ do: 'open', group: 'active', url, runs: activeRuns, count: ACTIVE });
const upstreams = gateway.load.upstreams;
const cpu = process.cpuUsage();
const began = performance.now();
// Each run moves at its own instant, as runs do.
for (let round = 0; round < SECONDS * PER_SECOND; round++) {
  for (const [i, id] of activeRuns.entries()) {
    const at = began + (round * 1_000) / PER_SECOND + (i * 1_000) / PER_SECOND / activeRuns.length;
    const wait = at - performance.now();
    if (wait > 1) await sleep(wait);
    graph.runs.get(id)!.move(round === SECONDS * PER_SECOND - 1 ? 'SUCCEEDED' : 'RUNNING');
  }
}
const { user, system } = process.cpuUsage(cpu);
const tookMs = performance.now() - began;
const active = await arrival('active', SECONDS * PER_SECOND);

// And one event for everybody who stood idle.
for (const id of idleRuns) graph.runs.get(id)!.move('SUCCEEDED');
const woken = await arrival('idle', 1);
const { rss } = process.memoryUsage();

const ended = once(clients, 'exit');
clients.send({ do: 'end' } satisfies Order);
await ended;
for (let tries = 0; gateway.load.subscriptions > 0 && tries < 100; tries++) await sleep(50);
const left = { ...gateway.load, heapKiB: Math.round(((await settledMemory()).heap - before.heap) / 1024) };
await gateway.close({ timeoutMs: 1_000 });

const kib = (bytes: number) => Math.round((bytes / 1024) * 10) / 10;
const result = {
  idle: {
    subscribers: IDLE,
    openedPerSecond: Math.round((IDLE / openedMs) * 1_000),
    heapKiBEach: kib((idle.heap - before.heap) / IDLE),
    externalKiBEach: kib((idle.external - before.external) / IDLE),
    rssKiBEach: kib((idle.rss - before.rss) / IDLE),
    rssMiB: Math.round(idle.rss / 1024 / 1024),
  },
  active: { subscribers: ACTIVE, seconds: SECONDS, cpuPercent: Math.round((((user + system) / 1_000 / tookMs) * 1_000)) / 10, upstreams, ...active },
  woken,
  rssMiB: Math.round(rss / 1024 / 1024),
  left,
};
const arrived = [active, woken].every((report) => report.complete === report.sockets && report.disordered === 0 && report.wrong === 0);
if (values.json) console.log(JSON.stringify(result));
else {
  const { idle: i, active: a } = result;
  console.log(`${i.subscribers} idle subscribers (${i.openedPerSecond} opened a second): ${i.heapKiBEach} KiB heap each (goal: ${GOAL_KIB}), ${i.externalKiBEach} KiB buffers, ${i.rssKiBEach} KiB resident; the process ${i.rssMiB} MiB`);
  console.log(`${a.subscribers} receiving ${PER_SECOND} a second for ${a.seconds} s over ${a.upstreams} streams upstream: ${a.events} events, ${a.skipped} states replaced by newer ones, ${a.cpuPercent} % of one core`);
  console.log(`  from change to arrival: p50 ${a.p50} ms, p99 ${a.p99} ms, longest ${a.max} ms`);
  console.log(`  newest and last state: ${a.complete} of ${a.sockets} sockets; out of order: ${a.disordered}; wrong: ${a.wrong}`);
  console.log(`one event for ${woken.sockets} idle ones at once: ${woken.complete} have it; p50 ${woken.p50} ms, p99 ${woken.p99} ms`);
  console.log(`afterwards: ${left.subscriptions} subscriptions, ${left.upstreams} streams upstream, ${left.sockets} sockets, ${left.heapKiB} KiB more heap than before`);
}
if (!arrived || result.idle.heapKiBEach > GOAL_KIB) process.exitCode = 1;

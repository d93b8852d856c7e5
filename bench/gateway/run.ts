// `npm run bench:gateway`: our gateway beside others, a monolith and a static responder. All contenders take turns in one run;
// every answer is compared; medians are printed with the goals. What it takes: --help.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTENDERS } from './contenders.ts';
import { runContract } from './contract.ts';
import { compile, pinned, startServer, type Running } from './machine/processes.ts';
import type { Field, Generator, Sample } from './measure.ts';
import { readOptions, USAGE, type Options, type Part } from './options.ts';
import { findingsOf, met, type Finding } from './report/goals.ts';
import { rowsOf } from './report/rows.ts';
import { findingsTable, steadyTable, workloadTable } from './report/tables.ts';
import { runShop } from './shop.ts';
import { SHOP_WORKLOADS, VARIANTS } from './workload.ts';

const WARM_SECONDS = 2;
const SHOP_PARTS: readonly Part[] = ['a', 'b', 'd1', 'd2', 'd3', 'workers'];

/** What the parts of a run work with. */
export interface Bench {
  readonly options: Options;
  readonly field: Field;
  /** Removed at the end. */
  readonly folder: string;
  /** To be ended with the run, whatever happens. */
  keep(running: Running): void;
}

export interface Outcome {
  readonly samples: readonly Sample[];
  readonly findings: readonly Finding[];
}

const ABOUT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(SHOP_WORKLOADS.map(({ name, about }) => [name, about])),
  c: 'SalesWithCrm of the API on Postgres with 100,000 sales',
};
const TITLES: Readonly<Record<string, string>> = { ...CONTENDERS, handler: 'One handler, one SQL statement with json_agg' };

function report(options: Options, samples: readonly Sample[], findings: readonly Finding[]): string {
  const rows = rowsOf(samples);
  const machine = `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${options.rounds} rounds of ${options.seconds} s, medians; ${pinned ? 'the gateway alone on core 0, subgraphs and load on core 1 (c and workers: not pinned)' : 'not pinned to cores'}; ${VARIANTS} rotated variants; every answer compared.`;
  const parts = [machine];
  for (const workload of new Set(rows.map((row) => row.workload))) {
    const own = rows.filter((row) => row.workload === workload);
    parts.push(`### (${workload}) ${ABOUT[workload] ?? ''}`, workloadTable(own, TITLES));
    if (own.some(({ steady }) => steady)) parts.push(steadyTable(own, TITLES));
  }
  parts.push('### Goals (32 connections)', findingsTable(findings));
  return parts.join('\n\n');
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return console.log(USAGE);
  const options = readOptions(process.argv.slice(2));
  compile();
  const running: Running[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'ponte-bench-gateway-'));
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> =>
    (ending ??= (async () => {
      for (const one of running.toReversed()) await one.stop();
      await rm(folder, { recursive: true, force: true });
    })());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end().then(() => process.exit(130)));

  try {
    const generator: Generator = await startServer('load/generator', {}, { name: 'the load generator', core: 'others' });
    running.push(generator);
    const field: Field = { generator, seconds: options.seconds, rounds: options.rounds, warmSeconds: WARM_SECONDS, tell: (line) => console.error(line) };
    const bench: Bench = { options, field, folder, keep: (one) => void running.push(one) };
    const outcomes: Outcome[] = [];
    if (SHOP_PARTS.some((part) => options.parts.has(part))) outcomes.push(await runShop(bench));
    if (options.parts.has('c') || options.parts.has('flat')) outcomes.push(await runContract(bench));
    const samples = outcomes.flatMap((outcome) => outcome.samples);
    const findings = [...findingsOf(samples), ...outcomes.flatMap((outcome) => outcome.findings)];
    const text = report(options, samples, findings);
    console.log(text);
    if (options.markdown) await write(options.markdown, `${text}\n`);
    if (options.json) {
      const told = findings.map((finding) => ({ ...finding, met: met(finding) ?? null }));
      await write(options.json, `${JSON.stringify({ node: process.version, cores: availableParallelism(), pinned, rounds: options.rounds, seconds: options.seconds, rows: rowsOf(samples), findings: told, samples }, null, 2)}\n`);
    }
  } catch (error) {
    if (!ending) throw error; // ended by a signal: what broke, broke by that
  } finally {
    await end();
  }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
}

await main();
process.exit(0);

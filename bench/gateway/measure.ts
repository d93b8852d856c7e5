// Measures contenders under workloads: first every answer is compared with the reference's, then rounds in which all take
// turns, so that whatever else the machine does falls on all of them.
import type { LoadJob, LoadResult } from './load/job.ts';
import { subsetsOf } from './load/subset.ts';
import type { Running, RunningServer } from './machine/processes.ts';
import { usageOf } from './machine/usage.ts';
import { SEQUENCE, type Workload } from './workload.ts';

/** A contender that runs. */
export interface Entrant {
  /** As in `--contenders`. */
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The process (with its descendants) whose CPU and memory are counted. */
  readonly running: Running;
  /** Processes behind it whose CPU is told beside. */
  readonly feeders: readonly Running[];
  /** Ours: the answer must be the reference's, to the byte. Otherwise the order of keys and the white space at the end may differ. */
  readonly exact: boolean;
}

export type Sameness = 'bytes' | 'json';

export interface Sample {
  readonly workload: string;
  readonly contender: string;
  readonly connections: number;
  /** Requests per second that were asked for; 0 where each connection asks as soon as it is answered. */
  readonly rate: number;
  readonly round: number;
  readonly requests: number;
  readonly wrong: number;
  readonly rps: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** User + system of all threads, per request. */
  readonly cpuMs: number;
  /** The same of the subgraphs' processes. */
  readonly feederCpuMs: number;
  readonly rssBytes: number;
}

export type Generator = RunningServer<object>;

export async function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json', ...headers }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 500)}`);
  return text;
}

export async function answersOf({ url, headers }: Pick<Entrant, 'url' | 'headers'>, { bodies }: Workload): Promise<string[]> {
  const answers = [];
  for (const body of bodies) answers.push(await post(url, body, headers));
  return answers;
}

const canonical = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(canonical);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]));
};
const sameJson = (one: string, other: string): boolean => JSON.stringify(canonical(JSON.parse(one))) === JSON.stringify(canonical(JSON.parse(other)));

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

/** The contender's own bytes for each variant, after each was compared with the reference's. */
async function compare(entrant: Entrant, workload: Workload, reference: readonly string[]): Promise<{ answers: string[]; sameness: Sameness }> {
  const answers = await answersOf(entrant, workload);
  let sameness: Sameness = 'bytes';
  for (const [index, answer] of answers.entries()) {
    if (answer === reference[index]) continue;
    if (entrant.exact || !sameJson(answer, reference[index]!)) {
      const at = firstDifference(answer, reference[index]!);
      const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 100), at + 100));
      throw new Error(`${entrant.name} answers variant ${index} of workload ${workload.name} otherwise than the reference at ${at}:\n  ${around(answer)}\nin place of\n  ${around(reference[index]!)}`);
    }
    sameness = 'json';
  }
  return { answers, sameness };
}

/** Numbers for the marker: no two jobs of a run overlap. */
const SEQUENCE_STEP = 10_000_000;
let sequence = 0;
/** There are fewer choices of fields than numbers: no two jobs of one contender overlap. */
const SUBSET_STEP = 200_000;
const subsetSequences = new Map<Entrant, number>();

function nextSequence(entrant: Entrant, { subsets }: Workload): number {
  if (!subsets) return (sequence += SEQUENCE_STEP);
  const next = (subsetSequences.get(entrant) ?? 0) + SUBSET_STEP;
  if (next + SUBSET_STEP > subsetsOf(subsets)) throw new Error('There are not enough choices of fields for so many rounds');
  subsetSequences.set(entrant, next);
  return next;
}

export interface Field {
  readonly generator: Generator;
  readonly seconds: number;
  readonly rounds: number;
  readonly warmSeconds: number;
  tell(line: string): void;
}

/** An entrant that was compared and may be measured. */
export interface Compared {
  readonly entrant: Entrant;
  readonly answers: readonly string[];
  readonly sameness: Sameness;
}

export const jobOf = ({ entrant, answers }: Compared, workload: Workload, connections: number, seconds: number, rate = 0): LoadJob => ({
  url: entrant.url,
  headers: entrant.headers ?? {},
  bodies: workload.bodies,
  answers,
  marker: SEQUENCE,
  sequence: nextSequence(entrant, workload),
  subsets: workload.subsets,
  connections,
  seconds,
  ...(rate === 0 ? {} : { rate }),
});

async function sample({ generator, seconds, tell }: Field, compared: Compared, workload: Workload, connections: number, round: number, rate = 0): Promise<Sample> {
  const { running, feeders, name } = compared.entrant;
  const used = () => ({ own: usageOf(running.pid), fed: feeders.reduce((sum, { pid }) => sum + usageOf(pid).cpuMs, 0) });
  const before = used();
  const result = await generator.ask<LoadResult>('run', jobOf(compared, workload, connections, seconds, rate));
  const after = used();
  if (result.wrong > 0) tell(`! ${workload.name} ${name} c=${connections}: ${result.wrong} of ${result.requests} answers are wrong, the first: ${result.firstWrong}`);
  const each = (ms: number): number => ms / Math.max(1, result.requests);
  return {
    workload: workload.name,
    contender: name,
    connections,
    rate,
    round,
    requests: result.requests,
    wrong: result.wrong,
    rps: result.rps,
    p50: result.p50,
    p99: result.p99,
    cpuMs: each(after.own.cpuMs - before.own.cpuMs),
    feederCpuMs: each(after.fed - before.fed),
    rssBytes: after.own.rssBytes,
  };
}

/** What compilers of the contenders need before they have seen enough, where it does not take too long. */
const WARM_REQUESTS = 500;
const WARM_TURNS = 4;

/** Compares, then warms, each. */
export async function prepare(field: Field, entrants: readonly Entrant[], workload: Workload, reference: readonly string[]): Promise<Compared[]> {
  const all: Compared[] = [];
  for (const entrant of entrants) all.push({ entrant, ...(await compare(entrant, workload, reference)) });
  for (const compared of all) {
    let requests = 0;
    for (let turn = 0; turn < WARM_TURNS && requests < WARM_REQUESTS; turn++) {
      requests += (await field.generator.ask<LoadResult>('run', jobOf(compared, workload, 32, field.warmSeconds))).requests;
    }
  }
  return all;
}

/** Rounds over all of them; each round begins with another one. */
export async function measure(field: Field, all: readonly Compared[], workload: Workload): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < field.rounds; round++) {
    for (const connections of workload.connections) {
      for (let turn = 0; turn < all.length; turn++) {
        const compared = all[(turn + round) % all.length]!;
        const one = await sample(field, compared, workload, connections, round);
        samples.push(one);
        field.tell(`  ${workload.name} round ${round + 1} c=${connections} ${one.contender}: ${one.rps.toFixed(0)} rps, p99 ${one.p99.toFixed(1)} ms, ${one.cpuMs.toFixed(3)} CPU ms`);
      }
    }
  }
  return samples;
}

/** Rounds at a constant rate: 70 % of what each reached with the same number of connections. */
export async function measureSteady(field: Field, all: readonly Compared[], workload: Workload, rateOf: (contender: string) => number, connections = 32): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < field.rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      const compared = all[(turn + round) % all.length]!;
      const one = await sample(field, compared, workload, connections, round, rateOf(compared.entrant.name));
      samples.push(one);
      field.tell(`  ${workload.name} round ${round + 1} at ${one.rate.toFixed(0)} rps ${one.contender}: p50 ${one.p50.toFixed(1)}, p99 ${one.p99.toFixed(1)} ms`);
    }
  }
  return samples;
}

// The goals of the gateway, and whether this run met them. A goal whose contenders did not run is not listed.
import type { Sample } from '../measure.ts';
import { rowsOf, type Row } from './rows.ts';

/** One measured figure that stands beside a goal. */
export interface Finding {
  readonly about: string;
  readonly value: number;
  readonly unit: string;
  /** Absent: told without a goal. */
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
}

export const met = ({ value, goal }: Finding): boolean | undefined => (goal === undefined ? undefined : 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost);

const CONNECTIONS = 32;
const DEFAULT_UNIT = '×';

export function findingsOf(samples: readonly Sample[]): Finding[] {
  const rows = rowsOf(samples);
  // A contender that answers wrongly has no figure.
  const row = (workload: string, contender: string, steady = false): Row | undefined =>
    rows.find((each) => each.workload === workload && each.contender === contender && each.connections === CONNECTIONS && each.steady === steady && each.wrong === 0);
  const findings: Finding[] = [];
  const ratio = (about: string, top: number | undefined, bottom: number | undefined, goal?: Finding['goal']): void => {
    if (top !== undefined && bottom !== undefined && bottom > 0) findings.push({ about, value: top / bottom, unit: DEFAULT_UNIT, ...(goal ? { goal } : {}) });
  };
  /** How many times less CPU `ours` takes than `other`. */
  const cpu = (workload: string, ours: string, other: string, atLeast?: number): void =>
    ratio(`(${workload}) CPU: ${ours} against ${other}`, row(workload, other)?.cpuMs, row(workload, ours)?.cpuMs, atLeast === undefined ? undefined : { atLeast });
  const rps = (workload: string, ours: string, other: string, atLeast?: number): void =>
    ratio(`(${workload}) RPS: ${ours} against ${other}`, row(workload, ours)?.rps, row(workload, other)?.rps, atLeast === undefined ? undefined : { atLeast });

  for (const { workload, contender, connections, wrong } of rows) {
    if (wrong > 0) findings.push({ about: `(${workload}) WRONG ANSWERS of ${contender} at ${connections} connections`, value: wrong, unit: 'answers', goal: { atMost: 0 } });
  }
  cpu('a', 'local', 'apollo', 15);
  rps('a', 'local', 'monolith', 1);
  cpu('a', 'local', 'monolith');
  cpu('a', 'http', 'apollo', 15);
  cpu('a', 'http', 'grafbase', 1.3);
  rps('a', 'http', 'grafbase', 1.1);
  ratio('(a) p99 at 70 % of saturation: http against grafbase', row('a', 'http', true)?.p99, row('a', 'grafbase', true)?.p99, { atMost: 1 });
  cpu('b', 'http', 'apollo', 15);
  cpu('b', 'http', 'grafbase', 1.4);
  cpu('b', 'local', 'apollo');
  for (const workload of ['d1', 'd2']) {
    cpu(workload, 'http', 'apollo', 5);
    cpu(workload, 'local', 'apollo', 5);
    cpu(workload, 'http', 'grafbase');
  }
  // What 128 connections had in flight stays in the process for a while: the goal is on what 32 need.
  const memory = (most: number, rounds: number): number =>
    Math.max(0, ...samples.filter(({ workload, contender, connections, rate, round }) => workload === 'a' && contender === 'http' && rate === 0 && connections <= most && round < rounds).map(({ rssBytes }) => rssBytes)) / 1024 / 1024;
  if (memory(CONNECTIONS, 1) > 0) findings.push({ about: '(a) RSS of the gateway over HTTP, before more than 32 connections', value: memory(CONNECTIONS, 1), unit: 'MiB', goal: { atMost: 180 } });
  if (memory(Infinity, Infinity) > 0) findings.push({ about: '(a) RSS of the gateway over HTTP, most of all rounds and connections', value: memory(Infinity, Infinity), unit: 'MiB' });
  rps('c', 'local', 'handler', 0.6);
  rps('c', 'local', 'apollo', 5);
  const whole = (contender: string): number | undefined => {
    const found = row('c', contender);
    return found && found.cpuMs + found.feederCpuMs;
  };
  ratio('(c) CPU with subgraphs and database: local against handler', whole('handler'), whole('local'));
  ratio('(c) CPU with subgraphs and database: local against apollo', whole('apollo'), whole('local'));
  return findings;
}

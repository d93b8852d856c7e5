// Medians of all rounds: one row per workload, contender, number of connections and rate.
import type { Sample } from '../measure.ts';

export interface Row {
  readonly workload: string;
  readonly contender: string;
  readonly connections: number;
  /** True where the requests came by the clock. */
  readonly steady: boolean;
  readonly rounds: number;
  readonly wrong: number;
  readonly rate: number;
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMs: number;
  readonly feederCpuMs: number;
  /** The most of all rounds. */
  readonly rssMiB: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export function rowsOf(samples: readonly Sample[]): Row[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = `${sample.workload}|${sample.contender}|${sample.connections}|${sample.rate > 0}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].map((group) => {
    const [{ workload, contender, connections, rate }] = group as [Sample];
    const middle = (of: (sample: Sample) => number): number => median(group.map(of));
    return {
      workload,
      contender,
      connections,
      steady: rate > 0,
      rounds: group.length,
      wrong: group.reduce((sum, sample) => sum + sample.wrong, 0),
      rate: middle((sample) => sample.rate),
      rps: middle(({ rps }) => rps),
      p50: middle(({ p50 }) => p50),
      p99: middle(({ p99 }) => p99),
      cpuMs: middle(({ cpuMs }) => cpuMs),
      feederCpuMs: middle(({ feederCpuMs }) => feederCpuMs),
      rssMiB: Math.max(...group.map(({ rssBytes }) => rssBytes)) / 1024 / 1024,
    };
  });
}

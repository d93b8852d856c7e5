// The report as Markdown tables, aligned so that they read well in a terminal too.
import { met, type Finding } from './goals.ts';
import type { Row } from './rows.ts';

export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]!.length)));
  const print = (cells: readonly string[]): string => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [print(head), rule, ...lines.map(print)].join('\n');
}

const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3));
const times = (top: number | undefined, bottom: number | undefined): string => (top === undefined || bottom === undefined || bottom === 0 ? '–' : digits(top / bottom));

/** One workload: a line per contender, a group of columns per number of connections. CPU and ratios are those of 32 connections. */
export function workloadTable(rows: readonly Row[], titles: Readonly<Record<string, string>>): string {
  const free = rows.filter(({ steady }) => !steady);
  const counts = [...new Set(free.map(({ connections }) => connections))].sort((a, b) => a - b);
  const at = (contender: string, connections: number): Row | undefined => free.find((row) => row.contender === contender && row.connections === connections);
  const main = counts.includes(32) ? 32 : counts.at(-1)!;
  const stock = at('apollo', main);
  const monolith = at('monolith', main);
  const head = [
    'Contender',
    ...counts.map((count) => `c=${count}: RPS / p50 / p99 ms`),
    'CPU ms/request',
    'CPU behind it',
    'CPU × stock',
    'RPS × stock',
    'RPS / monolith',
    'RSS MiB',
  ];
  const lines = [...new Set(free.map(({ contender }) => contender))].map((contender) => {
    const row = at(contender, main)!;
    return [
      titles[contender] ?? contender,
      ...counts.map((count) => {
        const one = at(contender, count);
        return one ? `${one.rps.toFixed(0)} / ${digits(one.p50)} / ${digits(one.p99)}${one.wrong > 0 ? ` (${one.wrong} wrong)` : ''}` : '–';
      }),
      digits(row.cpuMs),
      row.feederCpuMs > 0 ? digits(row.feederCpuMs) : '–',
      times(stock?.cpuMs, row.cpuMs),
      times(row.rps, stock?.rps),
      times(row.rps, monolith?.rps),
      Math.max(...free.filter((each) => each.contender === contender).map(({ rssMiB }) => rssMiB)).toFixed(0),
    ];
  });
  return table(head, lines);
}

/** Requests by the clock. */
export const steadyTable = (rows: readonly Row[], titles: Readonly<Record<string, string>>): string =>
  table(
    ['Contender, at 70 % of its own saturation', 'RPS', 'p50 ms', 'p99 ms', 'CPU ms/request'],
    rows.filter(({ steady }) => steady).map(({ contender, rate, p50, p99, cpuMs }) => [titles[contender] ?? contender, rate.toFixed(0), digits(p50), digits(p99), digits(cpuMs)]),
  );

const goalOf = ({ goal, unit }: Finding): string => (goal === undefined ? '' : 'atLeast' in goal ? `≥ ${goal.atLeast} ${unit}` : `≤ ${goal.atMost} ${unit}`);
const VERDICTS = { true: 'met', false: 'MISSED', undefined: '' } as const;

export const findingsTable = (findings: readonly Finding[]): string =>
  table(
    ['Figure', 'Measured', 'Goal', ''],
    findings.map((finding) => [finding.about, `${digits(finding.value)} ${finding.unit}`, goalOf(finding), VERDICTS[String(met(finding)) as keyof typeof VERDICTS]]),
  );

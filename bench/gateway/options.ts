// What `npm run bench:gateway` takes on its command line.
import { parseArgs } from 'node:util';
import { CONTENDERS, type ContenderName } from './contenders.ts';

export const PARTS = ['a', 'b', 'c', 'd', 'd1', 'd2', 'd3', 'flat', 'workers'] as const;
export type Part = (typeof PARTS)[number];

export const USAGE = `npm run bench:gateway -- [options]
  --only a,b,c,d,flat,workers   parts of the run (default: all)
      a  two hops, 50 rows        b  two hops, one row       d  a new operation text in every request
      c  SalesWithCrm on Postgres with 100,000 sales         flat  p50 of (c) by position and by amount of data
      d1 d2 d3 the thirds of d: other name, white space and literals; another alias; another selection
      workers  two worker processes against one
  --contenders ${Object.keys(CONTENDERS).join(',')}   (default: all)
  --rounds N      turns of all contenders (default 3)
  --seconds S     of each measurement (default 2)
  --big           flat also with 1,000,000 sales
  --json FILE     everything that was measured
  --markdown FILE the report, which is also printed
  --profile NAME  a CPU profile of a contender that runs on Node under the first workload: bench-NAME.cpuprofile`;

export interface Options {
  readonly parts: ReadonlySet<Part>;
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly big: boolean;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly profile: string | undefined;
}

const chosen = <T extends string>(given: string | undefined, all: readonly T[], option: string): readonly T[] => {
  if (given === undefined) return all;
  const names = given.split(',');
  for (const name of names) if (!all.includes(name as T)) throw new Error(`--${option} does not know ${name}\n\n${USAGE}`);
  return names as T[];
};
const number = (given: string, option: string): number => {
  const value = Number(given);
  if (!(value > 0)) throw new Error(`--${option} needs a number above 0\n\n${USAGE}`);
  return value;
};

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      big: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  return {
    parts: new Set(chosen(values.only, PARTS, 'only').flatMap((part): readonly Part[] => (part === 'd' ? ['d1', 'd2', 'd3'] : [part]))),
    contenders: chosen(values.contenders, Object.keys(CONTENDERS) as ContenderName[], 'contenders'),
    rounds: number(values.rounds, 'rounds'),
    seconds: number(values.seconds, 'seconds'),
    big: values.big,
    json: values.json,
    markdown: values.markdown,
    profile: values.profile,
  };
}

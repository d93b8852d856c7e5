// The part flat: what one caller waits for, by position in the list, by amount of data, and with the total.
import type { Running } from './machine/processes.ts';
import { answersOf, measure, prepare, type Compared } from './measure.ts';
import type { Finding } from './report/goals.ts';
import { median } from './report/rows.ts';
import type { Bench } from './run.ts';
import { cursorsAt, PAGE, pagesAfter, SALES, salesQuery, type Postgres, type Servers } from './sales.ts';
import type { Workload } from './workload.ts';

const SMALL = 10_000;
const BIG = 1_000_000;
const FAR = 0.9;
const PAGES = 10;

export async function measureFlat({ options, field }: Bench, postgres: Postgres, servers: Servers): Promise<Finding[]> {
  const cases: { key: string; compared: Compared; workload: Workload }[] = [];
  const running: Running[] = [];
  const sizes = options.big ? [SMALL, SALES, BIG] : [SMALL, SALES];
  for (const sales of sizes) {
    const url = await postgres.worldOf(sales);
    const handler = await servers.handler(url);
    const gateway = await servers.gateway(url);
    running.push(handler, gateway);
    const places = async (from: number) => cursorsAt(url, Array.from({ length: PAGES }, (_, index) => from + index * PAGE));
    const near = await places(0);
    const far = await places(Math.floor(sales * FAR));
    for (const [key, total, cursors] of [['near', false, near], ['far', false, far], ['total', true, near]] as const) {
      const workload: Workload = { name: `flat ${sales} ${key}`, about: '', bodies: pagesAfter(salesQuery(total), cursors), connections: [1] };
      const [compared] = await prepare(field, [servers.entrant('local', gateway)], workload, await answersOf(handler.facts, workload));
      cases.push({ key: `${sales} ${key}`, compared: compared!, workload });
    }
    await handler.stop();
  }
  const times = new Map<string, number[]>();
  for (let round = 0; round < field.rounds; round++) {
    for (const { key, compared, workload } of cases) {
      const [one] = await measure({ ...field, rounds: 1 }, [compared], workload);
      times.set(key, [...(times.get(key) ?? []), one!.p50]);
    }
  }
  for (const one of running) await one.stop();
  const p50 = (key: string): number => median(times.get(key)!);
  const big = sizes.at(-1)!;
  return [
    { about: `(c) p50 at row 90,000 of ${SALES} against row 0, without totalCount`, value: p50(`${SALES} far`) / p50(`${SALES} near`), unit: '×', goal: { atMost: 1.3 } },
    { about: `(c) p50 with ${big} sales against ${SMALL}, without totalCount`, value: p50(`${big} near`) / p50(`${SMALL} near`), unit: '×', ...(options.big ? { goal: { atMost: 1.3 } } : {}) },
    ...sizes.flatMap((sales): Finding[] => [
      { about: `(c) p50 with ${sales} sales`, value: p50(`${sales} near`), unit: 'ms' },
      { about: `(c) the same with totalCount`, value: p50(`${sales} total`), unit: 'ms' },
    ]),
  ];
}

// `npm run fuzz`: 20,000 bad requests to a gateway in this process, on the small graph of the tests; with `--real` on the four
// subgraphs over an empty database (on the server of TEST_DATABASE_URL, else on an embedded one). Says what came back and what the
// memory did, and ends with 1 where anything is wrong. `--seed N` and `--requests N` repeat or shorten it.
import { parseArgs } from 'node:util';
import { createLogger } from '../lib/log.ts';
import { SECRET } from '../tests/support/gateway-graph.ts';
import { startGateway } from '../tests/support/gateway-server.ts';
import { openReal, type RealGateway } from './fuzz/real.ts';
import { aftermath, ending, fuzz } from './fuzz/run.ts';
import { REAL, SMALL } from './fuzz/targets.ts';

const { values } = parseArgs({ options: { real: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' }, requests: { type: 'string', default: '20000' }, json: { type: 'boolean', default: false } } });
// Limits by address would only show that they work: everything comes from one.
const protection = { rates: { perAddress: 0 } };

/** What the server says of its own failures: how often each, and the first in full. */
const failures = new Map<string, { count: number; readonly first: string }>();
const log = createLogger({
  level: 'error',
  destination: {
    write(line) {
      const { msg, error } = JSON.parse(line) as { msg: string; error?: { message?: string } };
      const key = `${msg} ${error?.message ?? ''}`.slice(0, 300);
      const known = failures.get(key);
      if (known) known.count++;
      else failures.set(key, { count: 1, first: line.slice(0, 3_000) });
    },
  },
});

async function open(): Promise<RealGateway> {
  if (values.real) return openReal(process.env['TEST_DATABASE_URL'], log, protection);
  const running = await startGateway('local', { protection, log });
  return { gateway: running.gateway, secrets: [SECRET], close: () => running.close() };
}

/** A run takes minutes on a busy machine: who waits sees that it moves. */
function tellProgress(fired: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${fired} `);
  else if (fired % Math.max(1, Math.floor(requests / 10)) < requests / 100) console.error(`${fired} of ${requests}`);
}

const requests = Number(values.requests);
const { gateway, secrets, close } = await open();
const target = values.real ? REAL : SMALL;
const report = await fuzz({ gateway, target, requests, seed: Number(values.seed), secrets, rest: values.real, onProgress: tellProgress });
const wrong = await aftermath(gateway, target.valid[0]!);
const { refused } = gateway.protection;
wrong.push(...(await ending(close)));

if (values.json) console.log(JSON.stringify({ ...report, wrong, failures: [...failures] }, null, 2));
else {
  console.log(`\n${report.requests} bad requests in ${report.seconds} s (seed ${values.seed}, ${values.real ? 'real' : 'small'} graph); slowest answer ${report.slowest.ms} ms (${report.slowest.name}); refused for load: ${refused.load}`);
  console.log(`status  ${Object.entries(report.statuses).map(([status, count]) => `${status}: ${count}`).join('  ')}`);
  for (const { fired, heap, rss } of report.memory) console.log(`after ${String(fired).padStart(6)}  heap ${heap} MB  RSS ${rss} MB`);
  for (const { name, problem, count, request, answer } of report.problems) console.log(`\n${count} × ${name}: ${problem}\n> ${request}\n< ${answer}`);
  for (const sentence of wrong) console.log(`\nafterwards: ${sentence}`);
  for (const [key, { count, first }] of failures) console.log(`\nlogged ${count} × ${key}\n${first}`);
  if (report.problems.length === 0 && wrong.length === 0) console.log('Nothing is wrong.');
}
process.exitCode = report.problems.length === 0 && wrong.length === 0 ? 0 : 1;
// What could not be closed would keep the process.
if (wrong.length > 0) process.exit();

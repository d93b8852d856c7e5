// The short run of `npm run fuzz`: bad requests of every kind, and what they leave behind.
import { expect, inject, test, vi } from 'vitest';
import { silentLogger } from '../../lib/log.ts';
import { judge } from '../../tools/fuzz/judge.ts';
import { openReal } from '../../tools/fuzz/real.ts';
import { aftermath, ending, fuzz, type FuzzReport } from '../../tools/fuzz/run.ts';
import { REAL, SMALL } from '../../tools/fuzz/targets.ts';
import { SECRET } from '../support/gateway-graph.ts';
import { startGateway } from '../support/gateway-server.ts';

// Everything comes from one address; and a machine that runs other tests beside may well be late.
const protection = { rates: { perAddress: 0 }, overload: { lagMs: 0 } };
const TWO_MINUTES = 120_000;

function check({ problems, memory, statuses }: FuzzReport): void {
  expect(problems).toEqual([]);
  expect(Object.keys(statuses).length).toBeGreaterThan(8);
  expect(Object.keys(statuses).filter((status) => status.startsWith('5'))).toEqual([]);
  expect(memory.at(-1)!.heap - memory[2]!.heap).toBeLessThan(25);
}

test('the small graph: 1,000 bad requests are refused as documented, nothing leaks, nothing is left', async () => {
  const running = await startGateway('local', { protection });
  check(await fuzz({ gateway: running.gateway, target: SMALL, requests: 1_000, seed: 7, secrets: [SECRET], rest: false }));
  expect(await aftermath(running.gateway, SMALL.valid[0]!)).toEqual([]);
  expect(await ending(running.close)).toEqual([]);
}, TWO_MINUTES);

test('a gateway that sheds load refuses on every door with what is documented, and holds nothing of whom it sent away', async () => {
  const running = await startGateway('local', { protection: { rates: { perAddress: 0 }, overload: { lagMs: 0, requests: 1 } } });
  running.graph.crmDelayMs = TWO_MINUTES;
  const gone = new AbortController();
  const busy = fetch(`${running.gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ slow }"}', signal: gone.signal }).catch(() => null);
  await vi.waitFor(() => expect(running.graph.waiting).toBe(1));
  const { problems, statuses } = await fuzz({ gateway: running.gateway, target: SMALL, requests: 600, seed: 3, secrets: [SECRET], rest: false });
  expect(problems).toEqual([]);
  expect(statuses['503']).toBeGreaterThan(300);
  gone.abort();
  await busy;
  expect(await ending(running.close)).toEqual([]);
}, TWO_MINUTES);

test('the real subgraphs and the REST routes: 500 bad requests', async () => {
  const real = await openReal(inject('serverUrl'), silentLogger, protection);
  check(await fuzz({ gateway: real.gateway, target: REAL, requests: 500, seed: 11, secrets: real.secrets, rest: true }));
  expect(await aftermath(real.gateway, REAL.valid[0]!)).toEqual([]);
  expect(await ending(real.close)).toEqual([]);
}, TWO_MINUTES);

test.each([
  ['a refusal', 'HTTP/1.1 400 Bad Request\r\n\r\n{"errors":[{"message":"x","extensions":{"code":"BAD_REQUEST"}}]}', null],
  ['a documented 503', 'HTTP/1.1 503 Service Unavailable\r\n\r\n{"extensions":{"code":"OVERLOADED"}}', null],
  ['an undocumented 503', 'HTTP/1.1 503 Service Unavailable\r\n\r\n{}', 'status 503 is not documented'],
  ['a 500', 'HTTP/1.1 500 Internal Server Error\r\n\r\n', 'status 500 is not documented'],
  ['a failure under 200', 'HTTP/1.1 200 OK\r\n\r\n{"errors":[{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}', 'it failed on our side'],
  ['a stack', 'HTTP/1.1 400 Bad Request\r\n\r\nError: x\n    at parse (/srv/gateway/doors/body.ts:10:3)', 'a stack is in the answer'],
  ['a statement', 'HTTP/1.1 400 Bad Request\r\n\r\nsyntax error at or near "x"', 'a statement is in the answer'],
  ['a secret', 'HTTP/1.1 400 Bad Request\r\n\r\nhunter22', 'a secret is in the answer'],
])('the judge knows %s', (_what, text, problem) => expect(judge({ received: Buffer.from(text), hung: false, ms: 1 }, ['hunter22']).problem).toBe(problem));

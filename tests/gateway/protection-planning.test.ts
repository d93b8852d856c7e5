// An operation that is dear to plan keeps nobody waiting for longer than a request may take.
import { expect, test } from 'vitest';
import { Operations, type OperationsOptions } from '../../gateway/operations/index.ts';
import { OPEN } from '../../gateway/principal.ts';
import { createProtection } from '../../gateway/protection/index.ts';
import { clientGone, RequestContext } from '../../gateway/request.ts';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { PonteError } from '../../lib/errors.ts';
import { createGraph } from '../support/gateway-graph.ts';
import { createLogBook } from '../support/log-book.ts';

const supergraph = readSupergraph(createGraph().supergraphSdl);

function open(compiler: OperationsOptions['compiler']) {
  const log = createLogBook();
  const { rules } = createProtection({ overload: { lagMs: 0 } }, { load: () => 0, log });
  return { log, operations: new Operations({ supergraph, sources: {}, rules: { ...rules, introspection: true }, compiler, log }) };
}
const forEver = () => new Promise<never>(() => undefined);

test('a plan that never comes: the deadline holds, and says so with a status of its own', async () => {
  const { operations, log } = open(forEver);
  const request = new RequestContext({ deadlineMs: 20 });
  expect(await operations.prepare({ query: '{ wallets }' }, OPEN, { cancel: request.cancel })).toMatchObject({ status: 504, refused: true, errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }] });
  // Who comes when it is over already does not wait either.
  expect(await operations.prepare({ query: '{ wallets }' }, OPEN, { cancel: request.cancel })).toMatchObject({ status: 504 });
  expect(log.lines).toEqual([]);
  request.end();
});

test('a client that leaves while its operation is planned waits for nothing, and is no failure', async () => {
  const { operations, log } = open(forEver);
  const request = new RequestContext();
  const prepared = operations.prepare({ query: '{ wallets }' }, OPEN, { cancel: request.cancel });
  request.abort(clientGone());
  expect(await prepared).toMatchObject({ refused: true });
  expect(log.lines).toEqual([]);
});

test.each([
  [new Error('broken'), 500, 'INTERNAL_SERVER_ERROR'],
  [new PonteError('OVERLOADED', 'The gateway stopped planning', { retryable: true }), 503, 'OVERLOADED'],
  [new PonteError('QUERY_TOO_EXPENSIVE', 'Too expensive to plan'), undefined, 'QUERY_TOO_EXPENSIVE'],
])('%s in the planner is told with the status %s', async (error, status, code) => {
  const { operations } = open(() => Promise.reject(error));
  const prepared = await operations.prepare({ query: '{ wallets }' }, OPEN, { cancel: new RequestContext().cancel });
  expect(prepared).toMatchObject({ refused: true, errors: [{ extensions: { code } }] });
  expect((prepared as { status?: number }).status).toBe(status);
});

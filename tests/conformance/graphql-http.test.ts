// GraphQL over HTTP, as the audits of graphql-http ask for it, against the whole gateway: its own engine, rules and doors.
import { auditServer, serverAudits } from 'graphql-http';
import { afterEach, describe, expect, test } from 'vitest';
import { startGateway, type Running, type Topology } from '../support/gateway-server.ts';

let running: Running | undefined;
afterEach(() => running?.close());

/** Audits send GET requests as a form of another site could: the header tells the server that they are none. */
const fetchFn = (url: string, init: RequestInit = {}) =>
  fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...(init.method === 'POST' ? {} : { 'apollo-require-preflight': '1' }) } });

describe.each<Topology>(['local', 'remote'])('the gateway over %s subgraphs', (topology) => {
  test.each(['hive', 'apollo', 'stock'] as const)('passes every audit with the engine %s', async (engine) => {
    running = await startGateway(topology, { engine });
    const results = await auditServer({ url: `${running.gateway.url}/graphql`, fetchFn });
    expect(results.filter(({ status }) => status !== 'ok').map(({ id, name }) => `${id} ${name}`)).toEqual([]);
    expect(results).toHaveLength(61);
    expect(serverAudits({ url: running.gateway.url, fetchFn })).toHaveLength(61);
  });
});

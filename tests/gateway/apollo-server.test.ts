// The compiled graph inside an Apollo Server, by its gateway interface: the same answers, loading, reloading and stopping.
import { ApolloServer } from '@apollo/server';
import { describe, expect, test } from 'vitest';
import { createApolloServerGateway } from '../../gateway/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { createGraph } from '../support/gateway-graph.ts';

async function start() {
  const graph = createGraph();
  const gateway = createApolloServerGateway({
    supergraphSdl: graph.supergraphSdl,
    subgraphs: { erp: { kind: 'local', subgraph: graph.erp }, crm: { kind: 'local', subgraph: graph.crm } },
    log: silentLogger,
  });
  const server = new ApolloServer({ gateway, stopOnTerminationSignals: false, includeStacktraceInErrorResponses: false });
  await server.start();
  return {
    graph,
    gateway,
    stop: () => server.stop(),
    async ask(query: string, variables: Record<string, unknown> = {}) {
      const { body } = await server.executeOperation({ query, variables });
      return body.kind === 'single' ? body.singleResult : undefined;
    },
  };
}

describe('in an Apollo Server', () => {
  test('it answers across subgraphs, with variables and names', async () => {
    const { ask, stop } = await start();
    expect(await ask('query Q($n: Int!) { sales(first: $n) { id contact { name } } }', { n: 1 })).toEqual({ data: { sales: [{ id: 's0', contact: { name: 'Pessoa 0' } }] } });
    await stop();
  });

  test('errors keep their path and code', async () => {
    const { ask, stop } = await start();
    const { errors, data } = (await ask('{ politeFailure sales(first: 1) { id } }'))!;
    expect(data).toEqual({ politeFailure: null, sales: [{ id: 's0' }] });
    expect(errors).toEqual([expect.objectContaining({ path: ['politeFailure'], extensions: expect.objectContaining({ code: 'CONFLICT' }) })]);
    await stop();
  });

  test('a supergraph that cannot be used is refused, another one is taken at once', async () => {
    const { ask, gateway, graph, stop } = await start();
    await expect(gateway.replaceSupergraph('type Query { x: Int }')).rejects.toThrow(/supergraph/i);
    expect((await ask('{ __typename }'))?.data).toEqual({ __typename: 'Query' });
    await gateway.replaceSupergraph(graph.supergraphSdl.replaceAll('politeFailure', 'secretFailure2').replaceAll('secretFailure2', 'politeFailure'));
    expect((await ask('{ sales(first: 1) { id } }'))?.data).toEqual({ sales: [{ id: 's0' }] });
    await gateway.replaceSupergraph(graph.supergraphSdl.replace('  wallets: String! @join__field(graph: ERP)\n', ''));
    expect((await ask('{ wallets }'))?.errors?.[0]?.message).toContain('Cannot query field "wallets"');
    await stop();
  });
});

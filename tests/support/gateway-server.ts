// A gateway over the small graph, with its subgraphs in this process or behind HTTP, and the ways in which tests talk to it.
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Authenticator } from '../../gateway/auth/index.ts';
import type { Principal } from '../../gateway/principal.ts';
import { createGateway, type Caller, type Gateway, type GatewayOptions, type SubgraphPlace } from '../../gateway/index.ts';
import { serveSubgraph, type ServedSubgraph } from '../../lib/graphql/serve.ts';
import { createGraph, type Graph } from './gateway-graph.ts';
import { createLogBook } from './log-book.ts';

export { createLogBook, type LogLine } from './log-book.ts';
export { watch, type Watch } from './watch.ts';

/** Says who callers are, in a word. */
export const authBy = (decide: (caller: Caller) => Principal): Authenticator => ({
  required: true,
  authenticate: async (caller) => decide(caller as Caller),
  close: async () => undefined,
});

export type Topology = 'local' | 'remote';

export interface Running {
  readonly gateway: Gateway;
  readonly graph: Graph;
  readonly log: ReturnType<typeof createLogBook>;
  /** The servers of the remote topology. */
  readonly served: Readonly<Record<string, ServedSubgraph>>;
  readonly wsUrl: string;
  ask(query: string, variables?: object, headers?: Record<string, string>): Promise<{ status: number; data?: Record<string, unknown> | null; errors?: Problem[] }>;
  /** A graphql-ws client that does not reconnect; closed with the gateway. */
  connect(headers?: Record<string, string>): Client;
  close(): Promise<void>;
}
export interface Problem {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; hint?: string };
}

export async function startGateway(topology: Topology, options: Partial<GatewayOptions> = {}): Promise<Running> {
  const graph = createGraph();
  const log = createLogBook();
  const served: Record<string, ServedSubgraph> = {};
  const subgraphs: Record<string, SubgraphPlace> = {};
  for (const subgraph of [graph.erp, graph.crm]) {
    if (topology === 'local') subgraphs[subgraph.name] = { kind: 'local', subgraph };
    else {
      served[subgraph.name] = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, log });
      subgraphs[subgraph.name] = { kind: 'remote', url: served[subgraph.name]!.url };
    }
  }
  const gateway = await createGateway({ supergraphSdl: graph.supergraphSdl, subgraphs, log, host: '127.0.0.1', port: 0, production: false, ...options });
  const wsUrl = `${gateway.url.replace('http', 'ws')}/graphql`;
  const clients: Client[] = [];
  return {
    gateway,
    graph,
    log,
    served,
    wsUrl,
    async ask(query, variables, headers) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, ...((await response.json()) as object) };
    },
    connect(headers = {}) {
      const webSocketImpl = class extends WebSocket {
        constructor(url: string, protocol: string) {
          super(url, protocol, { headers });
        }
      };
      const client = createClient({ url: wsUrl, webSocketImpl, retryAttempts: 0 });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.terminate();
      await gateway.close({ timeoutMs: 500 });
      await Promise.all(Object.values(served).map((server) => server.close({ timeoutMs: 500 })));
    },
  };
}

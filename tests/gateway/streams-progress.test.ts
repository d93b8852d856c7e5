// The progress of real runs, seen by clients of the gateway who come at different times.
import { createClient, type Client } from 'graphql-ws';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createGateway, type Gateway, type SubgraphPlace } from '../../gateway/index.ts';
import { serveSubgraph, type ServedSubgraph } from '../../lib/graphql/serve.ts';
import { silentLogger as log } from '../../lib/log.ts';
import { createGestaoClickSubgraph } from '../../subgraphs/gestao-click/index.ts';
import { createInsightsSubgraph } from '../../subgraphs/insights/index.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import { createSyncSubgraph } from '../../subgraphs/sync/index.ts';
import { compose } from '../../tools/compose.ts';
import { watch, type Topology, type Watch } from '../support/gateway-server.ts';
import { createHarness, door, WALLET, type Harness } from '../support/sync.ts';

const ONE = 'subscription One($runId: ID) { syncProgress(runId: $runId) { id status progress { percent fetched } wallet { id } } }';
/** Does not select what tells the runs apart. */
const ALL = 'subscription All { syncProgress { status progress { fetched } } }';
const CHANGES = 'subscription Changes { recordsChanged(types: [SALE]) { change recordId sale { id number client { name } } } }';

interface House {
  readonly h: Harness;
  readonly gateway: Gateway;
  connect(): Client;
  close(): Promise<void>;
}

async function build(topology: Topology): Promise<House> {
  const h = await createHarness({ sales: 300 });
  const { database, engine } = h;
  const real = [createGestaoClickSubgraph({ database, log }), createKommoSubgraph({ database, log }), createSyncSubgraph({ database, engine, log }), createInsightsSubgraph({ database, log })];
  const served: ServedSubgraph[] = [];
  const subgraphs: Record<string, SubgraphPlace> = {};
  for (const subgraph of real) {
    if (topology === 'local') subgraphs[subgraph.name] = { kind: 'local', subgraph };
    else {
      const server = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, log });
      served.push(server);
      subgraphs[subgraph.name] = { kind: 'remote', url: server.url };
    }
  }
  const gateway = await createGateway({ supergraphSdl: compose(real).supergraphSdl, subgraphs, log, host: '127.0.0.1', port: 0, production: false });
  const clients: Client[] = [];
  return {
    h,
    gateway,
    connect() {
      const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.terminate();
      await gateway.close({ timeoutMs: 500 });
      await Promise.all(served.map((server) => server.close({ timeoutMs: 500 })));
      await h.close();
    },
  };
}

interface Progress {
  syncProgress: { id: string; status: string; progress: { percent: number | null; fetched: number } };
}
const states = ({ events }: Watch) => events.map(({ data }) => (data as unknown as Progress).syncProgress);

describe.each<Topology>(['local', 'remote'])('progress, subgraphs %s', (topology) => {
  let house: House;
  afterEach(() => house.close());

  /** Lets the run go on page by page, as the test says. */
  function holding() {
    let hold = door();
    let pages = 0;
    house.h.connector.onPage = async (_stream, _cursor, { signal }) => {
      pages++;
      await hold.opened;
      signal.throwIfAborted();
    };
    return {
      get pages() {
        return pages;
      },
      step() {
        const old = hold;
        hold = door();
        old.open();
      },
      end() {
        house.h.connector.onPage = async () => {};
        hold.open();
      },
    };
  }

  test('of one run: whoever comes, whenever, sees the current state at once and the last one, and completes', async () => {
    house = await build(topology);
    const { h, gateway } = house;
    const pace = holding();
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const early = [house.connect(), house.connect()].map((client) => watch(client, ONE, { runId: run.id }));
    await vi.waitFor(() => expect(early.every(({ events }) => events.length > 0)).toBe(true), { timeout: 5_000 });
    expect(gateway.load).toMatchObject({ subscriptions: 2, upstreams: 1 });
    const before = pace.pages;
    pace.step();
    await vi.waitFor(() => expect(pace.pages).toBeGreaterThan(before), { timeout: 5_000 });
    // What is current is what was told last: news come at most four times a second.
    await vi.waitFor(() => expect(early.map((seen) => states(seen).at(-1)?.status)).toEqual(['RUNNING', 'RUNNING']), { timeout: 5_000 });
    const young = watch(house.connect(), ONE, { runId: run.id });
    await vi.waitFor(() => expect(young.events.length).toBeGreaterThan(0), { timeout: 5_000 });
    expect(states(young)[0]).toMatchObject({ id: run.id, status: 'RUNNING' });
    await vi.waitFor(() => expect(gateway.load).toMatchObject({ subscriptions: 3, upstreams: 1 }));
    pace.end();
    for (const seen of [...early, young]) {
      expect(await seen.ended).toBe('complete');
      const last = states(seen).at(-1);
      expect(last).toMatchObject({ status: 'SUCCEEDED', progress: { percent: 100 } });
      const fetched = states(seen).map(({ progress }) => progress.fetched);
      expect(fetched).toEqual(fetched.toSorted((a, b) => a - b));
    }
    const after = watch(house.connect(), ONE, { runId: run.id });
    expect(await after.ended).toBe('complete');
    expect(states(after).map(({ status }) => status)).toEqual(['SUCCEEDED']);
    await vi.waitFor(() => expect(gateway.load).toMatchObject({ subscriptions: 0, upstreams: 0 }));
  });

  test('of all runs, without the id: a latecomer is given what is current, and then hears the same stream', async () => {
    house = await build(topology);
    const { h, gateway } = house;
    const first = watch(house.connect(), ALL);
    await h.sync();
    await vi.waitFor(() => expect(states(first).at(-1)).toMatchObject({ status: 'SUCCEEDED' }), { timeout: 5_000 });
    expect(JSON.stringify(first.events)).not.toContain('streamKey');
    const known = states(first).at(-1);
    const told = first.events.length;
    const latecomers = [house.connect(), house.connect(), house.connect()].map((client) => watch(client, ALL));
    await vi.waitFor(() => expect(latecomers.map((late) => states(late)[0])).toEqual([known, known, known]), { timeout: 5_000 });
    await vi.waitFor(() => expect(gateway.load).toMatchObject({ subscriptions: 4, upstreams: 1 }), { timeout: 8_000 });
    expect(first.events).toHaveLength(told);
    await h.sync('INCREMENTAL');
    await vi.waitFor(() => {
      for (const seen of [first, ...latecomers]) expect(states(seen).filter(({ status }) => status === 'SUCCEEDED').length).toBeGreaterThanOrEqual(2);
    }, { timeout: 5_000 });
    for (const seen of [first, ...latecomers]) seen.stop();
    await vi.waitFor(() => expect(gateway.load).toMatchObject({ subscriptions: 0, upstreams: 0 }));
  });

  test('a reload of the graph closes sockets with a reason by which clients come again, and the next subscription works', async () => {
    house = await build(topology);
    const { h, gateway } = house;
    const changes = watch(house.connect(), CHANGES);
    const progress = watch(house.connect(), ALL);
    await vi.waitFor(() => expect(gateway.load).toMatchObject({ subscriptions: 2, upstreams: 2 }));
    await gateway.replaceSupergraph(`${gateway.graph.supergraph.sdl}\n# another one\n`);
    for (const seen of [changes, progress]) expect(await seen.ended).toMatchObject({ error: { code: 1012, reason: expect.stringMatching(/graph/i) } });
    const again = watch(house.connect(), CHANGES);
    await vi.waitFor(() => expect(gateway.load).toMatchObject({ subscriptions: 1, upstreams: 1 }));
    // A stream hears what happens after it stands at the subgraph, which nobody here is told: so it happens until it is heard.
    await vi.waitFor(
      async () => {
        await h.sync('FULL');
        await h.database.pool.query(`UPDATE gestao_click.sale SET content_hash = 'another'`);
        expect(again.events.length).toBeGreaterThan(0);
      },
      { timeout: 20_000, interval: 200 },
    );
    const { recordsChanged } = again.events[0]!.data as unknown as { recordsChanged: { recordId: string; sale: { id: string; number: string } } };
    expect(recordsChanged.sale).toMatchObject({ id: recordsChanged.recordId, number: expect.any(String) });
  });
});

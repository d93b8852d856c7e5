// The example clients against a running Ponte: typed answers over HTTP, live progress and changes over graphql-ws.
import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createApollo, createApolloOverHttp, createEvents, createUrql } from '../../examples/clients.ts';
import { DEFERRED_SALES, type DeferredSales } from '../../examples/deferred.ts';
import {
  RecordsChangedDocument,
  SalesWithCrmDocument,
  StartSyncDocument,
  SyncProgressDocument,
  type RecordsChangedSubscription,
  type SyncProgressSubscription,
} from '../../examples/operations.generated.ts';
import { startPonte, type RunningPonte } from '../support/ponte.ts';

let ponte: RunningPonte;
beforeAll(async () => {
  ponte = await startPonte();
}, 120_000);
afterAll(() => ponte?.close());

const options = () => ({ url: `${ponte.gateway.url}/graphql`, webSocketImpl: WebSocket });

describe('Apollo Client', () => {
  test('a typed query over HTTP', async () => {
    const { client, dispose } = createApollo(options());
    const { data } = await client.query({ query: SalesWithCrmDocument, variables: { first: 5, filter: { kinds: ['PRODUCT'] } } });
    const [first] = data!.sales!.edges;
    expect(data!.sales!.edges).toHaveLength(5);
    expect(first!.node).toMatchObject({ kind: 'PRODUCT', total: expect.stringMatching(/^\d+\.\d\d/) });
    dispose();
  });

  test('a run from its first state to its last', async () => {
    const { client, dispose } = createApollo(options());
    const { data } = await client.mutate({ mutation: StartSyncDocument, variables: { input: { provider: 'GESTAO_CLICK', mode: 'FULL' } } });
    const runId = data!.startSync!.run.id;
    const states = await new Promise<NonNullable<SyncProgressSubscription['syncProgress']>[]>((resolve, reject) => {
      const seen: NonNullable<SyncProgressSubscription['syncProgress']>[] = [];
      client.subscribe({ query: SyncProgressDocument, variables: { runId } }).subscribe({
        next: (event) => void (event.data?.syncProgress && seen.push(event.data.syncProgress)),
        error: reject,
        complete: () => resolve(seen),
      });
    });
    expect(states.every((state) => state.id === runId && state.wallet?.name === 'Matriz')).toBe(true);
    expect(['QUEUED', 'RUNNING']).toContain(states[0]!.status);
    expect(states.at(-1)).toMatchObject({ status: 'SUCCEEDED', progress: { percent: 100 } });
    dispose();
  });
});

describe('Apollo Client over HTTP alone', () => {
  test('a list, and behind it what was deferred', async () => {
    const client = createApolloOverHttp(options());
    const seen: DeferredSales[] = [];
    await new Promise<void>((resolve, reject) => {
      const watch = client.watchQuery({ query: DEFERRED_SALES, variables: { first: 20 } }).subscribe({
        next: ({ data, dataState, error }) => {
          if (error) reject(error);
          if (data !== undefined) seen.push(structuredClone(data) as DeferredSales);
          if (dataState !== 'complete') return;
          watch.unsubscribe();
          resolve();
        },
        error: reject,
      });
    });
    const clients = ({ sales }: DeferredSales) => sales!.edges.flatMap(({ node }) => (node.client === null ? [] : [node.client]));
    expect(clients(seen[0]!).length).toBeGreaterThan(10);
    expect(clients(seen[0]!).some((each) => 'contact' in each)).toBe(false);
    expect(clients(seen.at(-1)!).every((each) => 'contact' in each)).toBe(true);
    expect(clients(seen.at(-1)!).some(({ contact }) => contact != null)).toBe(true);
    client.stop();
  });

  test('a run to its end, as a multipart answer', async () => {
    const client = createApolloOverHttp(options());
    const { data } = await client.mutate({ mutation: StartSyncDocument, variables: { input: { provider: 'KOMMO', mode: 'FULL', streams: ['contacts'] } } });
    const states: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client.subscribe({ query: SyncProgressDocument, variables: { runId: data!.startSync!.run.id } }).subscribe({
        next: (event) => void states.push(event.data!.syncProgress!.status),
        error: reject,
        complete: resolve,
      });
    });
    expect(states.at(-1)).toBe('SUCCEEDED');
    client.stop();
  });
});

describe('server-sent events', () => {
  test('a run to its end', async () => {
    const { client, dispose } = createApollo(options());
    const { data } = await client.mutate({ mutation: StartSyncDocument, variables: { input: { provider: 'KOMMO', mode: 'FULL', streams: ['deals'] } } });
    const events = createEvents(options());
    const states: string[] = [];
    const stream = events.iterate<SyncProgressSubscription>({ query: print(SyncProgressDocument), variables: { runId: data!.startSync!.run.id } });
    for await (const event of stream) states.push(event.data!.syncProgress!.status);
    expect(states.at(-1)).toBe('SUCCEEDED');
    events.dispose();
    dispose();
  });
});

describe('urql', () => {
  test('a typed query, and errors with their codes', async () => {
    const { client, dispose } = createUrql(options());
    const good = await client.query(SalesWithCrmDocument, { first: 2 }).toPromise();
    expect(good.data?.sales?.edges).toHaveLength(2);
    const bad = await client.query(SalesWithCrmDocument, { first: 201 }).toPromise();
    expect(bad.error?.graphQLErrors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    dispose();
  });

  test('a change in the CRM arrives, joined to the client of the ERP', async () => {
    const { client, dispose } = createUrql(options());

    const [deal] = await ponte.database.prisma.$queryRaw<{ external_id: string; id: string }[]>`
      SELECT d.external_id, d.id FROM kommo.deal d JOIN kommo.deal_contact c ON c.deal_id = d.id
      JOIN insights.identity_link l ON l.crm_id = c.contact_id AND l.kind = 'CLIENT_CONTACT' AND l.status = 'LINKED' LIMIT 1`;
    type Change = NonNullable<RecordsChangedSubscription['recordsChanged']>;
    const arrived = new Promise<Change>((resolve, reject) => {
      const subscription = client.subscription(RecordsChangedDocument, { types: ['DEAL'] }).subscribe(({ data, error }) => {
        if (error) reject(error);
        if (data?.recordsChanged?.deal?.id !== deal!.id) return;
        subscription.unsubscribe();
        resolve(data.recordsChanged);
      });
    });
    await expect.poll(() => ponte.gateway.load.subscriptions).toBe(1);
    ponte.crm.control.mutate({ do: 'update', entity: 'leads', id: Number(deal!.external_id), set: { name: 'Pedido alterado agora' } });
    await client.mutation(StartSyncDocument, { input: { provider: 'KOMMO', mode: 'INCREMENTAL', streams: ['deals'] } }).toPromise();
    const change = await arrived;
    expect(change).toMatchObject({ type: 'DEAL', change: 'UPDATED', deal: { name: 'Pedido alterado agora' } });
    expect(change.deal!.contacts.some((item) => item.contact.client !== null)).toBe(true);
    await expect.poll(() => ponte.gateway.load.subscriptions).toBe(0);
    dispose();
  });
});

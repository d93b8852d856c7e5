// Another supergraph under a running gateway: no request is lost, what is invalid is refused, streams come back, nothing piles up.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient } from 'graphql-ws';
import { createClient as createSseClient } from 'graphql-sse';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchSupergraphFile, type SupergraphFile } from '../../cli/supergraph-file.ts';
import { Overload } from '../../gateway/protection/overload.ts';
import { createTelemetry, type Telemetry } from '../../gateway/telemetry/index.ts';
import { createLogBook, startGateway, type Running } from '../support/gateway-server.ts';

const JOINED = '{ sales(first: 2) { id contact { name } } }';
const EXPECTED = { sales: [{ id: 's0', contact: { name: 'Pessoa 0' } }, { id: 's1', contact: { name: 'Pessoa 1' } }] };
/** The same graph under another hash. */
const version = (sdl: string, n: number) => `${sdl}\n# ${n}\n`;

let running: Running;
let telemetry: Telemetry;
const log = createLogBook();
beforeEach(async () => {
  log.lines.length = 0;
  telemetry = createTelemetry({ log, processMetrics: false });
  running = await startGateway('local', { log, telemetry, deadlineMs: 2_000, mutationDeadlineMs: 2_000 });
});
afterEach(() => running.close());
const count = async (outcome: string) => Number(new RegExp(`ponte_supergraph_reloads_total\\{outcome="${outcome}"\\} (\\d+)`).exec(await telemetry.metrics())?.[1]);

describe('another supergraph', () => {
  test('is taken 20 times under load, with an invalid one between, and no request is lost', async () => {
    const { gateway, graph } = running;
    let going = true;
    let answered = 0;
    const clients = Array.from({ length: 4 }, async () => {
      while (going) {
        const { status, data, errors } = await running.ask(JOINED);
        expect([status, data, errors]).toEqual([200, EXPECTED, undefined]);
        answered++;
      }
    });
    for (let n = 1; n <= 20; n++) {
      await gateway.replaceSupergraph(version(graph.supergraphSdl, n));
      if (n === 10) await expect(gateway.replaceSupergraph('type Query { nothing: Int }')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      const before = answered;
      await vi.waitFor(() => expect(answered).toBeGreaterThan(before), { interval: 2 });
    }
    going = false;
    await Promise.all(clients);
    expect([await count('taken'), await count('refused')]).toEqual([20, 1]);
    expect(log.lines.filter(({ level }) => level === 'error').map(({ text }) => text)).toEqual([expect.stringContaining('Another supergraph was refused, and the one before is served on')]);
  });

  test('is known to the operations used last before it serves, and keeps the counts of its predecessor', async () => {
    await running.ask(JOINED);
    await running.ask(JOINED);
    const hits = async () => Number(/^ponte_operation_hits_total (\d+)/m.exec(await telemetry.metrics())![1]);
    const before = await hits();
    await running.gateway.replaceSupergraph(version(running.graph.supergraphSdl, 1));
    expect(running.gateway.graph.operations.stats).toMatchObject({ operations: 1, compiled: 1 });
    expect(await hits()).toBeGreaterThanOrEqual(before);
  });

  test('is no reason to refuse anybody, however long it holds the event loop up', async () => {
    const overload = new Overload({ lagMs: 50, requests: 0, load: () => 100, log });
    const turns = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const until = performance.now() + 300;
        while (performance.now() < until);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const done = overload.excuse();
    await turns(3);
    done();
    expect([overload.lagMs, overload.admit()]).toEqual([0, null]);
    await turns(3);
    expect(overload.shedding).toBe(true);
    overload.close();
  });

  test('makes subscribers over WebSocket and SSE come back by themselves', async () => {
    const heard = { ws: [] as unknown[], sse: [] as unknown[] };
    let connections = 0;
    const query = 'subscription { saleChanged { change } }';
    const ws = createClient({ url: running.wsUrl, webSocketImpl: WebSocket, retryWait: async () => undefined, on: { connected: () => void connections++ } });
    const sse = createSseClient({ url: `${running.gateway.url}/graphql/stream`, retry: async () => undefined });
    const problems: unknown[] = [];
    const sink = (into: unknown[]) => ({ next: ({ data }: { data?: unknown }) => void into.push(data), error: (error: unknown) => void problems.push(error), complete: () => void problems.push('complete') });
    const stops = [ws.subscribe({ query }, sink(heard.ws)), sse.subscribe({ query }, sink(heard.sse))];
    // Both share one primary upstream.
    await vi.waitFor(() => expect(running.gateway.load.subscriptions).toBe(2));
    await vi.waitFor(() => expect(running.graph.changes.readers).toBe(1));
    running.graph.changes.publish({ change: 'one', id: 's0' });
    await vi.waitFor(() => expect([heard.ws, heard.sse].map((one) => one.length)).toEqual([1, 1]));
    await running.gateway.replaceSupergraph(version(running.graph.supergraphSdl, 1));
    await vi.waitFor(() => expect([connections, running.gateway.load.subscriptions, running.graph.changes.readers]).toEqual([2, 2, 1]));
    running.graph.changes.publish({ change: 'two', id: 's0' });
    const both = [{ saleChanged: { change: 'one' } }, { saleChanged: { change: 'two' } }];
    await vi.waitFor(() => expect(heard).toEqual({ ws: both, sse: both }));
    expect(problems).toEqual([]);
    for (const stop of stops) stop();
    await ws.dispose();
    sse.dispose();
  });

  test('lets an operation that runs on a WebSocket end before the socket is closed', async () => {
    running.graph.crmDelayMs = 300;
    let connections = 0;
    const client = createClient({ url: running.wsUrl, webSocketImpl: WebSocket, retryAttempts: 0, lazyCloseTimeout: 10_000, on: { connected: () => void connections++ } });
    const waited = new Promise((resolve, reject) => client.subscribe({ query: 'mutation { wait }' }, { next: ({ data }) => resolve(data), error: reject, complete: () => undefined }));
    await vi.waitFor(() => expect(running.graph.waiting).toBe(1));
    await running.gateway.replaceSupergraph(version(running.graph.supergraphSdl, 1));
    expect(await waited).toEqual({ wait: 'waited' });
    expect(connections).toBe(1);
    await vi.waitFor(() => expect(running.gateway.load.sockets).toBe(0));
    await client.dispose();
  });

  test('leaves no memory and no planner behind, 50 times over', async () => {
    await running.close();
    running = await startGateway('local', { log, telemetry, deadlineMs: 1, mutationDeadlineMs: 1 });
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const reload = async (from: number, to: number) => {
      for (let n = from; n < to; n++) await running.gateway.replaceSupergraph(version(running.graph.supergraphSdl, n));
      await vi.waitFor(() => expect(running.gateway.load.requests).toBe(0));
      collect();
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      return process.memoryUsage();
    };
    await reload(0, 20);
    const before = await reload(20, 30);
    const after = await reload(30, 80);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(4 * 1024 * 1024);
    expect(after.rss - before.rss).toBeLessThan(48 * 1024 * 1024);
  }, 60_000);
});

describe('the file of the supergraph', () => {
  let folder: string;
  let file: SupergraphFile | undefined;
  const taken: string[] = [];
  let refuse = false;
  const open = async (options: { pollMs?: number } = {}) => {
    const path = join(folder, 'supergraph.graphql');
    await writeFile(path, 'zero');
    file = await watchSupergraphFile('zero', {
      path,
      log,
      settleMs: 10,
      ...options,
      take: async (sdl) => {
        taken.push(sdl);
        if (refuse) throw new Error('invalid');
      },
    });
    return path;
  };
  beforeEach(async () => {
    taken.length = 0;
    refuse = false;
    folder = await mkdtemp(join(tmpdir(), 'ponte-supergraph-'));
  });
  afterEach(async () => {
    await file?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('is read when it is written, and when another takes its place', async () => {
    const path = await open();
    await writeFile(path, 'one');
    await vi.waitFor(() => expect(taken).toEqual(['one']));
    await writeFile(join(folder, 'next'), 'two');
    await rename(join(folder, 'next'), path);
    await vi.waitFor(() => expect(taken).toEqual(['one', 'two']));
    await rm(path);
    await writeFile(path, 'three');
    await vi.waitFor(() => expect(taken).toEqual(['one', 'two', 'three']));
  });

  test('what was refused is not tried again by itself, but by hand, and a mended file is taken', async () => {
    const path = await open();
    refuse = true;
    await writeFile(path, 'bad');
    await vi.waitFor(() => expect(taken).toEqual(['bad']));
    await file!.reload();
    expect(taken).toEqual(['bad', 'bad']);
    refuse = false;
    await writeFile(path, 'good');
    await vi.waitFor(() => expect(taken.at(-1)).toBe('good'));
    await file!.reload();
    expect(taken.filter((one) => one === 'good')).toHaveLength(1);
  });

  test('is seen by its time where nobody tells of changes', async () => {
    const real = join(folder, 'real');
    await writeFile(real, 'zero');
    const { symlink } = await import('node:fs/promises');
    const link = join(folder, 'link');
    await symlink(real, link);
    file = await watchSupergraphFile('zero', { path: link, log, settleMs: 5, pollMs: 20, take: async (sdl) => void taken.push(sdl) });
    await writeFile(real, 'one');
    await vi.waitFor(() => expect(taken).toEqual(['one']));
  });
});

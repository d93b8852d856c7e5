// The process of the clients: many graphql-transport-ws sockets, each with one subscription, told over IPC what to do.
import { WebSocket } from 'ws';
import { now } from './graph.ts';

/** From the bench to the clients. */
export type Order =
  | { readonly do: 'open'; readonly group: string; readonly url: string; readonly runs: readonly string[]; readonly count: number }
  /** Waits until every socket of the group has the state with this number. */
  | { readonly do: 'await'; readonly group: string; readonly n: number }
  | { readonly do: 'end' };
export type Reply =
  | { readonly done: 'open' }
  | { readonly done: 'await'; readonly report: Report };
export interface Report {
  readonly sockets: number;
  /** Sockets that have the newest state, which is the last. */
  readonly complete: number;
  readonly events: number;
  /** Sockets to which an older state came after a newer one. */
  readonly disordered: number;
  /** States that were replaced by newer ones before they were sent. */
  readonly skipped: number;
  readonly wrong: number;
  /** From the change of the state to its arrival, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const QUERY = 'subscription Progress($id: ID!) { progress(id: $id) { id n at status wallet { name } } }';
const AT_ONCE = 100;
const PATIENCE_MS = 15_000;

interface Seen {
  readonly socket: WebSocket;
  readonly run: string;
  n: number;
  events: number;
  skipped: number;
  disordered: boolean;
  wrong: boolean;
}
const groups = new Map<string, { readonly seen: Seen[]; latencies: number[] }>();

interface Message {
  readonly type: string;
  readonly payload?: { readonly data?: { readonly progress: { readonly id: string; readonly n: number; readonly at: number; readonly wallet: { readonly name: string } } } };
}

/** Resolves with the first state. */
function subscribe(url: string, run: string, group: { seen: Seen[]; latencies: number[] }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    const seen: Seen = { socket, run, n: -1, events: 0, skipped: 0, disordered: false, wrong: false };
    group.seen.push(seen);
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (bytes: Buffer) => {
      const arrived = now();
      const { type, payload } = JSON.parse(bytes.toString()) as Message;
      if (type === 'connection_ack') return socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: { id: run } } }));
      const state = payload?.data?.progress;
      if (type !== 'next' || state?.id !== run || state.wallet.name !== `Wallet of wallet of ${run}`) {
        seen.wrong = true;
        return;
      }
      seen.events++;
      if (state.n < seen.n) seen.disordered = true;
      // The first is the state of an earlier moment.
      if (seen.n >= 0) {
        group.latencies.push(arrived - state.at);
        seen.skipped += Math.max(0, state.n - seen.n - 1);
      }
      seen.n = state.n;
      resolve();
    });
  });
}

async function open({ group: name, url, runs, count }: Extract<Order, { do: 'open' }>): Promise<void> {
  const group = { seen: [] as Seen[], latencies: [] as number[] };
  groups.set(name, group);
  for (let i = 0; i < count; i += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, j) => subscribe(url, runs[(i + j) % runs.length]!, group)));
  }
}

async function arrival({ group: name, n }: Extract<Order, { do: 'await' }>): Promise<Report> {
  const { seen, latencies } = groups.get(name)!;
  const until = performance.now() + PATIENCE_MS;
  while (seen.some((each) => each.n < n) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10;
  const sum = (of: (each: Seen) => number) => seen.reduce((total, each) => total + of(each), 0);
  return {
    sockets: seen.length,
    complete: sum((each) => (each.n === n ? 1 : 0)),
    events: sum(({ events }) => events),
    disordered: sum(({ disordered }) => (disordered ? 1 : 0)),
    skipped: sum(({ skipped }) => skipped),
    wrong: sum(({ wrong }) => (wrong ? 1 : 0)),
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  };
}

const tell = (reply: Reply): void => void process.send!(reply);

process.on('message', (order: Order) => {
  void (async () => {
    if (order.do === 'open') {
      await open(order);
      tell({ done: 'open' });
    } else if (order.do === 'await') {
      tell({ done: 'await', report: await arrival(order) });
      groups.get(order.group)!.latencies = [];
    } else process.exit(0);
  })();
});

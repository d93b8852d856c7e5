// Talks to a gateway in another process as a frontend does: HTTP for questions, graphql-ws for streams.
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from './sync.ts';

export interface Problem {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly hint?: string };
}

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
export type Data = any;

export interface GraphAnswer {
  readonly status: number;
  readonly data: Data;
  readonly errors?: readonly Problem[];
}

/** A stream and what it gave so far. */
export interface Watched {
  readonly events: Data[];
  readonly ended: Promise<'complete' | { readonly error: unknown }>;
  /** Waits until an event is as wanted. */
  until(wanted: (event: Data) => boolean, timeoutMs?: number): Promise<Data>;
}

export interface GraphClient {
  readonly url: string;
  /** The answer as it is, errors included. */
  send(query: string, variables?: object): Promise<GraphAnswer>;
  /** The data; an error fails the test. */
  ask(query: string, variables?: object): Promise<Data>;
  watch(query: string, variables?: Record<string, unknown>): Watched;
  /** Status and JSON of any other path. */
  get(path: string, init?: RequestInit): Promise<{ status: number; body: Data }>;
  close(): void;
}

export function graphClient(url: string): GraphClient {
  const sockets: Client[] = [];
  const send = async (query: string, variables: object = {}): Promise<GraphAnswer> => {
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) });
    return { status: response.status, ...((await response.json()) as { data: Data; errors?: Problem[] }) };
  };
  return {
    url,
    send,
    async ask(query, variables) {
      const { data, errors } = await send(query, variables);
      if (errors) throw new Error(JSON.stringify(errors, null, 2));
      return data;
    },
    watch(query, variables = {}) {
      const client = createClient({ url: `${url.replace(/^http/, 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
      sockets.push(client);
      const events: Data[] = [];
      const ended = new Promise<'complete' | { error: unknown }>((resolve) => {
        client.subscribe({ query, variables }, { next: (event) => void events.push(event), error: (error) => resolve({ error }), complete: () => resolve('complete') });
      });
      return { events, ended, until: (wanted, timeoutMs = 30_000) => until(() => events.find(wanted) as Data, timeoutMs) };
    },
    async get(path, init) {
      const response = await fetch(`${url}${path}`, init);
      return { status: response.status, body: await response.json() };
    },
    close: () => {
      for (const client of sockets.splice(0)) client.terminate();
    },
  };
}

export const RUN = `id provider mode trigger status waitingFor resumesAt
  progress { percent fetched total written unchanged deleted rejected }
  streams { name status fetched total written unchanged rejected requests outcome message checkpoint }
  error { code message hint retryable }`;
export const START_SYNC = `mutation Start($input: StartSyncInput!) { startSync(input: $input) { started run { ${RUN} } } }`;
export const SYNC_RUN = `query Run($id: ID!) { syncRun(id: $id) { ${RUN} } }`;
export const SYNC_PROGRESS = `subscription Progress($runId: ID) { syncProgress(runId: $runId) { ${RUN} wallet { id name } } }`;

/** Which statuses may follow which, itself included (events are coalesced, so steps may be left out). */
const FOLLOWERS: Readonly<Record<string, readonly string[]>> = {
  QUEUED: ['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
  RUNNING: ['RUNNING', 'WAITING', 'QUEUED', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
  WAITING: ['WAITING', 'RUNNING', 'QUEUED', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
};

/** The first step that a run may not take; null where all are legal. */
export function illegalStep(statuses: readonly string[]): string | null {
  for (const [index, status] of statuses.entries()) {
    const next = statuses[index + 1];
    if (next !== undefined && !FOLLOWERS[status]?.includes(next)) return `${status} -> ${next}`;
  }
  return null;
}

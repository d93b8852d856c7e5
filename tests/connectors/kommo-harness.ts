// What the tests of the Kommo connector share: a connector over a simulator, its log, and readers of whole streams.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { createKommoConnector } from '../../connectors/kommo/index.ts';
import { createLogger, silentLogger } from '../../lib/log.ts';
import { startKommoSimulator, type World } from '../../simulators/index.ts';
import type { KommoSimulator, KommoSimulatorOptions } from '../../simulators/kommo/index.ts';
import type { Connector, FetchedPage, Partition, QuotaGate, ReadContext, Row, Stream } from '../../sync/types.ts';

export const WALLET = '6f9619ff-8b86-5011-b42d-00c04fc964ff';

export interface Rig {
  readonly simulator: KommoSimulator;
  readonly connector: Connector;
  readonly token: string;
  /** Everything that was logged so far. */
  logged(): string;
  /** Penalties that the gate was told. */
  readonly penalties: { readonly waitMs: number; readonly reason: string }[];
  close(): Promise<void>;
}

export interface RigOptions extends Omit<KommoSimulatorOptions, 'world'> {
  readonly world: World;
  readonly token?: string;
  readonly timeoutMs?: number;
  readonly retryAttempts?: number;
}

export const memoryLog = () => {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { log: createLogger({ level: 'debug', destination }), logged: () => text };
};

export const recordingGate = (penalties: { waitMs: number; reason: string }[]): QuotaGate => ({
  acquire: async (signal) => signal.throwIfAborted(),
  penalize: async (waitMs, reason) => {
    penalties.push({ waitMs, reason });
  },
});

/** A simulator without limits, and a connector to it with debug lines on. */
export async function startRig({ world, token: given, timeoutMs = 5_000, retryAttempts = 2, ...options }: RigOptions): Promise<Rig> {
  const simulator = await startKommoSimulator({ world, limits: false, ...options });
  const token = given ?? (await simulator.token());
  const { log, logged } = memoryLog();
  const penalties: { waitMs: number; reason: string }[] = [];
  const connector = createKommoConnector({ apiUrl: simulator.url, token, timeoutMs, retryAttempts, retryDelayMs: 1, debug: true, gate: recordingGate(penalties), log });
  return {
    simulator,
    connector,
    token,
    logged,
    penalties,
    async close() {
      await connector.close();
      await simulator.close();
    },
  };
}

/** Another connector to the same account, as another process would hold. */
export const connectTo = (apiUrl: string, token: string): Connector =>
  createKommoConnector({ apiUrl, token, timeoutMs: 5_000, retryAttempts: 0, retryDelayMs: 1, debug: false, gate: recordingGate([]), log: silentLogger });

export const contextOf = (more: Partial<ReadContext> = {}): ReadContext => ({
  walletId: WALLET,
  mode: 'FULL',
  watermark: null,
  since: null,
  startedAt: new Date(),
  signal: new AbortController().signal,
  ...more,
});

export const streamOf = (connector: Connector, name: string): Stream => {
  const stream = connector.streams.find((one) => one.name === name);
  if (!stream) throw new Error(`no stream ${name}`);
  return stream;
};

export interface Reading {
  readonly pages: readonly FetchedPage[];
  readonly rows: readonly Row[];
  readonly ids: readonly string[];
  readonly fetched: number;
  others(table: string): readonly Row[];
}

/** Reads a stream to its end, page after page; the cursor travels as JSON, as it does through a checkpoint. */
export async function readAll(stream: Stream, context: ReadContext = contextOf(), between: (page: FetchedPage, partition: Partition) => void = () => {}): Promise<Reading> {
  const pages: FetchedPage[] = [];
  for (const partition of await stream.partitions(context)) {
    let cursor: Partition['start'] | null = partition.start;
    while (cursor !== null) {
      const page: FetchedPage = await stream.page(context, partition, JSON.parse(JSON.stringify(cursor)) as Partition['start']);
      pages.push(page);
      between(page, partition);
      cursor = page.next;
    }
  }
  const records = pages.flatMap((page) => page.records);
  return {
    pages,
    rows: records.map((record) => record.row),
    ids: records.map((record) => record.externalId),
    fetched: pages.reduce((total, page) => total + page.fetched, 0),
    others: (table) => records.flatMap((record) => record.others?.[table] ?? []),
  };
}

/** A server that answers with whatever the test wants; `asked` holds the requests that came. */
export async function serve(answer: (request: IncomingMessage) => { status?: number; body?: unknown; headers?: Record<string, string> }) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { status = 200, body, headers } = answer(request);
    response.writeHead(status, { 'content-type': 'application/hal+json', ...headers });
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

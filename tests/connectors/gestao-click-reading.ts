// Reads streams as the engine does, without a database: plan, pages in order, later rows over earlier ones.
import { createGestaoClickConnector, type GestaoClickOptions } from '../../connectors/gestao-click/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { createWorld, startGestaoClickSimulator, type GestaoClickSimulator, type GestaoClickSimulatorOptions, type WorldOptions, type WorldPreset } from '../../simulators/index.ts';
import type { Connector, FetchedPage, ParsedRecord, Partition, QuotaGate, ReadContext, RejectedRecord, Row, Stream } from '../../sync/types.ts';

export const TODAY = '2026-09-30';
export const WALLET = '7b0e7e1c-0a3c-5a53-9a55-3c1f4d5b2a10';
export const TOKENS = { accessToken: 'a1b2c3d4e5'.repeat(4), secretToken: 'f6e7d8c9b0'.repeat(4) };

export const openQuota: QuotaGate = { acquire: async (signal) => signal.throwIfAborted(), penalize: async () => {} };

/** Simulators and connectors of one test file, closed together. */
export class Bench {
  readonly #open: (() => Promise<void>)[] = [];

  async simulator(options: Partial<GestaoClickSimulatorOptions> = {}, world: WorldOptions & { preset?: WorldPreset } = { preset: 'small', today: TODAY }): Promise<GestaoClickSimulator> {
    const simulator = await startGestaoClickSimulator({ world: createWorld(world), limits: false, ...TOKENS, ...options });
    this.#open.push(() => simulator.close());
    return simulator;
  }

  connector(apiUrl: string, options: Partial<GestaoClickOptions> = {}): Connector {
    const connector = createGestaoClickConnector({
      apiUrl,
      ...TOKENS,
      timeoutMs: 10_000,
      retryAttempts: 2,
      retryDelayMs: 1,
      debug: false,
      gate: openQuota,
      log: silentLogger,
      ...options,
    });
    this.#open.push(() => connector.close());
    return connector;
  }

  /** Anything else to be closed. */
  add(close: () => Promise<void>): void {
    this.#open.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#open.splice(0).toReversed()) await close();
  }
}

export const context = (more: Partial<ReadContext> = {}): ReadContext => ({
  walletId: WALLET,
  mode: 'FULL',
  watermark: null,
  since: null,
  startedAt: new Date(`${TODAY}T15:00:00Z`),
  signal: new AbortController().signal,
  ...more,
});

export function streamOf(connector: Connector, name: string): Stream {
  const stream = connector.streams.find((one) => one.name === name);
  if (!stream) throw new Error(`There is no stream ${name}`);
  return stream;
}

export interface Reading {
  readonly partitions: readonly Partition[];
  readonly pages: readonly FetchedPage[];
  /** All records that came, in order. */
  readonly records: readonly ParsedRecord[];
  readonly rejected: readonly RejectedRecord[];
  readonly fetched: number;
  /** What stands in each table at the end, by primary key. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Row>>;
}

export async function read(stream: Stream, about: ReadContext = context()): Promise<Reading> {
  const partitions = await stream.partitions(about);
  const pages: FetchedPage[] = [];
  for (const partition of partitions) {
    for (let cursor: FetchedPage['next'] = partition.start; cursor !== null; ) {
      const page: FetchedPage = await stream.page(about, partition, cursor);
      pages.push(page);
      cursor = page.next;
    }
  }
  const records = pages.flatMap((page) => page.records);
  const tables = new Map<string, Map<string, Row>>();
  const latest = new Map(records.map((record) => [record.externalId, record]));
  stream.tables.forEach((spec, position) => {
    const rows = tables.get(spec.name) ?? new Map<string, Row>();
    for (const record of latest.values()) {
      for (const row of position === 0 ? [record.row] : (record.others?.[spec.name] ?? [])) rows.set(spec.key.map((column) => row[column]).join('|'), row);
    }
    tables.set(spec.name, rows);
  });
  return { partitions, pages, records, rejected: pages.flatMap((page) => page.rejected), fetched: pages.reduce((total, page) => total + page.fetched, 0), tables };
}

export const rowsOf = (reading: Reading, table: string): Row[] => [...(reading.tables.get(`gestao_click.${table}`)?.values() ?? [])];

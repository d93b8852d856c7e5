// The write path alone: parsed sales, with items, instalments and attributes, to committed rows; beside it, COPY of the same
// rows into the same tables, from text encoded beforehand. Both in turns, so that a busy machine slows both.
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Database } from '../prisma/index.ts';
import { contentHash, copyLine, encodeRow } from '../sync/encode.ts';
import type { Connector, ParsedRecord, ReadContext, Row, TableSpec } from '../sync/index.ts';
import { statementsOf } from '../sync/statements.ts';
import { writeRecords } from '../sync/writer.ts';

const ROUNDS = 4;
/** Records of one transaction: about what the engine's batches of 5,000 rows hold. */
const BATCH_RECORDS = 1_500;

async function readAll(connector: Connector, walletId: string): Promise<{ tables: readonly TableSpec[]; records: ParsedRecord[] }> {
  const stream = connector.streams.find(({ name }) => name === 'sales')!;
  const context: ReadContext = { walletId, mode: 'FULL', watermark: null, since: null, startedAt: new Date(), signal: new AbortController().signal };
  const records = new Map<string, ParsedRecord>();
  for (const name of stream.after) {
    // What the sales need to know from other streams is learnt by reading those.
    const before = connector.streams.find((other) => other.name === name)!;
    for (const partition of await before.partitions(context)) for (let cursor: typeof partition.start | null = partition.start; cursor !== null; ) ({ next: cursor } = await before.page(context, partition, cursor));
  }
  for (const partition of await stream.partitions(context)) {
    for (let cursor: typeof partition.start | null = partition.start; cursor !== null; ) {
      const page = await stream.page(context, partition, cursor);
      for (const record of page.records) records.set(record.externalId, record);
      cursor = page.next;
    }
  }
  return { tables: stream.tables, records: [...records.values()] };
}

const rowsFor = (tables: readonly TableSpec[], spec: TableSpec, records: readonly ParsedRecord[]): Row[] => {
  if (spec === tables[0]) return records.map((record) => record.row);
  const scope = Object.entries(spec.scope ?? {});
  const rows = records.flatMap((record) => record.others?.[spec.name] ?? []).filter((row) => scope.every(([column, value]) => row[column] === value));
  return [...new Map(rows.map((row) => [spec.key.map((column) => row[column]).join('|'), row])).values()];
};

async function empty(database: Database, tables: readonly TableSpec[]): Promise<void> {
  await database.pool.query(`TRUNCATE ${[...new Set(tables.map((spec) => spec.name))].join(', ')}`);
}

/** A table of rows per second for first writes, unchanged rows and the limit. */
export async function measureWritePath(database: Database, connector: Connector, walletId: string): Promise<string> {
  const { tables, records } = await readAll(connector, walletId);
  const encoded = await database.transaction(async (client) => {
    const all = [];
    for (const spec of tables) {
      const { columns, hasHash } = await statementsOf(client, spec);
      const rows = rowsFor(tables, spec, records).map((row) => encodeRow(spec, row));
      const text = rows.map(({ row, text: json }) => copyLine(spec, row, hasHash ? contentHash([json]) : null));
      all.push({ spec, count: rows.length, chunks: chunksOf(text), sql: `COPY ${spec.name} (${columns.map(pg.escapeIdentifier).join(', ')}) FROM STDIN` });
    }
    return all;
  });
  const rows = encoded.reduce((all, table) => all + table.count, 0);

  const write = async (): Promise<number> => {
    const started = performance.now();
    for (let start = 0; start < records.length; start += BATCH_RECORDS) {
      await database.transaction((client) => writeRecords(client, tables, records.slice(start, start + BATCH_RECORDS)));
    }
    return performance.now() - started;
  };
  const copy = async (): Promise<number> => {
    const started = performance.now();
    await database.transaction(async (client) => {
      for (const { sql, chunks } of encoded) {
        const stream = client.query(copyFrom(sql));
        for (const chunk of chunks) stream.write(chunk);
        stream.end();
        await finished(stream);
      }
    });
    return performance.now() - started;
  };

  const first: number[] = [];
  const again: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await empty(database, tables);
    raw.push(await copy());
    await empty(database, tables);
    first.push(await write());
    again.push(await write());
  }
  const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;
  const speed = (times: readonly number[]): string => String(Math.round(rows / (median(times) / 1000))).padStart(8);
  const share = (times: readonly number[]): string => (median(raw) / median(times)).toFixed(2);
  return [
    `Write path: ${records.length} sales, ${rows} rows in ${tables.length} tables, median of ${ROUNDS}`,
    `  COPY, encoded beforehand  ${speed(raw)} rows/s`,
    `  first write               ${speed(first)} rows/s   ${share(first)} x COPY   (aim: 0.50)`,
    `  all unchanged             ${speed(again)} rows/s   ${share(again)} x COPY`,
  ].join('\n');
}

function chunksOf(lines: readonly string[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < lines.length; start += 500) chunks.push(Buffer.from(lines.slice(start, start + 500).join('')));
  return chunks;
}

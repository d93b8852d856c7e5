// What is left to read, and of how much: pure decisions over streams, partitions and checkpoints.
import { badInput } from '../lib/errors.ts';
import type { ProgressBasis } from './api.ts';
import type { Cursor, Json, Partition, Stream, SyncMode } from './types.ts';

/** Where the reading of a stream stands, as it is stored: enough for another process, with another plan, to go on. */
export interface Checkpoint {
  /** When the reading began: the upper end of its windows, and its watermark. */
  readonly startedAt: string;
  /** Partitions that are read, with the records that each had. */
  readonly done: Readonly<Record<string, number>>;
  /** Records that the provider announced for those partitions with their last page, where it did. */
  readonly announced?: Readonly<Record<string, number>>;
  /** The partition in hand. */
  readonly partition: string | null;
  readonly cursor: Cursor | null;
  /** Records read of the partition in hand. */
  readonly fetched: number;
}

export const newCheckpoint = (startedAt: Date): Checkpoint => ({ startedAt: startedAt.toISOString(), done: {}, partition: null, cursor: null, fetched: 0 });

/** A stored checkpoint, or a new one where nothing was stored. */
export const readCheckpoint = (stored: Json, startedAt: Date): Checkpoint => (stored === null ? newCheckpoint(startedAt) : (stored as unknown as Checkpoint));

/** A partition with the place where its reading goes on. */
export interface Part {
  readonly partition: Partition;
  readonly cursor: Cursor;
  readonly fetched: number;
}

/** What is left of a plan, in its order. The partition in hand comes first, so that its checkpoint is not overtaken. */
export function remaining(partitions: readonly Partition[], checkpoint: Checkpoint): Part[] {
  const left = partitions.filter((partition) => checkpoint.done[partition.key] === undefined);
  const parts = left.map((partition): Part => {
    const inHand = partition.key === checkpoint.partition && checkpoint.cursor !== null;
    return inHand ? { partition, cursor: checkpoint.cursor, fetched: checkpoint.fetched } : { partition, cursor: partition.start, fetched: 0 };
  });
  return parts.toSorted((a, b) => Number(b.partition.key === checkpoint.partition) - Number(a.partition.key === checkpoint.partition));
}

/** The checkpoint after a page. `total`: records of the whole partition, where the page tells. */
export function advance(checkpoint: Checkpoint, key: string, fetched: number, next: Cursor | null, total?: number): Checkpoint {
  const sofar = fetched + (checkpoint.partition === key ? checkpoint.fetched : 0);
  if (next !== null) return { ...checkpoint, partition: key, cursor: next, fetched: sofar };
  const announced = total === undefined ? {} : { announced: { ...checkpoint.announced, [key]: total } };
  return { ...checkpoint, done: { ...checkpoint.done, [key]: sofar }, ...announced, partition: null, cursor: null, fetched: 0 };
}

/** Records that were announced for the partitions that are read, and that did not come. */
export const missingOf = ({ done, announced = {} }: Checkpoint): number => Object.entries(announced).reduce((all, [key, total]) => all + Math.max(0, total - (done[key] ?? 0)), 0);

/** Records of the whole stream, and how we know. `totals` holds what the provider announced for partitions not yet done. */
export function totalOf(checkpoint: Checkpoint, open: readonly string[], totals: ReadonlyMap<string, number>, usual: number | null): { total: number | null; basis: ProgressBasis } {
  const done = Object.values(checkpoint.done).reduce((all, count) => all + count, 0);
  if (open.every((key) => totals.has(key))) return { total: open.reduce((all, key) => all + totals.get(key)!, done), basis: 'COUNTED' };
  if (usual === null || usual === 0) return { total: null, basis: 'UNKNOWN' };
  return { total: Math.max(usual, done + checkpoint.fetched), basis: 'ESTIMATED' };
}

/** Streams to read, each after those it names. BAD_USER_INPUT for a name that the connector does not have. */
export function orderStreams(streams: readonly Stream[], asked: readonly string[]): Stream[] {
  const byName = new Map(streams.map((stream) => [stream.name, stream]));
  const unknown = asked.filter((name) => !byName.has(name));
  if (unknown.length > 0) throw badInput(`No such stream: ${unknown.join(', ')}. There are: ${[...byName.keys()].join(', ')}.`, { field: 'streams' });
  const ordered = new Set<Stream>();
  const visit = (stream: Stream, path: readonly Stream[]): void => {
    if (ordered.has(stream) || path.includes(stream)) return;
    for (const name of stream.after) {
      const before = byName.get(name);
      if (before) visit(before, [...path, stream]);
    }
    ordered.add(stream);
  };
  for (const stream of streams) visit(stream, []);
  return [...ordered].filter((stream) => asked.length === 0 || asked.includes(stream.name));
}

/** True where this reading sees every record of the stream. */
export const readsAll = (stream: Stream, mode: SyncMode): boolean => mode === 'FULL' || stream.incremental.startsWith('full');

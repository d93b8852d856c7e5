// How a stream is divided: one part for a plain list; else a part for each `tipo` and store; for titles also windows of
// effective day. Pages are numbered in ascending order of ids, so all parts may be read in parallel pages.
import { addDays, daysBetween, saoPauloToday } from '../../lib/time.ts';
import type { Json, Partition, ReadContext } from '../../sync/types.ts';
import type { Filters, GestaoClickClient } from './client.ts';
import { DOCUMENTS_AHEAD_DAYS, PAGE_SIZE, PAGES_PER_WINDOW, type Endpoint, type Reach } from './endpoints.ts';
import type { OpenTitles } from './open-titles.ts';
import type { RunMemory } from './run-memory.ts';
import { isObject } from './scalars.ts';

/** `from` and `to` inclusive, `YYYY-MM-DD`. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

export interface Planner {
  readonly client: GestaoClickClient;
  readonly memory: RunMemory;
  readonly reach: Reach;
  readonly openTitles: OpenTitles;
}

/** The filters of a part, as they go into the query. */
export const filtersOf = (params: Partition['params']): Filters => params as Filters;

const partition = (filters: Filters, expected?: number | null): Partition => ({
  key: Object.values(filters).join('/') || 'all',
  start: { page: 1 },
  params: filters,
  parallel: true,
  ...(expected === undefined || expected === null ? {} : { expected }),
});

/** When the last good run started, from its watermark `{ at }`; null where there is none. */
function lastRun(watermark: Json): Date | null {
  const at = isObject(watermark) ? watermark['at'] : null;
  const instant = typeof at === 'string' ? new Date(at) : null;
  return instant === null || Number.isNaN(instant.getTime()) ? null : instant;
}

/** First day that an incremental run reads; null where all is read. `since` goes before the watermark and its look-back. */
export function incrementalFrom({ mode, since, watermark }: ReadContext, lookbackDays: number): string | null {
  if (mode === 'FULL') return null;
  if (since !== null) return saoPauloToday(since);
  const last = lastRun(watermark);
  return last === null ? null : addDays(saoPauloToday(last), -lookbackDays);
}

/**
 * Watermark after a complete read: the start of the run, where the reading began on the day that was due or before it; else
 * the stored one, since what lies between was not read.
 */
export function watermarkOf({ window }: Pick<Endpoint, 'window'>, context: ReadContext, reach: Reach): Json {
  const lookbackDays = window === 'effective day' ? reach.titleLookbackDays : reach.documentLookbackDays;
  const from = window === null ? null : incrementalFrom(context, lookbackDays);
  const due = incrementalFrom({ ...context, since: null }, lookbackDays);
  return from !== null && (due === null || from > due) ? context.watermark : { at: context.startedAt.toISOString() };
}

const windowFilters = ({ from, to }: Window): Filters => ({ data_inicio: from, data_fim: to });

/** Two halves, the earlier one first; null where the window is a single day. */
export function halves({ from, to }: Window): [Window, Window] | null {
  const days = daysBetween(from, to);
  if (days < 1) return null;
  const middle = addDays(from, Math.floor((days - 1) / 2));
  return [{ from, to: middle }, { from: addDays(middle, 1), to }];
}

/** Windows longer than this (days) hold little far from today: they are cut near it, so that few probes find nothing. */
const LONG_WINDOW_DAYS = 2 * 366;
/** The part of a long window that is kept together with today. */
const NEAR_PART = 8;

/** Two parts of a window, the earlier one first: at today, near today, or in the middle; null where it is a single day. */
export function cut(window: Window, today: string): [Window, Window] | null {
  const { from, to } = window;
  const days = daysBetween(from, to);
  if (days <= LONG_WINDOW_DAYS) return halves(window);
  const near = Math.floor(days / NEAR_PART);
  const last = from < today && today < to ? today : to <= today ? addDays(to, -near) : addDays(from, near);
  return [{ from, to: last }, { from: addDays(last, 1), to }];
}

/** Every store where the list covers one store only; one empty filter elsewhere, and where the account has no stores. */
async function storeFilters(endpoint: Endpoint, context: ReadContext, memory: RunMemory): Promise<Filters[]> {
  const stores = endpoint.perStore ? await memory.stores(context) : [];
  return stores.length === 0 ? [{}] : stores.map((store) => ({ loja_id: store }));
}

/**
 * Asks for the first page of a window: it tells the total, and is kept for the reading, so a window that need not be
 * split costs nothing. Above the limit the window is cut in two.
 */
async function titleWindows(
  endpoint: Endpoint,
  context: ReadContext,
  planner: Planner,
  store: Filters,
  window: Window,
): Promise<Partition[]> {
  const filters = { ...store, ...windowFilters(window) };
  const page = await planner.client.list({ path: endpoint.path, filters, page: 1, signal: context.signal });
  const parts = (page.total ?? 0) > PAGES_PER_WINDOW * PAGE_SIZE ? cut(window, saoPauloToday(context.startedAt)) : null;
  if (parts === null) {
    const planned = partition(filters, page.total);
    planner.memory.keepPage(context, endpoint.stream + planned.key, page);
    return [planned];
  }
  const found: Partition[] = [];
  for (const part of parts) found.push(...(await titleWindows(endpoint, context, planner, store, part)));
  return found;
}

/** First effective day to read: where all is read, the farthest; else the oldest open title's, and at least the look-back. */
async function titlesFrom(endpoint: Endpoint, context: ReadContext, { reach, openTitles }: Planner): Promise<string> {
  const from = incrementalFrom(context, reach.titleLookbackDays);
  if (from === null) return addDays(saoPauloToday(context.startedAt), -reach.titlesPastDays);
  if (context.since !== null) return from;
  const oldest = await openTitles.oldest(context, endpoint.stream === 'payables' ? 'PAYABLE' : 'RECEIVABLE');
  return oldest !== null && oldest < from ? oldest : from;
}

/** The parts of a stream, in reading order. Throws PonteError (PROVIDER_*). */
export async function plan(endpoint: Endpoint, context: ReadContext, planner: Planner): Promise<readonly Partition[]> {
  const { memory, reach } = planner;
  const stores = await storeFilters(endpoint, context, memory);
  const today = saoPauloToday(context.startedAt);
  if (endpoint.window === 'effective day') {
    const window = { from: await titlesFrom(endpoint, context, planner), to: addDays(today, reach.titlesAheadDays) };
    const found: Partition[] = [];
    for (const store of stores) found.push(...(await titleWindows(endpoint, context, planner, store, window)));
    return found;
  }
  const from = endpoint.window === 'business day' ? incrementalFrom(context, reach.documentLookbackDays) : null;
  const window = from === null ? {} : windowFilters({ from, to: addDays(today, DOCUMENTS_AHEAD_DAYS) });
  const tipos: readonly Filters[] = endpoint.tipos?.map((tipo) => ({ tipo })) ?? [{}];
  return tipos.flatMap((tipo) => stores.map((store) => partition({ ...tipo, ...store, ...window })));
}

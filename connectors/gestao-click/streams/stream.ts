// One stream of Gestão Click: an endpoint, a wire schema, and the function that turns one record into rows. A record that
// cannot be read is rejected with the path of its field; the page goes on.
import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import { PonteError } from '../../../lib/errors.ts';
import type {
  Cursor,
  FetchedPage,
  Json,
  ParsedRecord,
  Partition,
  ReadContext,
  RejectedRecord,
  Stream,
  TableSpec,
} from '../../../sync/types.ts';
import type { Filters, ListPage } from '../client.ts';
import type { Endpoint, SaleTipo } from '../endpoints.ts';
import type { Outcome, StatusFacts } from '../outcome.ts';
import { filtersOf, plan, watermarkOf, type Planner } from '../plan.ts';
import { isObject } from '../scalars.ts';
import { isTorn, reaches, type PageFacts } from '../seams.ts';

/** Parsed in one go; between them other work gets its turn, above all a request whose moment has come. */
const ROWS_AT_ONCE = 10;

/** Where a record comes from: what its own fields do not say. */
export interface Origin {
  readonly walletId: string;
  /** `tipo` under which it was listed. */
  readonly tipo: SaleTipo | null;
  /** External id of the store whose list it stood in. */
  readonly store: string | null;
  /** The record as it came. */
  readonly raw: Json;
}

export interface StreamSpec<S extends z.ZodType> {
  readonly endpoint: Endpoint;
  readonly tables: readonly TableSpec[];
  readonly wire: S;
  readonly toRecord: (wire: z.output<S>, origin: Origin, house: House) => ParsedRecord;
}

/** What all streams of one connector share. */
export interface House extends Planner {
  readonly outcomeOf: (status: StatusFacts) => Outcome;
}

/** Keys that a rejected record carries beside its own fields, so that it can be parsed again later. */
const TIPO_KEY = '@tipo';
const STORE_KEY = '@loja_id';

const idOf = (raw: unknown): string | null => {
  const id = isObject(raw) ? raw['id'] : null;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
};

/** `pagamentos.0.valor: expected a decimal, got "abc"`, at most three of them. */
function unreadable({ issues }: z.ZodError): PonteError {
  const all = issues.map(({ path, message }) => `${path.join('.') || 'record'}: ${message}`);
  const told = all.slice(0, 3).join('; ') + (all.length > 3 ? `; and ${all.length - 3} more` : '');
  return new PonteError('PROVIDER_UNEXPECTED_RESPONSE', told, { field: issues[0]?.path.join('.') || 'record' });
}

function parseRecord<S extends z.ZodType>(spec: StreamSpec<S>, origin: Origin, house: House): ParsedRecord {
  const result = spec.wire.safeParse(origin.raw);
  if (result.success) return spec.toRecord(result.data, origin, house);
  throw unreadable(result.error);
}

function rejected(origin: Origin, error: PonteError): RejectedRecord {
  const { raw, tipo, store } = origin;
  const beside = { ...(tipo ? { [TIPO_KEY]: tipo } : {}), ...(store ? { [STORE_KEY]: store } : {}) };
  const payload = isObject(raw) ? ({ ...raw, ...beside } as Json) : raw;
  return { externalId: idOf(raw), code: error.code, message: error.message, payload };
}

const tipoOf = (value: unknown): SaleTipo | null =>
  value === 'produto' || value === 'servico' || value === 'vendas_balcao' ? value : null;

/** The record and its origin, from a stored payload. */
function originOf(walletId: string, payload: Json): Origin {
  if (!isObject(payload)) return { walletId, tipo: null, store: null, raw: payload };
  const { [TIPO_KEY]: tipo, [STORE_KEY]: store, ...raw } = payload;
  return { walletId, tipo: tipoOf(tipo), store: typeof store === 'string' ? store : null, raw: raw as Json };
}

/**
 * The page of a cursor `{ page, from?, after? }`: its number, and where the reading goes on with it what stood last on the
 * page before. Throws INTERNAL_SERVER_ERROR for a cursor that this connector did not make.
 */
function placeIn(cursor: Cursor): { readonly number: number; readonly before: PageFacts | undefined } {
  const { page, from, after } = cursor;
  if (typeof page !== 'number' || !Number.isInteger(page) || page < 1) {
    throw new PonteError('INTERNAL_SERVER_ERROR', 'A checkpoint of Gestão Click holds no page number.');
  }
  const before = from === page && page > 1 ? { at: -Infinity, total: null, lastId: typeof after === 'string' ? after : null, ends: false } : undefined;
  return { number: page, before };
}

/** Makes the stream that the engine reads. */
export function createStream<S extends z.ZodType>(spec: StreamSpec<S>, house: House): Stream {
  const { endpoint } = spec;

  const factsOf = ({ at, total, rows, next }: ListPage): PageFacts => ({ at, total, lastId: rows.map(idOf).findLast((id) => id !== null) ?? null, ends: next === null });

  /** Rows of a page as it is now, and of those before it until one reaches back to `lastId`. */
  async function lookBack(context: ReadContext, filters: Filters, from: number, lastId: string | null): Promise<unknown[]> {
    const rows: unknown[] = [];
    for (let page = from; page >= 1; page--) {
      const list = await house.client.list({ path: endpoint.path, filters, page, signal: context.signal });
      rows.push(...list.rows);
      if (lastId === null ? list.rows.length > 0 : reaches(list.rows.map(idOf), lastId)) break;
    }
    return rows;
  }

  /** What slipped between a page and its neighbours while they were read. Whichever of two comes later looks. */
  async function slipped(context: ReadContext, filters: Filters, key: string, { number, before }: ReturnType<typeof placeIn>, facts: PageFacts): Promise<unknown[]> {
    const { seams } = house.memory;
    const rows: unknown[] = [];
    const earlier = seams.at(context, key, number - 1) ?? before;
    const later = seams.at(context, key, number + 1);
    seams.note(context, key, number, facts);
    if (earlier && isTorn(earlier, facts)) rows.push(...(await lookBack(context, filters, number - 1, earlier.lastId)));
    if (later && isTorn(facts, later)) rows.push(...(await lookBack(context, filters, number, facts.lastId)));
    return rows;
  }

  async function page(context: ReadContext, partition: Partition, cursor: Cursor): Promise<FetchedPage> {
    const place = placeIn(cursor);
    const { number } = place;
    const filters = filtersOf(partition.params);
    const key = endpoint.stream + partition.key;
    const kept = number === 1 ? house.memory.takePage(context, key) : undefined;
    const list = kept ?? (await house.client.list({ path: endpoint.path, filters, page: number, signal: context.signal }));
    const facts = factsOf(list);
    const again = await slipped(context, filters, key, place, facts);
    if (endpoint.stream === 'stores' && number === 1 && list.next === null) house.memory.learnStores(context, list.rows);
    // Within a page the last version of a record stands for it; what was asked again is newer.
    const records = new Map<string, ParsedRecord>();
    const refused: RejectedRecord[] = [];
    const whence = { walletId: context.walletId, tipo: tipoOf(filters['tipo']), store: filters['loja_id'] ?? null };
    for (const [index, row] of [...list.rows, ...again].entries()) {
      if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate();
      const origin: Origin = { ...whence, raw: row as Json };
      try {
        const record = parseRecord(spec, origin, house);
        records.set(record.externalId, record);
      } catch (error) {
        if (!(error instanceof PonteError)) throw error;
        // A record that was put aside with its own page is not put aside twice.
        if (index < list.rows.length || !refused.some(({ externalId }) => externalId === idOf(row))) refused.push(rejected(origin, error));
      }
    }
    return {
      records: [...records.values()],
      rejected: refused,
      fetched: list.rows.length,
      // `after`: where this reading breaks off here, the one that goes on sees by it what slipped meanwhile.
      next: list.next === null ? null : { page: list.next, from: list.next, after: facts.lastId },
      ...(list.total === null ? {} : { total: list.total }),
    };
  }

  return {
    name: endpoint.stream,
    after: endpoint.after,
    tables: spec.tables,
    incremental: endpoint.incremental,
    partitions: (context) => plan(endpoint, context, house),
    page,
    watermark: (context) => watermarkOf(endpoint, context, house.reach),
    parse: (walletId, payload) => parseRecord(spec, originOf(walletId, payload), house),
  };
}

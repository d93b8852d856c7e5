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
import type { Endpoint, SaleTipo } from '../endpoints.ts';
import type { Outcome, StatusFacts } from '../outcome.ts';
import { filtersOf, plan, type Planner } from '../plan.ts';
import { isObject } from '../scalars.ts';

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

/** The page of a cursor `{ page }`. Throws INTERNAL_SERVER_ERROR for one that this connector did not make. */
function pageOf(cursor: Cursor): number {
  const { page } = cursor;
  if (typeof page === 'number' && Number.isInteger(page) && page >= 1) return page;
  throw new PonteError('INTERNAL_SERVER_ERROR', 'A checkpoint of Gestão Click holds no page number.');
}

/** Makes the stream that the engine reads. */
export function createStream<S extends z.ZodType>(spec: StreamSpec<S>, house: House): Stream {
  const { endpoint } = spec;

  async function page(context: ReadContext, partition: Partition, cursor: Cursor): Promise<FetchedPage> {
    const number = pageOf(cursor);
    const filters = filtersOf(partition.params);
    const kept = number === 1 ? house.memory.takePage(context, endpoint.stream + partition.key) : undefined;
    const list = kept ?? (await house.client.list({ path: endpoint.path, filters, page: number, signal: context.signal }));
    if (endpoint.stream === 'stores' && number === 1 && list.next === null) house.memory.learnStores(context, list.rows);
    // Within a page the last version of a record stands for it.
    const records = new Map<string, ParsedRecord>();
    const refused: RejectedRecord[] = [];
    const place = { walletId: context.walletId, tipo: tipoOf(filters['tipo']), store: filters['loja_id'] ?? null };
    for (const [index, row] of list.rows.entries()) {
      if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate();
      const origin: Origin = { ...place, raw: row as Json };
      try {
        const record = parseRecord(spec, origin, house);
        records.set(record.externalId, record);
      } catch (error) {
        if (!(error instanceof PonteError)) throw error;
        refused.push(rejected(origin, error));
      }
    }
    return {
      records: [...records.values()],
      rejected: refused,
      fetched: list.rows.length,
      next: list.next === null ? null : { page: list.next },
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
    watermark: ({ startedAt }) => ({ at: startedAt.toISOString() }),
    parse: (walletId, payload) => parseRecord(spec, originOf(walletId, payload), house),
  };
}

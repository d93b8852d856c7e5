// What a caller of the REST routes may say, in the query string or the body, checked before anything is asked of the graph.
import { z } from 'zod';
import { badInput } from '../../lib/errors.ts';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;
/** Lists are read by page number up to here; beyond, by the cursor of the GraphQL API. */
export const MAX_OFFSET = 10_000;

/** An empty parameter (`?query=`) counts as absent. */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const whole = (name: string, min: number, max: number) =>
  optional(
    z
      .string(`${name} is given more than once`)
      .regex(/^\d{1,9}$/, `${name} must be a whole number`)
      .transform(Number)
      .pipe(z.number().min(min, `${name} must be at least ${min}`).max(max, `${name} must be at most ${max}`)),
  );

const day = (name: string) => optional(z.iso.date(`${name} must be a day such as 2026-01-31`));
const text = (name: string) => optional(z.string(`${name} is given more than once`).trim().max(200, `${name} is longer than 200 characters`));
const walletId = optional(z.uuid('walletId must be the id of a wallet'));

const ListQuery = z
  .object({
    page: whole('page', 1, 999_999_999),
    limit: whole('limit', 1, MAX_LIMIT),
    query: text('query'),
    dateFrom: day('dateFrom'),
    dateTo: day('dateTo'),
    data_inicio: day('data_inicio'),
    data_fim: day('data_fim'),
  })
  .transform(({ page = 1, limit = DEFAULT_LIMIT, query, dateFrom, dateTo, data_inicio, data_fim }) => ({
    page,
    limit,
    offset: (page - 1) * limit,
    query: query || undefined,
    dateFrom: dateFrom ?? data_inicio,
    dateTo: dateTo ?? data_fim,
  }));

/** Page, size, search and days of a list. */
export type ListQuery = z.output<typeof ListQuery>;

const mode = z.enum(['FULL', 'INCREMENTAL'], 'mode must be FULL or INCREMENTAL');

const SyncBody = z.object({
  walletId,
  mode: mode.default('INCREMENTAL'),
  streams: z.array(z.string().min(1).max(100), 'streams must be a list of names').max(50, 'streams has more than 50 names').nullish(),
  since: z.iso.datetime({ offset: true, error: 'since must be an instant such as 2026-01-31T00:00:00Z' }).nullish(),
});
const ScheduleBody = z.object({
  walletId,
  cron: z.string('cron must be a text such as "0 2 * * *"').min(1).max(100).default('0 2 * * *'),
  timeZone: z.string('timeZone must be a name such as America/Sao_Paulo').min(1).max(100).default('America/Sao_Paulo'),
  mode: mode.default('INCREMENTAL'),
  enabled: z.boolean('enabled must be true or false').default(true),
  fullCron: z.string('fullCron must be a text such as "0 1 * * 0"').min(1).max(100).nullish(),
});
const WalletChoice = z.object({ walletId });

function read<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw badInput(`${what} must be a JSON object`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const field = issues[0]?.path.join('.');
  throw badInput(issues.map(({ message }) => message).join('; '), field ? { field } : {});
}

/** Refuses pages that are too far for page numbers, and names the way that has no end. */
export function readList(query: unknown): ListQuery {
  const list = read(ListQuery, query, 'The query');
  if (list.offset > MAX_OFFSET) {
    throw badInput(`Pages end at record ${MAX_OFFSET.toLocaleString('en-US')}`, {
      field: 'page',
      hint: 'To read further, ask POST /graphql with the cursor: `first`, and `after` set to pageInfo.endCursor.',
    });
  }
  if (list.dateFrom !== undefined && list.dateTo !== undefined && list.dateFrom > list.dateTo) throw badInput('dateFrom is after dateTo', { field: 'dateFrom' });
  return list;
}

/** A body wins over the query string; a request without a body is an empty one. */
const given = (query: object, body: unknown): unknown => (body === undefined ? { ...query } : body !== null && typeof body === 'object' && !Array.isArray(body) ? { ...query, ...body } : body);

export const readSync = (query: object, body: unknown) => read(SyncBody, given(query, body), 'The body');
export const readSchedule = (query: object, body: unknown) => read(ScheduleBody, given(query, body), 'The body');
export const readWallet = (query: object, body: unknown) => read(WalletChoice, given(query, body), 'The body');

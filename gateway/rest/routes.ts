// The REST routes: which operation each runs, from which input, and how its answer is told.
import { connectionErrorCode } from '../../lib/connection.ts';
import { badInput, PonteError } from '../../lib/errors.ts';
import { saoPauloInstant } from '../../lib/time.ts';
import { failure, flatten, success, type Failure, type Success } from './answer.ts';
import * as operations from './operations.ts';
import { MAX_LIMIT, readList, readSchedule, readSync, readWallet, type ListQuery } from './query.ts';

/** Runs a stored operation; the first error of an answer without usable data is thrown. */
export type Ask = (query: string, variables: Record<string, unknown>) => Promise<Record<string, unknown>>;

export interface RestInput {
  readonly query: Record<string, unknown>;
  /** undefined where the request has no body. */
  readonly body: unknown;
}

export interface RestRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly what: string;
  answer(input: RestInput, ask: Ask): Promise<Success | Failure>;
}

type Provider = 'GESTAO_CLICK' | 'KOMMO';
const NAMES: Readonly<Record<Provider, string>> = { GESTAO_CLICK: 'Gestão Click', KOMMO: 'Kommo' };

interface List {
  edges: { node: unknown }[];
  totalCount: number;
  totalCountExact?: boolean;
}
interface Run {
  id: string;
  status: string;
  progress: { percent: number | null } | null;
}

/** A list of records by page number. */
function list(path: string, what: string, one: string, query: string, filterOf: (input: ListQuery) => Record<string, unknown>): RestRoute {
  return {
    method: 'GET',
    path,
    what,
    async answer(input, ask) {
      const asked = readList(input.query);
      const { page, limit, offset } = asked;
      const { list } = (await ask(query, { first: limit, offset, filter: filterOf(asked) })) as unknown as { list: List };
      const data = flatten(list) as unknown[];
      const { totalCount: total, totalCountExact } = list;
      const message = data.length === 0 ? `No ${one}s on this page` : `${data.length} ${data.length === 1 ? one : `${one}s`}, page ${page}`;
      return success(message, data, { pagination: { page, limit, total, ...(totalCountExact === false ? { totalExact: false } : {}) } });
    },
  };
}

const searchOf = ({ query }: ListQuery) => (query === undefined ? {} : { search: query });
/** Days of the business as instants: from the first moment of one to the last of the other. */
const instantsOf = ({ dateFrom, dateTo }: ListQuery) => ({
  ...(dateFrom === undefined ? {} : { updatedFrom: saoPauloInstant(dateFrom) }),
  ...(dateTo === undefined ? {} : { updatedTo: saoPauloInstant(`${dateTo} 23:59:59`).replace('.000Z', '.999Z') }),
});
const daysOf = ({ dateFrom, dateTo }: ListQuery) => ({ ...(dateFrom === undefined ? {} : { dateFrom }), ...(dateTo === undefined ? {} : { dateTo }) });

const testConnection = (path: string, provider: Provider): RestRoute => ({
  method: 'POST',
  path,
  what: `Tests the connection to ${NAMES[provider]}`,
  async answer({ query, body }, ask) {
    const { walletId } = readWallet(query, body);
    const { testConnection: test } = (await ask(operations.TEST_CONNECTION, { provider, walletId })) as {
      testConnection: { ok: boolean; status: string; message: string; hint: string | null };
    };
    if (test.ok) return success(test.message, test);
    return failure({ code: connectionErrorCode(test.status), message: test.message, hint: test.hint ?? undefined }, test);
  },
});

const autoImport: RestRoute = {
  method: 'POST',
  path: '/api/gestao-click/auto-import',
  what: 'Tests the connection and starts a first full import',
  async answer({ query, body }, ask) {
    const { walletId } = readWallet(query, body);
    const { autoImport: imported } = (await ask(operations.AUTO_IMPORT, { provider: 'GESTAO_CLICK', walletId })) as { autoImport: { runs: Run[] } };
    const started = imported.runs.length;
    if (started === 0) throw new PonteError('CONFLICT', 'No connected Gestão Click account to import', { hint: 'POST /api/gestao-click/test-connection says what is missing.' });
    return success(started === 1 ? 'The import has started' : `${started} imports have started`, imported, { status: 202 });
  },
};

const getSchedule: RestRoute = {
  method: 'GET',
  path: '/api/gestao-click/sync-schedule',
  what: 'The schedule of Gestão Click',
  async answer(_input, ask) {
    const { syncSchedules } = (await ask(operations.SCHEDULES, {})) as { syncSchedules: { provider: Provider; enabled: boolean; cron: string; timeZone: string }[] };
    const schedules = syncSchedules.filter(({ provider }) => provider === 'GESTAO_CLICK');
    const [first] = schedules;
    const message = first === undefined ? 'No schedule is set' : first.enabled ? `Synchronises at "${first.cron}", ${first.timeZone}` : 'The schedule is switched off';
    return success(message, schedules);
  },
};

const setSchedule: RestRoute = {
  method: 'POST',
  path: '/api/gestao-click/sync-schedule',
  what: 'Sets the schedule of Gestão Click (default: every day at 02:00, America/Sao_Paulo)',
  async answer({ query, body }, ask) {
    const input = readSchedule(query, body);
    const { setSyncSchedule } = (await ask(operations.SET_SCHEDULE, { input: { ...input, provider: 'GESTAO_CLICK' } })) as {
      setSyncSchedule: { enabled: boolean; cron: string; timeZone: string };
    };
    const { enabled, cron, timeZone } = setSyncSchedule;
    return success(enabled ? `Synchronises at "${cron}", ${timeZone}` : 'The schedule is switched off', setSyncSchedule);
  },
};

const startSync: RestRoute = {
  method: 'POST',
  path: '/api/kommo/sync',
  what: 'Starts a synchronisation of Kommo',
  async answer({ query, body }, ask) {
    const input = readSync(query, body);
    const { startSync: answer } = (await ask(operations.START_SYNC, { input: { ...input, provider: 'KOMMO' } })) as { startSync: { started: boolean; run: Run } };
    return answer.started
      ? success('The synchronisation has started', answer, { status: 202 })
      : success('A synchronisation of this account is already under way', answer);
  },
};

const syncStatus: RestRoute = {
  method: 'GET',
  path: '/api/kommo/sync',
  what: 'The newest synchronisations of Kommo',
  async answer({ query }, ask) {
    const { limit } = readList({ limit: '10', ...query });
    const { list } = (await ask(operations.RUNS, { provider: 'KOMMO', first: Math.min(limit, MAX_LIMIT) })) as unknown as { list: List };
    const runs = flatten(list) as Run[];
    const [newest] = runs;
    const percent = newest?.progress?.percent;
    const message = newest === undefined ? 'Kommo has never been synchronised' : `The newest synchronisation is ${newest.status}${percent == null ? '' : ` (${Math.floor(percent)} %)`}`;
    return success(message, { status: newest?.status ?? 'NEVER', run: newest ?? null, runs }, { pagination: { page: 1, limit, total: list.totalCount } });
  },
};

/** A filter that cannot be honoured is refused: an answer without it would look right and be wrong. */
const withoutDays = (asked: ListQuery) => {
  if (asked.dateFrom !== undefined || asked.dateTo !== undefined) throw badInput('Clients cannot be filtered by date', { field: asked.dateFrom === undefined ? 'dateTo' : 'dateFrom' });
  return searchOf(asked);
};
const clients = (path: string) => list(path, 'Clients of the ERP: page, limit, query', 'client', operations.CLIENTS, withoutDays);

export const REST_ROUTES: readonly RestRoute[] = [
  testConnection('/api/gestao-click/test-connection', 'GESTAO_CLICK'),
  list('/api/gestao-click/sales', 'Sales: page, limit, query, dateFrom, dateTo', 'sale', operations.SALES, (asked) => ({ ...searchOf(asked), ...daysOf(asked) })),
  clients('/api/gestao-click/clients'),
  clients('/api/gestao-click/contacts'),
  autoImport,
  getSchedule,
  setSchedule,
  testConnection('/api/kommo/test-connection', 'KOMMO'),
  list('/api/kommo/contacts', 'Contacts of the CRM: page, limit, query, dateFrom, dateTo (last change)', 'contact', operations.CONTACTS, (asked) => ({ ...searchOf(asked), ...instantsOf(asked) })),
  list('/api/kommo/deals', 'Deals of the CRM: page, limit, query, dateFrom, dateTo (last change)', 'deal', operations.DEALS, (asked) => ({ ...searchOf(asked), ...instantsOf(asked) })),
  startSync,
  syncStatus,
];

export const describeRoute = ({ method, path, what }: RestRoute): string => `${method.padEnd(4)} ${path.padEnd(36)} ${what}`;

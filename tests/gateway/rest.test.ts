// The REST routes of the integration document, over the real subgraphs: the curl lines work as they stand, answers are
// flat, and what is wrong is said with the right status.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { REST_ROUTES } from '../../gateway/index.ts';
import { PonteError } from '../../lib/errors.ts';
import { CRM, crmRows, ERP } from '../support/crm-rows.ts';
import { createErpFixture } from '../support/erp-fixture.ts';
import { CONNECTED, startRealGateway, type RealGateway } from '../support/gateway-real.ts';

interface Body {
  success: boolean;
  message: string;
  data: Record<string, unknown>[] & Record<string, unknown>;
  pagination?: { page: number; limit: number; total: number };
  code?: string;
  hint?: string;
  field?: string;
  routes?: string[];
}

let real: RealGateway;
let url: string;
beforeAll(async () => {
  real = await startRealGateway();
  url = real.gateway.url;
  const erp = createErpFixture(real.database);
  const crm = crmRows(real.database);
  await crm.wallet(ERP, 'GESTAO_CLICK');
  await crm.wallet(CRM, 'KOMMO');
  const ana = erp.client('10', { name: 'Ana Padaria', document: '52998224725', phones: ['+5511999990000'] });
  erp.client('11', { name: 'Bruno Mercado' });
  for (let day = 1; day <= 5; day++) erp.sale(String(day), { client_id: ana, client_name: 'Ana Padaria', date: `2026-02-0${day}`, total: `${day}0.10` });
  await erp.save();
  const contact = await crm.contact({ name: 'Ana (padaria)', phones: ['+5511999990000'] });
  await crm.link({ kind: 'CLIENT_CONTACT', erpId: ana, crmId: contact, status: 'LINKED' });
  for (const [n, at] of [['1', '2026-02-01T02:59:59.000Z'], ['2', '2026-02-01T03:00:00.000Z'], ['3', '2026-02-02T02:59:59.000Z'], ['4', '2026-02-02T03:00:00.000Z']] as const)
    await crm.record('kommo.deal', 'deal', CRM, { external_id: n, name: `Pedido ${n}`, price: '10', status: 'OPEN', tags: [], search_text: `pedido ${n}`, source_created_at: at, source_updated_at: at });
});
afterAll(() => real.close());
beforeEach(() => {
  Object.assign(real.engine, { test: CONNECTED, idle: true });
  real.engine.calls.length = 0;
});

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: Body; headers: Headers }> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, { method, headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(text === undefined ? {} : { body: text }) });
  return { status: response.status, body: (await response.json()) as Body, headers: response.headers };
}

describe('connection tests', () => {
  test.each(['gestao-click', 'kommo'])('curl -X POST …/api/%s/test-connection works as it stands', async (provider) => {
    const { stdout } = await promisify(execFile)('curl', ['-s', '-X', 'POST', `${url}/api/${provider}/test-connection`]);
    expect(JSON.parse(stdout)).toMatchObject({ success: true, message: 'Connected to Padaria Central', data: { ok: true, account: { name: 'Padaria Central' }, sample: [{ names: ['Matriz'] }] } });
  });

  test.each([
    ['UNAUTHORIZED', 401, 'PROVIDER_UNAUTHORIZED'],
    ['PAYMENT_REQUIRED', 402, 'PROVIDER_PAYMENT_REQUIRED'],
    ['FORBIDDEN', 403, 'PROVIDER_FORBIDDEN'],
    ['NOT_CONFIGURED', 409, 'CONFLICT'],
    ['RATE_LIMITED', 429, 'PROVIDER_RATE_LIMITED'],
    ['UNEXPECTED_RESPONSE', 502, 'PROVIDER_UNEXPECTED_RESPONSE'],
    ['UNREACHABLE', 503, 'PROVIDER_UNAVAILABLE'],
    ['BLOCKED', 503, 'PROVIDER_BLOCKED'],
    ['TIMEOUT', 504, 'PROVIDER_TIMEOUT'],
  ] as const)('%s is told as %i', async (status, http, code) => {
    real.engine.test = { ...CONNECTED, ok: false, status, message: 'It did not work', hint: 'Do this' };
    const answer = await call('POST', '/api/kommo/test-connection');
    expect(answer.status).toBe(http);
    expect(answer.body).toMatchObject({ success: false, message: 'It did not work', code, hint: 'Do this', data: { status } });
  });

  test('an engine that does not answer is told with its code, one that breaks without its details', async () => {
    real.engine.test = new PonteError('DEADLINE_EXCEEDED', 'No worker answered', { hint: 'Start one.' });
    expect(await call('POST', '/api/kommo/test-connection')).toMatchObject({ status: 504, body: { success: false, message: 'No worker answered', code: 'DEADLINE_EXCEEDED', hint: 'Start one.' } });
    real.engine.test = new Error('connect ECONNREFUSED 10.1.2.3 token=abcdef123456');
    const { status, body } = await call('POST', '/api/kommo/test-connection');
    expect([status, body.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(body)).not.toMatch(/ECONN|abcdef/);
  });
});

describe('lists', () => {
  test('sales come flat, newest first, joined to the contact of the CRM', async () => {
    const { status, body } = await call('GET', '/api/gestao-click/sales?page=1&limit=2');
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, message: '2 sales, page 1', pagination: { page: 1, limit: 2, total: 5 } });
    expect(body.data.map(({ number }) => number)).toEqual(['5', '4']);
    expect(body.data[0]).toMatchObject({ date: '2026-02-05', total: '50.10', client: { name: 'Ana Padaria', contact: { name: 'Ana (padaria)' } }, items: [], payments: [] });
  });

  test('pages go on where the last one ended', async () => {
    const numbers: unknown[] = [];
    for (const page of [1, 2, 3, 4]) numbers.push((await call('GET', `/api/gestao-click/sales?page=${page}&limit=2`)).body.data.map(({ number }) => number));
    expect(numbers).toEqual([['5', '4'], ['3', '2'], ['1'], []]);
  });

  test.each(['dateFrom=2026-02-02&dateTo=2026-02-03', 'data_inicio=2026-02-02&data_fim=2026-02-03'])('days limit them, both ends included: %s', async (days) => {
    const { body } = await call('GET', `/api/gestao-click/sales?${days}`);
    expect(body.data.map(({ date }) => date)).toEqual(['2026-02-03', '2026-02-02']);
    expect(body.pagination?.total).toBe(2);
  });

  test('days of deals are cut in São Paulo', async () => {
    const { body } = await call('GET', '/api/kommo/deals?dateFrom=2026-02-01&dateTo=2026-02-01');
    expect(body.data.map(({ externalId }) => externalId)).toEqual(['3', '2']);
  });

  test.each(['clients', 'contacts'])('the ERP knows its clients as %s', async (name) => {
    const { body } = await call('GET', `/api/gestao-click/${name}?query=padaria`);
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ name: 'Ana Padaria', document: '52998224725', contact: { name: 'Ana (padaria)' } });
  });

  test('contacts of the CRM know their client', async () => {
    const { body } = await call('GET', '/api/kommo/contacts?query=&limit=10');
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ name: 'Ana (padaria)', client: { name: 'Ana Padaria' }, customFields: [] });
  });

  test.each([
    ['page=0', 'page must be at least 1', 'page'],
    ['page=two', 'page must be a whole number', 'page'],
    ['limit=201', 'limit must be at most 200', 'limit'],
    ['limit=1&limit=2', 'limit is given more than once', 'limit'],
    ['dateFrom=2026-02-30', 'dateFrom must be a day such as 2026-01-31', 'dateFrom'],
    ['dateFrom=2026-02-01&dateFrom=2026-02-02', 'dateFrom must be a day such as 2026-01-31', 'dateFrom'],
    ['dateTo=31/01/2026', 'dateTo must be a day such as 2026-01-31', 'dateTo'],
    ['dateFrom=2026-03-01&dateTo=2026-02-01', 'dateFrom is after dateTo', 'dateFrom'],
  ])('%s is refused: %s', async (query, message, field) => {
    expect(await call('GET', `/api/gestao-click/sales?${query}`)).toMatchObject({ status: 400, body: { success: false, message, code: 'BAD_USER_INPUT', field } });
  });

  test('a filter that clients do not have is refused, not forgotten', async () => {
    expect(await call('GET', '/api/gestao-click/clients?dateFrom=2026-01-01')).toMatchObject({ status: 400, body: { message: 'Clients cannot be filtered by date' } });
  });

  test('pages end at record 10,000, and the answer names the cursor', async () => {
    expect((await call('GET', '/api/gestao-click/sales?page=51&limit=200')).status).toBe(200);
    const { status, body } = await call('GET', '/api/gestao-click/sales?page=52&limit=200');
    expect(status).toBe(400);
    expect(body.hint).toContain('endCursor');
  });
});

describe('synchronisation', () => {
  test('a bare POST starts an incremental run of Kommo', async () => {
    const { stdout } = await promisify(execFile)('curl', ['-s', '-w', '%{http_code}', '-X', 'POST', `${url}/api/kommo/sync`]);
    expect(stdout.slice(-3)).toBe('202');
    expect(JSON.parse(stdout.slice(0, -3))).toMatchObject({ success: true, message: 'The synchronisation has started', data: { started: true, run: { status: 'QUEUED', mode: 'INCREMENTAL' } } });
    expect(real.engine.calls).toEqual([{ name: 'startSync', input: expect.objectContaining({ walletId: CRM, mode: 'INCREMENTAL', trigger: 'MANUAL' }) }]);
  });

  test('a body says more; curl -d without a content type is read too', async () => {
    const body = { mode: 'FULL', streams: ['contacts'], walletId: CRM };
    await call('POST', '/api/kommo/sync', body);
    await promisify(execFile)('curl', ['-s', '-X', 'POST', '-d', JSON.stringify(body), `${url}/api/kommo/sync`]);
    expect(real.engine.calls).toHaveLength(2);
    for (const { input } of real.engine.calls) expect(input).toMatchObject({ mode: 'FULL', streams: ['contacts'] });
  });

  test('a run that is under way comes back as such', async () => {
    real.engine.idle = false;
    expect(await call('POST', '/api/kommo/sync')).toMatchObject({ status: 200, body: { success: true, message: expect.stringContaining('under way'), data: { started: false } } });
  });

  test.each([
    ['{"mode":', 'The body is not valid JSON'],
    ['{"mode":"SOME"}', 'mode must be FULL or INCREMENTAL'],
    ['{"since":"yesterday"}', 'since must be an instant such as 2026-01-31T00:00:00Z'],
    ['[]', 'The body must be a JSON object'],
    ['"FULL"', 'The body must be a JSON object'],
    ['{"walletId":"mine"}', 'walletId must be the id of a wallet'],
  ])('the body %s is refused: %s', async (body, message) => {
    expect(await call('POST', '/api/kommo/sync', body)).toMatchObject({ status: 400, body: { success: false, message, code: 'BAD_USER_INPUT' } });
    expect(real.engine.calls).toEqual([]);
  });

  test('the status names the newest run, or that there was none', async () => {
    expect((await call('GET', '/api/kommo/sync')).body).toMatchObject({ success: true, message: 'Kommo has never been synchronised', data: { status: 'NEVER', run: null, runs: [] } });
  });

  test('an import is started by a bare POST', async () => {
    const { status, body } = await call('POST', '/api/gestao-click/auto-import');
    expect(status).toBe(202);
    expect(body).toMatchObject({ success: true, message: 'The import has started', data: { runs: [{ status: 'QUEUED', mode: 'FULL' }] } });
  });

  test('a schedule is off-peak unless told otherwise', async () => {
    expect((await call('POST', '/api/gestao-click/sync-schedule')).body).toMatchObject({ success: true, message: 'Synchronises at "0 2 * * *", America/Sao_Paulo' });
    await call('POST', '/api/gestao-click/sync-schedule', { cron: '30 3 * * 1', timeZone: 'America/Manaus', mode: 'FULL', enabled: false });
    expect(real.engine.calls.map(({ input }) => input)).toEqual([
      expect.objectContaining({ walletId: ERP, cron: '0 2 * * *', timeZone: 'America/Sao_Paulo', mode: 'INCREMENTAL', enabled: true }),
      expect.objectContaining({ cron: '30 3 * * 1', timeZone: 'America/Manaus', mode: 'FULL', enabled: false }),
    ]);
    expect((await call('GET', '/api/gestao-click/sync-schedule')).body).toMatchObject({ success: true, message: 'No schedule is set', data: [] });
  });
});

describe('the door', () => {
  test('an unknown route is told in JSON, with those that exist', async () => {
    const { status, body } = await call('GET', '/api/gestao-click/vendas');
    expect(status).toBe(404);
    expect(body).toMatchObject({ success: false, code: 'NOT_FOUND' });
    expect(body.routes).toHaveLength(REST_ROUTES.length);
  });

  test('a route in the wrong way says which way is right', async () => {
    const { status, body, headers } = await call('GET', '/api/kommo/test-connection');
    expect([status, headers.get('allow'), body.code]).toEqual([405, 'POST', 'BAD_USER_INPUT']);
  });

  test('a page of another site may not start anything', async () => {
    expect(await call('POST', '/api/gestao-click/auto-import', undefined, { origin: 'https://evil.example' })).toMatchObject({ status: 403, body: { success: false, code: 'FORBIDDEN' } });
    expect(real.engine.calls).toEqual([]);
    expect((await call('POST', '/api/gestao-click/auto-import', undefined, { origin: 'http://localhost:5173' })).status).toBe(202);
  });

  test('a body that is too large is refused', async () => {
    expect(await call('POST', '/api/kommo/sync', { streams: ['x'.repeat(1024 * 1024)] })).toMatchObject({ status: 400, body: { message: 'The body is too large' } });
  });
});

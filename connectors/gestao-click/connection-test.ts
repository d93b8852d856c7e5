// Whose account this is, and whether it can be read: three small requests, one human sentence, one hint.
import { PonteError, isAbort } from '../../lib/errors.ts';
import { connectionStatus } from '../../lib/http/index.ts';
import type { Account, ConnectionTest, Json } from '../../sync/types.ts';
import type { GestaoClickClient } from './client.ts';
import { gestaoClickErrors } from './credentials.ts';
import { ENDPOINTS } from './endpoints.ts';
import { isObject } from './scalars.ts';

function field(row: unknown, name: string): string {
  const value = isObject(row) ? row[name] : null;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The account: there is no endpoint for it, so the store with the lowest id stands for the company. Throws PonteError. */
export function accountOf(stores: readonly unknown[]): Account {
  const known = stores.map((row) => ({ id: field(row, 'id'), name: field(row, 'nome') })).filter(({ id }) => id !== '');
  const [first] = known.toSorted((a, b) => Number(a.id) - Number(b.id) || (a.id < b.id ? -1 : 1));
  if (!first) {
    const hint = 'Give the user of the tokens access to at least one store in Gestão Click.';
    throw gestaoClickErrors.unexpected('the account has no store', { retryable: false, hint });
  }
  return { key: first.id, name: first.name || first.id, domain: null, metadata: { stores: known } as Json };
}

/** Tests the connection without repeating anything: what the provider says now. Throws only on abort. */
export async function testConnection(client: GestaoClickClient, signal: AbortSignal): Promise<ConnectionTest> {
  const began = performance.now();
  let latencyMs = 0;
  let account: Account | null = null;
  const sample: { stream: string; count: number | null; names: string[] }[] = [];
  const look = async (stream: string, path: string, name: (row: unknown) => string): Promise<void> => {
    const { rows, total } = await client.list({ path, page: 1, size: 3, signal, retryAttempts: 0 });
    sample.push({ stream, count: total, names: rows.slice(0, 3).map(name).filter((text) => text !== '') });
  };
  try {
    const { rows } = await client.list({ path: ENDPOINTS.stores.path, page: 1, signal, retryAttempts: 0 });
    latencyMs = Math.round(performance.now() - began);
    account = accountOf(rows);
    const saleName = (row: unknown): string => [field(row, 'codigo'), field(row, 'nome_cliente')].filter(Boolean).join(' · ');
    await look('sales', ENDPOINTS.sales.path, saleName);
    await look('clients', ENDPOINTS.clients.path, (row) => field(row, 'nome'));
    const others = rows.length - 1;
    const more = others > 0 ? ` and ${others} more ${others === 1 ? 'store' : 'stores'}` : '';
    const message = `Connected to Gestão Click: ${account.name}${more}.`;
    return { ok: true, status: 'CONNECTED', message, hint: null, latencyMs, account, token: null, sample };
  } catch (error) {
    if (signal.aborted || isAbort(error) || !(error instanceof PonteError)) throw error;
    latencyMs ||= Math.round(performance.now() - began);
    const status = connectionStatus(error.code);
    return { ok: false, status, message: error.message, hint: error.hint ?? null, latencyMs, account, token: null, sample };
  }
}

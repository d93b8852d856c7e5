// `ponte sync`: starts a run through a running gateway, as any client would; with --watch shows it until it is over, fed by
// the subscription. Exit code 1 where the run did not succeed.
import { createClient } from 'graphql-ws';
import { request } from 'undici';
import WebSocket from 'ws';
import type { Config } from '../lib/config/index.ts';
import { badInput, PonteError, type ErrorCode } from '../lib/errors.ts';
import { createProgressView, isOver, PROVIDER_LABELS, summary, type ShownRun } from './progress.ts';
import { say } from './terminal.ts';

export interface SyncOptions {
  mode: 'full' | 'incremental';
  streams?: string;
  since?: string;
  watch?: boolean;
  url?: string;
}

const RUN_FIELDS = `id provider status waitingFor resumesAt
  progress { percent fetched written unchanged rejected etaSeconds }
  streams { name status fetched total written rejected outcome message }
  error { message hint }`;
const START = `mutation Start($input: StartSyncInput!) { startSync(input: $input) { started run { ${RUN_FIELDS} } } }`;
const PROGRESS = `subscription Progress($runId: ID!) { syncProgress(runId: $runId) { ${RUN_FIELDS} } }`;

interface GraphQLAnswer<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string; hint?: string } }[];
}

export async function sync(config: Config, provider: string, { mode, streams, since, watch, url }: SyncOptions): Promise<number> {
  const address = url ?? `${config.tls === null ? 'http' : 'https'}://${config.host === '0.0.0.0' ? '127.0.0.1' : config.host}:${config.port}/graphql`;
  if (since !== undefined && Number.isNaN(Date.parse(since))) throw badInput(`--since must be an instant such as 2026-01-31T00:00:00Z, not "${since}"`);
  const input = {
    provider: provider === 'kommo' ? 'KOMMO' : 'GESTAO_CLICK',
    mode: mode === 'full' ? 'FULL' : 'INCREMENTAL',
    streams: streams?.split(',').map((name) => name.trim()) ?? null,
    since: since === undefined ? null : new Date(since).toISOString(),
  };
  const { startSync } = await ask<{ startSync: { started: boolean; run: ShownRun } }>(address, config.key, START, { input }, 'startSync');
  const { started, run } = startSync;
  say(`${PROVIDER_LABELS[run.provider] ?? run.provider}: ${started ? 'run started' : 'a run was under way'} (${run.id})`);
  if (watch !== true) return 0;
  const last = await watchRun(address, config.key, run.id);
  say(summary(last));
  return last.status === 'SUCCEEDED' ? 0 : 1;
}

/** The data of a mutation that has one field, `field`. */
async function ask<T extends object>(address: string, key: string | null, query: string, variables: object, field: keyof T & string): Promise<T> {
  const answer = await request(address, { method: 'POST', headers: { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) }, body: JSON.stringify({ query, variables }) }).catch((cause: Error) => {
    throw new PonteError('SUBGRAPH_UNAVAILABLE', `No gateway answers at ${address}.`, { hint: 'Start it with `npm start`, or name another one with --url.', cause });
  });
  const { data, errors } = (await answer.body.json().catch(() => ({}))) as GraphQLAnswer<T>;
  const [error] = Array.isArray(errors) ? errors : [];
  if (error === undefined && (data === null || typeof data !== 'object' || !(field in data)))
    throw new PonteError('SUBGRAPH_UNAVAILABLE', `What answers at ${address} is not the gateway of Ponte (status ${answer.statusCode}).`, { hint: 'Name the gateway with --url, or PORT.' });
  if (error?.extensions?.code === 'UNAUTHENTICATED') throw new PonteError('UNAUTHENTICATED', error.message, { hint: 'Put a key with the scope sync:write into PONTE_KEY (`ponte key create`).' });
  if (error !== undefined || data == null)
    throw new PonteError((error?.extensions?.code as ErrorCode | undefined) ?? 'INTERNAL_SERVER_ERROR', error?.message ?? 'The gateway gave no data.', error?.extensions?.hint === undefined ? {} : { hint: error.extensions.hint });
  return data;
}

async function watchRun(address: string, key: string | null, runId: string): Promise<ShownRun> {
  const client = createClient({ url: address.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 10, ...(key === null ? {} : { connectionParams: { authorization: `Bearer ${key}` } }) });
  const view = createProgressView();
  try {
    let newest: ShownRun | undefined;
    for await (const { data, errors } of client.iterate<{ syncProgress: ShownRun }>({ query: PROGRESS, variables: { runId } })) {
      if (errors !== undefined || data == null) throw new PonteError('INTERNAL_SERVER_ERROR', errors?.[0]?.message ?? 'The subscription gave no data.');
      newest = data.syncProgress;
      view.show(newest);
      if (isOver(newest)) break;
    }
    if (newest === undefined) throw new PonteError('INTERNAL_SERVER_ERROR', 'The subscription ended before it told anything.');
    return newest;
  } finally {
    view.close();
    void client.dispose();
  }
}

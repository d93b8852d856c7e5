// Figures of the synchronisation, from the database: what ran, what came in, what waits, and what the providers still allow today.
import type { Reading } from '../gateway/telemetry/index.ts';
import { sql } from '../lib/sql.ts';
import type { Database } from '../prisma/index.ts';

type Value = Reading['values'][number];

const rowsOf = async <Row extends object>(database: Pick<Database, 'rows'>, statement: ReturnType<typeof sql>, value: (row: Row) => Value): Promise<Value[]> =>
  (await database.rows<Row>(statement)).map(value);

/** Numbers of Postgres come as text where they are big. */
type Num = number | string;

interface Flow {
  readonly provider: string;
  readonly stream: string;
  readonly fetched: Num;
  readonly written: Num;
  readonly unchanged: Num;
  readonly deleted: Num;
  readonly rejected: Num;
  readonly requests: Num;
}
const OUTCOMES = ['fetched', 'written', 'unchanged', 'deleted', 'rejected'] as const;

/** All of it, in seven small statements. Whoever asks often keeps the answer for a while. */
export async function readSyncMetrics(database: Pick<Database, 'rows'>): Promise<Reading[]> {
  const [wallets, tokens, runs, flows, ages, letters, quotas] = await Promise.all([
    rowsOf<{ provider: string; status: string; n: Num }>(database, sql`SELECT provider, status, count(*) AS n FROM sync.wallet GROUP BY 1, 2`, ({ provider, status, n }) => ({ labels: { provider, status }, value: Number(n) })),
    rowsOf<{ provider: string; wallet: string; seconds: Num }>(
      database,
      sql`SELECT provider, id AS wallet, extract(epoch FROM token_expires_at - now()) AS seconds FROM sync.wallet WHERE token_expires_at IS NOT NULL`,
      ({ provider, wallet, seconds }) => ({ labels: { provider, wallet }, value: Number(seconds) }),
    ),
    rowsOf<{ provider: string; status: string; n: Num }>(database, sql`SELECT provider, status, count(*) AS n FROM sync.run GROUP BY 1, 2`, ({ provider, status, n }) => ({ labels: { provider, status }, value: Number(n) })),
    database.rows<Flow>(sql`
      SELECT r.provider, s.name AS stream, sum(s.fetched) AS fetched, sum(s.written) AS written, sum(s.unchanged) AS unchanged,
             sum(s.deleted) AS deleted, sum(s.rejected) AS rejected, sum(s.requests) AS requests
      FROM sync.run_stream s JOIN sync.run r ON r.id = s.run_id GROUP BY 1, 2`),
    rowsOf<{ provider: string; wallet: string; stream: string; seconds: Num }>(
      database,
      sql`SELECT w.provider, s.wallet_id AS wallet, s.stream, extract(epoch FROM now() - s.last_synced_at) AS seconds
          FROM sync.stream_state s JOIN sync.wallet w ON w.id = s.wallet_id WHERE s.last_synced_at IS NOT NULL`,
      ({ provider, wallet, stream, seconds }) => ({ labels: { provider, wallet, stream }, value: Number(seconds) }),
    ),
    rowsOf<{ provider: string; stream: string; n: Num }>(
      database,
      sql`SELECT provider, stream, count(*) AS n FROM sync.dead_letter WHERE resolved_at IS NULL GROUP BY 1, 2`,
      ({ provider, stream, n }) => ({ labels: { provider, stream }, value: Number(n) }),
    ),
    database.rows<{ account: string; used: number; left: number | null; blocked: Num }>(sql`
      SELECT q.account, q.used, q.per_day - q.used AS left, q.blocked FROM (
        SELECT account, per_day, CASE WHEN day = (now() AT TIME ZONE 'America/Sao_Paulo')::date THEN used_today ELSE 0 END AS used,
               greatest(0, coalesce(extract(epoch FROM blocked_until - now()), 0)) AS blocked
        FROM sync.quota) q`),
  ]);
  return [
    { name: 'ponte_wallets', help: 'Connected accounts by status', values: wallets },
    { name: 'ponte_wallet_token_expires_seconds', help: 'Until the token of an account expires', values: tokens },
    { name: 'ponte_sync_runs', help: 'Runs that are kept, by status', values: runs },
    {
      name: 'ponte_sync_records',
      help: 'Records of the runs that are kept, by what became of them',
      values: flows.flatMap((flow) => OUTCOMES.map((outcome) => ({ labels: { provider: flow.provider, stream: flow.stream, outcome }, value: Number(flow[outcome]) }))),
    },
    { name: 'ponte_sync_calls', help: 'Calls of providers by the runs that are kept', values: flows.map(({ provider, stream, requests }) => ({ labels: { provider, stream }, value: Number(requests) })) },
    { name: 'ponte_sync_stream_age_seconds', help: 'Since a stream was last read to its end', values: ages },
    { name: 'ponte_dead_letters', help: 'Records that could not be taken in and wait', values: letters },
    { name: 'ponte_provider_quota_used', help: 'Calls of an account today (America/Sao_Paulo)', values: quotas.map(({ account, used }) => ({ labels: { account }, value: used })) },
    {
      name: 'ponte_provider_quota_left',
      help: 'Calls that the provider still allows an account today; absent where it allows any number',
      values: quotas.flatMap(({ account, left }) => (left === null ? [] : [{ labels: { account }, value: left }])),
    },
    { name: 'ponte_provider_blocked_seconds', help: 'Until a provider takes calls of an account again', values: quotas.map(({ account, blocked }) => ({ labels: { account }, value: Number(blocked) })) },
  ];
}

// The right to call a provider: one row per provider account (`sync.quota`), shared by all processes, on the database's clock.
//
// A grant is a point in time. Each is computed under the row's lock from the last `per_second` grants, so that any
// per_second + 1 of them span more than one second plus `marginMs`. A caller sleeps until its point. One that wakes late by
// more than half the margin has kept nobody waiting where this process alone uses the account: the grant is moved to the
// moment it is used. Where others use it too, the grant is given back and another is asked for. Besides, the process counts
// its own calls as they really leave (window.ts). So at most `per_second` calls of a process leave in any second, whatever the
// event loop does, with the whole margin left for jitter on the way to the provider; between processes it is half of it.
// The rate reached is 1 / (1 + margin): 96 % with the default of 40 ms.
import { setTimeout as sleep } from 'node:timers/promises';
import { PonteError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { startOfNextSaoPauloDay } from '../lib/time.ts';
import type { Database } from '../prisma/index.ts';
import type { QuotaUse } from './api.ts';
import { createDatabaseClock } from './clock.ts';
import { PROVIDER_NAMES } from './names.ts';
import { createOpeningWindow } from './window.ts';
import type { Provider, QuotaGate, QuotaLimits } from './types.ts';

export const DEFAULT_MARGIN_MS = 40;
/** A longer wait is not slept through: the run waits in the database instead, and says so. */
const LONGEST_SLEEP_MS = 30_000;
/** How far ahead of now a grant may be asked for, so that it is not past when the answer arrives. */
const LONGEST_LEAD_MS = 500;

export interface QuotaGateOptions {
  readonly database: Database;
  readonly provider: Provider;
  /** Names the account, e.g. Kommo's account id; asked for each call, because it may be learnt on the way. */
  readonly account: () => string;
  readonly limits: QuotaLimits;
  readonly log: Logger;
  /** Added to the second that `per_second` + 1 grants span; default 40. */
  readonly marginMs?: number;
}

/**
 * What the gates of one provider in this process share: a provider that blocks an address blocks all accounts behind it, and
 * to go on with another account makes the block last (kommo.md 2.2).
 */
interface Address {
  readonly accounts: Set<string>;
  /** Reading of performance.now(). */
  blockedUntil: number;
}

const addresses = new WeakMap<Database, Map<Provider, Address>>();

function addressOf(database: Database, provider: Provider): Address {
  const of = addresses.get(database) ?? new Map<Provider, Address>();
  addresses.set(database, of);
  const address = of.get(provider) ?? { accounts: new Set(), blockedUntil: 0 };
  of.set(provider, address);
  return address;
}

interface Grant {
  slot: string;
  /** The grants before it, as far as they are kept. */
  before: string[];
  now_ms: number;
  slot_ms: number;
  blocked_ms: number;
  blocked_reason: string | null;
  spent: boolean;
  midnight_ms: number;
}

/**
 * Takes the lock, computes the next free point, stores it. Nothing is taken where the day is spent or the wait is long.
 * $7 is a grant that came too late to be used: where it still is the newest, it is taken back first. One grant more than
 * `per_second` is kept, so that the window is whole after that.
 */
const GRANT = `
  WITH locked AS MATERIALIZED (SELECT * FROM sync.quota WHERE account = $1 FOR UPDATE),
  held AS MATERIALIZED (
    SELECT account, day, blocked_until, blocked_reason, used_today - back.one AS used_today,
      CASE WHEN back.one = 1 THEN grants[:cardinality(grants) - 1] ELSE grants END AS grants
    FROM locked, LATERAL (SELECT CASE WHEN grants[cardinality(grants)] = $7::timestamptz THEN 1 ELSE 0 END AS one) back),
  clock AS MATERIALIZED (SELECT held.*, clock_timestamp() AS now FROM held),
  today AS MATERIALIZED (
    SELECT clock.*, (now AT TIME ZONE 'America/Sao_Paulo')::date AS this_day,
      greatest(now + $3 * interval '1 millisecond', blocked_until, grants[cardinality(grants)],
        CASE WHEN cardinality(grants) >= $2 THEN grants[cardinality(grants) - $2 + 1] + interval '1 second' + $4 * interval '1 millisecond' END) AS slot
    FROM clock),
  decided AS MATERIALIZED (
    SELECT today.*, CASE WHEN day = this_day THEN used_today ELSE 0 END AS used,
      $5::int IS NOT NULL AND day = this_day AND used_today >= $5 AS spent
    FROM today)
  UPDATE sync.quota q SET
    grants = CASE WHEN d.spent OR d.slot - d.now > $6 * interval '1 millisecond' THEN d.grants
      ELSE (d.grants || d.slot)[greatest(1, cardinality(d.grants) + 1 - $2):] END,
    day = d.this_day,
    used_today = d.used + CASE WHEN d.spent OR d.slot - d.now > $6 * interval '1 millisecond' THEN 0 ELSE 1 END,
    per_second = $2, per_day = $5
  FROM decided d WHERE q.account = d.account
  RETURNING d.slot::text AS slot, array(SELECT g::text FROM unnest(d.grants) AS g) AS before, extract(epoch FROM d.now)::float8 * 1000 AS now_ms, extract(epoch FROM d.slot)::float8 * 1000 AS slot_ms,
    coalesce(extract(epoch FROM d.blocked_until - d.now)::float8 * 1000, 0) AS blocked_ms, d.blocked_reason, d.spent,
    extract(epoch FROM ((d.this_day + 1)::timestamp AT TIME ZONE 'America/Sao_Paulo') - d.now)::float8 * 1000 AS midnight_ms`;

/** Moves a grant to when it is used: $3 ms later. Not where somebody else has been granted a point behind it ($4 are ours). */
const MOVE = `
  UPDATE sync.quota SET grants = (SELECT array_agg(g ORDER BY g) FROM unnest(array_replace(grants, $2::timestamptz, $2::timestamptz + $3 * interval '1 millisecond')) AS g)
  WHERE account = $1 AND $2::timestamptz = ANY(grants) AND NOT EXISTS (SELECT FROM unnest(grants) AS g WHERE g > $2::timestamptz AND g <> ALL($4::timestamptz[]))
  RETURNING ($2::timestamptz + $3 * interval '1 millisecond')::text AS slot`;

/** The gate of one provider account. Several gates on one account, in several processes, keep one limit together. */
export function createQuotaGate({ database, provider, account, limits, log, marginMs = DEFAULT_MARGIN_MS }: QuotaGateOptions): QuotaGate {
  const clock = createDatabaseClock();
  const known = new Set<string>();
  const tolerance = marginMs / 2;
  let leadMs = 0;
  const openings = createOpeningWindow(limits.perSecond, marginMs);
  /** Grants of this gate, the newest last: to tell whether others use the account. */
  const mine: string[] = [];
  const address = addressOf(database, provider);
  let closedUntil = 0; // reading of performance.now(): penalized by this process while callers were asleep

  async function ensureRow(key: string): Promise<void> {
    if (known.has(key)) return;
    await database.pool.query(
      `INSERT INTO sync.quota (account, per_second, per_day, grants, day) VALUES ($1, $2, $3, '{}', (now() AT TIME ZONE 'America/Sao_Paulo')::date)
       ON CONFLICT (account) DO NOTHING`,
      [key, limits.perSecond, limits.perDay],
    );
    known.add(key);
    address.accounts.add(key);
  }

  function refuseBlocked(retryAfterMs: number): never {
    throw new PonteError('PROVIDER_BLOCKED', `${PROVIDER_NAMES[provider]} has blocked requests from this address.`, {
      retryAfterMs: Math.ceil(retryAfterMs),
      hint: `Stop all integrations on this address and wait; if the block stays, ask the support of ${PROVIDER_NAMES[provider]} to lift it.`,
    });
  }

  function refuse(row: Grant): void {
    const name = PROVIDER_NAMES[provider];
    if (row.spent) {
      throw new PonteError('PROVIDER_RATE_LIMITED', `The ${limits.perDay} calls that ${name} allows in a day are spent.`, {
        retryable: true,
        retryAfterMs: Math.ceil(row.midnight_ms),
        hint: 'It goes on after midnight (America/Sao_Paulo).',
      });
    }
    if (row.slot_ms - row.now_ms <= LONGEST_SLEEP_MS) return;
    if (row.blocked_ms > 0 && row.blocked_reason === 'PROVIDER_BLOCKED') refuseBlocked(row.slot_ms - row.now_ms);
    const reason = row.blocked_ms > 0 && row.blocked_reason ? `: ${row.blocked_reason}` : '';
    throw new PonteError('PROVIDER_RATE_LIMITED', `${name} asked for a pause${reason}.`, {
      retryable: true,
      retryAfterMs: Math.ceil(row.slot_ms - row.now_ms),
    });
  }

  async function grant(key: string, late: string | null): Promise<Grant | undefined> {
    const { rows } = await database.pool.query<Grant>(GRANT, [key, limits.perSecond, leadMs, marginMs, limits.perDay, LONGEST_SLEEP_MS, late]);
    return rows[0];
  }

  function own(slot: string): void {
    mine.push(slot);
    if (mine.length > 8 * limits.perSecond + 8) mine.shift();
  }

  /** Sleeps until the grant's point, and until this process may send again. Null where the grant is of no use any more. */
  async function waitFor(key: string, row: Grant, signal: AbortSignal): Promise<(() => void) | null> {
    let at = clock.local(row.slot_ms);
    for (let { slot } = row; ; ) {
      const waitMs = Math.max(at, openings.heldUntil()) - performance.now();
      if (waitMs > 0) {
        await sleep(Math.ceil(waitMs), undefined, { signal });
        continue;
      }
      if (performance.now() < Math.max(closedUntil, address.blockedUntil)) return null;
      const lateMs = performance.now() - at;
      if (lateMs > tolerance) {
        if (!row.before.every((before) => mine.includes(before))) return null;
        const byMs = lateMs + clock.roundTripMs(); // it is used when this is known to be granted
        const { rows } = await database.pool.query<{ slot: string }>(MOVE, [key, slot, byMs, mine]);
        if (!rows[0]) return null;
        ({ slot } = rows[0]);
        own(slot);
        at += byMs;
        continue;
      }
      leadMs = Math.min(leadMs, clock.roundTripMs() * 2);
      return openings.opened();
    }
  }

  return {
    async acquire(signal) {
      for (let late: string | null = null; ; ) {
        signal.throwIfAborted();
        const blockedMs = address.blockedUntil - performance.now();
        if (blockedMs > LONGEST_SLEEP_MS) refuseBlocked(blockedMs);
        const key = `${provider}:${account()}`;
        await ensureRow(key);
        const sent = performance.now();
        const row = await grant(key, late);
        const received = performance.now();
        if (!row) {
          known.delete(key); // somebody deleted the row
          continue;
        }
        clock.observe(sent, received, row.now_ms);
        refuse(row);
        own(row.slot);
        const left = await waitFor(key, row, signal);
        if (left) return left;
        late = row.slot;
        leadMs = Math.min(LONGEST_LEAD_MS, leadMs * 2 + clock.roundTripMs() + 1);
      }
    },
    async penalize(waitMs, reason) {
      const key = `${provider}:${account()}`;
      await ensureRow(key);
      const now = performance.now();
      closedUntil = Math.max(closedUntil, now + waitMs);
      const blocked = reason === 'PROVIDER_BLOCKED';
      const told = blocked && address.blockedUntil > now; // by a call that was under way when the block came
      if (blocked) address.blockedUntil = Math.max(address.blockedUntil, now + waitMs);
      await database.pool.query(
        `UPDATE sync.quota SET blocked_until = greatest(blocked_until, clock_timestamp() + $2 * interval '1 millisecond'), blocked_reason = $3 WHERE account = ANY($1)`,
        [blocked ? [...address.accounts] : [key], waitMs, reason],
      );
      if (!blocked) log.warn({ provider, waitMs, reason }, 'The provider asked for a pause');
      else if (!told) log.warn({ provider, waitMs, reason }, `${PROVIDER_NAMES[provider]} has blocked this address: nothing is asked of it before the pause is over. Stop other integrations behind it`);
    },
  };
}

/** What is left of the quota of each of these wallets; without those that have made no call yet. */
export async function quotaUse(database: Database, walletIds: readonly string[]): Promise<QuotaUse[]> {
  const { rows } = await database.pool.query<{ wallet_id: string; per_second: number; per_day: number | null; used: number; now_ms: number }>(
    `SELECT w.id AS wallet_id, q.per_second, q.per_day, extract(epoch FROM now())::float8 * 1000 AS now_ms,
       CASE WHEN q.day = (now() AT TIME ZONE 'America/Sao_Paulo')::date THEN q.used_today ELSE 0 END AS used
     FROM sync.wallet w JOIN sync.quota q ON q.account = w.provider || ':' || w.external_account_id WHERE w.id = ANY($1::uuid[])`,
    [walletIds],
  );
  return rows.map((row) => ({
    walletId: row.wallet_id,
    perSecond: row.per_second,
    perDay: row.per_day,
    usedToday: row.used,
    resetsAt: row.per_day === null ? null : startOfNextSaoPauloDay(new Date(row.now_ms)).toISOString(),
  }));
}

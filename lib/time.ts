// Days and instants. The business lives in America/Sao_Paulo: a provider's local time becomes an instant by the zone's
// real history (daylight saving until 2019 included). A day is a text `YYYY-MM-DD` without a zone of its own.
import { setTimeout as timer } from 'node:timers/promises';
import { badInput } from './errors.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const ZONE = 'America/Sao_Paulo';
const LOCAL = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/;
const DAY_TEXT = /^\d{4}-\d{2}-\d{2}$/;

const wallClock = new Intl.DateTimeFormat('en-US', {
  timeZone: ZONE,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** What the clocks of São Paulo show at an instant, read as if it were UTC (ms). */
function clockAt(instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of wallClock.formatToParts(instant)) part[type] = Number(value);
  return Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day'], part['hour'], part['minute'], part['second']);
}

/** Milliseconds to add to an instant for the local clock (negative in São Paulo). */
const offsetAt = (instant: number): number => clockAt(instant) - Math.floor(instant / SECOND) * SECOND;

/** Start of a day read as UTC, ms. Throws on a day that no calendar has (2026-02-30, 0000-00-00). */
function utcOf(day: string): number {
  const at = DAY_TEXT.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || dayOf(at) !== day) throw badInput(`expected a day as YYYY-MM-DD, got ${JSON.stringify(day)?.slice(0, 40)}`);
  return at;
}

const dayOf = (utc: number): string => new Date(utc).toISOString().slice(0, 10);

interface ZoneDay {
  readonly utc: number;
  /** The offset of the whole day; null on the days on which the clocks change. */
  readonly offset: number | null;
}

/** Offsets by day: a sync asks for the same few thousand days a million times. */
const known = new Map<string, ZoneDay>();
const KNOWN_LIMIT = 40_000;

function zoneDay(day: string): ZoneDay {
  const hit = known.get(day);
  if (hit !== undefined) return hit;
  const utc = utcOf(day);
  // All instants that may belong to this local day, at 2 or 3 hours behind UTC.
  const first = offsetAt(utc);
  const entry: ZoneDay = { utc, offset: first === offsetAt(utc + DAY + 3 * HOUR) ? first : null };
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(day, entry);
  return entry;
}

/** The instant of a local time on a day on which the clocks change: the earlier of two; after the gap where there is none. */
function instantNearChange(local: number): number {
  const before = local - offsetAt(local + 2 * HOUR);
  const offset = offsetAt(before);
  const after = local - offset;
  return before === after || offsetAt(after) !== offset ? before : after;
}

/**
 * The instant of a local date and time in São Paulo, as ISO 8601 in UTC with milliseconds.
 * Takes `YYYY-MM-DD HH:MM:SS` (also with `T`, without seconds, or a bare day = its first moment). Throws BAD_USER_INPUT.
 */
export function saoPauloInstant(text: string): string {
  const match = LOCAL.exec(text);
  const [hours, minutes, seconds] = [Number(match?.[2] ?? 0), Number(match?.[3] ?? 0), Number(match?.[4] ?? 0)];
  if (match?.[1] === undefined || hours > 23 || minutes > 59 || seconds > 59) {
    throw badInput(`expected a local time as YYYY-MM-DD HH:MM:SS, got ${JSON.stringify(text)?.slice(0, 40)}`);
  }
  const day = zoneDay(match[1]);
  const local = day.utc + hours * HOUR + minutes * MINUTE + seconds * SECOND;
  return new Date(day.offset === null ? instantNearChange(local) : local - day.offset).toISOString();
}

/** What the clocks of São Paulo show at an instant: `YYYY-MM-DD HH:MM:SS`. The way back from `saoPauloInstant`. */
export const saoPauloLocal = (instant: Date): string => new Date(clockAt(instant.getTime())).toISOString().slice(0, 19).replace('T', ' ');

/** The day that the calendar of São Paulo shows. */
export const saoPauloToday = (now: Date = new Date()): string => dayOf(clockAt(now.getTime()));

/** The first moment of the next day in São Paulo: when daily budgets start again. */
export const startOfNextSaoPauloDay = (now: Date): Date => new Date(saoPauloInstant(addDays(saoPauloToday(now), 1)));

/** `day` moved by `n` days (negative: back). */
export const addDays = (day: string, n: number): string => dayOf(utcOf(day) + n * DAY);

/** `day` moved by `n` months; a day that the month does not have becomes its last one (31 January + 1 = 28 or 29 February). */
export function addMonths(day: string, n: number): string {
  const from = new Date(utcOf(day));
  const month = from.getUTCMonth() + n;
  const last = new Date(Date.UTC(from.getUTCFullYear(), month + 1, 0)).getUTCDate();
  return dayOf(Date.UTC(from.getUTCFullYear(), month, Math.min(from.getUTCDate(), last)));
}

/** Days from `a` to `b`: positive when `b` is later. */
export const daysBetween = (a: string, b: string): number => Math.round((utcOf(b) - utcOf(a)) / DAY);

/** Waits; rejects with an AbortError as soon as the signal fires. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await timer(ms, undefined, signal === undefined ? undefined : { signal });
}

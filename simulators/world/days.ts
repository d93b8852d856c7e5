// Days as integers (days since 1970-01-01), so that dates of a million records are compared without objects.
// A day here is a calendar day of the company, whose zone is America/Sao_Paulo.

const DAY_MS = 86_400_000;

export const ZONE = 'America/Sao_Paulo';

/** `2026-08-12` -> day number. */
export function dayOf(date: string): number {
  return Math.round(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY_MS);
}

/** Day number -> `2026-08-12`. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** 0 = Sunday ... 6 = Saturday. */
export function weekdayOf(day: number): number {
  return new Date(day * DAY_MS).getUTCDay();
}

/** The first and last day of the month that `day` is in. */
export function monthOf(day: number): { first: number; last: number } {
  const date = new Date(day * DAY_MS);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
  const last = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0) / DAY_MS;
  return { first, last };
}

/** `2026-08-12 14:03:22`: local time without a zone, as the ERP writes it; `second` is the second of the day. */
export function timestampOf(day: number, second: number): string {
  const clock = Math.max(0, Math.min(86_399, Math.floor(second)));
  return new Date(day * DAY_MS + clock * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** Unix seconds of a second of a local day (the zone has had no daylight saving time since 2019: always -03:00). */
export function unixOf(day: number, second: number): number {
  return day * 86_400 + Math.floor(second) + 3 * 3600;
}

/** Today in the company's zone, `YYYY-MM-DD`. */
export function todayInZone(now: Date = new Date()): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: ZONE,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(now);
}

/** Now in the company's zone as the ERP writes timestamps. */
export function nowInZone(now: Date = new Date()): string {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, timeStyle: 'medium' }).format(now);
  return `${todayInZone(now)} ${clock}`;
}

/** True for a real calendar date written `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
    dateOf(dayOf(text)) === text
  );
}

// Local times of São Paulo become instants by the zone's real history; days are texts that can be counted with.
import { describe, expect, test } from 'vitest';
import { addDays, addMonths, DAY, daysBetween, HOUR, saoPauloInstant, saoPauloLocal, saoPauloToday, sleep, startOfNextSaoPauloDay } from '../../lib/time.ts';

describe('saoPauloInstant', () => {
  test.each([
    ['2026-03-15 10:20:30', '2026-03-15T13:20:30.000Z'],
    ['2026-01-15 23:59:59', '2026-01-16T02:59:59.000Z'], // no daylight saving since 2019
    ['2018-07-01 12:00:00', '2018-07-01T15:00:00.000Z'],
    ['2018-12-24 12:00:00', '2018-12-24T14:00:00.000Z'],
    ['2018-11-03 23:59:59', '2018-11-04T02:59:59.000Z'], // the last second before the clocks went forward
    ['2018-11-04 00:30:00', '2018-11-04T03:30:00.000Z'], // a time that no clock showed: after the gap
    ['2018-11-04 01:00:00', '2018-11-04T03:00:00.000Z'],
    ['2019-02-16 23:30:00', '2019-02-17T01:30:00.000Z'], // a time that the clocks showed twice: the first
    ['2019-02-17 00:00:00', '2019-02-17T03:00:00.000Z'],
    ['2017-10-14 23:59:59', '2017-10-15T02:59:59.000Z'],
    ['2026-03-15T10:20:30', '2026-03-15T13:20:30.000Z'],
    ['2026-03-15 10:20', '2026-03-15T13:20:00.000Z'],
    ['2026-03-15', '2026-03-15T03:00:00.000Z'],
    ['2024-02-29 00:00:00', '2024-02-29T03:00:00.000Z'],
  ])('%s is %s', (local, instant) => expect(saoPauloInstant(local)).toBe(instant));

  test.each(['0000-00-00 00:00:00', '2026-02-30 10:00:00', '2026-13-01', '2026-01-01 24:00:00', '15/03/2026 10:00', '', '2026-01-01 10:60:00'])('%s is refused', (text) => {
    expect(() => saoPauloInstant(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  test('agrees with the zone database on every sixth hour of fifteen years', () => {
    const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Sao_Paulo', dateStyle: 'short', timeStyle: 'medium' });
    for (let at = Date.UTC(2010, 0, 1); at < Date.UTC(2025, 0, 1); at += 6 * HOUR) {
      expect(saoPauloInstant(shown.format(at))).toBe(new Date(at).toISOString());
    }
  });
});

test('an instant is shown as local time', () => {
  for (const local of ['2026-03-15 10:20:30', '2018-12-24 12:00:00', '1968-02-29 23:59:59']) {
    expect(saoPauloLocal(new Date(saoPauloInstant(local)))).toBe(local);
  }
});

test('the day is that of São Paulo', () => {
  expect(saoPauloToday(new Date('2026-03-15T02:59:59Z'))).toBe('2026-03-14');
  expect(saoPauloToday(new Date('2026-03-15T03:00:00Z'))).toBe('2026-03-15');
  expect(saoPauloToday()).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(startOfNextSaoPauloDay(new Date('2026-12-31T12:00:00Z')).toISOString()).toBe('2027-01-01T03:00:00.000Z');
  expect(startOfNextSaoPauloDay(new Date('2026-03-15T02:59:59Z')).toISOString()).toBe('2026-03-15T03:00:00.000Z');
});

test('days and months are counted on the calendar', () => {
  expect([addDays('2026-12-31', 1), addDays('2024-03-01', -1), addDays('2018-11-03', 1)]).toEqual(['2027-01-01', '2024-02-29', '2018-11-04']);
  expect([addMonths('2026-01-31', 1), addMonths('2024-01-31', 1), addMonths('2026-03-31', -13), addMonths('2026-12-15', 1)]).toEqual(['2026-02-28', '2024-02-29', '2025-02-28', '2027-01-15']);
  expect([daysBetween('2026-01-01', '2026-03-01'), daysBetween('2026-03-01', '2026-01-01')]).toEqual([59, -59]);
  expect(() => addDays('2026-02-30', 1)).toThrow(/expected a day/);
});

test('waiting ends at once when the signal fires', async () => {
  await sleep(1);
  const stop = new AbortController();
  const waiting = sleep(DAY, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await expect(sleep(DAY, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});

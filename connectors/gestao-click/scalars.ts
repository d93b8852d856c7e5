// Scalars as Gestão Click sends them: texts for numbers and flags, "" or null for nothing, 0000-00-00 for no day, local
// times without a zone (gestao-click.md 5). Each becomes one clean value, or an issue with the field's path.
import { z } from 'zod';
import { PonteError, badInput } from '../../lib/errors.ts';
import { decimal } from '../../lib/money.ts';
import { addDays, saoPauloInstant } from '../../lib/time.ts';

/** A field read by a function that throws BAD_USER_INPUT for what cannot be read. A missing field counts as null. */
const scalar = <T>(read: (value: unknown) => T) =>
  z
    .unknown()
    .transform((value, context): T => {
      try {
        return read(value ?? null);
      } catch (error) {
        if (!(error instanceof PonteError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    })
    .prefault(null);

function toText(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'object') throw badInput(`expected a text, got ${Array.isArray(value) ? 'a list' : 'an object'}`);
  const trimmed = String(value).trim();
  return trimmed === '' ? null : trimmed;
}

const must =
  <T>(what: string, read: (value: unknown) => T | null) =>
  (value: unknown): T => {
    const result = read(value);
    if (result === null) throw badInput(`expected ${what}, got nothing`);
    return result;
  };

const toMoney = (value: unknown): string | null => {
  const plain = toText(value);
  return plain === null ? null : decimal(plain);
};

const toDay = (value: unknown): string | null => {
  const day = toText(value)?.slice(0, 10) ?? null;
  return day === null || day === '0000-00-00' ? null : addDays(day, 0);
};

const toInstant = (value: unknown): string | null => {
  const plain = toText(value);
  return plain === null || plain.startsWith('0000-00-00') ? null : saoPauloInstant(plain);
};

const toFlag = (value: unknown): boolean | null => {
  const plain = toText(value)?.toLowerCase() ?? null;
  if (plain === null) return null;
  if (['1', 'true', 'sim', 's'].includes(plain)) return true;
  if (['0', 'false', 'não', 'nao', 'n'].includes(plain)) return false;
  throw badInput(`expected 0 or 1, got ${JSON.stringify(plain).slice(0, 40)}`);
};

const toInteger = (value: unknown): number | null => {
  const plain = toText(value);
  if (plain === null) return null;
  if (!/^-?\d{1,9}$/.test(plain)) throw badInput(`expected a whole number, got ${JSON.stringify(plain).slice(0, 40)}`);
  return Number(plain);
};

/** Text, trimmed; "" is null. Numbers become their text. */
export const text = scalar(toText);
/** The record's own id; never empty. */
export const id = scalar(must('an id', toText));
/** Id of another record; "" and "0" mean none. */
export const reference = scalar((value) => {
  const plain = toText(value);
  return plain === '0' ? null : plain;
});
/** Money or a quantity, as an exact decimal text. */
export const money = scalar(toMoney);
export const requiredMoney = scalar(must('a decimal', toMoney));
/** `YYYY-MM-DD`. */
export const day = scalar(toDay);
export const requiredDay = scalar(must('a day', toDay));
/** ISO 8601 in UTC, from local time in São Paulo. */
export const instant = scalar(toInstant);
/** "1" and "0", also Sim and Não (gestao-click.md 5.4). */
export const flag = scalar(toFlag);
export const integer = scalar(toInteger);

/** True for something with named fields. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The record inside a wrapper (`{"produto": {...}}`): a row that has no `id` and exactly one key, which holds an object. */
export function unwrap(row: unknown): unknown {
  if (!isObject(row) || 'id' in row) return row;
  const values = Object.values(row);
  return values.length === 1 && isObject(values[0]) ? values[0] : row;
}

function toList(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return [];
  return Array.isArray(value) ? value.map(unwrap) : value;
}

/** A list inside a record: wrapped or bare, also null, "" or missing for an empty one. */
export const listOf = <S extends z.ZodType>(item: S) => z.preprocess(toList, z.array(item)).prefault([]);

// The scalars of the graph. Values leave as the database gives them (ISO 8601 in UTC, `YYYY-MM-DD`, decimal text), so that
// writing them costs nothing; values that come in are checked, and a wrong one is told in a sentence (BAD_USER_INPUT).
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLJSONObject } from 'graphql-scalars';

/** Shapes inside resolvers: text as `pg` gives it; a Date where Prisma read the row. */
export type Scalars = {
  DateTime: { Input: string; Output: string | Date };
  Date: { Input: string; Output: string | Date };
  Decimal: { Input: string; Output: string };
  JSONObject: { Input: Record<string, unknown>; Output: Record<string, unknown> };
  ID: { Input: string; Output: string };
};

const wrong = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? typeof value;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const NUMBER = /^[+-]?\d{1,24}(\.\d{1,12})?$/;

/** True for a day that the calendar has, from year 1 on. */
export const isDay = (text: string): boolean => {
  if (!DAY.test(text) || text.startsWith('0000')) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
};

/** True for an instant with its offset: `2026-01-02T03:04:05Z`. */
export const isInstant = (text: string): boolean => {
  const day = INSTANT.exec(text)?.[1];
  return day !== undefined && isDay(day) && !Number.isNaN(Date.parse(text));
};

/** True for a decimal without exponent that Postgres' numeric takes. */
export const isDecimal = (text: string): boolean => NUMBER.test(text);

function readDay(value: unknown): string {
  if (typeof value === 'string' && isDay(value)) return value;
  throw wrong(`Date must be a day written YYYY-MM-DD, got ${shown(value)}`);
}

function readInstant(value: unknown): string {
  if (typeof value === 'string' && isInstant(value)) return new Date(value).toISOString();
  throw wrong(`DateTime must be ISO 8601 with its offset, for example 2026-01-02T03:04:05Z, got ${shown(value)}`);
}

function readDecimal(value: unknown): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && isDecimal(value)) return value.replace(/^\+/, '');
  throw wrong(`Decimal must be a decimal number in a string, for example "1234.50", got ${shown(value)}`);
}

/** `238.0000` to `238.00`, `1.5` to `1.50`, `0.1230` to `0.123`: zeros beyond the cents go, nothing else is lost. */
export function moneyText(value: string): string {
  const point = value.indexOf('.');
  if (point === -1) return `${value}.00`;
  let end = value.length;
  while (end > point + 3 && value[end - 1] === '0') end -= 1;
  return value.slice(0, end).padEnd(point + 3, '0');
}

const literal = (read: (value: unknown) => string) => (node: ValueNode) => {
  if (node.kind === Kind.STRING) return read(node.value);
  if (node.kind === Kind.INT) return read(Number.isSafeInteger(Number(node.value)) ? Number(node.value) : node.value);
  throw read === readDecimal && node.kind === Kind.FLOAT
    ? wrong(`Decimal must be a string, write "${node.value}"`)
    : wrong('Expected a string');
};

const text = (name: string, value: unknown): string => {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  throw new TypeError(`${name} cannot show ${typeof value}`);
};

const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'An instant, ISO 8601 in UTC: `2026-01-02T03:04:05.000Z`.',
  specifiedByURL: 'https://datatracker.ietf.org/doc/html/rfc3339',
  serialize: (value) => text('DateTime', value),
  parseValue: readInstant,
  parseLiteral: literal(readInstant),
});

const Day = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'A day of the business (America/Sao_Paulo), `YYYY-MM-DD`.',
  serialize: (value) => text('Date', value).slice(0, 10),
  parseValue: readDay,
  parseLiteral: literal(readDay),
});

const Decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description: 'An exact decimal as a string, with at least two decimals: `"1234.50"`. Never a float.',
  serialize: (value) => moneyText(typeof value === 'string' ? value : exactText(value)),
  parseValue: readDecimal,
  parseLiteral: literal(readDecimal),
});

/** Integers and the decimals of Prisma; a float has already lost its cents and is refused. */
function exactText(value: unknown): string {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) return String(value);
  if (typeof value === 'object' && value !== null && 'toFixed' in value && typeof value.toFixed === 'function')
    return String(value.toFixed());
  throw new TypeError(`Decimal cannot show ${typeof value}`);
}

/** By name, as they are registered. */
export const SCALARS = { DateTime, Date: Day, Decimal, JSONObject: GraphQLJSONObject } as const;

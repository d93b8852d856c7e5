// Money and quantities as exact decimals. A value travels as a canonical string: no exponent, no plus sign, no trailing
// zeros (`1890`, `-0.5`, `199.9`); never as a float.
import { Decimal } from 'decimal.js';
import { badInput } from './errors.ts';

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP });

const CANONICAL = /^(?:0|-?(?:[1-9]\d*|(?:0|[1-9]\d*)\.\d*[1-9]))$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

const parse = (value: string | number): Decimal => {
  const text = typeof value === 'number' ? String(value) : value.trim();
  if (!NUMBER.test(text)) throw badInput(`expected a decimal, got ${JSON.stringify(value)?.slice(0, 40)}`);
  return new Exact(text);
};

const print = (value: Decimal): string => (value.isZero() ? '0' : value.toFixed());

/** The canonical decimal string of a number or of its text (decimal point). Throws BAD_USER_INPUT on what is no number. */
export const decimal = (value: string | number): string =>
  typeof value === 'string' && CANONICAL.test(value) ? value : print(parse(value));

/** Exact sum; `0` for an empty list. */
export const sum = (values: readonly (string | number)[]): string => print(values.reduce((total, value) => total.plus(parse(value)), new Exact(0)));

/** `left - right`, exact. */
export const subtract = (left: string | number, right: string | number): string => print(parse(left).minus(parse(right)));

/** `left * right`, exact (not rounded). */
export const multiply = (left: string | number, right: string | number): string => print(parse(left).times(parse(right)));

/** `percent` per cent of `amount`, exact: `percentOf('12.5', '200')` is `25`. */
export const percentOf = (percent: string | number, amount: string | number): string => print(parse(percent).times(parse(amount)).div(100));

/** Rounded half up (away from zero), as cash is: `round('2.005', 2)` is `2.01`. */
export const round = (value: string | number, places: number): string => print(parse(value).toDecimalPlaces(places));

/** Below, equal or above: -1, 0 or 1. */
export const compare = (left: string | number, right: string | number): -1 | 0 | 1 => parse(left).comparedTo(parse(right)) as -1 | 0 | 1;

// Money is exact: no float ever stands between a provider's text and ours.
import { describe, expect, test } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { compare, decimal, multiply, percentOf, round, subtract, sum } from '../../lib/money.ts';

describe('decimal', () => {
  test.each<[string | number, string]>([
    ['1890', '1890'], ['1890.00', '1890'], ['199.90', '199.9'], ['0199.9000', '199.9'], ['0', '0'], ['-0', '0'], ['-0.00', '0'], ['+5', '5'], ['.5', '0.5'],
    ['5.', '5'], [' 60.00 ', '60'], ['-12.3400', '-12.34'], [1890, '1890'], [0.1, '0.1'], [1e21, '1000000000000000000000'], ['1e3', '1000'], [-0, '0'],
    ['123456789012345678901234567890.123456789', '123456789012345678901234567890.123456789'], ['0.000001', '0.000001'], [1e-7, '0.0000001'],
  ])('%s is %s', (value, text) => expect(decimal(value)).toBe(text));

  test.each(['', ' ', 'abc', '1.234,56', '12,5', '0x10', 'NaN', 'Infinity', '1e9999', '--1', '1 000', 'R$ 10', Number.NaN, Number.POSITIVE_INFINITY])('%s is refused', (value) => {
    expect(() => decimal(value)).toThrow(PonteError);
    expect(() => decimal(value)).toThrow(/expected a decimal/);
  });
});

test('sums and differences are exact', () => {
  expect(sum(['0.1', '0.2'])).toBe('0.3');
  expect(sum([])).toBe('0');
  expect(sum(Array.from({ length: 10_000 }, () => '0.01'))).toBe('100');
  expect(subtract('1', '0.9')).toBe('0.1');
  expect(subtract('0.3', 0.3)).toBe('0');
  expect(multiply('1234567890123.4567', '1.000001')).toBe('1234569124691.3468234567');
});

test('percentages and rounding', () => {
  expect(percentOf('12.5', '200')).toBe('25');
  expect(percentOf('33.33', '0.01')).toBe('0.003333');
  expect([round('2.005', 2), round('-2.005', 2), round('2.004', 2), round('7', 2)]).toEqual(['2.01', '-2.01', '2', '7']);
});

test('comparison is by value', () => {
  expect([compare('1.0', '1'), compare('0.1', 0.2), compare('10', '9')]).toEqual([0, -1, 1]);
});

// The choices of fields that the benchmark sends: no two alike, and answers that fit them.
import { expect, test } from 'vitest';
import { cut, printFields, subset, subsetsOf, type Fields } from '../../bench/gateway/load/subset.ts';

const FIELDS: Fields = ['a', 'b', ['c', ['d', ['e', ['f', 'g']]]], 'h', ['i', ['a', 'j', 'k']], 'l', 'm'];

test('every number chooses other fields, about half of them', () => {
  const all = Array.from({ length: subsetsOf(FIELDS) }, (_, number) => printFields(subset(FIELDS, number)));
  expect(all).toHaveLength(2 ** 11);
  expect(new Set(all).size).toBe(all.length);
  const first = all.slice(0, 100).map((text) => text.match(/\w/g)?.length ?? 0);
  expect(first.reduce((sum, count) => sum + count, 0) / 100).toBeGreaterThan(5);
});

test('an answer is cut to the fields that were chosen, in its own order', () => {
  const whole = { a: 1, c: { d: [1, 2], e: { f: null, g: 'x' } }, i: [{ a: 1, j: 2, k: 3 }, { a: 4, j: 5, k: 6 }], l: null };
  expect(JSON.stringify(cut(whole, [['i', ['k', 'a']], 'l', ['c', [['e', ['f']]]]]))).toBe('{"c":{"e":{"f":null}},"i":[{"a":1,"k":3},{"a":4,"k":6}],"l":null}');
  expect(printFields([['i', ['k', 'a']], 'l'])).toBe('i { k a } l');
});

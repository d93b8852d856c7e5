import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeLong } from '../../gateway/doors/utf8.ts';

test('a long text has the bytes that Node gives it, whatever came before it', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', '"', 'ã', 'ß', '漢', '🎉', '\ud800', '\0'), minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(piece, fc.integer({ min: 1, max: 120_000 }), (unit, length) => {
      const text = unit.repeat(Math.ceil(length / unit.length));
      const encoded = encodeLong(text);
      expect(typeof encoded === 'string' ? encoded === text : encoded.equals(Buffer.from(text, 'utf8'))).toBe(true);
    }),
    { numRuns: 60 },
  );
  const huge = 'ção'.repeat(700_000);
  expect((encodeLong(huge) as Buffer).equals(Buffer.from(huge))).toBe(true);
});

test('two answers share no bytes', () => {
  const [first, second] = [encodeLong('a'.repeat(20_000)), encodeLong('b'.repeat(20_000))] as [Buffer, Buffer];
  expect([first[0], second[0], first.buffer === second.buffer && first.byteOffset === second.byteOffset]).toEqual([0x61, 0x62, false]);
});

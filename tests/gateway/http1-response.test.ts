// The reader of responses: the same answer however the bytes are cut, an error for whatever could be read in two ways.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ResponseReader, TransportError } from '../../gateway/sources/http1-response.ts';

interface Read {
  status: number;
  body: string;
  reusable: boolean;
  done: boolean;
}

/** Feeds `wire` cut at the given places, each piece from a buffer with other bytes behind it. */
function read(wire: string, cuts: readonly number[] = [], maxBody = 1 << 20): Read {
  const reader = new ResponseReader(maxBody);
  const places = [...new Set(cuts.map((cut) => cut % (wire.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, wire.length]) {
    const piece = Buffer.from(wire.slice(from, to), 'latin1');
    const shared = Buffer.concat([piece, Buffer.from('\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n')]);
    reader.feed(shared, piece.length);
    from = to;
  }
  return { status: reader.status, body: reader.body, reusable: reader.reusable, done: reader.done };
}
const failureOf = (wire: string, cuts: readonly number[] = [], maxBody?: number): string => {
  try {
    read(wire, cuts, maxBody);
    return 'none';
  } catch (error) {
    return (error as TransportError).failure;
  }
};
const withLength = (body: string, more = '') => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (chunks: readonly string[], tail = '') =>
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks.map((c) => `${c.length.toString(16)};x=1\r\n${c}\r\n`).join('')}0\r\n${tail}\r\n`;

const cuts = fc.array(fc.nat(4_000), { maxLength: 12 });
const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 2_000 });

describe('a response with a length', () => {
  test('is the same wherever the bytes are cut', () => {
    fc.assert(
      fc.property(bytes, cuts, (body, at) => {
        expect(read(withLength(body), at)).toEqual({ status: 200, body, reusable: true, done: true });
      }),
    );
  });

  test('is not done one byte before its end, and its socket is not reused when a byte follows', () => {
    expect(read(withLength('abc').slice(0, -1)).done).toBe(false);
    expect(read(`${withLength('abc')}H`)).toEqual({ status: 200, body: 'abc', reusable: false, done: true });
  });

  test('comes after interim responses; a closing one ends its socket', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n';
    expect(read(interim + withLength('ok', 'Connection: close\r\n'), [10, 30])).toEqual({ status: 200, body: 'ok', reusable: false, done: true });
  });

  test('tells how long its socket may be idle and when to come again', () => {
    const reader = new ResponseReader(100);
    const wire = Buffer.from('HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nKeep-Alive: timeout=5, max=10\r\nContent-Length: 0\r\n\r\n');
    reader.feed(wire, wire.length);
    expect(reader).toMatchObject({ status: 503, retryAfter: '2', idleMs: 5_000, done: true });
  });
});

test('a chunked response is the same wherever its bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(bytes.filter((b) => b !== ''), { maxLength: 5 }), cuts, fc.constantFrom('', 'x-trailer: 1\r\n'), (chunks, at, tail) => {
      expect(read(chunked(chunks, tail), at)).toEqual({ status: 200, body: chunks.join(''), reusable: true, done: true });
    }),
  );
});

test('a response without a length lasts until its socket is closed', () => {
  const reader = new ResponseReader(100);
  const wire = Buffer.from('HTTP/1.0 200 OK\r\n\r\nabc');
  reader.feed(wire, wire.length);
  expect(reader.done).toBe(false);
  reader.end();
  expect(reader).toMatchObject({ done: true, body: 'abc', reusable: false });
});

test.each([
  ['no status line', 'hello\r\n\r\n'],
  ['another protocol', 'HTTP/2 200 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching\r\n\r\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc'],
  ['a folded header', 'HTTP/1.1 200 OK\r\nx: 1\r\n 2\r\ncontent-length: 0\r\n\r\n'],
  ['a bare line feed', 'HTTP/1.1 200 OK\r\nx: 1\ncontent-length: 0\r\n\r\n'],
  ['a NUL in a header', 'HTTP/1.1 200 OK\r\nx: \0\r\ncontent-length: 0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a signed length', 'HTTP/1.1 200 OK\r\ncontent-length: +3\r\n\r\nabc'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 3, 3\r\n\r\nabc'],
  ['a compressed body', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc'],
  ['an unknown transfer coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['a chunk size with a prefix', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n'],
  ['a chunk that is longer than it says', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n'],
  ['a negative chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n0\r\n\r\n'],
  ['a head without an end', `HTTP/1.1 200 OK\r\n${'x: yyyyyyyyyyyyyyyy\r\n'.repeat(2_000)}`],
  ['endless interim responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20)],
])('%s is refused', (_what, wire) => {
  expect(failureOf(wire)).toBe('protocol');
  expect(failureOf(wire, [...Array(400).keys()])).toBe('protocol');
});

test('a body beyond the limit is refused before it is read', () => {
  expect(failureOf(withLength('').replace('Content-Length: 0', 'Content-Length: 999999999'), [], 100)).toBe('too large');
  expect(failureOf(chunked(['a'.repeat(60), 'b'.repeat(60)]), [50], 100)).toBe('too large');
  expect(failureOf(`HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(101)}`, [30], 100)).toBe('too large');
});

test('whatever bytes come, the reader ends, waits for more, or refuses with its own error', () => {
  const piece = fc.oneof(bytes, fc.constantFrom('HTTP/1.1 200 OK\r\n', '\r\n', '\r\n\r\n', 'content-length: 5\r\n', 'transfer-encoding: chunked\r\n', '5\r\nhello\r\n', '0\r\n\r\n', ':', '\n', '\r'));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), cuts, fc.boolean(), (pieces, at, started) => {
      const wire = (started ? 'HTTP/1.1 200 OK\r\n' : '') + pieces.join('');
      let whole: Read | string;
      try {
        whole = read(wire);
      } catch (error) {
        expect(error).toBeInstanceOf(TransportError);
        whole = (error as TransportError).failure;
      }
      let cut: Read | string;
      try {
        cut = read(wire, at);
      } catch (error) {
        cut = (error as TransportError).failure;
      }
      expect(cut).toEqual(whole);
    }),
    { numRuns: 2_000 },
  );
});

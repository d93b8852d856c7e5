// Walking over JSON in bytes without making values of it. Each function takes the position of a value and gives the one behind
// it, or throws a Misfit. `b` ends with a zero byte behind the text, which no value goes on with, so that nothing reads on.
import { Misfit, type MisfitReason } from './unsuited.ts';

export type Bytes = Uint8Array;

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
/** Longer numbers lose digits when they are parsed; they are left to the object tier, as exponents are. */
const LONGEST_NUMBER = 24;
const DEEPEST = 200;

export function misfit(reason: MisfitReason): never {
  throw new Misfit(reason);
}

function escaped(b: Bytes, i: number): number {
  switch (b[i]) {
    case QUOTE:
    case BACKSLASH:
    case 47: // /
    case 98: // b
    case 102: // f
    case 110: // n
    case 114: // r
    case 116: // t
      return i + 1;
    case 117: // u
      for (let digit = i + 1; digit < i + 5; digit++) {
        const c = b[digit]! | 32;
        if (!((b[digit]! >= ZERO && b[digit]! <= NINE) || (c >= 97 && c <= 102))) misfit('shape');
      }
      return i + 5;
    default:
      return misfit('shape');
  }
}

/** From behind the opening quote to behind the closing one. */
export function string(b: Bytes, i: number): number {
  for (;;) {
    const c = b[i++]!;
    if (c === QUOTE) return i;
    if (c === BACKSLASH) i = escaped(b, i);
    else if (c < 32) misfit('shape');
  }
}

function digits(b: Bytes, i: number): number {
  if (b[i]! < ZERO || b[i]! > NINE) misfit('leaf');
  do i++;
  while (b[i]! >= ZERO && b[i]! <= NINE);
  return i;
}

/** Without the numbers whose text changes when they are parsed and written again: -0, exponents, very long ones. */
export function float(b: Bytes, from: number): number {
  let i = from;
  if (b[i] === MINUS) i++;
  if (b[i] === ZERO) {
    i++;
    if (i === from + 2 && b[i] !== DOT) misfit('leaf');
  } else i = digits(b, i);
  if (b[i] === DOT) i = digits(b, i + 1);
  if ((b[i]! | 32) === 101 || i - from > LONGEST_NUMBER) misfit('leaf');
  return i;
}

/** Within 32 bits, as the type says. */
export function int(b: Bytes, from: number): number {
  const negative = b[from] === MINUS;
  const first = negative ? from + 1 : from;
  let i = first;
  let value = 0;
  while (b[i]! >= ZERO && b[i]! <= NINE) value = value * 10 + b[i++]! - ZERO;
  if (i === first || i - first > 10 || (b[first] === ZERO && (negative || i > first + 1)) || value > (negative ? 2_147_483_648 : 2_147_483_647)) misfit('leaf');
  if (b[i] === DOT || (b[i]! | 32) === 101) misfit('leaf');
  return i;
}

export function boolean(b: Bytes, i: number): number {
  if (b[i] === 116 && b[i + 1] === 114 && b[i + 2] === 117 && b[i + 3] === 101) return i + 4;
  if (b[i] === 102 && b[i + 1] === 97 && b[i + 2] === 108 && b[i + 3] === 115 && b[i + 4] === 101) return i + 5;
  return misfit('leaf');
}

/** A `null` where one may be. */
export function none(b: Bytes, i: number): number {
  if (b[i] === 110 && b[i + 1] === 117 && b[i + 2] === 108 && b[i + 3] === 108) return i + 4;
  return misfit('leaf');
}

/** Any value, without white space. */
export function any(b: Bytes, i: number, depth = 0): number {
  const c = b[i]!;
  if (c === QUOTE) return string(b, i + 1);
  if (c === 110) return none(b, i);
  if (c === 116 || c === 102) return boolean(b, i);
  if (c !== OPEN && c !== OPEN_LIST) return float(b, i);
  if (depth > DEEPEST) misfit('shape');
  const end = c + 2;
  i++;
  if (b[i] === end) return i + 1;
  for (;;) {
    if (c === OPEN) {
      if (b[i] !== QUOTE) misfit('shape');
      i = string(b, i + 1);
      if (b[i++] !== COLON) misfit('shape');
    }
    i = any(b, i, depth + 1);
    const next = b[i++];
    if (next === end) return i;
    if (next !== COMMA) misfit('shape');
  }
}

/** What may follow the data: extensions, and white space at the very end. */
export function tail(b: Bytes, i: number, end: number): void {
  if (b[i] === COMMA && EXTENSIONS.every((c, k) => b[i + k] === c)) i = any(b, i + EXTENSIONS.length);
  if (b[i++] !== CLOSE) misfit('shape');
  while (b[i] === 10 || b[i] === 13 || b[i] === 32 || b[i] === 9) i++;
  if (i !== end) misfit('shape');
}
const EXTENSIONS = [...Buffer.from(',"extensions":')];

// A long answer as bytes: into a place that is there already, in one pass that tells their number, and from there into a buffer of
// their own. For answers of some ten thousand characters that is half of what counting them first and encoding them then takes.

/** Answers below this leave as text: node:http puts them together with their head. */
const LONG = 16 * 1024;
/** Longer ones do not keep a place of this size for ever. */
const LONGEST_KEPT = 1024 * 1024;
/** Bytes that one character (of UTF-16) may take. */
const MOST_BYTES = 3;

const encoder = new TextEncoder();
let place = new Uint8Array(0);

/** The text itself where it is short. */
export function encodeLong(text: string): string | Buffer {
  if (text.length < LONG) return text;
  if (text.length > LONGEST_KEPT) return Buffer.from(text, 'utf8');
  if (place.length < text.length * MOST_BYTES) place = new Uint8Array(Math.min(LONGEST_KEPT, 2 * text.length) * MOST_BYTES);
  const { written } = encoder.encodeInto(text, place);
  return Buffer.from(place.subarray(0, written));
}

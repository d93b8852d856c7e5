// Telephone numbers as Brazilians write them. A number is compared by its key: area code (2) + the last 8 digits, so that
// numbers with and without +55, trunk zero, carrier code and ninth digit meet.
import { getAreaCodeInfo } from '@brazilian-utils/brazilian-utils';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** The 67 area codes in use. Asked once: the mapper of a million records looks here. */
const AREA_CODES: ReadonlySet<string> = new Set(
  Array.from({ length: 89 }, (_, i) => String(i + 11)).filter((code) => getAreaCodeInfo(code) != null),
);

/** Several numbers in one field: `11 98765-0001 / 11 3222-3333`. */
const SEPARATOR = /\s*(?:[/;,|\n]|\sou\s|\se\s)\s*/i;
const EXTENSION = /\s*(?:ramal|ram\.?|ext\.?|r\.)\s*\d{1,6}\s*$/i;
const REPEATED = /^(\d)\1+$/;

/** Area code + subscriber (8 or 9 digits) where that is a plausible number of Brazil, else null. */
function plausible(digits: string): string | null {
  if (digits.length !== 10 && digits.length !== 11) return null;
  if (!AREA_CODES.has(digits.slice(0, 2))) return null;
  const first = digits.charCodeAt(2) - 48;
  const second = digits.charCodeAt(3) - 48;
  // Mobile numbers have 9 digits and start with 9; with 8 digits: 2 to 5 fixed, 6 to 9 mobile from before the ninth digit.
  if (digits.length === 11 ? first !== 9 || second === 0 : first < 2) return null;
  return REPEATED.test(digits.slice(-8)) ? null : digits;
}

/** Digits after a trunk zero: they may start with the two digits of a carrier (0 21 11 98765-0001). */
const afterTrunk = (digits: string): string | null =>
  plausible(digits) ?? (digits.length === 12 || digits.length === 13 ? plausible(digits.slice(2)) : null);

const withoutZeros = (digits: string): string => digits.replace(/^0+/, '');

/** The national number (area code + subscriber) of one written number, or null. */
function national(text: string): string | null {
  const digits = text.replace(/\D+/g, '');
  if (digits.length < 10 || digits.length > 18) return null;
  const abroad = text.trimStart().startsWith('+');
  const bare = abroad ? digits : withoutZeros(digits);
  if (bare.startsWith('55') && bare.length >= 12) {
    const rest = bare.slice(2);
    return rest.startsWith('0') ? afterTrunk(withoutZeros(rest)) : plausible(rest);
  }
  if (abroad) return null;
  return bare.length < digits.length ? afterTrunk(bare) : plausible(bare);
}

const pieces = (text: string): readonly string[] => (/[/;,|\n]|\s(?:ou|e)\s/i.test(text) ? text.split(SEPARATOR) : [text]);

/**
 * Keys by which the numbers in a text are compared: area code + last 8 digits. Empty when the area code cannot be known
 * or the number is not plausible (too short, unknown area code, one digit repeated, a foreign or a toll-free number).
 */
export function phoneKeys(text: string | null | undefined): string[] {
  if (text == null || text === '') return [];
  const keys = new Set<string>();
  for (const piece of pieces(text)) {
    const number = national(piece.replace(EXTENSION, ''));
    if (number !== null) keys.add(number.slice(0, 2) + number.slice(-8));
  }
  return [...keys];
}

/** The number as it is shown: `(11) 98765-0001`; foreign ones as `+1 415 555 2671`. Null when it is no single plausible number. */
export function phoneDisplay(text: string | null | undefined): string | null {
  if (text == null || text === '') return null;
  const number = national(text);
  if (number !== null) return `(${number.slice(0, 2)}) ${number.slice(2, -4)}-${number.slice(-4)}`;
  if (!text.trimStart().startsWith('+')) return null;
  const foreign = parsePhoneNumberFromString(text);
  return foreign !== undefined && foreign.countryCallingCode !== '55' && foreign.isPossible() ? foreign.formatInternational() : null;
}

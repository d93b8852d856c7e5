// CPF and CNPJ numbers with valid check digits, the alphanumeric CNPJ (in use since July 2026) included.

// Letters that look like digits or like each other are left out of the letters that we give.
const LETTERS = 'ABCDEGHJKLMNPRSTVWXY';

/** A check digit: modulo 11 over (character code - 48), weights from the right 2, 3, ... up to `maxWeight`, then 2 again. */
function checkDigit(text: string, maxWeight: number): number {
  let sum = 0;
  let weight = 2;
  for (let i = text.length - 1; i >= 0; i--) {
    sum += (text.charCodeAt(i) - 48) * weight;
    weight = weight === maxWeight ? 2 : weight + 1;
  }
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

/** The CPF (11 digits) whose first nine digits are `base`. Nine equal digits would be refused as a CPF: they are moved by one. */
export function cpfOf(base: number): string {
  let nine = String(base).padStart(9, '0');
  if (/^(\d)\1+$/.test(nine)) nine = nine.slice(0, 8) + String((Number(nine[8]) + 1) % 10);
  const ten = nine + checkDigit(nine, 12);
  return ten + checkDigit(ten, 12);
}

/**
 * The CNPJ (14 positions) of the head office whose root number is `root` (8 digits).
 * `letters`: a positive number makes it alphanumeric, and chooses where the letters stand; 0 keeps digits only.
 */
export function cnpjOf(root: number, letters: number): string {
  let twelve = `${String(root).padStart(8, '0')}0001`;
  if (letters > 0) {
    // Letter i stands for digit i % 10 always, so that two roots never collide.
    const letterAt = (position: number): string =>
      LETTERS[Number(twelve[position]) + (((letters >> position) & 1) === 1 ? 10 : 0)] as string;
    const first = 2 + (letters % 3);
    twelve = twelve.slice(0, first) + letterAt(first) + letterAt(first + 1) + twelve.slice(first + 2);
    if (letters % 4 === 0) twelve = `${twelve.slice(0, 10)}${letterAt(10)}${letterAt(11)}`;
  }
  const thirteen = twelve + checkDigit(twelve, 9);
  return thirteen + checkDigit(thirteen, 9);
}

/** True when both check digits of a bare CPF or CNPJ fit. */
export function isValidDocument(document: string): boolean {
  if (/^\d{11}$/.test(document)) {
    if (/^(\d)\1+$/.test(document)) return false;
    const ten = document.slice(0, 9) + checkDigit(document.slice(0, 9), 12);
    return document === ten + checkDigit(ten, 12);
  }
  if (!/^[0-9A-Z]{12}\d{2}$/.test(document)) return false;
  const thirteen = document.slice(0, 12) + checkDigit(document.slice(0, 12), 9);
  return document === thirteen + checkDigit(thirteen, 9);
}

/** `123.456.789-09` or `12.ABC.345/0001-35`. */
export function maskDocument(document: string): string {
  if (document.length === 11) return document.replace(/^(.{3})(.{3})(.{3})(.{2})$/, '$1.$2.$3-$4');
  return document.replace(/^(.{2})(.{3})(.{3})(.{4})(.{2})$/, '$1.$2.$3/$4-$5');
}

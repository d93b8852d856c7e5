// CPF and CNPJ: taken out of any mask, checked, in one canonical form (digits and upper-case letters only).
// The CNPJ may hold letters since July 2026 (IN RFB 2.229/2024); both forms are accepted everywhere.
import { isValidCnpj, isValidCpf } from '@brazilian-utils/brazilian-utils';

const LABEL = /^\s*(?:cpf\s*\/\s*cnpj|cnpj\s*\/\s*cpf|cpf|cnpj)\b[\s:.º#-]*/i;
const PUNCTUATION = /[\s.\-/\\]+/g;
const CPF = /^\d{11}$/;
const CNPJ = /^[0-9A-Z]{12}\d{2}$/;
const ALL_EQUAL = /^(.)\1+$/;

/** Letters and digits only, as they stand: `12.ABC.345/01DE-35` gives `12ABC34501DE35`. */
export const onlyAlnum = (text: string): string => text.replace(/[^0-9A-Za-z]+/g, '');

/**
 * The CPF (11) or CNPJ (14, alphanumeric ones included) that a text is, without its mask and in upper case.
 * Null when it is none: wrong length, wrong check digits, all positions equal, other words around it.
 */
export function documentOf(text: string | null | undefined): string | null {
  if (text == null || text.length < 11 || text.length > 40) return null;
  const bare = text.replace(LABEL, '').replace(PUNCTUATION, '').toUpperCase();
  if (CPF.test(bare)) return !ALL_EQUAL.test(bare) && isValidCpf(bare) ? bare : null;
  if (CNPJ.test(bare)) return !ALL_EQUAL.test(bare) && isValidCnpj(bare, { version: 2 }) ? bare : null;
  return null;
}

/** Which of the two a canonical document (see `documentOf`) is: a person's or a company's. */
export const documentKind = (document: string): 'CPF' | 'CNPJ' => (document.length === 11 ? 'CPF' : 'CNPJ');

/** A canonical document as it is printed: `529.982.247-25`, `12.ABC.345/01DE-35`. */
export const documentDisplay = (document: string): string =>
  document.length === 11
    ? document.replace(/^(.{3})(.{3})(.{3})(.{2})$/, '$1.$2.$3-$4')
    : document.replace(/^(.{2})(.{3})(.{3})(.{4})(.{2})$/, '$1.$2.$3/$4-$5');

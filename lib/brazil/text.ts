// Names, e-mails and searchable text in the form in which they are compared: lower case, no accents, single spaces.
import { documentOf, onlyAlnum } from './document.ts';

const MARKS = /\p{M}+/gu;
const ASCII = /^[\x20-\x7e]*$/;
const EMAIL = /[^\s<>,;:"'()[\]\\@]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}/;
const PHONE_LIKE = /^[\d\s().+\-/]{8,}$/;

/** Words that do not tell two people or two companies apart. */
export const NAME_PARTICLES: readonly string[] = ['de', 'da', 'do', 'das', 'dos', 'e', 'di', 'del', 'ltda', 'me', 'mei', 'epp', 'eireli', 'sa', 'cia'];
const PARTICLES: ReadonlySet<string> = new Set(NAME_PARTICLES);

/** Lower case, no accents, single spaces; punctuation stays. */
const fold = (text: string): string => {
  const plain = ASCII.test(text) ? text : text.normalize('NFKD').replace(MARKS, '');
  return plain.toLowerCase().replace(/\s+/g, ' ').trim();
};

/** The e-mail address in a text, lower case; null where there is none. */
export function emailKey(text: string | null | undefined): string | null {
  if (text == null || !text.includes('@')) return null;
  return EMAIL.exec(text.toLowerCase())?.[0] ?? null;
}

/** A name as it is compared: lower case, no accents, no punctuation, single spaces. */
export const nameKey = (text: string | null | undefined): string =>
  text == null
    ? ''
    : fold(text)
        .replace(/['’`´]+/g, '')
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();

/** The words of a name that tell people apart: no particles (de, da ...), legal forms (ltda ...) or initials, unless nothing else is there. */
export function nameTokens(text: string | null | undefined): string[] {
  const all = nameKey(text).split(' ').filter((token) => token !== '');
  const telling = all.filter((token) => token.length > 1 && !PARTICLES.has(token));
  return telling.length > 0 ? telling : all;
}

/**
 * What a search looks into: every part in lower case without accents, each once; documents and telephone numbers also
 * without their mask, so that they are found whichever way they are typed.
 */
export function searchText(...parts: readonly (string | null | undefined | readonly string[])[]): string {
  const texts = new Set<string>();
  for (const part of parts.flat()) {
    if (part == null) continue;
    const text = fold(part);
    if (text === '') continue;
    texts.add(text);
    if (PHONE_LIKE.test(text) || documentOf(text) !== null) texts.add(onlyAlnum(text));
  }
  return [...texts].join(' ');
}

// The door of lib/brazil: documents, telephone numbers and names of Brazil in the form in which they are compared.
export { documentDisplay, documentKind, documentOf, onlyAlnum } from './document.ts';
export { phoneDisplay, phoneKeys } from './phone.ts';
export { emailKey, NAME_PARTICLES, nameKey, nameTokens, searchText } from './text.ts';

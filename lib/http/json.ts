// JSON at the border: what is not JSON (a web page, half a document, nothing) is a provider error that says what came
// instead, never an empty value. The text itself stays out of the message: it may hold anything.
import type { ProviderErrors } from './provider-errors.ts';

/** What a text that is not JSON looks like. */
function describe(text: string): string {
  if (text.trim() === '') return 'it is empty';
  if (/^\s*</.test(text) || /<(!doctype|html|body|pre|div)\b/i.test(text.slice(0, 2000))) return 'it is a web page, not JSON';
  if (/^\s*[[{"]/.test(text)) return 'its JSON is cut off or damaged';
  return 'it is not JSON';
}

/** Parses an answer's body (a byte order mark is tolerated). Throws PonteError PROVIDER_UNEXPECTED_RESPONSE, retryable. */
export function parseJson(text: string, errors: ProviderErrors): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw errors.unexpected(describe(text));
  }
}

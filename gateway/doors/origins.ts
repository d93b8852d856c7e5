// Which web pages may call the gateway from a browser: one rule for CORS, for the WebSocket handshake and for plain POSTs.
import type { IncomingHttpHeaders } from 'node:http';

/** Apollo's hosted Sandbox, and the frame in which the embedded one runs. */
const HOSTED_SANDBOX = ['https://studio.apollographql.com', 'https://sandbox.embed.apollographql.com'];
const LOCAL = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export type OriginRule = (headers: IncomingHttpHeaders) => boolean;

/** `allowed` undefined: the hosted Sandbox and pages on this machine; in production nobody but the server's own pages. */
export function createOriginRule(allowed: readonly string[] | undefined, production: boolean): OriginRule {
  const listed = new Set((allowed ?? (production ? [] : HOSTED_SANDBOX)).map((origin) => origin.replace(/\/$/, '')));
  const local = allowed === undefined && !production;
  return ({ origin, host }) => {
    if (origin === undefined) return true; // no browser, or a page of the server's own
    if (listed.has(origin) || listed.has('*') || (local && LOCAL.test(origin))) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  };
}

const SIMPLE_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];
const PROOFS = ['apollo-require-preflight', 'x-apollo-operation-name', 'x-requested-with'];

/**
 * Could a page of another site have sent this without asking the browser's leave (CSRF)? Not where it carries a content type or
 * a header that needs a preflight, comes from an allowed origin, or the browser itself says that the page is ours.
 */
export function mayBeForged(headers: IncomingHttpHeaders, originAllowed: OriginRule): boolean {
  const type = headers['content-type'];
  if (type === 'application/json') return false;
  if (type && !SIMPLE_TYPES.includes(type.split(';', 1)[0]!.trim().toLowerCase())) return false;
  if (PROOFS.some((name) => headers[name] !== undefined && headers[name] !== '')) return false;
  if (headers['sec-fetch-site'] === 'same-origin') return false;
  return headers.origin === undefined || !originAllowed(headers);
}

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

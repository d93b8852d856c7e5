// Where a server may be reached. Without authentication only from this machine; and a server on this machine answers only to
// names of this machine: a page of the internet whose name was made to point here (DNS rebinding) still sends its own name.
import type { IncomingHttpHeaders } from 'node:http';
import { ConfigError } from '../../lib/errors.ts';
import { isLoopback, plainHost } from '../../lib/loopback.ts';

/** Throws a ConfigError where a server without authentication would be reached from elsewhere. */
export function assertBindable(host: string, { required }: { readonly required: boolean }): void {
  if (required || isLoopback(host)) return;
  throw new ConfigError([
    `HOST is "${host}", but nobody has to say who they are: without authentication the gateway listens on this machine only (HOST=127.0.0.1). ` +
      'Set AUTH_API_KEYS=true and make a key with `ponte key create`, or set AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE of an identity provider',
  ]);
}

export type HostRule = (headers: IncomingHttpHeaders) => boolean;

/** `name`, `name:port`, `[address]:port`. */
const HOST_HEADER = /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/i;

/**
 * Which `Host` a request may name, for HTTP and for the upgrade to WebSocket. `bound`: the address that the server listens on.
 * `allowed`: further names without a port, `*.example.com` for all below one. Elsewhere than on loopback, without names, any.
 */
export function createHostRule({ bound, allowed = [] }: { readonly bound: string; readonly allowed?: readonly string[] }): HostRule {
  if (!isLoopback(bound) && allowed.length === 0) return () => true;
  const names = allowed.map(plainHost);
  const exact = new Set(names.filter((name) => !name.startsWith('*.')));
  const below = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
  const allows = (host: string): boolean => {
    const name = HOST_HEADER.exec(host)?.[1];
    if (name === undefined) return false;
    const plain = plainHost(name);
    return isLoopback(plain) || exact.has(plain) || below.some((end) => plain.length > end.length && plain.endsWith(end));
  };
  /** Clients name a server by one name, time after time. */
  let lastAllowed: string | undefined;
  return ({ host }) => {
    if (host === undefined) return false;
    if (host === lastAllowed) return true;
    if (!allows(host)) return false;
    lastAllowed = host;
    return true;
  };
}

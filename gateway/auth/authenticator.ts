// From what a caller sends to who it is. Keys of the API and tokens of an identity provider; where neither is configured, every
// caller may do everything, and the server must not be reached from elsewhere (see hosts.ts).
import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from '../../lib/log.ts';
import { OPEN, type Principal } from '../principal.ts';
import { unauthenticated } from './credential.ts';
import { KeyRing, type KeyRingOptions } from './key-ring.ts';
import type { KeyStore } from './key-store.ts';
import { Tokens, type TokenOptions } from './tokens.ts';

export interface AuthOptions {
  readonly log: Logger;
  /** Where keys are kept; without it they are not accepted. */
  readonly keys?: KeyStore;
  /** Whose tokens are accepted; without it none are. */
  readonly tokens?: TokenOptions;
  /** Limits of the key ring, for tests and for who knows better. */
  readonly ring?: Pick<KeyRingOptions, 'ttlMs' | 'triesPerAddress' | 'triesPerSecond'>;
}

/** What a decision may look at. */
export interface AuthCaller {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress?: string | undefined;
  /** Payload of `connection_init`, for WebSocket callers. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
}

export interface Authenticator {
  /** False where nothing is configured: every caller is `OPEN`. */
  readonly required: boolean;
  /** Throws UNAUTHENTICATED (401), RATE_LIMITED (429) or OVERLOADED (503). */
  authenticate(caller: AuthCaller): Promise<Principal>;
  close(): Promise<void>;
}

const LONGEST = 16 * 1024;
const PLAIN_KEY = /^ponte_[\w-]{1,100}$/;
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const bare = (text: string): string => text.trim().replace(/^bearer\s+/i, '');

/** `authorization` is a bearer or nothing that is meant for us: a proxy's own password is not ours. */
function fromHeaders({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string[] {
  return [...(isText(authorization) && /^\s*bearer\s+\S/i.test(authorization) ? [bare(authorization)] : []), ...(isText(apiKey) ? [apiKey.trim()] : [])];
}

const PARAMS = new Set(['authorization', 'apikey', 'x-api-key']);

function fromParams(params: Readonly<Record<string, unknown>> | undefined): string[] {
  return Object.entries(params ?? {}).flatMap(([name, value]) => (PARAMS.has(name.toLowerCase()) && isText(value) ? [bare(value)] : []));
}

/** The one credential of a caller. A WebSocket's own parameters go before the headers of its handshake. */
function credentialOf({ headers, connectionParams }: AuthCaller): string {
  const { authorization, 'x-api-key': apiKey } = headers;
  // What almost every request looks like.
  if (connectionParams === undefined && authorization === undefined && typeof apiKey === 'string' && PLAIN_KEY.test(apiKey)) return apiKey;
  const params = fromParams(connectionParams);
  const [first, ...others] = new Set(params.length > 0 ? params : fromHeaders(headers));
  if (first === undefined)
    throw unauthenticated('Say who you are: this server needs a key or a token', 'Send `Authorization: Bearer <key or token>` or `x-api-key: <key>`; in a WebSocket, `connectionParams: { authorization }`.');
  if (others.length > 0) throw unauthenticated('Two different credentials were sent', 'Send one: `Authorization` or `x-api-key`.');
  if (first.length > LONGEST) throw unauthenticated('The credential is too long');
  return first;
}

export function createAuthenticator({ log, keys, tokens, ring }: AuthOptions): Authenticator {
  if (!keys && !tokens) return { required: false, authenticate: () => Promise.resolve(OPEN), close: () => Promise.resolve() };
  const keyRing = keys && new KeyRing({ ...ring, store: keys, log });
  const issuer = tokens && new Tokens(tokens);
  return {
    required: true,
    async authenticate(caller) {
      const credential = credentialOf(caller);
      if (credential.startsWith('ponte_')) {
        if (!keyRing) throw unauthenticated('This server takes no keys', 'Send a token of its identity provider.');
        return keyRing.find(credential, caller.remoteAddress);
      }
      if (credential.split('.').length === 3 && issuer) return issuer.find(credential);
      throw unauthenticated('This credential is not of a kind that this server takes', issuer ? 'Send a signed token (JWT) of its identity provider.' : 'Send a key made with `ponte key create`.');
    },
    async close() {
      await keyRing?.close();
    },
  };
}

// JSON Web Tokens of an identity provider: signed with a key of its JWKS, for us, not expired. Only asymmetric algorithms: a
// token must not be signed with what everybody can read.
import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { PonteError } from '../../lib/errors.ts';
import { isId } from '../../lib/ids.ts';
import type { AllowedWallets } from '../../lib/graphql/subgraph.ts';
import { Credential, unauthenticated } from './credential.ts';

export interface TokenOptions {
  /** Where the provider publishes its keys: https, or http on this machine. */
  readonly jwksUrl: string;
  readonly issuer: string;
  /** One of these must be in `aud`. */
  readonly audience: readonly string[];
  /**
   * Claim that names the wallets: a list of ids, or `all`. A token without it sees none. `*`: no claim is read, and every token
   * of this issuer sees every wallet.
   */
  readonly walletsClaim: string;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const CLOCK_TOLERANCE_S = 30;
const MOST_KEPT = 10_000;
/** The provider may have withdrawn the key that signed it. */
const VERIFY_AGAIN_MS = 5 * 60_000;
const HINT = 'Ask the identity provider for a new one.';

const words = (value: unknown): string[] => (typeof value === 'string' ? value.split(/[\s,]+/) : Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []).filter((word) => word !== '');

/** `scope` (RFC 8693: separated by spaces) and `scp` (a list, with some providers). */
export const scopesOf = (claims: JWTPayload): ReadonlySet<string> => new Set([...words(claims['scope']), ...words(claims['scp'])]);

/** Throws UNAUTHENTICATED where the claim is not what was agreed on: read as anything else, it would show too much or too little. */
export function walletsOf(claims: JWTPayload, claim: string): AllowedWallets {
  if (claim === '*') return 'all';
  const value = claims[claim];
  if (value === undefined || value === null) return [];
  if (value === 'all') return 'all';
  const ids = words(value);
  if ((typeof value !== 'string' && !Array.isArray(value)) || (Array.isArray(value) && ids.length !== value.length) || !ids.every(isId))
    throw unauthenticated(`The token's claim "${claim}" is not a list of wallet ids, and not "all"`, HINT);
  return ids.map((id) => id.toLowerCase());
}

/** Why a token is not accepted, without its content. */
function refusalOf(error: unknown): PonteError {
  if (error instanceof PonteError) return error;
  if (error instanceof errors.JWTExpired) return unauthenticated('The token has expired', HINT);
  if (error instanceof errors.JWTClaimValidationFailed) return unauthenticated(`The token's claim "${error.claim}" is ${error.reason === 'missing' ? 'missing' : 'not accepted here'}`, HINT);
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) return unauthenticated("The token is not signed with a key of this server's identity provider", HINT);
  if (error instanceof errors.JOSEAlgNotAllowed) return unauthenticated('The token is signed with an algorithm that is not accepted', HINT);
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid || error instanceof errors.JOSENotSupported) return unauthenticated('The token cannot be read', HINT);
  return new PonteError('OVERLOADED', "The identity provider's keys cannot be read at the moment", { hint: 'Try again in a moment.', retryable: true, retryAfterMs: 5_000, cause: error });
}

interface Held {
  readonly credential: Credential;
  readonly verifiedAt: number;
}

export class Tokens {
  readonly #options: TokenOptions;
  readonly #keys: JWTVerifyGetKey;
  readonly #held = new LRUCache<string, Held>({ max: MOST_KEPT });

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 10 * 60_000 });
  }

  /** Throws UNAUTHENTICATED; OVERLOADED where the provider's keys cannot be had. */
  find(token: string): Credential | Promise<Credential> {
    const name = createHash('sha256').update(token).digest('base64');
    const held = this.#held.get(name);
    if (held && Date.now() - held.verifiedAt < VERIFY_AGAIN_MS) return held.credential.check();
    return this.#verify(token, name, held?.credential);
  }

  async #verify(token: string, name: string, before: Credential | undefined): Promise<Credential> {
    const { issuer, audience, walletsClaim } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience: [...audience],
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'sub'],
      });
      const credential =
        before ??
        new Credential({
          id: `jwt:${payload.iss}|${payload.sub}`,
          scopes: scopesOf(payload),
          wallets: walletsOf(payload, walletsClaim),
          expiresAt: (payload.exp! + CLOCK_TOLERANCE_S) * 1_000,
          expired: 'The token has expired',
        });
      this.#held.set(name, { credential, verifiedAt: Date.now() });
      return credential.check();
    } catch (error) {
      this.#held.delete(name);
      const refusal = refusalOf(error);
      if (refusal.code === 'UNAUTHENTICATED') before?.end(refusal);
      throw refusal;
    }
  }
}

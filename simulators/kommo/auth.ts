// Long-lived tokens (kommo.md 1.2): RS256, signed with this simulator's own key, with exactly the documented claims.
// Nobody can verify a real one outside the provider, so a client proves a token by calling `GET /account`.
import { createHash } from 'node:crypto';
import { SignJWT, generateKeyPair, importPKCS8, jwtVerify, exportPKCS8 } from 'jose';
import type { CryptoKey } from 'jose';

export const ALL_SCOPES: readonly string[] = ['crm', 'files', 'files_delete', 'notifications', 'push_notifications'];
const DAY_SECONDS = 86_400;

export interface TokenOptions {
  /** From now to the midnight (UTC) of that day; 0 or less makes an expired token. Default 365. */
  expiresInDays?: number;
  scopes?: readonly string[];
  /** Start of validity; also `iat`, as in real tokens. */
  notBefore?: Date;
  /** An account other than the simulated one gives a token that is well signed and refused. */
  accountId?: number;
  userId?: number;
}

export interface Bearer {
  userId: number;
  scopes: ReadonlySet<string>;
}

export interface TokenMint {
  token(options?: TokenOptions): Promise<string>;
  /** Undefined: the answer is 401, whatever the reason. */
  verify(token: string): Promise<Bearer | undefined>;
  revoke(token: string): void;
  /** PEM of the signing key: give it to the next simulator, and its predecessor's tokens stay valid. */
  privateKey(): Promise<string>;
}

export interface TokenMintOptions {
  accountId: number;
  userId: number;
  seed: string;
  nowSeconds: () => number;
  userFlags: () => boolean;
  signingKey?: string;
}

export async function createTokenMint(options: TokenMintOptions): Promise<TokenMint> {
  const { privateKey, publicKey } = await keysOf(options.signingKey);
  const hex = (name: string): string => createHash('sha512').update(`${options.seed}:${name}`).digest('hex');
  const revoked = new Set<string>();
  let issued = 0;

  return {
    async token(wanted = {}) {
      const now = wanted.notBefore ? Math.floor(wanted.notBefore.getTime() / 1000) : options.nowSeconds();
      const days = wanted.expiresInDays ?? 365;
      const exp = Math.floor((options.nowSeconds() + days * DAY_SECONDS) / DAY_SECONDS) * DAY_SECONDS;
      issued += 1;
      const jti = hex(`jti:${issued}`).slice(0, 80);
      const claims = {
        aud: uuidFrom(hex('aud')),
        jti,
        iat: now,
        nbf: now,
        exp,
        sub: String(wanted.userId ?? options.userId),
        grant_type: '',
        account_id: wanted.accountId ?? options.accountId,
        base_domain: 'kommo.com',
        version: 2,
        scopes: [...(wanted.scopes ?? ALL_SCOPES)],
        hash_uuid: uuidFrom(hex('hash')),
        api_domain: 'api-c.kommo.com',
        ...(options.userFlags() ? { user_flags: 0 } : {}),
      };
      return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', jti }).sign(privateKey);
    },

    async verify(token) {
      if (revoked.has(token)) return undefined;
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ['RS256'],
          currentDate: new Date(options.nowSeconds() * 1000),
        });
        if (payload['account_id'] !== options.accountId) return undefined;
        const scopes = Array.isArray(payload['scopes']) ? payload['scopes'].map(String) : [];
        return { userId: Number(payload.sub), scopes: new Set(scopes) };
      } catch {
        // jose names a dozen reasons; the provider tells none of them
        return undefined;
      }
    },

    revoke(token) {
      revoked.add(token);
    },

    privateKey: () => exportPKCS8(privateKey),
  };
}

async function keysOf(pem: string | undefined): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  if (pem === undefined) return generateKeyPair('RS256', { extractable: true });
  const privateKey = await importPKCS8(pem, 'RS256', { extractable: true });
  const { kty, n, e } = await crypto.subtle.exportKey('jwk', privateKey);
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const publicKey = await crypto.subtle.importKey(
    'jwk',
    { kty: kty as string, n: n as string, e: e as string },
    algorithm,
    true,
    ['verify'],
  );
  return { privateKey, publicKey };
}

const uuidFrom = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;

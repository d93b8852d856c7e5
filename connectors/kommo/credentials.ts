// The long-lived token of Kommo: a JWT that is read here and verified nowhere (Kommo publishes no key, kommo.md 1.2). What
// it says about itself is checked before the first request; that it is valid is proven by `GET /account` alone.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { PonteError } from '../../lib/errors.ts';
import { DAY, MINUTE } from '../../lib/time.ts';
import type { TokenFacts } from '../../sync/types.ts';
import { kommoErrors, NEW_TOKEN } from './words.ts';

/** What a sync needs (kommo.md 1.2: scopes crm, files, files_delete, notifications, push_notifications). */
export const REQUIRED_SCOPES: readonly string[] = ['crm'];

/** Our clock may be behind the one that issued the token. */
const CLOCK_SKEW_MS = 2 * MINUTE;

/** The largest instant that a Date can hold, in seconds. */
const MAX_SECONDS = 8.64e12;
const seconds = z.number().min(0).max(MAX_SECONDS);

const header = z.object({ alg: z.string() });
const claims = z.object({
  exp: seconds,
  nbf: seconds.optional(),
  account_id: z.union([z.int().positive(), z.string().regex(/^[1-9]\d*$/)]).transform(String),
  base_domain: z.string().optional(),
  api_domain: z.string().optional(),
  scopes: z.array(z.string()).optional(),
});

/** What the token claims. */
export interface Claims {
  readonly accountId: string;
  /** `kommo.com`, `amocrm.ru`; null where it says nothing. */
  readonly baseDomain: string | null;
  /** `api-c.kommo.com`; null where it says nothing. */
  readonly apiDomain: string | null;
  /** Null where the token does not list them: then nothing can be said about missing ones. */
  readonly scopes: readonly string[] | null;
  readonly expiresAt: Date;
  readonly notBefore: Date | null;
}

export interface Credentials {
  /** The token itself; goes into the Authorization header and nowhere else. */
  readonly token: string;
  /** Null for a text that is no token of Kommo. */
  readonly claims: Claims | null;
  facts(now?: Date): TokenFacts | null;
  /** What forbids to ask Kommo at all: garbage, expired, not yet valid. Null where nothing does. */
  problem(now?: Date): PonteError | null;
  /** What forbids to read data though the token may be valid: a scope that it lacks. */
  scopeProblem(): PonteError | null;
}

type Decoded = { readonly claims: Claims } | { readonly reason: string };

/** Reads a token. The reason never holds a part of it. */
function decode(token: string): Decoded {
  let parts: { header: unknown; payload: unknown };
  try {
    if (token.split('.').length !== 3 || token.endsWith('.')) return { reason: 'it is no JSON Web Token' };
    parts = { header: decodeProtectedHeader(token), payload: decodeJwt(token) };
  } catch {
    return { reason: 'it is no JSON Web Token' };
  }
  const head = header.safeParse(parts.header);
  if (!head.success || head.data.alg === 'none') return { reason: 'it is not signed' };
  // One-time tokens of widgets are signed with a shared secret (kommo.md 1.3).
  if (head.data.alg.startsWith('HS')) return { reason: 'it is the one-time token of a widget, not a long-lived one' };
  const body = claims.safeParse(parts.payload);
  if (!body.success) return { reason: `it lacks a usable claim "${String(body.error.issues[0]?.path[0] ?? '')}"` };
  const { exp, nbf, account_id: accountId, base_domain: baseDomain, api_domain: apiDomain, scopes } = body.data;
  return {
    claims: {
      accountId,
      baseDomain: baseDomain?.toLowerCase() ?? null,
      apiDomain: apiDomain?.toLowerCase() ?? null,
      scopes: scopes ?? null,
      expiresAt: new Date(exp * 1000),
      notBefore: nbf === undefined ? null : new Date(nbf * 1000),
    },
  };
}

const day = (date: Date): string => date.toISOString().slice(0, 10);

const refused = (sentence: string, hint: string): PonteError => new PonteError('PROVIDER_UNAUTHORIZED', sentence, { hint });

/** Decodes and checks a token without asking Kommo. Never throws: what is wrong is told by `problem`. */
export function readCredentials(token: string, requiredScopes: readonly string[] = REQUIRED_SCOPES): Credentials {
  const trimmed = token.trim().replace(/^bearer\s+/i, '');
  const decoded = decode(trimmed);
  const known = 'claims' in decoded ? decoded.claims : null;
  const missing = known?.scopes ? requiredScopes.filter((scope) => !known.scopes?.includes(scope)) : [];

  return {
    token: trimmed,
    claims: known,
    facts: (now = new Date()) =>
      known && {
        expiresAt: known.expiresAt.toISOString(),
        daysLeft: Math.max(0, Math.floor((known.expiresAt.getTime() - now.getTime()) / DAY)),
        scopes: known.scopes ?? [],
        missingScopes: missing,
      },
    problem(now = new Date()) {
      if ('reason' in decoded) return refused(`The token of Kommo cannot be used: ${decoded.reason}.`, `Copy the whole token again. ${NEW_TOKEN}`);
      const { expiresAt, notBefore } = decoded.claims;
      if (expiresAt <= now) return refused(`The token of Kommo expired on ${day(expiresAt)}.`, NEW_TOKEN);
      if (notBefore && notBefore.getTime() > now.getTime() + CLOCK_SKEW_MS) {
        return refused(`The token of Kommo is not valid before ${notBefore.toISOString()}.`, 'Wait until then, or set the clock of this machine right.');
      }
      return null;
    },
    scopeProblem: () => (missing.length === 0 ? null : kommoErrors.forbidden(`the token lacks the scope ${missing.join(', ')}`)),
  };
}

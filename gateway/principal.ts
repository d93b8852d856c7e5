// Who asks, and what they may do: made once per request (or connection) by the authentication, honoured by everything behind it.
import type { AllowedWallets } from '../lib/graphql/subgraph.ts';

/** What may be granted. `admin` grants everything, and is the only one that shows raw records (`metadata`, `payload`); `metrics:read` is for who scrapes `/metrics`. */
export const SCOPES = ['erp:read', 'crm:read', 'erp:write', 'crm:write', 'sync:read', 'sync:write', 'identity:read', 'identity:write', 'metrics:read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** For logs, rate limits and cache keys: `key:7f3a`, `jwt:<issuer>|<subject>`, `open` (no authentication configured). Never a secret. */
  readonly id: string;
  /** Names of `SCOPES`; a token may carry others, which grant nothing here. */
  readonly scopes: ReadonlySet<string>;
  /** Rows of other wallets do not exist for this caller. */
  readonly wallets: AllowedWallets;
  /** Aborted the moment the credential is revoked or expires: streams that hang on it end. Absent where neither can happen. */
  readonly ended?: AbortSignal;
}

/** The caller of a server without authentication, which listens to this machine only: may do everything. */
export const OPEN: Principal = { id: 'open', scopes: new Set(SCOPES), wallets: 'all' };

/** True where the caller holds every scope of at least one of the given sets (the meaning of `@requiresScopes`). */
export const satisfies = ({ scopes }: Principal, anyOf: readonly (readonly string[])[]): boolean =>
  scopes.has('admin') || anyOf.some((all) => all.every((scope) => scopes.has(scope)));

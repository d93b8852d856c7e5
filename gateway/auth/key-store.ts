// The port to where the keys of the API are kept; filled from outside, because the gateway itself has no database.
import type { AllowedWallets } from '../../lib/graphql/subgraph.ts';

export interface ApiKey {
  readonly id: string;
  /** For people: what uses it. */
  readonly name: string;
  /** sha256 of the key's text, 32 bytes. */
  readonly hash: Uint8Array;
  readonly scopes: readonly string[];
  readonly wallets: AllowedWallets;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface KeyStore {
  /** The key with this hash, revoked or expired ones too. Rejects where it cannot be asked. */
  find(hash: Uint8Array): Promise<ApiKey | null>;
  /**
   * Calls `onChange` with the id of every key that was changed, revoked or deleted, until the signal is aborted; with null
   * where changes may have been missed. Resolves when nothing more will come; never rejects.
   */
  changes(signal: AbortSignal, onChange: (id: string | null) => void): Promise<void>;
  /** Notes that a key is in use. Called rarely; a failure is nobody's matter. */
  used(id: string): Promise<void>;
}

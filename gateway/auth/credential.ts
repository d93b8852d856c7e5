// A principal that can end: by its hour, or because somebody revoked it. All streams of a credential share one signal and one
// timer, which exist only once a stream has asked for them.
import { setMaxListeners } from 'node:events';
import { PonteError } from '../../lib/errors.ts';
import type { AllowedWallets } from '../../lib/graphql/subgraph.ts';
import type { Principal } from '../principal.ts';

export interface CredentialOptions {
  readonly id: string;
  readonly scopes: Iterable<string>;
  readonly wallets: AllowedWallets;
  /** Milliseconds since 1970; null where it has no end. */
  readonly expiresAt: number | null;
  /** What a stream is told when the hour has come. */
  readonly expired: string;
  /** Called once, when the first stream hangs on it. */
  onWatched?(): void;
}

/** setTimeout knows no longer wait. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export const unauthenticated = (message: string, hint?: string): PonteError => new PonteError('UNAUTHENTICATED', message, hint === undefined ? {} : { hint });

export class Credential implements Principal {
  readonly id: string;
  readonly scopes: ReadonlySet<string>;
  readonly wallets: AllowedWallets;
  readonly expiresAt: number | null;
  readonly #expired: string;
  readonly #onWatched: (() => void) | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over: PonteError | undefined;

  constructor({ id, scopes, wallets, expiresAt, expired, onWatched }: CredentialOptions) {
    this.id = id;
    this.scopes = new Set(scopes);
    this.wallets = wallets;
    this.expiresAt = expiresAt;
    this.#expired = expired;
    this.#onWatched = onWatched;
  }

  /** Throws UNAUTHENTICATED where it is over. */
  check(now = Date.now()): this {
    if (!this.#over && this.expiresAt !== null && now >= this.expiresAt) this.end(unauthenticated(this.#expired));
    if (this.#over) throw this.#over;
    return this;
  }

  get ended(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      setMaxListeners(0, this.#controller.signal); // one key may hold thousands of streams
      if (this.#over) this.#controller.abort(this.#over);
      else {
        this.#wait();
        this.#onWatched?.();
      }
    }
    return this.#controller.signal;
  }

  /** Aborts `ended`. The first reason stays. */
  end(reason: PonteError): void {
    if (this.#over) return;
    this.#over = reason;
    clearTimeout(this.#timer);
    this.#controller?.abort(reason);
  }

  #wait(): void {
    if (this.expiresAt === null) return;
    const left = this.expiresAt - Date.now();
    if (left <= 0) return this.end(unauthenticated(this.#expired));
    this.#timer = setTimeout(() => this.#wait(), Math.min(left, LONGEST_WAIT_MS)).unref();
  }
}

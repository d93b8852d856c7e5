// Keys of the API as the gateway knows them. A found key is kept for a short while and forgotten the moment it changes; a text
// that is no key is remembered too, and whoever tries many of them is turned away before the store is asked.
import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { messageOf, PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { Credential, unauthenticated } from './credential.ts';
import type { ApiKey, KeyStore } from './key-store.ts';
import { hexHashKey, isKeyText } from './key-text.ts';

export interface KeyRingOptions {
  readonly store: KeyStore;
  readonly log: Logger;
  /** How long a key is believed without asking again, in milliseconds. Default 30 s. */
  readonly ttlMs?: number;
  /** Unknown keys that one address may try in a minute. Default 20. */
  readonly triesPerAddress?: number;
  /** Unknown keys that all addresses together may try in a second. Default 100. */
  readonly triesPerSecond?: number;
}

interface Held {
  readonly key: ApiKey;
  readonly credential: Credential;
  checkedAt: number;
  usedAt: number;
}

const MOST_KEPT = 10_000;
const USED_EVERY_MS = 5 * 60_000;
const RETRY_MS = 1_000;
const MOST_ATTEMPTS = 5;
const HINT = 'Make a key with `ponte key create`.';

const cannotAsk = (cause: unknown): PonteError => new PonteError('OVERLOADED', 'Keys cannot be checked at the moment', { hint: 'Try again in a moment.', retryable: true, retryAfterMs: RETRY_MS, cause });

/** What a stream is told, and every later request. */
const revoked = (): PonteError => unauthenticated('This key was revoked', HINT);
const same = (a: ApiKey, b: ApiKey): boolean =>
  a.expiresAt?.getTime() === b.expiresAt?.getTime() && JSON.stringify([a.name, a.scopes, a.wallets]) === JSON.stringify([b.name, b.scopes, b.wallets]);

export class KeyRing {
  readonly #options: Required<KeyRingOptions>;
  readonly #held = new LRUCache<string, Held>({ max: MOST_KEPT });
  readonly #unknown: LRUCache<string, true>;
  readonly #asking = new Map<string, Promise<Credential>>();
  /** Keys that streams hang on, by their id. There are at most as many as the store has. */
  readonly #watched = new Map<string, Held>();
  readonly #perAddress: RateLimiterMemory;
  readonly #inAll: RateLimiterMemory;
  /** Changes that were told so far: an answer that was under way when one came may be older than it. */
  #news = 0;
  readonly #over = new AbortController();
  readonly #listening: Promise<void>;
  readonly #sweep: NodeJS.Timeout;

  constructor({ store, log, ttlMs = 30_000, triesPerAddress = 20, triesPerSecond = 100 }: KeyRingOptions) {
    this.#options = { store, log, ttlMs, triesPerAddress, triesPerSecond };
    this.#unknown = new LRUCache({ max: MOST_KEPT, ttl: ttlMs });
    this.#perAddress = new RateLimiterMemory({ points: triesPerAddress, duration: 60 });
    this.#inAll = new RateLimiterMemory({ points: triesPerSecond, duration: 1 });
    this.#listening = store.changes(this.#over.signal, (id) => {
      this.#news++;
      this.#changed(id);
    });
    // For the change whose news was lost.
    this.#sweep = setInterval(() => this.#changed(null), ttlMs).unref();
  }

  /** Throws UNAUTHENTICATED; RATE_LIMITED for who tries too many; OVERLOADED where the store does not answer. */
  find(text: string, address: string | undefined): Credential | Promise<Credential> {
    if (!isKeyText(text)) throw unauthenticated('This is not a key of this server', 'A key looks like ponte_1a2b3c4d_…, and is shown once, when it is made.');
    const name = hexHashKey(text);
    const held = this.#held.get(name);
    if (held && Date.now() - held.checkedAt < this.#options.ttlMs) return this.#use(held);
    if (this.#unknown.has(name)) throw unauthenticated('This key is not known', HINT);
    let asking = this.#asking.get(name);
    if (!asking) {
      const hash = Buffer.from(name, 'hex');
      asking = (held ? this.#ask(hash, name) : this.#try(hash, name, address)).finally(() => this.#asking.delete(name));
      this.#asking.set(name, asking);
    }
    return asking;
  }

  #use(held: Held): Credential {
    const credential = held.credential.check();
    const now = Date.now();
    if (now - held.usedAt > USED_EVERY_MS) {
      held.usedAt = now;
      this.#options.store.used(held.key.id).catch((error: unknown) => this.#options.log.debug({ reason: messageOf(error) }, 'The use of a key could not be noted'));
    }
    return credential;
  }

  /** A key that was never seen: paid for in advance, and paid back where it is a good one. */
  async #try(hash: Buffer, name: string, address = 'unknown'): Promise<Credential> {
    try {
      await this.#perAddress.consume(address);
      await this.#inAll.consume('all');
    } catch (error) {
      if (error instanceof Error) throw error;
      const { msBeforeNext } = error as { msBeforeNext: number };
      throw new PonteError('RATE_LIMITED', 'Too many unknown keys were tried', { hint: 'Check the key, and try again later.', retryable: true, retryAfterMs: msBeforeNext });
    }
    const credential = await this.#ask(hash, name);
    await this.#perAddress.reward(address);
    return credential;
  }

  async #ask(hash: Buffer, name: string): Promise<Credential> {
    const held = await this.#refresh(hash, name);
    if (!held) throw unauthenticated('This key is not known', HINT);
    return this.#use(held);
  }

  async #newest(hash: Uint8Array): Promise<ApiKey | null> {
    for (let attempt = 1; ; attempt++) {
      const news = this.#news;
      const found = await this.#options.store.find(hash).catch((error: unknown) => {
        throw cannotAsk(error);
      });
      if (news === this.#news) return found;
      if (attempt === MOST_ATTEMPTS) throw cannotAsk(new Error('Keys change faster than they can be read'));
    }
  }

  /** What the store says now. A key that is not what it was ends the streams that hang on it. */
  async #refresh(hash: Uint8Array, name: string): Promise<Held | undefined> {
    const found = await this.#newest(hash);
    const key = found && found.hash.length === hash.length && timingSafeEqual(found.hash, hash) ? found : null;
    const before = this.#held.get(name) ?? [...this.#watched.values()].find((held) => Buffer.from(held.key.hash).equals(hash));
    if (key === null) {
      before?.credential.end(revoked());
      this.#forget(name, before);
      this.#unknown.set(name, true);
      return undefined;
    }
    if (before && same(before.key, key) && key.revokedAt === null) {
      before.checkedAt = Date.now();
      this.#held.set(name, before);
      return before;
    }
    before?.credential.end(key.revokedAt === null ? unauthenticated('This key was changed', 'Connect again.') : revoked());
    this.#forget(name, before);
    const held: Held = { key, credential: this.#credentialOf(key, () => this.#watched.set(key.id, held)), checkedAt: Date.now(), usedAt: 0 };
    if (key.revokedAt !== null) held.credential.end(revoked());
    this.#held.set(name, held);
    return held;
  }

  #credentialOf({ id, scopes, wallets, expiresAt }: ApiKey, onWatched: () => void): Credential {
    return new Credential({ id: `key:${id}`, scopes, wallets, expiresAt: expiresAt?.getTime() ?? null, expired: 'This key has expired', onWatched });
  }

  #forget(name: string, held: Held | undefined): void {
    this.#held.delete(name);
    if (held) this.#watched.delete(held.key.id);
  }

  /** `id` null: any of them may have changed. What streams hang on is looked at now, the rest when it is next used. */
  #changed(id: string | null): void {
    for (const held of this.#held.values()) if (id === null || held.key.id === id) held.checkedAt = 0;
    for (const held of this.#watched.values()) {
      if (id !== null && held.key.id !== id) continue;
      const hash = Buffer.from(held.key.hash);
      this.#refresh(hash, hash.toString('hex')).catch((error: unknown) => {
        this.#options.log.warn({ reason: messageOf((error as Error).cause ?? error) }, 'A key that is in use could not be checked again');
        if (!this.#over.signal.aborted) setTimeout(() => this.#changed(held.key.id), RETRY_MS).unref();
      });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#over.abort();
    await this.#listening;
  }
}

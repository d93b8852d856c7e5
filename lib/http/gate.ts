// Asking for the right to send. A provider counts requests, so a client asks a gate before each attempt; who keeps the
// count (this process, a table that all processes share) is not the client's business.

/** One provider account's quota, as a client sees it. */
export interface RequestGate {
  /**
   * Resolves when one request may be sent. A gate that counts departures gives a function to call when it leaves, or
   * fails to. Throws PonteError PROVIDER_RATE_LIMITED when the day's budget is spent.
   */
  acquire(signal: AbortSignal): Promise<void | (() => void)>;
  /** The provider said 429 (or blocked the address): nobody may ask again before `waitMs` has passed. */
  penalize(waitMs: number, reason: string): Promise<void>;
}

/** A gate that is always open: for servers without a quota. */
export const openGate: RequestGate = {
  acquire: async (signal) => signal.throwIfAborted(),
  penalize: async () => {},
};

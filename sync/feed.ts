// A stream of newest states: what is pushed under one key replaces what was not yet taken under it, so that a slow reader
// gets fewer states, never old ones, and memory stays bounded. `return()` settles every waiting `next()` at once.

export interface Feed<T> extends AsyncIterableIterator<T> {
  /** Offers the newest state of `key`. `merge` combines it with a state that nobody has taken yet. */
  push(key: string, value: T, merge?: (older: T, newer: T) => T): void;
  /** No more will come: the iterator completes after what is pending. */
  end(): void;
  /** The iterator fails after what is pending. */
  fail(error: unknown): void;
  return(): Promise<IteratorResult<T>>;
}

export interface FeedOptions {
  /** At least this long between two states of one key, ms. */
  readonly everyMs?: number;
  /** Keys that may wait; the oldest is dropped above it. */
  readonly most?: number;
  /** Called once, when the reader leaves or the feed is over. */
  readonly onClose: () => void;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: unknown): void;
}

export function createFeed<T>({ everyMs = 0, most = 10_000, onClose, signal }: FeedOptions): Feed<T> {
  const pending = new Map<string, T>();
  const sentAt = new Map<string, number>();
  const waiters: Waiter<T>[] = [];
  let failure: { error: unknown } | null = null;
  let ending = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  function close(): void {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    pending.clear();
    signal?.removeEventListener('abort', close);
    for (const waiter of waiters.splice(0)) waiter.resolve({ done: true, value: undefined });
    onClose();
  }

  /** Hands due states to those who wait; sets a timer for the earliest that is not due. */
  function settle(): void {
    clearTimeout(timer);
    timer = undefined;
    const now = performance.now();
    let earliest = Infinity;
    for (const [key, value] of pending) {
      if (waiters.length === 0) return;
      const due = (sentAt.get(key) ?? -Infinity) + everyMs;
      if (due > now) {
        earliest = Math.min(earliest, due);
        continue;
      }
      pending.delete(key);
      if (everyMs > 0) sentAt.set(key, now);
      waiters.shift()!.resolve({ done: false, value });
    }
    if (pending.size === 0 && failure && waiters.length > 0) {
      waiters.shift()!.reject(failure.error);
      close();
    } else if (pending.size === 0 && ending && waiters.length > 0) close();
    else if (earliest < Infinity && waiters.length > 0) timer = setTimeout(settle, Math.max(1, earliest - now));
  }

  if (signal?.aborted) queueMicrotask(close);
  else signal?.addEventListener('abort', close, { once: true });

  return {
    push(key, value, merge) {
      if (closed || ending || failure) return;
      const older = pending.get(key);
      pending.set(key, older !== undefined && merge ? merge(older, value) : value);
      if (pending.size > most) pending.delete(pending.keys().next().value!);
      settle();
    },
    end() {
      ending = true;
      settle();
    },
    fail(error) {
      failure ??= { error };
      settle();
    },
    next() {
      if (closed) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve, reject) => {
        waiters.push({ resolve, reject });
        settle();
      });
    },
    return() {
      close();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

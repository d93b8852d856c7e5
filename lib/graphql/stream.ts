// Streams of events that end at once. An async generator that waits for its next event does not see `return()` before that
// event comes; a stream made here settles the pending `next()` immediately and then closes what is upstream of it.

export interface StreamOptions<T, U> {
  /** Makes the outgoing value of one event. Events are taken one at a time, in order. */
  map(event: T): Promise<U> | U;
  /** The last value of a stream whose source failed; without it the failure is thrown to the reader. */
  failed?(error: unknown): U;
  /** Called once, when the stream is over for whatever reason. */
  ended?(): void;
}

/** Wraps a source: `return()` settles a pending `next()`, ends the source and calls `ended`. */
export function mapStream<T, U>(source: AsyncIterator<T>, options: StreamOptions<T, U>): AsyncGenerator<U, undefined, undefined> {
  const OVER = { value: undefined, done: true } as const;
  let over = false;
  let settlePending: (() => void) | undefined;

  const end = () => {
    if (over) return;
    over = true;
    settlePending?.();
    // Not awaited: a source that waits for an event may answer late, and the reader is already gone.
    void Promise.resolve(source.return?.()).catch(() => undefined);
    options.ended?.();
  };

  const pull = async (): Promise<IteratorResult<U, undefined>> => {
    try {
      const { value, done } = await source.next();
      if (done || over) {
        end();
        return OVER;
      }
      return { value: await options.map(value), done: false };
    } catch (error) {
      if (over) return OVER;
      settlePending = undefined; // this call itself tells the reader
      end();
      if (!options.failed) throw error;
      return { value: options.failed(error), done: false };
    }
  };

  return {
    next() {
      if (over) return Promise.resolve(OVER);
      return new Promise((resolve, reject) => {
        settlePending = () => resolve(OVER);
        pull().then(resolve, reject);
      });
    },
    return() {
      end();
      return Promise.resolve(OVER);
    },
    throw(error) {
      end();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

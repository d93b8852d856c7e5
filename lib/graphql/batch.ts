// Set-based reads of one request: whoever asks in the same moment is answered by one statement, and each key is read once.
// Unlike a loader of single values it makes one promise for each caller, not one for each key.

/** Values for many keys at once; a key without a value is left out. */
export type BatchRead<K, V> = (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;
/** All that is known of the keys; others may be in it too. Rejects where the read that holds one of them failed. */
export type LoadMany<K, V> = (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;

/** After everything that is already on its way in this moment, as `dataloader` does it. */
const inAMoment = (work: () => void): void => void Promise.resolve().then(() => process.nextTick(work));

export function createBatch<K, V>(read: BatchRead<K, V>): LoadMany<K, V> {
  const reads = new Map<K, Promise<ReadonlyMap<K, V>>>();
  let collecting: { readonly keys: K[]; readonly result: Promise<ReadonlyMap<K, V>> } | undefined;

  function collect(): NonNullable<typeof collecting> {
    const keys: K[] = [];
    const result = new Promise<ReadonlyMap<K, V>>((resolve, reject) => {
      inAMoment(() => {
        collecting = undefined;
        read(keys).then(resolve, reject);
      });
    });
    return (collecting = { keys, result });
  }

  return (keys) => {
    const results = new Set<Promise<ReadonlyMap<K, V>>>();
    for (const key of keys) {
      let own = reads.get(key);
      if (own === undefined) {
        const batch = collecting ?? collect();
        batch.keys.push(key);
        reads.set(key, (own = batch.result));
      }
      results.add(own);
    }
    const [only] = results;
    if (only !== undefined && results.size === 1) return only;
    return Promise.all(results).then((maps) => new Map(maps.flatMap((map) => [...map])));
  };
}

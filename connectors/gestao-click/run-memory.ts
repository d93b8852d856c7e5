// What the connector remembers for a while: the stores and the first pages that were read while planning, to ask less, and
// the pages that were read last, to see what slipped between them. The streams of a run overlap, so nothing of
// one may push out what another has yet to use. After a restart in mid-run everything here is asked again.
import { MINUTE } from '../../lib/time.ts';
import type { ReadContext } from '../../sync/types.ts';
import type { GestaoClickClient, ListPage } from './client.ts';
import { ENDPOINTS } from './endpoints.ts';
import { isObject } from './scalars.ts';
import { Seams } from './seams.ts';

/** Planned first pages that are kept until they are read; more would only cost memory. The oldest goes first. */
const KEPT_PAGES = 64;
/** How long the list of stores is believed; each read of the stream renews it. */
const STORES_FOR_MS = 10 * MINUTE;

interface KnownStores {
  readonly learned: number;
  readonly ids: Promise<readonly string[]>;
}

const placeOf = ({ walletId, startedAt }: ReadContext, key: string): string => `${walletId}@${startedAt.toISOString()}|${key}`;

export class RunMemory {
  /** Where neighbouring pages may have come apart. */
  readonly seams = new Seams();
  readonly #client: GestaoClickClient;
  readonly #stores = new Map<string, KnownStores>();
  readonly #pages = new Map<string, ListPage>();

  constructor(client: GestaoClickClient) {
    this.#client = client;
  }

  /** External ids of all stores. */
  async stores({ walletId, signal }: ReadContext): Promise<readonly string[]> {
    const known = this.#stores.get(walletId);
    if (known && performance.now() - known.learned < STORES_FOR_MS) return known.ids;
    const asked = { learned: performance.now(), ids: this.#client.all(ENDPOINTS.stores.path, signal).then(storeIds) };
    this.#stores.set(walletId, asked);
    try {
      return await asked.ids;
    } catch (error) {
      if (this.#stores.get(walletId) === asked) this.#stores.delete(walletId);
      throw error;
    }
  }

  /** The stream of stores has just read the whole list. */
  learnStores({ walletId }: ReadContext, rows: readonly unknown[]): void {
    this.#stores.set(walletId, { learned: performance.now(), ids: Promise.resolve(storeIds(rows)) });
  }

  keepPage(context: ReadContext, key: string, page: ListPage): void {
    this.#pages.set(placeOf(context, key), page);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > KEPT_PAGES && oldest !== undefined) this.#pages.delete(oldest);
  }

  /** A kept page, once. */
  takePage(context: ReadContext, key: string): ListPage | undefined {
    const place = placeOf(context, key);
    const page = this.#pages.get(place);
    this.#pages.delete(place);
    return page;
  }
}

/** Ids of store rows, in the order of their numbers. */
const storeIds = (rows: readonly unknown[]): string[] =>
  rows
    .map((row) => (isObject(row) ? row['id'] : null))
    .filter((id) => typeof id === 'string' || typeof id === 'number')
    .map(String)
    .toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));

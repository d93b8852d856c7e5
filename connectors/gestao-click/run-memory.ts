// What the connector remembers during one run, to ask less: the stores, and first pages that were read while planning.
// Only a saving: after a restart in mid-run everything here is asked again.
import type { ReadContext } from '../../sync/types.ts';
import type { GestaoClickClient, ListPage } from './client.ts';
import { ENDPOINTS } from './endpoints.ts';
import { isObject } from './scalars.ts';

/** Planned first pages that are kept until they are read; more would only cost memory. */
const KEPT_PAGES = 32;

const runOf = ({ walletId, startedAt }: ReadContext): string => `${walletId}@${startedAt.toISOString()}`;

export class RunMemory {
  readonly #client: GestaoClickClient;
  #run = '';
  #stores: Promise<readonly string[]> | null = null;
  readonly #pages = new Map<string, ListPage>();

  constructor(client: GestaoClickClient) {
    this.#client = client;
  }

  /** External ids of all stores, asked once for a run. */
  async stores(context: ReadContext): Promise<readonly string[]> {
    this.#enter(context);
    const asked = (this.#stores ??= this.#client.all(ENDPOINTS.stores.path, context.signal).then(storeIds));
    try {
      return await asked;
    } catch (error) {
      if (this.#stores === asked) this.#stores = null;
      throw error;
    }
  }

  /** The stream of stores has just read the whole list. */
  learnStores(context: ReadContext, rows: readonly unknown[]): void {
    this.#enter(context);
    this.#stores ??= Promise.resolve(storeIds(rows));
  }

  keepPage(context: ReadContext, key: string, page: ListPage): void {
    this.#enter(context);
    if (this.#pages.size < KEPT_PAGES) this.#pages.set(key, page);
  }

  /** A kept page, once. */
  takePage(context: ReadContext, key: string): ListPage | undefined {
    this.#enter(context);
    const page = this.#pages.get(key);
    this.#pages.delete(key);
    return page;
  }

  #enter(context: ReadContext): void {
    const run = runOf(context);
    if (run === this.#run) return;
    this.#run = run;
    this.#stores = null;
    this.#pages.clear();
  }
}

/** Ids of store rows, in the order of their numbers. */
const storeIds = (rows: readonly unknown[]): string[] =>
  rows
    .map((row) => (isObject(row) ? row['id'] : null))
    .filter((id) => typeof id === 'string' || typeof id === 'number')
    .map(String)
    .toSorted((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
